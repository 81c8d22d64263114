//! The connections that read.
//!
//! Owns at most as many as the settings allow, each used by one blocking thread at a time. Every
//! read sees one state of the file.

use std::{path::PathBuf, sync::Arc};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{schema, trouble::Trouble};
use crate::store::StoreError;

/// The readers of one file.
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// Connections in use.
    out: usize,
    /// No connection may be open: the writer opens the file anew.
    closed: bool,
}

impl Readers {
    /// Opens nothing yet.
    pub(super) fn new(path: PathBuf, most: usize) -> Self {
        Self {
            path,
            permits: Arc::new(Semaphore::new(most)),
            pool: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Does `work` on a blocking thread, within one transaction that only reads.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let gone = |_| StoreError::Unavailable("the store is closed".into());
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(gone)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.lend(work).map_err(|trouble| trouble.refusal())
        });
        read.await.map_err(|_| StoreError::Unavailable("a read was broken off".into()))?
    }

    /// Closes every connection, waiting for those in use, and opens none until [`Readers::open`].
    pub(super) fn close(&self) {
        let mut pool = self.pool.lock();
        pool.closed = true;
        pool.idle.clear();
        while pool.out > 0 {
            self.returned.wait(&mut pool);
        }
    }

    /// Lets connections be opened again.
    pub(super) fn open(&self) {
        self.pool.lock().closed = false;
    }

    fn lend<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let lent = Lent { connection: Some(self.take()?), readers: self };
        let Some(connection) = &lent.connection else { return Err(CLOSED) };
        let transaction = connection.unchecked_transaction()?;
        let result = work(connection)?;
        transaction.commit()?;
        Ok(result)
    }

    fn take(&self) -> Result<Connection, Trouble> {
        {
            let mut pool = self.pool.lock();
            if pool.closed {
                return Err(CLOSED);
            }
            pool.out += 1;
            if let Some(connection) = pool.idle.pop() {
                return Ok(connection);
            }
        }
        schema::open_to_read(&self.path).inspect_err(|_| self.give_back(None))
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut pool = self.pool.lock();
        pool.out -= 1;
        if !pool.closed {
            pool.idle.extend(connection);
        } else {
            // Closed before the writer is told so.
            drop(connection);
        }
        self.returned.notify_all();
    }
}

const CLOSED: Trouble = Trouble::Record("the file is being opened anew");

/// A connection that comes back, also when the work with it panics.
struct Lent<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.readers.give_back(self.connection.take());
    }
}
