//! Coming in, and coming back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Avatar, IceParameters, IdentityId, RoomId, SessionId, Token};

/// `hello`: with a token one is who one was; without, a guest with `name` gets a new identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Hello {
    /// The protocol version that is spoken.
    pub protocol: u32,
    /// From an earlier `hello`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<Token>,
    /// 2–20 characters: letters and digits of any script, space, `_`, `-`, `.`.
    /// With a token: a new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// How one is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub avatar: Option<Avatar>,
    /// Goes on with a session that was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume: Option<Resume>,
}

/// Which session, and how far it was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Resume {
    /// From that session's `hello`.
    pub session: SessionId,
    /// How many counted frames arrived (all but `hello` and `pong`).
    pub received: u32,
}

/// The server's `hello`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Welcome {
    /// The server's version.
    pub version: String,
    /// The protocol's version.
    pub protocol: u32,
    /// Who one is.
    pub identity: IdentityId,
    /// Proves it the next time. Keep it secret.
    pub token: Token,
    /// The name one has now.
    pub name: String,
    /// How one is drawn now.
    pub avatar: Avatar,
    /// Names this session for a resume.
    pub session: SessionId,
    /// Whether the session that was asked for goes on: the missed frames follow, one is still in
    /// its room and voice. If not, everything starts anew.
    pub resumed: bool,
    /// The room one is in, after a resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub room: Option<RoomId>,
    /// How often to `ping`, ms.
    pub heartbeat_ms: u32,
    /// Silence after which either side takes the connection for dead, ms.
    pub dead_after_ms: u32,
    /// For how long a cut session can be resumed, ms.
    pub resume_ms: u32,
    /// Receiving audio sections to offer (K).
    pub slots: u8,
    /// What a media connection needs.
    pub ice: IceParameters,
    /// The bounds that hold here.
    pub limits: Limits,
    /// What "acknowledged" means: the level at which things are stored.
    pub durability: String,
}

/// Bounds that one meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Limits {
    /// Largest message to the server, bytes.
    pub message_bytes: u32,
    /// Messages per second; `None` where rates are off.
    pub messages_per_second: Option<u32>,
    /// Longest name of a person, characters.
    pub name_chars: u32,
    /// Longest name of a room, characters.
    pub room_name_chars: u32,
    /// Longest topic, characters.
    pub topic_chars: u32,
    /// Most people in one room.
    pub room_participants: u32,
    /// Longest chat message, characters.
    pub chat_chars: u32,
    /// Largest sound, bytes.
    pub blob_bytes: u32,
    /// Longest sound, ms.
    pub voice_message_ms: u32,
}
