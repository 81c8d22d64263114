//! The media plane of Hearth: a selective forwarding unit (RFC 7667 §3.7) for Opus voice.

mod ahead;
mod control;
mod counters;
mod demux;
mod dtls;
mod ice;
mod leg;
pub mod outlet;
pub mod packet;
mod peer;
mod rewrite;
mod room;
pub mod rtcp;
pub mod run;
pub mod sdp;
mod sfu;
pub mod speakers;
pub mod srtp;

pub use control::{
    Answer, CloseReason, Command, Event, Join, JoinError, ParticipantNumber, PeerId, Quality,
    RoomId, Transport,
};
pub use counters::Counters;
pub use dtls::{Identity, IdentityError};
pub use rtcp::NtpClock;
pub use sfu::Sfu;

/// The longest offer that is looked at, bytes.
pub const MAX_OFFER_BYTES: usize = 65_536;
