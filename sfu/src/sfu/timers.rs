//! What is due when, and what is done then: retransmissions, reports, and giving up on peers.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use super::Sfu;
use crate::{
    Event, PeerId, Quality, RoomId,
    outlet::Outlet,
    peer::{Link, REPORT_INTERVAL},
};

/// Peers are looked after at the multiples of this only, many at once: a wake-up costs as much as
/// several packets, and nothing of a peer's is so urgent.
const PEER_GRID: Duration = Duration::from_millis(50);

/// Of fewer packets than this, the share that was lost says nothing.
const TELLING: u64 = 25;

/// Who is to be looked after at what time. An entry counts only while its owner notes the same
/// time as armed; an owner is armed anew only for an earlier time, so that there are few others.
#[derive(Debug)]
pub(super) struct Timers {
    start: Instant,
    due: BinaryHeap<Reverse<(Instant, Timer)>>,
}

/// Whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Peer(PeerId),
    Room(RoomId),
}

impl Timers {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, due: BinaryHeap::new() }
    }

    /// The next multiple of [`PEER_GRID`].
    fn gathered(&self, due: Instant) -> Instant {
        let since = due.saturating_duration_since(self.start).as_nanos();
        let steps = since.div_ceil(PEER_GRID.as_nanos());
        self.start + PEER_GRID * u32::try_from(steps).unwrap_or(u32::MAX)
    }

    fn arm(&mut self, armed: &mut Option<Instant>, due: Instant, timer: Timer) {
        if armed.is_none_or(|at| due < at) {
            *armed = Some(due);
            self.due.push(Reverse((due, timer)));
        }
    }

    fn next(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((due, _))| *due)
    }

    fn pop(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        if self.next()? > now {
            return None;
        }
        self.due.pop().map(|Reverse(entry)| entry)
    }
}

impl Sfu {
    /// When [`Sfu::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outlet) {
        while let Some((due, timer)) = self.timers.pop(now) {
            match timer {
                Timer::Peer(peer) => {
                    if let Some(at) = self.peers.get_mut(&peer)
                        && at.armed == Some(due)
                    {
                        at.armed = None;
                        self.handling = Some(peer);
                        self.look_after(now, peer, out);
                        self.arm_peer(now, peer);
                    }
                }
                Timer::Room(room) => {
                    if let Some(at) = self.rooms.get_mut(&room)
                        && at.armed == Some(due)
                    {
                        at.armed = None;
                        self.handling = None;
                        self.expire(now, room, out);
                        self.arm_room(room);
                    }
                }
            }
        }
        self.handling = None;
    }

    pub(super) fn arm_peer(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let (consent, join) = (self.settings.consent_timeout, self.settings.join_timeout);
        let due = self.timers.gathered(peer.due(consent, join, now));
        self.timers.arm(&mut peer.armed, due, Timer::Peer(id));
    }

    pub(super) fn arm_room(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if let Some(due) = room.next_expiry() {
            self.timers.arm(&mut room.armed, due, Timer::Room(id));
        }
    }

    fn expire(&mut self, now: Instant, id: RoomId, out: &mut impl Outlet) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let mut ceased = Vec::new();
        room.expire(now, &mut self.counters, out, |peer| ceased.push(peer));
        for peer in ceased {
            self.tell(Event::Speaking { peer, speaking: false });
        }
    }

    fn look_after(&mut self, now: Instant, id: PeerId, out: &mut impl Outlet) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let (consent, join) = (self.settings.consent_timeout, self.settings.join_timeout);
        if let Some(reason) = peer.expired(consent, join, now) {
            return self.end(now, id, reason, out);
        }
        if peer.association.timeout().is_some_and(|at| at <= now) {
            self.go_on_with_dtls(now, id, out);
        }
        self.report(now, id, out);
    }

    /// Sends the reports that are due, and tells how the peer is connected.
    fn report(&mut self, now: Instant, id: PeerId, out: &mut impl Outlet) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let silent = peer.silence(now) >= Quality::SILENT_AFTER;
        let Some(link) = peer.link.as_mut().filter(|link| link.next_report <= now) else { return };
        link.next_report = now + REPORT_INTERVAL;
        let Some(room) = self.rooms.get_mut(&peer.room) else { return };
        let ntp = self.clock.at(now);
        let (number, own_ssrc) = (peer.number, peer.own_ssrc);
        let about = link.source.as_mut().map(|source| {
            let mut block = source.reception.report(now);
            // What a listener misses counts as lost, so that the talker's Opus adds redundancy.
            block.fraction_lost = block.fraction_lost.max(room.worst_loss(number, now));
            block
        });
        let Some(leg) = room.leg(id) else { return };
        leg.send_reports(about, own_ssrc, ntp, now, &mut self.counters, out);
        link.tells_quality = !link.tells_quality;
        if link.tells_quality {
            let (rtt, down_loss, down_jitter) = leg.quality(now);
            let (unheard, deaf) = leg.unheard(silent);
            let (up_loss, up_jitter) = uplink(link);
            let silent = silent && !peer.muted && link.source.is_some();
            let quality = Quality { rtt, up_loss, up_jitter, down_loss, down_jitter, silent, deaf };
            self.tell(Event::Quality { peer: id, quality, unheard });
        }
    }
}

/// Loss since the last quality event (0–1), and jitter, of what the peer sends.
fn uplink(link: &mut Link) -> (f32, Duration) {
    let Some(source) = &link.source else { return (0.0, Duration::ZERO) };
    let jitter = source.reception.jitter();
    let now = (source.reception.expected(), source.reception.received());
    let expected = now.0.checked_sub(link.told.0);
    if expected.is_some_and(|expected| expected < TELLING) {
        return (0.0, jitter);
    }
    let before = std::mem::replace(&mut link.told, now);
    // None where another source has begun to count anew.
    let Some(expected) = expected else { return (0.0, jitter) };
    let lost = expected.saturating_sub(now.1.saturating_sub(before.1));
    (lost as f32 / expected as f32, jitter)
}
