//! What those who own or moderate a room do to it and to the people in it.
//!
//! Owns the order: rate, may this person, is it well-formed, keep, then tell and write down. What is
//! decided here bites at once: sessions, voices and what waits to come in.

mod deed;
mod restraining;
mod sending_out;

pub(crate) use deed::{Deed, obey};
pub(crate) use restraining::{deafen, move_to, mute};
pub(crate) use sending_out::{ban, bans, kick, refresh_bans, unban};

use std::sync::Arc;

use hearth_protocol::{
    DeleteRoom, EditRoom, ErrorCode, Fault, IdentityId, LeftReason, Participant, ParticipantNumber,
    Role, RoomId, SentOut, ServerMessage, SetRole, SystemEvent,
};

use crate::{
    App,
    backplane::Event,
    chat,
    grants::AS_GUESTS,
    identity::unavailable,
    room::{Room, Visitor},
    rooms::no_room,
    roster::{Place, Session},
    store::{LogKey, RoomRecord},
    walk::no_participant,
};

/// Most people with a role in one room.
const MAX_ROLES: usize = 100;

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
    clear(app, &room, &SentOut::Deleted {});
    Ok(())
}

/// Sends everybody on this node out of a room that is gone.
pub(crate) fn clear(app: &App, room: &Room, out: &SentOut) {
    for number in room.close() {
        send_out(app, room, number, out.clone());
    }
}

/// `room:role`.
///
/// # Errors
/// `room_not_found`, `person_not_found`, `forbidden`, `room_invalid`, `rate_limited`, `busy`.
pub(crate) async fn set_role(app: &Arc<App>, session: &Session, ask: SetRole) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let room = find(app, &ask.room)?;
    room.demand(session, Role::Owner)?;
    let target = Target::find(app, &room, &ask.identity).await?;
    target.check(session, &room)?;
    if target.granted > Some(ask.role) {
        return Err(Fault::new(
            ErrorCode::Forbidden,
            "The host of the server gave them this role.",
        ));
    }
    if target.role == ask.role {
        return Ok(());
    }
    let change = |before: &RoomRecord| {
        let after = with_role(before, &ask.identity, ask.role);
        if after.roles.len() > MAX_ROLES {
            let message = format!("At most {MAX_ROLES} people have a role in a room.");
            return Err(Fault::new(ErrorCode::RoomInvalid, message));
        }
        if has_owner(before) && !has_owner(&after) {
            return Err(Fault::new(ErrorCode::Forbidden, "A room keeps its last owner."));
        }
        Ok(after)
    };
    app.presence.rooms().change(&room, change).await?;
    let event = SystemEvent::RoleChanged { name: target.name, role: ask.role };
    chat::note(app, room.id(), session.author(), event).await;
    tell_role(app, &room, &ask.identity);
    Ok(())
}

/// Whom something is done to, by who they are.
struct Target {
    identity: IdentityId,
    name: String,
    role: Role,
    /// What of that is from the host, as far as that is known while they are away.
    granted: Option<Role>,
}

impl Target {
    /// Somebody who is known, here or not.
    async fn find(app: &App, room: &Room, identity: &IdentityId) -> Result<Self, Fault> {
        let identity = identity.clone();
        if let Some(online) = app.roster.of(&identity) {
            let (name, role) = (online.who().name.clone(), room.role_of(&online));
            let granted = room.granted(online.visitor());
            return Ok(Self { identity, name, role, granted });
        }
        let known = app.store.person(&identity).await.map_err(|error| unavailable(&error))?;
        let known = known.ok_or_else(|| {
            Fault::new(ErrorCode::PersonNotFound, "Nobody of that identity is known here.")
        })?;
        let visitor = Visitor { identity: &identity, address: None, grants: &AS_GUESTS };
        let granted = room.granted(visitor).max(room.granted_elsewhere(&identity));
        let role = room.role_by_identity(&identity).max(granted.unwrap_or_default());
        Ok(Self { identity, name: known.name, role, granted })
    }

    /// Somebody in a room that one moderates; to others there is nobody.
    fn inside(
        app: &App,
        session: &Session,
        number: ParticipantNumber,
    ) -> Result<(Arc<Room>, Self), Fault> {
        let (room, _) = app.presence.whereabouts(number).ok_or_else(no_participant)?;
        let own = session.participant().and_then(|own| app.presence.room_of(own));
        let is_there = own.is_some_and(|own| Arc::ptr_eq(&own, &room));
        if !is_there && room.role_of(session) < Role::Moderator {
            return Err(no_participant());
        }
        room.demand(session, Role::Moderator)?;
        let Participant { identity, name, role, .. } =
            room.participant(number).ok_or_else(no_participant)?;
        let there = room.session_of(number);
        let grants = there.as_ref().map_or(&AS_GUESTS, |session| &session.grants);
        let granted = room.granted(Visitor { identity: &identity, address: None, grants });
        let granted = granted.max(room.granted_elsewhere(&identity));
        let target = Self { identity, name, role, granted };
        target.check(session, &room)?;
        Ok((room, target))
    }

    /// Whether this person may do something to that one: a moderator to members, an owner to
    /// anybody but those whom the host made owners, these to anybody, nobody to themselves.
    fn check(&self, session: &Session, room: &Room) -> Result<(), Fault> {
        let own = room.role_of(session);
        let owner = Some(Role::Owner);
        let above = self.granted == owner && room.granted(session.visitor()) != owner;
        if self.identity == session.identity {
            Err(Fault::new(ErrorCode::Forbidden, "Nobody does this to themselves."))
        } else if !above && (own == Role::Owner || own > self.role) {
            Ok(())
        } else {
            Err(Fault::new(ErrorCode::Forbidden, "Your role does not reach so far."))
        }
    }
}

/// The record with another role of somebody's.
fn with_role(before: &RoomRecord, identity: &IdentityId, role: Role) -> RoomRecord {
    let mut after = before.clone();
    let first = after.owner.as_ref() == Some(identity);
    if first && role != Role::Owner {
        after.owner = None;
    }
    after.roles.remove(identity);
    if role > Role::Member && after.owner.as_ref() != Some(identity) {
        after.roles.insert(identity.clone(), role);
    }
    after
}

fn has_owner(record: &RoomRecord) -> bool {
    record.owner.is_some() || record.roles.values().any(|role| *role == Role::Owner)
}

/// Tells somebody what they are in a room by now.
fn tell_role(app: &Arc<App>, room: &Room, identity: &IdentityId) {
    let role = room.role(identity).unwrap_or_default();
    app.publish(Event::Role { room: room.id().clone(), identity: identity.clone(), role });
}

/// Takes a participant out of the room, and says why.
pub(crate) fn send_out(app: &App, room: &Room, number: ParticipantNumber, out: SentOut) {
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
