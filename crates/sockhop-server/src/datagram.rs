//! Clients without a connection: one datagram, one message, and never an answer.

use std::sync::Arc;

use sockhop_proto::udp;
use tokio::net::UdpSocket;
use tracing::debug;

use crate::shared::Shared;

/// The largest datagram IP can carry.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Publishes what arrives, until the task is ended. Cancel-safe: between two datagrams.
pub(crate) async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        // An error here is an earlier datagram's of ours coming back, and we send none.
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let now = shared.clock.now();
        match udp::decode(&buffer[..length]) {
            Ok(datagram) => {
                let mut hub = shared.hub();
                hub.note_datagram(length);
                let published = hub.handle_datagram(&datagram, now);
                drop(hub);
                if let Err(refusal) = published {
                    debug!(%peer, length, code = %refusal.code, "datagram refused");
                }
            }
            Err(dropped) => {
                shared.hub().note_datagram_dropped(length);
                debug!(%peer, length, %dropped, "datagram dropped");
            }
        }
    }
}
