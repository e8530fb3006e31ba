//! The one place that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sockhop_proto::Micros;

/// The time of day, in steps that never go back: set once, at the start, and counted on from there.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    epoch: Micros,
}

impl Clock {
    /// Reads the time of day.
    #[must_use]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let epoch = u64::try_from(since_epoch.as_micros()).unwrap_or(0);
        Self {
            started: Instant::now(),
            epoch,
        }
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.epoch + u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX / 2)
    }
}
