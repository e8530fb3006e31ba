//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(5);

/// Pauses that double from a tenth of a second to five seconds, each cut at random by up to half,
/// so that a hundred clients of one hub do not all come back at the same moment.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            next: FIRST,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The pause before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let full = self.next;
        self.next = MOST.min(full * 2);
        full.mul_f64(self.random.f64().mul_add(0.5, 0.5))
    }

    /// An attempt has succeeded.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_bounds_and_start_anew() {
        let mut backoff = Backoff::new(1);
        let mut full = FIRST;
        for _ in 0..20 {
            let pause = backoff.pause();
            assert!(full / 2 <= pause && pause <= full, "{pause:?} of {full:?}");
            full = MOST.min(full * 2);
        }
        assert_eq!(full, MOST);
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
    }
}
