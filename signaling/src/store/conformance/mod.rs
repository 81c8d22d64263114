//! Proves a store: every implementation runs this suite, and none has a test of its own for what
//! the trait promises.
//!
//! Each part works in rooms and with people of its own, so that one store serves them all.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod crowds;
mod logs;
mod marks;
mod model;
mod pages;
mod people;
mod rooms;
mod search;
mod sequences;
mod sounds;

use std::{collections::BTreeMap, sync::Arc};

use hearth_protocol::{Author, Avatar, Body, ChatMessage, IdentityId, MessageId, Position, RoomId};

use super::{Appended, LogKey, NewChange, NewEntry, RoomRecord, Store, StoreError};

/// How many identities the store that is made keeps.
pub(crate) const MAX_IDENTITIES: usize = 9;

/// `open` opens the store, which is empty at first and keeps what is in it; never twice at once.
pub(crate) async fn run(open: impl AsyncFn() -> Arc<dyn Store>) {
    let store = open().await;
    assert!(!store.durability().is_empty());
    store.check().await.unwrap();
    rooms::run(&*store).await;
    people::run(&*store).await;
    logs::run(&*store).await;
    pages::run(&*store).await;
    marks::run(&*store).await;
    search::run(&*store).await;
    sounds::run(&*store).await;
    crowds::run(&store).await;
    let stories = sequences::run(&store).await;
    drop(store);
    let store = open().await;
    for story in stories {
        story.check(&*store).await;
    }
}

fn room(id: &str) -> RoomRecord {
    RoomRecord {
        id: RoomId(id.into()),
        name: id.to_uppercase(),
        icon: "💬".into(),
        topic: Some("talk".into()),
        max_participants: Some(7),
        owner: Some(who("owner")),
        password: Some("$argon2id$…".into()),
        hidden: true,
        roles: BTreeMap::from([(who("helper"), hearth_protocol::Role::Moderator)]),
        at_ms: 1_700_000_000_000,
    }
}

/// The log of a new room.
pub(crate) async fn log(store: &dyn Store, id: &str) -> LogKey {
    store.create_room(room(id)).await.unwrap();
    LogKey::Room(RoomId(id.into()))
}

fn who(name: &str) -> IdentityId {
    IdentityId(format!("{name:x>32}"))
}

fn author(name: &str) -> Author {
    Author { identity: who(name), name: name.into(), avatar: Avatar::default() }
}

fn by(name: &str, change: NewChange) -> NewEntry {
    NewEntry { by: author(name), at_ms: 1_000, change }
}

fn body(text: &str) -> Body {
    Body::Text { text: text.into() }
}

/// A text whose id is made of itself.
pub(crate) fn text(author: &str, text: &str) -> NewEntry {
    let id = id(text);
    let change = NewChange::Message { id, body: body(text), reply_to: None, mentions: Vec::new() };
    by(author, change)
}

/// An id that is always the same for a text and does not tell it.
fn id(text: &str) -> MessageId {
    let mut hasher = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(text, &mut hasher);
    MessageId(format!("{:032x}", std::hash::Hasher::finish(&hasher)))
}

fn edit(of: u64, text: &str) -> NewChange {
    NewChange::Edit { of, text: text.into(), mentions: Vec::new() }
}

fn react(of: u64, emoji: &str, on: bool) -> NewChange {
    NewChange::React { of, emoji: emoji.into(), on, most: 3 }
}

/// Where the log stands with what was appended, which must be new.
#[track_caller]
fn at(appended: Result<Appended, StoreError>) -> Position {
    match appended {
        Ok(Appended::New { position, .. }) => position,
        other => panic!("not new: {other:?}"),
    }
}

/// What the messages say.
fn texts(messages: &[ChatMessage]) -> Vec<&str> {
    messages.iter().map(said).collect()
}

fn said(message: &ChatMessage) -> &str {
    match &message.body {
        Body::Text { text } => text,
        Body::Deleted { .. } => "(deleted)",
        Body::Voice { .. } => "(a sound)",
        Body::System { .. } => "(the system)",
    }
}
