//! How far people have read, and their conversations with each other.
//!
//! Unread messages are not counted one by one: a message knows how many texts and sounds there are
//! up to it, and nobody's own is after their mark.

use hearth_protocol::{IdentityId, ReadMark};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    history,
    logs::{self, Log, signed, unsigned},
    trouble::Trouble,
};
use crate::store::{DirectRecord, LogKey};

/// Moves a mark forward to what was read, and thereby delivered.
pub(super) fn advance(
    connection: &Connection,
    identity: &IdentityId,
    log: i64,
    seq: u64,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO marks (identity, log, read, delivered) VALUES (?1, ?2, ?3, ?3)
               ON CONFLICT DO UPDATE SET
                 read = max(read, excluded.read), delivered = max(delivered, excluded.delivered)
               WHERE read < excluded.read";
    connection.prepare_cached(sql)?.execute(params![identity.0, log, signed(seq)])?;
    Ok(())
}

pub(super) fn read(
    connection: &Connection,
    identity: &IdentityId,
    key: &LogKey,
    seq: u64,
) -> Result<ReadMark, Trouble> {
    let Some(log) = logs::find(connection, key)? else { return Ok(ReadMark::default()) };
    let seq = seq.min(log.seq);
    if seq > 0 {
        advance(connection, identity, log.log, seq)?;
    }
    mark(connection, identity, &log)
}

pub(super) fn delivered(
    connection: &Connection,
    identity: &IdentityId,
    key: &LogKey,
    seq: u64,
) -> Result<(), Trouble> {
    let Some(log) = logs::find(connection, key)? else { return Ok(()) };
    let seq = seq.min(log.seq);
    if seq > 0 {
        let sql = "INSERT INTO marks (identity, log, read, delivered) VALUES (?, ?, 0, ?)
                   ON CONFLICT DO UPDATE SET delivered = excluded.delivered
                   WHERE delivered < excluded.delivered";
        connection.prepare_cached(sql)?.execute(params![identity.0, log.log, signed(seq)])?;
    }
    Ok(())
}

pub(super) fn of(
    connection: &Connection,
    identity: &IdentityId,
    keys: &[LogKey],
) -> Result<Vec<ReadMark>, Trouble> {
    let mark = |key| match logs::find(connection, key)? {
        Some(log) => mark(connection, identity, &log),
        None => Ok(ReadMark::default()),
    };
    keys.iter().map(mark).collect()
}

fn mark(connection: &Connection, identity: &IdentityId, log: &Log) -> Result<ReadMark, Trouble> {
    let (seq, _) = kept(connection, identity, log.log)?;
    if seq >= log.seq {
        return Ok(ReadMark { seq, unread: 0, mentions: 0 });
    }
    let sql = "SELECT ordinal FROM messages WHERE log = ? AND seq <= ? ORDER BY seq DESC LIMIT 1";
    let read: Option<i64> = connection
        .prepare_cached(sql)?
        .query_row(params![log.log, signed(seq)], |row| row.get(0))
        .optional()?;
    let unread = log.messages.saturating_sub(read.map_or(0, unsigned));
    let sql = "SELECT count(*) FROM mentions WHERE log = ? AND identity = ? AND seq > ?";
    let mentions: u32 = connection
        .prepare_cached(sql)?
        .query_row(params![log.log, identity.0, signed(seq)], |row| row.get(0))?;
    Ok(ReadMark { seq, unread: u32::try_from(unread).unwrap_or(u32::MAX), mentions })
}

/// What was read and what was delivered.
fn kept(connection: &Connection, identity: &IdentityId, log: i64) -> Result<(u64, u64), Trouble> {
    let sql = "SELECT read, delivered FROM marks WHERE identity = ? AND log = ?";
    let kept = connection
        .prepare_cached(sql)?
        .query_row(params![identity.0, log], |row| {
            Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)))
        })
        .optional()?;
    Ok(kept.unwrap_or_default())
}

/// The conversation has a new message, of this row.
pub(super) fn keep_direct(
    connection: &Connection,
    log: i64,
    one: &IdentityId,
    other: &IdentityId,
    newest: i64,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO directs (identity, log, other, newest) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET newest = excluded.newest";
    for (identity, other) in [(one, other), (other, one)] {
        let row = params![identity.0, log, other.0, newest];
        connection.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

pub(super) fn directs(
    connection: &Connection,
    epoch: &str,
    identity: &IdentityId,
    limit: usize,
) -> Result<Vec<DirectRecord>, Trouble> {
    let sql = "SELECT other, newest FROM directs WHERE identity = ? ORDER BY newest DESC LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![identity.0, limit])?;
    let mut directs = Vec::new();
    while let Some(row) = rows.next()? {
        let other = IdentityId(row.get(0)?);
        let key = LogKey::direct(identity.clone(), other.clone());
        let Some(log) = logs::find(connection, &key)? else { continue };
        let (read_by_other, delivered_to_other) = kept(connection, &other, log.log)?;
        directs.push(DirectRecord {
            other,
            head: logs::head(Some(&log), epoch),
            last: history::of_row(connection, row.get(1)?)?,
            read: mark(connection, identity, &log)?,
            read_by_other,
            delivered_to_other,
        });
    }
    Ok(directs)
}
