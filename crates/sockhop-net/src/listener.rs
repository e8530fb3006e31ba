//! Where clients come to: TCP, TLS, Unix sockets and datagrams.
//!
//! Taking a client costs no more than `accept`; what a client may draw out, its TLS handshake, is
//! done by whoever serves that client ([`Incoming::open`]). What goes wrong with one client, or for
//! a moment with all of them, does not end the listener.

mod bind;
mod incoming;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use crate::datagram::DatagramLimits;
use crate::endpoint::{Endpoint, Place};
use crate::event::{Event, Unwatched, Watch};
use crate::fault::Fault;
use crate::resolve::{more_telling, resolve};
use crate::tls::{Fingerprint, Identity};

pub use bind::{BACKLOG, bind_tcp, bind_udp};
#[cfg(unix)]
pub use bind::{UnixPath, bind_unix};
pub use incoming::Incoming;

use socket::Socket;

/// How long a name to listen on is looked up.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait before the next `accept` when this machine has no room for another client.
const PAUSE: Duration = Duration::from_millis(100);

/// How to listen.
#[derive(Debug, Clone, Default)]
pub struct ListenOptions {
    /// Who a TLS server is. Without one, it makes one for itself.
    pub identity: Option<Identity>,
    /// How much a listener for datagrams keeps.
    pub datagrams: DatagramLimits,
}

/// See the module.
#[derive(Debug)]
pub struct Listener {
    endpoint: Endpoint,
    socket: Socket,
}

impl Listener {
    /// Listens at `endpoint`, as one usually does.
    ///
    /// # Errors
    /// Why that is not possible.
    pub async fn on(endpoint: &Endpoint) -> Result<Self, Fault> {
        Self::bind(endpoint, &ListenOptions::default(), &Unwatched).await
    }

    /// Listens at `endpoint`. Of a name with several addresses it takes the first that is this
    /// machine's, IPv4 before IPv6: that is where most programs that are told a name look first.
    ///
    /// # Errors
    /// Why that is not possible.
    pub async fn bind(
        endpoint: &Endpoint,
        options: &ListenOptions,
        watch: &dyn Watch,
    ) -> Result<Self, Fault> {
        let listener = match endpoint {
            Endpoint::Tcp(place) | Endpoint::Tls(place) | Endpoint::Udp(place) => {
                Self::bind_place(endpoint, place, options, watch).await?
            }
            Endpoint::Unix(path) => Self {
                endpoint: endpoint.clone(),
                socket: Socket::bind_path(path).map_err(|error| Fault::bind(endpoint, &error))?,
            },
            Endpoint::WebSocket { .. } => return Err(Fault::cannot_listen(endpoint)),
        };
        listener.tell(watch);
        Ok(listener)
    }

    async fn bind_place(
        endpoint: &Endpoint,
        place: &Place,
        options: &ListenOptions,
        watch: &dyn Watch,
    ) -> Result<Self, Fault> {
        let mut addresses = resolve(endpoint, place, LOOK_UP_WITHIN, watch).await?;
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let mut met: Option<Fault> = None;
        for address in addresses {
            match Socket::bind_address(endpoint, place, address, options) {
                Ok((socket, local)) => {
                    let endpoint = endpoint.with_address(local);
                    return Ok(Self { endpoint, socket });
                }
                Err(error) => {
                    let fault = Fault::bind(endpoint, &error).at(address);
                    met = Some(more_telling(fault, met));
                }
            }
        }
        // Only where there are no addresses has none failed.
        Err(met.unwrap_or_else(|| Fault::unknown_name(endpoint)))
    }

    fn tell(&self, watch: &dyn Watch) {
        let endpoint = &self.endpoint;
        watch.see(None, &Event::Bound { endpoint });
        let fingerprint = self
            .fingerprint()
            .map(|fingerprint| fingerprint.to_string());
        let listening = Event::Listening {
            endpoint,
            backlog: match self.socket {
                Socket::Datagrams { .. } => 0,
                _ => BACKLOG.into(),
            },
            fingerprint: fingerprint.as_deref(),
        };
        watch.see(None, &listening);
    }

    /// Where it listens, with the port it really got.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The fingerprint of the certificate it shows, if it is a TLS server.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match &self.socket {
            Socket::Tls(_, identity) => Some(identity.fingerprint()),
            _ => None,
        }
    }

    /// The next client. Cancel-safe.
    ///
    /// A client that was gone before it was taken is passed over. Where this machine has no room for
    /// another (no file to open, no memory), it waits until there is.
    ///
    /// # Errors
    /// When there will never be another.
    pub async fn accept(&mut self) -> Result<Incoming, Fault> {
        loop {
            match self.socket.accept().await {
                Ok(incoming) => return Ok(incoming),
                Err(error) if is_one_clients(&error) => {}
                Err(error) if is_final(&error) => {
                    return Err(Fault::accept(&self.endpoint, &error));
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

/// Whether the client at the head of the queue is gone, and the next one may be there.
fn is_one_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
    )
}

/// Whether it is the socket itself that is of no use any more.
fn is_final(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected
    )
}

#[cfg(test)]
mod tests;
