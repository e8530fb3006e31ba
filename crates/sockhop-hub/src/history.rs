//! What keeps messages beyond memory: the traits a store fills in, and what passes through them.
//!
//! The hub never calls these. Whoever owns the hub carries [`Batch`]es from it to a [`History`]
//! and [`Recall`] answers back to it, on threads of their own: they block.

use std::sync::Arc;

use sockhop_proto::{Message, Micros, RoomName, Seq};

use crate::retention::Retention;

/// The writing side of a store. It has one owner: the writer thread.
pub trait History: Send {
    /// Every room the store knows.
    ///
    /// # Errors
    /// What keeps the store from being read.
    fn rooms(&mut self) -> Result<Vec<KeptRoom>, HistoryError>;

    /// Puts a whole batch on disk, or nothing of it. When it returns `Ok`, the batch survives a
    /// crash of the process and of the machine.
    ///
    /// # Errors
    /// What kept the batch from being stored; it may be tried again.
    fn commit(&mut self, batch: &Batch) -> Result<(), HistoryError>;

    /// Removes what `retention` no longer keeps at the time `now`, and says how many messages that
    /// was. Bounded work: what is left is removed by the next call.
    ///
    /// # Errors
    /// What kept it from finishing.
    fn trim(&mut self, retention: &Retention, now: Micros) -> Result<u64, HistoryError>;
}

/// The reading side of a store. It may run beside the writing side, and sees what was committed.
pub trait Recall: Send {
    /// The messages of `room` from `from` up to and including `to`, in order of `seq`, until their
    /// bodies come to `bytes_max`; at least one, where there is one.
    ///
    /// # Errors
    /// What keeps the store from being read.
    fn read(
        &mut self,
        room: &RoomName,
        from: Seq,
        to: Seq,
        bytes_max: usize,
    ) -> Result<Vec<Arc<Message>>, HistoryError>;

    /// The `seq` of the `count`-th last message of `room` before `before`, or of its first where
    /// there are fewer; none where there are none. `count` is at least 1.
    ///
    /// # Errors
    /// What keeps the store from being read.
    fn nth_last(
        &mut self,
        room: &RoomName,
        before: Seq,
        count: u64,
    ) -> Result<Option<Seq>, HistoryError>;

    /// What the session published last, by falling id, at most [`PUBLISHED_MAX`].
    ///
    /// # Errors
    /// What keeps the store from being read.
    fn published(&mut self, session: &str) -> Result<Vec<Published>, HistoryError>;
}

/// How many publishes of one session are remembered, to know a repeated one: more than any
/// client has in flight.
pub const PUBLISHED_MAX: usize = 1024;

/// A room as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRoom {
    /// Its name.
    pub room: RoomName,
    /// The highest `seq` that may have been used: the next message gets a higher one.
    pub reserved: Seq,
}

/// What goes to disk in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Messages, in order of `seq` within each room.
    pub messages: Vec<Kept>,
    /// Rooms and the highest `seq` each may use before it asks for more. Only ever rises, but for
    /// the exact value written at a clean shutdown.
    pub reserved: Vec<KeptRoom>,
}

impl Batch {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.reserved.is_empty()
    }
}

/// A message to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The message.
    pub message: Arc<Message>,
    /// Who published it under which id, where a repetition is to be known.
    pub key: Option<PublishKey>,
}

/// A session's own number for a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishKey {
    /// The session's token.
    pub session: Arc<str>,
    /// The publish's id.
    pub id: u64,
}

/// A publish the store has: what its ack said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The publish's id.
    pub id: u64,
    /// Where it went.
    pub room: RoomName,
    /// Its number there.
    pub seq: Seq,
    /// When the hub took it.
    pub time: Micros,
}

/// What can be wrong with a store, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// No space left.
    #[error("the disk is full: {path} cannot grow; free some space")]
    Full {
        /// The store.
        path: Arc<str>,
    },
    /// Its content makes no sense.
    #[error(
        "{path} is damaged ({detail}); move it away to start with an empty history, or mend it with `sqlite3 {path} .recover`"
    )]
    Damaged {
        /// The store.
        path: Arc<str>,
        /// What the database said.
        detail: Arc<str>,
    },
    /// Written by a newer Sockhop.
    #[error(
        "{path} was written by a newer sockhop (its version is {found}, this one knows {known}); update sockhop, or give another --data folder"
    )]
    Newer {
        /// The store.
        path: Arc<str>,
        /// Its version.
        found: u32,
        /// The highest version known here.
        known: u32,
    },
    /// Another process has it open.
    #[error(
        "{path} is in use by another process, probably another sockhop; give this one its own --data folder"
    )]
    Busy {
        /// The store.
        path: Arc<str>,
    },
    /// It may not be written or read.
    #[error("no permission to use {path}; choose another folder with --data")]
    Permission {
        /// The store.
        path: Arc<str>,
    },
    /// Anything else the disk or the database says.
    #[error("{path} cannot be used: {detail}")]
    Failed {
        /// The store.
        path: Arc<str>,
        /// What the database said.
        detail: Arc<str>,
    },
}
