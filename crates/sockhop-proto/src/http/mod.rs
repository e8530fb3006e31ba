//! http's answers: the forms a room can be read in over HTTP, and what a request is told.
//!
//! Each form is a [`Protocol`] of its own, so that all who follow a room in the same form share one
//! stream of its log. They encode only: what a client asks by HTTP is in the request itself, not
//! in bytes that follow it.
//!
//! [`Protocol`]: crate::protocol::Protocol

mod bodies;
mod events;
mod form;
mod items;
mod lines;

pub use events::id as event_id;
pub use form::{ANSWERS, BODIES, EVENTS, EVENTS_WATCHED, ITEMS, LINES, LINES_WATCHED, NDJSON};

#[cfg(test)]
mod tests;
