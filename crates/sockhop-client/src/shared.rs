//! The session of a client behind one short lock, between the task that carries its bytes and those
//! who use it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sockhop_proto::Origin;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::Instant;

use crate::address::HubAddress;
use crate::config::Config;
use crate::draft::{Ack, Draft};
use crate::error::{ClientError, PublishError, SubscribeError};
use crate::heard::Heard;
use crate::session::{FollowId, Now, Session};
use crate::status::Status;

/// What a publish came to.
pub(crate) type Published = Result<Ack, PublishError>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) hub: HubAddress,
    pub(crate) connect_within: Duration,
    start: Instant,
    state: Mutex<State>,
    /// Wakes the link: the user has done something.
    pub(crate) work: Notify,
    /// Places for publishes that wait for their acks.
    window: Arc<Semaphore>,
    status: watch::Sender<Status>,
}

#[derive(Debug)]
struct State {
    session: Session,
    publishers: HashMap<u64, Publisher>,
    readers: HashMap<FollowId, Arc<Notify>>,
}

#[derive(Debug)]
struct Publisher {
    reply: oneshot::Sender<Published>,
    /// Given back when it is settled.
    _place: OwnedSemaphorePermit,
}

impl Shared {
    pub(crate) fn new(config: Config, token: String, seed: u64) -> Self {
        Self {
            hub: config.hub.clone(),
            connect_within: config.connect_within,
            start: Instant::now(),
            work: Notify::new(),
            window: Arc::new(Semaphore::new(config.in_flight_max)),
            status: watch::Sender::new(Status::Connecting),
            state: Mutex::new(State {
                session: Session::new(config, token, seed),
                publishers: HashMap::new(),
                readers: HashMap::new(),
            }),
        }
    }

    /// The moment `now` was.
    pub(crate) fn instant(&self, now: Now) -> Instant {
        self.start + now
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `step` take the session further, and tells everyone concerned what came of it.
    pub(crate) fn with<T>(&self, step: impl FnOnce(&mut Session, Now) -> T) -> T {
        let mut state = self.lock();
        let outcome = step(&mut state.session, self.start.elapsed());
        state.settle();
        if state.session.ended().is_some() {
            self.window.close();
        }
        self.status.send_if_modified(|status| {
            let now = state.session.status();
            let changed = *status != now;
            *status = now;
            changed
        });
        outcome
    }

    pub(crate) fn ended(&self) -> Option<ClientError> {
        self.lock().session.ended().cloned()
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Takes a message on, once there is a place for it.
    pub(crate) async fn queue(
        &self,
        draft: Draft,
    ) -> Result<oneshot::Receiver<Published>, ClientError> {
        let place = Arc::clone(&self.window).acquire_owned().await;
        let mut state = self.lock();
        if let Some(error) = state.session.ended() {
            return Err(error.clone());
        }
        let place = place.map_err(|_| ClientError::Closed)?;
        let (reply, published) = oneshot::channel();
        let id = state.session.publishing.add(draft);
        state.session.note_expectation(self.start.elapsed());
        state.publishers.insert(
            id,
            Publisher {
                reply,
                _place: place,
            },
        );
        self.work.notify_one();
        Ok(published)
    }

    /// Begins a subscription, and says what will be woken when it has something to hear.
    pub(crate) fn follow(
        &self,
        names: &[String],
        origin: Origin,
    ) -> Result<(FollowId, Arc<Notify>), SubscribeError> {
        let mut state = self.lock();
        if let Some(error) = state.session.ended() {
            return Err(error.clone().into());
        }
        let id = state.session.follows.add(names, origin)?;
        state.session.note_expectation(self.start.elapsed());
        let notify = Arc::new(Notify::new());
        state.readers.insert(id, Arc::clone(&notify));
        self.work.notify_one();
        Ok((id, notify))
    }

    pub(crate) fn unfollow(&self, id: FollowId) {
        let mut state = self.lock();
        state.session.follows.remove(id);
        state.readers.remove(&id);
        self.work.notify_one();
    }

    /// Whether the hub has answered a subscription; none while it has not.
    pub(crate) fn answer(&self, id: FollowId) -> Option<Result<(), SubscribeError>> {
        let state = self.lock();
        if let Some(error) = state.session.ended() {
            return Some(Err(error.clone().into()));
        }
        let answer = state.session.follows.get(id)?.answer()?;
        Some(answer.map_err(SubscribeError::Refused))
    }

    /// The next thing a subscription has heard; none if there is nothing, and an error if there
    /// never will be.
    pub(crate) fn heard(&self, id: FollowId) -> Result<Option<Heard>, SubscribeError> {
        let mut state = self.lock();
        if let Some(following) = state.session.follows.get_mut(id) {
            let was_full = following.is_full();
            if let Some(heard) = following.poll_heard() {
                if was_full || following.is_wanted() {
                    self.work.notify_one();
                }
                return Ok(Some(heard));
            }
            if let Some(Err(refusal)) = following.answer() {
                return Err(SubscribeError::Refused(refusal));
            }
        }
        match state.session.ended() {
            Some(error) => Err(error.clone().into()),
            None => Ok(None),
        }
    }
}

impl State {
    /// Passes on what has been settled, and wakes who has something to hear.
    fn settle(&mut self) {
        while let Some((id, outcome)) = self.session.publishing.poll_settled() {
            if let Some(publisher) = self.publishers.remove(&id) {
                // Whoever published may not want to know.
                let _ = publisher.reply.send(outcome.map_err(PublishError::Refused));
            }
        }
        if let Some(error) = self.session.ended() {
            for (_, publisher) in self.publishers.drain() {
                let _ = publisher.reply.send(Err(error.clone().into()));
            }
            self.readers.values().for_each(|reader| reader.notify_one());
            return;
        }
        for id in self.session.follows.take_news() {
            if let Some(reader) = self.readers.get(&id) {
                reader.notify_one();
            }
        }
    }
}
