//! Reading a log: live, as it lies in a stream, or back, from memory and by way of history.

use std::sync::Arc;

use sockhop_proto::{Message, Protocol, Seq};

use super::{ENTRY_BYTES, Log};
use crate::cursor::{Cursor, Place, Reader};
use crate::recall::Wanted;
use crate::sink::Sink;
use crate::stream::Stream;
use crate::tally::Told;

/// How many bytes one read hands out at most, but for a single larger message.
const READ_BYTES_MAX: u64 = 128 << 10;

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
