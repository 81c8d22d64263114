//! Taking somebody's voice or hearing, and taking them elsewhere.
//!
//! Owns who may, and what is written down of it. What is done is a [`Deed`].

use std::sync::Arc;

use hearth_protocol::{ErrorCode, Fault, Move, ServerDeafen, ServerMute, SystemEvent};

use super::{Deed, Target, find};
use crate::{App, chat, room::Room, rooms::no_room, roster::Session};

/// `room:mute`.
///
/// # Errors
/// `participant_not_found`, `forbidden`, `rate_limited`, `busy`.
pub(crate) async fn mute(app: &Arc<App>, session: &Session, ask: ServerMute) -> Result<(), Fault> {
    let ServerMute { number, muted } = ask;
    app.limits.chat(&session.identity)?;
    let (room, target) = Target::inside(app, session, number)?;
    if (Deed::Mute { muted }).to_all_of(app, &room, number).await? {
        let event = SystemEvent::ServerMuted { name: target.name, muted };
        chat::note(app, room.id(), session.author(), event).await;
    }
    Ok(())
}

/// `room:deafen`.
///
/// # Errors
/// As [`mute`].
pub(crate) async fn deafen(
    app: &Arc<App>,
    session: &Session,
    ask: ServerDeafen,
) -> Result<(), Fault> {
    let ServerDeafen { number, deafened } = ask;
    app.limits.chat(&session.identity)?;
    let (room, target) = Target::inside(app, session, number)?;
    if (Deed::Deafen { deafened }).to_all_of(app, &room, number).await? {
        let event = SystemEvent::ServerDeafened { name: target.name, deafened };
        chat::note(app, room.id(), session.author(), event).await;
    }
    Ok(())
}

/// `room:move`.
///
/// # Errors
/// `participant_not_found`, `room_not_found`, `forbidden`, `banned`, `room_full`, `rate_limited`,
/// `busy`.
pub(crate) async fn move_to(app: &Arc<App>, session: &Session, ask: Move) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let (from, target) = Target::inside(app, session, ask.number)?;
    let to = find(app, &ask.room)?;
    check_way(session, &to)?;
    if Arc::ptr_eq(&from, &to) {
        return Ok(());
    }
    let deed = Deed::Move { by: session.who().name.clone(), to: ask.room };
    deed.to_one(app, ask.number).await?;
    let event = SystemEvent::Moved { name: target.name };
    chat::note(app, from.id(), session.author(), event).await;
    Ok(())
}

/// Whether somebody may take others into a room: where anybody may walk in, or with a role there.
fn check_way(session: &Session, to: &Room) -> Result<(), Fault> {
    to.check_entry(session.visitor())?;
    let record = to.record();
    if to.role_for(session.visitor()).is_some() || (record.password.is_none() && !record.hidden) {
        Ok(())
    } else if to.is_seen_by(session) {
        Err(Fault::new(ErrorCode::Forbidden, "One takes nobody into a locked or hidden room."))
    } else {
        Err(no_room())
    }
}
