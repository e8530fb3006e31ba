//! Frames to commands, events to frames, and the client's way round.
//!
//! ```text
//! 0        4
//! +--------+----------------------------+
//! | length | MessagePack map            |
//! +--------+----------------------------+
//! u32, big-endian: the map's bytes, 1 to `frame_bytes_max` (< 2^24, so the first byte is zero)
//! ```

use bytes::{BufMut, BytesMut};

use super::message::put_message;
use super::publish::plain_publish;
use crate::close::CloseReason;
use crate::command::Command;
use crate::event::Event;
use crate::json::codec::EventError;
use crate::protocol::{Decoded, Limits, Protocol, no_farewell};
use crate::refusal::{Code, Refusal};
use crate::schema::pack::{PackError, from_map};
use crate::schema::{command, event};

const PREFIX_BYTES: usize = 4;

/// The frame protocol.
pub static FRAME: Protocol = Protocol {
    name: "frame",
    decode,
    encode,
    farewell: no_farewell,
    heartbeat: b"",
    for_people: false,
    passing: false,
    by_lines: false,
};

/// The map of the first frame in `input`; none while it is incomplete.
///
/// # Errors
/// The length it announces, where that is more than `bytes_max`.
pub fn split(input: &[u8], bytes_max: usize) -> Result<Option<&[u8]>, usize> {
    let Some((prefix, rest)) = input.split_first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*prefix) as usize;
    if length > bytes_max {
        return Err(length);
    }
    Ok(rest.get(..length))
}

fn decode<'a>(input: &'a mut [u8], _seen: usize, limits: &Limits) -> Decoded<'a> {
    let map = match split(input, limits.frame_bytes_max) {
        Ok(Some(map)) => map,
        Ok(None) => return Decoded::Incomplete,
        Err(length) => return too_large(length, limits.frame_bytes_max),
    };
    let taken = PREFIX_BYTES + map.len();
    match plain_publish(map) {
        Some(command) => Decoded::Command { command, taken },
        None => decode_map(map, taken),
    }
}

pub(super) fn decode_map(map: &[u8], taken: usize) -> Decoded<'_> {
    match from_map::<command::Fields<'_>>(map) {
        Ok(fields) => match fields.command() {
            Ok(command) => Decoded::Command { command, taken },
            Err(unusable) => Decoded::Answer {
                event: command::refused(unusable),
                taken,
            },
        },
        Err(error) => Decoded::Answer {
            event: not_a_command(&error),
            taken,
        },
    }
}

fn too_large(length: usize, bytes_max: usize) -> Decoded<'static> {
    Decoded::Broken {
        refusal: Refusal::new(
            Code::TooLarge,
            format!("a frame of {length} bytes is announced; this hub takes at most {bytes_max}"),
        )
        .hint(
            "a frame is a u32 big-endian length, then that many bytes; --max-frame sets the most",
        ),
        reason: CloseReason::TooLarge,
    }
}

fn not_a_command(error: &PackError) -> Event {
    let refusal = Refusal::new(
        Code::BadMessage,
        format!("this frame is not a command: {error}"),
    )
    .hint("a frame holds one MessagePack map with the same fields as the json protocol");
    Event::Error { id: None, refusal }
}

fn encode(event: &Event, out: &mut BytesMut) {
    match event {
        Event::Message(message) => put_message(out, message),
        other => put_frame(out, other),
    }
}

/// Appends `command` as a client sends it.
pub fn encode_command(command: &Command<'_>, out: &mut BytesMut) {
    put_frame(out, &command::Fields::from(command));
}

/// Reads the map of one frame, as [`split`] found it.
///
/// # Errors
/// What is not MessagePack, or what is wrong with the fields.
pub fn decode_event(map: &[u8]) -> Result<Event, EventError> {
    let fields: event::Fields<'_> =
        from_map(map).map_err(|error| EventError::Syntax(error.to_string()))?;
    Ok(fields.event()?)
}

/// Writes the map in place and its length in front of it afterwards, so that nothing is copied.
pub(super) fn put_frame(out: &mut BytesMut, map: &impl serde::Serialize) {
    let start = out.len();
    out.put_u32(0);
    let mut writer = out.writer();
    let mut serializer = rmp_serde::Serializer::new(&mut writer).with_struct_map();
    map.serialize(&mut serializer)
        .expect("maps of plain values");
    let length = out.len() - start - PREFIX_BYTES;
    let length = u32::try_from(length).expect("a message is under 16 MiB");
    out[start..start + PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
}
