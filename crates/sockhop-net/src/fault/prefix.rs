//! What stands where a length was expected: another protocol's text, or a length written the other
//! way round.

use sockhop_proto::framing::FramingError;

use crate::language::Language;

/// What seems to stand where a length was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefix {
    /// The first words of another protocol.
    Language(Language),
    /// Text: its first bytes, as many as the length has.
    Text([u8; 4]),
    /// A length with its bytes in the other order, and what it would be.
    Swapped {
        /// What it would be.
        bytes: u32,
        /// Which framing reads it so.
        framing: &'static str,
    },
    /// Nothing that makes sense.
    Unknown,
}

impl Prefix {
    /// What `input` starts with, of which `error` has been said.
    pub(super) fn of(error: &FramingError, input: &[u8]) -> Self {
        if let Some(language) = Language::recognise(input) {
            return Self::Language(language);
        }
        let (FramingError::TooLarge { .. }, Some(first)) = (error, input.first_chunk::<4>()) else {
            return Self::Unknown;
        };
        if input.iter().take(32).all(|&byte| is_text(byte)) {
            return Self::Text(*first);
        }
        match error {
            FramingError::TooLarge { bytes, bytes_max } => swapped(*first, *bytes, *bytes_max),
            _ => Self::Unknown,
        }
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0x80..)
}

fn swapped(first: [u8; 4], said: u64, bytes_max: usize) -> Prefix {
    let (big, little) = (u32::from_be_bytes(first), u32::from_le_bytes(first));
    let (bytes, framing) = if said == u64::from(big) {
        (little, "u32le")
    } else if said == u64::from(little) {
        (big, "u32")
    } else {
        return Prefix::Unknown;
    };
    if usize::try_from(bytes).is_ok_and(|bytes| bytes <= bytes_max) {
        Prefix::Swapped { bytes, framing }
    } else {
        Prefix::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_large(bytes: u64) -> FramingError {
        let bytes_max = 1 << 20;
        FramingError::TooLarge { bytes, bytes_max }
    }

    #[test]
    fn a_length_that_is_really_text_is_known_for_it() {
        assert_eq!(
            Prefix::of(&too_large(1_213_486_160), b"HTTP/1.1 400 Bad Request\r\n"),
            Prefix::Language(Language::Http)
        );
        assert_eq!(
            Prefix::of(&too_large(0x4e6f_2042), b"No Button is Pressed"),
            Prefix::Text(*b"No B")
        );
    }

    #[test]
    fn a_length_written_the_other_way_round_is_known_for_it() {
        let (bytes, framing) = (20, "u32le");
        assert_eq!(
            Prefix::of(&too_large(0x1400_0000), b"\x14\0\0\0No Button"),
            Prefix::Swapped { bytes, framing }
        );
        let framing = "u32";
        assert_eq!(
            Prefix::of(&too_large(0x1400_0000), b"\0\0\0\x14No Button"),
            Prefix::Swapped { bytes, framing }
        );
        assert_eq!(
            Prefix::of(&too_large(0xffff_fffe), b"\xff\xff\xff\xfe\0\0"),
            Prefix::Unknown
        );
    }
}
