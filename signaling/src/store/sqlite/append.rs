//! Adding to a log, and what follows from it.
//!
//! Owns the writing of messages, changes, reactions and mentions. Runs within the writer's
//! savepoint: whatever returns an error has done nothing.

use hearth_protocol::{Author, Body, Change, ChatMessage, Entry, IdentityId, MessageId, Reaction};
use rusqlite::{Connection, params};

use super::{
    blobs,
    history::{self, Kept, Kind},
    logs::{self, Log, json, signed, unsigned},
    marks, search,
    trouble::Trouble,
};
use crate::store::{
    Appended, LogKey, MAX_REACTORS_NAMED, NewChange, NewEntry, StoreError, log::digest_of,
};

/// An append under way.
struct Append<'a> {
    connection: &'a Connection,
    epoch: &'a str,
    key: &'a LogKey,
    log: Log,
    by: Author,
    at_ms: u64,
}

pub(super) fn append(
    connection: &Connection,
    epoch: &str,
    key: &LogKey,
    entry: NewEntry,
) -> Result<Appended, Trouble> {
    let NewEntry { by, at_ms, change } = entry;
    let log = match &change {
        NewChange::Message { .. } => logs::find_or_begin(connection, key)?,
        _ => logs::find(connection, key)?.ok_or(StoreError::Missing)?,
    };
    let append = Append { connection, epoch, key, log, by, at_ms };
    match change {
        NewChange::Message { id, body, reply_to, mentions } => {
            append.message(id, body, reply_to, mentions)
        }
        NewChange::Edit { of, text, mentions } => append.edit(of, text, mentions),
        NewChange::Delete { of } => append.delete(of),
        NewChange::React { of, emoji, on, most } => append.react(of, emoji, on, most),
    }
}

impl Append<'_> {
    fn message(
        mut self,
        id: MessageId,
        body: Body,
        reply_to: Option<u64>,
        mentions: Vec<IdentityId>,
    ) -> Result<Appended, Trouble> {
        let asked = digest_of(&self.by.identity, &body, reply_to, &mentions)?;
        if let Some(known) = self.known(&id, asked.as_ref())? {
            return Ok(known);
        }
        if let Some(original) = reply_to {
            self.find(original)?;
        }
        let kind = match &body {
            Body::Text { .. } => Kind::Text,
            Body::Voice { blob, .. } => {
                blobs::take(self.connection, blob, self.log.log)?;
                Kind::Voice
            }
            Body::System { .. } => Kind::System,
            Body::Deleted { .. } => return Err(StoreError::Missing.into()),
        };
        self.log.messages += u64::from(matches!(kind, Kind::Text | Kind::Voice));
        self.next();
        let message = ChatMessage {
            seq: self.log.seq,
            id,
            at_ms: self.at_ms,
            author: self.by.clone(),
            body,
            reply_to,
            mentions,
            edited_at_ms: None,
            reactions: Vec::new(),
        };
        let sql = "INSERT INTO messages (log, seq, tag, at_ms, message_id, digest, ordinal, kind,
                     author, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![
            self.log.log,
            signed(self.log.seq),
            self.log.tag,
            signed(self.at_ms),
            message.id.0,
            asked.as_ref(),
            signed(self.log.messages),
            kind,
            self.by.identity.0,
            json(&message)?,
        ])?;
        let row = self.connection.last_insert_rowid();
        self.mention(message.seq, &message.mentions)?;
        if let Body::Text { text } = &message.body {
            search::index(self.connection, row, self.log.log, &self.by.identity, text)?;
        }
        if let LogKey::Direct(one, other) = self.key {
            marks::keep_direct(self.connection, self.log.log, one, other, row)?;
        }
        marks::advance(self.connection, &self.by.identity, self.log.log, message.seq)?;
        self.done(Change::Message { message })
    }

    /// What was answered when this was stored before.
    fn known(&self, id: &MessageId, asked: &[u8]) -> Result<Option<Appended>, Trouble> {
        let sql = "SELECT seq, tag, at_ms, digest FROM messages WHERE log = ? AND message_id = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.log.log, id.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        if row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)? != asked {
            return Err(StoreError::Conflict.into());
        }
        let then = Log { seq: unsigned(row.get(0)?), tag: row.get(1)?, ..self.log };
        let at_ms = unsigned(row.get(2)?);
        Ok(Some(Appended::Known { position: then.position(self.epoch), at_ms }))
    }

    fn edit(
        mut self,
        of: u64,
        text: String,
        mentions: Vec<IdentityId>,
    ) -> Result<Appended, Trouble> {
        let mut kept = self.find(of)?;
        let Body::Text { text: before } = &kept.message.body else {
            return Err(StoreError::Missing.into());
        };
        if *before == text && kept.message.mentions == mentions {
            return Ok(Appended::Unchanged);
        }
        self.forget_mentions(of, &kept.message.mentions)?;
        self.mention(of, &mentions)?;
        search::forget(self.connection, kept.row)?;
        let author = &kept.message.author.identity;
        search::index(self.connection, kept.row, self.log.log, author, &text)?;
        kept.message.body = Body::Text { text: text.clone() };
        kept.message.mentions = mentions.clone();
        kept.message.edited_at_ms = Some(self.at_ms);
        self.rewrite(&kept, Kind::Text)?;
        self.change(Kind::Edited, of, None)?;
        self.done(Change::Edited { of, text, mentions })
    }

    fn delete(mut self, of: u64) -> Result<Appended, Trouble> {
        let mut kept =
            history::find(self.connection, self.log.log, of)?.ok_or(StoreError::Missing)?;
        match &kept.message.body {
            Body::Deleted { .. } => return Ok(Appended::Unchanged),
            Body::Voice { blob, .. } => blobs::give_back(self.connection, blob)?,
            Body::Text { .. } => search::forget(self.connection, kept.row)?,
            Body::System { .. } => {}
        }
        self.forget_mentions(of, &kept.message.mentions)?;
        let sql = "DELETE FROM reactors WHERE message = ?";
        self.connection.prepare_cached(sql)?.execute([kept.row])?;
        let by = self.by.identity.clone();
        kept.message.body = Body::Deleted { by: by.clone() };
        kept.message.mentions.clear();
        kept.message.reactions.clear();
        self.rewrite(&kept, Kind::Deleted)?;
        self.change(Kind::Deleted, of, None)?;
        self.done(Change::Deleted { of, by })
    }

    fn react(mut self, of: u64, emoji: String, on: bool, most: usize) -> Result<Appended, Trouble> {
        let mut kept = self.find(of)?;
        let by = self.by.identity.clone();
        let sql = "SELECT 1 FROM reactors WHERE message = ? AND emoji = ? AND identity = ?";
        let row = params![kept.row, emoji, by.0];
        if self.connection.prepare_cached(sql)?.exists(row)? == on {
            return Ok(Appended::Unchanged);
        }
        let reactions = &mut kept.message.reactions;
        let at = reactions.iter().position(|reaction| reaction.emoji == emoji);
        if on && at.is_none() && reactions.len() >= most {
            return Err(StoreError::Full.into());
        }
        self.change(if on { Kind::Reacted } else { Kind::TakenBack }, of, Some(&emoji))?;
        if on {
            let sql = "INSERT INTO reactors (message, emoji, identity, seq) VALUES (?, ?, ?, ?)";
            let row = params![kept.row, emoji, by.0, signed(self.log.seq)];
            self.connection.prepare_cached(sql)?.execute(row)?;
            let at = at.unwrap_or_else(|| {
                reactions.push(Reaction { emoji: emoji.clone(), count: 0, by: Vec::new() });
                reactions.len() - 1
            });
            reactions[at].count += 1;
            if reactions[at].by.len() < MAX_REACTORS_NAMED {
                reactions[at].by.push(by.clone());
            }
        } else if let Some(at) = at {
            let sql = "DELETE FROM reactors WHERE message = ? AND emoji = ? AND identity = ?";
            self.connection.prepare_cached(sql)?.execute(row)?;
            reactions[at].count = reactions[at].count.saturating_sub(1);
            if reactions[at].count == 0 {
                reactions.remove(at);
            } else if reactions[at].by.contains(&by) {
                reactions[at].by = self.reactors(kept.row, &emoji)?;
            }
        }
        self.rewrite(&kept, kept.kind)?;
        let reactions = kept.message.reactions;
        self.done(Change::Reacted { of, by, emoji, on, reactions })
    }

    fn reactors(&self, message: i64, emoji: &str) -> Result<Vec<IdentityId>, Trouble> {
        let sql = "SELECT identity FROM reactors WHERE message = ? AND emoji = ?
                   ORDER BY seq LIMIT ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let row = params![message, emoji, MAX_REACTORS_NAMED];
        let rows = statement.query_map(row, |row| row.get(0).map(IdentityId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The message of that number, unless it is deleted.
    fn find(&self, of: u64) -> Result<Kept, Trouble> {
        let kept = history::find(self.connection, self.log.log, of)?;
        let there = kept.filter(|kept| kept.kind != Kind::Deleted);
        there.ok_or_else(|| StoreError::Missing.into())
    }

    fn rewrite(&self, kept: &Kept, kind: Kind) -> Result<(), Trouble> {
        let sql = "UPDATE messages SET kind = ?, message = ? WHERE id = ?";
        let row = params![kind, json(&kept.message)?, kept.row];
        self.connection.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn mention(&self, seq: u64, mentions: &[IdentityId]) -> Result<(), Trouble> {
        let sql = "INSERT OR IGNORE INTO mentions (log, identity, seq) VALUES (?, ?, ?)";
        for identity in mentions {
            let row = params![self.log.log, identity.0, signed(seq)];
            self.connection.prepare_cached(sql)?.execute(row)?;
        }
        Ok(())
    }

    fn forget_mentions(&self, seq: u64, mentions: &[IdentityId]) -> Result<(), Trouble> {
        let sql = "DELETE FROM mentions WHERE log = ? AND identity = ? AND seq = ?";
        for identity in mentions {
            let row = params![self.log.log, identity.0, signed(seq)];
            self.connection.prepare_cached(sql)?.execute(row)?;
        }
        Ok(())
    }

    /// Keeps an entry that is no message.
    fn change(&mut self, kind: Kind, of: u64, emoji: Option<&str>) -> Result<(), Trouble> {
        self.next();
        let sql = "INSERT INTO changes (log, seq, tag, at_ms, kind, target, by, emoji)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![
            self.log.log,
            signed(self.log.seq),
            self.log.tag,
            signed(self.at_ms),
            kind,
            signed(of),
            self.by.identity.0,
            emoji,
        ])?;
        Ok(())
    }

    fn next(&mut self) {
        self.log.seq += 1;
        self.log.tag = rand::random();
    }

    fn done(self, change: Change) -> Result<Appended, Trouble> {
        logs::advance(self.connection, &self.log)?;
        let Log { seq, tag, messages, .. } = self.log;
        let entry = Entry { seq, tag, at_ms: self.at_ms, change };
        Ok(Appended::New { entry, position: self.log.position(self.epoch), messages })
    }
}
