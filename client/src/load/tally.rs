//! What a load counted.
//!
//! Owns counters; one tally per media thread, merged at the end. Never shared while counting.

use std::time::Duration;

use super::{histogram::Histogram, packet::Stamp};

/// The stretch of time that is measured, since the load began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

impl Window {
    pub(crate) fn contains(&self, moment: Duration) -> bool {
        self.from <= moment && moment < self.until
    }
}

/// Counters of one media thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Sent by the publishers within the window.
    pub(crate) sent: u64,
    /// Sent more than a period late.
    pub(crate) late: u64,
    /// Received by the subscribers, of those sent within the window.
    pub(crate) received: u64,
    /// Datagram bytes of those.
    pub(crate) bytes: u64,
    /// The same packet again in the same peer.
    pub(crate) duplicates: u64,
    /// Received in a room that it was not sent in.
    pub(crate) foreign: u64,
    /// Not authentic, repeated, or before the keys; at any time.
    pub(crate) refused: u64,
    /// Authentic RTP packets at any time.
    pub(crate) rtp: u64,
    /// Authentic RTCP packets at any time.
    pub(crate) rtcp: u64,
    /// Peers that failed or were closed.
    pub(crate) failed: u64,
    /// From the stamp to the reading.
    pub(crate) latency: Histogram,
    /// This thread's CPU within the window.
    pub(crate) cpu: Duration,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        self.late += other.late;
        self.received += other.received;
        self.bytes += other.bytes;
        self.duplicates += other.duplicates;
        self.foreign += other.foreign;
        self.refused += other.refused;
        self.rtp += other.rtp;
        self.rtcp += other.rtcp;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
        self.cpu = self.cpu.max(other.cpu);
    }
}

/// Which packets of which publishers a peer has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    publishers: Vec<(u32, u64, u64)>,
}

impl Seen {
    /// Whether this packet is here for the first time. Remembers 64 packets back.
    pub(crate) fn first(&mut self, stamp: &Stamp) -> bool {
        let known =
            self.publishers.iter_mut().find(|(publisher, ..)| *publisher == stamp.publisher);
        let Some((_, newest, mask)) = known else {
            self.publishers.push((stamp.publisher, stamp.count, 1));
            return true;
        };
        if stamp.count > *newest {
            *mask = mask.checked_shl((stamp.count - *newest).min(64) as u32).unwrap_or(0) | 1;
            *newest = stamp.count;
            return true;
        }
        let bit = 1_u64.checked_shl((*newest - stamp.count).min(64) as u32).unwrap_or(0);
        let new = bit != 0 && *mask & bit == 0;
        *mask |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_packet_is_new_only_once() {
        let mut seen = Seen::default();
        let mut first =
            |publisher, count| seen.first(&Stamp { publisher, count, sent: Duration::ZERO });
        assert!(first(1, 10) && first(1, 12) && first(1, 11) && first(2, 11));
        assert!(!first(1, 12) && !first(1, 11) && !first(1, 10));
        assert!(first(1, 1_000));
        assert!(!first(1, 12), "too old to be known is not new");
    }
}
