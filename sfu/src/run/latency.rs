//! How long forwarded packets were inside: from their arrival in the kernel until it took them.

use std::time::Duration;

/// Upper bounds of the buckets, µs; one more bucket has what took longer.
pub const LATENCY_BOUNDS_US: [u64; 11] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000];

/// Counts per bucket, and the sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// By [`LATENCY_BOUNDS_US`]; not cumulative. The last has what took longer.
    pub counts: [u64; LATENCY_BOUNDS_US.len() + 1],
    /// Of all, µs.
    pub sum_us: u64,
}

impl Latency {
    pub(super) fn record(&mut self, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BOUNDS_US.iter().position(|bound| us <= *bound);
        self.counts[bucket.unwrap_or(LATENCY_BOUNDS_US.len())] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;
    use std::time::Duration;

    #[test]
    fn each_goes_into_the_first_bucket_that_holds_it() {
        let mut latency = Latency::default();
        for us in [0, 100, 101, 250_001] {
            latency.record(Duration::from_micros(us));
        }
        assert_eq!(latency.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(latency.sum_us, 250_202);
    }
}
