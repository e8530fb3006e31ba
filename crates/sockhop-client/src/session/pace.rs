//! How fast to publish: below what a hub usually takes from one session.
//!
//! A hub refuses what is too fast, and what is refused is overtaken by what is already on its way
//! behind it. So it is better not to be refused in the first place.

use std::time::Duration;

use super::Now;

/// What may be made up for after a pause, in seconds' worth.
const BURST_SECONDS: f64 = 0.05;
/// How long to wait for more.
const WAIT: Duration = Duration::from_millis(1);

/// A bucket that fills with time. Without a rate it never empties.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: Option<f64>,
    left: f64,
    at: Now,
}

impl Pace {
    /// So many a second; 0 is without bound.
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = (per_second > 0).then_some(f64::from(per_second));
        Self {
            per_second,
            left: per_second.map_or(0.0, most),
            at: Now::ZERO,
        }
    }

    /// Takes one out, if there is one.
    ///
    /// # Errors
    /// When to try again.
    pub(crate) fn take(&mut self, now: Now) -> Result<(), Now> {
        let Some(per_second) = self.per_second else {
            return Ok(());
        };
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.left = most(per_second).min(self.left + passed * per_second);
        self.at = now;
        if self.left < 1.0 {
            return Err(now + WAIT);
        }
        self.left -= 1.0;
        Ok(())
    }
}

/// At least one, however slow.
fn most(per_second: f64) -> f64 {
    (per_second * BURST_SECONDS).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_no_more_than_its_share_and_one_burst() {
        for per_second in [1, 10, 90_000] {
            let mut pace = Pace::new(per_second);
            let mut taken = 0;
            let mut now = Now::ZERO;
            while now < Duration::from_secs(10) {
                match pace.take(now) {
                    Ok(()) => taken += 1,
                    Err(again) => now = again,
                }
            }
            let share = f64::from(per_second) * 10.0;
            let burst = most(f64::from(per_second));
            let taken = f64::from(taken);
            assert!(
                share * 0.9 <= taken && taken <= share + burst + 1.0,
                "{taken} of {share}"
            );
        }
    }

    #[test]
    fn without_a_rate_there_is_no_end() {
        let mut pace = Pace::new(0);
        assert!((0..1_000_000).all(|_| pace.take(Now::ZERO).is_ok()));
    }
}
