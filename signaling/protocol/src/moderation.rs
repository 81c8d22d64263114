//! Who may do what in a room, and what those who may do to others.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{IdentityId, ParticipantNumber, Password, RoomId};

/// What somebody may do in a room. Each may do what the one before may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Talk and write.
    #[default]
    Member,
    /// Mute, deafen, kick, ban and move members; delete their messages.
    Moderator,
    /// Edit and delete the room, and say who moderates.
    Owner,
}

/// Members are not marked as such.
pub(crate) fn is_member(role: &Role) -> bool {
    *role == Role::Member
}

/// `room:edit`: what is absent stays as it is. For owners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditRoom {
    /// Which.
    pub room: RoomId,
    /// 1–30 characters after trimming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub icon: Option<String>,
    /// At most 200 characters; empty takes it away. For moderators, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// 1–128 bytes; empty takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub password: Option<Password>,
    /// How many may be inside; 0 takes the limit away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// Whether only those inside and those with a role see it in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hidden: Option<bool>,
}

/// `room:delete`: with everything written in it. For owners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeleteRoom {
    /// Which.
    pub room: RoomId,
}

/// `room:role`. For owners; nobody changes their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetRole {
    /// Where.
    pub room: RoomId,
    /// Whose.
    pub identity: IdentityId,
    /// The role wanted.
    pub role: Role,
}

/// `room:kick`: out of the room; they may come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Kick {
    /// Whom.
    pub number: ParticipantNumber,
    /// Why, for them to read; at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<String>,
}

/// `room:ban`: out of the room, not to come back: by account, and by address, unless that is also
/// the address of whoever bans. Takes away the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ban {
    /// Where.
    pub room: RoomId,
    /// Whom.
    pub identity: IdentityId,
    /// For how long, ms; at least 1,000 and at most ten years; without, until it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub for_ms: Option<u64>,
    /// Why, for them to read; at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<String>,
}

/// `room:unban`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Unban {
    /// Where.
    pub room: RoomId,
    /// Whom.
    pub identity: IdentityId,
}

/// `room:bans`, for moderators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskBans {
    /// Where.
    pub room: RoomId,
}

/// Somebody who may not come in. Addresses are told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BanSummary {
    /// Who.
    pub identity: IdentityId,
    /// Their name then.
    pub name: String,
    /// Who did it.
    pub by: IdentityId,
    /// Until when: Unix time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub until_ms: Option<u64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<String>,
}

/// `room:mute`: a moderator takes or gives back somebody's voice in this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerMute {
    /// Whose.
    pub number: ParticipantNumber,
    /// The state wanted.
    pub muted: bool,
}

/// `room:deafen`: a moderator takes or gives back somebody's hearing in this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerDeafen {
    /// Whose.
    pub number: ParticipantNumber,
    /// The state wanted.
    pub deafened: bool,
}

/// `room:move`: into another room, voice and all. One must moderate here and may enter there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Move {
    /// Whom.
    pub number: ParticipantNumber,
    /// Where to.
    pub room: RoomId,
}

/// Why one is not in the room any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum SentOut {
    /// A moderator sent one out.
    Kicked {
        /// The moderator's name.
        by: String,
        /// What they said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reason: Option<String>,
    },
    /// A moderator sent one out, not to come back.
    Banned {
        /// The moderator's name.
        by: String,
        /// What they said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reason: Option<String>,
        /// Until when: Unix time, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        until_ms: Option<u64>,
    },
    /// The room is gone.
    Deleted {},
    /// The call is over whose room it was.
    CallEnded {},
}
