//! A client that has come, and is not yet a transport.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::datagram::Datagrams;
use crate::event::Watch;
use crate::fault::Fault;
use crate::peer::Peer;
use crate::stream::{Stream, prepare};
use crate::tls::{self, Identity};
use crate::transport::Transport;

/// How long a client may take for its TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub struct Incoming {
    /// Who it is.
    pub peer: Peer,
    /// Which of this machine's addresses it came to, if to any.
    pub local: Option<SocketAddr>,
    arrived: Arrived,
}

#[derive(Debug)]
pub(super) enum Arrived {
    Tcp(TcpStream),
    Tls(TcpStream, Identity),
    #[cfg(unix)]
    Unix(UnixStream),
    Datagrams(Datagrams),
}

impl Incoming {
    /// One that came from `address` to `local`.
    pub(super) fn new(address: SocketAddr, local: Option<SocketAddr>, arrived: Arrived) -> Self {
        Self {
            peer: plain(address).into(),
            local: local.map(plain),
            arrived,
        }
    }

    /// The `n`th client of a Unix socket.
    #[cfg(unix)]
    pub(super) fn unix(n: u64, stream: UnixStream) -> Self {
        Self {
            peer: Peer::unix(n),
            local: None,
            arrived: Arrived::Unix(stream),
        }
    }

    /// Makes it ready to carry something. Over TLS that takes as long as the client takes, up to ten
    /// seconds: do it where nobody else waits. Everything else is ready at
    /// once.
    ///
    /// # Errors
    /// Why it does not come to that.
    pub async fn open(self, watch: &dyn Watch) -> Result<Transport, Fault> {
        self.open_within(HANDSHAKE_WITHIN, watch).await
    }

    pub(super) async fn open_within(
        self,
        within: Duration,
        watch: &dyn Watch,
    ) -> Result<Transport, Fault> {
        match self.arrived {
            Arrived::Tcp(stream) => {
                prepare(&stream);
                Ok(Stream::Tcp(stream).into())
            }
            Arrived::Tls(stream, identity) => {
                prepare(&stream);
                let secured = tls::accept(stream, &self.peer, &identity, within).await?;
                watch.see(Some(&self.peer), &secured.event());
                Ok(secured.stream.into())
            }
            #[cfg(unix)]
            Arrived::Unix(stream) => Ok(Stream::Unix(stream).into()),
            Arrived::Datagrams(datagrams) => Ok(datagrams.into()),
        }
    }
}

/// An IPv4 client of an IPv6 socket is shown as what it is.
fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}
