//! One request's session with the hub: begun, asked, read to its end; over when it is dropped.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use sockhop_hub::{Flow, Hub, Polled, SessionKey};
use sockhop_proto::command::Hello;
use sockhop_proto::json::decode_event;
use sockhop_proto::{CloseReason, Command, Event, Micros, Origin, Protocol, Refusal, Seq};

use super::who::Who;
use crate::shared::Shared;

/// See the module.
#[derive(Debug)]
pub(super) struct Visit {
    shared: Arc<Shared>,
    key: SessionKey,
    /// Bytes the hub has handed out, and how the session stood then.
    pending: VecDeque<Bytes>,
    polled: Polled,
}

impl Visit {
    /// A session that hears the hub in `form`.
    pub(super) fn begin(
        shared: &Arc<Shared>,
        form: &'static Protocol,
        peer: Option<SocketAddr>,
    ) -> Self {
        let key = shared.hub().open(form, peer, shared.clock.now());
        Self {
            shared: Arc::clone(shared),
            key,
            pending: VecDeque::new(),
            polled: Polled::More,
        }
    }

    /// Says the secret, if one was brought.
    ///
    /// # Errors
    /// That it is not the hub's, or that the hub asks for one.
    pub(super) fn introduce(&self, who: &Who) -> Result<(), Refusal> {
        self.ask(Command::Hello(Hello {
            secret: who.secret.as_deref().map(Cow::Borrowed),
            ..Hello::default()
        }))
    }

    /// Stays as `nick`, which nobody else has.
    ///
    /// # Errors
    /// Why it cannot have that.
    pub(super) fn take_nick(&self, nick: &str) -> Result<(), Refusal> {
        self.ask(Command::Hello(Hello {
            nick: Some(Cow::Borrowed(nick)),
            ..Hello::default()
        }))
    }

    /// Speaks as `nick`, for a moment: see [`sockhop_hub::Hub::borrow_nick`].
    ///
    /// # Errors
    /// Why that cannot be its name.
    pub(super) fn borrow_nick(&self, nick: &str) -> Result<(), Refusal> {
        self.shared.hub().borrow_nick(self.key, nick)
    }

    /// Follows `room`, and says what the last message was before.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn follow(&self, room: &str, origin: Origin) -> Result<Seq, Refusal> {
        let subscribe = Command::Subscribe {
            room: Cow::Borrowed(room),
            origin,
        };
        let now = self.shared.clock.now();
        let mut hub = self.shared.hub();
        self.attempt(&mut hub, subscribe, now)?;
        Ok(hub.head(room))
    }

    /// Puts `bytes` in front of all the hub says.
    pub(super) fn say_first(&mut self, bytes: Bytes) {
        self.pending.push_front(bytes);
    }

    /// Asks the hub for something.
    ///
    /// # Errors
    /// Why it is not done.
    pub(super) fn ask(&self, command: Command<'_>) -> Result<(), Refusal> {
        let now = self.shared.clock.now();
        self.attempt(&mut self.shared.hub(), command, now)
    }

    fn attempt(&self, hub: &mut Hub, command: Command<'_>, now: Micros) -> Result<(), Refusal> {
        let attempted = hub.attempt(self.key, command, now);
        attempted.map_err(|refused| refused.refusal)
    }

    /// Notes how much the request brought.
    pub(super) fn note_read(&self, bytes: usize) {
        self.shared.hub().note_read(self.key, bytes);
    }

    /// Waits until the hub listens: the disk may be behind.
    pub(super) async fn listened_to(&mut self) {
        poll_fn(|cx| {
            // What it has handed out leaves the hub, and from now on it wakes this task.
            self.poll_output(cx);
            match (self.shared.hub().flow(self.key), self.polled) {
                (Flow::Wait, Polled::More | Polled::Parked) => Poll::Pending,
                // There will be no more; what was asked will find out why.
                (Flow::Go, _) | (Flow::Wait, Polled::Ended(_)) => Poll::Ready(()),
            }
        })
        .await;
    }

    /// Asks for no more: the visit is over once everything is answered.
    pub(super) fn finish(&self) {
        self.shared.hub().finish(self.key);
    }

    /// The next bytes of what the hub says; none at its end.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match self.pending.pop_front() {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => return Poll::Ready(Some(bytes)),
                None if self.ended().is_some() => return Poll::Ready(None),
                None => {
                    self.poll_output(cx);
                    if self.pending.is_empty() && self.polled == Polled::Parked {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn poll_output(&mut self, cx: &mut Context<'_>) {
        if self.ended().is_none() {
            let mut hub = self.shared.hub();
            self.polled = hub.poll_output(self.key, cx.waker(), &mut self.pending);
        }
    }

    /// Why it is over, if it is.
    pub(super) fn ended(&self) -> Option<CloseReason> {
        match self.polled {
            Polled::Ended(reason) => Some(reason),
            Polled::More | Polled::Parked => None,
        }
    }

    /// Everything the hub has to say, in a form of JSON lines.
    pub(super) async fn answers(mut self) -> Vec<Event> {
        let mut said = BytesMut::new();
        poll_fn(|cx| {
            while let Some(bytes) = ready!(self.poll_next(cx)) {
                said.extend_from_slice(&bytes);
            }
            Poll::Ready(())
        })
        .await;
        let lines = <[u8]>::split(&said, |byte| *byte == b'\n');
        lines.filter_map(|line| decode_event(line).ok()).collect()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let reason = self.ended().unwrap_or(CloseReason::Closed);
        let now = self.shared.clock.now();
        self.shared.hub().close(self.key, reason, now);
    }
}
