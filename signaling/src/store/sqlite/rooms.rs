//! Rooms and bans in the file.

use hearth_protocol::{IdentityId, RoomId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    logs::{self, json, parsed},
    trouble::Trouble,
};
use crate::store::{BanRecord, LogKey, MAX_BANS, RoomRecord, StoreError};

/// Messages of a deleted room that are cleared away in one transaction.
const CLEARED_AT_ONCE: usize = 500;

pub(super) fn all(connection: &Connection) -> Result<Vec<RoomRecord>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT record FROM rooms ORDER BY n")?;
    let rows = statement.query_and_then([], |row| parsed(row, 0))?;
    rows.collect()
}

pub(super) fn exists(connection: &Connection, room: &RoomId) -> Result<bool, Trouble> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM rooms WHERE id = ?")?;
    Ok(statement.exists([&room.0])?)
}

pub(super) fn create(connection: &Connection, room: &RoomRecord) -> Result<(), Trouble> {
    let sql = "INSERT INTO rooms (id, record) VALUES (?, ?) ON CONFLICT DO NOTHING";
    let kept = connection.prepare_cached(sql)?.execute(params![room.id.0, json(room)?])?;
    if kept == 0 { Err(StoreError::Exists.into()) } else { Ok(()) }
}

pub(super) fn update(connection: &Connection, room: &RoomRecord) -> Result<(), Trouble> {
    let sql = "UPDATE rooms SET record = ?2 WHERE id = ?1";
    let kept = connection.prepare_cached(sql)?.execute(params![room.id.0, json(room)?])?;
    if kept == 0 { Err(StoreError::Missing.into()) } else { Ok(()) }
}

/// What was written there is out of reach at once, and cleared away later.
pub(super) fn delete(connection: &Connection, room: &RoomId) -> Result<(), Trouble> {
    connection.execute("DELETE FROM rooms WHERE id = ?", [&room.0])?;
    connection.execute("DELETE FROM bans WHERE room = ?", [&room.0])?;
    if let Some(log) = logs::find(connection, &LogKey::Room(room.clone()))? {
        connection.execute("UPDATE logs SET key = NULL WHERE log = ?", [log.log])?;
        connection.execute("UPDATE blobs SET log = NULL WHERE log = ?", [log.log])?;
    }
    Ok(())
}

/// Clears away some of what was written in rooms that are gone. Whether there may be more.
pub(super) fn clear_away(connection: &Connection) -> Result<bool, Trouble> {
    let sql = "SELECT log FROM logs WHERE key IS NULL LIMIT 1";
    let gone: Option<i64> =
        connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    let Some(log) = gone else { return Ok(false) };
    let transaction = connection.unchecked_transaction()?;
    let ids: Vec<i64> = transaction
        .prepare_cached("SELECT id FROM messages WHERE log = ? LIMIT ?")?
        .query_map(params![log, CLEARED_AT_ONCE], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in &ids {
        for sql in [
            "DELETE FROM words WHERE rowid = ?",
            "DELETE FROM reactors WHERE message = ?",
            "DELETE FROM messages WHERE id = ?",
        ] {
            transaction.prepare_cached(sql)?.execute([id])?;
        }
    }
    if ids.len() < CLEARED_AT_ONCE {
        for table in ["changes", "mentions", "marks", "logs"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE log = ?"), [log])?;
        }
    }
    transaction.commit()?;
    Ok(true)
}

pub(super) fn bans(connection: &Connection, room: &RoomId) -> Result<Vec<BanRecord>, Trouble> {
    let sql = "SELECT record FROM bans WHERE room = ? ORDER BY n DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_and_then([&room.0], |row| parsed(row, 0))?;
    rows.collect()
}

pub(super) fn put_ban(
    connection: &Connection,
    room: &RoomId,
    ban: &BanRecord,
) -> Result<(), Trouble> {
    if !exists(connection, room)? {
        return Err(StoreError::Missing.into());
    }
    lift_ban(connection, room, &ban.identity)?;
    connection.execute(
        "INSERT INTO bans (room, identity, record) VALUES (?, ?, ?)",
        params![room.0, ban.identity.0, json(ban)?],
    )?;
    connection.execute(
        "DELETE FROM bans WHERE n IN
           (SELECT n FROM bans WHERE room = ? ORDER BY n DESC LIMIT -1 OFFSET ?)",
        params![room.0, MAX_BANS],
    )?;
    Ok(())
}

pub(super) fn lift_ban(
    connection: &Connection,
    room: &RoomId,
    identity: &IdentityId,
) -> Result<bool, Trouble> {
    let sql = "DELETE FROM bans WHERE room = ? AND identity = ?";
    Ok(connection.execute(sql, [&room.0, &identity.0])? > 0)
}
