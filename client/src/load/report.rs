//! What a load found, for people and for programs.
//!
//! Owns the words and units of the result.

use std::fmt;

use serde::Serialize;

/// Percentiles of some durations, ms.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Percentiles {
    /// Half of them are not longer.
    pub p50_ms: f64,
    /// 95 of 100 are not longer.
    pub p95_ms: f64,
    /// 99 of 100 are not longer.
    pub p99_ms: f64,
}

/// The result of a load.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Talking peers per room.
    pub publishers: u32,
    /// Listening peers per room.
    pub subscribers: u32,
    /// Rooms.
    pub rooms: u32,
    /// Receiving sections of each subscriber.
    pub slots: u8,
    /// Packets per second and publisher.
    pub rate: u32,
    /// Payload of each packet, bytes.
    pub payload_bytes: usize,
    /// Length of the measured window, s.
    pub seconds: f64,
    /// Packets sent within the window.
    pub sent: u64,
    /// Of these, sent more than a period late: the load was not even.
    pub sent_late: u64,
    /// Packets that the subscribers should have got: at most `slots` publishers each.
    pub expected: u64,
    /// Packets that they got.
    pub received: u64,
    /// 1 − received/expected.
    pub loss: f64,
    /// The same packet again.
    pub duplicates: u64,
    /// Packets of another room.
    pub foreign: u64,
    /// Packets that did not authenticate.
    pub refused: u64,
    /// Authentic RTCP packets.
    pub rtcp: u64,
    /// Peers that failed or were closed.
    pub failed_peers: u64,
    /// Packets received per second.
    pub received_per_second: f64,
    /// From before the publisher's `send` to after the subscriber's `recv`.
    pub latency: Percentiles,
    /// From the request to enter the room to the SRTP keys; all peers.
    pub join_to_connected: Percentiles,
    /// From the request to enter the room to the first packet of sound; subscribers.
    pub join_to_first_packet: Percentiles,
    /// The busiest media thread of the load itself, share of a core.
    pub own_cpu_share: f64,
    /// The load itself was too busy to be trusted.
    pub saturated: bool,
    /// What the server used, if its process was named.
    pub server: Option<ServerUse>,
}

/// What the server used.
#[derive(Debug, Clone, Serialize)]
pub struct ServerUse {
    /// CPU per packet received, µs.
    pub cpu_us_per_packet: f64,
    /// Of which in userspace.
    pub userspace_us_per_packet: f64,
    /// Of which in the kernel.
    pub kernel_us_per_packet: f64,
    /// CPU during the window, share of a core.
    pub cpu_share: f64,
    /// The bare `sendmmsg(64)` of a datagram of the same size, µs.
    pub floor_us: f64,
    /// Bytes of that datagram.
    pub floor_bytes: usize,
    /// CPU per packet ÷ floor.
    pub ratio_to_floor: f64,
    /// Resident memory per peer, session included, KiB.
    pub rss_kib_per_peer: f64,
    /// CPU per join, ms, after deducting the packets that were forwarded meanwhile.
    pub cpu_ms_per_join: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (publishers, subscribers, rooms) = (self.publishers, self.subscribers, self.rooms);
        write!(f, "{publishers}×{subscribers} in {rooms} room(s), {} slots, ", self.slots)?;
        writeln!(
            f,
            "{} packets/s of {} bytes, {:.1} s",
            self.rate, self.payload_bytes, self.seconds
        )?;
        writeln!(f, "sent        {} ({} late)", self.sent, self.sent_late)?;
        writeln!(f, "expected    {}", self.expected)?;
        write!(f, "received    {} ({:.0}/s), loss ", self.received, self.received_per_second)?;
        writeln!(
            f,
            "{:.4} %, {} duplicates, {} refused, {} of other rooms, {} peers failed",
            self.loss * 100.0,
            self.duplicates,
            self.refused,
            self.foreign,
            self.failed_peers
        )?;
        writeln!(f, "latency     {}", self.latency)?;
        writeln!(f, "join        {} to connected", self.join_to_connected)?;
        writeln!(f, "            {} to first packet", self.join_to_first_packet)?;
        if let Some(server) = &self.server {
            write!(
                f,
                "server      {:.2} µs per packet (userspace {:.2}, kernel {:.2}), ",
                server.cpu_us_per_packet,
                server.userspace_us_per_packet,
                server.kernel_us_per_packet
            )?;
            writeln!(f, "{:.1} % of a core", server.cpu_share * 100.0)?;
            writeln!(
                f,
                "floor       {:.2} µs per sendmmsg(64) of {} bytes; ratio {:.2}",
                server.floor_us, server.floor_bytes, server.ratio_to_floor
            )?;
            writeln!(f, "memory      {:.1} KiB per peer", server.rss_kib_per_peer)?;
            writeln!(f, "join cpu    {:.2} ms", server.cpu_ms_per_join)?;
        }
        write!(f, "load itself {:.1} % of a core", self.own_cpu_share * 100.0)?;
        if self.saturated { write!(f, ": SATURATED, do not trust these figures") } else { Ok(()) }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.2}  p95 {:.2}  p99 {:.2} ms", self.p50_ms, self.p95_ms, self.p99_ms)
    }
}
