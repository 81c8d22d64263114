//! Time and the wire between the core and its browsers.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_config::DtlsVersion;
use hearth_sfu::{
    CloseReason, Command, Event, Identity, Join, NtpClock, PeerId, Sfu, Transport,
    outlet::{Kind, MAX_DATAGRAM, Outlet, Path},
};

use crate::browser::Browser;

/// How long a datagram takes.
const DELAY: Duration = Duration::from_millis(5);

/// What the core has sent with one input.
#[derive(Default)]
pub(crate) struct Sent(pub(crate) Vec<(Path, Kind, Vec<u8>)>);

impl Outlet for Sent {
    fn send(
        &mut self,
        path: &Path,
        kind: Kind,
        fill: impl FnOnce(&mut [u8; MAX_DATAGRAM]) -> usize,
    ) {
        // Not zero: nothing may depend on what was in the buffer.
        let mut buffer = [0xa5; MAX_DATAGRAM];
        let len = fill(&mut buffer);
        if len > 0 {
            self.0.push((*path, kind, buffer[..len].to_vec()));
        }
    }
}

enum Datagram {
    ToCore(Path, Vec<u8>),
    FromCore(Path, Vec<u8>),
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) core: Sfu,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) events: Vec<(Instant, Event)>,
    /// Bytes of media sent by the core to each address.
    pub(crate) media_to: BTreeMap<SocketAddr, usize>,
    /// Datagrams of any kind sent by the core to each address.
    pub(crate) datagrams_to: BTreeMap<SocketAddr, usize>,
    /// Of 100 datagrams so many are lost, each way.
    pub(crate) loss_percent: u64,
    /// Datagrams are delayed by up to so much more, and so get out of order.
    pub(crate) jitter: Duration,
    /// Everything that has reached the core.
    pub(crate) trace: Vec<Vec<u8>>,
    /// How often the core was woken by its own timer.
    pub(crate) wakeups: usize,
    wire: BTreeMap<(Instant, u64), Datagram>,
    sequence: u64,
    dice: u64,
}

pub(crate) fn settings() -> hearth_config::Sfu {
    hearth_config::from_toml("").unwrap().sfu
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(DtlsVersion::V12, settings())
    }

    pub(crate) fn with(version: DtlsVersion, settings: hearth_config::Sfu) -> Self {
        let now = Instant::now();
        let identity = Arc::new(Identity::new(version).unwrap());
        let candidates = vec!["192.0.2.1:9000".parse().unwrap()];
        Self {
            now,
            core: Sfu::new(settings, candidates, identity, NtpClock::new(now), now),
            browsers: Vec::new(),
            events: Vec::new(),
            media_to: BTreeMap::new(),
            datagrams_to: BTreeMap::new(),
            loss_percent: 0,
            jitter: Duration::ZERO,
            trace: Vec::new(),
            wakeups: 0,
            wire: BTreeMap::new(),
            sequence: 0,
            dice: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Browsers with the numbers from 1 on, each with `slots` slots, all connected.
    pub(crate) fn connected(count: u32, slots: usize) -> Self {
        let mut world = Self::new();
        for number in 1..=count {
            world.join(number, slots);
        }
        world.advance(Duration::from_secs(1));
        assert!(world.browsers.iter().all(Browser::is_connected));
        world
    }

    /// A browser joins; returns where it is in `browsers`.
    pub(crate) fn join(&mut self, number: u32, slots: usize) -> usize {
        let browser = Browser::new(number, slots, self.now);
        let offer = browser.offer();
        self.join_as(browser, offer)
    }

    pub(crate) fn join_as(&mut self, browser: Browser, offer: String) -> usize {
        let (peer, number, room) = (browser.id, browser.number, browser.room);
        self.browsers.push(browser);
        let join = Join { peer, room, number, offer, muted: false, deafened: false };
        self.command(Command::Join(join));
        self.browsers.len() - 1
    }

    pub(crate) fn command(&mut self, command: Command) {
        let mut sent = Sent::default();
        self.core.handle_command(self.now, command, &mut sent);
        self.after(sent);
    }

    /// A datagram reaches the core now.
    pub(crate) fn inject(&mut self, path: &Path, datagram: &[u8]) {
        let mut sent = Sent::default();
        self.trace.push(datagram.to_vec());
        let mut datagram = datagram.to_vec();
        self.core.handle_datagram(self.now, path, Duration::ZERO, &mut datagram, &mut sent);
        self.after(sent);
    }

    /// Lets a browser say goodbye.
    pub(crate) fn close(&mut self, browser: usize) {
        let (now, path) = (self.now, self.browsers[browser].path);
        for datagram in self.browsers[browser].close(now) {
            self.send(path, datagram);
        }
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.step();
        }
        self.now = end;
    }

    fn due(&self) -> Option<Instant> {
        let wire = self.wire.keys().next().map(|(at, _)| *at);
        let browsers = self.browsers.iter().filter_map(Browser::due);
        browsers.chain(wire).chain(self.core.poll_timeout()).min()
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Datagram::ToCore(path, datagram) => self.inject(&path, &datagram),
                Datagram::FromCore(path, datagram) => self.deliver(path, datagram),
            }
        }
        for at in 0..self.browsers.len() {
            if self.browsers[at].due().is_some_and(|due| due <= now) {
                let path = self.browsers[at].path;
                for datagram in self.browsers[at].handle_timeout(now) {
                    self.send(path, datagram);
                }
            }
        }
        if self.core.poll_timeout().is_some_and(|due| due <= now) {
            self.wakeups += 1;
            let mut sent = Sent::default();
            self.core.handle_timeout(now, &mut sent);
            self.after(sent);
        }
    }

    fn deliver(&mut self, path: Path, datagram: Vec<u8>) {
        let Some(browser) = self.browsers.iter_mut().find(|browser| browser.path == path) else {
            return;
        };
        for reply in browser.receive(self.now, datagram) {
            self.send(path, reply);
        }
    }

    /// A browser sends, and the datagram fares as any other.
    pub(crate) fn send(&mut self, path: Path, datagram: Vec<u8>) {
        self.post(Datagram::ToCore(path, datagram));
    }

    fn post(&mut self, datagram: Datagram) {
        if self.roll(100) < self.loss_percent {
            return;
        }
        let jitter = self.jitter.as_micros() as u64;
        let late = Duration::from_micros(if jitter == 0 { 0 } else { self.roll(jitter) });
        self.sequence += 1;
        self.wire.insert((self.now + DELAY + late, self.sequence), datagram);
    }

    /// Takes what the core sent and tells.
    fn after(&mut self, sent: Sent) {
        for (path, kind, datagram) in sent.0 {
            *self.datagrams_to.entry(path.remote).or_default() += 1;
            if kind == Kind::Media {
                *self.media_to.entry(path.remote).or_default() += datagram.len();
            }
            self.post(Datagram::FromCore(path, datagram));
        }
        while let Some(event) = self.core.poll_event() {
            if let Event::Answer { peer, answer: Ok(answer) } = &event
                && let Some(browser) = self.browsers.iter_mut().find(|b| b.id == *peer)
            {
                browser.answer = Some(answer.clone());
            }
            self.events.push((self.now, event));
        }
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below
    }

    pub(crate) fn closed(&self, id: PeerId) -> Option<(Instant, CloseReason)> {
        self.events.iter().find_map(|(at, event)| match event {
            Event::Closed { peer, reason } if *peer == id => Some((*at, *reason)),
            _ => None,
        })
    }

    pub(crate) fn transport(&self, id: PeerId) -> Option<(Instant, Transport)> {
        self.events.iter().find_map(|(at, event)| match event {
            Event::Connected { peer, transport } if *peer == id => Some((*at, *transport)),
            _ => None,
        })
    }

    /// How `id`'s speaking has changed since `since`.
    pub(crate) fn speaking(&self, id: PeerId, since: Instant) -> Vec<bool> {
        let events = self.events.iter().filter(|(at, _)| *at >= since);
        events
            .filter_map(|(_, event)| match event {
                Event::Speaking { peer, speaking } if *peer == id => Some(*speaking),
                _ => None,
            })
            .collect()
    }
}
