//! One room's log in the bytes of one protocol: encoded once, read by every member in place.
//!
//! ```text
//!          segment 0        segment 1      open
//!  start | sealed bytes | sealed bytes | being written | end      offsets count bytes from the
//!        ^ the oldest byte still held                   ^ head    stream's first, and never restart
//! ```
//!
//! A segment is sealed when somebody reads: its bytes are then shared by reference and never
//! change. So a burst of messages nobody has read yet is one segment, and one slice of one write.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use sockhop_proto::{Event, Protocol, Seq};

/// The first buffer a stream writes into; each further one is twice as large, up to the last.
const CHUNK_BYTES_MIN: usize = 1 << 10;
/// The size buffers grow to.
const CHUNK_BYTES_MAX: usize = 1 << 16;
/// What an event needs beside its body, nearly always: a buffer with less room is not started on.
const CHUNK_ROOM_MIN: usize = 256;

/// See the module.
#[derive(Debug)]
pub(crate) struct Stream {
    protocol: &'static Protocol,
    /// How many cursors read it; at none it can be dropped.
    pub(crate) readers: usize,
    /// The `seq` of `spans[0]`.
    first: Seq,
    /// For each message from `first`, where it lies. Notices lie between.
    spans: VecDeque<Span>,
    segments: VecDeque<Segment>,
    open: BytesMut,
    chunk_bytes: usize,
    start: u64,
    end: u64,
}

/// The offsets of a message's first byte, and of the byte behind its last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

#[derive(Debug)]
struct Segment {
    end: u64,
    bytes: Bytes,
}

impl Stream {
    /// An empty stream, whose first message will be `first`.
    pub(crate) fn new(protocol: &'static Protocol, first: Seq) -> Self {
        Self {
            protocol,
            readers: 0,
            first,
            spans: VecDeque::new(),
            segments: VecDeque::new(),
            open: BytesMut::new(),
            chunk_bytes: CHUNK_BYTES_MIN,
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    /// The first message it holds, or will hold.
    pub(crate) fn first(&self) -> Seq {
        self.first
    }

    /// The offset behind its last byte.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        usize::try_from(self.end - self.start).unwrap_or(usize::MAX)
    }

    /// Appends the next message.
    pub(crate) fn append_message(&mut self, event: &Event) {
        let begin = self.end;
        self.append_notice(event);
        self.spans.push_back(Span {
            begin,
            end: self.end,
        });
    }

    /// Appends what has no `seq`: somebody joined, left, or was renamed.
    pub(crate) fn append_notice(&mut self, event: &Event) {
        self.make_room(event);
        let before = self.open.len();
        (self.protocol.encode)(event, &mut self.open);
        self.end += (self.open.len() - before) as u64;
    }

    /// Starts on another buffer where this one is too full for `event`: it would grow otherwise, and
    /// as long as nobody reads, go on growing, whatever is trimmed of it.
    fn make_room(&mut self, event: &Event) {
        let body_bytes = match event {
            Event::Message(message) => message.body.as_bytes().len(),
            _ => 0,
        };
        let wanted = body_bytes + CHUNK_ROOM_MIN;
        if self.open.capacity() - self.open.len() < wanted {
            self.seal();
            self.open = BytesMut::with_capacity(self.chunk_bytes.max(wanted));
            self.chunk_bytes = CHUNK_BYTES_MAX.min(self.chunk_bytes * 2);
        }
    }

    /// Where a reader of `next` and all after it begins: behind the message before it, so that
    /// notices in between are read too. `next` is at least [`Self::first`].
    pub(crate) fn offset_of(&self, next: Seq) -> u64 {
        match index(self.first, next) {
            0 => self.start,
            at => self.spans.get(at - 1).map_or(self.end, |span| span.end),
        }
    }

    /// Where the message `seq` lies, if it is held.
    pub(crate) fn span(&self, seq: Seq) -> Option<Span> {
        if seq < self.first {
            None
        } else {
            self.spans.get(index(self.first, seq)).copied()
        }
    }

    /// Whether the byte at `offset`, and all behind it, are still held.
    pub(crate) fn holds(&self, offset: u64) -> bool {
        offset >= self.start
    }

    /// The last message that ends within `bytes_max` of `offset`, but at least `next`, the one that
    /// is read from there; none if there is no such message yet.
    pub(crate) fn last_within(&self, next: Seq, offset: u64, bytes_max: u64) -> Option<Seq> {
        let from = index(self.first, next);
        if from >= self.spans.len() {
            return None;
        }
        let past = self
            .spans
            .partition_point(|span| span.end <= offset + bytes_max);
        Some(self.first + past.max(from + 1) as u64 - 1)
    }

    /// Hands out the bytes from `from` up to `to` as they lie, without copying.
    pub(crate) fn slices(&mut self, from: u64, to: u64, out: &mut VecDeque<Bytes>) {
        self.seal();
        let mut at = match self.segments.back() {
            // Nearly everyone reads from the last segment.
            Some(last) if last.end - (last.bytes.len() as u64) <= from => self.segments.len() - 1,
            _ => self.segments.partition_point(|segment| segment.end <= from),
        };
        let mut from = from;
        while from < to {
            let Some(segment) = self.segments.get(at) else {
                break;
            };
            let begin = segment.end - segment.bytes.len() as u64;
            let upto = segment.end.min(to);
            let slice = if begin == from && upto == segment.end {
                segment.bytes.clone()
            } else {
                segment
                    .bytes
                    .slice((from - begin) as usize..(upto - begin) as usize)
            };
            out.push_back(slice);
            from = upto;
            at += 1;
        }
    }

    /// Forgets messages before `first`, and the segments only they were in. Says how many bytes that
    /// was.
    pub(crate) fn trim(&mut self, first: Seq) -> usize {
        let before = self.start;
        while self.first < first {
            self.first += 1;
            match self.spans.pop_front() {
                Some(span) => self.start = span.end,
                None => self.first = first,
            }
        }
        self.drop_segments();
        (self.start - before) as usize
    }

    /// Forgets the oldest notices before the first message, at least `bytes` of them where there are
    /// so many, and says how many those were. Segments are dropped whole: who reads promptly has
    /// read all but the last.
    pub(crate) fn drop_notices(&mut self, bytes: usize) -> usize {
        let before = self.start;
        let end = self.spans.front().map_or(self.end, |span| span.begin);
        let enough = end.min(before + bytes as u64);
        if before < enough {
            self.seal();
        }
        while self.start < enough
            && let Some(oldest) = self.segments.front()
        {
            self.start = oldest.end.min(end);
            self.drop_segments();
        }
        (self.start - before) as usize
    }

    fn drop_segments(&mut self) {
        while self
            .segments
            .front()
            .is_some_and(|segment| segment.end <= self.start)
        {
            self.segments.pop_front();
        }
    }

    fn seal(&mut self) {
        if !self.open.is_empty() {
            let bytes = self.open.split().freeze();
            self.segments.push_back(Segment {
                end: self.end,
                bytes,
            });
        }
    }
}

/// How many messages `seq` is behind `first`; 0 if it is not.
fn index(first: Seq, seq: Seq) -> usize {
    usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
