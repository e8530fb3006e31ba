//! What the tests beside the code share: messages, and a protocol whose bytes are easy to read.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use bytes::{Bytes, BytesMut};
use sockhop_proto::protocol::no_farewell;
use sockhop_proto::{Body, Decoded, Event, Message, Nick, Protocol, RoomName, Seq};

/// Bodies as they are, with nothing around them; other events in brackets.
pub(crate) static PLAIN: Protocol = Protocol {
    name: "plain",
    decode,
    encode,
    farewell: no_farewell,
    heartbeat: b"",
    for_people: false,
    passing: false,
    by_lines: false,
};

/// The same under another name.
pub(crate) static OTHER: Protocol = Protocol {
    name: "other",
    decode,
    encode,
    farewell: no_farewell,
    heartbeat: b"",
    for_people: false,
    passing: false,
    by_lines: false,
};

fn decode<'a>(_: &'a mut [u8], _: usize, _: &sockhop_proto::Limits) -> Decoded<'a> {
    Decoded::Incomplete
}

fn encode(event: &Event, out: &mut BytesMut) {
    match event {
        Event::Message(message) => out.extend_from_slice(message.body.as_bytes()),
        Event::Notice { text } => out.extend_from_slice(text.as_bytes()),
        Event::Missed { from, to, .. } => {
            out.extend_from_slice(format!("[{from}-{to}]").as_bytes());
        }
        other => panic!("no test needs words for {other:?}"),
    }
}

pub(crate) fn room() -> RoomName {
    RoomName::parse("a").unwrap()
}

/// A message `seq` by `ann` that says `text`.
pub(crate) fn message(seq: Seq, text: &str) -> Arc<Message> {
    Arc::new(Message {
        room: room(),
        seq,
        time: 1,
        from: Nick::parse("ann").unwrap(),
        body: Body::Text(text.into()),
        media_type: None,
        ephemeral: false,
    })
}

/// The same, not to be kept.
pub(crate) fn ephemeral(seq: Seq, text: &str) -> Arc<Message> {
    Arc::new(Message {
        ephemeral: true,
        ..(*message(seq, text)).clone()
    })
}

/// News that says `text`.
pub(crate) fn notice(text: &str) -> Event {
    Event::Notice { text: text.into() }
}

/// What `out` says, taken out of it.
pub(crate) fn text(out: &mut VecDeque<Bytes>) -> String {
    String::from_utf8(out.drain(..).flatten().collect()).unwrap()
}

/// A waker that counts.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    /// A waker, and how often it was woken.
    pub(crate) fn waker() -> (Arc<Self>, Waker) {
        let count = Arc::new(Self::default());
        (Arc::clone(&count), count.into())
    }

    pub(crate) fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
