//! What becomes of each datagram: pure, seeded, the same in every run.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};

/// How a path fails. Chances are 0–1 per datagram and direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Impairment {
    /// Chance of being lost.
    pub loss: f64,
    /// Once one is lost, the chance that the next one is lost too, instead of `loss` (bursts).
    pub burst: f64,
    /// Added to every datagram.
    pub delay: Duration,
    /// Up to this much more or less, but never below zero.
    pub jitter: Duration,
    /// Chance of being held back by 25 ms, so that the next ones overtake it.
    pub reorder: f64,
    /// Chance of arriving twice.
    pub duplicate: f64,
}

impl Impairment {
    /// How far back a reordered datagram falls: behind the next one of 20 ms audio.
    pub const REORDERED_BY: Duration = Duration::from_millis(25);

    /// Nothing but loss.
    #[must_use]
    pub fn loss(loss: f64) -> Self {
        Self { loss, ..Self::default() }
    }
}

/// One direction of one path.
#[derive(Debug)]
pub struct Dice {
    random: StdRng,
    lost_before: bool,
}

impl Dice {
    /// The same seed gives the same fates.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), lost_before: false }
    }

    /// When the copies of the next datagram arrive, from now: none if it is lost, two if it is
    /// duplicated.
    pub fn roll(&mut self, impairment: &Impairment) -> impl Iterator<Item = Duration> + use<> {
        let chance = if self.lost_before && impairment.burst > 0.0 {
            impairment.burst
        } else {
            impairment.loss
        };
        self.lost_before = self.hit(chance);
        let first = (!self.lost_before).then(|| self.delay(impairment));
        let second =
            (first.is_some() && self.hit(impairment.duplicate)).then(|| self.delay(impairment));
        first.into_iter().chain(second)
    }

    fn delay(&mut self, impairment: &Impairment) -> Duration {
        let swing = self.random.random_range(0.0..=2.0);
        let delay =
            (impairment.delay + impairment.jitter.mul_f64(swing)).saturating_sub(impairment.jitter);
        if self.hit(impairment.reorder) { delay + Impairment::REORDERED_BY } else { delay }
    }

    fn hit(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.random.random_bool(chance.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(seed: u64, impairment: &Impairment, count: usize) -> Vec<Vec<Duration>> {
        let mut dice = Dice::new(seed);
        (0..count).map(|_| dice.roll(impairment).collect()).collect()
    }

    #[test]
    fn an_unimpaired_path_delivers_each_at_once() {
        let fates = fates(1, &Impairment::default(), 1000);
        assert!(fates.iter().all(|copies| copies == &[Duration::ZERO]));
    }

    #[test]
    fn a_seed_gives_one_course_and_another_seed_another() {
        let impairment = Impairment { loss: 0.3, duplicate: 0.1, reorder: 0.1, ..<_>::default() };
        assert_eq!(fates(7, &impairment, 1000), fates(7, &impairment, 1000));
        assert_ne!(fates(7, &impairment, 1000), fates(8, &impairment, 1000));
    }

    #[test]
    fn loss_and_duplicates_come_as_often_as_asked() {
        let impairment = Impairment { loss: 0.2, duplicate: 0.05, ..<_>::default() };
        let fates = fates(3, &impairment, 100_000);
        let lost = fates.iter().filter(|copies| copies.is_empty()).count();
        let twice = fates.iter().filter(|copies| copies.len() == 2).count();
        assert!((19_500..20_500).contains(&lost), "{lost}");
        assert!((3_700..4_300).contains(&twice), "{twice}");
    }

    #[test]
    fn bursts_are_longer_than_chance() {
        let run_length = |burst| {
            let impairment = Impairment { loss: 0.1, burst, ..<_>::default() };
            let fates = fates(5, &impairment, 100_000);
            let lost: Vec<bool> = fates.iter().map(Vec::is_empty).collect();
            let runs = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            lost.iter().filter(|&&lost| lost).count() as f64 / runs as f64
        };
        assert!(run_length(0.0) < 1.2);
        assert!((3.5..4.5).contains(&run_length(0.75)));
    }

    #[test]
    fn delay_stays_within_the_jitter() {
        let (delay, jitter) = (Duration::from_millis(80), Duration::from_millis(50));
        let impairment = Impairment { delay, jitter, ..<_>::default() };
        let delays: Vec<_> = fates(9, &impairment, 1000).concat();
        assert!(delays.iter().all(|d| (delay - jitter..=delay + jitter).contains(d)));
        assert!(delays.iter().any(|d| *d < delay) && delays.iter().any(|d| *d > delay));
    }
}
