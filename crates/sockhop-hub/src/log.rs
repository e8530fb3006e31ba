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

use std::collections::VecDeque;
use std::sync::Arc;

use sockhop_proto::{Event, Message, Protocol, RoomName, Seq};

use crate::cursor::{Cursor, Place, Reader};
use crate::recall::Wanted;
use crate::session::SessionKey;
use crate::sink::Sink;
use crate::stream::Stream;
use crate::tally::Told;

/// What an entry costs in memory beside its body, about.
const ENTRY_BYTES: usize = 192;
/// How many bytes one read hands out at most, but for a single larger message.
const READ_BYTES_MAX: u64 = 128 << 10;

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

/// How a reader got on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// It has read everything: wake it at the next append.
    CaughtUp,
    /// There is more.
    More,
    /// It needs this from history first.
    Fetch(Wanted),
    /// History has not answered yet.
    Awaiting,
}

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the next message.
    Now,
    /// With this one.
    Since(Seq),
    /// With the last so many kept ones.
    Last(u64),
}

/// How far a reader goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// Up to this `seq`.
    pub(crate) to: Seq,
    /// So many messages.
    pub(crate) left: u64,
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

    /// Starts a cursor in `protocol`.
    pub(crate) fn open(&mut self, protocol: &'static Protocol, start: Start) -> Cursor {
        let first = self.head + 1;
        let stream = match self
            .streams
            .iter()
            .position(|stream| stream.protocol() == protocol)
        {
            Some(at) => &mut self.streams[at],
            None => {
                self.streams.push(Stream::new(protocol, first));
                self.streams.last_mut().expect("one was just pushed")
            }
        };
        stream.readers += 1;
        match start {
            Start::Now => Cursor::new(
                first,
                Place::Live {
                    offset: stream.end(),
                },
                first,
                first,
            ),
            Start::Since(next) => {
                // A log that has not come so far is not the one that was read before: all of it is
                // new.
                let next = if next > self.last + 1 { 1 } else { next.max(1) };
                Cursor::new(next, Place::Behind, next, first)
            }
            Start::Last(count) => {
                // Where it begins is found when it is first read.
                Cursor::new(
                    1,
                    Place::Last {
                        before: first,
                        count,
                    },
                    first,
                    first,
                )
            }
        }
    }

    /// Ends a cursor in `protocol`, and with the last one its stream.
    pub(crate) fn close(&mut self, protocol: &'static Protocol) {
        if let Some(at) = self
            .streams
            .iter()
            .position(|stream| stream.protocol() == protocol)
        {
            self.streams[at].readers -= 1;
            if self.streams[at].readers == 0 {
                self.streams.swap_remove(at);
            }
        }
    }

    /// Reads on from `cursor` into `sink`, up to the head. Messages by `own` are passed over.
    pub(crate) fn read(
        &mut self,
        cursor: &mut Cursor,
        own: Option<Reader<'_>>,
        sink: &mut Sink<'_>,
    ) -> Step {
        if let Place::Live { offset } = cursor.place {
            let held = self
                .streams
                .iter()
                .any(|s| s.protocol() == sink.protocol() && s.holds(offset));
            if held {
                return self.read_live(cursor, offset, own, sink);
            }
            cursor.place = Place::Behind;
        }
        let live = self
            .stream(sink.protocol())
            .map_or(self.head + 1, Stream::first);
        let to = self.head.min(live.max(cursor.joined) - 1);
        let mut bound = Bound { to, left: u64::MAX };
        let step = self.read_back(cursor, &mut bound, own, sink);
        if step != Step::CaughtUp {
            return step;
        }
        if cursor.next > self.head + 1 {
            // It begins with one that nobody may see yet.
            return Step::CaughtUp;
        }
        let Some(stream) = self.stream(sink.protocol()) else {
            return Step::CaughtUp;
        };
        cursor.settle(&self.room, sink);
        let offset = stream.offset_of(cursor.next);
        cursor.place = Place::Live { offset };
        if offset == stream.end() {
            Step::CaughtUp
        } else {
            Step::More
        }
    }

    fn stream(&self, protocol: &'static Protocol) -> Option<&Stream> {
        self.streams
            .iter()
            .find(|stream| stream.protocol() == protocol)
    }

    /// The common case: everything from the cursor to the head, as it lies.
    fn read_live(
        &mut self,
        cursor: &mut Cursor,
        offset: u64,
        own: Option<Reader<'_>>,
        sink: &mut Sink<'_>,
    ) -> Step {
        let Self {
            streams,
            entries,
            first,
            head,
            ..
        } = self;
        let Some(stream) = streams.iter_mut().find(|s| s.protocol() == sink.protocol()) else {
            return Step::CaughtUp;
        };
        let (last, end) = if stream.end() - offset <= READ_BYTES_MAX {
            (*head, stream.end())
        } else {
            match stream.last_within(cursor.next, offset, READ_BYTES_MAX) {
                Some(last) => (last, stream.offset_of(last + 1)),
                None => (*head, stream.end()),
            }
        };
        let mut from = offset;
        let mut passed_over = Told::default();
        if let Some(own) = own {
            for seq in cursor.next..=last.min(cursor.own_last) {
                let is_own = entries[(seq - *first) as usize].author == Some(own.key);
                if let (true, Some(span)) = (is_own, stream.span(seq)) {
                    stream.slices(from, span.begin, sink.shared());
                    from = span.end;
                    passed_over.messages += 1;
                    passed_over.bytes += span.end - span.begin;
                }
            }
        }
        stream.slices(from, end, sink.shared());
        sink.told.messages += last + 1 - cursor.next - passed_over.messages;
        sink.told.bytes += end - offset - passed_over.bytes;
        cursor.next = last + 1;
        cursor.place = Place::Live { offset: end };
        // Notices may lie behind the last message.
        if end == stream.end() {
            Step::CaughtUp
        } else {
            Step::More
        }
    }

    /// Reads what is behind the streams, from memory or by way of history, encoded for this reader
    /// alone, until the bound.
    pub(crate) fn read_back(
        &self,
        cursor: &mut Cursor,
        bound: &mut Bound,
        own: Option<Reader<'_>>,
        sink: &mut Sink<'_>,
    ) -> Step {
        match std::mem::replace(&mut cursor.place, Place::Behind) {
            Place::Live { .. } | Place::Behind => {}
            awaiting @ Place::Awaiting(_) => {
                cursor.place = awaiting;
                return Step::Awaiting;
            }
            Place::Recalled(messages) => {
                self.pass_recalled(cursor, &messages, bound, own, sink);
                return Step::More;
            }
            Place::Last { before, count } => {
                if let Some(wanted) = self.find_last(cursor, before, count) {
                    return fetch(cursor, wanted);
                }
            }
        }
        if cursor.next > bound.to || bound.left == 0 {
            return Step::CaughtUp;
        }
        if cursor.next < self.first {
            let to = bound.to.min(self.first - 1);
            if !self.kept {
                cursor.miss_to(to);
                return Step::More;
            }
            let wanted = Wanted::Messages {
                room: self.room.clone(),
                from: cursor.next,
                to,
            };
            return fetch(cursor, wanted);
        }
        self.pass_remembered(cursor, bound, own, sink);
        if cursor.next > bound.to || bound.left == 0 {
            Step::CaughtUp
        } else {
            Step::More
        }
    }

    /// Puts the cursor at the `count`-th last message before `before`, or says what to ask history.
    fn find_last(&self, cursor: &mut Cursor, before: Seq, count: u64) -> Option<Wanted> {
        match self.nth_last(before, count) {
            Ok(seq) => cursor.next = seq,
            Err(_) if !self.kept => cursor.next = self.first.min(before),
            Err(count) => {
                let before = before.min(self.first);
                cursor.next = before;
                return Some(Wanted::NthLast {
                    room: self.room.clone(),
                    before,
                    count,
                });
            }
        }
        None
    }

    fn pass_recalled(
        &self,
        cursor: &mut Cursor,
        messages: &[Arc<Message>],
        bound: &mut Bound,
        own: Option<Reader<'_>>,
        sink: &mut Sink<'_>,
    ) {
        for message in messages.iter().filter(|message| message.seq <= bound.to) {
            if message.seq < cursor.next || bound.left == 0 {
                continue;
            }
            if own.is_some_and(|own| cursor.is_own(message, own)) {
                cursor.miss_to(message.seq - 1);
                cursor.skip_own(&self.room, sink);
            } else {
                cursor.pass(message, sink);
                bound.left -= 1;
            }
        }
    }

    fn pass_remembered(
        &self,
        cursor: &mut Cursor,
        bound: &mut Bound,
        own: Option<Reader<'_>>,
        sink: &mut Sink<'_>,
    ) {
        let mut bytes = 0;
        while cursor.next <= bound.to && bound.left > 0 && bytes < READ_BYTES_MAX as usize {
            let entry = &self.entries[(cursor.next - self.first) as usize];
            bytes += ENTRY_BYTES + entry.message.body.as_bytes().len();
            if own.is_some_and(|own| entry.author == Some(own.key)) {
                cursor.skip_own(&self.room, sink);
            } else if entry.message.ephemeral {
                // Never repeated: an old word of a control stream is worse than none.
                cursor.miss_to(cursor.next);
            } else {
                cursor.pass(&entry.message, sink);
                bound.left -= 1;
            }
        }
    }

    /// The `seq` of the `count`-th last kept message before `before` that is in memory, or how many
    /// fewer there are.
    fn nth_last(&self, before: Seq, count: u64) -> Result<Seq, u64> {
        if count == 0 {
            return Ok(before);
        }
        let mut wanted = count;
        let end = usize::try_from(before.saturating_sub(self.first)).unwrap_or(usize::MAX);
        for entry in self.entries.range(..end.min(self.entries.len())).rev() {
            if !entry.message.ephemeral {
                wanted -= 1;
                if wanted == 0 {
                    return Ok(entry.message.seq);
                }
            }
        }
        Err(wanted)
    }
}

/// Lets a cursor await the answer to `wanted`.
fn fetch(cursor: &mut Cursor, wanted: Wanted) -> Step {
    cursor.place = Place::Awaiting(Box::new(wanted.clone()));
    Step::Fetch(wanted)
}

#[cfg(test)]
mod tests;
