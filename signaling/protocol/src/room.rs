//! Rooms and who is in them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CatchUp, IdentityId, ParticipantNumber, Password, Position, ReadMark, Role, RoomId,
    moderation::is_member,
};

/// `room:create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CreateRoom {
    /// 1–30 characters after trimming.
    pub name: String,
    /// One emoji, at most 32 bytes.
    pub icon: String,
    /// At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// How many may be inside; 1 or more, up to the server's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// Who walks in says it; 1–128 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub password: Option<Password>,
    /// Whether only those inside and those with a role see it in the list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
}

/// `room:join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JoinRoom {
    /// Which.
    pub room: RoomId,
    /// Takes the voice along, without a new negotiation. If not, it ends with the old room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub with_voice: bool,
    /// How far what is written there is known: the snapshot has what was missed instead of the
    /// newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub position: Option<Position>,
    /// Of a room that asks for one; who has a role there needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub password: Option<Password>,
}

/// A room as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomSummary {
    /// Never changes.
    pub id: RoomId,
    /// As shown.
    pub name: String,
    /// One emoji.
    pub icon: String,
    /// What the room is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// How many may be inside, if limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// Whether it asks for a password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub locked: bool,
    /// Whether only those inside and those with a role see it in the list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    /// How many messages were ever written in it.
    #[ts(type = "number")]
    pub messages: u64,
    /// How many are inside: the size of a set, never a counter.
    pub count: u32,
    /// Who is inside. In a crowd (above 500) only those who have spoken, at most 500: `count` is
    /// then greater than the length.
    pub participants: Vec<Participant>,
}

/// How far one has read in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomRead {
    /// Which.
    pub room: RoomId,
    /// How far.
    #[serde(flatten)]
    pub read: ReadMark,
}

/// What changed about one room since the last delta. Absent fields did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomChange {
    /// Which.
    pub id: RoomId,
    /// The room is new, or is to be taken anew as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub summary: Option<RoomSummary>,
    /// The room is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub removed: bool,
    /// How many messages were ever written in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub messages: Option<u64>,
    /// How many are inside now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub count: Option<u32>,
    /// Who came in, or whose state changed; absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Participant>>")]
    pub present: Vec<Participant>,
    /// Who went out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<ParticipantNumber>>")]
    pub left: Vec<ParticipantNumber>,
}

/// A room as one sees it on walking in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomSnapshot {
    /// The room and everybody in it, oneself included.
    pub room: RoomSummary,
    /// Which participant one is.
    pub you: ParticipantNumber,
    /// What one may do here.
    pub role: Role,
    /// What is written here: what was missed since the position given, or the newest.
    pub chat: CatchUp,
    /// How far one has read.
    pub read: ReadMark,
}

/// Somebody in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    /// In this room and in its audio.
    pub number: ParticipantNumber,
    /// Across rooms.
    pub identity: IdentityId,
    /// As shown; unique among those online.
    pub name: String,
    /// How the arch looks.
    pub avatar: Avatar,
    /// What they may do here.
    #[serde(default, skip_serializing_if = "is_member")]
    #[ts(optional, as = "Option<Role>")]
    pub role: Role,
    /// What the others need to know about the voice.
    pub voice: VoiceState,
    /// On another node than oneself: neither hears the other's voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub elsewhere: bool,
}

/// How somebody is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Avatar {
    /// One of the eight coats; 0–7.
    #[serde(default)]
    pub coat: u8,
    /// An emoji in place of the initial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub emoji: Option<String>,
}

/// What is known about somebody's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct VoiceState {
    /// Has a media connection.
    pub connected: bool,
    /// Has a microphone in it (else: listens only).
    pub speaks: bool,
    /// Is speaking right now.
    pub speaking: bool,
    /// Sends nothing.
    pub muted: bool,
    /// Hears nothing.
    pub deafened: bool,
    /// A moderator took the voice: nothing is forwarded, muted or not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub server_muted: bool,
    /// A moderator took the hearing: nothing is sent, deafened or not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub server_deafened: bool,
    /// How their line to the server is, if there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub line: Option<LineState>,
}

/// Why somebody may be hard to hear, or hear badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Some of the voice is lost.
    Weak,
    /// Nothing gets through, one way at least, though it should.
    Lost,
}

/// Somebody who walked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Departure {
    /// Who.
    pub number: ParticipantNumber,
    /// How.
    pub reason: LeftReason,
}

/// How somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// Walked out, or into another room.
    Left,
    /// The connection was lost and did not come back in time.
    Lost,
    /// The room was deleted or the person sent out.
    Removed,
}
