//! Datagrams on their way to the kernel.
//!
//! Owns the buffers that the core writes into, and the bounded queue of what the kernel would not
//! take: control first, the oldest media dropped. Nothing is allocated while the kernel keeps up.

use std::{
    collections::VecDeque,
    io,
    time::{Duration, Instant},
};

use super::{
    latency::Latency,
    socket::{self, BATCH, Departure, UdpPort},
};
use crate::{
    counters::Counters,
    outlet::{Kind, MAX_DATAGRAM, Outlet, Path},
};

/// Datagrams that may wait for the kernel.
const MAX_WAITING: usize = 4096;

/// Room for a whole batch of voice packets, bytes; one of long datagrams is sent in parts.
const BYTES: usize = 32 << 10;
/// Each datagram begins on a cache line of its own.
const ALIGNMENT: usize = 64;

/// Buffers of one system call, and what waits behind them.
pub(super) struct Batch {
    port: UdpPort,
    /// The datagrams, side by side, so that they fill few pages and cache lines.
    bytes: Box<[u8; BYTES]>,
    slots: [Slot; BATCH],
    len: usize,
    /// Where the next one goes in `bytes`.
    end: usize,
    waiting: VecDeque<Waiting>,
    max_wait: Duration,
    /// When the datagram that is being handled arrived, and when handling began.
    arrived: Instant,
    now: Instant,
    pub(super) latency: Latency,
    /// What the shell counts; the core has its own.
    pub(super) sent: Counters,
}

#[derive(Clone, Copy)]
struct Slot {
    path: Path,
    /// Where it is in `bytes`.
    start: usize,
    len: usize,
    kind: Kind,
    arrived: Instant,
}

impl Slot {
    fn of<'b>(&self, bytes: &'b [u8; BYTES]) -> &'b [u8] {
        &bytes[self.start..self.start + self.len]
    }
}

struct Waiting {
    slot: Slot,
    bytes: Box<[u8]>,
    since: Instant,
}

impl Batch {
    pub(super) fn new(port: UdpPort, max_wait: Duration, now: Instant) -> io::Result<Self> {
        let local = port.local_addr()?;
        let path = Path {
            local: crate::outlet::LocalAddr { ip: local.ip(), interface: 0 },
            remote: local,
        };
        let slot = Slot { path, start: 0, len: 0, kind: Kind::Control, arrived: now };
        Ok(Self {
            port,
            bytes: Box::new([0; BYTES]),
            slots: [slot; BATCH],
            len: 0,
            end: 0,
            waiting: VecDeque::new(),
            max_wait,
            arrived: now,
            now,
            latency: Latency::default(),
            sent: Counters::default(),
        })
    }

    pub(super) fn port(&self) -> &UdpPort {
        &self.port
    }

    /// What comes next is caused by something that arrived `waited` before `now`.
    pub(super) fn begin(&mut self, now: Instant, waited: Duration) {
        self.now = now;
        self.arrived = now.checked_sub(waited).unwrap_or(now);
    }

    /// Whether the kernel is to say when it takes more.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Gives everything to the kernel that it takes.
    pub(super) fn flush(&mut self, now: Instant) {
        self.now = now;
        self.send_waiting();
        let mut from = 0;
        while from < self.len && self.waiting.is_empty() {
            let departures = self.slots[from..self.len]
                .iter()
                .map(|slot| Departure { path: slot.path, datagram: slot.of(&self.bytes) });
            match socket::send(&self.port, departures) {
                Ok(0) => break,
                Ok(sent) => {
                    for slot in &self.slots[from..from + sent] {
                        note_sent(&mut self.sent, &mut self.latency, slot, now);
                    }
                    from += sent;
                }
                Err(error) if is_full(&error) => break,
                Err(error) => {
                    note_refused(&mut self.sent, &error);
                    from += 1;
                }
            }
        }
        for at in from..self.len {
            let slot = self.slots[at];
            let bytes = slot.of(&self.bytes).into();
            self.keep(Waiting { slot, bytes, since: now });
        }
        (self.len, self.end) = (0, 0);
    }

    fn send_waiting(&mut self) {
        while !self.waiting.is_empty() {
            self.drop_stale();
            let departures = self
                .waiting
                .iter()
                .map(|waiting| Departure { path: waiting.slot.path, datagram: &waiting.bytes });
            match socket::send(&self.port, departures) {
                Ok(0) => return,
                Ok(sent) => {
                    for waiting in self.waiting.drain(..sent) {
                        note_sent(&mut self.sent, &mut self.latency, &waiting.slot, self.now);
                    }
                }
                Err(error) if is_full(&error) => return,
                Err(error) => {
                    note_refused(&mut self.sent, &error);
                    self.waiting.pop_front();
                }
            }
        }
    }

    fn keep(&mut self, waiting: Waiting) {
        if self.waiting.len() >= MAX_WAITING {
            let oldest = self.waiting.iter().position(|w| w.slot.kind == Kind::Media).unwrap_or(0);
            self.waiting.remove(oldest);
            self.sent.dropped_unsent += 1;
        }
        self.waiting.push_back(waiting);
    }

    /// A late voice packet is worth nothing.
    fn drop_stale(&mut self) {
        let (now, max_wait, before) = (self.now, self.max_wait, self.waiting.len());
        self.waiting.retain(|waiting| {
            waiting.slot.kind == Kind::Control
                || now.saturating_duration_since(waiting.since) <= max_wait
        });
        self.sent.dropped_unsent += (before - self.waiting.len()) as u64;
    }
}

impl Outlet for Batch {
    fn send(
        &mut self,
        path: &Path,
        kind: Kind,
        fill: impl FnOnce(&mut [u8; MAX_DATAGRAM]) -> usize,
    ) {
        if self.len == BATCH || self.end + MAX_DATAGRAM > BYTES {
            self.flush(self.now);
        }
        let start = self.end;
        let Some(buffer) = self.bytes[start..].first_chunk_mut() else { return };
        let len = fill(buffer).min(MAX_DATAGRAM);
        if len > 0 {
            self.slots[self.len] = Slot { path: *path, start, len, kind, arrived: self.arrived };
            self.len += 1;
            self.end = (start + len).next_multiple_of(ALIGNMENT);
        }
    }
}

fn note_sent(sent: &mut Counters, latency: &mut Latency, slot: &Slot, now: Instant) {
    sent.datagrams_out += 1;
    sent.bytes_out += slot.len as u64;
    if slot.kind == Kind::Media {
        latency.record(now.saturating_duration_since(slot.arrived));
    }
}

fn note_refused(sent: &mut Counters, error: &io::Error) {
    sent.send_errors += 1;
    tracing::debug!(%error, "a datagram could not be sent");
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOBUFS | libc::EINTR))
}
