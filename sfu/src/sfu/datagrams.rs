//! What comes from the network: checks, DTLS, RTP and RTCP, each from whom it authenticates.

use std::time::Instant;

use super::{Sfu, send_control};
use crate::{
    Event, PeerId, Transport,
    dtls::Step,
    ice::{Check, MAX_RESPONSE},
    leg::{Leg, MAX_PAYLOAD_LEN},
    outlet::{Outlet, Path},
    peer::{Link, Peer, REPORT_INTERVAL, Source},
    rewrite::{Slot, SlotFormat, Voice, opus_ticks},
    rtcp::{Compound, Item},
    srtp::{Profile, SrtpError, keys},
};

/// Where the SSRC is in RTP, and in RTCP (RFC 3550 §5.1, §6.4.1).
const RTP_SSRC_AT: usize = 8;
const RTCP_SSRC_AT: usize = 4;

impl Sfu {
    pub(super) fn handle_check(
        &mut self,
        now: Instant,
        path: &Path,
        datagram: &mut [u8],
        out: &mut impl Outlet,
    ) {
        let Ok(check) = Check::read(datagram) else {
            self.counters.bad_stun += 1;
            return;
        };
        let Some(id) = self.demux.by_ufrag(check.ufrag) else {
            self.counters.stun_unknown += 1;
            return;
        };
        self.handling = Some(id);
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some((credentials, next)) = peer.credentials_of(check.ufrag) else { return };
        if !credentials.authenticate(&check, datagram) {
            self.counters.stun_forged += 1;
            return;
        }
        self.counters.ice_checks += 1;
        let mut response = [0; MAX_RESPONSE];
        let len = credentials.respond(&check, path.remote, &mut response);
        send_control(path, &response[..len], out);
        if next && let Some(next) = peer.next_credentials.take() {
            let old = std::mem::replace(&mut peer.credentials, next);
            self.demux.remove_ufrag(old.ufrag);
        }
        let moves = peer.checked(path, check.use_candidate, next, now);
        if self.claim(now, id, path) && moves {
            self.move_peer(now, id, path);
        }
        self.begin_dtls(now, id, out);
    }

    /// Sends the ClientHello to a peer that waits for it, once it is known where that is.
    fn begin_dtls(&mut self, now: Instant, id: PeerId, out: &mut impl Outlet) {
        let waits = |peer: &&mut Peer| peer.association.is_active() && peer.association.is_new();
        if self.peers.get_mut(&id).filter(waits).is_some_and(|peer| peer.path.is_some()) {
            self.go_on_with_dtls(now, id, out);
            self.arm_peer(now, id);
        }
    }

    /// Lets the association do what is due, once it is known where the peer is.
    pub(super) fn go_on_with_dtls(&mut self, now: Instant, id: PeerId, out: &mut impl Outlet) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(path) = peer.path else { return };
        let offer = &peer.offer;
        let matches = |der: &[u8]| offer.has_certificate(der);
        let step = peer
            .association
            .handle_timeout(now, matches, |record| send_control(&path, record, out));
        self.take_step(now, id, step, out);
    }

    pub(super) fn handle_dtls(
        &mut self,
        now: Instant,
        path: &Path,
        datagram: &[u8],
        out: &mut impl Outlet,
    ) {
        let peer = self.demux.by_address(&path.remote);
        let Some((id, peer)) = peer.and_then(|id| Some((id, self.peers.get_mut(&id)?))) else {
            self.counters.dtls_unchecked += 1;
            return;
        };
        self.handling = Some(id);
        let offer = &peer.offer;
        let matches = |der: &[u8]| offer.has_certificate(der);
        let step = peer
            .association
            .handle_datagram(now, datagram, matches, |record| send_control(path, record, out));
        if peer.link.is_none() && peer.path != Some(*path) {
            self.move_peer(now, id, path);
        }
        self.take_step(now, id, step, out);
        self.arm_peer(now, id);
    }

    /// Does what the DTLS association has come to.
    pub(super) fn take_step(
        &mut self,
        now: Instant,
        id: PeerId,
        step: Step,
        out: &mut impl Outlet,
    ) {
        match step {
            Step::Waiting => {}
            Step::Closed => self.end(now, id, crate::CloseReason::Closed, out),
            Step::Failed(failure) => {
                self.counters.dtls_failed += 1;
                // Once connected, nothing that fails to be DTLS ends the call: it may be forged.
                if self.peers.get(&id).is_some_and(|peer| peer.link.is_none()) {
                    self.end(now, id, failure.into(), out);
                }
            }
            Step::Connected { material, profile, version } => {
                let Ok(profile) = Profile::try_from(profile) else {
                    return self.end(now, id, crate::CloseReason::NoCommonProfile, out);
                };
                if self.connect(now, id, &material, profile, version, out).is_none() {
                    self.end(now, id, crate::CloseReason::HandshakeFailed, out);
                }
            }
        }
    }

    fn connect(
        &mut self,
        now: Instant,
        id: PeerId,
        material: &[u8],
        profile: Profile,
        dtls: &'static str,
        out: &mut impl Outlet,
    ) -> Option<()> {
        let first_seqs = self.first_seqs()?;
        let peer = self.peers.get_mut(&id)?;
        let (protect, unprotect) = keys(profile, material, !peer.association.is_active()).ok()?;
        let path = peer.path?;
        let slots = slots(peer, &first_seqs);
        peer.link = Some(Link {
            unprotect,
            source: None,
            next_report: now + REPORT_INTERVAL,
            tells_quality: false,
            told: (0, 0),
        });
        let mut leg = Leg::new(id, peer.number, path, slots, protect);
        leg.deafened = peer.deafened;
        leg.blocked = std::mem::take(&mut peer.blocked);
        self.rooms.get_mut(&peer.room)?.listen(leg, now, &mut self.counters, out);
        self.counters.handshakes += 1;
        let port = self.candidates.first().map_or(0, std::net::SocketAddr::port);
        let local = std::net::SocketAddr::new(path.local.ip, port);
        let transport = Transport { remote: path.remote, local, dtls, srtp: profile.name() };
        self.tell(Event::Connected { peer: id, transport });
        Some(())
    }

    pub(super) fn handle_rtp(
        &mut self,
        now: Instant,
        path: &Path,
        datagram: &mut [u8],
        out: &mut impl Outlet,
    ) {
        let Some(id) = self.sender(path, datagram, RTP_SSRC_AT) else {
            self.counters.media_unknown += 1;
            return;
        };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(link) = &mut peer.link else { return };
        let packet = match link.unprotect.rtp(datagram) {
            Ok(packet) => packet,
            Err(SrtpError::Packet(_) | SrtpError::Malformed) => {
                self.counters.bad_rtp += 1;
                return;
            }
            Err(_) => {
                self.counters.rtp_forged += 1;
                return;
            }
        };
        self.counters.rtp_in += 1;
        let ssrc = packet.header.ssrc;
        // Any other SSRC ends the source, voice or not: its replay window may be gone now, and
        // nothing that comes again may be sent again under the same index.
        if link.source.as_ref().is_none_or(|source| source.ssrc != ssrc) {
            self.sources += 1;
            link.source = Some(Source::new(self.sources, &packet, now));
            link.told = (0, 0);
        }
        let Some(source) = &mut link.source else { return };
        source.reception.packet(packet.index, packet.header.timestamp, now);
        let source = source.source;
        let (muted, number, room) = (peer.muted, peer.number, peer.room);
        let audio = peer.offer.sending().map(|(_, audio)| (audio.opus, audio.audio_level));
        self.authenticated(now, id, path, ssrc);

        let payload = &datagram[packet.payload.clone()];
        let Some((_, level)) = audio.filter(|(opus, _)| *opus == packet.header.payload_type) else {
            self.counters.bad_rtp += 1;
            return;
        };
        if payload.is_empty() || payload.len() > MAX_PAYLOAD_LEN {
            self.counters.bad_rtp += u64::from(!payload.is_empty());
            return;
        }
        if muted {
            self.counters.dropped_muted += 1;
            return;
        }
        let level = level.and_then(|level| packet.header.extension(datagram, level)?.first());
        let voice = Voice {
            number,
            source,
            index: packet.index,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            level: level.copied(),
            ticks: opus_ticks(payload),
            payload,
        };
        let Some(at) = self.rooms.get_mut(&room) else { return };
        let speaking = at.forward(&voice, now, &mut self.counters, out);
        self.arm_room(room);
        if let Some(speaking) = speaking {
            self.tell(Event::Speaking { peer: id, speaking });
        }
    }

    pub(super) fn handle_rtcp(
        &mut self,
        now: Instant,
        path: &Path,
        datagram: &mut [u8],
        out: &mut impl Outlet,
    ) {
        let Some(id) = self.sender(path, datagram, RTCP_SSRC_AT) else {
            self.counters.media_unknown += 1;
            return;
        };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(link) = &mut peer.link else { return };
        let ssrc = ssrc_at(datagram, RTCP_SSRC_AT);
        let len = match link.unprotect.rtcp(datagram) {
            Ok(len) => len,
            Err(SrtpError::Packet(_) | SrtpError::Malformed | SrtpError::NotEncrypted) => {
                self.counters.bad_rtcp += 1;
                return;
            }
            Err(_) => {
                self.counters.rtcp_forged += 1;
                return;
            }
        };
        self.counters.rtcp_in += 1;
        let (number, room) = (peer.number, peer.room);
        if let Some(ssrc) = ssrc {
            self.authenticated(now, id, path, ssrc);
        }
        let Ok(compound) = Compound::parse(&datagram[..len]) else {
            self.counters.bad_rtcp += 1;
            return;
        };
        let ntp = self.clock.at(now);
        let (Some(peer), Some(room)) = (self.peers.get_mut(&id), self.rooms.get_mut(&room)) else {
            return;
        };
        let source = peer.link.as_mut().and_then(|link| link.source.as_mut());
        let mut source = source;
        let mut ended = false;
        for item in compound.items() {
            match item {
                Item::Block { block, .. } => {
                    if let Some(leg) = room.leg(id) {
                        leg.report(&block, ntp, now);
                    }
                }
                Item::Sender(report) => {
                    if let Some(source) = &mut source
                        && source.ssrc == report.ssrc
                    {
                        source.reception.sender_report(&report, now);
                    }
                }
                Item::Bye { ssrc } => {
                    ended |= source.as_ref().is_some_and(|source| source.ssrc == ssrc);
                }
                Item::Nack { .. } => {}
            }
        }
        if ended && let Some(speaking) = room.hush(number, now, &mut self.counters, out) {
            self.tell(Event::Speaking { peer: id, speaking });
        }
    }

    /// Whose packet it may be: it is yet to authenticate. Only peers that are connected.
    fn sender(&mut self, path: &Path, datagram: &[u8], ssrc_at: usize) -> Option<PeerId> {
        let by_address = self.demux.by_address(&path.remote);
        let id = by_address.or_else(|| self.demux.by_ssrc(self::ssrc_at(datagram, ssrc_at)?))?;
        self.handling = Some(id);
        self.peers.get(&id).filter(|peer| peer.link.is_some())?;
        Some(id)
    }

    /// A packet of the peer's has authenticated and was no replay: it is where that came from.
    fn authenticated(&mut self, now: Instant, id: PeerId, path: &Path, ssrc: u32) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let (new, forgotten) = peer.remember_ssrc(ssrc);
        if peer.heard(path, now) && self.claim(now, id, path) {
            self.move_peer(now, id, path);
        }
        if let Some(forgotten) = forgotten {
            self.demux.remove_ssrc(forgotten, id);
        }
        if new {
            self.demux.insert_ssrc(ssrc, id);
        }
    }

    /// Makes the address the peer's in the demultiplexer, unless another lives there.
    fn claim(&mut self, now: Instant, id: PeerId, path: &Path) -> bool {
        let remote = path.remote;
        if let Some(holder) = self.demux.by_address(&remote) {
            if holder == id {
                return true;
            }
            if self.peers.get(&holder).is_some_and(|holder| holder.holds(&remote, now)) {
                return false;
            }
        }
        let Some(peer) = self.peers.get_mut(&id) else { return false };
        let forgotten = peer.remember(remote);
        self.demux.insert_address(remote, id);
        if let Some(forgotten) = forgotten {
            self.demux.remove_address(&forgotten, id);
        }
        true
    }

    fn move_peer(&mut self, now: Instant, id: PeerId, path: &Path) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let before = peer.move_to(path, now);
        self.counters.rebound += u64::from(before.is_some_and(|b| b.remote != path.remote));
        if let Some(leg) = self.rooms.get_mut(&peer.room).and_then(|room| room.leg(id)) {
            leg.path = *path;
        }
    }

    /// Where the sequences of a new leg's slots begin.
    fn first_seqs(&self) -> Option<[u8; 64]> {
        use ring::rand::SecureRandom;
        let mut bytes = [0; 64];
        self.random.fill(&mut bytes).ok()?;
        Some(bytes)
    }
}

fn slots(peer: &Peer, first_seqs: &[u8; 64]) -> Vec<Slot> {
    let (seqs, _) = first_seqs.as_chunks::<2>();
    let slots = peer.offer.slots().zip(&peer.slot_ssrcs).zip(seqs);
    slots
        .map(|(((section, audio), ssrc), seq)| {
            let format = SlotFormat {
                payload_type: audio.opus,
                mid: &section.mid,
                mid_extension: audio.mid_extension,
                audio_level: audio.audio_level,
            };
            Slot::new(*ssrc, u16::from_be_bytes(*seq), &format)
        })
        .collect()
}

fn ssrc_at(datagram: &[u8], at: usize) -> Option<u32> {
    datagram.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
