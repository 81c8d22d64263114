//! Sounds.

use hearth_protocol::{BlobId, Body, MessageId, RoomId};

use super::{at, by, log, who};
use crate::store::{Appended, BlobRecord, LogKey, NewChange, NewEntry, Store, StoreError};

pub(super) async fn run(store: &dyn Store) {
    let log = log(store, "sounds").await;
    for n in [2, 1, 3] {
        store.put_blob(sound(n)).await.unwrap();
    }
    assert_eq!(store.put_blob(sound(1)).await, Err(StoreError::Exists));
    assert_eq!(store.blob(&sound(1).id).await.unwrap(), Some(sound(1)));
    assert_eq!(store.blob(&sound(9).id).await.unwrap(), None);

    // A message takes its sound, once.
    let first = at(store.append(&log, message(1)).await);
    assert_eq!(used_in(store, 1).await, Some(log.clone()));
    let again = store.append(&log, message(1)).await;
    assert_eq!(again, Ok(Appended::Known { position: first, at_ms: 1_000 }));
    for (id, of) in [(11, 1), (12, 9)] {
        let mut other = message(of);
        if let NewChange::Message { id: own, .. } = &mut other.change {
            *own = MessageId(format!("{id:032x}"));
        }
        assert_eq!(store.append(&log, other).await, Err(StoreError::Missing));
    }
    let unused = async |before_ms, limit| {
        let unused = store.unused_blobs(before_ms, limit).await.unwrap();
        unused.into_iter().map(|blob| blob.at_ms).collect::<Vec<_>>()
    };
    assert_eq!(unused(1_000, 9).await, [2, 3]);
    assert_eq!(unused(3, 9).await, [2]);
    assert_eq!(unused(1_000, 1).await, [2]);
    assert_eq!(store.forget_blob(&sound(1).id).await, Ok(false), "in use");
    assert_eq!(store.forget_blob(&sound(2).id).await, Ok(true));
    assert_eq!(store.forget_blob(&sound(2).id).await, Ok(false), "gone");
    assert_eq!(store.append(&log, message(2)).await, Err(StoreError::Missing));

    // With the message its use ends; so it does with the room.
    at(store.append(&log, by("ana", NewChange::Delete { of: 1 })).await);
    assert_eq!(used_in(store, 1).await, None);
    at(store.append(&log, message(3)).await);
    assert_eq!(unused(1_000, 9).await, [1]);
    store.delete_room(&RoomId("sounds".into())).await.unwrap();
    assert_eq!(used_in(store, 3).await, None);
    assert_eq!(unused(1_000, 9).await, [1, 3]);
    for n in [1, 3] {
        assert_eq!(store.forget_blob(&sound(n).id).await, Ok(true));
    }
}

async fn used_in(store: &dyn Store, n: u64) -> Option<LogKey> {
    store.blob(&sound(n).id).await.unwrap().unwrap().used_in
}

fn sound(n: u64) -> BlobRecord {
    BlobRecord {
        id: BlobId(format!("{n:032x}")),
        owner: who("ana"),
        mime: "audio/ogg".into(),
        bytes: 1_234,
        duration_ms: (!n.is_multiple_of(2)).then_some(900),
        at_ms: n,
        used_in: None,
    }
}

fn message(n: u64) -> NewEntry {
    let BlobRecord { id: blob, mime, bytes, .. } = sound(n);
    let body = Body::Voice { blob, mime, bytes, duration_ms: 900, peaks: vec![0, 255] };
    let id = MessageId(format!("{n:032x}"));
    by("ana", NewChange::Message { id, body, reply_to: None, mentions: vec![] })
}
