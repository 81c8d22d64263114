//! Identities.

use hearth_protocol::Avatar;

use super::{MAX_IDENTITIES, who};
use crate::store::{Given, IdentityRecord, Store, StoreError, TokenHash};

pub(super) async fn run(store: &dyn Store) {
    assert_eq!(store.identity(TokenHash([1; 32])).await.unwrap(), None);
    let all: Vec<_> = (0..=u8::try_from(MAX_IDENTITIES).unwrap()).map(identity).collect();
    let last = &all[MAX_IDENTITIES];
    for identity in &all[..MAX_IDENTITIES] {
        store.put_identity(identity.clone()).await.unwrap();
    }
    let mut renamed = all[1].clone();
    renamed.name = "new".into();
    store.put_identity(renamed.clone()).await.unwrap();
    assert_eq!(found(store, 1).await, Some(renamed.clone()));
    assert_eq!(store.person(&renamed.id).await.unwrap(), Some(renamed.clone()));
    assert_eq!(store.person(&last.id).await.unwrap(), None);
    let asked = [last.id.clone(), all[0].id.clone(), renamed.id.clone()];
    let expected = vec![None, Some(all[0].clone()), Some(renamed.clone())];
    assert_eq!(store.people(&asked).await.unwrap(), expected);
    assert_eq!(store.people(&[]).await.unwrap(), vec![]);

    // A token is of one person.
    let thief = IdentityRecord { token: renamed.token, ..all[3].clone() };
    assert_eq!(store.put_identity(thief).await, Err(StoreError::Conflict));
    assert_eq!(found(store, 1).await, Some(renamed));

    // Full: the one not seen for longest goes; 0 is seen just now, so that is 2. Looking somebody
    // up is no sighting.
    assert_eq!(found(store, 0).await, Some(all[0].clone()));
    assert_eq!(store.person(&all[2].id).await.unwrap(), Some(all[2].clone()));
    store.put_identity(last.clone()).await.unwrap();
    assert_eq!(found(store, 2).await, None);
    assert_eq!(store.person(&all[2].id).await.unwrap(), None);
    assert_eq!(found(store, 0).await, Some(all[0].clone()));
    assert_eq!(store.person(&last.id).await.unwrap(), Some(last.clone()));

    // A new token makes the old one worthless; without one, none proves it.
    let moved = IdentityRecord { token: Some(TokenHash([77; 32])), ..all[0].clone() };
    store.put_identity(moved.clone()).await.unwrap();
    assert_eq!((found(store, 0).await, found(store, 77).await), (None, Some(moved.clone())));
    for identity in [moved, all[4].clone()] {
        store.put_identity(IdentityRecord { token: None, ..identity }).await.unwrap();
    }
    assert_eq!(found(store, 77).await, None);
    assert_eq!(store.person(&all[4].id).await.unwrap().map(|found| found.token), Some(None));
}

async fn found(store: &dyn Store, token: u8) -> Option<IdentityRecord> {
    store.identity(TokenHash([token; 32])).await.unwrap()
}

fn identity(n: u8) -> IdentityRecord {
    IdentityRecord {
        id: who(&format!("person {n}")),
        token: Some(TokenHash([n; 32])),
        name: format!("name {n}"),
        avatar: Avatar { coat: n % 8, emoji: (n == 3).then(|| "🦊".into()) },
        status: (n == 2).then(|| "away".into()),
        given: (n == 1).then(|| Given { name: Some("given".into()), avatar: None }),
    }
}
