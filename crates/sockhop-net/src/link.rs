//! A connection that carries messages: whatever the transport, whatever the reads were.
//!
//! ```no_run
//! # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
//! use sockhop_net::{Framing, Link};
//!
//! let endpoint = "127.0.0.1:5000".parse()?;
//! let mut link = Link::connect(&endpoint).await?.framed(Framing::U8);
//! link.sender.send(b"No Button is Pressed").await?;
//! while let Some(message) = link.receiver.receive().await? {
//!     println!("{} bytes", message.len());
//! }
//! # Ok(())
//! # }
//! ```

mod pulse;
mod receiver;
mod sender;
#[cfg(all(test, unix))]
mod tests;
mod websocket;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use sockhop_proto::framing::Framing;
use tokio::time::timeout;

use crate::dial::Dial;
use crate::endpoint::Endpoint;
use crate::event::{Event, Unwatched, Watch};
use crate::fault::Fault;
use crate::listener::Incoming;
use crate::peer::Peer;
use crate::transport::Transport;

pub use pulse::Pulse;
pub use receiver::Receiver;
pub use sender::Sender;

/// The largest message a link takes in, unless it is told otherwise: 1 MiB.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// See the module. Its halves work apart: one may have ended, or wait, while the other goes on.
#[derive(Debug)]
pub struct Link {
    /// What comes in.
    pub receiver: Receiver,
    /// What goes out.
    pub sender: Sender,
}

impl Link {
    /// Connects to `endpoint`. [`Dial`] has what else there is to choose.
    ///
    /// # Errors
    /// What failed, what it means, and what to try.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Fault> {
        let dialed = Dial::new(endpoint.clone()).connect(&Unwatched).await?;
        Ok(Self::new(dialed.transport, dialed.peer))
    }

    /// Takes a client that has come to a [`Listener`](crate::Listener).
    ///
    /// # Errors
    /// It did not come to a connection: over TLS the handshake may fail.
    pub async fn accept(incoming: Incoming) -> Result<Self, Fault> {
        let peer = incoming.peer.clone();
        Ok(Self::new(incoming.open(&Unwatched).await?, peer))
    }

    /// A link on `transport` with whoever is at its other end, without framing: each read is a
    /// message.
    #[must_use]
    pub fn new(transport: Transport, peer: Peer) -> Self {
        Self::watched(transport, peer, Arc::new(Unwatched))
    }

    /// The same, of which `watch` is told everything.
    #[must_use]
    pub fn watched(transport: Transport, peer: Peer, watch: Arc<dyn Watch>) -> Self {
        let teller = Teller {
            peer,
            watch,
            pulse: Pulse::new(),
        };
        let (source, drain) = match transport {
            Transport::Stream(stream) => {
                let (read, write) = stream.into_split();
                (receiver::Source::stream(read), sender::Drain::Stream(write))
            }
            Transport::WebSocket(socket) => {
                let (drain, source) = futures_util::StreamExt::split(*socket);
                (
                    receiver::Source::WebSocket(source),
                    sender::Drain::WebSocket(drain),
                )
            }
            Transport::Datagrams(datagrams) => {
                let drain = datagrams.sender();
                (
                    receiver::Source::Datagrams(datagrams),
                    sender::Drain::Datagrams(drain),
                )
            }
        };
        Self {
            receiver: Receiver::new(source, teller.clone()),
            sender: Sender::new(drain, teller),
        }
    }

    /// The same link, whose messages are told apart by `framing`. To be said before the first.
    #[must_use]
    pub fn framed(self, framing: Framing) -> Self {
        self.framed_within(framing, MESSAGE_BYTES_MAX)
    }

    /// The same, taking in messages of at most `message_bytes_max`.
    #[must_use]
    pub fn framed_within(mut self, framing: Framing, message_bytes_max: usize) -> Self {
        self.receiver.frame_by(framing, message_bytes_max);
        self.sender.frame_by(framing);
        self
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        self.receiver.peer()
    }

    /// When something last moved on it.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.receiver.pulse()
    }

    /// Ends this half, and gives what is on its way `within` to arrive: a connection that is closed
    /// over unread bytes is reset, and takes with it what the other side has not read yet.
    pub async fn part(&mut self, within: Duration) {
        let parting = async {
            // Broken or not, it is over.
            let _ = self.sender.finish().await;
            self.receiver.discard().await;
        };
        let _ = timeout(within, parting).await;
    }
}

/// Tells the watch of one link what happens on it.
#[derive(Clone)]
struct Teller {
    peer: Peer,
    watch: Arc<dyn Watch>,
    pulse: Pulse,
}

impl Teller {
    /// Waits until there is room to tell more. Cancel-safe.
    async fn ready(&self) {
        poll_fn(|cx| {
            let ready = self.watch.poll_ready(cx);
            self.pulse.hold(ready.is_pending());
            ready
        })
        .await;
    }

    fn tell(&self, event: &Event<'_>) {
        self.watch.see(Some(&self.peer), event);
    }
}

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").field("peer", &self.peer).finish()
    }
}
