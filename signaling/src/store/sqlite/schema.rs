//! The tables, and how a file of an older version becomes one of this.
//!
//! Owns the migrations, counted by SQLite's `user_version`, and what every connection is told
//! first. A step that was released is never changed; a new one is added.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::trouble::Trouble;

/// What an open connection waits for another's lock: only while a file is being recovered.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Every statement that there is stays prepared.
const STATEMENTS: usize = 96;

/// The steps; the file's version is how many of them were taken.
const STEPS: [&str; 1] = ["
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(8)))), ('identities', 0), ('probe', 0);

CREATE TABLE rooms (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
CREATE TABLE bans (
  n INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, identity TEXT NOT NULL,
  record TEXT NOT NULL, UNIQUE (room, identity));
CREATE INDEX bans_in_order ON bans (room, n);

-- `seen` orders the sightings; the token is here and not in the record.
CREATE TABLE identities (
  id TEXT PRIMARY KEY, token BLOB UNIQUE, seen INTEGER NOT NULL, record TEXT NOT NULL)
  WITHOUT ROWID;
CREATE INDEX identities_seen ON identities (seen);

-- A log without a key is of a deleted room and is being cleared away.
CREATE TABLE logs (
  log INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE,
  seq INTEGER NOT NULL, tag INTEGER NOT NULL, messages INTEGER NOT NULL);
-- `id` is the order over all logs; `ordinal` how many texts and sounds there are up to this one;
-- `digest` what was asked for at first, so that it is known again after an edit.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, log INTEGER NOT NULL, seq INTEGER NOT NULL,
  tag INTEGER NOT NULL, at_ms INTEGER NOT NULL, message_id TEXT NOT NULL, digest BLOB NOT NULL,
  ordinal INTEGER NOT NULL, kind INTEGER NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
  UNIQUE (log, seq), UNIQUE (log, message_id));
-- Entries that are no messages; what they made of those is there.
CREATE TABLE changes (
  log INTEGER NOT NULL, seq INTEGER NOT NULL, tag INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL, target INTEGER NOT NULL, by TEXT NOT NULL, emoji TEXT,
  PRIMARY KEY (log, seq)) WITHOUT ROWID;
-- `seq` is the entry that brought the reaction: their order.
CREATE TABLE reactors (
  message INTEGER NOT NULL, emoji TEXT NOT NULL, identity TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (message, emoji, identity)) WITHOUT ROWID;
CREATE TABLE mentions (
  log INTEGER NOT NULL, identity TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (log, identity, seq)) WITHOUT ROWID;
CREATE TABLE marks (
  identity TEXT NOT NULL, log INTEGER NOT NULL, read INTEGER NOT NULL, delivered INTEGER NOT NULL,
  PRIMARY KEY (identity, log)) WITHOUT ROWID;
CREATE INDEX marks_of_log ON marks (log);
-- Each conversation between two, once for each of them; `newest` is of `messages.id`.
CREATE TABLE directs (
  identity TEXT NOT NULL, log INTEGER NOT NULL, other TEXT NOT NULL, newest INTEGER NOT NULL,
  PRIMARY KEY (identity, log)) WITHOUT ROWID;
CREATE INDEX directs_in_order ON directs (identity, newest);

CREATE TABLE blobs (
  id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, log INTEGER, record TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX blobs_unused ON blobs (at_ms) WHERE log IS NULL;
CREATE INDEX blobs_used ON blobs (log) WHERE log IS NOT NULL;

-- Of every text its words, and as marks its log and author, so that these narrow a search without
-- looking at each message.
CREATE VIRTUAL TABLE words USING fts5 (
  body, marks, content='', contentless_delete=1,
  tokenize='unicode61 remove_diacritics 2', prefix='2 3');
"];

/// The connection that writes; the file is made or brought to this version.
pub(super) fn open_to_write(path: &Path) -> Result<Connection, Trouble> {
    let mut connection = Connection::open(path)?;
    prepare(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On Apple's systems fsync alone does not reach the disk.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // The writer does it and looks at the result, which an automatic one swallows.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), Trouble> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The last one to be closed would move the write-ahead log into the file, also where a sync
    // has failed. That is the writer's to decide.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > STEPS.len() {
        return Err(Trouble::Record("it was written by a newer version of Hearth"));
    }
    for (taken, step) in STEPS.iter().enumerate().skip(version) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", taken + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_newer_version_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let connection = open_to_write(&path).unwrap();
        let version: usize =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, STEPS.len());
        connection.pragma_update(None, "user_version", STEPS.len() + 1).unwrap();
        drop(connection);
        let why = open_to_write(&path).unwrap_err().refusal().to_string();
        assert!(why.contains("newer version"), "{why}");
    }

    #[test]
    fn what_is_promised_about_writes_is_set() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_to_write(&folder.path().join("hearth.db")).unwrap();
        let ask = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        assert_eq!(ask("synchronous"), Ok(2), "FULL");
        assert_eq!(ask("wal_autocheckpoint"), Ok(0));
        let mode: String =
            connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}
