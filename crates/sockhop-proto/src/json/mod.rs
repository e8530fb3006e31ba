//! json, for programs: one object per line, LF or CRLF.

pub mod codec;
mod message;

pub use codec::{JSON, decode_event, encode_command};

#[cfg(test)]
mod tests;
