//! What waits for the disk, and whom it will be acked to.
//!
//! ```text
//!   publish -> queue -> (poll_batch) -> in flight -> (handle_committed) -> acked
//! ```
//!
//! Bounded by bytes; at more, publishers wait. One batch is in flight at a time, so a slow disk
//! makes larger batches, not more of them.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use sockhop_proto::{Id, Message, Micros, Seq};

use crate::history::{Batch, Kept, KeptRoom};
use crate::room::RoomKey;
use crate::session::SessionKey;

/// Most messages in one transaction: what an ack waits for at worst.
const BATCH_MESSAGES_MAX: usize = 8192;
/// What a message costs beside its body, about.
const MESSAGE_BYTES: usize = 256;

/// A message on its way to disk, or one that only waits until its number is reserved there.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) room: RoomKey,
    pub(crate) seq: Seq,
    pub(crate) time: Micros,
    pub(crate) answer: Option<Answer>,
    /// Whether it goes to disk itself.
    pub(crate) kept: bool,
    bytes: usize,
}

/// Who is told how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The session that published it.
    Session(SessionKey, Id),
    /// Whoever holds this token by then.
    Token(SessionKey, Arc<str>, u64),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    queue: Batch,
    asked: Vec<(RoomKey, Seq)>,
    /// What waits for the batch in flight, then what waits for the next.
    pending: VecDeque<Pending>,
    in_flight: Option<InFlight>,
    bytes: usize,
    waker: Option<Waker>,
    /// Sessions that wait for room.
    pub(crate) blocked: HashSet<SessionKey>,
}

/// What a batch in flight will have done.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    pending: usize,
    pub(crate) reserved: Vec<(RoomKey, Seq)>,
}

impl Storage {
    pub(crate) fn keep(&mut self, kept: Kept, room: RoomKey, answer: Option<Answer>) {
        self.push(&kept.message, room, answer, true);
        self.queue.messages.push(kept);
    }

    /// Answers for `message`, which is not to be kept, once its number is reserved.
    pub(crate) fn hold(&mut self, message: &Message, room: RoomKey, answer: Option<Answer>) {
        self.push(message, room, answer, false);
    }

    fn push(&mut self, message: &Message, room: RoomKey, answer: Option<Answer>, kept: bool) {
        let bytes = MESSAGE_BYTES + message.body.as_bytes().len();
        let (seq, time) = (message.seq, message.time);
        self.pending.push_back(Pending {
            room,
            seq,
            time,
            answer,
            kept,
            bytes,
        });
        self.bytes += bytes;
        self.wake();
    }

    pub(crate) fn reserve(&mut self, room: RoomKey, reserved: KeptRoom) {
        self.asked.push((room, reserved.reserved));
        self.queue.reserved.push(reserved);
        self.wake();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many messages wait, those in flight too.
    pub(crate) fn messages(&self) -> usize {
        self.pending.len()
    }

    /// The next batch, if there is one and none is in flight; else `waker` is woken when there is.
    /// It is empty where all that waits for it was reserved by the one before.
    pub(crate) fn poll_batch(&mut self, waker: &Waker) -> Option<Batch> {
        let idle = self.queue.is_empty() && self.pending.is_empty();
        if self.in_flight.is_some() || idle {
            self.waker = Some(waker.clone());
            return None;
        }
        let messages_max = self.queue.messages.len().min(BATCH_MESSAGES_MAX);
        let later = self.queue.messages.split_off(messages_max);
        let batch = Batch {
            messages: std::mem::replace(&mut self.queue.messages, later),
            reserved: std::mem::take(&mut self.queue.reserved),
        };
        self.in_flight = Some(InFlight {
            pending: self.pending_up_to(batch.messages.len()),
            reserved: std::mem::take(&mut self.asked),
        });
        Some(batch)
    }

    /// How many wait for a batch of the next `messages` messages. What is not kept waits for the
    /// numbers in it.
    fn pending_up_to(&self, messages: usize) -> usize {
        if self.queue.messages.is_empty() {
            return self.pending.len();
        }
        let mut kept = self
            .pending
            .iter()
            .enumerate()
            .filter(|(_, pending)| pending.kept);
        kept.nth(messages).map_or(self.pending.len(), |(at, _)| at)
    }

    /// The batch in flight has ended, well or not: what was in it.
    pub(crate) fn land(&mut self) -> (InFlight, Vec<Pending>) {
        let landed = self.in_flight.take().unwrap_or_default();
        let pending: Vec<_> = self.pending.drain(..landed.pending).collect();
        self.bytes -= pending.iter().map(|pending| pending.bytes).sum::<usize>();
        self.wake();
        (landed, pending)
    }

    fn wake(&mut self) {
        if self.in_flight.is_none()
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests;
