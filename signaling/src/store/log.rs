//! What goes into a log and what comes out of it.
//!
//! Owns the shapes that the protocol has not, and what every store makes of them alike. Never checks
//! who may do what, or how long a text is.

use hearth_protocol::{
    Author, Body, Change, ChatMessage, Conversation, Entry, IdentityId, MessageId, Position,
    ReadMark, RoomId,
};
use ring::digest::{Digest, SHA256, digest};
use serde::{Deserialize, Serialize};

/// Names a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKey {
    /// A room's.
    Room(RoomId),
    /// That between two people; the smaller identity first. Made by [`LogKey::direct`].
    Direct(IdentityId, IdentityId),
}

impl LogKey {
    /// The log between two people.
    #[must_use]
    pub fn direct(one: IdentityId, other: IdentityId) -> Self {
        if one <= other { Self::Direct(one, other) } else { Self::Direct(other, one) }
    }

    /// The log as one of those in it, or who reads there, has it.
    pub(super) fn conversation(&self, reader: &IdentityId) -> Conversation {
        match self {
            Self::Room(room) => Conversation::Room(room.clone()),
            Self::Direct(one, other) if one == reader => Conversation::Person(other.clone()),
            Self::Direct(one, _) => Conversation::Person(one.clone()),
        }
    }
}

/// What of a message tells it from another that was sent with the same id.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn digest_of(
    author: &IdentityId,
    body: &Body,
    reply_to: Option<u64>,
    mentions: &[IdentityId],
) -> serde_json::Result<Digest> {
    Ok(digest(&SHA256, &serde_json::to_vec(&(author, body, reply_to, mentions))?))
}

/// What a change did to a message, as far as it still shows in what the message is `now`: a text
/// that is gone is not told again.
pub(super) fn retold(change: Change, now: ChatMessage) -> Change {
    match change {
        Change::Message { .. } => Change::Message { message: now },
        Change::Edited { of, .. } => {
            let text = match now.body {
                Body::Text { text } => text,
                _ => String::new(),
            };
            Change::Edited { of, text, mentions: now.mentions }
        }
        Change::Reacted { of, by, emoji, on, .. } => {
            Change::Reacted { of, by, emoji, on, reactions: now.reactions }
        }
        deleted @ Change::Deleted { .. } => deleted,
    }
}

/// An entry that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Who does it.
    pub by: Author,
    /// When: Unix time, ms. Orders nothing.
    pub at_ms: u64,
    /// What.
    pub change: NewChange,
}

/// What an entry is to do. Bounds were checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewChange {
    /// Write a message.
    Message {
        /// Within its log there is one message of this id.
        id: MessageId,
        /// Anything but `Deleted`.
        body: Body,
        /// The number of the message that it answers.
        reply_to: Option<u64>,
        /// Who is mentioned.
        mentions: Vec<IdentityId>,
    },
    /// Give a text message another text.
    Edit {
        /// The number of the message.
        of: u64,
        /// The text wanted.
        text: String,
        /// Who is mentioned then.
        mentions: Vec<IdentityId>,
    },
    /// Take a message away: its body becomes `Deleted`; its reactions, mentions and sound go. It
    /// still counts among the messages ever written.
    Delete {
        /// The number of the message.
        of: u64,
    },
    /// Have a reaction there or not.
    React {
        /// The number of the message.
        of: u64,
        /// With what.
        emoji: String,
        /// The state wanted.
        on: bool,
        /// How many different emoji may be under a message.
        most: usize,
    },
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "almost every one is new")]
pub enum Appended {
    /// It is in the log now.
    New {
        /// As everybody is to be told.
        entry: Entry,
        /// Where the log stands with it.
        position: Position,
        /// As [`LogHead::messages`], with it.
        messages: u64,
    },
    /// The message was stored before, by the same person and with the same content.
    Known {
        /// Where the log stood with it.
        position: Position,
        /// When it was stored: Unix time, ms.
        at_ms: u64,
    },
    /// It was so already: nothing was added.
    Unchanged,
}

/// Where a log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// The last entry. Of an empty log `seq` and `tag` are 0, and the epoch is the one that the
    /// first entry will have.
    pub position: Position,
    /// Text and sound messages ever written; what the system says does not count, what was
    /// deleted does.
    pub messages: u64,
}

/// Which messages. All limits are at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    Newest {
        /// At most so many.
        limit: usize,
    },
    /// The newest of those with smaller numbers.
    Before {
        /// Smaller than this.
        seq: u64,
        /// At most so many.
        limit: usize,
    },
    /// The oldest of those with greater numbers.
    After {
        /// Greater than this.
        seq: u64,
        /// At most so many.
        limit: usize,
    },
    /// The one of this number and those on both sides of it: the newest `limit / 2` with smaller
    /// numbers, then the oldest from `seq` on, as many as fill the limit.
    Around {
        /// Around this.
        seq: u64,
        /// At most so many in all.
        limit: usize,
    },
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Words that must all be there; case and accents do not matter; the last one may be a
    /// beginning. Punctuation and emoji separate words and are none: without any word, nothing is
    /// found.
    pub words: Vec<String>,
    /// Where.
    pub logs: Vec<LogKey>,
    /// Only by this person.
    pub author: Option<IdentityId>,
    /// Only stored before this Unix time, ms.
    pub before_ms: Option<u64>,
    /// Only stored at this Unix time, ms, or after.
    pub after_ms: Option<u64>,
    /// [`hearth_protocol::Found::next`] of the page before. From one that no page gave, nothing
    /// is found.
    pub next: Option<String>,
    /// At most so many hits; at least 1.
    pub limit: usize,
}

/// A conversation between two people, for one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectRecord {
    /// The other.
    pub other: IdentityId,
    /// Where the log stands.
    pub head: LogHead,
    /// The newest message as it is now, a tombstone too.
    pub last: Option<ChatMessage>,
    /// How far the one asked about has read.
    pub read: ReadMark,
    /// How far the other has read: the number of the last entry seen.
    pub read_by_other: u64,
    /// How far it has reached the other: the number of the last entry.
    pub delivered_to_other: u64,
}
