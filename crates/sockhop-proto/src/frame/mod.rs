//! frame, for programs: length-prefixed MessagePack maps.

pub mod codec;
mod message;
mod publish;

pub use codec::{FRAME, decode_event, encode_command};

#[cfg(test)]
mod tests;
