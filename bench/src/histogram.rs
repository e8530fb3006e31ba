//! Latencies in logarithmic buckets: 64 to every doubling, so a quantile is off by 1.6 % at most.

/// Linear steps within one power of two.
const STEPS: usize = 64;
const STEPS_BITS: u32 = STEPS.trailing_zeros();
/// One run of `STEPS` for values below `STEPS`, then one for each higher power of two.
const BUCKETS: usize = STEPS * (64 - STEPS_BITS as usize + 1);

/// Counts of values, any `u64`, in a fixed 30 KiB.
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            max: 0,
        }
    }

    /// Counts one value.
    pub(crate) fn record(&mut self, value: u64) {
        self.buckets[bucket_of(value)] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// How many values were recorded.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The largest value, exact.
    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    /// The value that `fraction` of all values do not exceed, rounded up to its bucket's end.
    pub(crate) fn quantile(&self, fraction: f64) -> u64 {
        let rank = ((self.count as f64 * fraction).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return last_value_of(bucket).min(self.max);
            }
        }
        self.max
    }
}

fn bucket_of(value: u64) -> usize {
    if value < STEPS as u64 {
        return value as usize;
    }
    let shift = value.ilog2() - STEPS_BITS;
    let step = (value >> shift) as usize - STEPS;
    (shift as usize + 1) * STEPS + step
}

fn last_value_of(bucket: usize) -> u64 {
    if bucket < STEPS {
        return bucket as u64;
    }
    let shift = (bucket / STEPS - 1) as u32;
    let step = (bucket % STEPS + STEPS) as u64;
    (step << shift) | ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_ends_where_the_next_begins() {
        for bucket in 0..BUCKETS - 1 {
            let last = last_value_of(bucket);
            assert_eq!(bucket_of(last), bucket);
            assert_eq!(bucket_of(last + 1), bucket + 1);
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(last_value_of(BUCKETS - 1), u64::MAX);
    }

    #[test]
    fn quantiles_are_within_a_sixty_fourth() {
        let mut histogram = Histogram::new();
        for value in 1..=100_000 {
            histogram.record(value);
        }
        for (fraction, exact) in [(0.5, 50_000.0), (0.99, 99_000.0), (0.999, 99_900.0)] {
            let found = histogram.quantile(fraction) as f64;
            assert!(
                found >= exact && found <= exact * (1.0 + 1.0 / 64.0),
                "{fraction}: {found}"
            );
        }
        assert_eq!(histogram.quantile(1.0), 100_000);
        assert_eq!((histogram.count(), histogram.max()), (100_000, 100_000));
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        assert_eq!(Histogram::new().quantile(0.99), 0);
    }
}
