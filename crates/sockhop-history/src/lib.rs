//! Sockhop's history: SQLite behind the hub's [`History`] and [`Recall`] traits.
//!
//! This crate writes one file (and what SQLite and the lock put beside it), blocks while it does,
//! and knows nothing of sockets, sessions or runtimes. A message that [`History::commit`] has
//! returned `Ok` for survives a power cut.
//!
//! ```text
//!   SqliteHistory ──commit──▶ log (-wal) ──checkpoint──▶ history.db
//!     one writer                   ╰──────── read ─────────╯
//!                                              ▼
//!                                        SqliteRecall, any number
//! ```
//!
//! Read `schema` next for the layout of the file, then `history` for how a batch becomes durable.
//!
//! [`History`]: sockhop_hub::history::History
//! [`History::commit`]: sockhop_hub::history::History::commit
//! [`Recall`]: sockhop_hub::history::Recall

mod checkpoint;
mod claim;
mod connection;
mod fault;
mod history;
mod id;
mod recall;
mod room;
mod row;
mod schema;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trim;

pub use history::SqliteHistory;
pub use recall::SqliteRecall;
