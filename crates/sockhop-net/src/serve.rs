//! A server for any number of clients at once, and what it may answer them.
//!
//! Each client has a task of its own. One that vanishes, resets or stops reading ends its own task
//! and nothing else.

mod client;
mod crowd;
mod exec;
mod outbox;
#[cfg(all(test, unix))]
mod tests;
mod turns;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sockhop_proto::framing::Framing;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::event::{Event, Watch};
use crate::fault::Fault;
use crate::leave::Leave;
use crate::link::MESSAGE_BYTES_MAX;
use crate::listener::{Incoming, Listener};

use client::Client;
pub use crowd::Crowd;

/// Clients at once, unless told otherwise.
pub const CLIENTS_MAX: usize = 1024;
/// Datagrams have no end, so whoever sends none for so long has left, unless told otherwise.
const DATAGRAM_SILENCE_MAX: Duration = Duration::from_secs(60);

/// What a server does with what it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Sends it back, byte for byte.
    Echo,
    /// Sends it back in capitals. What is no UTF-8 stays as it is.
    Upper,
    /// Sends this for every message.
    Reply(Bytes),
    /// Sends it to all other clients.
    Relay,
    /// Gives it to a program, one for each client, and sends back what that puts out. The program
    /// is a command of the system's shell.
    Exec(String),
    /// Nothing. Whoever holds the [`Crowd`] may say something, to all or to one.
    Hand,
}

/// How clients are served.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Terms {
    /// What is done with what they send.
    pub answer: Answer,
    /// What each is sent first.
    pub greeting: Option<Bytes>,
    /// How messages are told apart.
    pub framing: Framing,
    /// The largest message taken in; who sends a larger one is shown out.
    pub message_bytes_max: usize,
    /// How many clients at once; further ones are turned away.
    pub clients_max: usize,
    /// A client with whom nothing moves for so long, either way, is shown out.
    pub silence_max: Option<Duration>,
    /// Whether one client is enough.
    pub once: bool,
}

impl Terms {
    /// The terms that go with `answer`: no greeting, no framing, 1 MiB, [`CLIENTS_MAX`].
    #[must_use]
    pub fn new(answer: Answer) -> Self {
        Self {
            answer,
            greeting: None,
            framing: Framing::None,
            message_bytes_max: MESSAGE_BYTES_MAX,
            clients_max: CLIENTS_MAX,
            silence_max: None,
            once: false,
        }
    }
}

/// See the module.
pub struct Server {
    listener: Listener,
    terms: Arc<Terms>,
    watch: Arc<dyn Watch>,
    crowd: Arc<Crowd>,
    clients: JoinSet<Leave>,
    met: Arc<Notify>,
}

impl Server {
    /// A server at `listener`, which takes no clients before [`Self::run`].
    #[must_use]
    pub fn new(listener: Listener, mut terms: Terms, watch: Arc<dyn Watch>) -> Self {
        if matches!(listener.endpoint(), Endpoint::Udp(_)) {
            terms.silence_max.get_or_insert(DATAGRAM_SILENCE_MAX);
        }
        Self {
            crowd: Arc::new(Crowd::new(terms.framing)),
            listener,
            terms: Arc::new(terms),
            watch,
            clients: JoinSet::new(),
            met: Arc::default(),
        }
    }

    /// All who are here, to speak to.
    #[must_use]
    pub fn crowd(&self) -> Arc<Crowd> {
        Arc::clone(&self.crowd)
    }

    /// Serves until `stop`, or, if one client is enough, until it has left; then says why it did.
    /// Returns once every client's task has ended.
    ///
    /// # Errors
    /// The socket that listens is broken.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<Option<Leave>, Fault> {
        let once = self.terms.once;
        loop {
            let is_busy = once && !self.clients.is_empty();
            // Cancel-safe, all of them.
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                // One who has only knocked, and could not speak TLS, is not the one.
                () = self.met.notified(), if once => break,
                Some(_) = self.clients.join_next() => {}
                incoming = next(&mut self.listener, &*self.watch), if !is_busy => {
                    self.receive(incoming?, stop);
                }
            }
        }
        // Whoever comes now is refused, rather than left waiting.
        drop(self.listener);
        let mut leave = None;
        while let Some(left) = self.clients.join_next().await {
            leave = left.ok();
        }
        Ok(leave.filter(|_| once))
    }

    fn receive(&mut self, incoming: Incoming, stop: &CancellationToken) {
        // Who has left by now makes room.
        while self.clients.try_join_next().is_some() {}
        let clients_max = self.terms.clients_max;
        if self.clients.len() >= clients_max {
            let peer = Some(&incoming.peer);
            self.watch.see(peer, &Event::TurnedAway { clients_max });
            return;
        }
        let client = Client {
            terms: Arc::clone(&self.terms),
            watch: Arc::clone(&self.watch),
            crowd: Arc::clone(&self.crowd),
            stop: stop.clone(),
            met: Arc::clone(&self.met),
        };
        self.clients.spawn(client.serve(incoming));
    }
}

/// The next client, once there is room to tell of it. Cancel-safe.
async fn next(listener: &mut Listener, watch: &dyn Watch) -> Result<Incoming, Fault> {
    poll_fn(|cx| watch.poll_ready(cx)).await;
    listener.accept().await
}
