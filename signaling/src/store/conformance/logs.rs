//! Appending: numbers, retries, edits, deletions, reactions.

use hearth_protocol::{Body, Change, MessageId, Reaction, SystemEvent};

use super::{at, author, body, by, edit, log, react, text, who};
use crate::store::{Appended, LogKey, MAX_REACTORS_NAMED, NewChange, NewEntry, Store, StoreError};

pub(super) async fn run(store: &dyn Store) {
    entries_are_numbered(store).await;
    a_retry_stores_nothing(store).await;
    a_reply_has_an_original(store).await;
    a_text_is_edited(store).await;
    a_deleted_message_is_gone(store).await;
    reactions_are_a_state(store).await;
    reactions_name_the_first(store).await;
}

async fn entries_are_numbered(store: &dyn Store) {
    let log = log(store, "numbers").await;
    let other = super::log(store, "other numbers").await;
    let empty = store.heads(&[log.clone(), other.clone()]).await.unwrap();
    assert_eq!((empty[0].position.seq, empty[0].position.tag, empty[0].messages), (0, 0, 0));
    assert_eq!(empty[0].position.epoch.len(), 16);

    let new = store.append(&log, text("ana", "one")).await.unwrap();
    let Appended::New { entry, position, messages } = new else { panic!("{new:?}") };
    assert_eq!((entry.seq, entry.tag, entry.at_ms), (1, position.tag, 1_000));
    assert_eq!((position.seq, &position.epoch, messages), (1, &empty[0].position.epoch, 1));
    let Change::Message { message } = entry.change else { panic!() };
    assert_eq!((message.seq, &message.author, &message.body), (1, &author("ana"), &body("one")));
    assert_eq!(store.message(&log, 1).await.unwrap(), Some(message));

    at(store.append(&log, by("bo", react(1, "👍", true))).await);
    let event = Body::System { event: SystemEvent::RoomCreated {} };
    let id = MessageId("5".repeat(32));
    let system = NewChange::Message { id, body: event, reply_to: None, mentions: vec![] };
    at(store.append(&log, by("ana", system)).await);
    let last = at(store.append(&log, text("bo", "two")).await);
    assert_eq!(last.seq, 4);
    let heads = store.heads(&[other.clone(), log.clone()]).await.unwrap();
    assert_eq!(heads[0], empty[1]);
    assert_eq!((&heads[1].position, heads[1].messages), (&last, 2));
    // The numbers of each log are its own.
    assert_eq!(at(store.append(&other, text("ana", "one")).await).seq, 1);
    assert_eq!(store.message(&log, 2).await.unwrap(), None, "a reaction is no message");

    // Without a room there is no log; between two people one begins by itself.
    let nowhere = LogKey::Room(hearth_protocol::RoomId("no such room".into()));
    assert_eq!(store.append(&nowhere, text("ana", "one")).await, Err(StoreError::Missing));
    let direct = LogKey::direct(who("zoe"), who("abe"));
    assert_eq!(direct, LogKey::direct(who("abe"), who("zoe")));
    assert_eq!(at(store.append(&direct, text("zoe", "one")).await).seq, 1);
}

async fn a_retry_stores_nothing(store: &dyn Store) {
    let log = log(store, "retries").await;
    let first = at(store.append(&log, text("ana", "one")).await);
    at(store.append(&log, text("ana", "two")).await);
    let known = |at_ms| Ok(Appended::Known { position: first.clone(), at_ms });
    // Later, and under a new name.
    let mut again = text("ana", "one");
    again.at_ms = 2_000;
    again.by.name = "Anna".into();
    assert_eq!(store.append(&log, again.clone()).await, known(1_000));

    // Whatever is different makes it another message.
    let NewChange::Message { id, .. } = &again.change else { panic!() };
    let message = |text: &str, reply_to, mentions| NewChange::Message {
        id: id.clone(),
        body: body(text),
        reply_to,
        mentions,
    };
    for (name, change) in [
        ("ana", message("another", None, vec![])),
        ("ana", message("one", Some(2), vec![])),
        ("ana", message("one", None, vec![who("bo")])),
        ("bo", message("one", None, vec![])),
    ] {
        assert_eq!(store.append(&log, by(name, change)).await, Err(StoreError::Conflict));
    }
    // But not what became of it.
    at(store.append(&log, by("ana", edit(1, "changed"))).await);
    assert_eq!(store.append(&log, text("ana", "one")).await, known(1_000));
    at(store.append(&log, by("ana", NewChange::Delete { of: 1 })).await);
    assert_eq!(store.append(&log, text("ana", "one")).await, known(1_000));
    let head = store.heads(std::slice::from_ref(&log)).await.unwrap().remove(0);
    assert_eq!((head.position.seq, head.messages), (4, 2));
    // An id means something within its log only.
    let other = super::log(store, "other retries").await;
    at(store.append(&other, text("bo", "one")).await);
}

async fn a_reply_has_an_original(store: &dyn Store) {
    let log = log(store, "replies").await;
    let reply = |to, text: &str| NewEntry {
        change: NewChange::Message {
            id: super::id(text),
            body: body(text),
            reply_to: Some(to),
            mentions: vec![],
        },
        ..super::text("bo", text)
    };
    assert_eq!(store.append(&log, reply(1, "to nothing")).await, Err(StoreError::Missing));
    at(store.append(&log, text("ana", "original")).await);
    at(store.append(&log, reply(1, "reply")).await);
    assert_eq!(store.message(&log, 2).await.unwrap().unwrap().reply_to, Some(1));
    at(store.append(&log, by("ana", NewChange::Delete { of: 1 })).await);
    assert_eq!(store.append(&log, reply(1, "too late")).await, Err(StoreError::Missing));
    assert_eq!(store.append(&log, reply(3, "to a deletion")).await, Err(StoreError::Missing));
    // What was stored stays known, although its original is gone.
    let again = store.append(&log, reply(1, "reply")).await;
    assert!(matches!(again, Ok(Appended::Known { .. })), "{again:?}");
}

async fn a_text_is_edited(store: &dyn Store) {
    let log = log(store, "edits").await;
    at(store.append(&log, text("ana", "one")).await);
    let mut change = by("ana", edit(1, "uno"));
    change.at_ms = 5_000;
    let new = store.append(&log, change.clone()).await.unwrap();
    let Appended::New { entry, messages, .. } = new else { panic!("{new:?}") };
    let expected = Change::Edited { of: 1, text: "uno".into(), mentions: vec![] };
    assert_eq!((entry.seq, entry.change, messages), (2, expected, 1));
    let now = store.message(&log, 1).await.unwrap().unwrap();
    assert_eq!((now.body, now.at_ms, now.edited_at_ms), (body("uno"), 1_000, Some(5_000)));
    assert_eq!(store.append(&log, change).await, Ok(Appended::Unchanged));

    let event = Body::System { event: SystemEvent::MissedCall {} };
    let id = MessageId("9".repeat(32));
    let system = NewChange::Message { id, body: event, reply_to: None, mentions: vec![] };
    let system = at(store.append(&log, by("ana", system)).await).seq;
    for of in [system, 2, 99, 0, u64::MAX] {
        let refused = store.append(&log, by("ana", edit(of, "x"))).await;
        assert_eq!(refused, Err(StoreError::Missing), "{of}");
    }
}

async fn a_deleted_message_is_gone(store: &dyn Store) {
    let log = log(store, "deletions").await;
    assert_eq!(
        store.append(&log, by("ana", NewChange::Delete { of: 1 })).await,
        Err(StoreError::Missing)
    );
    let mut message = text("ana", "one");
    if let NewChange::Message { mentions, .. } = &mut message.change {
        mentions.push(who("bo"));
    }
    at(store.append(&log, message).await);
    at(store.append(&log, by("bo", react(1, "👍", true))).await);
    let delete = by("mod", NewChange::Delete { of: 1 });
    let new = store.append(&log, delete.clone()).await.unwrap();
    let Appended::New { entry, messages, .. } = new else { panic!("{new:?}") };
    assert_eq!((entry.change, messages), (Change::Deleted { of: 1, by: who("mod") }, 1));
    let now = store.message(&log, 1).await.unwrap().unwrap();
    assert_eq!((now.body, now.author), (Body::Deleted { by: who("mod") }, author("ana")));
    assert_eq!((now.reactions, now.mentions), (vec![], vec![]));

    assert_eq!(store.append(&log, delete).await, Ok(Appended::Unchanged));
    for change in [edit(1, "back"), react(1, "👍", true), react(1, "👍", false)] {
        assert_eq!(store.append(&log, by("ana", change)).await, Err(StoreError::Missing));
    }
}

async fn reactions_are_a_state(store: &dyn Store) {
    let log = log(store, "reactions").await;
    at(store.append(&log, text("ana", "one")).await);
    let state = |all: &[(&str, &[&str])]| -> Vec<Reaction> {
        all.iter()
            .map(|(emoji, names)| Reaction {
                emoji: (*emoji).into(),
                count: u32::try_from(names.len()).unwrap(),
                by: names.iter().map(|name| who(name)).collect(),
            })
            .collect()
    };
    let mut number = 1;
    for (name, emoji, on, expected) in [
        ("ana", "👍", true, state(&[("👍", &["ana"])])),
        ("bo", "❤️", true, state(&[("👍", &["ana"]), ("❤️", &["bo"])])),
        ("bo", "👍", true, state(&[("👍", &["ana", "bo"]), ("❤️", &["bo"])])),
        // The first goes: the emoji keeps its place as long as anybody has it.
        ("ana", "👍", false, state(&[("👍", &["bo"]), ("❤️", &["bo"])])),
        ("ana", "👍", true, state(&[("👍", &["bo", "ana"]), ("❤️", &["bo"])])),
        ("ana", "👍", false, state(&[("👍", &["bo"]), ("❤️", &["bo"])])),
        ("bo", "👍", false, state(&[("❤️", &["bo"])])),
        ("bo", "👍", true, state(&[("❤️", &["bo"]), ("👍", &["bo"])])),
        ("cy", "🎉", true, state(&[("❤️", &["bo"]), ("👍", &["bo"]), ("🎉", &["cy"])])),
    ] {
        number += 1;
        let new = store.append(&log, by(name, react(1, emoji, on))).await.unwrap();
        let Appended::New { entry, .. } = new else { panic!("{new:?}") };
        let reactions = expected.clone();
        let change = Change::Reacted { of: 1, by: who(name), emoji: emoji.into(), on, reactions };
        assert_eq!((entry.seq, entry.change), (number, change));
        let now = store.message(&log, 1).await.unwrap().unwrap();
        assert_eq!((now.reactions, now.edited_at_ms), (expected, None));
        let again = store.append(&log, by(name, react(1, emoji, on))).await;
        assert_eq!(again, Ok(Appended::Unchanged));
    }
    // Three different ones may be there; more people may have them.
    assert_eq!(store.append(&log, by("ana", react(1, "🔥", true))).await, Err(StoreError::Full));
    assert_eq!(store.append(&log, by("ana", react(1, "🔥", false))).await, Ok(Appended::Unchanged));
    at(store.append(&log, by("ana", react(1, "🎉", true))).await);
    assert_eq!(
        store.append(&log, by("ana", react(2, "👍", true))).await,
        Err(StoreError::Missing),
        "an entry that is no message"
    );
}

async fn reactions_name_the_first(store: &dyn Store) {
    let log = log(store, "crowds").await;
    at(store.append(&log, text("ana", "one")).await);
    let names: Vec<_> = (0..MAX_REACTORS_NAMED + 2).map(|n| format!("fan {n}")).collect();
    for name in &names {
        at(store.append(&log, by(name, react(1, "👍", true))).await);
    }
    let named = async |from: usize, count: u32| {
        let reaction = store.message(&log, 1).await.unwrap().unwrap().reactions.remove(0);
        let named = names[from..from + MAX_REACTORS_NAMED].iter().map(|name| who(name));
        assert_eq!((reaction.count, reaction.by), (count, named.collect()));
    };
    named(0, 52).await;
    // When one of them goes, the next is named.
    at(store.append(&log, by(&names[0], react(1, "👍", false))).await);
    named(1, 51).await;
    at(store.append(&log, by(&names[51], react(1, "👍", false))).await);
    named(1, 50).await;
}
