//! Identities in the file.

use hearth_protocol::IdentityId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    logs::{json, parsed},
    trouble::Trouble,
};
use crate::store::{IdentityRecord, StoreError, TokenHash};

pub(super) fn by_token(
    connection: &Connection,
    token: &TokenHash,
) -> Result<Option<IdentityRecord>, Trouble> {
    let mut statement =
        connection.prepare_cached("SELECT record FROM identities WHERE token = ?")?;
    let mut rows = statement.query([token.0])?;
    rows.next()?.map(|row| parsed(row, 0)).transpose()
}

pub(super) fn by_id(
    connection: &Connection,
    identity: &IdentityId,
) -> Result<Option<IdentityRecord>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT record FROM identities WHERE id = ?")?;
    let mut rows = statement.query([&identity.0])?;
    rows.next()?.map(|row| parsed(row, 0)).transpose()
}

/// The number of the last sighting.
pub(super) fn last_sighting(connection: &Connection) -> Result<u64, Trouble> {
    let last: Option<i64> =
        connection.query_row("SELECT max(seen) FROM identities", [], |row| row.get(0))?;
    Ok(last.map_or(0, i64::unsigned_abs))
}

pub(super) fn see(connection: &Connection, identity: &str, sighting: u64) -> Result<(), Trouble> {
    let sql = "UPDATE identities SET seen = max(seen, ?2) WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![identity, sighting.cast_signed()])?;
    Ok(())
}

/// Keeps an identity, and at most `most` of them.
pub(super) fn put(
    connection: &Connection,
    identity: &IdentityRecord,
    sighting: u64,
    most: usize,
) -> Result<(), Trouble> {
    let token = identity.token.map(|token| token.0);
    let holder: Option<String> = connection
        .prepare_cached("SELECT id FROM identities WHERE token = ?")?
        .query_row([token], |row| row.get(0))
        .optional()?;
    if holder.is_some_and(|holder| holder != identity.id.0) {
        return Err(StoreError::Conflict.into());
    }
    let record = json(identity)?;
    let sql = "UPDATE identities SET token = ?2, seen = max(seen, ?3), record = ?4 WHERE id = ?1";
    let row = params![identity.id.0, token, sighting.cast_signed(), record];
    if connection.prepare_cached(sql)?.execute(row)? > 0 {
        return Ok(());
    }
    let sql = "INSERT INTO identities (id, token, seen, record) VALUES (?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute(row)?;
    let count: i64 = connection
        .prepare_cached(
            "UPDATE meta SET value = value + 1 WHERE key = 'identities' RETURNING value",
        )?
        .query_row([], |row| row.get(0))?;
    let too_many = count.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
    for _ in 0..too_many {
        forget_oldest(connection)?;
    }
    Ok(())
}

fn forget_oldest(connection: &Connection) -> Result<(), Trouble> {
    let oldest: Option<String> = connection
        .query_row("SELECT id FROM identities ORDER BY seen LIMIT 1", [], |row| row.get(0))
        .optional()?;
    if let Some(id) = oldest {
        connection.execute("DELETE FROM identities WHERE id = ?", [&id])?;
        connection.execute("DELETE FROM marks WHERE identity = ?", [&id])?;
        connection.execute("UPDATE meta SET value = value - 1 WHERE key = 'identities'", [])?;
        metrics::counter!("hearth_identities_forgotten_total").increment(1);
    }
    Ok(())
}
