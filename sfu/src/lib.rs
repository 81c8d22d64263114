//! The media plane of Hearth: a selective forwarding unit (RFC 7667 §3.7) for Opus voice.

mod control;
pub mod packet;
pub mod rtcp;
pub mod sdp;
pub mod speakers;
pub mod srtp;

pub use control::{
    Answer, CloseReason, Command, Event, Join, JoinError, ParticipantNumber, PeerId, Quality,
    RoomId, Transport,
};

/// The longest offer that is looked at, bytes.
pub const MAX_OFFER_BYTES: usize = 65_536;
