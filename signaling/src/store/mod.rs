//! What outlives a session: the trait that every store keeps, and the suite that proves it.
//!
//! Owns the records and what is promised about them. Never decides who may do what. Rooms and
//! identities now; the log of chat messages will be one more method that appends atomically.

mod memory;

use futures_util::future::BoxFuture;
use hearth_protocol::{Avatar, IdentityId, RoomId};

pub use memory::MemoryStore;

/// A store. Every write that returned `Ok` is kept at the level of [`Store::durability`].
pub trait Store: Send + Sync + 'static {
    /// What "acknowledged" means here, as `hello` tells it.
    fn durability(&self) -> &'static str;

    /// All rooms, in the order in which they were created.
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<RoomRecord>, StoreError>>;

    /// Keeps a new room. [`StoreError::Exists`] if its id is there: decided atomically.
    fn create_room(&self, room: RoomRecord) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The identity that this token proves, which is thereby seen.
    fn identity(
        &self,
        token: TokenHash,
    ) -> BoxFuture<'_, Result<Option<IdentityRecord>, StoreError>>;

    /// Keeps an identity, new or changed. A full store forgets the one not seen for longest.
    fn put_identity(&self, identity: IdentityRecord) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// A room, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// Never changes.
    pub id: RoomId,
    /// As shown.
    pub name: String,
    /// One emoji.
    pub icon: String,
    /// What it is about.
    pub topic: Option<String>,
    /// How many may be inside, if limited.
    pub max_participants: Option<u32>,
    /// Who created it; `None` for the rooms of the first start.
    pub owner: Option<IdentityId>,
}

/// Somebody, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRecord {
    /// Public.
    pub id: IdentityId,
    /// What proves it. The token itself is kept nowhere.
    pub token: TokenHash,
    /// As last chosen.
    pub name: String,
    /// As last chosen.
    pub avatar: Avatar,
}

/// The SHA-256 of a token. Tokens are random and long, so that no salt is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The thing is there already.
    #[error("it exists")]
    Exists,
    /// The store does not answer or cannot write.
    #[error("the store is out of order: {0}")]
    Unavailable(String),
}

/// Proves a store: every implementation runs it.
#[cfg(test)]
pub(crate) mod conformance {
    use super::*;

    fn room(id: &str) -> RoomRecord {
        RoomRecord {
            id: RoomId(id.into()),
            name: id.to_uppercase(),
            icon: "💬".into(),
            topic: Some("talk".into()),
            max_participants: Some(7),
            owner: Some(IdentityId("0a".into())),
        }
    }

    fn identity(n: u8) -> IdentityRecord {
        IdentityRecord {
            id: IdentityId(format!("{n:032x}")),
            token: TokenHash([n; 32]),
            name: format!("name {n}"),
            avatar: Avatar { coat: n % 8, emoji: None },
        }
    }

    /// `store` is empty and keeps at most `max` (3–200) identities.
    pub(crate) async fn run(store: &dyn Store, max: u8) {
        assert!(!store.durability().is_empty());
        assert_eq!(store.rooms().await.unwrap(), []);
        for id in ["z", "a", "m"] {
            store.create_room(room(id)).await.unwrap();
        }
        let mut other = room("a");
        other.name = "other".into();
        assert_eq!(store.create_room(other).await, Err(StoreError::Exists));
        assert_eq!(store.rooms().await.unwrap(), [room("z"), room("a"), room("m")]);

        assert_eq!(store.identity(TokenHash([1; 32])).await.unwrap(), None);
        for n in 0..max {
            store.put_identity(identity(n)).await.unwrap();
        }
        let mut renamed = identity(1);
        renamed.name = "new".into();
        store.put_identity(renamed.clone()).await.unwrap();
        assert_eq!(store.identity(TokenHash([1; 32])).await.unwrap(), Some(renamed));

        // Full: the one not seen for longest goes; 0 was just seen, so that is 2.
        assert_eq!(store.identity(TokenHash([0; 32])).await.unwrap(), Some(identity(0)));
        store.put_identity(identity(max)).await.unwrap();
        assert_eq!(store.identity(TokenHash([2; 32])).await.unwrap(), None);
        for n in [0, max] {
            assert_eq!(store.identity(TokenHash([n; 32])).await.unwrap(), Some(identity(n)));
        }
    }
}
