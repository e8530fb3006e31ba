//! Sockhop's hub: rooms as logs, members as cursors.
//!
//! This crate performs no I/O, reads no clock and knows no runtime: commands and the time come in,
//! bytes and wake-ups go out. Whoever owns a [`Hub`] moves bytes between it and sockets
//! ([`Hub::handle`], [`Hub::poll_output`]) and batches between it and a disk
//! ([`Hub::poll_batch`], [`Hub::poll_fetch`]).
//!
//! Read `hub` next for what it does, then `log` and `stream` for the idea it rests on.

mod config;
mod cursor;
pub mod history;
mod hub;
mod log;
mod lost;
mod nicks;
mod recall;
pub mod retention;
mod room;
mod session;
mod sink;
mod storage;
mod stream;
mod tally;
#[cfg(test)]
mod testing;

pub use config::{Config, Entropy};
pub use hub::{
    ConnectionInfo, Figures, Flow, Hub, Lag, Listed, Polled, Refused, RoomFigures, Vitals,
};
pub use recall::{Fetch, Recalled, Wanted};
pub use session::SessionKey;
pub use tally::{Counts, Durations, ProtocolFigures, Traffic};
