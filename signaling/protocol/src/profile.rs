//! How somebody is shown to the others.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Avatar, IdentityId};

/// Somebody, across rooms, as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Who.
    pub identity: IdentityId,
    /// As shown.
    pub name: String,
    /// As drawn.
    pub avatar: Avatar,
    /// What they say of themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<String>,
}

/// `profile:set`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetProfile {
    /// As in `hello`: nobody else who is online has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// How one is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub avatar: Option<Avatar>,
    /// At most 80 characters; empty takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<String>,
}
