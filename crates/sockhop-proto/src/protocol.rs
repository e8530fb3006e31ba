//! A protocol is a pair of pure functions: bytes to [`Command`], [`Event`] to bytes.

use bytes::{Bytes, BytesMut};

use crate::close::CloseReason;
use crate::command::Command;
use crate::event::Event;
use crate::refusal::Refusal;

/// Room for one event without growing.
const EVENT_BYTES_USUAL: usize = 256;

/// How a connection talks. Each is a `static`, and is itself alone: several may share a name.
pub struct Protocol {
    /// One word, for logs, `members` and metrics.
    pub name: &'static str,
    /// Takes one command off the front of `input`, which it may rewrite as far as it takes it: what
    /// a WebSocket client sends is masked.
    pub decode: for<'a> fn(input: &'a mut [u8], seen: usize, limits: &Limits) -> Decoded<'a>,
    /// Appends the bytes of one event; nothing, where the protocol has no words for it.
    pub encode: fn(event: &Event, out: &mut BytesMut),
    /// Appends the very last bytes of a connection, where the protocol has such a thing.
    pub farewell: fn(reason: CloseReason, out: &mut BytesMut),
    /// What is sent now and then to one who is sent nothing else, so that what lies between does
    /// not take the connection for dead; empty where the protocol has no words for that.
    pub heartbeat: &'static [u8],
    /// Whether its clients are people, who arrive in the lobby and are greeted.
    pub for_people: bool,
    /// Whether its clients only pass by, in a session for each request: they have no token to come
    /// back with, and together may publish as much as one that stays.
    pub passing: bool,
    /// Whether a last line without its newline still counts when the client closes.
    pub by_lines: bool,
}

/// The farewell of protocols that have none.
pub fn no_farewell(_: CloseReason, _: &mut BytesMut) {}

impl Protocol {
    /// What `event` is in this protocol.
    #[must_use]
    pub fn encoded(&self, event: &Event) -> BytesMut {
        // Nearly every event fits: growing from nothing would copy it five times.
        let mut out = BytesMut::with_capacity(EVENT_BYTES_USUAL);
        (self.encode)(event, &mut out);
        out
    }
}

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Protocol {}

impl std::fmt::Debug for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Bounds every decoder keeps, and checks before it allocates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest frame, in bytes, without its length; below 16 MiB, so that a frame starts with a
    /// zero byte.
    pub frame_bytes_max: usize,
    /// Longest line, in bytes, without its newline.
    pub line_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: 1 << 20,
            line_bytes_max: 1 << 20,
        }
    }
}

/// What was at the front of the input. `taken` is how many bytes of it are done with.
///
/// Needing more bytes is not an error. A decoder is told how many leading bytes it has `seen`
/// before without finding an end, so that a message that drips in costs what it weighs.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Not a whole message yet.
    Incomplete,
    /// Something for the hub.
    Command {
        /// What.
        command: Command<'a>,
        /// Bytes used.
        taken: usize,
    },
    /// Something the protocol answers by itself: help, or a refusal after which it can go on.
    Answer {
        /// The answer.
        event: Event,
        /// Bytes used.
        taken: usize,
    },
    /// Something the protocol answers by itself, in bytes no event has: a heartbeat's echo.
    Reply {
        /// The bytes.
        bytes: Bytes,
        /// Bytes used.
        taken: usize,
    },
    /// Bytes that mean nothing: an empty line, a terminal's negotiation.
    Skip {
        /// Bytes used.
        taken: usize,
    },
    /// The client has said all it will, and means nothing by what follows.
    End,
    /// Nothing after this can be understood: answer, then close.
    Broken {
        /// What to answer.
        refusal: Refusal,
        /// What to close with.
        reason: CloseReason,
    },
}
