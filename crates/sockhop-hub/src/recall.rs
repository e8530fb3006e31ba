//! What the hub wants to know from history, and what it is told.

use std::sync::Arc;

use sockhop_proto::{Message, RoomName, Seq};

use crate::history::{HistoryError, Published, Recall};
use crate::room::RoomKey;
use crate::session::SessionKey;

/// Bytes of messages one fetch brings at most.
const FETCH_BYTES_MAX: usize = 128 << 10;

/// A question to history, for one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    pub(crate) session: SessionKey,
    pub(crate) purpose: Purpose,
    /// What is asked.
    pub wanted: Wanted,
}

/// What the answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The cursor in this room.
    Follow(RoomKey),
    /// The answer to `history` that is being made.
    Reading,
    /// To know repeated publishes.
    Resume,
}

/// What can be asked of history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Messages `from` up to and including `to`.
    Messages {
        /// Of this room.
        room: RoomName,
        /// The first.
        from: Seq,
        /// The last.
        to: Seq,
    },
    /// The `seq` of the `count`-th last message before `before`.
    NthLast {
        /// Of this room.
        room: RoomName,
        /// Not this one, nor any after it.
        before: Seq,
        /// At least 1.
        count: u64,
    },
    /// The last publishes of a session.
    Published {
        /// Its token.
        session: Arc<str>,
    },
}

/// What history answers, in kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recalled {
    /// To [`Wanted::Messages`].
    Messages(Vec<Arc<Message>>),
    /// To [`Wanted::NthLast`].
    Nth(Option<Seq>),
    /// To [`Wanted::Published`].
    Published(Vec<Published>),
}

impl Wanted {
    /// Asks `recall`. Blocks.
    ///
    /// # Errors
    /// What keeps the store from being read.
    pub fn ask(&self, recall: &mut dyn Recall) -> Result<Recalled, HistoryError> {
        match self {
            Self::Messages { room, from, to } => recall
                .read(room, *from, *to, FETCH_BYTES_MAX)
                .map(Recalled::Messages),
            Self::NthLast {
                room,
                before,
                count,
            } => recall.nth_last(room, *before, *count).map(Recalled::Nth),
            Self::Published { session } => recall.published(session).map(Recalled::Published),
        }
    }
}
