//! Sockhop's frame protocol: a MessagePack map behind a u32 length.

use crate::arrival::Step;
use crate::counter::{Counter, Frames};

use super::sockhop::Spoken;
use super::{Hub, Role};

/// `00 00 00 7a {"ev":"message",…}`, one frame a message.
pub(crate) struct Frame;

impl Spoken for Frame {}

impl Hub for Frame {
    fn name(&self) -> &'static str {
        "frame"
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let hello = framed(&hello(nick));
        let mut steps = vec![Step::new(hello, b"welcome")];
        if matches!(role, Role::Reader | Role::Talker) {
            let subscribe = framed(&subscribe(room));
            steps.push(Step::new(subscribe, b"subscribed"));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        out.extend(framed(&publish(room, payload, None)));
    }

    /// Any byte can be part of a number here, so marks cannot be counted.
    fn deliveries(&self) -> Counter {
        Counter::Frames(Frames::of_event("message"))
    }

    fn has_history(&self) -> bool {
        true
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Ok(Counter::Frames(Frames::of_event("ack")))
    }

    fn publish_acked(&self, room: &str, payload: &[u8], id: u64, out: &mut Vec<u8>) {
        out.extend(framed(&publish(room, payload, Some(id))));
    }

    fn missed_range(&self, notice: &[u8]) -> Option<(u64, u64)> {
        Some((
            number_after(notice, b"\xa4from")?,
            number_after(notice, b"\xa2to")?,
        ))
    }
}

/// Introduces a connection.
pub(super) fn hello(nick: &str) -> Vec<u8> {
    map(&[("op", "hello"), ("nick", nick)], None)
}

/// Joins a room.
pub(super) fn subscribe(room: &str) -> Vec<u8> {
    map(&[("op", "subscribe"), ("room", room)], None)
}

/// Publishes, with an `id` where an ack is wanted.
pub(super) fn publish(room: &str, payload: &[u8], id: Option<u64>) -> Vec<u8> {
    let text = std::str::from_utf8(payload).expect("payloads are ASCII");
    map(&[("op", "publish"), ("room", room), ("text", text)], id)
}

fn framed(map: &[u8]) -> Vec<u8> {
    let mut frame = (map.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(map);
    frame
}

/// A map of strings, and of `id` where there is one.
fn map(fields: &[(&str, &str)], id: Option<u64>) -> Vec<u8> {
    let mut map = vec![0x80 | (fields.len() + usize::from(id.is_some())) as u8];
    for (key, value) in fields {
        string(key, &mut map);
        string(value, &mut map);
    }
    if let Some(id) = id {
        string("id", &mut map);
        map.push(0xcf);
        map.extend_from_slice(&id.to_be_bytes());
    }
    map
}

fn string(text: &str, out: &mut Vec<u8>) {
    match text.len() {
        length @ 0..32 => out.push(0xa0 | length as u8),
        length @ 32..256 => out.extend_from_slice(&[0xd9, length as u8]),
        length => {
            out.push(0xda);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

fn number_after(notice: &[u8], key: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(notice, key)? + key.len();
    let bytes = match notice.get(at)? {
        small @ 0..0x80 => return Some(u64::from(*small)),
        0xcc => 1,
        0xcd => 2,
        0xce => 4,
        0xcf => 8,
        _ => return None,
    };
    let number = notice.get(at + 1..at + 1 + bytes)?;
    Some(
        number
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_is_a_framed_map() {
        let mut out = Vec::new();
        Frame.publish("r", b"hi^", &mut out);
        assert_eq!(
            out,
            b"\x00\x00\x00\x1c\x83\xa2op\xa7publish\xa4room\xa1r\xa4text\xa3hi^"
        );
        out.clear();
        Frame.publish_acked("r", &[b'x'; 64], 5, &mut out);
        assert_eq!(out.len(), 4 + out[3] as usize);
        assert!(out.ends_with(b"\xa2id\xcf\x00\x00\x00\x00\x00\x00\x00\x05"));
        assert!(memchr::memmem::find(&out, b"\xa4text\xd9\x40xxx").is_some());
    }

    #[test]
    fn a_missed_range_is_read() {
        let notice = b"missed\xa4room\xa5bench\xa4from\xcd\x01\x02\xa2to\xce\x00\x01\x00\x00";
        assert_eq!(Frame.missed_range(notice), Some((0x102, 0x10000)));
        assert_eq!(
            Frame.missed_range(b"missed\xa4from\x07\xa2to\xcd\x01"),
            None
        );
    }
}
