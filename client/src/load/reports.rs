//! What a peer tells the server of its reception, as browsers do (RFC 3550 §6.4.2).
//!
//! Owns what was received of each source and when it is next told. Pure: time is an argument.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::shared::marshal::Marshal;
use rtcp::{
    receiver_report::ReceiverReport, reception_report::ReceptionReport, sender_report::SenderReport,
};

use crate::Error;

/// The mean time between two reports; each is 0.5–1.5 of it (RFC 3550 §6.3.1).
const INTERVAL: Duration = Duration::from_secs(5);
/// Sources in one report: its counter has five bits.
const BLOCKS: usize = 31;
/// Who reports without a source of its own, as in browsers.
const NO_SOURCE: u32 = 1;
/// RTP timestamps per second of Opus (RFC 7587 §4.1).
const CLOCK_RATE: f64 = 48_000.0;

/// The reception of one peer.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    sources: Vec<Source>,
    due: Option<Instant>,
}

/// The reception of one source (RFC 3550 §A.3, §A.8).
#[derive(Debug)]
struct Source {
    ssrc: u32,
    first: u32,
    /// Extended by how often the sequence began anew.
    highest: u32,
    received: u32,
    /// At the report before: how many were expected, and received.
    before: (u32, u32),
    began: Instant,
    /// Of the packet before, in RTP timestamps.
    transit: u32,
    jitter: f64,
    /// The middle of the last sender report's NTP time, and when it came.
    sender_report: Option<(u32, Instant)>,
}

impl Reports {
    /// When the next report is to be sent, once something was received.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes note of an authentic RTP packet.
    pub(crate) fn received(&mut self, packet: &[u8], now: Instant) {
        let Some((&[_, _, s0, s1, t0, t1, t2, t3, ssrc @ ..], _)) =
            packet.split_first_chunk::<12>()
        else {
            return;
        };
        let (seq, timestamp) = (u16::from_be_bytes([s0, s1]), u32::from_be_bytes([t0, t1, t2, t3]));
        let ssrc = u32::from_be_bytes(ssrc);
        match self.sources.iter_mut().find(|source| source.ssrc == ssrc) {
            Some(source) => source.received(seq, timestamp, now),
            None => self.sources.push(Source::new(ssrc, seq, timestamp, now)),
        }
        self.due.get_or_insert_with(|| now + wait());
    }

    /// Takes note of an authentic RTCP packet: reports refer to the sender's.
    pub(crate) fn told(&mut self, mut packet: BytesMut, now: Instant) {
        let Ok(packets) = rtcp::packet::unmarshal(&mut packet) else { return };
        for packet in packets {
            let Some(report) = packet.as_any().downcast_ref::<SenderReport>() else { continue };
            if let Some(source) = self.sources.iter_mut().find(|s| s.ssrc == report.ssrc) {
                source.sender_report = Some(((report.ntp_time >> 16) as u32, now));
            }
        }
    }

    /// The reports that are due now.
    ///
    /// # Errors
    /// [`Error::Voice`] if one cannot be written.
    pub(crate) fn poll(&mut self, own: Option<u32>, now: Instant) -> Result<Vec<BytesMut>, Error> {
        if self.due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        self.due = Some(now + wait());
        let reports = self.sources.chunks_mut(BLOCKS).map(|sources| {
            let ssrc = own.unwrap_or(NO_SOURCE);
            let reports = sources.iter_mut().map(|source| source.report(now)).collect();
            Ok(ReceiverReport { ssrc, reports, ..ReceiverReport::default() }.marshal()?)
        });
        reports.map(|report| report.map(|bytes| BytesMut::from(&bytes[..]))).collect()
    }
}

impl Source {
    fn new(ssrc: u32, seq: u16, timestamp: u32, now: Instant) -> Self {
        Self {
            ssrc,
            first: seq.into(),
            highest: seq.into(),
            received: 1,
            before: (0, 0),
            began: now,
            transit: 0_u32.wrapping_sub(timestamp),
            jitter: 0.0,
            sender_report: None,
        }
    }

    fn received(&mut self, seq: u16, timestamp: u32, now: Instant) {
        self.received += 1;
        let ahead = seq.wrapping_sub(self.highest as u16);
        if ahead < 0x8000 {
            self.highest += u32::from(ahead);
        }
        let arrived = (now.duration_since(self.began).as_secs_f64() * CLOCK_RATE) as u64 as u32;
        let transit = arrived.wrapping_sub(timestamp);
        let moved = f64::from(transit.wrapping_sub(self.transit).cast_signed().unsigned_abs());
        self.jitter += (moved - self.jitter) / 16.0;
        self.transit = transit;
    }

    fn report(&mut self, now: Instant) -> ReceptionReport {
        let expected = self.highest - self.first + 1;
        let (expected_now, received_now) =
            (expected - self.before.0, self.received - self.before.1);
        self.before = (expected, self.received);
        let lost_now = u64::from(expected_now.saturating_sub(received_now));
        let (last_sender_report, since) = self.sender_report.unwrap_or((0, now));
        ReceptionReport {
            ssrc: self.ssrc,
            fraction_lost: (lost_now * 256 / u64::from(expected_now.max(1))).min(255) as u8,
            total_lost: expected.saturating_sub(self.received).min(0x7f_ffff),
            last_sequence_number: self.highest,
            jitter: self.jitter as u32,
            last_sender_report,
            delay: (now.duration_since(since).as_secs_f64() * 65_536.0) as u32,
        }
    }
}

fn wait() -> Duration {
    INTERVAL.mul_f64(rand::random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use rtc::shared::marshal::Unmarshal;

    use super::*;

    fn packet(seq: u16, timestamp: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 111];
        packet.extend_from_slice(&seq.to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&7_u32.to_be_bytes());
        packet
    }

    #[test]
    fn what_was_received_is_told() {
        let began = Instant::now();
        let mut reports = Reports::default();
        assert_eq!(reports.due(), None);
        // Over the end of the sequence, without the third and the fifth.
        for n in [0_u16, 1, 3, 5] {
            let now = began + Duration::from_millis(20) * n.into();
            let timestamp = 4_000_000_000_u32.wrapping_add(960 * u32::from(n));
            reports.received(&packet(65_534_u16.wrapping_add(n), timestamp), now);
        }
        let sent = SenderReport { ssrc: 7, ntp_time: 0x1234_5678_9abc_def0, ..Default::default() };
        reports.told(BytesMut::from(&sent.marshal().unwrap()[..]), began);
        assert!(reports.poll(None, began).unwrap().is_empty());
        let due = reports.due().unwrap();
        assert!((began + INTERVAL / 2..began + INTERVAL * 2).contains(&due));
        let mut told = reports.poll(None, due).unwrap();
        assert!(reports.due().unwrap() > due);
        let report = ReceiverReport::unmarshal(&mut told[0]).unwrap();
        assert_eq!((told.len(), report.ssrc, report.reports.len()), (1, NO_SOURCE, 1));
        let block = &report.reports[0];
        assert_eq!((block.ssrc, block.total_lost, block.fraction_lost), (7, 2, 85));
        assert_eq!(block.last_sequence_number, 65_534 + 5);
        assert_eq!(block.jitter, 0, "an even pace");
        assert_eq!(block.last_sender_report, 0x5678_9abc);
        assert_eq!(block.delay, (due.duration_since(began).as_secs_f64() * 65_536.0) as u32);
    }

    #[test]
    fn an_uneven_pace_is_jitter() {
        let began = Instant::now();
        let mut reports = Reports::default();
        for n in 0..200 {
            let late = Duration::from_millis(u64::from(n % 2) * 4);
            let now = began + Duration::from_millis(20) * n + late;
            reports.received(&packet(n as u16, 960 * n), now);
        }
        let told = reports.poll(Some(9), began + INTERVAL * 3).unwrap();
        let report = ReceiverReport::unmarshal(&mut &told[0][..]).unwrap();
        assert_eq!(report.ssrc, 9);
        // Each packet comes 4 ms sooner or later than the one before it would have it.
        assert!((185..=192).contains(&report.reports[0].jitter), "{report:?}");
    }
}
