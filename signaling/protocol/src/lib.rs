//! The messages between a Hearth server and whoever connects to it: the only definition.
//!
//! Owns the shapes and their names on the wire, also exported to TypeScript. Never owns behaviour,
//! and depends on no other crate of ours. `PROTOCOL.md` tells the nouns and shows every message.

mod call;
mod chat;
mod error;
mod ids;
mod moderation;
mod profile;
mod request;
mod response;
mod room;
mod session;
mod voice;
mod writing;

pub use call::{Call, CallEnded, StartCall, ThisCall};
pub use chat::{
    Author, Body, CatchUp, Change, ChatMessage, Conversation, DirectSummary, Entry, Found, History,
    Hit, Position, Reaction, ReadMark, Sent, SystemEvent,
};
pub use error::{CloseCode, ErrorCode, Fault};
pub use ids::{
    BlobId, CallId, IdentityId, MessageId, ParticipantNumber, Password, RequestId, RoomId,
    SessionId, Token,
};
pub use moderation::{
    AskBans, Ban, BanSummary, DeleteRoom, EditRoom, Kick, Move, Role, SentOut, ServerDeafen,
    ServerMute, SetRole, Unban,
};
pub use profile::{Person, SetProfile};
pub use request::{ClientMessage, Request};
pub use response::{Ack, ServerMessage};
pub use room::{
    Avatar, CreateRoom, Departure, JoinRoom, LeftReason, LineState, Participant, RoomChange,
    RoomRead, RoomSnapshot, RoomSummary, VoiceState,
};
pub use session::{Hello, Limits, Resume, Welcome};
pub use voice::{
    BlockParticipant, IceParameters, IceServer, Leg, VoiceAnswer, VoiceClosedReason, VoiceDeafen,
    VoiceJoin, VoiceMute, VoiceQuality, VoiceRestart,
};
pub use writing::{
    AskCatchUp, AskHistory, AskSearch, DeleteMessage, EditMessage, MarkRead, React, SendText,
    SendVoice, Typing,
};

/// The version of this protocol. It rises when an old peer would misunderstand a new one.
pub const PROTOCOL_VERSION: u32 = 1;
