//! The numbers of participants: each is given once, whichever of several nodes gives it.
//!
//! Owns the blocks from which this node gives. Where several nodes share the numbers, the backplane
//! fetches the next block before the last one is used up.

use std::{collections::VecDeque, ops::RangeInclusive, time::Duration};

use hearth_protocol::{ErrorCode, Fault, ParticipantNumber};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Numbers in a block that several nodes share out.
pub(crate) const BLOCK: u32 = 1024;

/// The numbers that this node may give.
#[derive(Debug)]
pub(crate) struct Numbers {
    blocks: Mutex<VecDeque<RangeInclusive<u32>>>,
    /// Blocks are fetched as they are used up.
    shared: bool,
    low: Notify,
}

impl Numbers {
    /// All numbers, for a node that is alone.
    pub(crate) fn all() -> Self {
        let blocks = VecDeque::from([1..=u32::MAX]);
        Self { blocks: Mutex::new(blocks), shared: false, low: Notify::new() }
    }

    /// No numbers yet: blocks of them are to be added.
    pub(crate) fn shared() -> Self {
        Self { blocks: Mutex::default(), shared: true, low: Notify::new() }
    }

    /// Numbers that nobody else gives.
    pub(crate) fn add(&self, block: RangeInclusive<u32>) {
        self.blocks.lock().push_back(block);
    }

    /// Waits until another block is needed.
    pub(crate) async fn low(&self) {
        while self.left() > BLOCK / 2 {
            self.low.notified().await;
        }
    }

    /// The next number.
    ///
    /// # Errors
    /// `internal` if all are used up; `busy` while no block can be fetched.
    pub(crate) fn give(&self) -> Result<ParticipantNumber, Fault> {
        let mut blocks = self.blocks.lock();
        while let Some(block) = blocks.front_mut() {
            if let Some(number) = block.next() {
                drop(blocks);
                if self.shared && self.left() <= BLOCK / 2 {
                    self.low.notify_one();
                }
                return Ok(ParticipantNumber(number));
            }
            blocks.pop_front();
        }
        Err(if self.shared {
            let message = "The server cannot let anybody in at the moment.";
            Fault::passing(ErrorCode::Busy, message, Duration::from_secs(2))
        } else {
            Fault::new(ErrorCode::Internal, "The server has run out of numbers. Restart it.")
        })
    }

    fn left(&self) -> u32 {
        let blocks = self.blocks.lock();
        blocks.iter().filter(|it| !it.is_empty()).map(|it| it.end() - it.start() + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_node_alone_gives_every_number_but_zero() {
        let numbers = Numbers::all();
        assert_eq!(numbers.give().unwrap().0, 1);
        assert_eq!(numbers.give().unwrap().0, 2);
        *numbers.blocks.lock() = VecDeque::from([u32::MAX..=u32::MAX]);
        assert_eq!(numbers.give().unwrap().0, u32::MAX);
        assert_eq!(numbers.give().unwrap_err().code, ErrorCode::Internal);
    }

    #[test]
    fn blocks_are_asked_for_before_they_are_used_up() {
        let numbers = Numbers::shared();
        assert_eq!(numbers.give().unwrap_err().code, ErrorCode::Busy);
        assert!(numbers.low().now_or_never().is_some());
        numbers.add(1..=BLOCK);
        numbers.add(9001..=9000 + BLOCK);
        assert!(numbers.low().now_or_never().is_none());
        let given: Vec<_> = (0..2 * BLOCK - BLOCK / 2).map(|_| numbers.give().unwrap().0).collect();
        assert_eq!((given[0], given[1023], given[1024]), (1, 1024, 9001));
        assert!(numbers.low().now_or_never().is_some());
    }
}
