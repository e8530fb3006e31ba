//! What stands before a message and says how long it is.

use super::{Framing, FramingError};

/// The longest length there is: 64 bits, 7 in each byte.
pub(super) const HEAD_BYTES_MAX: usize = 10;

/// What the front of the input says of the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes the length itself takes.
    pub(super) bytes: usize,
    /// Bytes of the message behind it.
    pub(super) message_bytes: usize,
}

impl Head {
    /// The head at the front of `input`; none while it is incomplete. Framings without one (`none`,
    /// `line`) have none.
    pub(super) fn read(
        framing: Framing,
        message_bytes_max: usize,
        input: &[u8],
    ) -> Result<Option<Self>, FramingError> {
        let Some((bytes, length)) = length(framing, input)? else {
            return Ok(None);
        };
        match usize::try_from(length) {
            Ok(message_bytes) if message_bytes <= message_bytes_max => Ok(Some(Self {
                bytes,
                message_bytes,
            })),
            _ => Err(FramingError::TooLarge {
                bytes: length,
                bytes_max: message_bytes_max,
            }),
        }
    }

    /// Bytes of the whole frame.
    pub(super) fn frame_bytes(self) -> usize {
        // A length near the end of usize is a frame that never becomes whole.
        self.bytes.saturating_add(self.message_bytes)
    }
}

/// How many bytes the length at the front of `input` takes, and the length.
fn length(framing: Framing, input: &[u8]) -> Result<Option<(usize, u64)>, FramingError> {
    Ok(match framing {
        Framing::None | Framing::Line => None,
        Framing::U8 => input.first().map(|&length| (1, length.into())),
        Framing::U16 => read(input, |bytes| u16::from_be_bytes(bytes).into()),
        Framing::U16Le => read(input, |bytes| u16::from_le_bytes(bytes).into()),
        Framing::U32 => read(input, |bytes| u32::from_be_bytes(bytes).into()),
        Framing::U32Le => read(input, |bytes| u32::from_le_bytes(bytes).into()),
        Framing::Varint => read_varint(input)?,
        Framing::Fixed(bytes) => Some((0, bytes.get() as u64)),
    })
}

fn read<const N: usize>(input: &[u8], length: impl Fn([u8; N]) -> u64) -> Option<(usize, u64)> {
    let bytes = input.first_chunk::<N>()?;
    Some((N, length(*bytes)))
}

fn read_varint(input: &[u8]) -> Result<Option<(usize, u64)>, FramingError> {
    let mut length = 0_u64;
    for (at, &byte) in input.iter().take(HEAD_BYTES_MAX).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if at == HEAD_BYTES_MAX - 1 && bits > 1 {
            return Err(FramingError::BadVarint);
        }
        length |= bits << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((at + 1, length)));
        }
    }
    if input.len() < HEAD_BYTES_MAX {
        Ok(None)
    } else {
        Err(FramingError::BadVarint)
    }
}

/// `length` as a varint, and how many of the bytes it takes.
pub(super) fn varint(mut length: u64) -> ([u8; HEAD_BYTES_MAX], usize) {
    let mut bytes = [0; HEAD_BYTES_MAX];
    let mut used = 0;
    loop {
        let low = length.to_le_bytes()[0] & 0x7f;
        length >>= 7;
        bytes[used] = if length == 0 { low } else { low | 0x80 };
        used += 1;
        if length == 0 {
            return (bytes, used);
        }
    }
}
