//! One MessagePack map from bytes, and nothing behind it.

use rmp_serde::decode::Error;
use serde::Deserialize;

use super::short;

/// Deepest nesting. Unknown fields are walked over by recursion, so this bounds the stack a hostile
/// map can use; the 1024 of rmp-serde's own limit overflow a thread's 2 MiB in a debug build.
const DEPTH_MAX: usize = 64;

/// Why bytes are not the map wanted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum PackError {
    /// No bytes at all.
    #[error("it is empty")]
    Empty,
    /// Another MessagePack value, or something else altogether.
    #[error("it does not hold a map")]
    NotAMap,
    /// A length inside it points past its end.
    #[error("it ends in the middle of a value")]
    CutShort,
    /// Two maps in one envelope, or a length that is wrong: either way something would be lost.
    #[error("there is more behind the map")]
    Trailing,
    /// A map, but not of these fields.
    #[error("{0}")]
    Fields(String),
}

impl From<Error> for PackError {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => Self::CutShort,
            other => Self::Fields(short(&other)),
        }
    }
}

/// Reads the fields of the one map that `bytes` hold.
pub(crate) fn from_map<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, PackError> {
    match bytes.first() {
        None => return Err(PackError::Empty),
        // Of up to 15, 2^16 or 2^32 fields. serde would take an array too, by position.
        Some(0x80..=0x8f | 0xde | 0xdf) => {}
        Some(_) => return Err(PackError::NotAMap),
    }
    let mut from = rmp_serde::Deserializer::from_read_ref(bytes);
    from.set_max_depth(DEPTH_MAX);
    let fields = T::deserialize(&mut from)?;
    // The reader does not tell what it has left: at the end, not even a marker can be read.
    match bool::deserialize(&mut from) {
        Err(Error::InvalidMarkerRead(_)) => Ok(fields),
        _ => Err(PackError::Trailing),
    }
}
