//! What a session may ask for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AskBans, AskCatchUp, AskHistory, AskSearch, Ban, BlockParticipant, CreateRoom, DeleteMessage,
    DeleteRoom, EditMessage, EditRoom, Hello, JoinRoom, Kick, MarkRead, Move, React, RequestId,
    SendText, SendVoice, ServerDeafen, ServerMute, SetProfile, SetRole, StartCall, ThisCall,
    Typing, Unban, VoiceDeafen, VoiceJoin, VoiceMute, VoiceRestart,
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
    /// Changes a room.
    #[serde(rename = "room:edit")]
    RoomEdit(EditRoom),
    /// Takes a room away, with everything written in it.
    #[serde(rename = "room:delete")]
    RoomDelete(DeleteRoom),
    /// Says what somebody may do in a room.
    #[serde(rename = "room:role")]
    RoomRole(SetRole),
    /// Sends somebody out.
    #[serde(rename = "room:kick")]
    RoomKick(Kick),
    /// Sends somebody out, not to come back.
    #[serde(rename = "room:ban")]
    RoomBan(Ban),
    /// Lets somebody come back.
    #[serde(rename = "room:unban")]
    RoomUnban(Unban),
    /// Asks who may not come in.
    #[serde(rename = "room:bans")]
    RoomBans(AskBans),
    /// Takes or gives back somebody's voice.
    #[serde(rename = "room:mute")]
    RoomMute(ServerMute),
    /// Takes or gives back somebody's hearing.
    #[serde(rename = "room:deafen")]
    RoomDeafen(ServerDeafen),
    /// Takes somebody into another room.
    #[serde(rename = "room:move")]
    RoomMove(Move),
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
    /// Writes.
    #[serde(rename = "chat:send")]
    ChatSend(SendText),
    /// Sends a sound.
    #[serde(rename = "chat:voice")]
    ChatVoice(SendVoice),
    /// Changes what one wrote.
    #[serde(rename = "chat:edit")]
    ChatEdit(EditMessage),
    /// Takes a message away.
    #[serde(rename = "chat:delete")]
    ChatDelete(DeleteMessage),
    /// Reacts to a message, or takes it back.
    #[serde(rename = "chat:react")]
    ChatReact(React),
    /// Says that one is typing.
    #[serde(rename = "chat:typing")]
    ChatTyping(Typing),
    /// Says how far one has read.
    #[serde(rename = "chat:read")]
    ChatRead(MarkRead),
    /// Asks for messages.
    #[serde(rename = "chat:history")]
    ChatHistory(AskHistory),
    /// Asks for what came after a position.
    #[serde(rename = "chat:catch_up")]
    ChatCatchUp(AskCatchUp),
    /// Looks for messages.
    #[serde(rename = "chat:search")]
    ChatSearch(AskSearch),
    /// Asks for one's conversations with others, the newest first.
    #[serde(rename = "direct:list")]
    DirectList {},
    /// Changes how one is shown.
    #[serde(rename = "profile:set")]
    ProfileSet(SetProfile),
    /// Rings at somebody's.
    #[serde(rename = "call:start")]
    CallStart(StartCall),
    /// Takes a call that rings.
    #[serde(rename = "call:accept")]
    CallAccept(ThisCall),
    /// Refuses a call that rings.
    #[serde(rename = "call:decline")]
    CallDecline(ThisCall),
    /// Gives up ringing, or hangs up.
    #[serde(rename = "call:end")]
    CallEnd(ThisCall),
}

impl ClientMessage {
    /// Every type there is.
    pub const TYPES: [&'static str; 38] = [
        "hello",
        "ping",
        "room:list",
        "room:create",
        "room:join",
        "room:leave",
        "room:edit",
        "room:delete",
        "room:role",
        "room:kick",
        "room:ban",
        "room:unban",
        "room:bans",
        "room:mute",
        "room:deafen",
        "room:move",
        "voice:join",
        "voice:restart",
        "voice:mute",
        "voice:deafen",
        "voice:block",
        "voice:leave",
        "chat:send",
        "chat:voice",
        "chat:edit",
        "chat:delete",
        "chat:react",
        "chat:typing",
        "chat:read",
        "chat:history",
        "chat:catch_up",
        "chat:search",
        "direct:list",
        "profile:set",
        "call:start",
        "call:accept",
        "call:decline",
        "call:end",
    ];
}
