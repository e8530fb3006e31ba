//! json, for programs: one object per line, LF or CRLF.

pub mod codec;

pub use codec::{JSON, decode_event, encode_command};

#[cfg(test)]
mod tests;
