//! The publish command by hand: the one frame that comes by the million. It reads plain publishes
//! only, and leaves everything else, mistakes included, to the schema, which a property test holds
//! it to.

use std::borrow::Cow;

use crate::command::{Command, Id};
use crate::message::BodyRef;

/// The publish that `map` holds, if it is a plain one: its fields each once, a numeric id at most.
pub(super) fn plain_publish(map: &[u8]) -> Option<Command<'_>> {
    let mut rest = Rest { bytes: map };
    let fields = match rest.byte()? {
        count @ 0x80..=0x8f => count & 0x0f,
        _ => return None,
    };
    let (mut is_publish, mut ephemeral) = (false, None);
    let (mut room, mut body, mut media_type, mut id) = (None, None, None, None);
    for _ in 0..fields {
        let fresh = match rest.text()? {
            "op" => rest.text()? == "publish" && !std::mem::replace(&mut is_publish, true),
            "room" => room.replace(Cow::Borrowed(rest.text()?)).is_none(),
            "text" => body
                .replace(BodyRef::Text(Cow::Borrowed(rest.text()?)))
                .is_none(),
            "data" => body
                .replace(BodyRef::Data(Cow::Borrowed(rest.data()?)))
                .is_none(),
            "type" => media_type.replace(Cow::Borrowed(rest.text()?)).is_none(),
            "id" => id.replace(Id::Number(rest.number()?)).is_none(),
            "ephemeral" => ephemeral.replace(rest.truth()?).is_none(),
            _ => false,
        };
        if !fresh {
            return None;
        }
    }
    if !is_publish || room.is_none() || !rest.bytes.is_empty() {
        return None;
    }
    let ephemeral = ephemeral.unwrap_or(false);
    Some(Command::Publish {
        room,
        body: body?,
        media_type,
        id,
        ephemeral,
    })
}

/// The MessagePack not read yet. Each method takes one value off the front, or `None` if it is not
/// of that kind.
struct Rest<'a> {
    bytes: &'a [u8],
}

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A big-endian number of so many bytes.
    fn big_endian(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    fn sized(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = usize::try_from(self.big_endian(width)?).ok()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a str> {
        let bytes = match self.byte()? {
            mark @ 0xa0..=0xbf => self.take(usize::from(mark & 0x1f)),
            0xd9 => self.sized(1),
            0xda => self.sized(2),
            0xdb => self.sized(4),
            _ => None,
        };
        std::str::from_utf8(bytes?).ok()
    }

    fn data(&mut self) -> Option<&'a [u8]> {
        match self.byte()? {
            0xc4 => self.sized(1),
            0xc5 => self.sized(2),
            0xc6 => self.sized(4),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<u64> {
        match self.byte()? {
            small @ 0..=0x7f => Some(u64::from(small)),
            0xcc => self.big_endian(1),
            0xcd => self.big_endian(2),
            0xce => self.big_endian(4),
            0xcf => self.big_endian(8),
            _ => None,
        }
    }

    fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0xc2 => Some(false),
            0xc3 => Some(true),
            _ => None,
        }
    }
}
