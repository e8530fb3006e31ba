//! Lines for people, as text has them. Who comes and goes is left out: what `curl` prints is piped
//! onwards more often than it is watched.

use bytes::BytesMut;

use crate::event::Event;
use crate::text::TEXT;

pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    if is_worth_a_line(event) {
        (TEXT.encode)(event, out);
    }
}

fn is_worth_a_line(event: &Event) -> bool {
    matches!(
        event,
        Event::Message(_) | Event::Direct { .. } | Event::Missed { .. } | Event::Error { .. }
    )
}

/// With the room in front of every line of a message, each safe for a terminal.
pub(super) fn encode_watched(event: &Event, out: &mut BytesMut) {
    let Event::Message(message) = event else {
        return encode(event, out);
    };
    for line in TEXT.encoded(event).split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(message.room.as_str().as_bytes());
        out.extend_from_slice(b" ");
        out.extend_from_slice(line);
    }
}
