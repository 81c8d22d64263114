//! What a load of chat came to.
//!
//! Owns the figures and how they are shown.

use std::fmt;

use serde::Serialize;

use crate::load::Percentiles;

/// The figures of a load.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Who wrote, per room.
    pub senders: u32,
    /// Who only read, per room.
    pub readers: u32,
    /// Rooms.
    pub rooms: u32,
    /// Messages per second and room that were wanted.
    pub rate: u32,
    /// The measured window.
    pub seconds: f64,
    /// Messages sent, before the window too.
    pub sent: u64,
    /// Of which more than 20 ms late.
    pub sent_late: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Acknowledgements of a number that was given before.
    pub numbered_twice: u64,
    /// Messages that were neither acknowledged nor refused.
    pub unanswered: u64,
    /// Messages refused.
    pub refused: u64,
    /// Sockets that were closed, and what could not be sent.
    pub failed: u64,
    /// From sending to the acknowledgement, of what was sent in the window.
    pub ack: Percentiles,
    /// Messages that reached somebody, the writers too; before the window too.
    pub deliveries: u64,
    /// Of which per second of the window.
    pub deliveries_per_second: f64,
    /// From sending to having been read, of what was sent in the window.
    pub delivery: Percentiles,
    /// Stored and not delivered, over all readers.
    pub lost: u64,
    /// Delivered again.
    pub duplicated: u64,
    /// Delivered after what comes later.
    pub misordered: u64,
    /// What the server used, if its process was named.
    pub server: Option<ServerUse>,
    /// CPU of the load's thread, share of a core.
    pub own_cpu_share: f64,
    /// Whether that was too much for the other figures to be trusted.
    pub saturated: bool,
}

/// What the server used within the window.
#[derive(Debug, Clone, Serialize)]
pub struct ServerUse {
    /// CPU per delivered message, µs.
    pub cpu_us_per_delivery: f64,
    /// Of which in the program itself.
    pub userspace_us_per_delivery: f64,
    /// Of which in the kernel.
    pub kernel_us_per_delivery: f64,
    /// CPU of bare writes of as many bytes to as many sockets, measured beside it, µs each.
    pub floor_us: f64,
    /// CPU per delivered message ÷ floor.
    pub ratio_to_floor: f64,
    /// CPU, share of a core.
    pub cpu_share: f64,
    /// Resident memory at the end, KiB.
    pub rss_kib: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (senders, readers, rooms) = (self.senders, self.readers, self.rooms);
        write!(f, "{senders} write and {readers} more read in each of {rooms} room(s), ")?;
        writeln!(f, "{} messages/s in each, {:.1} s", self.rate, self.seconds)?;
        writeln!(f, "sent        {} ({} late)", self.sent, self.sent_late)?;
        writeln!(
            f,
            "stored      {}; {} refused, {} unanswered, {} numbered twice, {} failures",
            self.acknowledged, self.refused, self.unanswered, self.numbered_twice, self.failed
        )?;
        writeln!(f, "ack         {}", self.ack)?;
        write!(f, "delivered   {} ({:.0}/s), ", self.deliveries, self.deliveries_per_second)?;
        let (lost, duplicated) = (self.lost, self.duplicated);
        writeln!(f, "{lost} lost, {duplicated} duplicated, {} misordered", self.misordered)?;
        writeln!(f, "delivery    {}", self.delivery)?;
        if let Some(server) = &self.server {
            writeln!(
                f,
                "server      {:.2} µs per delivery (userspace {:.2}, kernel {:.2}), {:.1} % of a \
                 core, {:.1} MiB",
                server.cpu_us_per_delivery,
                server.userspace_us_per_delivery,
                server.kernel_us_per_delivery,
                server.cpu_share * 100.0,
                server.rss_kib as f64 / 1024.0
            )?;
            let (floor, ratio) = (server.floor_us, server.ratio_to_floor);
            writeln!(f, "floor       {floor:.2} µs per bare write; ratio {ratio:.2}")?;
        }
        write!(f, "load itself {:.1} % of a core", self.own_cpu_share * 100.0)?;
        if self.saturated { write!(f, ": SATURATED, do not trust these figures") } else { Ok(()) }
    }
}
