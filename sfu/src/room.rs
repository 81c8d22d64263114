//! Who talks and who listens in one room: a talker's packet in, one packet for each listener that
//! hears it out.
//!
//! Owns the ranking of the talkers and the legs of the listeners. Knows nothing of ICE and DTLS:
//! a leg is here only while its peer is connected.

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::{
    control::{ParticipantNumber, PeerId},
    counters::Counters,
    leg::Leg,
    outlet::Outlet,
    rewrite::Voice,
    speakers::Speakers,
};

/// Legs that are fetched before they are needed.
const FETCHED_AHEAD: usize = 6;
const SLOT_FETCHED_AHEAD: usize = 3;

/// See the top of this file.
pub(crate) struct Room {
    speakers: Speakers,
    legs: Vec<Leg>,
    /// Where in `legs` each peer's is.
    places: FxHashMap<PeerId, usize>,
    /// Everybody, connected or not, listening or not.
    members: FxHashMap<ParticipantNumber, PeerId>,
    /// When the worker will call [`Room::expire`]; the worker's own note.
    pub(crate) armed: Option<Instant>,
    ceased: Vec<ParticipantNumber>,
}

impl Room {
    pub(crate) fn new(slots: usize, hold: Duration, speaking_level: u8) -> Self {
        Self {
            speakers: Speakers::new(slots, hold, speaking_level),
            legs: Vec::new(),
            places: FxHashMap::default(),
            members: FxHashMap::default(),
            armed: None,
            ceased: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Takes a participant in. A second peer under one number takes the place of the first.
    pub(crate) fn enter(&mut self, number: ParticipantNumber, peer: PeerId) {
        self.members.insert(number, peer);
    }

    /// Puts a listener's leg in.
    pub(crate) fn listen(
        &mut self,
        mut leg: Leg,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        leg.assign(self.speakers.loudest(), now, counters, out);
        self.places.insert(leg.peer, self.legs.len());
        self.legs.push(leg);
    }

    /// Lets a participant go, and gives back its leg, and whether it has ceased to speak.
    pub(crate) fn leave(
        &mut self,
        number: ParticipantNumber,
        peer: PeerId,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) -> (Option<Leg>, Option<bool>) {
        let leg = self.places.remove(&peer).map(|place| {
            let leg = self.legs.swap_remove(place);
            if let Some(moved) = self.legs.get(place) {
                self.places.insert(moved.peer, place);
            }
            leg
        });
        if self.members.get(&number) != Some(&peer) {
            return (leg, None);
        }
        self.members.remove(&number);
        (leg, self.hush(number, now, counters, out))
    }

    pub(crate) fn leg(&mut self, peer: PeerId) -> Option<&mut Leg> {
        self.legs.get_mut(*self.places.get(&peer)?)
    }

    /// Forwards one packet to all who hear its talker. Returns whether the talker has begun or
    /// ceased to speak.
    pub(crate) fn forward(
        &mut self,
        voice: &Voice<'_>,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) -> Option<bool> {
        let level = voice.level.map(|level| level & 0x7f);
        let change = self.speakers.packet(voice.number, level, now);
        if change.ranking {
            self.assign(now, counters, out);
        }
        let mut heard = false;
        for at in 0..self.legs.len() {
            if let Some(leg) = self.legs.get(at + FETCHED_AHEAD) {
                leg.fetch();
            }
            if let Some(leg) = self.legs.get(at + SLOT_FETCHED_AHEAD)
                && let Some(slot) = leg.slot_of(voice.number)
            {
                leg.fetch_slot(slot);
            }
            let leg = &mut self.legs[at];
            if let Some(slot) = leg.slot_of(voice.number) {
                heard = true;
                leg.forward(slot, voice, now, counters, out);
            }
        }
        if !heard && !self.speakers.loudest().any(|number| number == voice.number) {
            counters.dropped_quiet += 1;
        }
        change.speaking
    }

    /// The talker sends no more. Returns whether it has ceased to speak.
    pub(crate) fn hush(
        &mut self,
        number: ParticipantNumber,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) -> Option<bool> {
        let change = self.speakers.remove(number);
        if change.ranking {
            self.assign(now, counters, out);
        }
        change.speaking
    }

    /// Deafens a listener, or lets it hear again.
    pub(crate) fn deafen(
        &mut self,
        peer: PeerId,
        deafened: bool,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let Self { legs, places, speakers, .. } = self;
        let Some(leg) = places.get(&peer).and_then(|place| legs.get_mut(*place)) else { return };
        if deafened {
            leg.release(now, counters, out);
        }
        leg.deafened = deafened;
        leg.assign(speakers.loudest(), now, counters, out);
    }

    /// Blocks a talker for one listener, or no more.
    pub(crate) fn block(
        &mut self,
        peer: PeerId,
        talker: ParticipantNumber,
        blocked: bool,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let Self { legs, places, speakers, .. } = self;
        let Some(leg) = places.get(&peer).and_then(|place| legs.get_mut(*place)) else { return };
        if blocked {
            leg.blocked.insert(talker);
        } else {
            leg.blocked.remove(&talker);
        }
        leg.assign(speakers.loudest(), now, counters, out);
    }

    /// The worst loss of `number`'s voice that a listener lately reported, in 1/256.
    pub(crate) fn worst_loss(&self, number: ParticipantNumber, now: Instant) -> u8 {
        if !self.speakers.loudest().any(|ranked| ranked == number) {
            return 0;
        }
        self.legs.iter().map(|leg| leg.lost_of(number, now)).max().unwrap_or(0)
    }

    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.speakers.next_expiry()
    }

    /// Releases those who have fallen silent; `ceased` is told who has ceased to speak.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
        mut ceased: impl FnMut(PeerId),
    ) {
        let mut numbers = std::mem::take(&mut self.ceased);
        if self.speakers.expire(now, &mut numbers) {
            self.assign(now, counters, out);
        }
        for peer in numbers.drain(..).filter_map(|number| self.members.get(&number)) {
            ceased(*peer);
        }
        self.ceased = numbers;
    }

    fn assign(&mut self, now: Instant, counters: &mut Counters, out: &mut impl Outlet) {
        let Self { legs, speakers, .. } = self;
        for leg in legs {
            leg.assign(speakers.loudest(), now, counters, out);
        }
    }
}
