//! The load generator: many voices, light enough that the server is what is measured.
//!
//! Owns the plan and the course of a load: floor, joins, a measured window, floor, report. Each
//! peer is real (a session over WebSocket; ICE, DTLS and SRTP over a socket of its own; every
//! packet authenticated, reception reported), on two media threads: one sends, one receives.

mod crowd;
mod floor;
pub(crate) mod histogram;
mod media;
mod packet;
mod peer;
pub(crate) mod proc;
mod report;
mod reports;
mod sdp;
pub(crate) mod socket;
mod srtp;
mod tally;

use std::time::Duration;

pub use self::report::{Percentiles, Report, ServerUse};
use self::{
    crowd::{Crowd, Joins, Measured},
    proc::Usage,
    tally::Tally,
};
use crate::Error;

/// Repetitions of the floor, before and after each.
const FLOORS: usize = 5;
/// A media thread busier than this distorts, share of a core.
const SATURATED: f64 = 0.85;

/// What to load a server with.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server, as in a browser.
    pub server: String,
    /// Peers that only talk, per room; 0–1,000.
    pub publishers: u32,
    /// Peers that only listen, per room; 0–10,000.
    pub subscribers: u32,
    /// How long to measure.
    pub duration: Duration,
    /// The room, where there is one; else rooms named `Load 1` and so on are used or created.
    pub room: Option<String>,
    /// Rooms, each with all its publishers and subscribers; 1–100.
    pub rooms: u32,
    /// Packets per second and publisher; 1–1,000.
    pub rate: u32,
    /// Payload, bytes; 25–1,100.
    pub payload: usize,
    /// Receiving sections of each subscriber; `None`: the server's K.
    pub slots: Option<u8>,
    /// Joins begun per second; 1–10,000.
    pub joins_per_second: u32,
    /// The server's process, to measure what it uses.
    pub server_pid: Option<u32>,
}

/// Runs a load; `told` hears how it goes on, and when `stop` is done everybody leaves early.
///
/// # Errors
/// [`Error::BadAddress`], [`Error::Unreachable`], [`Error::Refused`] (the server must run with its
/// rate limits off), [`Error::Voice`] if peers cannot connect.
pub async fn run(
    plan: &Plan,
    mut told: impl FnMut(&str),
    stop: impl Future<Output = ()>,
) -> Result<Report, Error> {
    plan.check()?;
    let mut floors = Vec::new();
    if plan.server_pid.is_some() {
        told("measuring the floor");
        floors.extend(floor(plan.payload + packet_overhead(), FLOORS).await?);
        plan.warm_up().await?;
    }
    let before = plan.usage()?;
    let mut crowd = Crowd::start(plan)?;
    let course = async {
        crowd.join(plan, &mut told).await?;
        crowd.measure(plan, &mut told).await
    };
    let measured = tokio::select! {
        measured = course => measured,
        () = stop => Err(Error::Unexpected("stopped before the end".into())),
    };
    told("leaving");
    let slots = crowd.slots;
    let (tally, joins) = crowd.leave().await?;
    let measured = measured?;
    if plan.server_pid.is_some() {
        let size = (tally.bytes / tally.received.max(1)) as usize;
        floors.extend(floor(size.max(60), FLOORS).await?);
    }
    Ok(plan.report(slots, &tally, &joins, &measured, before, &mut floors))
}

async fn floor(size: usize, repetitions: usize) -> Result<Vec<f64>, Error> {
    tokio::task::spawn_blocking(move || floor::measure(size, repetitions))
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))
}

/// What the server adds to a payload: RTP header, CSRC, extensions, tag; about.
fn packet_overhead() -> usize {
    12 + 4 + 8 + 16
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Voice(error.to_string())
}

impl Plan {
    fn check(&self) -> Result<(), Error> {
        let bounds: [(&str, u64, std::ops::RangeInclusive<u64>); 7] = [
            ("publishers", self.publishers.into(), 0..=1_000),
            ("subscribers", self.subscribers.into(), 0..=10_000),
            ("rooms", self.rooms.into(), 1..=100),
            ("rate", self.rate.into(), 1..=1_000),
            ("payload", self.payload as u64, packet::SMALLEST as u64..=1_100),
            ("slots", self.slots.unwrap_or(1).into(), 1..=32),
            ("joins per second", self.joins_per_second.into(), 1..=10_000),
        ];
        for (name, value, allowed) in bounds {
            if !allowed.contains(&value) {
                let (least, most) = (allowed.start(), allowed.end());
                return Err(Error::Unexpected(format!("{name}: {value} is not {least}–{most}")));
            }
        }
        Ok(())
    }

    /// A pair comes and goes, so that what the first peer of all makes resident (the code of a
    /// handshake, tables) is not charged to those who are measured.
    async fn warm_up(&self) -> Result<(), Error> {
        let pair = Self { publishers: 1, subscribers: 1, rooms: 1, ..self.clone() };
        let mut crowd = Crowd::start(&pair)?;
        let joined = crowd.join(&pair, &mut |_: &str| {}).await;
        crowd.leave().await?;
        joined
    }

    fn usage(&self) -> Result<Option<Usage>, Error> {
        self.server_pid.map(Usage::of).transpose()
    }

    fn report(
        &self,
        slots: u8,
        tally: &Tally,
        joins: &Joins,
        measured: &Measured,
        before: Option<Usage>,
        floors: &mut [f64],
    ) -> Report {
        let heard =
            f64::from(self.publishers.min(slots.into())) / f64::from(self.publishers.max(1));
        let expected = (tally.sent as f64 * f64::from(self.subscribers) * heard).round() as u64;
        let own_cpu_share = tally.cpu.as_secs_f64() / self.duration.as_secs_f64().max(1e-9);
        let per_packet = |time: Duration| time.as_secs_f64() * 1e6 / tally.received.max(1) as f64;
        let ends = (before, measured.joined, measured.start, measured.end);
        let server = if let (Some(before), Some(joined), Some(start), Some(end)) = ends {
            let (userspace, kernel) = (end.userspace - start.userspace, end.kernel - start.kernel);
            let peers = f64::from((self.publishers + self.subscribers) * self.rooms).max(1.0);
            let cpu_us_per_packet = per_packet(userspace + kernel);
            let floor_us = floor::median(floors);
            let joining = (joined.userspace + joined.kernel) - (before.userspace + before.kernel);
            let forwarding = cpu_us_per_packet * measured.joined_rtp as f64 / 1e3;
            Some(ServerUse {
                cpu_us_per_packet,
                userspace_us_per_packet: per_packet(userspace),
                kernel_us_per_packet: per_packet(kernel),
                cpu_share: (userspace + kernel).as_secs_f64() / measured.seconds,
                floor_us,
                floor_bytes: (tally.bytes / tally.received.max(1)) as usize,
                ratio_to_floor: cpu_us_per_packet / floor_us.max(1e-9),
                rss_kib_per_peer: end.rss_kib.saturating_sub(before.rss_kib) as f64 / peers,
                cpu_ms_per_join: (joining.as_secs_f64() * 1e3 - forwarding).max(0.0) / peers,
            })
        } else {
            None
        };
        Report {
            publishers: self.publishers,
            subscribers: self.subscribers,
            rooms: self.rooms,
            slots,
            rate: self.rate,
            payload_bytes: self.payload,
            seconds: measured.seconds,
            sent: tally.sent,
            sent_late: tally.late,
            expected,
            received: tally.received,
            loss: 1.0 - tally.received as f64 / expected.max(1) as f64,
            duplicates: tally.duplicates,
            foreign: tally.foreign,
            refused: tally.refused,
            rtcp: tally.rtcp,
            failed_peers: tally.failed,
            received_per_second: tally.received as f64 / self.duration.as_secs_f64().max(1e-9),
            latency: tally.latency.percentiles(),
            join_to_connected: joins.to_connected.percentiles(),
            join_to_first_packet: joins.to_first_packet.percentiles(),
            own_cpu_share,
            saturated: own_cpu_share > SATURATED,
            server,
        }
    }
}
