//! What outlives a session: the trait that every store keeps, and the suite that proves it.
//!
//! Owns what is promised about records and logs. Never decides who may do what: that is checked
//! before anything comes here.

#[cfg(test)]
pub(crate) mod conformance;
mod log;
mod measured;
mod records;
mod redis;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use hearth_config::Settings;
use hearth_protocol::{
    BlobId, CatchUp, ChatMessage, Found, History, IdentityId, Position, ReadMark, RoomId,
};

pub use log::{Appended, DirectRecord, LogHead, LogKey, NewChange, NewEntry, Page, Search};
use measured::Measured;
pub use records::{BanRecord, BlobRecord, Given, IdentityRecord, RoomRecord, TokenHash};
pub use redis::RedisStore;
pub(crate) use redis::{HALL, Link, Lua, address, unavailable};
pub use sqlite::SqliteStore;

/// Bans kept of one room; the oldest go.
pub const MAX_BANS: usize = 1_000;

/// Who of those with a reaction are named, as [`hearth_protocol::Reaction::by`] says.
pub(crate) const MAX_REACTORS_NAMED: usize = 50;

/// Opens the store that the settings name, and makes it if there is none.
///
/// # Errors
/// [`StoreError::Unavailable`]: it cannot be opened, or another process has it.
pub async fn open(settings: &Settings) -> Result<Arc<dyn Store>, StoreError> {
    if settings.store.redis_url.is_empty() {
        return Ok(Arc::new(Measured::new(SqliteStore::open(settings).await?, "sqlite")));
    }
    let url = settings.store.redis_url.expose();
    let (queue, people) = (settings.store.queue, settings.guests.max_identities);
    Ok(Arc::new(Measured::new(RedisStore::open(url, queue, people).await?, "redis")))
}

/// A store of its own for one test, gone with it.
#[cfg(test)]
pub(crate) async fn temporary(max_identities: usize) -> Arc<dyn Store> {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = hearth_config::from_toml("").unwrap();
    settings.server.data_dir = folder.path().to_owned();
    settings.guests.max_identities = max_identities;
    Arc::new(SqliteStore::open(&settings).await.unwrap().in_folder(folder))
}

/// A store. Every write that returned `Ok` is kept at the level of [`Store::durability`], as a
/// whole or not at all; a write that returned an error may be kept, and can be tried again.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// What "acknowledged" means here, as `hello` tells it.
    fn durability(&self) -> &'static str;

    /// Whether it answers and can write, for `/api/ready`.
    async fn check(&self) -> Result<(), StoreError>;

    /// Whether it is another than the one that was opened: it has lost everything since.
    async fn is_lost(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Begins such a store again, with these rooms, each with a log that is new. They take the
    /// place of others of the same ids.
    async fn revive(&self, _rooms: Vec<RoomRecord>) -> Result<(), StoreError> {
        Ok(())
    }

    // Rooms.

    /// All rooms, in the order in which they were created.
    async fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError>;

    /// Keeps a new room. [`StoreError::Exists`] if its id is there: decided atomically.
    async fn create_room(&self, room: RoomRecord) -> Result<(), StoreError>;

    /// Keeps what became of a room. [`StoreError::Missing`] if it is gone.
    async fn update_room(&self, room: RoomRecord) -> Result<(), StoreError>;

    /// Forgets a room, its log, marks and bans. Its sounds are no longer used. Nothing of them
    /// comes back with a new room of the same id. It may be gone already.
    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError>;

    /// Who may not come into a room, the newest first; at most [`MAX_BANS`] are kept, the oldest
    /// go.
    async fn bans(&self, room: &RoomId) -> Result<Vec<BanRecord>, StoreError>;

    /// Keeps a ban, in place of an earlier one of the same identity. [`StoreError::Missing`] if
    /// there is no such room.
    async fn put_ban(&self, room: &RoomId, ban: BanRecord) -> Result<(), StoreError>;

    /// Lifts a ban. False if there was none.
    async fn lift_ban(&self, room: &RoomId, identity: &IdentityId) -> Result<bool, StoreError>;

    // People.

    /// The identity that this token proves, which is thereby seen.
    async fn identity(&self, token: TokenHash) -> Result<Option<IdentityRecord>, StoreError>;

    /// People by who they are, in the same order.
    async fn people(
        &self,
        identities: &[IdentityId],
    ) -> Result<Vec<Option<IdentityRecord>>, StoreError>;

    /// Somebody by who they are.
    async fn person(&self, identity: &IdentityId) -> Result<Option<IdentityRecord>, StoreError> {
        Ok(self.people(std::slice::from_ref(identity)).await?.pop().flatten())
    }

    /// Keeps an identity, new or changed, which is thereby seen. A full store forgets the one not
    /// seen for longest, and how far it had read; what it wrote stays. [`StoreError::Conflict`] if
    /// the token is another's.
    async fn put_identity(&self, identity: IdentityRecord) -> Result<(), StoreError>;

    // Logs. A log begins with its first entry.

    /// Adds an entry with the next number and what follows from it, atomically. A message marks
    /// everything up to it as read by its author, and its sound as used. A message that is there
    /// already is [`Appended::Known`], whatever became of it or of what it answers; so is an edit,
    /// deletion or reaction [`Appended::Unchanged`] that makes no difference.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: another message was stored in this log with the same id.
    /// [`StoreError::Missing`]: there is no such room; the message meant is not there or is
    /// deleted or, for an edit, is not a text; of a reply, its original; of a sound, the sound, or
    /// another message uses it.
    /// [`StoreError::Full`]: as many different emoji as may be.
    async fn append(&self, log: &LogKey, entry: NewEntry) -> Result<Appended, StoreError>;

    /// Where these logs stand, in the same order.
    async fn heads(&self, logs: &[LogKey]) -> Result<Vec<LogHead>, StoreError>;

    /// Messages as they are now.
    async fn history(&self, log: &LogKey, page: Page) -> Result<History, StoreError>;

    /// One message as it is now.
    async fn message(&self, log: &LogKey, seq: u64) -> Result<Option<ChatMessage>, StoreError>;

    /// What came after a position: a replay if that is at most `limit` entries, or the newest
    /// `limit` messages. Number 0 is in every log.
    ///
    /// Entries carry messages, texts and reactions as they are now: what was edited, deleted or
    /// taken back since is not told again. Who applies them in order has what is there now.
    async fn catch_up(
        &self,
        log: &LogKey,
        from: &Position,
        limit: usize,
    ) -> Result<CatchUp, StoreError>;

    /// Looks for text messages, newest first: within a log by number.
    async fn search(&self, search: Search, reader: &IdentityId) -> Result<Found, StoreError>;

    // Marks.

    /// Moves somebody's mark forward, never back and never past the end. What is read is also
    /// delivered.
    async fn mark_read(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<ReadMark, StoreError>;

    /// Moves the mark of what reached somebody forward, never back and never past the end.
    async fn mark_delivered(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<(), StoreError>;

    /// How far somebody has read these logs, in the same order. `seq` is 0 for those where they
    /// never were; everything is unread there. Unread are the texts and sounds that
    /// [`LogHead::messages`] counts.
    async fn marks(
        &self,
        identity: &IdentityId,
        logs: &[LogKey],
    ) -> Result<Vec<ReadMark>, StoreError>;

    /// Somebody's conversations with others, the one with the newest message first.
    async fn directs(
        &self,
        identity: &IdentityId,
        limit: usize,
    ) -> Result<Vec<DirectRecord>, StoreError>;

    // Sounds; the bytes are elsewhere.

    /// Keeps what a new sound is. [`StoreError::Exists`] if its id is there.
    async fn put_blob(&self, blob: BlobRecord) -> Result<(), StoreError>;

    /// A sound.
    async fn blob(&self, id: &BlobId) -> Result<Option<BlobRecord>, StoreError>;

    /// Sounds that no message uses and that were put before this Unix time, ms; at most `limit`,
    /// the oldest first.
    async fn unused_blobs(
        &self,
        before_ms: u64,
        limit: usize,
    ) -> Result<Vec<BlobRecord>, StoreError>;

    /// Forgets a sound, unless a message uses it by now or it is gone: then false.
    async fn forget_blob(&self, id: &BlobId) -> Result<bool, StoreError>;
}

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The thing is there already.
    #[error("it exists")]
    Exists,
    /// The thing is not there, or not any more.
    #[error("it does not exist")]
    Missing,
    /// Another thing is there under the same id.
    #[error("something else has this id")]
    Conflict,
    /// There are as many as may be.
    #[error("there are as many as may be")]
    Full,
    /// The store does not answer or cannot write.
    #[error("the store is out of order: {0}")]
    Unavailable(String),
}
