//! What the signaling side asks for.

use std::time::Instant;

use super::Sfu;
use crate::{
    Answer, Event, Join, JoinError, ParticipantNumber, PeerId, RoomId,
    dtls::Association,
    ice::Credentials,
    outlet::Outlet,
    peer::Peer,
    room::Room,
    sdp::{AnswerParameters, Offer, answer},
};

/// Talkers that one listener may have blocked.
const MAX_BLOCKED: usize = 1024;

impl Sfu {
    pub(super) fn join(&mut self, now: Instant, join: &Join) {
        let answer = self.admit(now, join);
        match &answer {
            Ok(_) => self.counters.joins += 1,
            Err(_) => self.counters.joins_refused += 1,
        }
        self.tell(Event::Answer { peer: join.peer, answer });
    }

    fn admit(&mut self, now: Instant, join: &Join) -> Result<Answer, JoinError> {
        if self.peers.len() >= self.settings.max_peers || self.peers.contains_key(&join.peer) {
            return Err(JoinError::Full);
        }
        let offer = Offer::parse(&join.offer, self.settings.slots)?;
        // Without randomness nobody can be let in.
        let credentials = self.new_credentials(&offer, join.peer).map_err(|_| JoinError::Full)?;
        let ssrcs = self.new_ssrcs(offer.slots().count()).map_err(|_| JoinError::Full)?;
        let association = Association::new(&self.identity, offer.passive, now);
        let peer = Peer::new(join, offer, credentials, ssrcs, association, now);
        let answer = self.answer_to(&peer, join.peer);
        self.enter_room(join.peer, join.room, join.number);
        self.peers.insert(join.peer, peer);
        self.arm_peer(now, join.peer);
        Ok(answer)
    }

    pub(super) fn restart(&mut self, id: PeerId, offer: &str) {
        let answer = self.restarted(id, offer);
        self.counters.joins_refused += u64::from(answer.is_err());
        self.tell(Event::Answer { peer: id, answer });
    }

    fn restarted(&mut self, id: PeerId, offer: &str) -> Result<Answer, JoinError> {
        let Some(peer) = self.peers.get(&id) else { return Err(JoinError::NoSuchPeer) };
        let mut offer = Offer::parse(offer, self.settings.slots)?;
        peer.offer.check_restart(&offer)?;
        let next = self.new_credentials(&offer, id).map_err(|_| JoinError::Full)?;
        let Some(peer) = self.peers.get_mut(&id) else { return Err(JoinError::NoSuchPeer) };
        // The association lives on, and so do its roles (RFC 8842 §5.5).
        offer.passive = peer.association.is_active();
        peer.offer = offer;
        peer.version += 1;
        // The old ones hold until a check with the new ones has come.
        let never_used = peer.next_credentials.replace(next);
        if let Some(never_used) = never_used {
            self.demux.remove_ufrag(never_used.ufrag);
        }
        let Some(peer) = self.peers.get(&id) else { return Err(JoinError::NoSuchPeer) };
        Ok(self.answer_to(peer, id))
    }

    pub(super) fn mute(&mut self, now: Instant, id: PeerId, muted: bool, out: &mut impl Outlet) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.muted = muted;
        if muted
            && let Some(room) = self.rooms.get_mut(&peer.room)
            && let Some(speaking) = room.hush(peer.number, now, &mut self.counters, out)
        {
            self.tell(Event::Speaking { peer: id, speaking });
        }
    }

    pub(super) fn deafen(&mut self, now: Instant, id: PeerId, on: bool, out: &mut impl Outlet) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if peer.link.is_none() {
            peer.deafened = on;
        } else if let Some(room) = self.rooms.get_mut(&peer.room) {
            room.deafen(id, on, now, &mut self.counters, out);
        }
    }

    pub(super) fn block(
        &mut self,
        now: Instant,
        id: PeerId,
        talker: ParticipantNumber,
        on: bool,
        out: &mut impl Outlet,
    ) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(room) = self.rooms.get_mut(&peer.room) else { return };
        let blocked = room.leg(id).map_or(&peer.blocked, |leg| &leg.blocked);
        if on && blocked.len() >= MAX_BLOCKED {
            self.counters.blocks_refused += 1;
        } else if peer.link.is_some() {
            room.block(id, talker, on, now, &mut self.counters, out);
        } else if on {
            peer.blocked.insert(talker);
        } else {
            peer.blocked.remove(&talker);
        }
    }

    pub(super) fn move_to(
        &mut self,
        now: Instant,
        id: PeerId,
        room: RoomId,
        number: ParticipantNumber,
        out: &mut impl Outlet,
    ) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let (old_room, old_number) = (peer.room, peer.number);
        (peer.room, peer.number) = (room, number);
        // Numbers are of a room, and so are the blocks that name them.
        peer.blocked.clear();
        let leg = self.leave_room(now, id, old_room, old_number, out);
        self.enter_room(id, room, number);
        if let (Some(mut leg), Some(into)) = (leg, self.rooms.get_mut(&room)) {
            leg.release(now, &mut self.counters, out);
            leg.number = number;
            leg.blocked.clear();
            into.listen(leg, now, &mut self.counters, out);
        }
    }

    /// Takes a peer into a room, which is made if it is not there.
    fn enter_room(&mut self, id: PeerId, room: RoomId, number: ParticipantNumber) {
        let (slots, hold) = (self.settings.slots, self.settings.hold);
        let level = self.settings.speaking_level;
        let room = self.rooms.entry(room).or_insert_with(|| Room::new(slots, hold, level));
        room.enter(number, id);
    }

    /// New ones, by which the peer can be found.
    fn new_credentials(
        &mut self,
        offer: &Offer,
        peer: PeerId,
    ) -> Result<Credentials, ring::error::Unspecified> {
        loop {
            let credentials = Credentials::new(&self.random, &offer.ufrag)?;
            if self.demux.insert_ufrag(credentials.ufrag, peer) {
                return Ok(credentials);
            }
        }
    }

    /// For `slots` slots and for our reports: different from each other.
    fn new_ssrcs(&self, slots: usize) -> Result<(Vec<u32>, u32), ring::error::Unspecified> {
        let mut ssrcs = Vec::with_capacity(slots + 1);
        while ssrcs.len() <= slots {
            let ssrc = self.random_u32()?;
            if ssrc != 0 && !ssrcs.contains(&ssrc) {
                ssrcs.push(ssrc);
            }
        }
        let own = ssrcs.pop().unwrap_or(1);
        Ok((ssrcs, own))
    }

    /// With the newest credentials.
    fn answer_to(&self, peer: &Peer, id: PeerId) -> Answer {
        let ours = peer.next_credentials.as_ref().unwrap_or(&peer.credentials);
        let offer = &peer.offer;
        let parameters = AnswerParameters {
            session_id: id.0,
            version: peer.version,
            ufrag: ours.ufrag.as_str(),
            pwd: &ours.password,
            fingerprint: &self.fingerprint,
            candidates: &self.candidates,
            slot_ssrcs: &peer.slot_ssrcs,
        };
        Answer {
            sdp: answer(offer, &parameters),
            speaks: offer.sending().is_some(),
            slots: peer.slot_ssrcs.len(),
        }
    }
}
