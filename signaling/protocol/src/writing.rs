//! What one asks of a conversation: to write, to change, to react, to read, to find.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{BlobId, Conversation, IdentityId, MessageId, Position};

/// `chat:send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SendText {
    /// Where.
    pub conversation: Conversation,
    /// Random, 32 hexadecimal digits. Sent again with the same, it is stored once.
    pub message: MessageId,
    /// 1–4,000 characters after trimming.
    pub text: String,
    /// Which message it answers, by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub reply_to: Option<u64>,
    /// Who is mentioned; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<IdentityId>>")]
    pub mentions: Vec<IdentityId>,
}

/// `chat:voice`: sends a sound that was uploaded by the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SendVoice {
    /// Where.
    pub conversation: Conversation,
    /// As in [`SendText`].
    pub message: MessageId,
    /// From `POST /api/blobs`.
    pub blob: BlobId,
    /// How long it is, ms; up to the server's limit.
    pub duration_ms: u32,
    /// How loud it is over its length; 1–64 values of 0–255.
    pub peaks: Vec<u8>,
    /// Which message it answers, by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub reply_to: Option<u64>,
}

/// `chat:edit`: one's own text messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditMessage {
    /// Where.
    pub conversation: Conversation,
    /// Which message, by its number.
    #[ts(type = "number")]
    pub of: u64,
    /// The text wanted: 1–4,000 characters after trimming.
    pub text: String,
    /// Who is mentioned; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<IdentityId>>")]
    pub mentions: Vec<IdentityId>,
}

/// `chat:delete`: one's own messages; in a room, its moderators anybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeleteMessage {
    /// Where.
    pub conversation: Conversation,
    /// Which message, by its number.
    #[ts(type = "number")]
    pub of: u64,
}

/// `chat:react`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct React {
    /// Where.
    pub conversation: Conversation,
    /// To which message, by its number.
    #[ts(type = "number")]
    pub of: u64,
    /// Exactly one emoji; at most 20 different ones under a message.
    pub emoji: String,
    /// The state wanted.
    pub on: bool,
}

/// `chat:typing`: expires by itself after 5 s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Typing {
    /// Where.
    pub conversation: Conversation,
    /// The state now.
    pub typing: bool,
}

/// `chat:read`: everything up to here was seen. Never goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MarkRead {
    /// Where.
    pub conversation: Conversation,
    /// The number of the last entry seen.
    #[ts(type = "number")]
    pub seq: u64,
}

/// `chat:history`: at most one of `before`, `after` and `around`; without, the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskHistory {
    /// Where.
    pub conversation: Conversation,
    /// Messages of smaller numbers than this, the newest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub before: Option<u64>,
    /// Messages of greater numbers than this, the oldest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after: Option<u64>,
    /// Messages on both sides of this number and the one of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub around: Option<u64>,
    /// How many; 1–100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u16>,
}

/// `chat:catch_up`: what came after a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskCatchUp {
    /// Where.
    pub conversation: Conversation,
    /// How far it is known.
    pub position: Position,
}

/// `chat:search`: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskSearch {
    /// Words that must all be there, 1–200 characters; the last may be the beginning of one.
    pub words: String,
    /// Only there. Without: everywhere one may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub conversation: Option<Conversation>,
    /// Only by this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub author: Option<IdentityId>,
    /// Only before this Unix time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub before_ms: Option<u64>,
    /// Only after this Unix time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after_ms: Option<u64>,
    /// From the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<String>,
    /// How many; 1–50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u16>,
}
