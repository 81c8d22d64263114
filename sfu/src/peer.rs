//! One participant's transport: who it is by ICE, its DTLS association, and what it sends.
//!
//! Owns the state, and the rules by which an address becomes the peer's. What the peer is sent is
//! its room's: see `leg`.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use rustc_hash::FxHashSet;

use crate::{
    control::{CloseReason, Join, ParticipantNumber, RoomId},
    dtls::{Association, Failure},
    ice::{Credentials, Ufrag},
    outlet::Path,
    rtcp::{OPUS_CLOCK_HZ, Reception},
    sdp::Offer,
    srtp::{Unprotect, Unprotected},
};

/// Addresses of one peer that authenticated checks came from and that are remembered.
pub(crate) const MAX_ADDRESSES: usize = 4;
/// SSRCs by which a peer is found again after its address has changed.
const MAX_SSRCS: usize = 4;
/// The old address has been silent for so long before a check alone moves the peer.
pub(crate) const SILENCE_BEFORE_MOVE: Duration = Duration::from_secs(2);
/// How often reports are sent.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// `dimpl` is not asked again sooner.
const LEAST_WAIT: Duration = Duration::from_millis(5);

/// See the top of this file.
pub(crate) struct Peer {
    pub(crate) room: RoomId,
    pub(crate) number: ParticipantNumber,
    pub(crate) muted: bool,
    /// What it wants to hear is its own until it is connected, then its leg's.
    pub(crate) deafened: bool,
    pub(crate) blocked: FxHashSet<ParticipantNumber>,
    pub(crate) offer: Offer,
    /// Of the last answer.
    pub(crate) version: u64,
    pub(crate) credentials: Credentials,
    /// Those of an ICE restart, until a check with them has authenticated.
    pub(crate) next_credentials: Option<Credentials>,
    pub(crate) slot_ssrcs: Vec<u32>,
    /// Ours in reports when no slot is of use.
    pub(crate) own_ssrc: u32,
    pub(crate) association: Association,
    /// Once DTLS has finished.
    pub(crate) link: Option<Link>,
    /// Where it is, once a check has authenticated.
    pub(crate) path: Option<Path>,
    /// All the addresses that it was found at, the newest last.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) ssrcs: Vec<u32>,
    joined: Instant,
    /// When something authenticated last came from anywhere: the peer lives, and consents to be
    /// sent to. Not only checks count, for a browser makes one in six seconds, and a few may be
    /// lost while its voice arrives.
    last_sign: Instant,
    /// When something authenticated last came from `path`.
    last_heard: Instant,
    /// When the worker will look after the peer; the worker's own note.
    pub(crate) armed: Option<Instant>,
}

/// What there is of a peer that is connected.
pub(crate) struct Link {
    pub(crate) unprotect: Unprotect,
    pub(crate) source: Option<Source>,
    pub(crate) next_report: Instant,
    /// The next report comes with a [`crate::Quality`].
    pub(crate) tells_quality: bool,
    /// `expected` and `received` at the last quality event.
    pub(crate) told: (u64, u64),
}

/// What the peer sends.
pub(crate) struct Source {
    pub(crate) ssrc: u32,
    /// See [`crate::rewrite::Voice::source`].
    pub(crate) source: u64,
    pub(crate) reception: Reception,
}

impl Source {
    /// The source that begins with `packet`.
    pub(crate) fn new(source: u64, packet: &Unprotected, now: Instant) -> Self {
        let ssrc = packet.header.ssrc;
        let reception = Reception::new(ssrc, OPUS_CLOCK_HZ, packet.index, now);
        Self { ssrc, source, reception }
    }
}

impl Peer {
    pub(crate) fn new(
        join: &Join,
        offer: Offer,
        credentials: Credentials,
        (slot_ssrcs, own_ssrc): (Vec<u32>, u32),
        association: Association,
        now: Instant,
    ) -> Self {
        Self {
            room: join.room,
            number: join.number,
            muted: join.muted,
            deafened: join.deafened,
            blocked: FxHashSet::default(),
            offer,
            version: 1,
            credentials,
            next_credentials: None,
            slot_ssrcs,
            own_ssrc,
            association,
            link: None,
            path: None,
            addresses: Vec::new(),
            ssrcs: Vec::new(),
            joined: now,
            last_sign: now,
            last_heard: now,
            armed: None,
        }
    }

    /// The credentials whose name `ufrag` is, and whether they are those of a restart.
    pub(crate) fn credentials_of(&self, ufrag: Ufrag) -> Option<(&Credentials, bool)> {
        if self.credentials.ufrag == ufrag {
            return Some((&self.credentials, false));
        }
        self.next_credentials.as_ref().filter(|next| next.ufrag == ufrag).map(|next| (next, true))
    }

    /// Notes a check that has authenticated, from `path`. Returns whether the peer is to be sent
    /// to there from now on: it is its first address, or ICE says so and no media flows yet, or
    /// nothing came from the old one for a while.
    pub(crate) fn checked(
        &mut self,
        path: &Path,
        use_candidate: bool,
        restarted: bool,
        now: Instant,
    ) -> bool {
        self.last_sign = now;
        let silent = now.saturating_duration_since(self.last_heard) >= SILENCE_BEFORE_MOVE;
        match &self.path {
            Some(current) if current == path => {
                self.last_heard = now;
                false
            }
            None => true,
            Some(_) => restarted || silent || (use_candidate && self.link.is_none()),
        }
    }

    /// The peer is at `path` from now on. Returns the leg's former path, if there was one.
    pub(crate) fn move_to(&mut self, path: &Path, now: Instant) -> Option<Path> {
        self.last_heard = now;
        self.path.replace(*path)
    }

    /// Notes a packet that has authenticated, from `path`. Returns whether the peer is to be sent
    /// to there from now on.
    pub(crate) fn heard(&mut self, path: &Path, now: Instant) -> bool {
        self.last_sign = now;
        let here = self.path.as_ref() == Some(path);
        if here {
            self.last_heard = now;
        }
        !here
    }

    /// For how long nothing authentic has come from it.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last_sign)
    }

    /// Whether it lives at `remote`: that address must not be given to another.
    pub(crate) fn holds(&self, remote: &SocketAddr, now: Instant) -> bool {
        self.path.is_some_and(|path| path.remote == *remote)
            && now.saturating_duration_since(self.last_heard) < SILENCE_BEFORE_MOVE
    }

    /// Remembers an address; returns one to be forgotten for it.
    pub(crate) fn remember(&mut self, remote: SocketAddr) -> Option<SocketAddr> {
        self.addresses.retain(|known| *known != remote);
        self.addresses.push(remote);
        if self.addresses.len() <= MAX_ADDRESSES {
            return None;
        }
        let current = self.path.map(|path| path.remote);
        let oldest = self.addresses.iter().position(|known| Some(*known) != current)?;
        Some(self.addresses.remove(oldest))
    }

    /// Remembers an SSRC. Returns whether it is new, and one to be forgotten for it.
    pub(crate) fn remember_ssrc(&mut self, ssrc: u32) -> (bool, Option<u32>) {
        if self.ssrcs.contains(&ssrc) {
            return (false, None);
        }
        let forgotten = (self.ssrcs.len() == MAX_SSRCS).then(|| self.ssrcs.remove(0));
        self.ssrcs.push(ssrc);
        (true, forgotten)
    }

    /// Why the peer is to be given up now, if it is.
    pub(crate) fn expired(
        &self,
        consent: Duration,
        join: Duration,
        now: Instant,
    ) -> Option<CloseReason> {
        if self.link.is_none() && now >= self.joined + join {
            return Some(CloseReason::NeverConnected);
        }
        let consents = self.link.is_none() || now < self.last_sign + consent;
        (!consents).then_some(CloseReason::ConsentExpired)
    }

    /// When to look after the peer again.
    pub(crate) fn due(&self, consent: Duration, join: Duration, now: Instant) -> Instant {
        let deadline = match &self.link {
            Some(link) => link.next_report.min(self.last_sign + consent),
            None => self.joined + join,
        };
        let dtls = self.association.timeout().map(|at| at.max(now + LEAST_WAIT));
        dtls.map_or(deadline, |dtls| dtls.min(deadline))
    }
}

impl From<Failure> for CloseReason {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::FingerprintMismatch => Self::FingerprintMismatch,
            Failure::NoCommonProfile => Self::NoCommonProfile,
            Failure::Failed => Self::HandshakeFailed,
        }
    }
}
