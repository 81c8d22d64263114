//! Puts the packets of one slot back into order.
//!
//! Owns a few packets for a few milliseconds. Pure: time is an argument. Never invents sound.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a hole is waited for.
const WAIT: Duration = Duration::from_millis(60);
/// Packets held back at most: then the hole is given up.
const HELD: usize = 8;
/// A jump of more is a new beginning, not a loss.
const JUMP: u64 = 1000;

/// One slot's packets on their way into order.
#[derive(Debug)]
pub(crate) struct Jitter<T> {
    /// The number expected next, extended beyond 16 bits.
    next: Option<u64>,
    held: BTreeMap<u64, (Instant, T)>,
}

impl<T> Default for Jitter<T> {
    fn default() -> Self {
        Self { next: None, held: BTreeMap::new() }
    }
}

impl<T> Jitter<T> {
    /// Takes in a packet. Duplicates and what comes too late fall away.
    pub(crate) fn push(&mut self, now: Instant, sequence: u16, packet: T) {
        // Starts one turn up, so that a packet from before the first has a number too.
        let expected = self.next.unwrap_or(u64::from(sequence) + (1 << 16));
        let offset = i64::from(sequence.wrapping_sub(expected as u16) as i16);
        let index = expected.saturating_add_signed(offset);
        if index.abs_diff(expected) > JUMP {
            self.held.clear();
            self.next = None;
            self.push(now, sequence, packet);
        } else if index >= expected {
            self.next.get_or_insert(index);
            self.held.entry(index).or_insert((now, packet));
        }
    }

    /// The next packet in order and how many are missing right before it; to be called until
    /// there is none.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(u16, T)> {
        let next = self.next?;
        let (&index, (since, _)) = self.held.first_key_value()?;
        let given_up = self.held.len() > HELD || now.duration_since(*since) >= WAIT;
        if index != next && !given_up {
            return None;
        }
        let (_, (_, packet)) = self.held.pop_first()?;
        self.next = Some(index + 1);
        Some(((index - next) as u16, packet))
    }

    /// When `pop` may give more without a further packet.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.held.first_key_value().map(|(_, (since, _))| *since + WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(jitter: &mut Jitter<u16>, now: Instant) -> Vec<(u16, u16)> {
        std::iter::from_fn(|| jitter.pop(now)).collect()
    }

    #[test]
    fn order_is_restored_across_the_turn_of_the_number() {
        let (mut jitter, now) = (Jitter::default(), Instant::now());
        jitter.push(now, 65_534, 65_534);
        assert_eq!(drain(&mut jitter, now), [(0, 65_534)]);
        jitter.push(now, 0, 0);
        assert_eq!(drain(&mut jitter, now), []);
        jitter.push(now, 65_535, 65_535);
        assert_eq!(drain(&mut jitter, now), [(0, 65_535), (0, 0)]);
    }

    #[test]
    fn a_hole_is_given_up_after_a_while_and_what_comes_later_falls_away() {
        let (mut jitter, now) = (Jitter::default(), Instant::now());
        jitter.push(now, 10, 10);
        assert_eq!(drain(&mut jitter, now), [(0, 10)]);
        jitter.push(now, 13, 13);
        assert_eq!(drain(&mut jitter, now), []);
        assert_eq!(jitter.due(), Some(now + WAIT));
        assert_eq!(drain(&mut jitter, now + WAIT), [(2, 13)]);
        jitter.push(now + WAIT, 12, 12);
        jitter.push(now + WAIT, 13, 13);
        assert_eq!(drain(&mut jitter, now + WAIT), []);
    }

    #[test]
    fn no_more_than_a_few_are_held() {
        let (mut jitter, now) = (Jitter::default(), Instant::now());
        jitter.push(now, 0, 0);
        drain(&mut jitter, now);
        for sequence in 2..=u16::try_from(HELD).unwrap() + 2 {
            jitter.push(now, sequence, sequence);
        }
        let out = drain(&mut jitter, now);
        assert_eq!(out.first(), Some(&(1, 2)));
        assert_eq!(out.len(), HELD + 1);
    }

    #[test]
    fn a_jump_begins_anew() {
        let (mut jitter, now) = (Jitter::default(), Instant::now());
        jitter.push(now, 0, 0);
        drain(&mut jitter, now);
        jitter.push(now, 20_000, 20_000);
        assert_eq!(drain(&mut jitter, now), [(0, 20_000)]);
    }
}
