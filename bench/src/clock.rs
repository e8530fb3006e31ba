//! The one clock of a run: nanoseconds since it was made, monotonic.
//!
//! Sender and receiver of every timed message are this same process, so a difference of two
//! readings is a latency without any clock to synchronise.

use std::time::{Duration, Instant};

/// Nanoseconds since the clock was made.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts at zero now.
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// Nanoseconds since the start.
    pub(crate) fn now_ns(&self) -> u64 {
        nanoseconds(self.origin.elapsed())
    }
}

/// A duration as whole nanoseconds; no run lasts the 584 years that would overflow.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
