//! From an endpoint to a transport: every address of a name in turn, each with its own deadline,
//! then whatever the endpoint has on top; or what went wrong.

mod local;
mod reach;
#[cfg(unix)]
mod unix;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::datagram::Datagrams;
use crate::endpoint::{Endpoint, Place};
use crate::event::{Event, Watch};
use crate::fault::Fault;
use crate::peer::Peer;
use crate::resolve::{more_telling, resolve};
use crate::stream::{Stream, prepare};
use crate::tls::{self, TlsTrust};
use crate::transport::Transport;
use crate::websocket;

pub use local::{Local, LocalError};

use reach::{Reached, reach};

/// How long each step may take, unless told otherwise.
const WITHIN: Duration = Duration::from_secs(10);
/// The largest WebSocket message taken, unless told otherwise.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// See the module. Dials as often as it is asked to.
#[derive(Debug, Clone)]
pub struct Dial {
    endpoint: Endpoint,
    local: Option<Local>,
    within: Duration,
    trust: TlsTrust,
    message_bytes_max: usize,
}

/// What dialling came to.
#[derive(Debug)]
pub struct Dialed {
    /// What to talk through.
    pub transport: Transport,
    /// Who is at the other end: the address it was found at.
    pub peer: Peer,
    /// This side's address, where it has one.
    pub local: Option<SocketAddr>,
}

impl Dial {
    /// Dials `endpoint`, when asked to.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            local: None,
            within: WITHIN,
            trust: TlsTrust::default(),
            message_bytes_max: MESSAGE_BYTES_MAX,
        }
    }

    /// Comes from this address of this machine. Addresses of the other family are not tried then.
    #[must_use]
    pub fn bind(mut self, local: impl Into<Local>) -> Self {
        self.local = Some(local.into());
        self
    }

    /// Gives each step so long: looking up the name, connecting to each of its addresses, the TLS
    /// handshake, the upgrade to WebSocket.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Believes these, where the endpoint has TLS.
    #[must_use]
    pub fn tls(mut self, trust: TlsTrust) -> Self {
        self.trust = trust;
        self
    }

    /// Takes no WebSocket message that is larger.
    #[must_use]
    pub fn message_bytes_max(mut self, bytes_max: usize) -> Self {
        self.message_bytes_max = bytes_max;
        self
    }

    /// What is dialled.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Dials.
    ///
    /// # Errors
    /// What went wrong; of several addresses, what tells most.
    pub async fn connect(&self, watch: &dyn Watch) -> Result<Dialed, Fault> {
        let dialed = match &self.endpoint {
            Endpoint::Unix(path) => self.connect_unix(path, watch).await?,
            Endpoint::Tcp(place)
            | Endpoint::Udp(place)
            | Endpoint::Tls(place)
            | Endpoint::WebSocket { place, .. } => self.connect_place(place, watch).await?,
        };
        let local = dialed.local;
        watch.see(None, &Event::Connected { local });
        Ok(dialed)
    }

    async fn connect_place(&self, place: &Place, watch: &dyn Watch) -> Result<Dialed, Fault> {
        if place.port == 0 {
            return Err(Fault::port_zero(&self.endpoint));
        }
        let addresses = resolve(&self.endpoint, place, self.within, watch).await?;
        let (reached, address) = self.reach_one(&addresses, watch).await?;
        let (transport, local) = match reached {
            Reached::Tcp(stream) => {
                prepare(&stream);
                let local = stream.local_addr().ok();
                (self.dress(stream, place, watch).await?, local)
            }
            Reached::Udp(socket) => {
                let datagrams = Datagrams::connected(socket, address);
                let local = datagrams.local_address();
                (datagrams.into(), local)
            }
        };
        let peer = address.into();
        Ok(Dialed {
            transport,
            peer,
            local,
        })
    }

    /// Connects to one of `addresses`: the first that can be reached.
    async fn reach_one(
        &self,
        addresses: &[SocketAddr],
        watch: &dyn Watch,
    ) -> Result<(Reached, SocketAddr), Fault> {
        let mut met: Option<Fault> = None;
        for &address in addresses {
            match reach(&self.endpoint, address, self.local, self.within, watch).await {
                Ok(reached) => return Ok((reached, address)),
                Err(fault) => met = Some(more_telling(fault, met)),
            }
        }
        // Only where there are no addresses has none failed.
        Err(met.unwrap_or_else(|| Fault::unknown_name(&self.endpoint)))
    }

    /// Puts on the connection what the endpoint has above TCP.
    async fn dress(
        &self,
        stream: TcpStream,
        place: &Place,
        watch: &dyn Watch,
    ) -> Result<Transport, Fault> {
        let (endpoint, within) = (&self.endpoint, self.within);
        let stream = if is_secure(endpoint) {
            let secured = tls::connect(stream, endpoint, place, &self.trust, within).await?;
            watch.see(None, &secured.event());
            secured.stream
        } else {
            Stream::Tcp(stream)
        };
        let Endpoint::WebSocket { path, .. } = endpoint else {
            return Ok(stream.into());
        };
        let bytes_max = self.message_bytes_max;
        let socket = websocket::upgrade(stream, endpoint, path, bytes_max, within).await?;
        watch.see(None, &Event::Upgraded);
        Ok(Transport::WebSocket(Box::new(socket)))
    }

    #[cfg(unix)]
    async fn connect_unix(&self, path: &Path, watch: &dyn Watch) -> Result<Dialed, Fault> {
        let endpoint = &self.endpoint;
        let address = None;
        watch.see(None, &Event::Connecting { endpoint, address });
        let stream = unix::reach(endpoint, path, self.within).await?;
        Ok(Dialed {
            transport: Stream::Unix(stream).into(),
            peer: Peer::named(&endpoint.to_string()),
            local: None,
        })
    }

    /// There are no Unix sockets here.
    #[cfg(not(unix))]
    async fn connect_unix(&self, _path: &Path, _watch: &dyn Watch) -> Result<Dialed, Fault> {
        let error = std::io::ErrorKind::Unsupported.into();
        Err(Fault::connect(&self.endpoint, &error, Duration::ZERO))
    }
}

fn is_secure(endpoint: &Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::Tls(_) | Endpoint::WebSocket { secure: true, .. }
    )
}

#[cfg(test)]
mod tests;
