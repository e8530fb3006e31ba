//! The one schema of json, frame and WebSocket: flat maps whose `op` or `ev` says what they are.
//!
//! The envelopes differ (a line, a length, a WebSocket message); the fields do not. Binary bodies
//! follow the format: base64 where it is for people to read, plain bytes where it is not.

pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod pack;
pub(crate) mod value;

/// What a parser says of bad input, cut short: it may quote the input, which may be long.
pub(crate) fn short(error: &impl std::fmt::Display) -> String {
    const CHARS_MAX: usize = 200;
    error.to_string().chars().take(CHARS_MAX).collect()
}
