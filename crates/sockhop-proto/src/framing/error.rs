//! What can be wrong with a frame, or with the name of a framing.

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// The next frame has a length beyond what is taken.
    #[error("the next frame says it has {bytes} bytes, and at most {bytes_max} are taken")]
    TooLarge {
        /// What it says.
        bytes: u64,
        /// What is taken.
        bytes_max: usize,
    },
    /// A line goes on for longer than what is taken.
    #[error("a line has no end after {bytes_max} bytes, the most that are taken")]
    LineTooLong {
        /// What is taken.
        bytes_max: usize,
    },
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame: {bytes} bytes of it came{}", still_missing(*missing))]
    Cut {
        /// How much of it had come, its length included.
        bytes: usize,
        /// How much was still to come, where that was known.
        missing: Option<usize>,
    },
    /// A varint that goes on for more than 10 bytes, or stands for more than 64 bits.
    #[error("the next frame starts with a length that is no varint: it does not end in 10 bytes")]
    BadVarint,
    /// A message to send is longer than its framing can say.
    #[error("a message of {bytes} bytes does not fit: this framing carries at most {bytes_max}")]
    DoesNotFit {
        /// The message.
        bytes: usize,
        /// What fits.
        bytes_max: usize,
    },
    /// A message to send as a line holds a newline, so it would arrive as two.
    #[error("a message that holds a newline cannot be sent as one line")]
    HoldsLineEnd,
}

fn still_missing(missing: Option<usize>) -> String {
    missing.map_or_else(String::new, |bytes| format!(", {bytes} are missing"))
}

/// Why a word names no framing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseFramingError {
    /// No framing is called that.
    #[error(
        "{given:?} is no framing: none, line, u8, u16, u32, u16le, u32le, varint or fixed:N (N bytes each, as in fixed:20)"
    )]
    Unknown {
        /// What was given.
        given: String,
    },
    /// `fixed` alone.
    #[error("fixed needs the size of the messages: fixed:20 if each has 20 bytes")]
    NoSize,
    /// `fixed:` and something that is no size.
    #[error("fixed:{given} has no size: it takes a number of bytes from 1 on, as in fixed:20")]
    Size {
        /// What was given for a size.
        given: String,
    },
}
