//! The message event by hand: the one frame every member of every room is sent. Byte for byte what
//! the schema gives, which a property test holds it to.

use bytes::BytesMut;

use crate::message::{Body, Message};
use crate::pen::Pen;

/// Length of the frame, the map, and everything in it whose size does not depend on the message:
/// `ev`, the keys `room`, `seq`, `time_us`, `from`, and the key of the body, `text` or `data`.
const FIXED_BYTES: usize = 4 + 1 + (3 + 8) + 5 + 4 + 8 + 5 + 5;
const TYPE_KEY: &[u8] = b"\xa4type";
const EPHEMERAL: &[u8] = b"\xa9ephemeral\xc3";

/// Appends the frame of `message`.
pub(super) fn put_message(out: &mut BytesMut, message: &Message) {
    let (room, from) = (message.room.as_str(), message.from.as_str());
    let body = message.body.as_bytes();
    let media_type = message.media_type.as_deref();
    let (seq, time) = (Uint::new(message.seq), Uint::new(message.time));
    let (room_head, from_head) = (Head::text(room.len()), Head::text(from.len()));
    let (body_key, body_head): (&[u8], _) = match &message.body {
        Body::Text(_) => (b"\xa4text", Head::text(body.len())),
        Body::Data(_) => (b"\xa4data", Head::data(body.len())),
    };
    let type_head = media_type.map(|media_type| Head::text(media_type.len()));

    let mut length = FIXED_BYTES
        + room_head.bytes().len()
        + room.len()
        + seq.bytes().len()
        + time.bytes().len()
        + from_head.bytes().len()
        + from.len()
        + body_head.bytes().len()
        + body.len();
    let mut fields = 6;
    if let (Some(head), Some(media_type)) = (&type_head, media_type) {
        length += TYPE_KEY.len() + head.bytes().len() + media_type.len();
        fields += 1;
    }
    if message.ephemeral {
        length += EPHEMERAL.len();
        fields += 1;
    }

    let mut pen = Pen::new(out, length);
    let map_bytes = u32::try_from(length - 4).expect("a message is under 16 MiB");
    pen.put(&map_bytes.to_be_bytes());
    pen.put(&[0x80 | fields]);
    pen.put(b"\xa2ev\xa7message\xa4room");
    pen.put(room_head.bytes());
    pen.put(room.as_bytes());
    pen.put(b"\xa3seq");
    pen.put(seq.bytes());
    pen.put(b"\xa7time_us");
    pen.put(time.bytes());
    pen.put(b"\xa4from");
    pen.put(from_head.bytes());
    pen.put(from.as_bytes());
    pen.put(body_key);
    pen.put(body_head.bytes());
    pen.put(body);
    if let (Some(head), Some(media_type)) = (&type_head, media_type) {
        pen.put(TYPE_KEY);
        pen.put(head.bytes());
        pen.put(media_type.as_bytes());
    }
    if message.ephemeral {
        pen.put(EPHEMERAL);
    }
    debug_assert!(pen.is_done());
}

/// What stands before a str or a bin: its kind and length (MessagePack specification, "str format
/// family" and "bin format family").
struct Head {
    bytes: [u8; 5],
    length: usize,
}

impl Head {
    fn text(length: usize) -> Self {
        match length {
            0..=31 => Self {
                bytes: [0xa0 | length as u8, 0, 0, 0, 0],
                length: 1,
            },
            _ => Self::sized(length, [0xd9, 0xda, 0xdb]),
        }
    }

    fn data(length: usize) -> Self {
        Self::sized(length, [0xc4, 0xc5, 0xc6])
    }

    fn sized(length: usize, [small, medium, large]: [u8; 3]) -> Self {
        let [a, b, c, d] = (length as u32).to_be_bytes();
        match length {
            0..=0xff => Self {
                bytes: [small, d, 0, 0, 0],
                length: 2,
            },
            0x100..=0xffff => Self {
                bytes: [medium, c, d, 0, 0],
                length: 3,
            },
            _ => Self {
                bytes: [large, a, b, c, d],
                length: 5,
            },
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A number in the fewest bytes ("int format family").
struct Uint {
    bytes: [u8; 9],
    length: usize,
}

impl Uint {
    fn new(number: u64) -> Self {
        let (mark, width) = match number {
            0..=0x7f => {
                return Self {
                    bytes: [number as u8, 0, 0, 0, 0, 0, 0, 0, 0],
                    length: 1,
                };
            }
            0x80..=0xff => (0xcc, 1),
            0x100..=0xffff => (0xcd, 2),
            0x1_0000..=0xffff_ffff => (0xce, 4),
            _ => (0xcf, 8),
        };
        let mut bytes = [0; 9];
        bytes[0] = mark;
        bytes[1..=width].copy_from_slice(&number.to_be_bytes()[8 - width..]);
        Self {
            bytes,
            length: 1 + width,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
