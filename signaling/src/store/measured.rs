//! A store whose answers are timed, for `/metrics`.
//!
//! Owns what is told apart: the kind of store, and a few kinds of work. Adds nothing else, and never
//! says whose work it was.

use std::sync::Arc;

use async_trait::async_trait;
use hearth_protocol::{
    BlobId, CatchUp, ChatMessage, Found, History, IdentityId, Position, ReadMark, RoomId,
};
use tokio::time::Instant;

use super::{
    Appended, BanRecord, BlobRecord, DirectRecord, IdentityRecord, LogHead, LogKey, NewEntry, Page,
    RoomRecord, Search, Store, StoreError, TokenHash,
};

/// A store, and what it is called.
pub(super) struct Measured {
    store: Arc<dyn Store>,
    kind: &'static str,
}

/// What is done: reading or writing in a log, looking through them, or anything about the rest.
#[derive(Clone, Copy)]
enum Work {
    Append,
    Read,
    Search,
    Look,
    Keep,
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Read => "read",
            Self::Search => "search",
            Self::Look => "look",
            Self::Keep => "keep",
        }
    }
}

impl Measured {
    pub(super) fn new(store: impl Store, kind: &'static str) -> Self {
        Self { store: Arc::new(store), kind }
    }

    async fn time<T: Send>(
        &self,
        work: Work,
        answer: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let answer = answer.await;
        let labels = [("store", self.kind), ("operation", work.name())];
        metrics::histogram!("hearth_store_seconds", &labels).record(began.elapsed());
        answer
    }
}

#[async_trait]
impl Store for Measured {
    fn durability(&self) -> &'static str {
        self.store.durability()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.time(Work::Look, self.store.check()).await
    }

    async fn is_lost(&self) -> Result<bool, StoreError> {
        self.time(Work::Look, self.store.is_lost()).await
    }

    async fn revive(&self, rooms: Vec<RoomRecord>) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.revive(rooms)).await
    }

    async fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.time(Work::Look, self.store.rooms()).await
    }

    async fn create_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.create_room(room)).await
    }

    async fn update_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.update_room(room)).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.delete_room(room)).await
    }

    async fn bans(&self, room: &RoomId) -> Result<Vec<BanRecord>, StoreError> {
        self.time(Work::Look, self.store.bans(room)).await
    }

    async fn put_ban(&self, room: &RoomId, ban: BanRecord) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.put_ban(room, ban)).await
    }

    async fn lift_ban(&self, room: &RoomId, identity: &IdentityId) -> Result<bool, StoreError> {
        self.time(Work::Keep, self.store.lift_ban(room, identity)).await
    }

    async fn identity(&self, token: TokenHash) -> Result<Option<IdentityRecord>, StoreError> {
        self.time(Work::Look, self.store.identity(token)).await
    }

    async fn people(
        &self,
        identities: &[IdentityId],
    ) -> Result<Vec<Option<IdentityRecord>>, StoreError> {
        self.time(Work::Look, self.store.people(identities)).await
    }

    async fn put_identity(&self, identity: IdentityRecord) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.put_identity(identity)).await
    }

    async fn append(&self, log: &LogKey, entry: NewEntry) -> Result<Appended, StoreError> {
        self.time(Work::Append, self.store.append(log, entry)).await
    }

    async fn heads(&self, logs: &[LogKey]) -> Result<Vec<LogHead>, StoreError> {
        self.time(Work::Look, self.store.heads(logs)).await
    }

    async fn history(&self, log: &LogKey, page: Page) -> Result<History, StoreError> {
        self.time(Work::Read, self.store.history(log, page)).await
    }

    async fn message(&self, log: &LogKey, seq: u64) -> Result<Option<ChatMessage>, StoreError> {
        self.time(Work::Read, self.store.message(log, seq)).await
    }

    async fn catch_up(
        &self,
        log: &LogKey,
        from: &Position,
        limit: usize,
    ) -> Result<CatchUp, StoreError> {
        self.time(Work::Read, self.store.catch_up(log, from, limit)).await
    }

    async fn search(&self, search: Search, reader: &IdentityId) -> Result<Found, StoreError> {
        self.time(Work::Search, self.store.search(search, reader)).await
    }

    async fn mark_read(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<ReadMark, StoreError> {
        self.time(Work::Keep, self.store.mark_read(identity, log, seq)).await
    }

    async fn mark_delivered(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.mark_delivered(identity, log, seq)).await
    }

    async fn marks(
        &self,
        identity: &IdentityId,
        logs: &[LogKey],
    ) -> Result<Vec<ReadMark>, StoreError> {
        self.time(Work::Look, self.store.marks(identity, logs)).await
    }

    async fn directs(
        &self,
        identity: &IdentityId,
        limit: usize,
    ) -> Result<Vec<DirectRecord>, StoreError> {
        self.time(Work::Look, self.store.directs(identity, limit)).await
    }

    async fn put_blob(&self, blob: BlobRecord) -> Result<(), StoreError> {
        self.time(Work::Keep, self.store.put_blob(blob)).await
    }

    async fn blob(&self, id: &BlobId) -> Result<Option<BlobRecord>, StoreError> {
        self.time(Work::Look, self.store.blob(id)).await
    }

    async fn unused_blobs(
        &self,
        before_ms: u64,
        limit: usize,
    ) -> Result<Vec<BlobRecord>, StoreError> {
        self.time(Work::Look, self.store.unused_blobs(before_ms, limit)).await
    }

    async fn forget_blob(&self, id: &BlobId) -> Result<bool, StoreError> {
        self.time(Work::Keep, self.store.forget_blob(id)).await
    }
}
