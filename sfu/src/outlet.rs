//! Where a core puts the datagrams that it wants sent, and what it says about them.
//!
//! The buffers belong to the shell, so that a packet is written once, where the kernel reads it.

use std::net::{IpAddr, SocketAddr};

/// The longest datagram that is taken or sent, bytes.
pub const MAX_DATAGRAM: usize = 1500;

/// The address of ours that a datagram came to, and that the reply has to leave from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalAddr {
    /// Never unspecified, never IPv4-mapped.
    pub ip: IpAddr,
    /// The interface's index; 0 unless `ip` is link-local and means nothing without it.
    pub interface: u32,
}

/// The two ends of a peer's transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    /// Ours.
    pub local: LocalAddr,
    /// Theirs; never IPv4-mapped.
    pub remote: SocketAddr,
}

/// What may be dropped when there is too much: media, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// STUN, DTLS and RTCP.
    Control,
    /// RTP.
    Media,
}

/// Takes datagrams.
pub trait Outlet {
    /// Sends what `fill` writes into the buffer that it is given; it returns the length, and 0
    /// for nothing. What is in the buffer before is undefined.
    fn send(
        &mut self,
        path: &Path,
        kind: Kind,
        fill: impl FnOnce(&mut [u8; MAX_DATAGRAM]) -> usize,
    );
}
