//! The forms: for whom each is, and which events it has words for.

use bytes::{BufMut as _, BytesMut};

use super::{bodies, events, items, lines};
use crate::event::Event;
use crate::json::JSON;
use crate::protocol::{Decoded, Limits, Protocol, no_farewell};

/// Plain lines, `<nick> text`: what `curl` shows.
pub static LINES: Protocol = form(lines::encode, b"");

/// [`LINES`] with the room in front of each, for those who follow several.
pub static LINES_WATCHED: Protocol = form(lines::encode_watched, b"");

/// Lines of JSON, as the json protocol has them: messages, and what happens in between.
pub static NDJSON: Protocol = form(encode_ndjson, b"");

/// Server-Sent Events. Those with a message have its `seq` as their id, to resume behind.
pub static EVENTS: Protocol = form(events::encode, events::HEARTBEAT);

/// [`EVENTS`] of several rooms: without ids, as one `seq` says nothing about the others.
pub static EVENTS_WATCHED: Protocol = form(events::encode_watched, events::HEARTBEAT);

/// Bodies alone: texts each with a newline, data as it is.
pub static BODIES: Protocol = form(bodies::encode, b"");

/// Messages as the elements of a JSON array, each behind a comma. Whoever sends them opens the array
/// in place of the first comma, and closes it.
pub static ITEMS: Protocol = form(items::encode, b"");

/// What a request is told, for the server that made it to read.
pub static ANSWERS: Protocol = form(encode_answers, b"");

const fn form(encode: fn(&Event, &mut BytesMut), heartbeat: &'static [u8]) -> Protocol {
    Protocol {
        name: "http",
        decode: pass_over,
        encode,
        farewell: no_farewell,
        heartbeat,
        for_people: false,
        passing: true,
        by_lines: false,
    }
}

/// Nobody speaks in a form.
fn pass_over<'a>(input: &'a mut [u8], _: usize, _: &Limits) -> Decoded<'a> {
    Decoded::Skip { taken: input.len() }
}

/// Whether whoever reads a room as JSON is told of `event`. What answers a request's own commands is
/// not part of what it asked to read.
pub(super) fn is_news(event: &Event) -> bool {
    match event {
        Event::Message(_)
        | Event::Direct { .. }
        | Event::Subscribed { .. }
        | Event::Joined { .. }
        | Event::Left { .. }
        | Event::Renamed { .. }
        | Event::Presence { .. }
        | Event::Missed { .. }
        | Event::Error { .. } => true,
        Event::Welcome { .. }
        | Event::Arrived { .. }
        | Event::Unsubscribed { .. }
        | Event::Members { .. }
        | Event::Rooms { .. }
        | Event::History { .. }
        | Event::Ack { .. }
        | Event::Pong { .. }
        | Event::Bye { .. }
        | Event::Notice { .. } => false,
    }
}

fn encode_ndjson(event: &Event, out: &mut BytesMut) {
    if is_news(event) {
        (JSON.encode)(event, out);
    }
}

fn encode_answers(event: &Event, out: &mut BytesMut) {
    if matches!(
        event,
        Event::Ack { .. } | Event::Error { .. } | Event::Rooms { .. } | Event::Members { .. }
    ) {
        (JSON.encode)(event, out);
    }
}

/// Appends `event` as JSON, without the newline of a line.
pub(super) fn put_json(event: &Event, out: &mut BytesMut) {
    (JSON.encode)(event, out);
    let length = out.len() - 1;
    debug_assert_eq!(out[length], b'\n');
    out.truncate(length);
}

/// Ends a line.
pub(super) fn put_newline(out: &mut BytesMut) {
    out.put_u8(b'\n');
}
