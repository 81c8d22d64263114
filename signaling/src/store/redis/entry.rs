//! What of a log is kept in Redis, and back again.
//!
//! Owns the form of entries and of messages as they are now. A message's number, tag and time are
//! not in its JSON: Redis gives the number, and the rest is beside it.

use hearth_protocol::{
    Author, Body, Change, ChatMessage, Entry, IdentityId, MessageId, Position, Reaction,
};
use serde::{Deserialize, Serialize};

use crate::{
    identity::hex,
    store::{StoreError, log},
};

const UNWRITABLE: &str = "what is to be stored";

/// A message as it was written.
#[derive(Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) id: MessageId,
    pub(crate) author: Author,
    pub(crate) body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<IdentityId>,
}

/// What an edit made of a message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Edited {
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<IdentityId>,
    pub(crate) at_ms: u64,
}

/// What a deletion left of a message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tombstone {
    pub(crate) by: IdentityId,
    /// Added by the script, if the message had been edited.
    #[serde(default, skip_serializing)]
    pub(crate) edited_at_ms: Option<u64>,
}

impl Written {
    /// The letter of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self.body {
            Body::Text { .. } | Body::Deleted { .. } => "t",
            Body::Voice { .. } => "v",
            Body::System { .. } => "s",
        }
    }

    /// Equal for what is the same message, sent again.
    pub(crate) fn digest(&self) -> Result<String, StoreError> {
        let Self { author, body, reply_to, mentions, .. } = self;
        let digest = log::digest_of(&author.identity, body, *reply_to, mentions);
        digest.map(|all| hex(&all.as_ref()[..16])).map_err(|_| damaged(UNWRITABLE))
    }

    pub(crate) fn message(self, seq: u64, at_ms: u64) -> ChatMessage {
        ChatMessage {
            seq,
            id: self.id,
            at_ms,
            author: self.author,
            body: self.body,
            reply_to: self.reply_to,
            mentions: self.mentions,
            edited_at_ms: None,
            reactions: Vec::new(),
        }
    }
}

/// A message as `message` in head.lua tells it.
pub(crate) fn message(told: &[String]) -> Result<ChatMessage, StoreError> {
    let [seq, _tag, at_ms, _kind, written, change, reactions] = told else {
        return Err(damaged("a message"));
    };
    let written: Written = read(written)?;
    let mut message = written.message(number(seq)?, number(at_ms)?);
    if let Some(edited) = change.strip_prefix('e') {
        let edited: Edited = read(edited)?;
        message.body = Body::Text { text: edited.text };
        message.mentions = edited.mentions;
        message.edited_at_ms = Some(edited.at_ms);
    } else if let Some(tombstone) = change.strip_prefix('d') {
        let Tombstone { by, edited_at_ms } = read(tombstone)?;
        message.edited_at_ms = edited_at_ms;
        message.body = Body::Deleted { by };
        message.mentions.clear();
    }
    if !reactions.is_empty() {
        message.reactions = read::<Vec<Reaction>>(reactions)?;
    }
    Ok(message)
}

/// An entry as since.lua tells it: its id and its fields, and the message that it is about.
pub(crate) type Told = (String, Vec<String>, Vec<String>);

/// An entry, as far as what it did still shows.
pub(crate) fn retold((id, fields, about): &Told) -> Result<Entry, StoreError> {
    let (seq, tag) = id.split_once('-').ok_or_else(|| damaged("an id"))?;
    let [_, kind, _, at_ms, _, body, ..] = fields.as_slice() else {
        return Err(damaged("an entry"));
    };
    let now = message(about)?;
    let change = match kind.as_str() {
        "t" | "v" | "s" => Change::Message { message: now },
        _ => log::retold(read(body)?, now),
    };
    Ok(Entry { seq: number(seq)?, tag: number(tag)?, at_ms: number(at_ms)?, change })
}

pub(crate) fn position(epoch: String, seq: &str, tag: &str) -> Result<Position, StoreError> {
    Ok(Position { epoch, seq: number(seq)?, tag: number(tag)? })
}

pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Result<N, StoreError> {
    text.parse().map_err(|_| damaged("a number"))
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| damaged(UNWRITABLE))
}

pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| damaged("a record"))
}

/// Something in Redis is not as it was put there.
pub(crate) fn damaged(what: &str) -> StoreError {
    StoreError::Unavailable(format!("{what} in Redis is not as it should be"))
}
