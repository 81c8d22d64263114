//! What those who own or moderate a room do to it and to the people in it.
//!
//! Owns the order: rate, may this person, is it well-formed, keep, then tell and write down. What is
//! decided here bites at once: sessions, voices and what waits to come in.

use std::sync::Arc;

use hearth_protocol::{
    DeleteRoom, EditRoom, Fault, LeftReason, ParticipantNumber, Role, RoomId, SentOut,
    ServerMessage,
};

use crate::{
    App, chat,
    room::Room,
    rooms::no_room,
    roster::{Place, Session},
    store::LogKey,
};

/// `room:edit`.
///
/// # Errors
/// `room_not_found`, `forbidden`, `room_invalid`, `room_exists`, `rate_limited`, `busy`.
pub(crate) async fn edit(app: &Arc<App>, session: &Session, ask: EditRoom) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let room = find(app, &ask.room)?;
    let EditRoom { room: _, name, icon, topic: _, password, max_participants, hidden } = &ask;
    let topic_alone = name.is_none()
        && icon.is_none()
        && password.is_none()
        && max_participants.is_none()
        && hidden.is_none();
    room.demand(session, if topic_alone { Role::Moderator } else { Role::Owner })?;
    for event in app.presence.rooms().edit(&room, ask).await? {
        chat::note(app, room.id(), session.author(), event).await;
    }
    Ok(())
}

/// `room:delete`.
///
/// # Errors
/// `room_not_found`, `forbidden`, `rate_limited`, `busy`.
pub(crate) async fn delete(
    app: &Arc<App>,
    session: &Session,
    ask: DeleteRoom,
) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let room = find(app, &ask.room)?;
    room.demand(session, Role::Owner)?;
    app.presence.rooms().delete(&room).await?;
    app.lanes.forget(&LogKey::Room(ask.room));
    for number in room.close() {
        send_out(app, &room, number, SentOut::Deleted {});
    }
    Ok(())
}

/// Takes a participant out of the room, and says why.
fn send_out(app: &App, room: &Room, number: ParticipantNumber, out: SentOut) {
    let Some(session) = room.session_of(number) else {
        return app.leave_room(number, LeftReason::Removed);
    };
    let mut place = session.place.lock();
    // They may have walked out or elsewhere by themselves meanwhile.
    if *place == Place::Inside(number) {
        app.leave_room(number, LeftReason::Removed);
        *place = Place::Outside;
        session.send(&ServerMessage::RoomSentOut { room: room.id().clone(), out });
    }
}

fn find(app: &App, id: &RoomId) -> Result<Arc<Room>, Fault> {
    app.presence.rooms().find(id).ok_or_else(no_room)
}
