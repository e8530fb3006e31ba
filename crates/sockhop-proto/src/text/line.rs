//! Lines in a byte stream, for the protocols made of them.

use crate::close::CloseReason;
use crate::refusal::{Code, Refusal};

/// What is at the front of the input.
pub(crate) enum Line<'a> {
    /// No newline yet.
    Incomplete,
    /// A line, without its LF or CRLF.
    Whole {
        line: &'a [u8],
        /// Bytes of input it used, newline included.
        taken: usize,
    },
    /// More than `bytes_max` without a newline: nothing after it can be trusted to start a line.
    TooLong(Refusal, CloseReason),
}

/// The first line of `input`, whose first `seen` bytes are known to hold no newline.
pub(crate) fn next_line(input: &[u8], seen: usize, bytes_max: usize) -> Line<'_> {
    let seen = seen.min(input.len());
    let Some(end) = memchr::memchr(b'\n', &input[seen..]).map(|at| seen + at) else {
        // One byte more may be the CR of a line that just fits.
        let too_many = input.len() > bytes_max.saturating_add(1);
        return if too_many {
            too_long(bytes_max)
        } else {
            Line::Incomplete
        };
    };
    let line = &input[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > bytes_max {
        return too_long(bytes_max);
    }
    Line::Whole {
        line,
        taken: end + 1,
    }
}

fn too_long(bytes_max: usize) -> Line<'static> {
    let refusal = Refusal::new(
        Code::TooLarge,
        format!("a line has no end after {bytes_max} bytes, the most this hub takes"),
    )
    .hint("end each message with a newline; --max-line sets the most");
    Line::TooLong(refusal, CloseReason::TooLarge)
}
