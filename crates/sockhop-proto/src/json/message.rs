//! The message event by hand: the one line every member of every room is sent. Byte for byte what
//! the schema gives, which a property test holds it to.

use bytes::BytesMut;

use crate::message::{Body, Message};
use crate::pen::Pen;

const PARTS: [&[u8]; 6] = [
    br#"{"ev":"message","room":""#,
    br#"","seq":"#,
    br#","time_us":"#,
    br#","from":""#,
    br#"","text":""#,
    b"\"}\n",
];
const PARTS_BYTES: usize = {
    let mut sum = 0;
    let mut at = 0;
    while at < PARTS.len() {
        sum += PARTS[at].len();
        at += 1;
    }
    sum
};

/// Appends the line of `message`, if it is plain text that needs no escapes, as nearly all are; else
/// nothing, and says so.
pub(super) fn put_plain_message(out: &mut BytesMut, message: &Message) -> bool {
    let (room, from) = (message.room.as_str(), message.from.as_str());
    let Body::Text(text) = &message.body else {
        return false;
    };
    let plain = message.media_type.is_none() && !message.ephemeral;
    if !plain || !stands_as_it_is(text) || !stands_as_it_is(room) || !stands_as_it_is(from) {
        return false;
    }
    let (mut seq, mut time) = (itoa::Buffer::new(), itoa::Buffer::new());
    let (seq, time) = (seq.format(message.seq), time.format(message.time));
    let length = PARTS_BYTES + room.len() + seq.len() + time.len() + from.len() + text.len();
    let mut pen = Pen::new(out, length);
    for (part, value) in PARTS.iter().zip([room, seq, time, from, text, ""]) {
        pen.put(part);
        pen.put(value.as_bytes());
    }
    debug_assert!(pen.is_done());
    true
}

/// Whether JSON writes `text` without escapes (RFC 8259, 7). Without a branch inside, so that the
/// compiler looks at many bytes at once.
fn stands_as_it_is(text: &str) -> bool {
    let escaped = text.bytes().fold(false, |found, byte| {
        found | (byte < 0x20) | (byte == b'"') | (byte == b'\\')
    });
    !escaped
}
