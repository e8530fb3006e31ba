//! Sockhop's words and wire formats.
//!
//! This crate performs no I/O, reads no clock and knows no runtime. It holds the nouns every other
//! crate speaks ([`RoomName`], [`Nick`], [`Message`]), the one [`Command`] a client can say, the one
//! [`Event`] the hub can answer with, and for each protocol a pair of pure functions between those
//! and bytes: a [`Protocol`].
//!
//! Read [`protocol`] next for the pair, then [`text`], [`json`] or [`frame`] for one of them.

pub mod close;
pub mod command;
pub mod detect;
pub mod event;
pub mod filter;
pub mod frame;
pub mod framing;
pub mod http;
pub mod json;
pub mod knock;
pub mod message;
pub mod name;
mod pen;
pub mod protocol;
pub mod refusal;
mod schema;
#[cfg(test)]
mod testing;
pub mod text;
pub mod udp;
pub mod websocket;
mod words;

pub use close::CloseReason;
pub use command::{Command, Id, Origin};
pub use event::{Event, MemberInfo, RoomInfo};
pub use filter::Filter;
pub use message::{Body, BodyRef, MediaType, Message, Micros, Seq};
pub use name::{NameError, Nick, RoomName};
pub use protocol::{Decoded, Limits, Protocol};
pub use refusal::{Code, Refusal};
