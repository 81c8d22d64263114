//! How long to wait before the next attempt to come back.
//!
//! Owns the rule: doubling from [`FIRST`] to [`LONGEST`], each time a random half to whole of
//! it, so that many cut at once do not return at once. Never sleeps.

use std::time::Duration;

/// The first wait, at most.
const FIRST: Duration = Duration::from_millis(250);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(8);

/// The waits of one outage.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next wait. `dice` is random in 0–1.
    pub(crate) fn next(&mut self, dice: f64) -> Duration {
        let whole = LONGEST.min(FIRST * 2_u32.saturating_pow(self.attempts.min(16)));
        self.attempts += 1;
        whole.mul_f64(0.5 + dice.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_spread() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(1.0), FIRST);
        assert_eq!(backoff.next(0.0), FIRST);
        assert_eq!(backoff.next(1.0), FIRST * 4);
        for _ in 0..100 {
            assert!(backoff.next(1.0) <= LONGEST);
        }
        assert_eq!(backoff.next(0.5), LONGEST.mul_f64(0.75));
    }
}
