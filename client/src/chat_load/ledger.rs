//! What one reader has seen of a log, and what is wrong with it.
//!
//! Owns the oracle: numbers come once, in order, without a gap; so do each writer's own messages.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that one reader was told.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The next number that is to come.
    next: u64,
    /// Smaller ones that have not come.
    missing: BTreeSet<u64>,
    /// How many messages of each writer have come.
    writers: BTreeMap<usize, u64>,
    duplicated: u64,
    misordered: u64,
}

impl Ledger {
    /// Of somebody who knows everything up to this number.
    pub(crate) fn after(seq: u64) -> Self {
        Self { next: seq + 1, ..Self::default() }
    }

    /// An entry came; if it is a message of the load, the `count`-th of its writer.
    pub(crate) fn enter(&mut self, seq: u64, message: Option<(usize, u64)>) {
        if seq < self.next {
            // One that was skipped comes too late, any other again.
            if self.missing.remove(&seq) {
                self.misordered += 1;
            } else {
                self.duplicated += 1;
            }
            return;
        }
        self.missing.extend(self.next..seq);
        self.next = seq + 1;
        if let Some((writer, count)) = message {
            let before = self.writers.insert(writer, count).unwrap_or(0);
            self.misordered += u64::from(count <= before);
        }
    }

    /// Whether everything up to this number has come.
    pub(crate) fn has_all(&self, last: u64) -> bool {
        self.next > last && self.missing.is_empty()
    }

    /// How many up to this number have not come.
    pub(crate) fn lost(&self, last: u64) -> u64 {
        self.missing.len() as u64 + (last + 1).saturating_sub(self.next)
    }

    pub(crate) fn duplicated(&self) -> u64 {
        self.duplicated
    }

    pub(crate) fn misordered(&self) -> u64 {
        self.misordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_wrong_is_missed() {
        let mut ledger = Ledger::after(4);
        ledger.enter(5, Some((1, 1)));
        ledger.enter(6, None);
        assert!(ledger.has_all(6) && !ledger.has_all(7));
        assert_eq!((ledger.lost(8), ledger.duplicated(), ledger.misordered()), (2, 0, 0));
        ledger.enter(9, Some((2, 1)));
        assert_eq!(ledger.lost(9), 2);
        ledger.enter(8, Some((1, 2)));
        assert_eq!((ledger.lost(9), ledger.misordered()), (1, 1));
        ledger.enter(5, Some((1, 1)));
        assert_eq!(ledger.duplicated(), 1);
        ledger.enter(10, Some((2, 1)));
        assert_eq!(ledger.misordered(), 2, "its writer's messages are not in order");
    }
}
