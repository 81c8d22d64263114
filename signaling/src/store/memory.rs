//! A store that forgets everything when the process ends.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use parking_lot::Mutex;

use super::{IdentityRecord, RoomRecord, Store, StoreError, TokenHash};

/// Keeps rooms and identities in memory. Its bound on rooms is the caller's.
#[derive(Debug)]
pub struct MemoryStore {
    max_identities: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rooms: Vec<RoomRecord>,
    identities: HashMap<TokenHash, (u64, IdentityRecord)>,
    /// When each was last seen, as a count of sightings.
    seen: BTreeMap<u64, TokenHash>,
    sightings: u64,
}

impl MemoryStore {
    /// An empty store for at most `max_identities`.
    #[must_use]
    pub fn new(max_identities: usize) -> Self {
        Self { max_identities, kept: Mutex::default() }
    }
}

impl Store for MemoryStore {
    fn durability(&self) -> &'static str {
        "ephemeral"
    }

    fn rooms(&self) -> BoxFuture<'_, Result<Vec<RoomRecord>, StoreError>> {
        ready(Ok(self.kept.lock().rooms.clone())).boxed()
    }

    fn create_room(&self, room: RoomRecord) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut kept = self.kept.lock();
        let exists = kept.rooms.iter().any(|other| other.id == room.id);
        if !exists {
            kept.rooms.push(room);
        }
        ready(if exists { Err(StoreError::Exists) } else { Ok(()) }).boxed()
    }

    fn identity(
        &self,
        token: TokenHash,
    ) -> BoxFuture<'_, Result<Option<IdentityRecord>, StoreError>> {
        let mut kept = self.kept.lock();
        let found = kept.identities.get(&token).map(|(_, identity)| identity.clone());
        if let Some(identity) = &found {
            kept.see(identity.clone());
        }
        ready(Ok(found)).boxed()
    }

    fn put_identity(&self, identity: IdentityRecord) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut kept = self.kept.lock();
        kept.see(identity);
        if kept.identities.len() > self.max_identities
            && let Some((_, token)) = kept.seen.pop_first()
        {
            kept.identities.remove(&token);
            metrics::counter!("hearth_identities_forgotten_total").increment(1);
        }
        ready(Ok(())).boxed()
    }
}

impl Kept {
    fn see(&mut self, identity: IdentityRecord) {
        self.sightings += 1;
        self.seen.insert(self.sightings, identity.token);
        if let Some((before, _)) =
            self.identities.insert(identity.token, (self.sightings, identity))
        {
            self.seen.remove(&before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_a_store() {
        crate::store::conformance::run(&MemoryStore::new(9), 9).await;
    }
}
