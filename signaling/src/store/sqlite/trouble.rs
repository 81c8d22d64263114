//! What can go wrong between us and SQLite, and what it means for the file.
//!
//! Owns the translation into [`StoreError`]. Its texts name codes, never what was being stored.

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Why a piece of work was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was refused for a reason of its own.
    Refused(StoreError),
    /// SQLite did not do it.
    Sqlite(rusqlite::Error),
    /// Something in the file, or the file, is not as it should be.
    Record(&'static str),
}

/// What trouble means for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    /// Only this piece of work is concerned.
    One,
    /// The disk is full: nothing of the transaction is kept, the next may be.
    Full,
    /// Nobody knows what reached the disk: the connection must not be used any more.
    Broken,
}

impl Trouble {
    /// What is told to whoever asked.
    pub(super) fn refusal(&self) -> StoreError {
        match self {
            Self::Refused(error) => error.clone(),
            Self::Record(what) => StoreError::Unavailable((*what).into()),
            Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                StoreError::Unavailable(failure.to_string())
            }
            Self::Sqlite(_) => StoreError::Unavailable("a statement does not fit the file".into()),
        }
    }

    pub(super) fn gravity(&self) -> Gravity {
        let Self::Sqlite(error) = self else { return Gravity::One };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Gravity::Full,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::ApiMisuse,
            ) => Gravity::Broken,
            _ => Gravity::One,
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(_: serde_json::Error) -> Self {
        Self::Record("a record in the file cannot be understood")
    }
}
