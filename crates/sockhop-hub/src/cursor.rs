//! A reader's place in a room's log. It covers every `seq` from its start once: by the message, by
//! `missed`, or because the message is the reader's own.

use std::sync::Arc;

use sockhop_proto::{Event, Message, Nick, RoomName, Seq};

use crate::session::SessionKey;
use crate::sink::Sink;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// The next message it will be sent.
    pub(crate) next: Seq,
    /// Where that is.
    pub(crate) place: Place,
    /// Whether it is told what it misses. Who asks for the last few messages is not: it asked for
    /// what is kept.
    pub(crate) told: bool,
    /// Since where everything was missed, up to `next`.
    pub(crate) gap: Option<Seq>,
    /// The last message its own session said here.
    pub(crate) own_last: Seq,
}

/// Where a cursor reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In its protocol's stream, at this offset.
    Live { offset: u64 },
    /// Before the stream's first message, or fallen off its tail.
    Behind,
    /// `count` kept messages before `before`, wherever that is.
    Last { before: Seq, count: u64 },
    /// Nowhere until history answers.
    Awaiting,
    /// In what history answered.
    Recalled(Vec<Arc<Message>>),
}

/// Who reads, so that its own messages can be passed over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) key: SessionKey,
    pub(crate) nick: &'a Nick,
}

impl Cursor {
    /// A cursor of its own, outside every stream, that is not told what it misses.
    pub(crate) fn apart(next: Seq, place: Place) -> Self {
        Self { next, place, told: false, gap: None, own_last: 0 }
    }

    /// A cursor at `next` that is told what it misses.
    pub(crate) fn told(next: Seq) -> Self {
        Self { told: true, ..Self::apart(next, Place::Behind) }
    }

    /// History has answered with the messages up to `to`, or the first of them.
    pub(crate) fn recall(&mut self, messages: Vec<Arc<Message>>, to: Seq) {
        if messages.is_empty() {
            self.miss_to(to);
        }
        self.place = Place::Recalled(messages);
    }

    /// Sends `message`, which is not before `next`; what lies between was missed.
    pub(crate) fn pass(&mut self, message: &Arc<Message>, sink: &mut Sink<'_>) {
        if message.seq > self.next {
            self.miss_to(message.seq - 1);
        }
        self.settle(&message.room, sink);
        sink.event(&Event::Message(Arc::clone(message)));
        self.next = message.seq + 1;
    }

    /// Everything from `next` up to `seq` is gone for this reader.
    pub(crate) fn miss_to(&mut self, seq: Seq) {
        if seq >= self.next {
            self.gap.get_or_insert(self.next);
            self.next = seq + 1;
        }
    }

    /// Passes over one of the reader's own.
    pub(crate) fn skip_own(&mut self, room: &RoomName, sink: &mut Sink<'_>) {
        self.settle(room, sink);
        self.next += 1;
    }

    /// Tells what was missed so far.
    pub(crate) fn settle(&mut self, room: &RoomName, sink: &mut Sink<'_>) {
        if let (Some(from), true) = (self.gap.take(), self.told) {
            sink.event(&Event::Missed { room: room.clone(), from, to: self.next - 1 });
        }
    }
}
