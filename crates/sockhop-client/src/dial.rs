//! From a hub's address to a stream.

use std::time::Duration;

use sockhop_net::stream::Stream;
use sockhop_net::transport::Transport;
use sockhop_net::{Dial, Unwatched};

use crate::address::HubAddress;
use crate::error::ConnectError;

/// Connects to `hub`. Each address of it may take `within`.
///
/// # Errors
/// What the most telling of its addresses met.
pub(crate) async fn dial(hub: &HubAddress, within: Duration) -> Result<Stream, ConnectError> {
    let dial = Dial::new(hub.endpoint()).within(within);
    let dialed = dial.connect(&Unwatched).await;
    match dialed.map(|dialed| dialed.transport) {
        Ok(Transport::Stream(stream)) => Ok(stream),
        // No address of a hub leads there.
        Ok(Transport::WebSocket(_) | Transport::Datagrams(_)) => Err(ConnectError::NotAHub {
            hub: hub.clone(),
            language: None,
        }),
        Err(fault) => Err(ConnectError::Dial {
            hub: hub.clone(),
            fault,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(5);

    /// What it met.
    fn met(hub: &str) -> &'static str {
        let hub: HubAddress = hub.parse().expect("an address");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        match runtime.block_on(dial(&hub, WITHIN)) {
            Err(ConnectError::Dial { hub: at, fault }) if at == hub => fault.code(),
            other => panic!("it met {other:?}"),
        }
    }

    #[test]
    fn a_closed_port_is_refused() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        assert_eq!(met(&free.unwrap().to_string()), "refused");
    }

    #[test]
    fn a_name_nobody_has_is_unknown() {
        let met = met("no-such-machine.invalid");
        // Without a network there is nobody to say so.
        assert!(matches!(met, "unknown_name" | "no_name_server"), "{met}");
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_socket_is_named() {
        assert_eq!(met("unix:/nowhere/sockhop.sock"), "no_socket");
    }
}
