//! Lines of JSON to commands, events to lines of JSON, and the client's way round.

use std::fmt::Display;

use bytes::{BufMut, BytesMut};

use super::message::put_plain_message;
use crate::command::Command;
use crate::event::Event;
use crate::protocol::{Decoded, Limits, Protocol, no_farewell};
use crate::refusal::{Code, Refusal};
use crate::schema::{command, event, short};
use crate::text::line::{Line, next_line};

pub use crate::schema::event::NotAnEvent;

/// The json protocol.
pub static JSON: Protocol = Protocol {
    name: "json",
    decode,
    encode,
    farewell: no_farewell,
    heartbeat: b"",
    for_people: false,
    passing: false,
    by_lines: true,
};

fn decode<'a>(input: &'a mut [u8], seen: usize, limits: &Limits) -> Decoded<'a> {
    let (line, taken) = match next_line(input, seen, limits.line_bytes_max) {
        Line::Incomplete => return Decoded::Incomplete,
        Line::TooLong(refusal, reason) => return Decoded::Broken { refusal, reason },
        Line::Whole { line, taken } => (line, taken),
    };
    match line.trim_ascii_start().first() {
        None => return Decoded::Skip { taken },
        Some(b'{') => {}
        // serde would take an array too, by position.
        Some(_) => {
            return Decoded::Answer {
                event: not_a_command(&"it is no object"),
                taken,
            };
        }
    }
    match serde_json::from_slice::<command::Fields<'_>>(line) {
        Ok(fields) => match fields.command() {
            Ok(command) => Decoded::Command { command, taken },
            Err(unusable) => Decoded::Answer {
                event: command::refused(unusable),
                taken,
            },
        },
        Err(error) => Decoded::Answer {
            event: not_a_command(&short(&error)),
            taken,
        },
    }
}

fn not_a_command(error: &dyn Display) -> Event {
    let refusal = Refusal::new(
        Code::BadMessage,
        format!("this line is not a command: {error}"),
    )
    .hint(r#"one JSON object per line, such as {"op":"publish","room":"lobby","text":"hi"}"#);
    Event::Error { id: None, refusal }
}

fn encode(event: &Event, out: &mut BytesMut) {
    if let Event::Message(message) = event
        && put_plain_message(out, message)
    {
        return;
    }
    put_line(out, event);
}

pub(super) fn put_line(out: &mut BytesMut, event: &Event) {
    serde_json::to_writer(out.writer(), event).expect("events are maps of plain values");
    out.put_u8(b'\n');
}

/// Appends `command` as a client sends it.
pub fn encode_command(command: &Command<'_>, out: &mut BytesMut) {
    serde_json::to_writer(out.writer(), &command::Fields::from(command))
        .expect("commands are maps of plain values");
    out.put_u8(b'\n');
}

/// Reads one line, without its newline, as a client does.
///
/// # Errors
/// [`EventError::Syntax`] for what is not JSON (a client skips lines that do not start with `{`),
/// else what is wrong with the fields.
pub fn decode_event(line: &[u8]) -> Result<Event, EventError> {
    let fields: event::Fields<'_> =
        serde_json::from_slice(line).map_err(|error| EventError::Syntax(short(&error)))?;
    Ok(fields.event()?)
}

/// Why bytes from the hub are not an event.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// The format itself is broken.
    #[error("the hub sent something that cannot be read: {0}")]
    Syntax(String),
    /// The fields make no known event.
    #[error(transparent)]
    Fields(#[from] NotAnEvent),
}
