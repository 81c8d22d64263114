//! Calls between two people: they ring, and then both walk into a private room.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, IdentityId, Person, RoomId};

/// `call:start`: rings at the other's for a while (30 s, unless the server is set otherwise).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StartCall {
    /// Whom.
    pub person: IdentityId,
}

/// `call:accept`, `call:decline`, `call:end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThisCall {
    /// Which.
    pub call: CallId,
}

/// A call, ringing or under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Call {
    /// Names it.
    pub call: CallId,
    /// The other.
    pub person: Person,
    /// Both may walk into it once the call is accepted, and nobody else.
    pub room: RoomId,
    /// For how long it still rings, ms; 0 once it is accepted.
    pub rings_ms: u32,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallEnded {
    /// One of the two ended it, or walked out of its room, or never walked in.
    HungUp,
    /// The other declined.
    Declined,
    /// Nobody answered in time, the caller gave up ringing, or one of the two went.
    Missed,
}
