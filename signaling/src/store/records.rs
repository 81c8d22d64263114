//! Rooms, people, bans and sounds, as kept.
//!
//! Owns the shapes alone. They serialise, so that a store can keep one as a whole; a field that is
//! added later needs a default, as older records do not have it.

use std::{collections::BTreeMap, net::IpAddr};

use hearth_protocol::{Avatar, BlobId, IdentityId, Role, RoomId};
use serde::{Deserialize, Serialize};

use super::LogKey;

/// A room. Those of calls live in memory only and are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRecord {
    /// Never changes.
    pub id: RoomId,
    /// As shown.
    pub name: String,
    /// One emoji.
    pub icon: String,
    /// What it is about.
    pub topic: Option<String>,
    /// How many may be inside, if limited.
    pub max_participants: Option<u32>,
    /// Who created it; `None` for the rooms of the first start.
    pub owner: Option<IdentityId>,
    /// What proves that somebody knows the password, if there is one: a PHC string of argon2.
    pub password: Option<String>,
    /// Whether only those inside and those with a role see it in the list.
    pub hidden: bool,
    /// Moderators and further owners; [`RoomRecord::owner`] is none of them.
    pub roles: BTreeMap<IdentityId, Role>,
    /// When it was created: Unix time, ms.
    pub at_ms: u64,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRecord {
    /// Public; never changes.
    pub id: IdentityId,
    /// What proves it, of one person at most. The token itself is kept nowhere; `None` for those
    /// who sign in elsewhere.
    pub token: Option<TokenHash>,
    /// As last chosen.
    pub name: String,
    /// As last chosen.
    pub avatar: Avatar,
    /// What they say of themselves.
    pub status: Option<String>,
    /// What their sign-in said of them last: another word of it counts anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
}

/// What a sign-in says of somebody. They may choose otherwise afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Given {
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
}

/// The SHA-256 of a token. Tokens are random and long, so that no salt is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenHash(pub [u8; 32]);

/// Somebody who may not come into a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanRecord {
    /// Who.
    pub identity: IdentityId,
    /// Their name then.
    pub name: String,
    /// Where they came from, if that is banned too.
    pub address: Option<IpAddr>,
    /// Who did it.
    pub by: IdentityId,
    /// Until when: Unix time, ms; `None` until it is lifted. The store does not look at it.
    pub until_ms: Option<u64>,
    /// Why.
    pub reason: Option<String>,
    /// When: Unix time, ms.
    pub at_ms: u64,
}

/// A sound; its bytes are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRecord {
    /// Never changes.
    pub id: BlobId,
    /// Who uploaded it.
    pub owner: IdentityId,
    /// Its media type.
    pub mime: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// How long it was found to be, ms; `None` where an older version kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// When it was put: Unix time, ms.
    pub at_ms: u64,
    /// Where the message is that uses it, if one does: who may read there may hear it. Only
    /// [`super::Store::append`] and [`super::Store::delete_room`] change this; it is `None` when
    /// the sound is put.
    pub used_in: Option<LogKey>,
}
