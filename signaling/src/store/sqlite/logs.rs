//! The logs themselves in the file: which there are and where they stand.
//!
//! Owns how numbers and records are written into a row. A row of `logs` appears with its first
//! entry.

use hearth_protocol::Position;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{rooms, trouble::Trouble};
use crate::store::{LogHead, LogKey, StoreError};

/// A log's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    pub(super) log: i64,
    pub(super) seq: u64,
    pub(super) tag: u32,
    pub(super) messages: u64,
}

impl Log {
    pub(super) fn position(&self, epoch: &str) -> Position {
        Position { epoch: epoch.to_owned(), seq: self.seq, tag: self.tag }
    }
}

pub(super) fn find(connection: &Connection, key: &LogKey) -> Result<Option<Log>, Trouble> {
    let sql = "SELECT log, seq, tag, messages FROM logs WHERE key = ?";
    let log = connection.prepare_cached(sql)?.query_row([json(key)?], |row| {
        Ok(Log {
            log: row.get(0)?,
            seq: unsigned(row.get(1)?),
            tag: row.get(2)?,
            messages: unsigned(row.get(3)?),
        })
    });
    Ok(log.optional()?)
}

/// The log, begun if it is not there. [`StoreError::Missing`] if it is of no room.
pub(super) fn find_or_begin(connection: &Connection, key: &LogKey) -> Result<Log, Trouble> {
    if let Some(log) = find(connection, key)? {
        return Ok(log);
    }
    if let LogKey::Room(room) = key
        && !rooms::exists(connection, room)?
    {
        return Err(StoreError::Missing.into());
    }
    let sql = "INSERT INTO logs (key, seq, tag, messages) VALUES (?, 0, 0, 0)";
    connection.execute(sql, [json(key)?])?;
    Ok(Log { log: connection.last_insert_rowid(), seq: 0, tag: 0, messages: 0 })
}

/// Keeps where a log stands.
pub(super) fn advance(connection: &Connection, log: &Log) -> Result<(), Trouble> {
    let sql = "UPDATE logs SET seq = ?, tag = ?, messages = ? WHERE log = ?";
    let row = params![signed(log.seq), log.tag, signed(log.messages), log.log];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Which log it is; `None` if it is being cleared away.
pub(super) fn key(connection: &Connection, log: i64) -> Result<Option<LogKey>, Trouble> {
    let mut statement =
        connection.prepare_cached("SELECT key FROM logs WHERE log = ? AND key IS NOT NULL")?;
    let mut rows = statement.query([log])?;
    rows.next()?.map(|row| parsed(row, 0)).transpose()
}

pub(super) fn heads(
    connection: &Connection,
    epoch: &str,
    keys: &[LogKey],
) -> Result<Vec<LogHead>, Trouble> {
    keys.iter().map(|key| Ok(head(find(connection, key)?.as_ref(), epoch))).collect()
}

pub(super) fn head(log: Option<&Log>, epoch: &str) -> LogHead {
    let empty = Position { epoch: epoch.to_owned(), seq: 0, tag: 0 };
    LogHead {
        position: log.map_or(empty, |log| log.position(epoch)),
        messages: log.map_or(0, |log| log.messages),
    }
}

/// The name of the logs of this file.
pub(super) fn epoch(connection: &Connection) -> Result<String, Trouble> {
    let sql = "SELECT value FROM meta WHERE key = 'epoch'";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// SQLite's integers have a sign. No log gets so long that it matters, but asked may be anything.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(super) fn json(record: &impl Serialize) -> Result<String, Trouble> {
    Ok(serde_json::to_string(record)?)
}

pub(super) fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, Trouble> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(serde_json::from_str(text)?)
}
