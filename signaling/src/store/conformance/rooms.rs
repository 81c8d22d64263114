//! Rooms and bans.

use std::net::{IpAddr, Ipv4Addr};

use super::{log, room, text, who};
use crate::store::{BanRecord, LogKey, MAX_BANS, Store, StoreError};

pub(super) async fn run(store: &dyn Store) {
    they_are_kept_in_order(store).await;
    what_became_of_one_is_kept(store).await;
    nothing_of_a_deleted_one_comes_back(store).await;
    bans_are_kept_newest_first(store).await;
    bans_are_bounded(store).await;
}

async fn they_are_kept_in_order(store: &dyn Store) {
    assert_eq!(store.rooms().await.unwrap(), []);
    for id in ["z", "a", "m"] {
        store.create_room(room(id)).await.unwrap();
    }
    let mut other = room("a");
    other.name = "other".into();
    assert_eq!(store.create_room(other).await, Err(StoreError::Exists));
    assert_eq!(store.rooms().await.unwrap(), [room("z"), room("a"), room("m")]);
}

async fn what_became_of_one_is_kept(store: &dyn Store) {
    let mut changed = room("a");
    changed.topic = None;
    changed.roles.clear();
    store.update_room(changed.clone()).await.unwrap();
    assert_eq!(store.rooms().await.unwrap(), [room("z"), changed, room("m")]);
    assert_eq!(store.update_room(room("nowhere")).await, Err(StoreError::Missing));
}

async fn nothing_of_a_deleted_one_comes_back(store: &dyn Store) {
    let gone = log(store, "gone").await;
    let LogKey::Room(id) = &gone else { panic!() };
    let before = super::at(store.append(&gone, text("ana", "before")).await);
    store.put_ban(id, ban("bo", 1)).await.unwrap();
    store.mark_read(&who("bo"), &gone, 1).await.unwrap();
    store.delete_room(id).await.unwrap();
    assert!(store.rooms().await.unwrap().iter().all(|room| room.id != *id));
    assert_eq!(store.append(&gone, text("ana", "into nothing")).await, Err(StoreError::Missing));
    assert_eq!(store.put_ban(id, ban("bo", 1)).await, Err(StoreError::Missing));
    assert_eq!(store.update_room(room("gone")).await, Err(StoreError::Missing));
    store.delete_room(id).await.unwrap();

    log(store, "gone").await;
    assert_eq!(store.bans(id).await.unwrap(), []);
    assert_eq!(store.message(&gone, 1).await.unwrap(), None);
    let head = store.heads(std::slice::from_ref(&gone)).await.unwrap().remove(0);
    assert_eq!((head.position.seq, head.messages), (0, 0));
    let mark = store.marks(&who("bo"), std::slice::from_ref(&gone)).await.unwrap();
    assert_eq!(mark[0].seq, 0);
    // Even when the numbers are the same again.
    super::at(store.append(&gone, text("ana", "after")).await);
    let caught = store.catch_up(&gone, &before, 10).await.unwrap();
    let hearth_protocol::CatchUp::Reset { history } = caught else { panic!("{caught:?}") };
    assert_eq!(super::texts(&history.messages), ["after"]);
    assert_eq!(store.marks(&who("bo"), &[gone]).await.unwrap()[0].unread, 1);
}

fn ban(name: &str, at_ms: u64) -> BanRecord {
    BanRecord {
        identity: who(name),
        name: name.into(),
        address: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
        by: who("owner"),
        until_ms: Some(7),
        reason: Some("noise".into()),
        at_ms,
    }
}

async fn bans_are_kept_newest_first(store: &dyn Store) {
    let id = &room("m").id;
    assert_eq!(store.bans(id).await.unwrap(), []);
    for (name, at_ms) in [("ana", 9), ("bo", 8), ("ana", 7)] {
        store.put_ban(id, ban(name, at_ms)).await.unwrap();
    }
    assert_eq!(store.bans(id).await.unwrap(), [ban("ana", 7), ban("bo", 8)]);
    assert_eq!(store.bans(&room("z").id).await.unwrap(), []);
    assert_eq!(store.lift_ban(id, &who("ana")).await, Ok(true));
    assert_eq!(store.lift_ban(id, &who("ana")).await, Ok(false));
    assert_eq!(store.bans(id).await.unwrap(), [ban("bo", 8)]);
}

async fn bans_are_bounded(store: &dyn Store) {
    let id = &room("z").id;
    let all: Vec<_> = (0..MAX_BANS + 2).map(|n| ban(&format!("b{n}"), 1)).collect();
    // In order, and as fast as the store takes them.
    for some in all.chunks(50) {
        let put = some.iter().map(|ban| store.put_ban(id, ban.clone()));
        futures_util::future::try_join_all(put).await.unwrap();
    }
    let kept = store.bans(id).await.unwrap();
    assert_eq!(kept.len(), MAX_BANS);
    assert!(!kept.contains(&all[0]) && kept.contains(&all[MAX_BANS + 1]));
}
