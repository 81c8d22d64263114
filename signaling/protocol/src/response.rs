//! What the server says.
//!
//! Every frame but `hello` and `pong` counts: the n-th since the session began has number n,
//! without saying so (so that one serialised broadcast serves every socket). `hello.resume`
//! names the last number seen, and the server repeats what came after it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    BanSummary, Call, CallEnded, CallId, CatchUp, ChatMessage, Conversation, Departure,
    DirectSummary, Entry, Fault, Found, History, IdentityId, Participant, ParticipantNumber,
    Person, ReadMark, RequestId, Role, RoomChange, RoomId, RoomRead, RoomSnapshot, RoomSummary,
    Sent, SentOut, VoiceAnswer, VoiceClosedReason, VoiceQuality, VoiceState, Welcome,
};

/// One message from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type")]
pub enum ServerMessage {
    /// Answers `hello`.
    #[serde(rename = "hello")]
    Hello {
        /// The id of the request.
        id: RequestId,
        /// Who you are here and what holds here.
        #[serde(flatten)]
        welcome: Box<Welcome>,
    },
    /// Answers `ping`.
    #[serde(rename = "pong")]
    Pong {
        /// The id of the request.
        id: RequestId,
    },
    /// It is done.
    #[serde(rename = "ack")]
    Ack {
        /// The id of the request.
        id: RequestId,
        /// What came of it.
        result: Ack,
    },
    /// It is refused.
    #[serde(rename = "error")]
    Error {
        /// The id of the request, if it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        id: Option<RequestId>,
        /// Why.
        #[serde(flatten)]
        fault: Fault,
    },
    /// Rooms appeared, changed or went, since the list or the last delta. At most 2 a second.
    #[serde(rename = "room:list:delta")]
    RoomListDelta {
        /// One entry per room.
        changes: Vec<RoomChange>,
    },
    /// The room one is in, to be taken anew as a whole: it became a crowd, where only those who
    /// spoke are told of, or ceased to be one.
    #[serde(rename = "room:anew")]
    RoomAnew {
        /// As it is now.
        summary: RoomSummary,
    },
    /// How many are in the room, while it is a crowd. At most once per list interval.
    #[serde(rename = "room:count")]
    RoomCount {
        /// The room.
        room: RoomId,
        /// How many are inside now.
        count: u32,
    },
    /// Who walked in and out of the room. Told at once; where many come and go, gathered for up
    /// to a list interval. In a crowd, whoever begins to speak is told as if they had walked in.
    #[serde(rename = "room:delta")]
    RoomDelta {
        /// The room.
        room: RoomId,
        /// Who walked in, or is otherwise to be taken anew; absolute.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<Participant>>")]
        present: Vec<Participant>,
        /// Who walked out, or was lost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<Departure>>")]
        left: Vec<Departure>,
    },
    /// One is not in the room any more, and others decided that. The voice ended with it.
    #[serde(rename = "room:sent_out")]
    RoomSentOut {
        /// Which room.
        room: RoomId,
        /// Why.
        #[serde(flatten)]
        out: SentOut,
    },
    /// A moderator took one into another room, the voice with it; its deltas follow.
    #[serde(rename = "room:moved")]
    RoomMoved {
        /// The moderator's name.
        by: String,
        /// The room one is in now.
        snapshot: Box<RoomSnapshot>,
    },
    /// One may do more or less in a room than before.
    #[serde(rename = "room:role")]
    RoomRole {
        /// Which room.
        room: RoomId,
        /// What one is there now.
        role: Role,
    },
    /// Somebody's voice state changed; absolute, not a difference.
    #[serde(rename = "participant:voice")]
    ParticipantVoice {
        /// The room.
        room: RoomId,
        /// Who.
        number: ParticipantNumber,
        /// How it is now.
        voice: VoiceState,
    },
    /// Something was written, or became of what was written.
    #[serde(rename = "chat:entry")]
    ChatEntry {
        /// Where.
        conversation: Conversation,
        /// What.
        entry: Entry,
    },
    /// What was written there is not what one was told, or not all of it: whoever knows a position
    /// asks with it by `chat:catch_up`.
    #[serde(rename = "chat:anew")]
    ChatAnew {
        /// Where.
        conversation: Conversation,
    },
    /// Somebody is typing, or is not any more.
    #[serde(rename = "chat:typing")]
    ChatTyping {
        /// Where.
        conversation: Conversation,
        /// Who.
        identity: IdentityId,
        /// As shown.
        name: String,
        /// The state now; expires after 5 s.
        typing: bool,
    },
    /// One was mentioned in a room that one is not in.
    #[serde(rename = "chat:mention")]
    ChatMention {
        /// Where.
        conversation: Conversation,
        /// The message.
        message: ChatMessage,
        /// How far one has read there.
        read: ReadMark,
    },
    /// The other has received or read what is written between the two. Neither ever goes back: a
    /// smaller number than one knows says nothing.
    #[serde(rename = "direct:receipt")]
    DirectReceipt {
        /// The other.
        person: IdentityId,
        /// The number of the last entry that reached them.
        #[ts(type = "number")]
        delivered: u64,
        /// The number of the last entry that they have read.
        #[ts(type = "number")]
        read: u64,
    },
    /// Somebody with whom one has a conversation is shown otherwise now.
    #[serde(rename = "direct:person")]
    DirectPerson {
        /// As they are now.
        person: Person,
    },
    /// Somebody calls.
    #[serde(rename = "call:ringing")]
    CallRinging {
        /// The call; the person is who calls.
        call: Call,
    },
    /// The other has accepted one's call: both may walk into its room.
    #[serde(rename = "call:accepted")]
    CallAccepted {
        /// The call; the person is who accepted.
        call: Call,
    },
    /// A call is over; told to both, and to nobody in its room any more.
    #[serde(rename = "call:ended")]
    CallEnded {
        /// Which.
        call: CallId,
        /// How.
        how: CallEnded,
    },
    /// How your own voice gets through: at once when somebody cannot be heard or hear any more, or
    /// again; else every 10 s. At most every 2 s.
    #[serde(rename = "voice:quality")]
    VoiceQuality(VoiceQuality),
    /// Your own voice ended without your asking.
    #[serde(rename = "voice:closed")]
    VoiceClosed {
        /// Why.
        reason: VoiceClosedReason,
    },
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "of")]
pub enum Ack {
    /// Done; nothing more to say.
    #[serde(rename = "done")]
    Done {},
    /// All rooms.
    #[serde(rename = "room:list")]
    RoomList {
        /// In the order in which they are shown.
        rooms: Vec<RoomSummary>,
        /// How far one has read in them; without those where one never was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<RoomRead>>")]
        read: Vec<RoomRead>,
    },
    /// The room that was created.
    #[serde(rename = "room:create")]
    RoomCreate {
        /// As it is now.
        room: RoomSummary,
    },
    /// The room that was joined.
    #[serde(rename = "room:join")]
    RoomJoin {
        /// As it is now; deltas follow.
        snapshot: Box<RoomSnapshot>,
    },
    /// Who may not come in.
    #[serde(rename = "room:bans")]
    RoomBans {
        /// The newest first; at most 200.
        bans: Vec<BanSummary>,
    },
    /// What was sent is stored.
    #[serde(rename = "chat:sent")]
    Sent(Sent),
    /// Messages.
    #[serde(rename = "chat:history")]
    History(History),
    /// What came after a position.
    #[serde(rename = "chat:catch_up")]
    CatchUp(CatchUp),
    /// What was found.
    #[serde(rename = "chat:search")]
    Found(Found),
    /// How far one has read now.
    #[serde(rename = "chat:read")]
    Read(ReadMark),
    /// One's conversations with others.
    #[serde(rename = "direct:list")]
    DirectList {
        /// The newest first; at most 200.
        conversations: Vec<DirectSummary>,
    },
    /// How one is shown now.
    #[serde(rename = "profile:set")]
    Profile {
        /// As the others see it.
        person: Person,
    },
    /// A call that one has now.
    #[serde(rename = "call")]
    Call {
        /// The call; the person is the other.
        call: Call,
    },
    /// The answer to an offer.
    #[serde(rename = "voice")]
    Voice(VoiceAnswer),
}
