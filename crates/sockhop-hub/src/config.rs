//! What a hub is told once, at its start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::retention::Retention;

/// See each field. [`Config::new`] has safe defaults.
#[derive(Debug)]
pub struct Config {
    /// The hub's name, said in greetings.
    pub name: Arc<str>,
    /// The version it tells clients.
    pub version: Arc<str>,
    /// What a session must say before anything else; none for an open hub.
    pub secret: Option<String>,
    /// What is kept of each room.
    pub retention: Retention,
    /// Whether there is a store at all.
    pub keeps_history: bool,
    /// Most rooms at once.
    pub rooms_max: usize,
    /// Most rooms and filters one session may follow.
    pub subscriptions_max: usize,
    /// Most publishes a second from one session, on average; bursts of one second's worth pass. 0
    /// is without bound.
    pub publishes_per_second_max: u32,
    /// Bytes of recent messages kept in memory for one room, in all its protocols together.
    pub tail_bytes_max: usize,
    /// The same for all rooms together: one may hold what the others leave of it, and its equal share
    /// in any case.
    pub tails_bytes_max: usize,
    /// Bytes waiting for the disk; at more, publishers wait.
    pub storage_bytes_max: usize,
    /// How long a lost session's nick and publishes are held for it.
    pub resume_within: Duration,
    /// Where random nicks begin.
    pub seed: u64,
    /// Where session tokens come from.
    pub entropy: Entropy,
}

/// A source of numbers nobody can guess, for session tokens.
pub struct Entropy(pub Box<dyn FnMut() -> u128 + Send>);

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

impl Config {
    /// The defaults, for a hub called `name` without a store.
    pub fn new(name: impl Into<Arc<str>>, seed: u64, entropy: Entropy) -> Self {
        Self {
            name: name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            secret: None,
            retention: Retention::default(),
            keeps_history: false,
            rooms_max: 10_000,
            subscriptions_max: 1_000,
            publishes_per_second_max: 100_000,
            tail_bytes_max: 8 << 20,
            tails_bytes_max: 256 << 20,
            storage_bytes_max: 32 << 20,
            resume_within: Duration::from_secs(60),
            seed,
            entropy,
        }
    }
}
