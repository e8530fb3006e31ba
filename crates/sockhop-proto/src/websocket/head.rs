//! What stands before the payload of a frame (RFC 6455, 5.2).
//!
//! ```text
//! +-+---+------+ +-+------------+ +-------------------+ +----------+
//! |F|RSV|opcode| |M| length     | | length, if 126 or | | mask, if |
//! |1| 3 |  4   | |1|   7        | | 127: u16 or u64   | | M: 4     |
//! +-+---+------+ +-+------------+ +-------------------+ +----------+
//! ```
//!
//! Lengths are big-endian. Clients mask, servers do not.

use super::message::Fault;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// The longest payload of a close, ping or pong (5.5).
pub(super) const CONTROL_BYTES_MAX: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return None,
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    /// The first byte of a whole, unfragmented frame.
    pub(super) fn first_byte(self) -> u8 {
        FIN | self.bits()
    }
}

/// The head of a client's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: [u8; 4],
    /// Where the payload begins, and how long it is.
    pub(super) payload: usize,
    pub(super) length: usize,
}

impl Head {
    /// The head at the front of `bytes`; none while it is incomplete.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, Fault> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & RESERVED != 0 {
            return Err(Fault::ReservedBits);
        }
        let opcode = Opcode::from_bits(first & 0x0f).ok_or(Fault::Opcode(first & 0x0f))?;
        let fin = first & FIN != 0;
        if second & MASKED == 0 {
            return Err(Fault::Unmasked);
        }
        let (length, extended) = match second & !MASKED {
            126 => match rest.first_chunk::<2>() {
                Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2),
                None => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (u64::from_be_bytes(*bytes), 8),
                None => return Ok(None),
            },
            length => (u64::from(length), 0),
        };
        let needed = match length {
            0..=125 => 0,
            126..=0xffff => 2,
            _ => 8,
        };
        if extended != needed {
            return Err(Fault::Length);
        }
        if opcode.is_control() && (!fin || length > CONTROL_BYTES_MAX as u64) {
            return Err(Fault::Control);
        }
        let Some(mask) = rest[extended..].first_chunk::<4>() else {
            return Ok(None);
        };
        Ok(Some(Self {
            fin,
            opcode,
            mask: *mask,
            payload: 2 + extended + 4,
            length: usize::try_from(length).unwrap_or(usize::MAX),
        }))
    }

    /// Where the frame ends.
    pub(super) fn end(&self) -> usize {
        self.payload.saturating_add(self.length)
    }
}
