//! Whose is a datagram? By its class (RFC 7983), then by the address it came from, the ufrag of
//! its ICE check, or the SSRC of a packet whose sender's address changed.
//!
//! Owns the three tables. Every entry was put there for something that authenticated, or is a
//! random name of our own, so that no stranger can fill them.

use std::net::SocketAddr;

use rustc_hash::FxHashMap;

use crate::{control::PeerId, ice::Ufrag};

/// The class of a datagram on a port that everything shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A STUN binding request: an ICE check.
    Check,
    /// Any other STUN message, TURN's among them.
    Stun,
    /// TURN ChannelData.
    Channel,
    /// A DTLS record.
    Dtls,
    /// An RTP packet.
    Rtp,
    /// An RTCP packet (RFC 5761 §4).
    Rtcp,
    /// Nothing that is spoken here.
    Unknown,
}

/// Tells the class of a datagram from its first bytes (RFC 7983 §7, RFC 5761 §4).
#[must_use]
pub(crate) fn classify(datagram: &[u8]) -> Class {
    match *datagram {
        [0, 1, ..] => Class::Check,
        [0..=3, ..] => Class::Stun,
        [20..=63, ..] => Class::Dtls,
        [64..=79, ..] => Class::Channel,
        [128..=191, 192..=223, ..] => Class::Rtcp,
        [128..=191, _, ..] => Class::Rtp,
        _ => Class::Unknown,
    }
}

/// The three tables.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_address: FxHashMap<SocketAddr, PeerId>,
    by_ufrag: FxHashMap<Ufrag, PeerId>,
    by_ssrc: FxHashMap<u32, PeerId>,
}

impl Demux {
    pub(crate) fn by_address(&self, remote: &SocketAddr) -> Option<PeerId> {
        self.by_address.get(remote).copied()
    }

    pub(crate) fn by_ufrag(&self, ufrag: Ufrag) -> Option<PeerId> {
        self.by_ufrag.get(&ufrag).copied()
    }

    pub(crate) fn by_ssrc(&self, ssrc: u32) -> Option<PeerId> {
        self.by_ssrc.get(&ssrc).copied()
    }

    /// The address is now this peer's, for it authenticated from there last.
    pub(crate) fn insert_address(&mut self, remote: SocketAddr, peer: PeerId) {
        self.by_address.insert(remote, peer);
    }

    /// Forgets the address, unless it is another peer's by now.
    pub(crate) fn remove_address(&mut self, remote: &SocketAddr, peer: PeerId) {
        if self.by_address(remote) == Some(peer) {
            self.by_address.remove(remote);
        }
    }

    /// Whether the name was free.
    pub(crate) fn insert_ufrag(&mut self, ufrag: Ufrag, peer: PeerId) -> bool {
        let free = !self.by_ufrag.contains_key(&ufrag);
        if free {
            self.by_ufrag.insert(ufrag, peer);
        }
        free
    }

    pub(crate) fn remove_ufrag(&mut self, ufrag: Ufrag) {
        self.by_ufrag.remove(&ufrag);
    }

    /// Notes the SSRC of an authenticated packet. Its first holder keeps it: a copy could only
    /// be meant to hide that one.
    pub(crate) fn insert_ssrc(&mut self, ssrc: u32, peer: PeerId) {
        self.by_ssrc.entry(ssrc).or_insert(peer);
    }

    /// Forgets the SSRC, unless it is another peer's.
    pub(crate) fn remove_ssrc(&mut self, ssrc: u32, peer: PeerId) {
        if self.by_ssrc(ssrc) == Some(peer) {
            self.by_ssrc.remove(&ssrc);
        }
    }

    /// How many entries there are in all: 0 when the last peer is gone.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_address.len() + self.by_ufrag.len() + self.by_ssrc.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Demux, PeerId, classify};

    #[test]
    fn classes_by_first_bytes() {
        assert_eq!(classify(&[]), Class::Unknown);
        assert_eq!(classify(&[0, 1, 0, 0]), Class::Check);
        assert_eq!(classify(&[1, 1]), Class::Stun);
        assert_eq!(classify(&[0, 3]), Class::Stun);
        assert_eq!(classify(&[4, 0]), Class::Unknown);
        assert_eq!(classify(&[19, 0]), Class::Unknown);
        assert_eq!(classify(&[22, 254]), Class::Dtls);
        assert_eq!(classify(&[63, 0]), Class::Dtls);
        assert_eq!(classify(&[0x40, 0]), Class::Channel);
        assert_eq!(classify(&[80, 0]), Class::Unknown);
        assert_eq!(classify(&[0x80, 111]), Class::Rtp);
        assert_eq!(classify(&[0x80, 0x80 | 111]), Class::Rtp);
        assert_eq!(classify(&[0x81, 200]), Class::Rtcp);
        assert_eq!(classify(&[0x81, 223]), Class::Rtcp);
        assert_eq!(classify(&[192, 0]), Class::Unknown);
    }

    #[test]
    fn a_taken_address_is_not_forgotten_by_its_former_holder() {
        let mut demux = Demux::default();
        let address = "192.0.2.1:5000".parse().unwrap();
        demux.insert_address(address, PeerId(1));
        demux.insert_address(address, PeerId(2));
        demux.remove_address(&address, PeerId(1));
        assert_eq!(demux.by_address(&address), Some(PeerId(2)));
    }

    #[test]
    fn the_first_holder_keeps_its_ssrc() {
        let mut demux = Demux::default();
        demux.insert_ssrc(9, PeerId(1));
        demux.insert_ssrc(9, PeerId(2));
        assert_eq!(demux.by_ssrc(9), Some(PeerId(1)));
        demux.remove_ssrc(9, PeerId(2));
        assert_eq!(demux.by_ssrc(9), Some(PeerId(1)));
        demux.remove_ssrc(9, PeerId(1));
        assert_eq!(demux.len(), 0);
    }
}
