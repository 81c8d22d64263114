//! A room in which everybody is connected and the talkers speak: what is sent next can be made
//! beforehand, so that nothing but the core works while one looks.

use std::time::{Duration, Instant};

use hearth_config::DtlsVersion;
use hearth_sfu::outlet::{Kind, MAX_DATAGRAM, Outlet, Path};

use crate::{
    browser::FRAME,
    wire::{World, settings},
};

/// Counts what the core sends, and throws it away.
pub(crate) struct Count {
    pub(crate) media: usize,
    pub(crate) control: usize,
    buffer: [u8; MAX_DATAGRAM],
}

impl std::fmt::Debug for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of media, {} of control", self.media, self.control)
    }
}

impl Default for Count {
    fn default() -> Self {
        Self { media: 0, control: 0, buffer: [0xa5; MAX_DATAGRAM] }
    }
}

impl Outlet for Count {
    fn send(
        &mut self,
        _path: &Path,
        kind: Kind,
        fill: impl FnOnce(&mut [u8; MAX_DATAGRAM]) -> usize,
    ) {
        let sent = usize::from(fill(&mut self.buffer) > 0);
        match kind {
            Kind::Media => self.media += sent,
            Kind::Control => self.control += sent,
        }
    }
}

/// A talker's packet on its way.
pub(crate) struct Spoken {
    at: Instant,
    path: Path,
    datagram: Vec<u8>,
}

/// The room; the talkers are the first browsers.
pub(crate) struct Stage {
    pub(crate) world: World,
    talkers: usize,
}

impl Stage {
    /// Everybody has a slot for each talker.
    pub(crate) fn new(talkers: u32, listeners: u32) -> Self {
        let slots = talkers as usize;
        let settings = hearth_config::Sfu { slots, ..settings() };
        let mut world = World::with(DtlsVersion::V12, settings);
        for number in 1..=talkers + listeners {
            world.join(number, slots);
        }
        world.advance(Duration::from_secs(1));
        let now = world.now;
        let talkers = talkers as usize;
        for talker in &mut world.browsers[..talkers] {
            talker.speak(Some(30), now);
        }
        world.advance(Duration::from_secs(3));
        Self { world, talkers }
    }

    /// The next `frames` frames of everybody who talks, in the order of their arrival.
    pub(crate) fn speech(&mut self, frames: usize) -> Vec<Spoken> {
        let Self { world, talkers } = self;
        let now = world.now;
        let mut spoken = Vec::with_capacity(frames * *talkers);
        for frame in 0..frames {
            for (place, talker) in world.browsers[..*talkers].iter_mut().enumerate() {
                let phase = FRAME * place as u32 / *talkers as u32;
                let at = now + FRAME * frame as u32 + phase;
                let payload = [[0xf8].as_slice(), &[place as u8; 99]].concat();
                let datagram = talker.packet(&payload).unwrap();
                spoken.push(Spoken { at, path: talker.path, datagram });
            }
        }
        spoken
    }

    /// Does what a worker does with packets that arrive and time that passes.
    pub(crate) fn forward(&mut self, speech: &mut [Spoken], out: &mut Count) {
        let core = &mut self.world.core;
        for Spoken { at, path, datagram } in speech {
            core.handle_datagram(*at, path, Duration::ZERO, datagram, out);
            if core.poll_timeout().is_some_and(|due| due <= *at) {
                core.handle_timeout(*at, out);
            }
            while core.poll_event().is_some() {}
            self.world.now = *at;
        }
    }
}
