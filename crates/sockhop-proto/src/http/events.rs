//! Server-Sent Events (HTML, 9.2): fields on lines of their own, an empty line behind each event.
//!
//! ```text
//! id: 7                     a message's seq, where one room is read
//! data: {"ev":"message",…}  one line: JSON writes newlines as \n
//!
//! event: joined             the `ev` of anything else; the first, `subscribed`, has an id too
//! data: {"ev":"joined",…}
//!
//! :                         a comment, to be heard of
//! ```

use std::fmt::Write as _;

use bytes::BytesMut;

use super::form::{is_news, put_json};
use crate::event::Event;
use crate::message::Seq;

/// A comment of no words.
pub(super) const HEARTBEAT: &[u8] = b":\n\n";

/// A body from this size on is made room for with what stands around it: the last few bytes would
/// else double the buffer it is kept in.
const LARGE_BYTES: usize = 4 << 10;
/// What stands around a body, at most.
const AROUND_BYTES: usize = 1 << 10;

pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    if let Event::Message(message) = event {
        // Writing to a BytesMut grows it and cannot fail.
        let _ = out.write_str(&id(message.seq));
    }
    encode_watched(event, out);
}

pub(super) fn encode_watched(event: &Event, out: &mut BytesMut) {
    if !is_news(event) {
        return;
    }
    if let Event::Message(message) = event
        && message.body.as_bytes().len() >= LARGE_BYTES
    {
        out.reserve(message.body.as_bytes().len() + AROUND_BYTES);
    }
    if let Some(name) = name(event) {
        let _ = writeln!(out, "event: {name}");
    }
    out.extend_from_slice(b"data: ");
    put_json(event, out);
    out.extend_from_slice(b"\n\n");
}

/// The line in front of an event that has an EventSource resume behind `seq`. One that begins with
/// what is to come has not read a message yet, but up to where nothing is owed to it.
#[must_use]
pub fn id(seq: Seq) -> String {
    format!("id: {seq}\n")
}

/// What a page listens for; none for a message, which is what `onmessage` hears.
fn name(event: &Event) -> Option<&'static str> {
    match event {
        Event::Direct { .. } => Some("direct"),
        Event::Subscribed { .. } => Some("subscribed"),
        Event::Joined { .. } => Some("joined"),
        Event::Left { .. } => Some("left"),
        Event::Renamed { .. } => Some("renamed"),
        Event::Presence { .. } => Some("presence"),
        Event::Missed { .. } => Some("missed"),
        // To an EventSource, `error` is the connection's own.
        Event::Error { .. } => Some("refused"),
        _ => None,
    }
}
