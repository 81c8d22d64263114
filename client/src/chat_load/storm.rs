//! Everybody joins one room at once: what that costs in frames and bytes.
//!
//! Owns the counting of all that all of them are sent, from the first join until nothing comes any
//! more.

use std::{
    fmt,
    os::fd::AsFd,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    LISTEN_EVERY,
    room::Rooms,
    seat::{self, Seat, walk_into},
};
use crate::{Error, load::socket::Epoll};

/// Nothing came for so long: it is over.
const QUIET: Duration = Duration::from_secs(3);
/// It is over by then whatever comes.
const LONGEST: Duration = Duration::from_secs(60);

/// What it came to when many joined one room at once.
#[derive(Debug, Clone, Serialize)]
pub struct Storm {
    /// How many.
    pub people: u32,
    /// Frames that all of them received in total; pongs do not count.
    pub frames: u64,
    /// Bytes of those, without the heads of frames.
    pub bytes: u64,
    /// From the first join until the last frame, s.
    pub seconds: f64,
    /// Sockets that were closed meanwhile.
    pub failed: u32,
}

/// Lets so many people, 1–10,000, walk into the room `Load 1` at once. Blocks its thread.
///
/// # Errors
/// As [`super::run`].
pub fn storm(server: &str, people: u32, mut told: impl FnMut(&str)) -> Result<Storm, Error> {
    let broken = |error: std::io::Error| Error::Unreachable(error.to_string());
    let address = seat::address(server)?;
    let rooms = Rooms::ready(&address, 1)?;
    let mut epoll = Epoll::new().map_err(broken)?;
    let mut seats: Vec<Seat> = Vec::new();
    for n in 0..people {
        let mut seat = Seat::open(&address)?;
        seat.unblock()?;
        epoll.watch(seat.socket().as_fd(), n.into()).map_err(broken)?;
        seats.push(seat);
        if n % LISTEN_EVERY == LISTEN_EVERY - 1 {
            for seat in &mut seats {
                // Whoever is closed is counted once it matters.
                let _ = seat.hear(|_| {});
            }
        }
        if n % 100 == 99 {
            told(&format!("coming in: {}", n + 1));
        }
    }
    // What was told before does not count.
    while let ready = epoll.wait(Duration::from_secs(1)).map_err(broken)?.collect::<Vec<_>>()
        && !ready.is_empty()
    {
        for token in ready {
            seats[token as usize].hear(|_| {});
        }
    }
    let received = |seats: &[Seat]| {
        let all = seats.iter().map(Seat::received);
        all.fold((0, 0), |(frames, bytes), (f, b)| (frames + f, bytes + b))
    };
    let (frames, bytes) = received(&seats);
    let mut failed = 0;
    let began = Instant::now();
    for seat in &mut seats {
        seat.send(walk_into(rooms.id(0))).map_err(|error| Error::Unreachable(error.to_string()))?;
    }
    let mut last = began;
    while last.elapsed() < QUIET && began.elapsed() < LONGEST {
        let ready: Vec<u64> = epoll.wait(Duration::from_millis(100)).map_err(broken)?.collect();
        if !ready.is_empty() {
            last = Instant::now();
        }
        for token in ready {
            failed += u32::from(!seats[token as usize].hear(|_| {}));
        }
    }
    let (all_frames, all_bytes) = received(&seats);
    Ok(Storm {
        people,
        frames: all_frames - frames,
        bytes: all_bytes - bytes,
        seconds: (last - began).as_secs_f64(),
        failed,
    })
}

impl fmt::Display for Storm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, frames, bytes, seconds, failed } = self;
        write!(f, "{people} joined one room: {frames} frames, {bytes} bytes in total, ")?;
        write!(f, "{seconds:.2} s until the last; {failed} failed")
    }
}
