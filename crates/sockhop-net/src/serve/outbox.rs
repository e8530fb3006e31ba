//! What waits to be sent to one client.
//!
//! Bounded: who lets too much gather has stopped reading, and is shown out. Bytes are shared among
//! all the outboxes they wait in.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// As much may wait for one client; more, and it is shown out.
const WAITING_BYTES_MAX: usize = 16 << 20;
/// From here on those who send to it wait, as long as it goes on reading.
const CROWDED_BYTES: usize = 1 << 20;
/// Who has read nothing for so long is not waited for.
const STALLED_AFTER: Duration = Duration::from_secs(1);
/// Taken to be written at once.
const BATCH_BYTES: usize = 64 << 10;

/// A frame, and the message in it.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) message: Bytes,
    pub(super) frame: Bytes,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
    drained: Notify,
    overflowed: Notify,
}

#[derive(Debug)]
struct Waiting {
    parcels: VecDeque<Parcel>,
    /// What is in `parcels`, and what was taken and is not yet written.
    bytes: usize,
    ended: bool,
    /// How much waited when there was no room for more.
    overflow_bytes: Option<usize>,
    /// When bytes last went out, or there were none to go.
    moved_at: Instant,
}

/// What is next for a client.
#[derive(Debug)]
pub(super) enum Next {
    /// These, to be written at once.
    Parcels(Vec<Parcel>),
    /// Nothing more comes.
    End,
}

impl Parcel {
    /// What it costs in memory, about: many small ones must not pass for little.
    pub(super) fn cost_bytes(&self) -> usize {
        const OVERHEAD_BYTES: usize = 192;
        self.frame.len() + OVERHEAD_BYTES
    }
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                parcels: VecDeque::new(),
                bytes: 0,
                ended: false,
                overflow_bytes: None,
                moved_at: Instant::now(),
            }),
            filled: Notify::new(),
            drained: Notify::new(),
            overflowed: Notify::new(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one, however large, if nothing else waits. Where there is no room nothing is added any
    /// more: the client is about to be shown out.
    pub(super) fn put(&self, parcel: &Parcel) {
        let mut waiting = self.waiting();
        if waiting.ended || waiting.overflow_bytes.is_some() {
            return;
        }
        let bytes = waiting.bytes + parcel.cost_bytes();
        if waiting.bytes > 0 && bytes > WAITING_BYTES_MAX {
            waiting.overflow_bytes = Some(waiting.bytes);
            self.overflowed.notify_one();
            return;
        }
        if waiting.bytes == 0 {
            waiting.moved_at = Instant::now();
        }
        waiting.bytes = bytes;
        waiting.parcels.push_back(parcel.clone());
        drop(waiting);
        self.filled.notify_one();
    }

    /// Nothing is added any more; what waits is still sent.
    pub(super) fn end(&self) {
        self.waiting().ended = true;
        self.filled.notify_one();
    }

    /// Waits for what is next. Cancel-safe. Meant for one task, which says [`Self::wrote`].
    pub(super) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.filled.notified().await;
        }
    }

    fn try_next(&self) -> Option<Next> {
        let mut waiting = self.waiting();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some(parcel) = waiting.parcels.pop_front()
        {
            bytes += parcel.cost_bytes();
            batch.push(parcel);
        }
        match batch.is_empty() {
            false => Some(Next::Parcels(batch)),
            true => waiting.ended.then_some(Next::End),
        }
    }

    /// Waits until too much has gathered, which it may never. Cancel-safe.
    pub(super) async fn overflow(&self) -> usize {
        loop {
            if let Some(bytes) = self.waiting().overflow_bytes {
                return bytes;
            }
            self.overflowed.notified().await;
        }
    }

    /// Some of a batch is written.
    pub(super) fn moved(&self) {
        self.waiting().moved_at = Instant::now();
        self.drained.notify_waiters();
    }

    /// A batch that cost so many bytes is written.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut waiting = self.waiting();
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        waiting.moved_at = Instant::now();
        drop(waiting);
        self.drained.notify_waiters();
    }

    /// Waits while it is crowded, and its client goes on reading. Cancel-safe.
    pub(super) async fn room(&self) {
        loop {
            let drained = self.drained.notified();
            let stalled_at = {
                let waiting = self.waiting();
                if waiting.bytes <= CROWDED_BYTES {
                    return;
                }
                waiting.moved_at + STALLED_AFTER
            };
            if timeout_at(stalled_at, drained).await.is_err() {
                return;
            }
        }
    }

    /// Waits until there has been nothing to send for `span` from now on, or there will never be
    /// again. What waits is for [`Self::next`] to send, however slowly it is read. Cancel-safe.
    pub(super) async fn idle_for(&self, span: Duration) {
        let now = Instant::now();
        loop {
            let drained = self.drained.notified();
            let idle_at = {
                let waiting = self.waiting();
                match waiting.bytes {
                    0 if waiting.ended => return,
                    0 => Some(waiting.moved_at.max(now) + span),
                    _ => None,
                }
            };
            match idle_at {
                Some(at) if at <= Instant::now() => return,
                // Late or not, it is looked at again.
                Some(at) => drop(timeout_at(at, drained).await),
                None => drained.await,
            }
        }
    }
}
