//! Reading what a log says: pages, single messages, and what was missed.

use hearth_protocol::{CatchUp, Change, ChatMessage, Entry, History, IdentityId, Position};
use rusqlite::{
    Connection, OptionalExtension as _, ToSql, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};

use super::{
    logs::{self, Log, parsed, signed, unsigned},
    trouble::Trouble,
};
use crate::store::{LogKey, Page, log};

/// What an entry is, as the number in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a message: what happened.
    System = 0,
    /// Of a message: text.
    Text = 1,
    /// Of a message: a sound.
    Voice = 2,
    /// Of a message: a tombstone. Of a change: that it became one.
    Deleted = 3,
    /// Of a change: another text.
    Edited = 4,
    /// Of a change: a reaction more.
    Reacted = 5,
    /// Of a change: a reaction less.
    TakenBack = 6,
}

impl ToSql for Kind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for Kind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value.as_i64()? {
            0 => Self::System,
            1 => Self::Text,
            2 => Self::Voice,
            3 => Self::Deleted,
            4 => Self::Edited,
            5 => Self::Reacted,
            6 => Self::TakenBack,
            other => return Err(FromSqlError::OutOfRange(other)),
        })
    }
}

/// A message and where it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) row: i64,
    pub(super) kind: Kind,
    pub(super) message: ChatMessage,
}

pub(super) fn find(connection: &Connection, log: i64, seq: u64) -> Result<Option<Kept>, Trouble> {
    let sql = "SELECT id, kind, message FROM messages WHERE log = ? AND seq = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![log, signed(seq)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Kept { row: row.get(0)?, kind: row.get(1)?, message: parsed(row, 2)? }))
}

/// The message that is kept there, if it is.
pub(super) fn of_row(connection: &Connection, row: i64) -> Result<Option<ChatMessage>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT message FROM messages WHERE id = ?")?;
    let mut rows = statement.query([row])?;
    rows.next()?.map(|row| parsed(row, 0)).transpose()
}

pub(super) fn message(
    connection: &Connection,
    key: &LogKey,
    seq: u64,
) -> Result<Option<ChatMessage>, Trouble> {
    let Some(log) = logs::find(connection, key)? else { return Ok(None) };
    Ok(find(connection, log.log, seq)?.map(|kept| kept.message))
}

pub(super) fn history(
    connection: &Connection,
    epoch: &str,
    key: &LogKey,
    page: Page,
) -> Result<History, Trouble> {
    let log = logs::find(connection, key)?;
    let position = logs::head(log.as_ref(), epoch).position;
    let Some(log) = log else {
        let messages = Vec::new();
        return Ok(History { position, messages, more_before: false, more_after: false });
    };
    let log = log.log;
    // The messages, and between which numbers they are all that there are.
    let (messages, from, to) = match page {
        Page::Newest { limit } => {
            let messages = before(connection, log, u64::MAX, limit)?;
            let from = messages.first().map_or(0, |message| message.seq);
            (messages, from, u64::MAX)
        }
        Page::Before { seq, limit } => {
            let messages = before(connection, log, seq, limit)?;
            let from = messages.first().map_or(0, |message| message.seq);
            (messages, from, seq.saturating_sub(1))
        }
        Page::After { seq, limit } => {
            let messages = from_on(connection, log, seq.saturating_add(1), limit)?;
            let to = messages.last().map_or(u64::MAX, |message| message.seq);
            (messages, seq.saturating_add(1), to)
        }
        Page::Around { seq, limit } => {
            let mut messages = before(connection, log, seq, limit / 2)?;
            let rest = limit - messages.len();
            messages.extend(from_on(connection, log, seq, rest)?);
            let from = messages.first().map_or(0, |message| message.seq);
            let to = messages.last().map_or(u64::MAX, |message| message.seq);
            (messages, from, to)
        }
    };
    let any = |sql, seq: u64| -> Result<bool, Trouble> {
        Ok(connection.prepare_cached(sql)?.exists(params![log, signed(seq)])?)
    };
    let older = "SELECT 1 FROM messages WHERE log = ? AND seq < ?";
    let newer = "SELECT 1 FROM messages WHERE log = ? AND seq > ?";
    let (more_before, more_after) = (any(older, from)?, any(newer, to)?);
    Ok(History { position, messages, more_before, more_after })
}

/// The newest of smaller numbers, in order.
fn before(
    connection: &Connection,
    log: i64,
    seq: u64,
    limit: usize,
) -> Result<Vec<ChatMessage>, Trouble> {
    let sql = "SELECT message FROM messages WHERE log = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_and_then(params![log, signed(seq), limit], |row| parsed(row, 0))?;
    let mut messages: Vec<_> = rows.collect::<Result<_, Trouble>>()?;
    messages.reverse();
    Ok(messages)
}

/// The oldest of this number and greater ones.
fn from_on(
    connection: &Connection,
    log: i64,
    seq: u64,
    limit: usize,
) -> Result<Vec<ChatMessage>, Trouble> {
    let sql = "SELECT message FROM messages WHERE log = ? AND seq >= ? ORDER BY seq LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_and_then(params![log, signed(seq), limit], |row| parsed(row, 0))?;
    rows.collect()
}

pub(super) fn catch_up(
    connection: &Connection,
    epoch: &str,
    key: &LogKey,
    from: &Position,
    limit: usize,
) -> Result<CatchUp, Trouble> {
    let log = logs::find(connection, key)?;
    let newest = || history(connection, epoch, key, Page::Newest { limit });
    let agrees = match &log {
        _ if from.seq == 0 => true,
        Some(log) => from.epoch == epoch && tag(connection, log, from.seq)? == Some(from.tag),
        None => false,
    };
    if !agrees {
        return Ok(CatchUp::Reset { history: newest()? });
    }
    let Some(log) = log else { return Ok(CatchUp::Replay { entries: Vec::new() }) };
    let missed = log.seq.saturating_sub(from.seq);
    if usize::try_from(missed).unwrap_or(usize::MAX) > limit {
        return Ok(CatchUp::Gap { history: newest()? });
    }
    Ok(CatchUp::Replay { entries: replay(connection, log.log, from.seq)? })
}

/// The tag of an entry, if it is there.
fn tag(connection: &Connection, log: &Log, seq: u64) -> Result<Option<u32>, Trouble> {
    if seq == log.seq {
        return Ok(Some(log.tag));
    }
    let sql = "SELECT tag FROM messages WHERE log = ?1 AND seq = ?2
               UNION ALL SELECT tag FROM changes WHERE log = ?1 AND seq = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![log.log, signed(seq)], |row| row.get(0)).optional()?)
}

/// Every entry after a number.
fn replay(connection: &Connection, log: i64, after: u64) -> Result<Vec<Entry>, Trouble> {
    let mut entries = Vec::new();
    let sql = "SELECT seq, tag, at_ms, message FROM messages WHERE log = ? AND seq > ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![log, signed(after)])?;
    while let Some(row) = rows.next()? {
        let change = Change::Message { message: parsed(row, 3)? };
        entries.push(Entry {
            seq: unsigned(row.get(0)?),
            tag: row.get(1)?,
            at_ms: unsigned(row.get(2)?),
            change,
        });
    }
    let sql = "SELECT seq, tag, at_ms, kind, target, by, emoji FROM changes
               WHERE log = ? AND seq > ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![log, signed(after)])?;
    while let Some(row) = rows.next()? {
        let (kind, of) = (row.get(3)?, unsigned(row.get(4)?));
        let (by, emoji) = (IdentityId(row.get(5)?), row.get::<_, Option<String>>(6)?);
        let now = find(connection, log, of)?.ok_or(Trouble::Record("a change is of nothing"))?;
        entries.push(Entry {
            seq: unsigned(row.get(0)?),
            tag: row.get(1)?,
            at_ms: unsigned(row.get(2)?),
            change: log::retold(change(kind, of, by, emoji.unwrap_or_default()), now.message),
        });
    }
    entries.sort_unstable_by_key(|entry| entry.seq);
    Ok(entries)
}

/// What a row of `changes` says; what it made of the message is there.
fn change(kind: Kind, of: u64, by: IdentityId, emoji: String) -> Change {
    match kind {
        Kind::Edited => Change::Edited { of, text: String::new(), mentions: Vec::new() },
        Kind::Reacted | Kind::TakenBack => {
            let on = kind == Kind::Reacted;
            Change::Reacted { of, by, emoji, on, reactions: Vec::new() }
        }
        Kind::System | Kind::Text | Kind::Voice | Kind::Deleted => Change::Deleted { of, by },
    }
}
