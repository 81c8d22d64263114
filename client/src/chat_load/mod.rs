//! The load generator of chat: many who write, many who read, and an oracle that sees everything.
//!
//! Owns the plan and the course of a load: everybody comes in, a measured window, everybody has
//! everything, report. Each one is a real session over a socket of its own; one thread serves them
//! all, so that the server is what is measured.

mod floor;
mod ledger;
mod report;
mod room;
mod seat;
mod storm;

use std::{
    collections::BTreeMap,
    os::fd::AsFd,
    time::{Duration, Instant},
};

pub use self::{
    report::{Report, ServerUse},
    storm::{Storm, storm},
};
use self::{
    room::Rooms,
    seat::{Heard, Seat},
};
use crate::{
    Error,
    load::{
        histogram::Histogram,
        proc::Usage,
        socket::{Epoll, thread_cpu},
    },
};

/// Before the window, so that what is measured is not the beginning.
const WARM_UP: Duration = Duration::from_secs(1);
/// What was acknowledged has reached everybody by then.
const DRAIN: Duration = Duration::from_secs(10);
/// While people come in, those who are in take what they are told once in so many: however long it
/// takes, nobody is given up as silent or too slow.
const LISTEN_EVERY: u32 = 20;
/// A thread busier than this distorts, share of a core.
const SATURATED: f64 = 0.85;

/// What to load a server with.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server, `http://…` (without TLS).
    pub server: String,
    /// People who write, and read as everybody, per room; 1–10,000.
    pub senders: u32,
    /// People who only read, per room; 0–10,000.
    pub readers: u32,
    /// Messages per second and room, by all senders together; 1–10,000.
    pub rate: u32,
    /// How long to measure.
    pub duration: Duration,
    /// Rooms, each with all its senders and readers; 1–1,000.
    pub rooms: u32,
    /// The server's process, to measure what it uses.
    pub server_pid: Option<u32>,
}

/// Runs a load; `told` hears how it goes on. Blocks its thread for as long as it lasts.
///
/// # Errors
/// [`Error::BadAddress`], [`Error::Unreachable`], [`Error::Refused`] (the server must run with its
/// rate limits off).
pub fn run(plan: &Plan, mut told: impl FnMut(&str)) -> Result<Report, Error> {
    plan.check()?;
    let mut load = Load::enter(plan, &mut told)?;
    load.measure(plan, &mut told)
}

struct Load {
    epoch: Instant,
    epoll: Epoll,
    /// By room: first those who write.
    seats: Vec<Seat>,
    rooms: Rooms,
    /// When each message was sent that is not acknowledged: by seat and request.
    waiting: BTreeMap<(usize, u32), Duration>,
    acks: Histogram,
    deliveries: Histogram,
    delivered: u64,
    refused: u64,
    failed: u64,
}

impl Load {
    fn enter(plan: &Plan, told: &mut impl FnMut(&str)) -> Result<Self, Error> {
        let address = seat::address(&plan.server)?;
        let rooms = Rooms::ready(&address, plan.rooms)?;
        let epoll = Epoll::new().map_err(|error| Error::Unreachable(error.to_string()))?;
        let mut seats: Vec<Seat> = Vec::new();
        for room in 0..plan.rooms as usize {
            for _ in 0..plan.senders + plan.readers {
                let mut seat = Seat::open(&address)?;
                seat.join(room, rooms.id(room))?;
                epoll
                    .watch(seat.socket().as_fd(), seats.len() as u64)
                    .map_err(|error| Error::Unreachable(error.to_string()))?;
                seats.push(seat);
                if seats.len().is_multiple_of(LISTEN_EVERY as usize) {
                    for seat in &mut seats {
                        // Whoever is closed is counted once it matters.
                        let _ = seat.hear(|_| {});
                    }
                }
                if seats.len().is_multiple_of(100) {
                    told(&format!("joining: {} in", seats.len()));
                }
            }
        }
        Ok(Self {
            epoch: Instant::now(),
            epoll,
            seats,
            rooms,
            waiting: BTreeMap::new(),
            acks: Histogram::default(),
            deliveries: Histogram::default(),
            delivered: 0,
            refused: 0,
            failed: 0,
        })
    }

    fn measure(&mut self, plan: &Plan, told: &mut impl FnMut(&str)) -> Result<Report, Error> {
        let writing = WARM_UP + plan.duration;
        let pace = Duration::from_secs_f64(1.0 / f64::from(plan.rate * plan.rooms));
        let (mut due, mut sent, mut late) = (Duration::ZERO, 0_u64, 0_u64);
        let mut begin = None;
        let mut next_word = WARM_UP + Duration::from_secs(5);
        self.epoch = Instant::now();
        while self.epoch.elapsed() < writing {
            let now = self.epoch.elapsed();
            if begin.is_none() && now >= WARM_UP {
                begin = Some((plan.usage()?, self.delivered, thread_cpu(), now));
            }
            if now >= next_word {
                told(&format!("measuring: {} s", (now - WARM_UP).as_secs()));
                next_word += Duration::from_secs(5);
            }
            while due <= self.epoch.elapsed() {
                late += u64::from(self.epoch.elapsed() > due + Duration::from_millis(20));
                self.write(plan, sent);
                sent += 1;
                due += pace;
            }
            self.hear(due.saturating_sub(self.epoch.elapsed()))?;
        }
        let (usage, delivered, cpu, from) =
            begin.ok_or_else(|| Error::Unexpected("nothing was measured".into()))?;
        let end = plan.usage()?;
        let seconds = (self.epoch.elapsed() - from).as_secs_f64();
        let counted = self.delivered - delivered;
        let own = (thread_cpu() - cpu).as_secs_f64() / seconds;
        told("waiting for what is under way");
        let until = self.epoch.elapsed() + DRAIN;
        while self.epoch.elapsed() < until && !self.is_complete() {
            self.hear(Duration::from_millis(50))?;
        }
        let floor = end.map(|_| self.floor(plan, told)).transpose()?;
        let server = usage.zip(end).zip(floor).map(|((start, end), floor_us)| {
            let userspace = (end.userspace - start.userspace).as_secs_f64();
            let kernel = (end.kernel - start.kernel).as_secs_f64();
            let per = |seconds: f64| seconds * 1e6 / counted.max(1) as f64;
            ServerUse {
                cpu_us_per_delivery: per(userspace + kernel),
                userspace_us_per_delivery: per(userspace),
                kernel_us_per_delivery: per(kernel),
                floor_us,
                ratio_to_floor: per(userspace + kernel) / floor_us.max(1e-9),
                cpu_share: (userspace + kernel) / seconds,
                rss_kib: end.rss_kib,
            }
        });
        Ok(self.report(plan, Window { seconds, counted, own, sent, late, server }))
    }

    /// What the kernel alone takes for what came, to as many as a room has.
    fn floor(&self, plan: &Plan, told: &mut impl FnMut(&str)) -> Result<f64, Error> {
        told("measuring the floor");
        let (frames, bytes) = self
            .seats
            .iter()
            .map(Seat::received)
            .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        let size = (bytes / frames.max(1)) as usize;
        floor::measure((plan.senders + plan.readers) as usize, size, plan.rate)
            .map_err(|error| Error::Unexpected(error.to_string()))
    }

    /// Everybody of a room writes in turn, and the rooms do.
    fn write(&mut self, plan: &Plan, nth: u64) {
        let room = (nth % u64::from(plan.rooms)) as usize;
        let turn = nth / u64::from(plan.rooms);
        let per_room = (plan.senders + plan.readers) as usize;
        let writer = room * per_room + (turn % u64::from(plan.senders)) as usize;
        let count = turn / u64::from(plan.senders) + 1;
        let now = self.epoch.elapsed();
        match self.seats[writer].write(self.rooms.id(room), writer, count, now) {
            Some(request) => drop(self.waiting.insert((writer, request), now)),
            None => self.failed += 1,
        }
    }

    /// Takes what has come, or waits for it for at most so long.
    fn hear(&mut self, wait: Duration) -> Result<(), Error> {
        let ready: Vec<u64> =
            self.epoll.wait(wait).map_err(|error| Error::Unreachable(error.to_string()))?.collect();
        for token in ready {
            let at = token as usize;
            let epoch = self.epoch;
            let (acks, waiting, rooms) = (&mut self.acks, &mut self.waiting, &mut self.rooms);
            let (deliveries, refused) = (&mut self.deliveries, &mut self.refused);
            let mut delivered = 0;
            let room = self.seats[at].room();
            let alive = self.seats[at].hear(|heard| match heard {
                Heard::Written { sent } => {
                    delivered += 1;
                    let age = epoch.elapsed().saturating_sub(sent);
                    if sent >= WARM_UP {
                        deliveries.add(age);
                    }
                }
                Heard::Stored { request, seq } => {
                    rooms.stored(room, seq);
                    if let Some(sent) = waiting.remove(&(at, request))
                        && sent >= WARM_UP
                    {
                        acks.add(epoch.elapsed() - sent);
                    }
                }
                Heard::Refused { request } => {
                    waiting.remove(&(at, request));
                    *refused += 1;
                }
            });
            self.delivered += delivered;
            if !alive {
                self.failed += 1;
            }
        }
        Ok(())
    }

    /// Whether everything is answered, and everybody has what was stored.
    fn is_complete(&self) -> bool {
        self.waiting.is_empty()
            && self
                .seats
                .iter()
                .all(|seat| !seat.is_open() || seat.ledger().has_all(self.rooms.last(seat.room())))
    }

    fn report(&self, plan: &Plan, window: Window) -> Report {
        let (mut lost, mut duplicated, mut misordered) = (0, 0, 0);
        for seat in &self.seats {
            let ledger = seat.ledger();
            lost += ledger.lost(self.rooms.last(seat.room()));
            duplicated += ledger.duplicated();
            misordered += ledger.misordered();
        }
        Report {
            senders: plan.senders,
            readers: plan.readers,
            rooms: plan.rooms,
            rate: plan.rate,
            seconds: window.seconds,
            sent: window.sent,
            sent_late: window.late,
            acknowledged: self.rooms.acknowledged(),
            numbered_twice: self.rooms.numbered_twice(),
            unanswered: self.waiting.len() as u64,
            refused: self.refused,
            failed: self.failed,
            ack: self.acks.percentiles(),
            deliveries: self.delivered,
            deliveries_per_second: window.counted as f64 / window.seconds,
            delivery: self.deliveries.percentiles(),
            lost,
            duplicated,
            misordered,
            server: window.server,
            own_cpu_share: window.own,
            saturated: window.own > SATURATED,
        }
    }
}

/// What the measured window came to.
struct Window {
    seconds: f64,
    /// Deliveries within it.
    counted: u64,
    /// CPU of the load itself, share of a core.
    own: f64,
    sent: u64,
    late: u64,
    server: Option<ServerUse>,
}

impl Plan {
    fn check(&self) -> Result<(), Error> {
        let bounds: [(&str, u32, std::ops::RangeInclusive<u32>); 4] = [
            ("senders", self.senders, 1..=10_000),
            ("readers", self.readers, 0..=10_000),
            ("rate", self.rate, 1..=10_000),
            ("rooms", self.rooms, 1..=1_000),
        ];
        for (name, value, allowed) in bounds {
            if !allowed.contains(&value) {
                let (least, most) = (allowed.start(), allowed.end());
                return Err(Error::Unexpected(format!("{name}: {value} is not {least}–{most}")));
            }
        }
        Ok(())
    }

    fn usage(&self) -> Result<Option<Usage>, Error> {
        self.server_pid.map(Usage::of).transpose()
    }
}
