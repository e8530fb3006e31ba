//! A room's log: its latest messages, and their bytes in every protocol somebody reads it in.
//!
//! ```text
//!   on disk, or gone | first ......... head | ...... last |
//!                      entries in memory      waiting for
//!                      and in the streams     the disk
//! ```
//!
//! * What is older than `first` is read from history, or `missed`.
//! * A message is shown to members once its `seq` is reserved on disk, so that a crash cannot give
//!   the number to another. A room asks for numbers in blocks, so it hardly ever waits.
//! * A message whose publisher asked for an ack is shown once it is on disk: had anyone seen it before
//!   a crash, its publisher's next try would say it to them again. Others are shown at once.
//! * A message leaves memory only once it is on disk, where its room keeps history.

mod read;

use std::collections::VecDeque;
use std::sync::Arc;

use sockhop_proto::{Event, Message, RoomName, Seq};

use crate::cursor::{Cursor, Place};
use crate::session::SessionKey;
use crate::stream::Stream;

pub(crate) use read::{Bound, Start, Step};

/// What an entry costs in memory beside its body, about.
const ENTRY_BYTES: usize = 192;

/// See the module.
#[derive(Debug)]
pub(crate) struct Log {
    room: RoomName,
    /// Whether its messages go to disk.
    kept: bool,
    entries: VecDeque<Entry>,
    /// The `seq` of `entries[0]`; one past `last` while there are none.
    first: Seq,
    /// The last `seq` given.
    last: Seq,
    /// The last `seq` in the streams: the room's head, to everyone else.
    head: Seq,
    /// The highest `seq` that may be shown.
    reserved: Seq,
    /// Every message up to here is on disk, or not to be kept.
    stored: Seq,
    streams: Vec<Stream>,
    entry_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    author: Option<SessionKey>,
    /// Its publisher waits for an ack, and would say it again if the hub were gone before it came.
    promised: bool,
}

impl Log {
    /// The log of `room`, whose last `seq` was `head`; nothing of it is in memory.
    pub(crate) fn new(room: RoomName, head: Seq, reserved: Seq, kept: bool) -> Self {
        Self {
            room,
            kept,
            entries: VecDeque::new(),
            first: head + 1,
            last: head,
            head,
            reserved,
            stored: head,
            streams: Vec::new(),
            entry_bytes: 0,
        }
    }

    /// The last message members can see.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// The last `seq` given to a message.
    pub(crate) fn last(&self) -> Seq {
        self.last
    }

    /// Whether its messages go to disk.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Appends `message`, whose `seq` is one past [`Self::last`]. A `promised` one is shown only
    /// once it is on disk.
    pub(crate) fn append(
        &mut self,
        message: Arc<Message>,
        author: Option<SessionKey>,
        promised: bool,
    ) {
        debug_assert_eq!(message.seq, self.last + 1);
        self.last = message.seq;
        self.entry_bytes += ENTRY_BYTES + message.body.as_bytes().len();
        self.entries.push_back(Entry {
            message,
            author,
            promised,
        });
        self.pass_unkept();
        self.show();
    }

    /// Appends what has no `seq` to the streams.
    pub(crate) fn notice(&mut self, event: &Event) {
        for stream in &mut self.streams {
            stream.append_notice(event);
        }
    }

    /// Numbers up to `seq` may be shown from now on.
    pub(crate) fn reserve(&mut self, seq: Seq) {
        self.reserved = seq;
        self.show();
    }

    /// Whether `seq` may be shown.
    pub(crate) fn is_reserved(&self, seq: Seq) -> bool {
        seq <= self.reserved
    }

    fn show(&mut self) {
        while self.head < self.last.min(self.reserved) {
            let entry = &self.entries[(self.head + 1 - self.first) as usize];
            if entry.promised && self.head >= self.stored {
                break;
            }
            self.head += 1;
            let event = Event::Message(Arc::clone(&entry.message));
            for stream in &mut self.streams {
                stream.append_message(&event);
            }
        }
    }

    /// Every kept message up to `seq` is on disk, or never will be.
    pub(crate) fn set_stored(&mut self, seq: Seq) {
        self.stored = self.stored.max(seq);
        self.pass_unkept();
        self.show();
    }

    /// What is not to be kept waits for no disk.
    fn pass_unkept(&mut self) {
        while let Some(entry) = self.entries.get((self.stored + 1 - self.first) as usize)
            && (entry.message.ephemeral || !self.kept)
        {
            self.stored += 1;
        }
    }

    /// How many messages a reader has not read yet.
    pub(crate) fn behind(&self, cursor: &Cursor) -> u64 {
        let left = (self.head + 1).saturating_sub(cursor.next);
        match cursor.place {
            // It does not know yet where it begins.
            Place::Last { count, .. } => left.min(count),
            _ => left,
        }
    }

    /// Whether the next message for a reader is no longer in memory.
    pub(crate) fn has_dropped(&self, cursor: &Cursor) -> bool {
        cursor.next < self.first && !matches!(cursor.place, Place::Last { .. })
    }

    /// Bytes held in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.entry_bytes + self.streams.iter().map(Stream::bytes).sum::<usize>()
    }

    /// Forgets the oldest messages until no more than `bytes_max` are held. What still has to reach
    /// the disk, or a member, stays.
    pub(crate) fn trim(&mut self, bytes_max: usize) {
        let mut bytes = self.bytes();
        while bytes > bytes_max && self.first <= self.stored.min(self.head) {
            // The notices before a message are older than it.
            let dropped = self.drop_notices(bytes - bytes_max);
            bytes -= dropped;
            if dropped > 0 {
                continue;
            }
            let Some(entry) = self.entries.pop_front() else {
                break;
            };
            let freed = ENTRY_BYTES + entry.message.body.as_bytes().len();
            self.entry_bytes -= freed;
            self.first += 1;
            bytes -= freed;
            for stream in &mut self.streams {
                bytes -= stream.trim(self.first);
            }
        }
        if bytes > bytes_max {
            // Notices alone, or messages that wait for the disk, and are not theirs to make room for.
            let share = bytes_max / self.streams.len().max(1);
            for stream in &mut self.streams {
                stream.drop_notices(stream.bytes().saturating_sub(share));
            }
        }
    }

    /// Forgets about so many bytes of notices before the first message, and says how many it was.
    fn drop_notices(&mut self, bytes: usize) -> usize {
        let mut dropped: usize = 0;
        for stream in &mut self.streams {
            dropped += stream.drop_notices(bytes.saturating_sub(dropped));
        }
        dropped
    }
}

#[cfg(test)]
mod tests;
