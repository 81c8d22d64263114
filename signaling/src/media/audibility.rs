//! Who does not receive whom.
//!
//! Owns both directions of that, so that both sides can be told. Pure.

use std::collections::{BTreeSet, HashMap};

use hearth_protocol::ParticipantNumber;

/// So many are named at most to somebody whom they do not receive.
const MAX_NAMED: usize = 16;

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Audibility {
    /// By listener: as many as the listener has slots at most.
    unheard: HashMap<ParticipantNumber, Vec<ParticipantNumber>>,
    /// By talker.
    deaf: HashMap<ParticipantNumber, BTreeSet<ParticipantNumber>>,
}

impl Audibility {
    /// From now on, `listener` does not receive exactly these.
    pub(super) fn set(&mut self, listener: ParticipantNumber, unheard: Vec<ParticipantNumber>) {
        let before = if unheard.is_empty() {
            self.unheard.remove(&listener)
        } else {
            self.unheard.insert(listener, unheard.clone())
        };
        for talker in before.unwrap_or_default() {
            if let Some(deaf) = self.deaf.get_mut(&talker) {
                deaf.remove(&listener);
                if deaf.is_empty() {
                    self.deaf.remove(&talker);
                }
            }
        }
        for talker in unheard {
            self.deaf.entry(talker).or_default().insert(listener);
        }
    }

    /// Whom `listener` does not receive.
    pub(super) fn unheard(&self, listener: ParticipantNumber) -> Vec<ParticipantNumber> {
        self.unheard.get(&listener).cloned().unwrap_or_default()
    }

    /// Who does not receive `talker`; the first [`MAX_NAMED`].
    pub(super) fn deaf(&self, talker: ParticipantNumber) -> Vec<ParticipantNumber> {
        self.deaf.get(&talker).into_iter().flatten().take(MAX_NAMED).copied().collect()
    }

    /// The participant has no voice any more.
    pub(super) fn forget(&mut self, number: ParticipantNumber) {
        self.set(number, Vec::new());
        for listener in self.deaf.remove(&number).unwrap_or_default() {
            if let Some(unheard) = self.unheard.get_mut(&listener) {
                unheard.retain(|talker| *talker != number);
            }
        }
        self.unheard.retain(|_, unheard| !unheard.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(list: &[u32]) -> Vec<ParticipantNumber> {
        list.iter().copied().map(ParticipantNumber).collect()
    }

    #[test]
    fn both_sides_know_and_nothing_stays_behind() {
        let mut audibility = Audibility::default();
        let [ana, bo, cy] = [1, 2, 3].map(ParticipantNumber);
        audibility.set(bo, numbers(&[1, 3]));
        audibility.set(cy, numbers(&[1]));
        assert_eq!(audibility.deaf(ana), numbers(&[2, 3]));
        audibility.set(bo, numbers(&[3]));
        assert_eq!((audibility.deaf(ana), audibility.unheard(bo)), (numbers(&[3]), numbers(&[3])));
        audibility.forget(cy);
        assert!(audibility.deaf(ana).is_empty() && audibility.unheard(bo).is_empty());
        assert!(audibility.deaf.is_empty() && audibility.unheard.is_empty());
    }

    #[test]
    fn a_crowd_that_hears_nothing_is_not_named_in_full() {
        let mut audibility = Audibility::default();
        for listener in 2..500 {
            audibility.set(ParticipantNumber(listener), numbers(&[1]));
        }
        assert_eq!(audibility.deaf(ParticipantNumber(1)).len(), MAX_NAMED);
    }
}
