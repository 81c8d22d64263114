//! How far people have read, and their conversations.

use hearth_protocol::{Body, MessageId, ReadMark, SystemEvent};

use super::{at, by, edit, log, react, said, text, who};
use crate::store::{LogKey, NewChange, NewEntry, Store};

pub(super) async fn run(store: &dyn Store) {
    marks_move_forward(store).await;
    mentions_are_counted(store).await;
    conversations_are_listed(store).await;
}

fn mark(seq: u64, unread: u32, mentions: u32) -> ReadMark {
    ReadMark { seq, unread, mentions }
}

fn mentioning(author: &str, said: &str, names: &[&str]) -> NewEntry {
    let mut entry = text(author, said);
    if let NewChange::Message { mentions, .. } = &mut entry.change {
        *mentions = names.iter().map(|name| who(name)).collect();
    }
    entry
}

fn system(author: &str, id: u8) -> NewEntry {
    let id = MessageId(format!("{id:032x}"));
    let body = Body::System { event: SystemEvent::MissedCall {} };
    by(author, NewChange::Message { id, body, reply_to: None, mentions: vec![] })
}

async fn marks_move_forward(store: &dyn Store) {
    let log = log(store, "marks").await;
    let of =
        async |name: &str| store.marks(&who(name), std::slice::from_ref(&log)).await.unwrap()[0];
    let read = async |name: &str, seq| store.mark_read(&who(name), &log, seq).await.unwrap();
    assert_eq!(of("bo").await, mark(0, 0, 0));
    assert_eq!(read("bo", 5).await, mark(0, 0, 0), "nothing is there to be read");

    at(store.append(&log, text("ana", "1")).await);
    at(store.append(&log, text("ana", "2")).await);
    at(store.append(&log, by("bo", react(1, "👍", true))).await);
    at(store.append(&log, system("ana", 4)).await);
    at(store.append(&log, text("ana", "5")).await);
    assert_eq!(of("ana").await, mark(5, 0, 0), "who writes has read");
    assert_eq!(of("bo").await, mark(0, 3, 0), "what the system says and reactions do not count");
    assert_eq!(read("bo", 1).await, mark(1, 2, 0));
    assert_eq!(read("bo", 3).await, mark(3, 1, 0));
    assert_eq!(read("bo", 2).await, mark(3, 1, 0), "never back");
    assert_eq!(read("bo", 0).await, mark(3, 1, 0));
    at(store.append(&log, by("ana", NewChange::Delete { of: 5 })).await);
    assert_eq!(of("bo").await, mark(3, 1, 0), "what was deleted still counts");
    assert_eq!(read("bo", u64::MAX).await, mark(6, 0, 0), "never past the end");
    at(store.append(&log, text("bo", "7")).await);
    assert_eq!((of("bo").await, of("ana").await), (mark(7, 0, 0), mark(5, 1, 0)));

    let other = super::log(store, "other marks").await;
    let marks = store.marks(&who("ana"), &[other, log.clone()]).await.unwrap();
    assert_eq!(marks, [mark(0, 0, 0), mark(5, 1, 0)]);
}

async fn mentions_are_counted(store: &dyn Store) {
    let log = log(store, "mentions").await;
    let of =
        async |name: &str| store.marks(&who(name), std::slice::from_ref(&log)).await.unwrap()[0];
    at(store.append(&log, mentioning("ana", "1", &["bo", "cy", "bo"])).await);
    at(store.append(&log, mentioning("ana", "2", &["bo"])).await);
    at(store.append(&log, mentioning("ana", "3", &[])).await);
    assert_eq!((of("bo").await, of("cy").await), (mark(0, 3, 2), mark(0, 3, 1)));
    store.mark_read(&who("bo"), &log, 1).await.unwrap();
    assert_eq!(of("bo").await, mark(1, 2, 1));
    // An edit can take a mention away and bring one.
    at(store.append(&log, by("ana", edit(2, "2 without"))).await);
    assert_eq!(of("bo").await, mark(1, 2, 0));
    let with = NewChange::Edit { of: 3, text: "3".into(), mentions: vec![who("bo")] };
    at(store.append(&log, by("ana", with)).await);
    assert_eq!(of("bo").await, mark(1, 2, 1));
    at(store.append(&log, by("ana", NewChange::Delete { of: 3 })).await);
    assert_eq!(of("bo").await, mark(1, 2, 0));
}

async fn conversations_are_listed(store: &dyn Store) {
    let (me, log) = (who("dee"), |name| LogKey::direct(who("dee"), who(name)));
    assert_eq!(store.directs(&me, 9).await.unwrap(), []);
    at(store.append(&log("ed"), text("dee", "hello ed")).await);
    at(store.append(&log("flo"), text("flo", "hello dee")).await);
    at(store.append(&log("gus"), system("gus", 1)).await);
    let list = async || {
        let list = store.directs(&me, 9).await.unwrap();
        list.into_iter().map(|direct| direct.other).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [who("gus"), who("flo"), who("ed")]);
    at(store.append(&log("ed"), text("ed", "hello back")).await);
    // Only a message makes a conversation the newest.
    at(store.append(&log("flo"), by("dee", react(1, "👍", true))).await);
    store.mark_read(&me, &log("gus"), 1).await.unwrap();
    assert_eq!(list().await, [who("ed"), who("gus"), who("flo")]);
    assert_eq!(store.directs(&me, 1).await.unwrap().len(), 1);

    let ed = store.directs(&me, 1).await.unwrap().remove(0);
    assert_eq!((ed.head.position.seq, ed.head.messages), (2, 2));
    assert_eq!(said(&ed.last.unwrap()), "hello back");
    assert_eq!(ed.read, mark(1, 1, 0));
    assert_eq!((ed.read_by_other, ed.delivered_to_other), (2, 2));

    let flo = async || {
        let list = store.directs(&me, 9).await.unwrap();
        list.into_iter().find(|direct| direct.other == who("flo")).unwrap()
    };
    let (read, delivered) = (flo().await.read_by_other, flo().await.delivered_to_other);
    assert_eq!((read, delivered), (1, 1), "who writes has read");
    store.mark_delivered(&who("flo"), &log("flo"), 99).await.unwrap();
    store.mark_delivered(&who("flo"), &log("flo"), 1).await.unwrap();
    assert_eq!((flo().await.read_by_other, flo().await.delivered_to_other), (1, 2));
    store.mark_read(&who("flo"), &log("flo"), 2).await.unwrap();
    assert_eq!(flo().await.read_by_other, 2);
    at(store.append(&log("flo"), by("flo", NewChange::Delete { of: 1 })).await);
    assert_eq!(said(&flo().await.last.unwrap()), "(deleted)");

    // What is delivered is not yet read.
    store.mark_delivered(&who("hal"), &log("hal"), 1).await.unwrap();
    at(store.append(&log("hal"), text("dee", "hello hal")).await);
    store.mark_delivered(&who("hal"), &log("hal"), 1).await.unwrap();
    let hal = store.directs(&me, 1).await.unwrap().remove(0);
    assert_eq!((hal.read_by_other, hal.delivered_to_other), (0, 1));
    let marks = store.marks(&who("hal"), &[log("hal")]).await.unwrap();
    assert_eq!(marks, [mark(0, 1, 0)]);
    store.mark_read(&who("hal"), &log("hal"), 1).await.unwrap();
    assert_eq!(store.directs(&me, 1).await.unwrap()[0].read_by_other, 1);
    // Both have it in their lists.
    let other = store.directs(&who("hal"), 9).await.unwrap().remove(0);
    assert_eq!((other.other, other.read_by_other), (me.clone(), 1));
}
