//! What a session may ask for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    BlockParticipant, CreateRoom, Hello, JoinRoom, RequestId, VoiceDeafen, VoiceJoin, VoiceMute,
    VoiceRestart,
};

/// One message to the server: `{"id":7,"type":"room:join","room":"general"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Request {
    /// Comes back in the `ack` or `error`.
    pub id: RequestId,
    /// What is asked.
    #[serde(flatten)]
    pub message: ClientMessage,
}

/// Everything that can be asked. Each is answered once, by `ack` or by `error`; but `hello` by
/// `hello`, and `ping` by `pong`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type")]
pub enum ClientMessage {
    /// Comes first: who is there.
    #[serde(rename = "hello")]
    Hello(Hello),
    /// Heartbeat; also measures the round trip.
    #[serde(rename = "ping")]
    Ping {
        /// How many counted frames have arrived: the server forgets what it kept of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        received: Option<u32>,
    },
    /// Asks for all rooms; from then on `room:list:delta` tells what changes.
    #[serde(rename = "room:list")]
    RoomList {},
    /// Creates a room.
    #[serde(rename = "room:create")]
    RoomCreate(CreateRoom),
    /// Walks into a room, out of the one before.
    #[serde(rename = "room:join")]
    RoomJoin(JoinRoom),
    /// Walks out of the room.
    #[serde(rename = "room:leave")]
    RoomLeave {},
    /// Joins the voice of the room: one offer, one answer.
    #[serde(rename = "voice:join")]
    VoiceJoin(VoiceJoin),
    /// Opens a new path for the same voice (ICE restart, RFC 8445 §2.4).
    #[serde(rename = "voice:restart")]
    VoiceRestart(VoiceRestart),
    /// Says that the microphone is off or on; while off, nothing is forwarded.
    #[serde(rename = "voice:mute")]
    VoiceMute(VoiceMute),
    /// Says that nothing is listened to; while on, nothing is sent.
    #[serde(rename = "voice:deafen")]
    VoiceDeafen(VoiceDeafen),
    /// "Mute for me": the server stops or resumes sending one participant's voice to this one.
    #[serde(rename = "voice:block")]
    VoiceBlock(BlockParticipant),
    /// Leaves the voice, stays in the room.
    #[serde(rename = "voice:leave")]
    VoiceLeave {},
}

impl ClientMessage {
    /// Every type there is.
    pub const TYPES: [&'static str; 12] = [
        "hello",
        "ping",
        "room:list",
        "room:create",
        "room:join",
        "room:leave",
        "voice:join",
        "voice:restart",
        "voice:mute",
        "voice:deafen",
        "voice:block",
        "voice:leave",
    ];
}
