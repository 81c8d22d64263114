//! What is kept of sounds in the file.

use hearth_protocol::BlobId;
use rusqlite::{Connection, Row, params};

use super::{
    logs::{self, json, parsed, signed},
    trouble::Trouble,
};
use crate::store::{BlobRecord, StoreError};

pub(super) fn put(connection: &Connection, blob: &BlobRecord) -> Result<(), Trouble> {
    let blob = BlobRecord { used_in: None, ..blob.clone() };
    let sql = "INSERT INTO blobs (id, at_ms, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    let row = params![blob.id.0, signed(blob.at_ms), json(&blob)?];
    let kept = connection.prepare_cached(sql)?.execute(row)?;
    if kept == 0 { Err(StoreError::Exists.into()) } else { Ok(()) }
}

pub(super) fn find(connection: &Connection, id: &BlobId) -> Result<Option<BlobRecord>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT record, log FROM blobs WHERE id = ?")?;
    let mut rows = statement.query([&id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let log: Option<i64> = row.get(1)?;
    let used_in = log.map(|log| logs::key(connection, log)).transpose()?.flatten();
    Ok(Some(BlobRecord { used_in, ..parsed(row, 0)? }))
}

pub(super) fn unused(
    connection: &Connection,
    before_ms: u64,
    limit: usize,
) -> Result<Vec<BlobRecord>, Trouble> {
    let sql = "SELECT record FROM blobs WHERE log IS NULL AND at_ms < ? ORDER BY at_ms LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let unused = |row: &Row<'_>| parsed(row, 0);
    let rows = statement.query_and_then(params![signed(before_ms), limit], unused)?;
    rows.collect()
}

pub(super) fn forget(connection: &Connection, id: &BlobId) -> Result<bool, Trouble> {
    let sql = "DELETE FROM blobs WHERE id = ? AND log IS NULL";
    Ok(connection.prepare_cached(sql)?.execute([&id.0])? > 0)
}

/// A message uses it now. [`StoreError::Missing`] if it is not there to be used.
pub(super) fn take(connection: &Connection, id: &BlobId, log: i64) -> Result<(), Trouble> {
    let sql = "UPDATE blobs SET log = ? WHERE id = ? AND log IS NULL";
    let taken = connection.prepare_cached(sql)?.execute(params![log, id.0])?;
    if taken == 0 { Err(StoreError::Missing.into()) } else { Ok(()) }
}

/// The message that used it is gone.
pub(super) fn give_back(connection: &Connection, id: &BlobId) -> Result<(), Trouble> {
    let sql = "UPDATE blobs SET log = NULL WHERE id = ?";
    connection.prepare_cached(sql)?.execute([&id.0])?;
    Ok(())
}
