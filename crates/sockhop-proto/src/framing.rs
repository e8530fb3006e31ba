//! Framings: how the bytes of one message are told from those of the next on a stream.
//!
//! ```text
//! none      what one read gave is one message: a stream has no messages of its own
//! line      message 0A                   the message holds no 0A; 0D 0A ends a line too
//! u8        len(1) message               u16, u32: 2 or 4 bytes of length, the highest first
//! u16le     len(2) message               u16le, u32le: the lowest byte first
//! varint    len(1..10) message           LEB128, as protobuf writes it: 7 bits a byte, the lowest
//!                                        first, the top bit set on all but the last
//! fixed:N   message                      always N bytes; a shorter one is filled up with spaces
//! ```
//!
//! A length counts the message alone, without the length itself. Nothing here reads, waits or keeps
//! bytes: those that have arrived stay in the caller's buffer until a message is whole. See
//! [`Decoder`] for the way in, [`Framing::encode`] for the way out, [`Cuts`] for where frames fall.

mod cuts;
mod decoder;
mod error;
mod head;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use bytes::{BufMut, BytesMut};

pub use cuts::Cuts;
pub use decoder::{Decoder, Pending};
pub use error::{FramingError, ParseFramingError};

/// How messages are told apart. See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Framing {
    /// Not at all.
    #[default]
    None,
    /// A newline ends each.
    Line,
    /// One byte of length before each.
    U8,
    /// Two bytes of length, big-endian.
    U16,
    /// Four bytes of length, big-endian.
    U32,
    /// Two bytes of length, little-endian.
    U16Le,
    /// Four bytes of length, little-endian.
    U32Le,
    /// A LEB128 length.
    Varint,
    /// All messages have this many bytes.
    Fixed(NonZeroUsize),
}

impl Framing {
    /// Whether messages are not told apart.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::None
    }

    /// The longest message it can carry.
    #[must_use]
    pub fn message_bytes_max(self) -> usize {
        match self {
            Self::None | Self::Line | Self::Varint => usize::MAX,
            Self::U8 => u8::MAX.into(),
            Self::U16 | Self::U16Le => u16::MAX.into(),
            Self::U32 | Self::U32Le => usize::try_from(u32::MAX).unwrap_or(usize::MAX),
            Self::Fixed(bytes) => bytes.get(),
        }
    }

    /// Appends `message` in its frame. Nothing is appended when it fails.
    ///
    /// # Errors
    /// The message is longer than this framing carries, or, among lines, holds a newline itself.
    pub fn encode(self, message: &[u8], output: &mut BytesMut) -> Result<(), FramingError> {
        let too_long = |_| FramingError::DoesNotFit {
            bytes: message.len(),
            bytes_max: self.message_bytes_max(),
        };
        match self {
            Self::None => output.extend_from_slice(message),
            Self::Line => {
                if memchr::memchr(b'\n', message).is_some() {
                    return Err(FramingError::HoldsLineEnd);
                }
                output.reserve(message.len() + 1);
                output.extend_from_slice(message);
                output.put_u8(b'\n');
            }
            Self::U8 => {
                let length = u8::try_from(message.len()).map_err(too_long)?;
                put(output, &[length], message);
            }
            Self::U16 => {
                let length = u16::try_from(message.len()).map_err(too_long)?;
                put(output, &length.to_be_bytes(), message);
            }
            Self::U16Le => {
                let length = u16::try_from(message.len()).map_err(too_long)?;
                put(output, &length.to_le_bytes(), message);
            }
            Self::U32 => {
                let length = u32::try_from(message.len()).map_err(too_long)?;
                put(output, &length.to_be_bytes(), message);
            }
            Self::U32Le => {
                let length = u32::try_from(message.len()).map_err(too_long)?;
                put(output, &length.to_le_bytes(), message);
            }
            Self::Varint => {
                let (length, used) = head::varint(message.len() as u64);
                put(output, &length[..used], message);
            }
            Self::Fixed(bytes) => {
                let padding =
                    bytes
                        .get()
                        .checked_sub(message.len())
                        .ok_or(FramingError::DoesNotFit {
                            bytes: message.len(),
                            bytes_max: bytes.get(),
                        })?;
                output.extend_from_slice(message);
                output.put_bytes(b' ', padding);
            }
        }
        Ok(())
    }
}

fn put(output: &mut BytesMut, length: &[u8], message: &[u8]) {
    output.reserve(length.len() + message.len());
    output.extend_from_slice(length);
    output.extend_from_slice(message);
}

impl FromStr for Framing {
    type Err = ParseFramingError;

    fn from_str(word: &str) -> Result<Self, ParseFramingError> {
        Ok(match word {
            "none" => Self::None,
            "line" => Self::Line,
            "u8" => Self::U8,
            "u16" => Self::U16,
            "u32" => Self::U32,
            "u16le" => Self::U16Le,
            "u32le" => Self::U32Le,
            "varint" => Self::Varint,
            "fixed" => return Err(ParseFramingError::NoSize),
            _ => match word.strip_prefix("fixed:") {
                Some(bytes) => Self::Fixed(bytes.parse().map_err(|_| ParseFramingError::Size {
                    given: bytes.to_owned(),
                })?),
                None => {
                    return Err(ParseFramingError::Unknown {
                        given: word.to_owned(),
                    });
                }
            },
        })
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Line => "line",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U16Le => "u16le",
            Self::U32Le => "u32le",
            Self::Varint => "varint",
            Self::Fixed(bytes) => return write!(f, "fixed:{bytes}"),
        })
    }
}
