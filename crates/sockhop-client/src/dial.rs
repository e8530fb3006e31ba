//! From an address to a stream: every address of a name in turn, each with its own deadline, and a
//! failure in words.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::address::HubAddress;
use crate::error::ConnectError;
use crate::stream::Stream;

/// Connects to `hub`. Each address of it may take `within`.
///
/// # Errors
/// What the most telling of its addresses met.
pub(crate) async fn dial(hub: &HubAddress, within: Duration) -> Result<Stream, ConnectError> {
    match hub {
        HubAddress::Tcp { host, port } => dial_tcp(hub, host, *port, within).await,
        HubAddress::Unix(path) => dial_unix(hub, path, within).await,
    }
}

async fn dial_tcp(
    hub: &HubAddress,
    host: &str,
    port: u16,
    within: Duration,
) -> Result<Stream, ConnectError> {
    // Asked for every time: the address of a machine may have changed since yesterday.
    let addresses = match timeout(within, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(_)) => {
            return Err(ConnectError::UnknownName {
                host: host.to_owned(),
            });
        }
        Err(_) => {
            let host = host.to_owned();
            return Err(ConnectError::NoNameServer {
                host,
                waited: within,
            });
        }
    };
    let mut met = ConnectError::UnknownName {
        host: host.to_owned(),
    };
    for address in addresses {
        match dial_address(hub, address, within).await {
            Ok(stream) => return Ok(Stream::Tcp(stream)),
            Err(error) if told_by(&error) > told_by(&met) => met = error,
            Err(_) => {}
        }
    }
    Err(met)
}

async fn dial_address(
    hub: &HubAddress,
    address: SocketAddr,
    within: Duration,
) -> Result<TcpStream, ConnectError> {
    let connected = timeout(within, TcpStream::connect(address)).await;
    let stream = match connected {
        Ok(connected) => connected.map_err(|error| met(hub, error.kind(), within))?,
        Err(_) => return Err(met(hub, io::ErrorKind::TimedOut, within)),
    };
    // Small frames go out at once; batching is done before them. A stream that does not know how
    // is none the worse.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

#[cfg(unix)]
async fn dial_unix(
    hub: &HubAddress,
    path: &Path,
    within: Duration,
) -> Result<Stream, ConnectError> {
    match timeout(within, tokio::net::UnixStream::connect(path)).await {
        Ok(Ok(stream)) => Ok(Stream::Unix(stream)),
        Ok(Err(error)) => Err(met(hub, error.kind(), within)),
        Err(_) => Err(met(hub, io::ErrorKind::TimedOut, within)),
    }
}

#[cfg(not(unix))]
async fn dial_unix(
    hub: &HubAddress,
    _path: &Path,
    within: Duration,
) -> Result<Stream, ConnectError> {
    Err(met(hub, io::ErrorKind::Unsupported, within))
}

/// What a failed attempt means.
fn met(hub: &HubAddress, kind: io::ErrorKind, waited: Duration) -> ConnectError {
    let hub = hub.clone();
    match kind {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused { hub },
        io::ErrorKind::TimedOut => ConnectError::NoAnswer { hub, waited },
        io::ErrorKind::HostUnreachable => ConnectError::Unreachable { hub },
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
            ConnectError::NoRoute { hub }
        }
        io::ErrorKind::PermissionDenied => ConnectError::NotPermitted { hub },
        io::ErrorKind::NotFound => ConnectError::NoSocket { hub },
        kind => ConnectError::System { hub, kind },
    }
}

/// How much an error tells: a name may have addresses of which most lead nowhere, and the machine
/// that did answer is the one to hear about.
fn told_by(error: &ConnectError) -> u8 {
    match error {
        ConnectError::UnknownName { .. } => 0,
        ConnectError::NoRoute { .. } => 1,
        ConnectError::Unreachable { .. } | ConnectError::System { .. } => 2,
        ConnectError::NoAnswer { .. } => 3,
        ConnectError::NotPermitted { .. } => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(5);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn a_closed_port_is_refused() {
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let hub: HubAddress = free.to_string().parse().unwrap();
        let error = runtime().block_on(dial(&hub, WITHIN)).unwrap_err();
        assert_eq!(error, ConnectError::Refused { hub });
    }

    #[test]
    fn a_name_nobody_has_is_unknown() {
        let hub: HubAddress = "no-such-machine.invalid".parse().unwrap();
        let error = runtime().block_on(dial(&hub, WITHIN)).unwrap_err();
        let host = "no-such-machine.invalid".to_owned();
        let unknown = ConnectError::UnknownName { host: host.clone() };
        // Without a network there is nobody to say so.
        assert!(
            error == unknown
                || error
                    == ConnectError::NoNameServer {
                        host,
                        waited: WITHIN
                    }
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_socket_is_named() {
        let hub: HubAddress = "unix:/nowhere/sockhop.sock".parse().unwrap();
        let error = runtime().block_on(dial(&hub, WITHIN)).unwrap_err();
        assert_eq!(error, ConnectError::NoSocket { hub });
    }
}
