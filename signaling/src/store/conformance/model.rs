//! What a log is, in its plainest form: everything in memory, nothing fast, nothing shared with a
//! store.
//!
//! Owns the rules of the trait once more, so that a store can be held against them.

use std::collections::{BTreeMap, HashMap};

use hearth_protocol::{Body, Change, ChatMessage, IdentityId, MessageId, Position, Reaction};

use crate::store::{LogKey, NewChange, NewEntry, Page, Search, StoreError};

/// A log as it must be.
pub(super) struct Model {
    pub(super) key: LogKey,
    /// By number; that of the empty log first.
    pub(super) positions: Vec<Position>,
    /// When each entry was stored, by number; nothing at 0.
    pub(super) times: Vec<u64>,
    pub(super) messages: Vec<ChatMessage>,
    /// What was sent under each id, and the number it got.
    sent: HashMap<MessageId, (NewEntry, u64)>,
    /// Numbers of the texts ever written.
    texts: Vec<u64>,
    read: BTreeMap<IdentityId, u64>,
    delivered: BTreeMap<IdentityId, u64>,
}

/// What must become of an entry.
#[allow(clippy::large_enum_variant, reason = "almost every one is new")]
#[derive(Debug)]
pub(super) enum Outcome {
    New(Change),
    Known { seq: u64 },
    Unchanged,
}

/// A page, and whether there are messages before and after it.
pub(super) type Paged = (Vec<ChatMessage>, bool, bool);

impl Model {
    /// Of a log that stands at `empty`.
    pub(super) fn new(key: LogKey, empty: Position) -> Self {
        Self {
            key,
            positions: vec![empty],
            times: vec![0],
            messages: Vec::new(),
            sent: HashMap::new(),
            texts: Vec::new(),
            read: BTreeMap::new(),
            delivered: BTreeMap::new(),
        }
    }

    /// The number of the last entry.
    pub(super) fn end(&self) -> u64 {
        u64::try_from(self.positions.len()).unwrap() - 1
    }

    /// What must become of this entry. If it is new, its position is to be noted by
    /// [`Model::stored`].
    pub(super) fn append(&mut self, entry: &NewEntry) -> Result<Outcome, StoreError> {
        let (by, seq) = (entry.by.identity.clone(), self.end() + 1);
        match &entry.change {
            NewChange::Message { id, body, reply_to, mentions } => {
                if let Some((before, seq)) = self.sent.get(id) {
                    let same = before.change == entry.change && before.by.identity == by;
                    let known = Outcome::Known { seq: *seq };
                    return if same { Ok(known) } else { Err(StoreError::Conflict) };
                }
                if let Some(original) = reply_to {
                    self.alive(*original)?;
                }
                let message = ChatMessage {
                    seq,
                    id: id.clone(),
                    at_ms: entry.at_ms,
                    author: entry.by.clone(),
                    body: body.clone(),
                    reply_to: *reply_to,
                    mentions: mentions.clone(),
                    edited_at_ms: None,
                    reactions: Vec::new(),
                };
                if matches!(body, Body::Text { .. }) {
                    self.texts.push(seq);
                }
                self.sent.insert(id.clone(), (entry.clone(), seq));
                self.messages.push(message.clone());
                self.read.insert(by.clone(), seq);
                self.delivered.insert(by, seq);
                Ok(Outcome::New(Change::Message { message }))
            }
            NewChange::Edit { of, text, mentions } => {
                let message = self.alive(*of)?;
                let wanted = Body::Text { text: text.clone() };
                if !matches!(message.body, Body::Text { .. }) {
                    return Err(StoreError::Missing);
                }
                if message.body == wanted && message.mentions == *mentions {
                    return Ok(Outcome::Unchanged);
                }
                message.body = wanted;
                message.mentions.clone_from(mentions);
                message.edited_at_ms = Some(entry.at_ms);
                let (of, text, mentions) = (*of, text.clone(), mentions.clone());
                Ok(Outcome::New(Change::Edited { of, text, mentions }))
            }
            NewChange::Delete { of } => {
                let message = self.find(*of).ok_or(StoreError::Missing)?;
                if matches!(message.body, Body::Deleted { .. }) {
                    return Ok(Outcome::Unchanged);
                }
                message.body = Body::Deleted { by: by.clone() };
                message.mentions.clear();
                message.reactions.clear();
                Ok(Outcome::New(Change::Deleted { of: *of, by }))
            }
            NewChange::React { of, emoji, on, most } => {
                let reactions = &mut self.alive(*of)?.reactions;
                if !react(reactions, emoji, &by, *on, *most)? {
                    return Ok(Outcome::Unchanged);
                }
                let (of, emoji, on) = (*of, emoji.clone(), *on);
                let reactions = reactions.clone();
                Ok(Outcome::New(Change::Reacted { of, by, emoji, on, reactions }))
            }
        }
    }

    /// Where the log stands with what was new.
    pub(super) fn stored(&mut self, position: Position, at_ms: u64) {
        self.positions.push(position);
        self.times.push(at_ms);
    }

    /// Texts ever written.
    pub(super) fn written(&self) -> u64 {
        u64::try_from(self.texts.len()).unwrap()
    }

    pub(super) fn page(&self, page: Page) -> Paged {
        let older = |seq: u64, limit: usize| {
            let older = self.messages.iter().filter(|message| message.seq < seq);
            older.clone().skip(older.count().saturating_sub(limit)).cloned().collect::<Vec<_>>()
        };
        let newer = |seq: u64, limit: usize| {
            self.messages.iter().filter(move |message| message.seq >= seq).take(limit).cloned()
        };
        // The page, and between which numbers it holds everything.
        let (messages, from, to) = match page {
            Page::Newest { limit } => (older(u64::MAX, limit), 0, u64::MAX),
            Page::Before { seq, limit } => (older(seq, limit), 0, seq - 1),
            Page::After { seq, limit } => (newer(seq + 1, limit).collect(), seq + 1, u64::MAX),
            Page::Around { seq, limit } => {
                let mut messages = older(seq, limit / 2);
                messages.extend(newer(seq, limit - messages.len()));
                (messages, 0, u64::MAX)
            }
        };
        let from = messages.first().map_or(from, |message| message.seq);
        let to = messages.last().map_or(to, |message| message.seq);
        let any = |wanted: &dyn Fn(u64) -> bool| self.messages.iter().any(|it| wanted(it.seq));
        (messages, any(&|seq| seq < from), any(&|seq| seq > to))
    }

    /// How far somebody has read, and how many texts and mentions are after it.
    pub(super) fn mark(&self, who: &IdentityId) -> (u64, usize, usize) {
        let read = self.read.get(who).copied().unwrap_or(0);
        let unread = self.texts.iter().filter(|seq| **seq > read).count();
        let after = self.messages.iter().filter(|message| message.seq > read);
        (read, unread, after.filter(|message| message.mentions.contains(who)).count())
    }

    /// How far it has reached somebody.
    pub(super) fn reached(&self, who: &IdentityId) -> u64 {
        self.delivered.get(who).copied().unwrap_or(0)
    }

    pub(super) fn mark_read(&mut self, who: &IdentityId, seq: u64) {
        let end = self.end();
        advance(&mut self.read, who, seq.min(end));
        self.mark_delivered(who, seq);
    }

    pub(super) fn mark_delivered(&mut self, who: &IdentityId, seq: u64) {
        let end = self.end();
        advance(&mut self.delivered, who, seq.min(end));
    }

    /// The messages that fit, of words of small letters alone.
    pub(super) fn search(&self, search: &Search) -> impl Iterator<Item = &ChatMessage> {
        let (last, whole) = search.words.split_last().unwrap();
        self.messages.iter().filter(move |message| {
            let Body::Text { text } = &message.body else { return false };
            let said: Vec<&str> = text.split(' ').collect();
            whole.iter().all(|word| said.contains(&word.as_str()))
                && said.iter().any(|word| word.starts_with(last.as_str()))
                && search.author.as_ref().is_none_or(|author| *author == message.author.identity)
                && search.before_ms.is_none_or(|before| message.at_ms < before)
                && search.after_ms.is_none_or(|after| message.at_ms >= after)
        })
    }

    fn find(&mut self, seq: u64) -> Option<&mut ChatMessage> {
        self.messages.iter_mut().find(|message| message.seq == seq)
    }

    fn alive(&mut self, seq: u64) -> Result<&mut ChatMessage, StoreError> {
        let found = self.find(seq);
        let alive = found.filter(|message| !matches!(message.body, Body::Deleted { .. }));
        alive.ok_or(StoreError::Missing)
    }
}

fn advance(marks: &mut BTreeMap<IdentityId, u64>, who: &IdentityId, seq: u64) {
    let mark = marks.entry(who.clone()).or_default();
    *mark = seq.max(*mark);
}

/// Whether it made a difference.
fn react(
    reactions: &mut Vec<Reaction>,
    emoji: &str,
    by: &IdentityId,
    on: bool,
    most: usize,
) -> Result<bool, StoreError> {
    let at = reactions.iter().position(|reaction| reaction.emoji == emoji);
    match at {
        Some(at) if reactions[at].by.contains(by) == on => return Ok(false),
        Some(at) if on => reactions[at].by.push(by.clone()),
        Some(at) => reactions[at].by.retain(|other| other != by),
        None if !on => return Ok(false),
        None if reactions.len() >= most => return Err(StoreError::Full),
        None => {
            let emoji = emoji.to_owned();
            reactions.push(Reaction { emoji, count: 0, by: vec![by.clone()] });
        }
    }
    for reaction in reactions.iter_mut() {
        reaction.count = u32::try_from(reaction.by.len()).unwrap();
    }
    reactions.retain(|reaction| reaction.count > 0);
    Ok(true)
}
