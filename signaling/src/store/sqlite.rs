//! The store of one machine: a file of SQLite in the data folder.
//!
//! Owns the file, its lock, the thread that writes and the connections that read. A write is
//! acknowledged after its transaction has reached the disk; the disk is trusted to keep what it
//! says it has.

mod append;
mod blobs;
mod history;
mod logs;
mod marks;
mod people;
mod readers;
mod rooms;
mod schema;
mod search;
mod trouble;
mod wal;
mod writer;

use std::{
    fs::{DirBuilder, File, TryLockError},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use hearth_config::Settings;
use hearth_protocol::{
    BlobId, CatchUp, ChatMessage, Found, History, IdentityId, Position, ReadMark, RoomId,
};

use self::{readers::Readers, trouble::Trouble, writer::Writer};
use super::{
    Appended, BanRecord, BlobRecord, DirectRecord, IdentityRecord, LogHead, LogKey, NewEntry, Page,
    RoomRecord, Search, Store, StoreError, TokenHash,
};

/// A file of SQLite. Dropping it writes what waits and waits for that.
pub struct SqliteStore {
    writer: Writer,
    readers: Arc<Readers>,
    epoch: Arc<str>,
    max_identities: usize,
    /// The number of the last sighting of anybody.
    sightings: AtomicU64,
    /// Held so that no other process has the file; after the writer, so that it goes last.
    _lock: File,
    #[cfg(test)]
    folder: Option<tempfile::TempDir>,
}

impl SqliteStore {
    /// Opens `hearth.db` in the data folder; makes both if they are not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the file cannot be opened, a newer version wrote it, or
    /// another process has it.
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let settings = settings.clone();
        let opened = tokio::task::spawn_blocking(move || Self::open_now(&settings));
        opened.await.map_err(|_| StoreError::Unavailable("opening it was broken off".into()))?
    }

    fn open_now(settings: &Settings) -> Result<Self, StoreError> {
        let folder = &settings.server.data_dir;
        let lock = lock(folder)?;
        let path = folder.join("hearth.db");
        let opened = || -> Result<_, Trouble> {
            let connection = schema::open_to_write(&path)?;
            let epoch = logs::epoch(&connection)?;
            let sightings = people::last_sighting(&connection)?;
            Ok((connection, epoch, sightings))
        };
        let (connection, epoch, sightings) = opened().map_err(|trouble| {
            StoreError::Unavailable(format!("{}: {}", path.display(), trouble.refusal()))
        })?;
        let readers = Arc::new(Readers::new(path.clone(), settings.store.readers));
        let writer = Writer::start(connection, path, Arc::clone(&readers), &settings.store)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            writer,
            readers,
            epoch: epoch.into(),
            max_identities: settings.guests.max_identities,
            sightings: AtomicU64::new(sightings),
            _lock: lock,
            #[cfg(test)]
            folder: None,
        })
    }

    /// The folder goes with the store.
    #[cfg(test)]
    pub(crate) fn in_folder(mut self, folder: tempfile::TempDir) -> Self {
        self.folder = Some(folder);
        self
    }

    fn sighting(&self) -> u64 {
        self.sightings.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Makes the folder and takes it for this process.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let failed =
        |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", folder.display()));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // What people write is nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let is_new = !folder.exists();
    builder.create(folder).map_err(failed)?;
    if is_new && let Some(parent) = folder.canonicalize().map_err(failed)?.parent() {
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed)?;
    }
    let lock = File::create(folder.join("hearth.lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
            "another Hearth is running on {}; give each its own server.data_dir, or stop it",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn durability(&self) -> &'static str {
        "on this disk"
    }

    async fn check(&self) -> Result<(), StoreError> {
        if let Some(reason) = self.writer.refusing() {
            return Err(StoreError::Unavailable(reason));
        }
        self.readers.read(logs::epoch).await.map(|_| ())
    }

    async fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.readers.read(rooms::all).await
    }

    async fn create_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        self.writer.write(move |file| rooms::create(file, &room)).await
    }

    async fn update_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        self.writer.write(move |file| rooms::update(file, &room)).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        let room = room.clone();
        self.writer.write(move |file| rooms::delete(file, &room)).await
    }

    async fn bans(&self, room: &RoomId) -> Result<Vec<BanRecord>, StoreError> {
        let room = room.clone();
        self.readers.read(move |file| rooms::bans(file, &room)).await
    }

    async fn put_ban(&self, room: &RoomId, ban: BanRecord) -> Result<(), StoreError> {
        let room = room.clone();
        self.writer.write(move |file| rooms::put_ban(file, &room, &ban)).await
    }

    async fn lift_ban(&self, room: &RoomId, identity: &IdentityId) -> Result<bool, StoreError> {
        let (room, identity) = (room.clone(), identity.clone());
        self.writer.write(move |file| rooms::lift_ban(file, &room, &identity)).await
    }

    async fn identity(&self, token: TokenHash) -> Result<Option<IdentityRecord>, StoreError> {
        let found = self.readers.read(move |file| people::by_token(file, &token)).await?;
        if let Some(identity) = &found {
            self.writer.see(identity.id.0.clone(), self.sighting());
        }
        Ok(found)
    }

    async fn people(
        &self,
        identities: &[IdentityId],
    ) -> Result<Vec<Option<IdentityRecord>>, StoreError> {
        let all = identities.to_vec();
        self.readers
            .read(move |file| all.iter().map(|one| people::by_id(file, one)).collect())
            .await
    }

    async fn put_identity(&self, identity: IdentityRecord) -> Result<(), StoreError> {
        let (sighting, most) = (self.sighting(), self.max_identities);
        self.writer.write(move |file| people::put(file, &identity, sighting, most)).await
    }

    async fn append(&self, log: &LogKey, entry: NewEntry) -> Result<Appended, StoreError> {
        let (epoch, log) = (Arc::clone(&self.epoch), log.clone());
        self.writer.write(move |file| append::append(file, &epoch, &log, entry)).await
    }

    async fn heads(&self, logs: &[LogKey]) -> Result<Vec<LogHead>, StoreError> {
        let (epoch, logs) = (Arc::clone(&self.epoch), logs.to_vec());
        self.readers.read(move |file| logs::heads(file, &epoch, &logs)).await
    }

    async fn history(&self, log: &LogKey, page: Page) -> Result<History, StoreError> {
        let (epoch, log) = (Arc::clone(&self.epoch), log.clone());
        self.readers.read(move |file| history::history(file, &epoch, &log, page)).await
    }

    async fn message(&self, log: &LogKey, seq: u64) -> Result<Option<ChatMessage>, StoreError> {
        let log = log.clone();
        self.readers.read(move |file| history::message(file, &log, seq)).await
    }

    async fn catch_up(
        &self,
        log: &LogKey,
        from: &Position,
        limit: usize,
    ) -> Result<CatchUp, StoreError> {
        let (epoch, log, from) = (Arc::clone(&self.epoch), log.clone(), from.clone());
        self.readers.read(move |file| history::catch_up(file, &epoch, &log, &from, limit)).await
    }

    async fn search(&self, search: Search, reader: &IdentityId) -> Result<Found, StoreError> {
        let reader = reader.clone();
        self.readers.read(move |file| search::search(file, &search, &reader)).await
    }

    async fn mark_read(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<ReadMark, StoreError> {
        let (identity, log) = (identity.clone(), log.clone());
        self.writer.write(move |file| marks::read(file, &identity, &log, seq)).await
    }

    async fn mark_delivered(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<(), StoreError> {
        let (identity, log) = (identity.clone(), log.clone());
        self.writer.write(move |file| marks::delivered(file, &identity, &log, seq)).await
    }

    async fn marks(
        &self,
        identity: &IdentityId,
        logs: &[LogKey],
    ) -> Result<Vec<ReadMark>, StoreError> {
        let (identity, logs) = (identity.clone(), logs.to_vec());
        self.readers.read(move |file| marks::of(file, &identity, &logs)).await
    }

    async fn directs(
        &self,
        identity: &IdentityId,
        limit: usize,
    ) -> Result<Vec<DirectRecord>, StoreError> {
        let (epoch, identity) = (Arc::clone(&self.epoch), identity.clone());
        self.readers.read(move |file| marks::directs(file, &epoch, &identity, limit)).await
    }

    async fn put_blob(&self, blob: BlobRecord) -> Result<(), StoreError> {
        self.writer.write(move |file| blobs::put(file, &blob)).await
    }

    async fn blob(&self, id: &BlobId) -> Result<Option<BlobRecord>, StoreError> {
        let id = id.clone();
        self.readers.read(move |file| blobs::find(file, &id)).await
    }

    async fn unused_blobs(
        &self,
        before_ms: u64,
        limit: usize,
    ) -> Result<Vec<BlobRecord>, StoreError> {
        self.readers.read(move |file| blobs::unused(file, before_ms, limit)).await
    }

    async fn forget_blob(&self, id: &BlobId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.write(move |file| blobs::forget(file, &id)).await
    }
}

#[cfg(test)]
mod tests;
