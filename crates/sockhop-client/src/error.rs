//! What can go wrong, sorted by whose fault it is, in words: what failed, what it means, what to
//! try.

mod connect;

use std::time::Duration;

use sockhop_proto::{Code, NameError, Refusal};

pub use connect::ConnectError;

/// Why a client has come to its end. Once it has, everything asked of it fails with this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It was closed.
    #[error("the client was closed")]
    Closed,
    /// It never got in, or was told that it never will.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Nothing got through for as long as it was told to try.
    #[error("gave up after {after:?}: {}", last_word(last.as_ref()))]
    GaveUp {
        /// For how long it tried.
        after: Duration,
        /// What the last attempt met; none if there was a connection, but no ack on it.
        last: Option<ConnectError>,
    },
}

fn last_word(last: Option<&ConnectError>) -> String {
    match last {
        Some(last) => last.to_string(),
        None => "the hub is connected but acks nothing; its disk may be stuck".to_owned(),
    }
}

/// Why a message was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The room's name keeps no rules. Our misuse.
    #[error("{room:?} is no room: {source}")]
    Room {
        /// The name.
        room: String,
        /// The rule.
        source: NameError,
    },
    /// No frame can hold it. Our misuse.
    #[error("a message of {bytes} bytes is too large: nothing beyond 16 MB fits the protocol")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The hub refused it.
    #[error("the hub refused it: {}", with_hint(.0))]
    Refused(Refusal),
    /// The client has ended; whether the message reached the hub is not known.
    #[error(transparent)]
    Ended(#[from] ClientError),
}

/// Why a room is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The name or filter keeps no rules. Our misuse.
    #[error("{room:?} is neither a room nor a pattern of rooms: {source}")]
    Room {
        /// The name.
        room: String,
        /// The rule.
        source: NameError,
    },
    /// Not a single room was named. Our misuse.
    #[error("no room to subscribe to was named")]
    NoRooms,
    /// One client follows a room from one place only. Our misuse.
    #[error(
        "{room} overlaps {with}, which this client follows already; follow both in one subscription, or use another client"
    )]
    Overlaps {
        /// What was asked for.
        room: String,
        /// What is followed.
        with: String,
    },
    /// The hub refused it.
    #[error("the hub refused the subscription: {}", with_hint(.0))]
    Refused(Refusal),
    /// The client has ended.
    #[error(transparent)]
    Ended(#[from] ClientError),
}

/// A refusal and what to try, for a program's user rather than for someone who writes frames.
fn with_hint(refusal: &Refusal) -> String {
    let hint = match refusal.code {
        Code::TooLarge => Some("`sockhop serve --max-frame` sets the most"),
        _ => refusal.hint.as_deref(),
    };
    match hint {
        Some(hint) => format!("{refusal}; {hint}"),
        None => refusal.to_string(),
    }
}
