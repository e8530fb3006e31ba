//! Messages to commands, events to messages.
//!
//! ```text
//! hub to client, never masked, never fragmented:
//! +------+--------+------------------+----------------------------+
//! | 0x81 | length | u16 or u64, if   | JSON object                |
//! | 0x82 |        | 126 or 127       | MessagePack map            |
//! +------+--------+------------------+----------------------------+
//! ```
//!
//! The same for every member, so that they share the bytes of the room's log.

use std::fmt::Display;

use bytes::{BufMut, Bytes, BytesMut};

use super::close;
use super::head::Opcode;
use super::message::{Came, Fault, next};
use crate::event::Event;
use crate::frame::FRAME;
use crate::json::JSON;
use crate::protocol::{Decoded, Limits, Protocol};
use crate::refusal::{Code, Refusal};
use crate::schema::pack::from_map;
use crate::schema::{command, short};

/// An empty ping.
const PING: &[u8] = &[0x89, 0];
/// The head of most frames: one byte, a length of 126, a u16.
const HEAD_BYTES_USUAL: usize = 4;

/// WebSocket messages of JSON.
pub static JSON_MESSAGES: Protocol = Protocol {
    name: "websocket",
    decode,
    encode: encode_json,
    farewell: close::put,
    heartbeat: PING,
    for_people: false,
    passing: false,
    by_lines: false,
};

/// WebSocket messages of MessagePack.
pub static PACK_MESSAGES: Protocol = Protocol {
    name: "websocket",
    decode,
    encode: encode_pack,
    farewell: close::put,
    heartbeat: PING,
    for_people: false,
    passing: false,
    by_lines: false,
};

/// Which of the two a client means to be answered in, by its first message; none while only control
/// frames have come.
#[must_use]
pub fn detect(first: &[u8]) -> Option<&'static Protocol> {
    match first.first()? & 0x0f {
        0x2 => Some(&PACK_MESSAGES),
        0x8..=0xf => None,
        _ => Some(&JSON_MESSAGES),
    }
}

fn decode<'a>(input: &'a mut [u8], _seen: usize, limits: &Limits) -> Decoded<'a> {
    let bytes_max = |opcode| match opcode {
        Opcode::Text => limits.line_bytes_max,
        _ => limits.frame_bytes_max,
    };
    match next(input, bytes_max) {
        Ok(None) => Decoded::Incomplete,
        Ok(Some((Came::Text(payload), taken))) => decode_text(payload, taken),
        Ok(Some((Came::Binary(payload), taken))) => decode_binary(payload, taken),
        Ok(Some((Came::Ping(payload), taken))) => Decoded::Reply {
            bytes: pong(payload),
            taken,
        },
        Ok(Some((Came::Pong, taken))) => Decoded::Skip { taken },
        Ok(Some((Came::Close, _))) => Decoded::End,
        Err(fault) => broken(fault),
    }
}

fn decode_text(payload: &[u8], taken: usize) -> Decoded<'_> {
    let Ok(text) = std::str::from_utf8(payload) else {
        return broken(Fault::NotUtf8);
    };
    // serde would take an array too, by position.
    if !text.trim_ascii_start().starts_with('{') {
        return not_a_command(&"it is no JSON object", taken);
    }
    match serde_json::from_str::<command::Fields<'_>>(text) {
        Ok(fields) => meaning(fields, taken),
        Err(error) => not_a_command(&short(&error), taken),
    }
}

fn decode_binary(payload: &[u8], taken: usize) -> Decoded<'_> {
    match from_map::<command::Fields<'_>>(payload) {
        Ok(fields) => meaning(fields, taken),
        Err(error) => not_a_command(&error, taken),
    }
}

fn meaning(fields: command::Fields<'_>, taken: usize) -> Decoded<'_> {
    match fields.command() {
        Ok(command) => Decoded::Command { command, taken },
        Err(unusable) => Decoded::Answer {
            event: command::refused(unusable),
            taken,
        },
    }
}

fn not_a_command(error: &dyn Display, taken: usize) -> Decoded<'static> {
    let words = format!("this message is not a command: {error}");
    let refusal = Refusal::new(Code::BadMessage, words).hint(
        r#"a text message is one JSON object, such as {"op":"publish","room":"lobby","text":"hi"}; a binary one the same as a MessagePack map"#,
    );
    Decoded::Answer {
        event: Event::Error { id: None, refusal },
        taken,
    }
}

fn broken(fault: Fault) -> Decoded<'static> {
    let (refusal, reason) = fault.refusal();
    Decoded::Broken { refusal, reason }
}

fn pong(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(2 + payload.len());
    frame.put_u8(Opcode::Pong.first_byte());
    frame.put_u8(payload.len() as u8);
    frame.put_slice(payload);
    frame.freeze()
}

fn encode_json(event: &Event, out: &mut BytesMut) {
    let start = out.len();
    out.put_bytes(0, HEAD_BYTES_USUAL);
    (JSON.encode)(event, out);
    // The newline is the json protocol's.
    out.truncate(out.len() - 1);
    put_head(Opcode::Text, start, out);
}

fn encode_pack(event: &Event, out: &mut BytesMut) {
    let start = out.len();
    // The head takes the place of the length that a frame begins with.
    (FRAME.encode)(event, out);
    put_head(Opcode::Binary, start, out);
}

/// Writes the head of the frame from `start` on, for which the usual room has been left.
fn put_head(opcode: Opcode, start: usize, out: &mut BytesMut) {
    let payload = start + HEAD_BYTES_USUAL;
    let length = out.len() - payload;
    let (short, head_bytes) = match length {
        0..=125 => (length as u8, 2),
        126..=0xffff => (126, 4),
        _ => (127, 10),
    };
    if head_bytes > HEAD_BYTES_USUAL {
        out.put_bytes(0, head_bytes - HEAD_BYTES_USUAL);
    }
    if head_bytes != HEAD_BYTES_USUAL {
        out.copy_within(payload..payload + length, start + head_bytes);
        out.truncate(start + head_bytes + length);
    }
    let head = &mut out[start..start + head_bytes];
    head[0] = opcode.first_byte();
    head[1] = short;
    match head_bytes {
        4 => head[2..].copy_from_slice(&(length as u16).to_be_bytes()),
        10 => head[2..].copy_from_slice(&(length as u64).to_be_bytes()),
        _ => {}
    }
}
