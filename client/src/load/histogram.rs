//! Durations, counted in buckets.
//!
//! Owns 2,048 counters: percentiles to 3 % whatever the number of samples. Pure.

use std::time::Duration;

use super::report::Percentiles;

const STEPS: u32 = 5;

/// How often each duration was seen.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; 64 << STEPS], total: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, duration: Duration) {
        let ns = (duration.as_nanos() as u64).max(1 << STEPS);
        let exponent = 63 - ns.leading_zeros();
        let step = (ns >> (exponent - STEPS)) as usize & ((1 << STEPS) - 1);
        self.counts[(exponent as usize) << STEPS | step] += 1;
        self.total += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    pub(crate) fn percentiles(&self) -> Percentiles {
        Percentiles {
            p50_ms: self.percentile_ms(0.5),
            p95_ms: self.percentile_ms(0.95),
            p99_ms: self.percentile_ms(0.99),
        }
    }

    /// The duration that `share` (0–1) of the samples do not exceed, ms; 0 without samples.
    pub(crate) fn percentile_ms(&self, share: f64) -> f64 {
        let wanted = (share * self.total as f64).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                let (exponent, step) = (bucket >> STEPS, bucket & ((1 << STEPS) - 1));
                // The middle of the bucket.
                let ns =
                    ((1 << STEPS | step) as f64 + 0.5) * 2_f64.powi(exponent as i32 - STEPS as i32);
                return ns / 1e6;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_three_percent() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile_ms(0.5), 0.0);
        for us in 1..=10_000 {
            histogram.add(Duration::from_micros(us));
        }
        let mut both = Histogram::default();
        both.merge(&histogram);
        for (share, ms) in [(0.5, 5.0), (0.95, 9.5), (0.99, 9.9)] {
            let found = both.percentile_ms(share);
            assert!((found / ms - 1.0).abs() < 0.03, "{found} for {ms}");
        }
    }
}
