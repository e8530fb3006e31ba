//! Why it did not work, in words: how far it came, what that means, and what to try.
//!
//! The one place of diagnosis. Whoever meets an error on a socket makes a [`Fault`] of it, with the
//! constructor of what was being done; nobody else has words for failures. Making one may look
//! around on this machine (who holds the port, whether the neighbour is known), which takes a few
//! milliseconds and never waits for a network.
//!
//! See [`Stage`] for how far, [`Cause`] for what, `fault/words` for what is said of it.

mod bind;
mod carry;
mod cause;
mod certificate;
mod connect;
mod handshake;
mod holder;
mod neighbour;
pub mod ours;
mod ports;
mod prefix;
mod stage;
mod system;
mod words;

use std::fmt;
use std::net::SocketAddr;

pub use cause::Cause;
pub use certificate::{FileProblem, Refusal};
pub use holder::Holder;
pub use neighbour::Neighbour;
pub use prefix::Prefix;
pub use stage::{Carrier, Stage};

use crate::endpoint::{Endpoint, Place};

/// What failed: shown, it is one sentence without its full stop; [`Fault::advice`] is the next. A
/// program whose `main` returns it shows both.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", words::Sentence(self))]
pub struct Fault(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    with: With,
    /// Which of the endpoint's addresses, where a name has been looked up.
    address: Option<SocketAddr>,
    /// The SHA-256 of the certificate the other side has shown, in hex.
    fingerprint: Option<String>,
    stage: Stage,
    cause: Cause,
}

/// Who was at the other end, or what was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum With {
    /// Where this side wanted to go, or to be.
    Endpoint(Endpoint),
    /// Who came, or goes by that name.
    Peer(String),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_advice())
    }
}

impl Fault {
    /// How far it came.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// A stable word for what was wrong, for programs: `refused`, `in_use`, `timed_out` ...
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.cause.code()
    }

    /// What was wrong.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// What to try: whole sentences, where there is anything.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        words::advice(self)
    }

    /// The sentence, and what to try.
    #[must_use]
    pub fn with_advice(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{self}. {advice}"),
            None => self.to_string(),
        }
    }

    /// Of the several addresses of a name, which failure is the one to hear about: the machine that
    /// did answer tells more than those that lead nowhere.
    #[must_use]
    pub fn tells_more_than(&self, other: &Self) -> bool {
        self.weight() > other.weight()
    }

    fn weight(&self) -> u8 {
        match self.cause() {
            Cause::UnknownName | Cause::NoFamily => 0,
            Cause::NoRoute | Cause::ClosedRoute | Cause::NoZone => 1,
            Cause::Unreachable { .. } | Cause::System { .. } => 2,
            Cause::TimedOut { .. } => 3,
            Cause::NotPermitted => 4,
            Cause::Refused => 5,
            _ => 6,
        }
    }

    fn of(endpoint: &Endpoint, stage: Stage, cause: Cause) -> Self {
        Self(Box::new(Inner {
            with: With::Endpoint(endpoint.clone()),
            address: None,
            fingerprint: None,
            stage,
            cause,
        }))
    }

    fn with(with: &str, stage: Stage, cause: Cause) -> Self {
        Self(Box::new(Inner {
            with: With::Peer(with.to_owned()),
            address: None,
            fingerprint: None,
            stage,
            cause,
        }))
    }

    /// Where this side wanted to go, if it was this side that wanted.
    fn endpoint(&self) -> Option<&Endpoint> {
        match &self.0.with {
            With::Endpoint(endpoint) => Some(endpoint),
            With::Peer(_) => None,
        }
    }
}

/// What it is called in a sentence: `tcp://gs.local:5000 (192.168.1.20)`, `127.0.0.1:50412`.
impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.with {
            With::Peer(peer) => f.write_str(peer),
            With::Endpoint(endpoint) => {
                let named = endpoint.place().is_some_and(|place| place.ip().is_none());
                match self.address {
                    Some(address) if named => {
                        write!(f, "{endpoint} ({})", Place::from(address).host)
                    }
                    _ => write!(f, "{endpoint}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
