//! The core of one worker: its rooms and peers, driven by commands, datagrams and time.
//!
//! Owns who is where. Never reads a clock, never sends, never waits: `run` does. After each input
//! the shell asks for events and for the next time that something is due.

mod commands;
mod datagrams;
mod timers;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ring::rand::{SecureRandom, SystemRandom};
use rustc_hash::FxHashMap;

use self::timers::Timers;
use crate::{
    CloseReason, Command, Counters, Event, Identity, NtpClock, ParticipantNumber, PeerId, RoomId,
    demux::{Class, Demux, classify},
    leg::Leg,
    outlet::{Kind, MAX_DATAGRAM, Outlet, Path},
    peer::Peer,
    room::Room,
    sdp::Fingerprint,
};

/// Events that wait for the shell before those of passing interest are dropped.
const MAX_EVENTS: usize = 4096;

/// Rooms and peers of one worker.
pub struct Sfu {
    settings: hearth_config::Sfu,
    candidates: Vec<SocketAddr>,
    identity: Arc<Identity>,
    fingerprint: Fingerprint,
    clock: NtpClock,
    random: SystemRandom,
    demux: Demux,
    peers: FxHashMap<PeerId, Peer>,
    rooms: FxHashMap<RoomId, Room>,
    timers: Timers,
    events: VecDeque<Event>,
    counters: Counters,
    /// Sources seen so far: each gets a number of its own.
    sources: u64,
    /// Whose input is being handled, for [`Sfu::recover`].
    handling: Option<PeerId>,
}

impl Sfu {
    /// Nobody yet. `candidates` are the addresses that answers advertise, the preferred first.
    #[must_use]
    pub fn new(
        settings: hearth_config::Sfu,
        candidates: Vec<SocketAddr>,
        identity: Arc<Identity>,
        clock: NtpClock,
        now: Instant,
    ) -> Self {
        Self {
            settings,
            candidates,
            fingerprint: identity.fingerprint(),
            identity,
            clock,
            random: SystemRandom::new(),
            demux: Demux::default(),
            peers: FxHashMap::default(),
            rooms: FxHashMap::default(),
            timers: Timers::new(now),
            events: VecDeque::new(),
            counters: Counters::default(),
            sources: 0,
            handling: None,
        }
    }

    /// Carries out a command. One for a peer that is gone is ignored; a `Restart` is answered.
    pub fn handle_command(&mut self, now: Instant, command: Command, out: &mut impl Outlet) {
        match command {
            Command::Join(join) => self.join(now, &join),
            Command::Restart { peer, offer } => self.restart(peer, &offer),
            Command::Mute { peer, muted } => self.mute(now, peer, muted, out),
            Command::Deafen { peer, deafened } => self.deafen(now, peer, deafened, out),
            Command::Block { peer, talker, blocked } => self.block(now, peer, talker, blocked, out),
            Command::Move { peer, room, number } => self.move_to(now, peer, room, number, out),
            Command::Leave { peer } => self.remove(now, peer, true, out),
        }
        self.handling = None;
    }

    /// Takes a datagram, and changes it in place. `waited` is how long it lay in the kernel; media
    /// that waited for longer than the settings allow is dropped and counted.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: &Path,
        waited: Duration,
        datagram: &mut [u8],
        out: &mut impl Outlet,
    ) {
        match classify(datagram) {
            Class::Check => self.handle_check(now, path, datagram, out),
            Class::Dtls => self.handle_dtls(now, path, datagram, out),
            Class::Rtp if waited > self.settings.queue => self.counters.dropped_waiting += 1,
            Class::Rtp => self.handle_rtp(now, path, datagram, out),
            Class::Rtcp => self.handle_rtcp(now, path, datagram, out),
            Class::Stun | Class::Channel => self.counters.stun_other += 1,
            Class::Unknown => self.counters.bad_class += 1,
        }
        self.handling = None;
    }

    /// What has happened; ask until there is nothing. An answer or the end of a peer is never
    /// lost; how somebody speaks or is connected may be if events pile up.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Totals.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Totals, for the shell to add its own.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// Says goodbye to every peer. The worker ends, so there are no events about it.
    pub fn close(&mut self, now: Instant, out: &mut impl Outlet) {
        let peers: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in peers {
            self.remove(now, peer, true, out);
        }
    }

    /// After a panic in one of the `handle_…` functions, which is a fault of this program's own:
    /// gives up the peer that it happened to.
    pub fn recover(&mut self, now: Instant, out: &mut impl Outlet) {
        self.counters.faults += 1;
        if let Some(peer) = self.handling.take() {
            self.end(now, peer, CloseReason::Fault, out);
        }
    }

    /// The peer goes without having been asked to. No goodbye is said where nobody listens or
    /// nobody may be sent to (RFC 7675 §5.1).
    fn end(&mut self, now: Instant, peer: PeerId, reason: CloseReason, out: &mut impl Outlet) {
        if self.peers.contains_key(&peer) {
            let goodbye = reason == CloseReason::FingerprintMismatch
                || reason == CloseReason::NoCommonProfile;
            self.remove(now, peer, goodbye, out);
            self.tell(Event::Closed { peer, reason });
        }
    }

    fn remove(&mut self, now: Instant, id: PeerId, goodbye: bool, out: &mut impl Outlet) {
        let Some(mut peer) = self.peers.remove(&id) else { return };
        self.counters.closed += 1;
        self.leave_room(now, id, peer.room, peer.number, out);
        self.demux.remove_ufrag(peer.credentials.ufrag);
        if let Some(next) = &peer.next_credentials {
            self.demux.remove_ufrag(next.ufrag);
        }
        for remote in &peer.addresses {
            self.demux.remove_address(remote, id);
        }
        for ssrc in &peer.ssrcs {
            self.demux.remove_ssrc(*ssrc, id);
        }
        if let Some(path) = peer.path.filter(|_| goodbye) {
            peer.association.close(now, |record| send_control(&path, record, out));
        }
    }

    /// Takes a peer out of its room, and gives back its leg.
    fn leave_room(
        &mut self,
        now: Instant,
        id: PeerId,
        room: RoomId,
        number: ParticipantNumber,
        out: &mut impl Outlet,
    ) -> Option<Leg> {
        let from = self.rooms.get_mut(&room)?;
        let (leg, ceased) = from.leave(number, id, now, &mut self.counters, out);
        if from.is_empty() {
            self.rooms.remove(&room);
        }
        if let Some(speaking) = ceased {
            self.tell(Event::Speaking { peer: id, speaking });
        }
        leg
    }

    fn tell(&mut self, event: Event) {
        let passing = matches!(event, Event::Speaking { .. } | Event::Quality { .. });
        if passing && self.events.len() >= MAX_EVENTS {
            self.counters.events_dropped += 1;
            return;
        }
        self.events.push_back(event);
    }

    fn random_u32(&self) -> Result<u32, ring::error::Unspecified> {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }
}

impl std::fmt::Debug for Sfu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sfu")
            .field("rooms", &self.rooms.len())
            .field("peers", &self.peers.len())
            .finish_non_exhaustive()
    }
}

fn send_control(path: &Path, bytes: &[u8], out: &mut impl Outlet) {
    out.send(path, Kind::Control, |buffer: &mut [u8; MAX_DATAGRAM]| {
        let Some(place) = buffer.get_mut(..bytes.len()) else { return 0 };
        place.copy_from_slice(bytes);
        bytes.len()
    });
}
