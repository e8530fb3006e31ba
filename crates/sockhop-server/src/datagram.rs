//! Clients without a connection: one datagram, one message, and never an answer. What is refused is
//! said in the log, where whoever sets up a sensor can find it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use sockhop_proto::{Micros, Refusal, udp};
use tokio::net::UdpSocket;
use tracing::{debug, info};

use crate::shared::Shared;

/// The largest datagram IP can carry.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// For how long a refusal, once said, is not said again.
const QUIET_FOR: Micros = 60_000_000;
/// Most refusals said in that time: senders' addresses can be made up.
const SAID_MAX: usize = 64;

/// Publishes what arrives, until the task is ended. Cancel-safe: between two datagrams.
pub(crate) async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let mut lately = Lately::default();
    loop {
        // An error here is an earlier datagram's of ours coming back, and we send none.
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let now = shared.clock.now();
        let outcome = match udp::decode(&buffer[..length]) {
            Ok(datagram) => {
                let mut hub = shared.hub();
                hub.note_datagram(length);
                hub.handle_datagram(&datagram, now)
            }
            Err(dropped) => {
                shared.hub().note_datagram_dropped(length);
                Err(dropped.into())
            }
        };
        if let Err(refusal) = outcome {
            let code = refusal.code;
            if lately.is_news(peer.ip(), &refusal, now) {
                info!(%peer, length, %code, "datagram refused: {refusal}");
            } else {
                debug!(%peer, length, %code, "datagram refused");
            }
        }
    }
}

/// What was said lately of whom: a sensor repeats its mistake many times a second.
#[derive(Debug, Default)]
struct Lately {
    since: Micros,
    said: HashSet<(IpAddr, Cow<'static, str>)>,
}

impl Lately {
    /// Whether that is worth a line; if so, it is taken for said.
    fn is_news(&mut self, from: IpAddr, refusal: &Refusal, now: Micros) -> bool {
        if now >= self.since + QUIET_FOR {
            self.since = now;
            self.said.clear();
        }
        self.said.len() < SAID_MAX && self.said.insert((from, refusal.message.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use sockhop_proto::Code;

    use super::*;

    #[test]
    fn each_mistake_is_said_once_and_a_flood_is_cut_off() {
        let mut lately = Lately::default();
        let now = 1_795_000_000_000_000;
        let address = |n: u32| Ipv4Addr::from_bits(n).into();
        let [secret, empty, garbage] = ["its secret", "it is empty", "it is garbage"]
            .map(|words| Refusal::new(Code::BadMessage, words));
        assert!(lately.is_news(address(1), &secret, now));
        assert!(!lately.is_news(address(1), &secret, now + 1));
        assert!(lately.is_news(address(1), &empty, now + 1));
        assert!(lately.is_news(address(2), &secret, now + 1));
        let said = (3..1000).filter(|&n| lately.is_news(address(n), &garbage, now + 2));
        assert_eq!(said.count(), SAID_MAX - 3);
        assert!(lately.is_news(address(1), &secret, now + QUIET_FOR));
    }
}
