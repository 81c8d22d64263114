//! Which log somebody means, and whether they may write or read there.
//!
//! The one place where the rights of chat are decided: one writes in the room that one is in, and
//! reads there, where one has a role, and where anybody may walk in. Between two people, only they.

use std::sync::Arc;

use hearth_protocol::{Conversation, ErrorCode, Fault, IdentityId, RoomId};

use crate::{
    App,
    chat::refused,
    room::{Room, Visitor, not_in_room},
    rooms::no_room,
    roster::{Place, Session},
    store::LogKey,
};

/// A conversation as one of those in it has it.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) log: LogKey,
    pub(super) with: With,
}

/// What a conversation is between.
#[derive(Clone)]
pub(super) enum With {
    Room(Arc<Room>),
    Person(IdentityId),
}

/// Where somebody may write: of what they may read, the room that they are in.
///
/// # Errors
/// As [`to_read`]; `not_in_room`.
pub(super) async fn to_write(
    app: &App,
    session: &Session,
    conversation: &Conversation,
) -> Result<Scene, Fault> {
    let scene = to_read(app, session, conversation).await?;
    match &scene.with {
        With::Room(room) if !is_inside(app, session, room.id()) => Err(not_in_room()),
        With::Room(_) | With::Person(_) => Ok(scene),
    }
}

/// Where somebody may read.
///
/// # Errors
/// `room_not_found`, `banned`, `forbidden`, `person_not_found`.
pub(super) async fn to_read(
    app: &App,
    session: &Session,
    conversation: &Conversation,
) -> Result<Scene, Fault> {
    match conversation {
        Conversation::Room(id) => {
            let room = app.presence.rooms().find(id).ok_or_else(no_room)?;
            if !is_inside(app, session, id) {
                room.admits_reader(session.visitor())?;
            }
            Ok(Scene { log: LogKey::Room(id.clone()), with: With::Room(room) })
        }
        Conversation::Person(other) => between(app, session, other).await,
    }
}

/// Whether somebody may read in a room, online or not.
pub(crate) fn may_read(app: &App, room: &RoomId, visitor: Visitor<'_>) -> bool {
    let Some(found) = app.presence.rooms().find(room) else { return false };
    // Their session may go farther than what they show here.
    (found.holds(visitor.identity) && found.check_entry(visitor).is_ok())
        || found.admits_reader(visitor).is_ok()
}

/// The rooms in which somebody may read.
pub(super) fn readable(app: &App, session: &Session) -> Vec<Arc<Room>> {
    let mut rooms = app.presence.rooms().all();
    rooms.retain(|room| {
        is_inside(app, session, room.id()) || room.admits_reader(session.visitor()).is_ok()
    });
    rooms
}

/// Whether somebody is in that room.
pub(super) fn is_inside(app: &App, session: &Session, room: &RoomId) -> bool {
    let Place::Inside(number) = *session.place.lock() else { return false };
    app.presence.room_of(number).is_some_and(|inside| inside.id() == room)
}

async fn between(app: &App, session: &Session, other: &IdentityId) -> Result<Scene, Fault> {
    let nobody =
        || Fault::new(ErrorCode::PersonNotFound, "Nobody else of that identity is known here.");
    if *other == session.identity || !is_known(app, other).await? {
        return Err(nobody());
    }
    let log = LogKey::direct(session.identity.clone(), other.clone());
    Ok(Scene { log, with: With::Person(other.clone()) })
}

/// Whether there is such a person.
pub(super) async fn is_known(app: &App, identity: &IdentityId) -> Result<bool, Fault> {
    Ok(app.roster.online(identity).is_some()
        || app.store.person(identity).await.map_err(refused)?.is_some())
}
