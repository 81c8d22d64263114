//! RTCP (RFC 3550 §6, RFC 4585): reports in and out, and the figures that they are made of.
//!
//! [`Compound`] reads what a peer sent, [`Writer`] writes what it gets, [`Reception`] counts what
//! arrives of one source. Nothing here allocates, and time is an argument. Keys are `srtp`'s.

mod read;
mod reception;
mod write;

use std::time::{Duration, Instant};

pub use self::{
    read::{Compound, Item},
    reception::Reception,
    write::Writer,
};

/// The clock of Opus in RTP, Hz (RFC 7587 §4.1).
pub const OPUS_CLOCK_HZ: u32 = 48_000;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
/// The format of a transport feedback that is a generic NACK (RFC 4585 §6.2.1).
const GENERIC_NACK: u8 = 1;
/// A report block, bytes.
const BLOCK_LEN: usize = 24;

/// What a sender says of its own stream of packets (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    /// The sender.
    pub ssrc: u32,
    /// When, on the sender's clock: NTP format, 32.32 s.
    pub ntp: u64,
    /// The same moment on the clock of the payload.
    pub rtp_timestamp: u32,
    /// Packets sent so far, modulo 2³².
    pub packets: u32,
    /// Payload bytes sent so far, modulo 2³².
    pub octets: u32,
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost so far; negative if duplicates arrived. 24 bits.
    pub cumulative_lost: i32,
    /// Cycles and sequence number of the newest packet.
    pub highest: u32,
    /// In units of the payload's clock (RFC 3550 §6.4.1).
    pub jitter: u32,
    /// The middle of the NTP time of the source's last sender report; 0 if there was none.
    pub last_report: u32,
    /// How long that was ago, in 1/65536 s.
    pub delay: u32,
}

impl ReportBlock {
    /// The round trip to the receiver, by its answer to our sender report; `ntp_now` is of the
    /// clock that wrote the report. `None` if it had none yet, or if the figures cannot be true.
    #[must_use]
    pub fn rtt(&self, ntp_now: u64) -> Option<Duration> {
        /// Nobody talks over a minute; so long an echo is a lie or an accident.
        const LONGEST: u32 = 60 << 16;
        if self.last_report == 0 {
            return None;
        }
        let rtt = middle(ntp_now).wrapping_sub(self.last_report).wrapping_sub(self.delay);
        (rtt <= LONGEST).then(|| from_units(rtt, 1 << 16))
    }

    /// Lost since the last report; 0–1.
    #[must_use]
    pub fn loss(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    /// The jitter as a time, for a clock of `clock_hz`.
    #[must_use]
    pub fn jitter_time(&self, clock_hz: u32) -> Duration {
        from_units(self.jitter, clock_hz)
    }
}

/// Tells the time in NTP format without knowing the date, as RFC 3550 §6.4.1 allows: all that
/// reports need is one clock for all that we send.
#[derive(Debug, Clone, Copy)]
pub struct NtpClock {
    start: Instant,
}

impl NtpClock {
    /// A clock that reads 2³¹ s at `start`, far from 0, which means "none" in reports.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self { start }
    }

    /// The NTP time of `now`: 32.32 s. Never before the start.
    #[must_use]
    pub fn at(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start);
        let fraction = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
        (1 << 63) + (elapsed.as_secs() << 32) + fraction
    }
}

/// The middle 32 bits of an NTP time: 16.16 s (RFC 3550 §4).
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

fn from_units(count: u32, per_second: u32) -> Duration {
    Duration::from_nanos(u64::from(count) * 1_000_000_000 / u64::from(per_second.max(1)))
}

/// Why a packet is not RTCP, or does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RtcpError {
    /// A length is wrong: of the whole, or of a report within.
    #[error("the RTCP packet is too short for what it announces")]
    Short,
    /// Not version 2, or no type of RTCP.
    #[error("the packet is not RTCP")]
    NotRtcp,
    /// Padding is wrong, or elsewhere than at the end (RFC 3550 §6.1).
    #[error("the RTCP padding is wrong")]
    Padding,
    /// The buffer has no room for the report.
    #[error("the RTCP packet does not fit its buffer")]
    NoRoom,
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]
mod tests {
    use super::*;

    /// RFC 3550 §6.4.1, figure 2.
    #[test]
    fn round_trip_of_the_rfc() {
        let block = ReportBlock {
            ssrc: 1,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest: 0,
            jitter: 0,
            last_report: 0xb705_2000,
            delay: 0x0005_4000,
        };
        let rtt = block.rtt(0xb710_8000 << 16).unwrap();
        assert_eq!(rtt, Duration::from_millis(6125));
        assert_eq!(ReportBlock { last_report: 0, ..block }.rtt(0xb710_8000 << 16), None);
        // An answer before the report, and one from an hour ago.
        assert_eq!(block.rtt(0xb705_2000 << 16), None);
        assert_eq!(ReportBlock { delay: 0, ..block }.rtt(0xc705_2000 << 16), None);
    }

    #[test]
    fn the_clock_counts_seconds_and_fractions() {
        let start = Instant::now();
        let clock = NtpClock::new(start);
        let later = clock.at(start + Duration::from_millis(2500)) - clock.at(start);
        assert_eq!(later, (5 << 32) / 2);
    }
}
