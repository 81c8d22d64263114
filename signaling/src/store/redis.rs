//! The store in Redis: what several nodes share.
//!
//! Owns the promise that what is acknowledged was written by one script, as a whole, and the
//! level of durability that Redis is set to. Redis 7 without modules. A standalone server now;
//! every key already lives where a cluster would have it.

mod blobs;
mod entry;
mod keys;
mod link;
mod logs;
mod marks;
mod people;
mod policy;
mod rooms;
mod script;
mod search;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use hearth_protocol::{
    BlobId, Body, CatchUp, ChatMessage, Found, History, IdentityId, Position, ReadMark, RoomId,
};
use parking_lot::RwLock;

use self::blobs::Claim;
pub(crate) use self::{
    keys::HALL,
    link::{Link, address, unavailable},
    script::Lua,
};
use super::{
    Appended, BanRecord, BlobRecord, DirectRecord, IdentityRecord, LogHead, LogKey, NewChange,
    NewEntry, Page, RoomRecord, Search, Store, StoreError, TokenHash,
};
use crate::identity::random_hex;

/// A store in Redis.
pub struct RedisStore {
    link: Link,
    /// Random, for as long as Redis keeps anything.
    epoch: RwLock<String>,
    durability: &'static str,
    max_identities: usize,
}

impl RedisStore {
    /// Opens the store at `url` (`redis://[user:password@]host[:port][/db]`, or
    /// `redis+unix:///path`) for at most `waiting` requests at a time and `max_identities` people.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with what to do: Redis cannot be reached, or it is set to evict
    /// what it was given.
    pub async fn open(
        url: &str,
        waiting: usize,
        max_identities: usize,
    ) -> Result<Self, StoreError> {
        let link = Link::new(url, waiting)?;
        let durability = policy::durability(&link).await?;
        let epoch = RwLock::new(begin(&link).await?);
        Ok(Self { link, epoch, durability, max_identities })
    }

    /// The epoch of a log between two people that is to begin.
    fn epoch(&self, log: &LogKey) -> String {
        keys::epoch(&self.epoch.read(), log)
    }

    /// Gives a log between two people the epoch that it will have.
    fn complete(&self, log: &LogKey, position: &mut Position) {
        if position.epoch.is_empty() {
            position.epoch = self.epoch(log);
        }
    }
}

fn epoch_key() -> String {
    format!("{}:epoch", keys::HALL)
}

/// What names everything in this Redis, from now on if nothing did.
async fn begin(link: &Link) -> Result<String, StoreError> {
    let mut epoch = redis::pipe();
    epoch.cmd("SET").arg(epoch_key()).arg(random_hex::<8>()).arg("NX").ignore();
    epoch.cmd("GET").arg(epoch_key());
    let (epoch,): (String,) =
        link.ask(|mut redis| async move { epoch.query_async(&mut redis).await }).await?;
    Ok(epoch)
}

#[async_trait]
impl Store for RedisStore {
    fn durability(&self) -> &'static str {
        self.durability
    }

    async fn check(&self) -> Result<(), StoreError> {
        // A write, so that a Redis that is full or only a replica does not count as ready.
        let mut mark = redis::cmd("SET");
        mark.arg(format!("{}:check", keys::HALL)).arg(1);
        self.link.ask(|mut redis| async move { mark.query_async(&mut redis).await }).await
    }

    async fn is_lost(&self) -> Result<bool, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(epoch_key());
        let found: Option<String> =
            self.link.ask(|mut redis| async move { get.query_async(&mut redis).await }).await?;
        Ok(found.as_deref() != Some(self.epoch.read().as_str()))
    }

    async fn revive(&self, rooms: Vec<RoomRecord>) -> Result<(), StoreError> {
        for room in rooms {
            match self.create_room(room.clone()).await {
                // A node that started on the empty Redis has made it.
                Err(StoreError::Exists) => self.update_room(room).await?,
                created => created?,
            }
        }
        // Last: if anything fails before, it is done once more.
        let epoch = begin(&self.link).await?;
        *self.epoch.write() = epoch;
        Ok(())
    }

    async fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        rooms::all(&self.link).await
    }

    async fn create_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        // The log first: a room without one takes no messages.
        let log = LogKey::Room(room.id.clone());
        logs::begin(&self.link, &log, random_hex::<8>()).await?;
        rooms::create(&self.link, &room).await?.then_some(()).ok_or(StoreError::Exists)
    }

    async fn update_room(&self, room: RoomRecord) -> Result<(), StoreError> {
        rooms::update(&self.link, &room).await?.then_some(()).ok_or(StoreError::Missing)
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        // The room last: if anything fails before, it is still there to be deleted again.
        let sounds = logs::forget(&self.link, &LogKey::Room(room.clone())).await?;
        blobs::release(&self.link, &sounds).await?;
        rooms::delete(&self.link, room).await.map(|_: bool| ())
    }

    async fn bans(&self, room: &RoomId) -> Result<Vec<BanRecord>, StoreError> {
        rooms::bans(&self.link, room).await
    }

    async fn put_ban(&self, room: &RoomId, ban: BanRecord) -> Result<(), StoreError> {
        rooms::ban(&self.link, room, &ban).await?.then_some(()).ok_or(StoreError::Missing)
    }

    async fn lift_ban(&self, room: &RoomId, identity: &IdentityId) -> Result<bool, StoreError> {
        rooms::lift(&self.link, room, identity).await
    }

    async fn identity(&self, token: TokenHash) -> Result<Option<IdentityRecord>, StoreError> {
        people::proved(&self.link, token).await
    }

    async fn people(
        &self,
        identities: &[IdentityId],
    ) -> Result<Vec<Option<IdentityRecord>>, StoreError> {
        people::by_id(&self.link, identities).await
    }

    async fn put_identity(&self, identity: IdentityRecord) -> Result<(), StoreError> {
        let forgotten = people::put(&self.link, &identity, self.max_identities).await?;
        let forgotten = forgotten.ok_or(StoreError::Conflict)?;
        metrics::counter!("hearth_identities_forgotten_total").increment(forgotten.len() as u64);
        marks::forget(&self.link, &forgotten).await
    }

    async fn append(&self, log: &LogKey, entry: NewEntry) -> Result<Appended, StoreError> {
        // The sound is elsewhere in Redis: it is claimed first, so that it is never forgotten under
        // a message, and given back if nothing came of it.
        let (talks, claim) = match &entry.change {
            NewChange::Message { id, body: Body::Voice { blob, .. }, .. } => {
                let claim = blobs::claim(&self.link, blob, log, id).await?;
                (true, Some((blob.0.clone(), claim)))
            }
            NewChange::Message { .. } => (true, None),
            _ => (false, None),
        };
        let lacks_sound = matches!(claim, Some((_, Claim::Missing)));
        let epoch = self.epoch(log);
        let appended = logs::append(&self.link, log, &epoch, entry, lacks_sound).await;
        let is_in = matches!(&appended, Ok((Appended::New { .. }, _)));
        let unknown = matches!(&appended, Err(StoreError::Unavailable(_)));
        if let Some((sound, Claim::Now)) = claim
            && !is_in
            && !unknown
        {
            blobs::release(&self.link, &[sound]).await?;
        }
        let (appended, freed) = appended?;
        if let Some(freed) = freed {
            blobs::release(&self.link, &[freed]).await?;
        }
        if let (true, LogKey::Direct(one, other)) = (talks, log) {
            marks::talked(&self.link, one, other).await?;
        }
        Ok(appended)
    }

    async fn heads(&self, logs: &[LogKey]) -> Result<Vec<LogHead>, StoreError> {
        let mut heads = logs::heads(&self.link, logs).await?;
        for (log, head) in logs.iter().zip(&mut heads) {
            self.complete(log, &mut head.position);
        }
        Ok(heads)
    }

    async fn history(&self, log: &LogKey, page: Page) -> Result<History, StoreError> {
        let mut history = logs::history(&self.link, log, page).await?;
        self.complete(log, &mut history.position);
        Ok(history)
    }

    async fn message(&self, log: &LogKey, seq: u64) -> Result<Option<ChatMessage>, StoreError> {
        logs::message(&self.link, log, seq).await
    }

    async fn catch_up(
        &self,
        log: &LogKey,
        from: &Position,
        limit: usize,
    ) -> Result<CatchUp, StoreError> {
        let epoch = self.epoch(log);
        let mut caught = logs::catch_up(&self.link, log, &epoch, from, limit).await?;
        if let CatchUp::Gap { history } | CatchUp::Reset { history } = &mut caught {
            self.complete(log, &mut history.position);
        }
        Ok(caught)
    }

    async fn search(&self, search: Search, reader: &IdentityId) -> Result<Found, StoreError> {
        search::search(&self.link, &search, reader).await
    }

    async fn mark_read(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<ReadMark, StoreError> {
        marks::read(&self.link, identity, log, seq).await
    }

    async fn mark_delivered(
        &self,
        identity: &IdentityId,
        log: &LogKey,
        seq: u64,
    ) -> Result<(), StoreError> {
        marks::delivered(&self.link, identity, log, seq).await
    }

    async fn marks(
        &self,
        identity: &IdentityId,
        logs: &[LogKey],
    ) -> Result<Vec<ReadMark>, StoreError> {
        marks::of(&self.link, identity, logs).await
    }

    async fn directs(
        &self,
        identity: &IdentityId,
        limit: usize,
    ) -> Result<Vec<DirectRecord>, StoreError> {
        let mut directs = marks::directs(&self.link, identity, limit).await?;
        for direct in &mut directs {
            let log = LogKey::direct(identity.clone(), direct.other.clone());
            self.complete(&log, &mut direct.head.position);
        }
        Ok(directs)
    }

    async fn put_blob(&self, blob: BlobRecord) -> Result<(), StoreError> {
        blobs::put(&self.link, &blob).await?.then_some(()).ok_or(StoreError::Exists)
    }

    async fn blob(&self, id: &BlobId) -> Result<Option<BlobRecord>, StoreError> {
        blobs::find(&self.link, id).await
    }

    async fn unused_blobs(
        &self,
        before_ms: u64,
        limit: usize,
    ) -> Result<Vec<BlobRecord>, StoreError> {
        blobs::unused(&self.link, before_ms, limit).await
    }

    async fn forget_blob(&self, id: &BlobId) -> Result<bool, StoreError> {
        blobs::forget(&self.link, id).await
    }
}
