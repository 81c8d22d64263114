//! The messages between a Hearth server and whoever connects to it: the only definition.
//!
//! Owns the shapes and their names on the wire, also exported to TypeScript. Never owns behaviour,
//! and depends on no other crate of ours. `PROTOCOL.md` tells the nouns and shows every message.

mod error;
mod ids;
mod request;
mod response;
mod room;
mod session;
mod voice;

pub use error::{CloseCode, ErrorCode, Fault};
pub use ids::{IdentityId, ParticipantNumber, RequestId, RoomId, SessionId, Token};
pub use request::{ClientMessage, Request};
pub use response::{Ack, ServerMessage};
pub use room::{
    Avatar, CreateRoom, JoinRoom, LeftReason, Participant, RoomChange, RoomSnapshot, RoomSummary,
    VoiceState,
};
pub use session::{Hello, Limits, Resume, Welcome};
pub use voice::{
    BlockParticipant, IceParameters, IceServer, VoiceAnswer, VoiceClosedReason, VoiceDeafen,
    VoiceJoin, VoiceMute, VoiceRestart,
};

/// The version of this protocol. It rises when an old peer would misunderstand a new one.
pub const PROTOCOL_VERSION: u32 = 1;
