//! What arrives of one source (RFC 3550 §6.4.1, §A.3, §A.8).

use std::time::{Duration, Instant};

use super::{ReportBlock, SenderReport, from_units, middle};

/// Counts the packets of one source and makes the report blocks about it.
#[derive(Debug, Clone)]
pub struct Reception {
    ssrc: u32,
    clock_hz: u32,
    start: Instant,
    /// The indices of the first and of the newest packet.
    first: u64,
    newest: u64,
    received: u64,
    /// `expected` and `received` at the last report.
    reported: (u64, u64),
    /// In 1/16 of the clock's units.
    jitter: u32,
    last_transit: Option<u32>,
    last_report: Option<(u32, Instant)>,
}

impl Reception {
    /// Counts the packets of `ssrc`, whose first packet has the 48-bit index `index` (roll-over
    /// counter and sequence number) and arrives now. That packet is yet to be given to
    /// [`Self::packet`].
    #[must_use]
    pub fn new(ssrc: u32, clock_hz: u32, index: u64, now: Instant) -> Self {
        Self {
            ssrc,
            clock_hz,
            start: now,
            first: index,
            newest: index,
            received: 0,
            reported: (0, 0),
            jitter: 0,
            last_transit: None,
            last_report: None,
        }
    }

    /// Counts a packet, which must be no replay.
    pub fn packet(&mut self, index: u64, timestamp: u32, now: Instant) {
        self.received += 1;
        self.first = self.first.min(index);
        self.newest = self.newest.max(index);
        let elapsed = now.saturating_duration_since(self.start);
        let hz = u64::from(self.clock_hz);
        let fraction = u64::from(elapsed.subsec_nanos()) * hz / 1_000_000_000;
        let arrival = (elapsed.as_secs() * hz + fraction) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.last_transit.replace(transit) {
            let step = (transit.wrapping_sub(last) as i32).unsigned_abs();
            // A step of over a second is a source that began anew, not the network.
            if step <= self.clock_hz {
                self.jitter = self.jitter + step - ((self.jitter + 8) >> 4);
            }
        }
    }

    /// Takes note of a sender report of this source.
    pub fn sender_report(&mut self, report: &SenderReport, now: Instant) {
        self.last_report = Some((middle(report.ntp), now));
    }

    /// Packets that should have arrived so far, by their indices.
    #[must_use]
    pub fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.newest - self.first + 1 }
    }

    /// Packets that have arrived so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Interarrival jitter.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        from_units(self.jitter >> 4, self.clock_hz)
    }

    /// The next report; its `fraction_lost` is of the time since the last one.
    pub fn report(&mut self, now: Instant) -> ReportBlock {
        let (expected, received) = (self.expected(), self.received);
        let (expected_before, received_before) = self.reported;
        self.reported = (expected, received);
        let expected_now = expected - expected_before;
        let lost_now = expected_now.saturating_sub(received - received_before);
        let fraction_lost = (lost_now << 8).checked_div(expected_now).unwrap_or(0).min(255) as u8;
        let lost = expected as i64 - received as i64;
        let (last_report, delay) = match self.last_report {
            Some((report, at)) => {
                let delay = now.saturating_duration_since(at).as_micros() * 65_536 / 1_000_000;
                (report, u32::try_from(delay).unwrap_or(u32::MAX))
            }
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost,
            cumulative_lost: lost.clamp(-(1 << 23), (1 << 23) - 1) as i32,
            highest: self.newest as u32,
            jitter: self.jitter >> 4,
            last_report,
            delay,
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]
mod tests {
    use super::*;
    use crate::rtcp::OPUS_CLOCK_HZ;

    const FRAME: Duration = Duration::from_millis(20);

    #[test]
    fn counts_loss_over_the_roll_over() {
        let start = Instant::now();
        let first = 65_500;
        let mut reception = Reception::new(7, OPUS_CLOCK_HZ, first, start);
        for n in (0..100).filter(|n| n % 4 != 3) {
            reception.packet(first + n, n as u32 * 960, start + FRAME * n as u32);
        }
        let block = reception.report(start);
        assert_eq!((reception.expected(), reception.received()), (99, 75));
        assert_eq!(block.cumulative_lost, 24);
        assert_eq!(block.fraction_lost, (24 * 256 / 99) as u8);
        assert_eq!(block.highest, 65_500 + 98);
        assert_eq!((block.ssrc, block.jitter), (7, 0));
        // Nothing is lost from here on: only the new interval counts.
        for n in 100..150 {
            reception.packet(first + n, n as u32 * 960, start + FRAME * n as u32);
        }
        let block = reception.report(start);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (5, 25));
        assert_eq!(reception.report(start).fraction_lost, 0);
    }

    #[test]
    fn late_packets_make_up_for_loss() {
        let start = Instant::now();
        let mut reception = Reception::new(7, OPUS_CLOCK_HZ, 10, start);
        for index in [10, 12, 13] {
            reception.packet(index, index as u32 * 960, start);
        }
        assert_eq!(reception.report(start).cumulative_lost, 1);
        reception.packet(11, 11 * 960, start);
        let block = reception.report(start);
        assert_eq!((block.cumulative_lost, block.fraction_lost), (0, 0));
        // One from before the first, as after reordering at the very start.
        reception.packet(9, 9 * 960, start);
        assert_eq!((reception.expected(), reception.received()), (5, 5));
    }

    #[test]
    fn jitter_converges_on_the_mean_deviation() {
        let start = Instant::now();
        let mut reception = Reception::new(7, OPUS_CLOCK_HZ, 0, start);
        for n in 0..500 {
            let late = Duration::from_millis(if n % 2 == 0 { 0 } else { 5 });
            reception.packet(n, n as u32 * 960, start + FRAME * n as u32 + late);
        }
        let jitter = reception.jitter().as_millis();
        assert!((4..=5).contains(&jitter), "{jitter} ms");
        let before = reception.jitter();
        reception.packet(500, 0x8000_0000, start + FRAME * 500);
        assert_eq!(reception.jitter(), before, "a jump of the clock is no jitter");
    }

    #[test]
    fn tells_the_delay_since_the_last_sender_report() {
        let start = Instant::now();
        let mut reception = Reception::new(7, OPUS_CLOCK_HZ, 0, start);
        let report = SenderReport {
            ssrc: 7,
            ntp: 0x1234_5678_9abc_def0,
            rtp_timestamp: 0,
            packets: 0,
            octets: 0,
        };
        reception.sender_report(&report, start);
        let block = reception.report(start + Duration::from_millis(1500));
        assert_eq!((block.last_report, block.delay), (0x5678_9abc, 3 << 15));
    }
}
