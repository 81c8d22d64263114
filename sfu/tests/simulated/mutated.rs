//! What a real call sends, changed by seeded dice, through the whole core: demultiplexer, checks,
//! DTLS records, RTP and RTCP. Each is an error or is passed over, and ends at most its own session.

use std::time::{Duration, Instant};

use crate::{dice::Dice, wire::World};

/// No datagram may keep the core for so long, even on a loaded machine.
const AT_MOST: Duration = Duration::from_secs(1);

impl Dice {
    /// Cuts, stretches, splices and changes; now and then only the length field of something.
    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.roll(seeds.len())].clone();
        match self.roll(6) {
            0 => bytes.truncate(self.roll(bytes.len() + 1)),
            1 => bytes.extend_from_slice(&seeds[self.roll(seeds.len())]),
            2 => bytes.resize(bytes.len() + self.roll(1500), self.roll(256) as u8),
            3 => {
                let other = &seeds[self.roll(seeds.len())];
                let at = self.roll(bytes.len().min(other.len()));
                bytes.truncate(at);
                bytes.extend_from_slice(&other[at..]);
            }
            _ => {}
        }
        for _ in 0..=self.roll(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.roll(bytes.len());
            bytes[at] = match self.roll(4) {
                0 => 0,
                1 => 0xff,
                2 => bytes[at] ^ (1 << self.roll(8)),
                _ => self.roll(256) as u8,
            };
        }
        bytes
    }
}

/// All that one call sends to the core, from its first check on.
fn seeds() -> Vec<Vec<u8>> {
    let mut world = World::new();
    world.join(1, 1);
    world.join(2, 1);
    let now = world.now;
    world.browsers.iter_mut().for_each(|browser| browser.speak(Some(20), now));
    world.advance(Duration::from_secs(1));
    let (path, report) = (world.browsers[0].path, world.browsers[0].report(&[]));
    world.inject(&path, &report);
    let trace = std::mem::take(&mut world.trace);
    for class in [0..4, 20..64, 128..192] {
        assert!(trace.iter().any(|seed| class.contains(&seed[0])), "{class:?}");
    }
    trace
}

#[test]
fn mutated_datagrams_end_no_call() {
    let seeds = seeds();
    let mut dice = Dice(0x5eed_0001);
    let mut world = World::connected(3, 2);
    let own = world.browsers[2].path;
    let mut stranger = own;
    stranger.remote.set_port(9);
    for round in 0..40_000 {
        let bytes = dice.mutate(&seeds);
        let began = Instant::now();
        world.inject(if round % 2 == 0 { &own } else { &stranger }, &bytes);
        assert!(began.elapsed() < AT_MOST, "{bytes:02x?}");
        if round % 1000 == 0 {
            world.trace.clear();
            world.advance(Duration::from_millis(100));
        }
    }
    assert_eq!(world.datagrams_to.get(&stranger.remote), None);
    // Nor did it end the call that it came beside.
    let since = world.now;
    world.browsers.iter_mut().for_each(|browser| browser.speak(Some(20), since));
    world.advance(Duration::from_secs(1));
    for (at, others) in [[2, 3], [1, 3], [1, 2]].into_iter().enumerate() {
        assert_eq!(world.browsers[at].talkers_since(since), others);
        assert_eq!(world.closed(world.browsers[at].id), None);
    }
    let counters = world.core.counters();
    assert!(counters.bad_stun > 0 && counters.bad_class > 0 && counters.rtp_forged > 0);
}

#[test]
fn a_mutated_handshake_ends_itself_at_most() {
    let seeds = seeds();
    let mut dice = Dice(0x5eed_0002);
    let mut world = World::connected(2, 1);
    let (mut ended, mut connected) = (0, 0);
    for number in 3..103 {
        let at = world.join(number, 1);
        let path = world.browsers[at].path;
        for _ in 0..20 {
            world.advance(Duration::from_millis(2));
            let bytes = dice.mutate(&seeds);
            let began = Instant::now();
            world.inject(&path, &bytes);
            assert!(began.elapsed() < AT_MOST, "{bytes:02x?}");
        }
        world.advance(Duration::from_secs(2));
        world.trace.clear();
        let id = world.browsers[at].id;
        ended += usize::from(world.closed(id).is_some());
        connected += usize::from(world.closed(id).is_none() && world.transport(id).is_some());
        // Gone before the next, so that few are there at a time.
        world.close(at);
        world.advance(Duration::from_millis(50));
    }
    println!("{connected} connected, {ended} ended");
    assert!(connected > 0);
    let since = world.now;
    world.browsers[0].speak(Some(20), since);
    world.advance(Duration::from_millis(500));
    assert_eq!(world.browsers[1].talkers_since(since), [1]);
    assert_eq!(world.core.counters().faults, 0);
}
