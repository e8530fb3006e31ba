//! A client's handle.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use sockhop_proto::{Body, Nick, Origin, RoomName};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::draft::{Ack, Draft};
use crate::error::{ClientError, ConnectError, PublishError, SubscribeError};
use crate::link;
use crate::session::{Now, Session};
use crate::shared::{Published, Shared};
use crate::status::Status;
use crate::subscription::Subscription;

/// The largest body: a frame with room for the rest of its message.
const BODY_BYTES_MAX: usize = (16 << 20) - (64 << 10);

/// A session with a hub, kept up over broken connections. Clones are the same session.
///
/// * What is published is sent until it is acked, and under a number by which the hub knows it
///   again: it is said once, in order, whatever happens to the connection, or to a hub that keeps
///   history.
/// * What is subscribed to goes on after a broken connection where it stopped.
/// * When the last clone and the last [`Subscription`] are dropped, the session ends at once,
///   whatever has not been acked by then. [`Client::close`] waits for the acks.
#[derive(Debug, Clone)]
pub struct Client {
    alive: Arc<Alive>,
}

/// Ends the session when the last handle is dropped.
#[derive(Debug)]
pub(crate) struct Alive {
    pub(crate) shared: Arc<Shared>,
    link: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.shared.with(|session, _| session.abandon());
        self.shared.work.notify_one();
    }
}

impl Client {
    /// Connects, and returns once the hub has said welcome. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// What the first attempt met; with [`Config::wait`] only what no waiting will change, or that
    /// there was no more patience.
    pub async fn connect(config: Config) -> Result<Self, ClientError> {
        let client = Self::open(config)?;
        client.welcomed().await?;
        Ok(client)
    }

    /// Begins to connect, and returns at once. What is published or subscribed to meanwhile waits
    /// for the connection. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// That this system gives no random numbers.
    pub fn open(config: Config) -> Result<Self, ClientError> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(|_| ConnectError::NoRandomness)?;
        let (token, seed) = random.split_at(16);
        let token = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let seed = seed
            .iter()
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte));

        let shared = Arc::new(Shared::new(config, token, seed));
        let link = tokio::spawn(link::run(Arc::clone(&shared)));
        let link = Mutex::new(Some(link));
        Ok(Self {
            alive: Arc::new(Alive { shared, link }),
        })
    }

    /// Waits until the hub has said welcome.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn welcomed(&self) -> Result<(), ClientError> {
        let settled =
            |status: &Status| matches!(status, Status::Connected { .. } | Status::Ended(_));
        match self.status().wait_for(settled).await.as_deref() {
            Ok(Status::Ended(error)) => Err(error.clone()),
            Ok(_) => Ok(()),
            Err(_) => Err(ClientError::Closed),
        }
    }

    /// Says `body` in `room`, and waits until the hub has it: in the room's log and, where the
    /// room keeps history, on disk.
    ///
    /// For many messages [`Client::queue`] is faster: it does not wait for one ack before the next
    /// message. A call that is dropped before it returns does not take the message back.
    ///
    /// # Errors
    /// Why it was not published.
    pub async fn publish(&self, room: &str, body: Body) -> Result<Ack, PublishError> {
        self.queue(Draft::new(room, body)).await?.await
    }

    /// Takes a message on, and returns once there is a place for it among those that wait for
    /// their acks ([`Config::in_flight_max`]). Messages go out in the order in which they were
    /// taken on. The ack is what the returned [`Publishing`] resolves to; dropping that does not
    /// take the message back.
    ///
    /// # Errors
    /// Why it cannot be published.
    pub async fn queue(&self, draft: Draft) -> Result<Publishing, PublishError> {
        RoomName::parse(&draft.room).map_err(|source| PublishError::Room {
            room: draft.room.clone(),
            source,
        })?;
        let bytes = draft.body.as_bytes().len();
        if bytes > BODY_BYTES_MAX {
            return Err(PublishError::TooLarge { bytes });
        }
        let reply = self.shared().queue(draft).await?;
        Ok(Publishing { reply })
    }

    /// Follows `room`, or with wildcards (`+` one level, a last `#` all the rest) every room that
    /// matches, from `origin` on. A room is joined, and the others there see it; rooms by wildcards
    /// are watched.
    ///
    /// # Errors
    /// Why it cannot be followed.
    pub async fn subscribe(
        &self,
        room: &str,
        origin: Origin,
    ) -> Result<Subscription, SubscribeError> {
        self.subscribe_all([room], origin).await
    }

    /// Follows several rooms and patterns as one subscription, each from `origin` on. Where they
    /// overlap, a message is still heard once.
    ///
    /// # Errors
    /// Why they cannot be followed.
    pub async fn subscribe_all<S: Into<String>>(
        &self,
        rooms: impl IntoIterator<Item = S>,
        origin: Origin,
    ) -> Result<Subscription, SubscribeError> {
        let names: Vec<String> = rooms.into_iter().map(Into::into).collect();
        let (id, notify) = self.shared().follow(&names, origin)?;
        let subscription = Subscription::new(Arc::clone(&self.alive), id, notify);
        subscription.answered().await?;
        Ok(subscription)
    }

    /// How it stands with the hub, and how that changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared().status()
    }

    /// The nick it goes by, while it is connected.
    #[must_use]
    pub fn nick(&self) -> Option<Nick> {
        match &*self.status().borrow() {
            Status::Connected { nick, .. } => Some(nick.clone()),
            _ => None,
        }
    }

    /// Waits until everything is acked, says goodbye, and ends the session, for all clones.
    ///
    /// # Errors
    /// Why it had ended before, or gave up waiting.
    pub async fn close(self) -> Result<(), ClientError> {
        self.end(Session::close).await
    }

    /// Says goodbye if that can be done at once, and ends the session, for all clones. What has
    /// not been acked may or may not have been published.
    pub async fn abandon(self) {
        // Why it ended, or had ended before, is nothing to somebody in a hurry.
        let _ = self.end(|session, _| session.abandon()).await;
    }

    async fn end(self, how: impl FnOnce(&mut Session, Now)) -> Result<(), ClientError> {
        self.shared().with(how);
        self.shared().work.notify_one();
        let link = self
            .alive
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match link {
            // It does not panic, and nobody aborts it.
            Some(link) => drop(link.await),
            // Another clone waits for it.
            None => {
                let ended = |status: &Status| matches!(status, Status::Ended(_));
                // It cannot fail: the sender is in what `self` holds.
                let _ = self.status().wait_for(ended).await;
            }
        }
        match self.shared().ended() {
            Some(ClientError::Closed) | None => Ok(()),
            Some(error) => Err(error),
        }
    }

    fn shared(&self) -> &Shared {
        &self.alive.shared
    }
}

/// A message on its way; resolves to its ack.
#[derive(Debug)]
#[must_use = "only the ack says that the hub has it"]
pub struct Publishing {
    reply: oneshot::Receiver<Published>,
}

impl Future for Publishing {
    type Output = Result<Ack, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = Pin::new(&mut self.reply).poll(cx);
        // The other end is dropped unanswered only with the session.
        reply.map(|reply| reply.unwrap_or(Err(PublishError::Ended(ClientError::Closed))))
    }
}
