//! How long and how much: one set of numbers for every server in a run.

use std::time::Duration;

/// The durations and sizes of a run.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Rounds over the whole list.
    pub rounds: u32,
    /// Load before the measured part, so that buffers and caches have found their size.
    pub warm_up: Duration,
    /// The measured part of a closed loop.
    pub measure: Duration,
    /// How long the talkers talk.
    pub talk: Duration,
    /// How long the slow reader does not read.
    pub stall: Duration,
    /// Idle connections.
    pub idle_connections: usize,
}

impl Pace {
    /// The numbers of a full run, or of a quick one.
    pub(crate) fn new(quick: bool) -> Self {
        if quick {
            Self {
                rounds: 1,
                warm_up: Duration::from_millis(250),
                measure: Duration::from_millis(1000),
                talk: Duration::from_secs(3),
                stall: Duration::from_secs(4),
                idle_connections: 10_000,
            }
        } else {
            Self {
                rounds: 3,
                warm_up: Duration::from_millis(400),
                measure: Duration::from_millis(1600),
                talk: Duration::from_secs(10),
                stall: Duration::from_secs(13),
                idle_connections: 10_000,
            }
        }
    }
}
