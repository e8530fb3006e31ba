//! text, for people: UTF-8 lines from `nc`, PuTTY or telnet, LF or CRLF, nothing to install.

mod decode;
mod encode;
pub(crate) mod line;
pub mod printable;

use crate::protocol::{Protocol, no_farewell};

/// The text protocol.
pub static TEXT: Protocol = Protocol {
    name: "text",
    decode: decode::decode,
    encode: encode::encode,
    farewell: no_farewell,
    heartbeat: b"",
    for_people: true,
    passing: false,
    by_lines: true,
};

#[cfg(test)]
mod tests;
