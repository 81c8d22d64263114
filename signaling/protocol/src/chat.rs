//! What is written: messages, what becomes of them, and how far somebody has read.
//!
//! A conversation is a log: every message, edit, deletion and change of reactions is an entry with
//! the next sequence number, without gaps. A message's own number never changes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Avatar, BlobId, IdentityId, MessageId, RoomId};

/// Where something is written: in a room, or between two people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// In this room.
    Room(RoomId),
    /// Between oneself and this person.
    Person(IdentityId),
}

/// How far a log is known. Two logs that agree at a position agree before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Position {
    /// Names this log; another one after the log was lost. 16 hexadecimal digits.
    pub epoch: String,
    /// The number of the last entry; 0 for an empty log.
    #[ts(type = "number")]
    pub seq: u64,
    /// Random, one per entry: tells two entries of the same number apart.
    pub tag: u32,
}

/// One entry of a log: `{"seq":7,"tag":9,"at_ms":…,"kind":"message",…}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Entry {
    /// Its number: one more than the entry before.
    #[ts(type = "number")]
    pub seq: u64,
    /// As in [`Position`].
    pub tag: u32,
    /// When it was stored, by the server's clock: Unix time, ms. Orders nothing.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// What it is.
    #[serde(flatten)]
    pub change: Change,
}

/// What an entry does.
#[allow(clippy::large_enum_variant, reason = "almost every change is a message")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A message was written.
    Message {
        /// As it was then.
        message: ChatMessage,
    },
    /// A message has another text.
    Edited {
        /// Which message, by its number.
        #[ts(type = "number")]
        of: u64,
        /// The text now.
        text: String,
        /// Who is mentioned now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<IdentityId>>")]
        mentions: Vec<IdentityId>,
    },
    /// A message was taken away; a tombstone stays.
    Deleted {
        /// Which message, by its number.
        #[ts(type = "number")]
        of: u64,
        /// Who did it.
        by: IdentityId,
    },
    /// Somebody reacted to a message, or took a reaction back.
    Reacted {
        /// Which message, by its number.
        #[ts(type = "number")]
        of: u64,
        /// Who did it.
        by: IdentityId,
        /// With what.
        emoji: String,
        /// Whether it is there now.
        on: bool,
        /// All reactions to the message now.
        reactions: Vec<Reaction>,
    },
}

/// A message as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChatMessage {
    /// Its number in the log.
    #[ts(type = "number")]
    pub seq: u64,
    /// Chosen by whoever sent it, so that sending it again stores it once.
    pub id: MessageId,
    /// When it was stored, by the server's clock: Unix time, ms. Orders nothing.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// Who wrote it, as they were then.
    pub author: Author,
    /// What it says.
    pub body: Body,
    /// Which message it answers, by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub reply_to: Option<u64>,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<IdentityId>>")]
    pub mentions: Vec<IdentityId>,
    /// When its text was last changed: Unix time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub edited_at_ms: Option<u64>,
    /// In the order in which the emoji first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Reaction>>")]
    pub reactions: Vec<Reaction>,
}

/// Somebody, as they were when they wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Author {
    /// Who.
    pub identity: IdentityId,
    /// As shown.
    pub name: String,
    /// As drawn.
    pub avatar: Avatar,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Text with a little Markdown, for the reader's program to render; never HTML.
    Text {
        /// 1–4,000 characters after trimming.
        text: String,
    },
    /// Something said: the sound is at `/api/blobs/{blob}`.
    Voice {
        /// The sound.
        blob: BlobId,
        /// Its media type.
        mime: String,
        /// Its size, bytes.
        #[ts(type = "number")]
        bytes: u64,
        /// How long it is, ms.
        duration_ms: u32,
        /// How loud it is over its length; 1–64 values of 0–255.
        peaks: Vec<u8>,
    },
    /// Something that happened; the author is who did it.
    System {
        /// What.
        event: SystemEvent,
    },
    /// The message was taken away.
    Deleted {
        /// Who did it.
        by: IdentityId,
    },
}

/// Something that happened in a conversation and is kept. Who comes and goes is told live and
/// kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SystemEvent {
    /// The room was created.
    RoomCreated {},
    /// The room has another name or icon.
    RoomRenamed {
        /// The name now.
        name: String,
        /// The icon now.
        icon: String,
    },
    /// The room is about something else.
    TopicChanged {
        /// The topic now, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        topic: Option<String>,
    },
    /// Somebody was sent out.
    Kicked {
        /// Whose name it was.
        name: String,
    },
    /// Somebody was sent out and may not come back.
    Banned {
        /// Whose name it was.
        name: String,
    },
    /// Somebody may come in again.
    Unbanned {
        /// Whose name it was then.
        name: String,
    },
    /// Somebody was taken into another room.
    Moved {
        /// Whose name it was.
        name: String,
    },
    /// Somebody's voice was taken or given back.
    ServerMuted {
        /// Whose name it was.
        name: String,
        /// Whether it is taken now.
        muted: bool,
    },
    /// Somebody's hearing was taken or given back.
    ServerDeafened {
        /// Whose name it was.
        name: String,
        /// Whether it is taken now.
        deafened: bool,
    },
    /// Somebody may do more or less than before.
    RoleChanged {
        /// Whose name it is.
        name: String,
        /// What they are now.
        role: crate::Role,
    },
    /// A call that was not answered.
    MissedCall {},
    /// A call that took place.
    Call {
        /// How long it took, ms.
        #[ts(type = "number")]
        duration_ms: u64,
    },
}

/// One emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reaction {
    /// Which.
    pub emoji: String,
    /// How many people.
    pub count: u32,
    /// Who, in the order in which they came; at most 50.
    pub by: Vec<IdentityId>,
}

/// Messages as they are now, in order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct History {
    /// Where the log stood when this was read; what comes later is told by `chat:entry`.
    pub position: Position,
    /// In order.
    pub messages: Vec<ChatMessage>,
    /// Whether there are older ones.
    pub more_before: bool,
    /// Whether there are newer ones.
    pub more_after: bool,
}

/// What came after a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CatchUp {
    /// Exactly what was missed.
    Replay {
        /// In order, without a gap.
        entries: Vec<Entry>,
    },
    /// Too much was missed: take the newest and page back from there.
    Gap {
        /// The newest messages.
        history: History,
    },
    /// The log is another one, or what was known of it is not in it: forget it, and send again
    /// what was sent after it, with the same ids.
    Reset {
        /// The newest messages.
        history: History,
    },
}

/// Some of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Found {
    /// Newest first.
    pub hits: Vec<Hit>,
    /// Asks for the page after this, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<String>,
}

/// One message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hit {
    /// Where.
    pub conversation: Conversation,
    /// As it is now.
    pub message: ChatMessage,
}

/// How far somebody has read, and what is new since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct ReadMark {
    /// The number of the last entry seen; 0 for nothing.
    #[ts(type = "number")]
    pub seq: u64,
    /// Messages by others after it.
    pub unread: u32,
    /// How many of them mention one.
    pub mentions: u32,
}

/// The answer to `chat:send` and `chat:voice`: it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sent {
    /// Which.
    pub message: MessageId,
    /// Where the log stood with it.
    pub position: Position,
    /// When it was stored, by the server's clock: Unix time, ms.
    #[ts(type = "number")]
    pub at_ms: u64,
}

/// A conversation between two people, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DirectSummary {
    /// The other, as they are now.
    pub person: crate::Person,
    /// Whether they are online.
    pub online: bool,
    /// The newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub last: Option<ChatMessage>,
    /// Where the log stands.
    pub position: Position,
    /// How far one has read.
    pub read: ReadMark,
    /// How far the other has read: the number of the last entry seen.
    #[ts(type = "number")]
    pub read_by_other: u64,
    /// How far it has reached the other.
    #[ts(type = "number")]
    pub delivered_to_other: u64,
}
