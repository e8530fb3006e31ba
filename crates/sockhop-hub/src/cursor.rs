//! A reader's place in a room's log. It covers every `seq` from its start once: by the message, by
//! `missed`, or because the message is the reader's own.

use std::sync::Arc;

use sockhop_proto::{Event, Message, Nick, RoomName, Seq};

use crate::recall::Wanted;
use crate::session::SessionKey;
use crate::sink::Sink;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// The next message it will be sent.
    pub(crate) next: Seq,
    /// Where that is.
    pub(crate) place: Place,
    /// From where on it is told what it misses. Who asks for the last few messages asks for those
    /// that are kept, and is told of what is missed after them.
    due: Seq,
    /// The first message said after it came. What is older is read for it alone, so that ephemeral
    /// messages among that are not repeated, whatever the streams still hold.
    pub(crate) joined: Seq,
    /// Since where everything was missed, up to `next`.
    pub(crate) gap: Option<Seq>,
    /// The last message its own session said here.
    pub(crate) own_last: Seq,
    /// The first of them under the nick the session has now; the highest number if there is none.
    own_first: Seq,
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
    /// Nowhere until history answers this.
    Awaiting(Box<Wanted>),
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
    /// A cursor that is told what it misses from `due` on, and came before `joined` was said.
    pub(crate) fn new(next: Seq, place: Place, due: Seq, joined: Seq) -> Self {
        Self {
            next,
            place,
            due,
            joined,
            gap: None,
            own_last: 0,
            own_first: Seq::MAX,
        }
    }

    /// A cursor that only reads what is there, and is not told what it misses.
    pub(crate) fn apart(next: Seq, place: Place) -> Self {
        Self::new(next, place, Seq::MAX, 1)
    }

    /// This cursor, set anew: what was its own still is.
    pub(crate) fn restarted(&self, anew: Self) -> Self {
        Self {
            own_last: self.own_last,
            own_first: self.own_first,
            ..anew
        }
    }

    /// Its session has said `seq` here.
    pub(crate) fn note_own(&mut self, seq: Seq) {
        self.own_last = seq;
        self.own_first = self.own_first.min(seq);
    }

    /// Its session has another nick now, and somebody else may take the old one.
    pub(crate) fn note_renamed(&mut self) {
        self.own_first = Seq::MAX;
    }

    /// Whether a message out of history is the reader's own. History knows who said it by nick
    /// alone, and others may have had that one before.
    pub(crate) fn is_own(&self, message: &Message, own: Reader<'_>) -> bool {
        (self.own_first..=self.own_last).contains(&message.seq) && *own.nick == message.from
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
        sink.told.messages += 1;
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
        if let Some(from) = self.gap.take().map(|from| from.max(self.due))
            && from < self.next
        {
            sink.told.missed += self.next - from;
            sink.event(&Event::Missed {
                room: room.clone(),
                from,
                to: self.next - 1,
            });
        }
    }
}
