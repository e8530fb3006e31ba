//! The socket behind a listener.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
#[cfg(unix)]
use std::path::Path;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::ListenOptions;
#[cfg(unix)]
use super::bind::{UnixPath, bind_unix};
use super::bind::{bind_tcp, bind_udp};
use super::incoming::{Arrived, Incoming};
use crate::datagram::{Sorted, sort};
use crate::endpoint::{Endpoint, Place};
use crate::tls::Identity;

/// See the module.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Tls(TcpListener, Identity),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        /// How many clients have come.
        accepted: u64,
        _path: UnixPath,
    },
    Datagrams {
        sorted: Sorted,
        local: SocketAddr,
    },
}

impl Socket {
    /// Listens at `address`, one of those of `place` in `endpoint`. Gives the address it really got.
    pub(super) fn bind_address(
        endpoint: &Endpoint,
        place: &Place,
        address: SocketAddr,
        options: &ListenOptions,
    ) -> io::Result<(Self, SocketAddr)> {
        if matches!(endpoint, Endpoint::Udp(_)) {
            let socket = bind_udp(address)?;
            let local = socket.local_addr()?;
            let sorted = sort(socket, options.datagrams);
            return Ok((Self::Datagrams { sorted, local }, local));
        }
        let listener = bind_tcp(address)?;
        let local = listener.local_addr()?;
        let socket = match endpoint {
            Endpoint::Tls(_) => Self::Tls(listener, identity(place, address, options)?),
            _ => Self::Tcp(listener),
        };
        Ok((socket, local))
    }

    /// Listens on the Unix socket `path`.
    #[cfg(unix)]
    pub(super) fn bind_path(path: &Path) -> io::Result<Self> {
        let (listener, path) = bind_unix(path)?;
        Ok(Self::Unix {
            listener,
            accepted: 0,
            _path: path,
        })
    }

    /// There are no Unix sockets here.
    #[cfg(not(unix))]
    pub(super) fn bind_path(_path: &std::path::Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The next client. Cancel-safe.
    pub(super) async fn accept(&mut self) -> io::Result<Incoming> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                let local = stream.local_addr().ok();
                Ok(Incoming::new(address, local, Arrived::Tcp(stream)))
            }
            Self::Tls(listener, identity) => {
                let (stream, address) = listener.accept().await?;
                let local = stream.local_addr().ok();
                let arrived = Arrived::Tls(stream, identity.clone());
                Ok(Incoming::new(address, local, arrived))
            }
            #[cfg(unix)]
            Self::Unix {
                listener, accepted, ..
            } => {
                let (stream, _) = listener.accept().await?;
                *accepted += 1;
                Ok(Incoming::unix(*accepted, stream))
            }
            Self::Datagrams { sorted, local } => {
                let next = sorted.next().await;
                let datagrams = next.ok_or(io::ErrorKind::NotConnected)?;
                let address = datagrams.peer_address();
                let arrived = Arrived::Datagrams(datagrams);
                Ok(Incoming::new(address, Some(*local), arrived))
            }
        }
    }
}

/// Who the server at `address` is: whom it was told to be, or somebody new who goes by `place` and
/// `address`.
fn identity(place: &Place, address: SocketAddr, options: &ListenOptions) -> io::Result<Identity> {
    if let Some(identity) = &options.identity {
        return Ok(identity.clone());
    }
    let mut names = vec![place.host.clone()];
    if address.ip().is_unspecified() {
        names.extend(own_addresses().iter().map(IpAddr::to_string));
    } else {
        names.push(address.ip().to_string());
    }
    Identity::self_signed(&names).map_err(io::Error::other)
}

/// The addresses under which other machines see this one, as far as it knows: those from which it
/// would send to somebody far away. Nothing is sent.
fn own_addresses() -> Vec<IpAddr> {
    // Both are for documentation, and lead nowhere.
    let far: [IpAddr; 2] = [
        Ipv4Addr::new(192, 0, 2, 1).into(),
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    ];
    let from = |far: &IpAddr| {
        let any: IpAddr = match far {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).ok()?;
        socket.connect((*far, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    far.iter().filter_map(from).collect()
}
