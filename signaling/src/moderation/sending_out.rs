//! Sending people out, for now or for good, and letting them come back.
//!
//! Owns the bounds of bans. Whether a door is closed to somebody is the room's.

use std::sync::Arc;

use hearth_protocol::{
    AskBans, Ban, BanSummary, ErrorCode, Fault, Kick, Role, SentOut, SystemEvent, Unban,
};

use super::{Deed, Target, find, send_out, tell_role, with_role};
use crate::{
    App,
    backplane::Order,
    chat,
    clock::now_ms,
    identity::unavailable,
    limits::network,
    names,
    room::Room,
    rooms::no_room,
    roster::Session,
    store::{BanRecord, StoreError},
};

/// Shortest and longest ban that ends by itself, ms.
const BAN_MS: std::ops::RangeInclusive<u64> = 1_000..=10 * 365 * 24 * 3_600 * 1_000;

/// Bans that are listed.
const LIST: usize = 200;

/// `room:kick`.
///
/// # Errors
/// `participant_not_found`, `forbidden`, `room_invalid`, `rate_limited`, `busy`.
pub(crate) async fn kick(app: &Arc<App>, session: &Session, ask: Kick) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let reason = checked_reason(ask.reason.as_deref())?;
    let (room, target) = Target::inside(app, session, ask.number)?;
    let deed = Deed::Kick { by: session.who().name.clone(), reason };
    deed.to_all_of(app, &room, ask.number).await?;
    let event = SystemEvent::Kicked { name: target.name };
    chat::note(app, room.id(), session.author(), event).await;
    Ok(())
}

/// `room:ban`.
///
/// # Errors
/// `room_not_found`, `person_not_found`, `forbidden`, `room_invalid`, `rate_limited`, `busy`.
pub(crate) async fn ban(app: &Arc<App>, session: &Session, ask: Ban) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let reason = checked_reason(ask.reason.as_deref())?;
    if ask.for_ms.is_some_and(|for_ms| !BAN_MS.contains(&for_ms)) {
        return Err(invalid("A ban takes from a second to ten years."));
    }
    let room = find(app, &ask.room)?;
    room.demand(session, Role::Moderator)?;
    let target = Target::find(app, &room, &ask.identity).await?;
    target.check(session, &room)?;
    if room.role(&target.identity).is_some() {
        let change = |before: &_| Ok(with_role(before, &target.identity, Role::Member));
        app.presence.rooms().change(&room, change).await?;
        tell_role(app, &room, &target.identity);
    }
    let at_ms = now_ms();
    let until_ms = ask.for_ms.map(|for_ms| at_ms.saturating_add(for_ms));
    let record = BanRecord {
        identity: target.identity.clone(),
        name: target.name.clone(),
        address: address_of(app, session, &room, &target).await,
        by: session.identity.clone(),
        until_ms,
        reason,
        at_ms,
    };
    let kept = app.store.put_ban(room.id(), record.clone()).await;
    kept.map_err(|error| refused(&error))?;
    room.bans.put(record);
    app.mirror.bans_changed(room.id());
    send_banned_out(app, &room).await;
    let event = SystemEvent::Banned { name: target.name };
    chat::note(app, room.id(), session.author(), event).await;
    Ok(())
}

/// `room:unban`.
///
/// # Errors
/// `room_not_found`, `person_not_found`, `forbidden`, `rate_limited`, `busy`.
pub(crate) async fn unban(app: &Arc<App>, session: &Session, ask: Unban) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let room = find(app, &ask.room)?;
    room.demand(session, Role::Moderator)?;
    let lifted = app.store.lift_ban(room.id(), &ask.identity).await;
    lifted.map_err(|error| refused(&error))?;
    let Some(ban) = room.bans.lift(&ask.identity) else {
        return Err(Fault::new(ErrorCode::PersonNotFound, "Nobody of that identity is banned."));
    };
    app.mirror.bans_changed(room.id());
    let event = SystemEvent::Unbanned { name: ban.name };
    chat::note(app, room.id(), session.author(), event).await;
    Ok(())
}

/// `room:bans`.
///
/// # Errors
/// `room_not_found`, `forbidden`, `rate_limited`.
pub(crate) fn bans(app: &App, session: &Session, ask: AskBans) -> Result<Vec<BanSummary>, Fault> {
    app.limits.reading(&session.identity)?;
    let room = find(app, &ask.room)?;
    room.demand(session, Role::Moderator)?;
    Ok(room.bans.newest(LIST))
}

/// Another node has banned somebody from a room, or lets them in again: the store knows whom.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn refresh_bans(app: &App, room: &Room) -> Result<(), StoreError> {
    loop {
        let seen = room.bans.changes();
        let bans = match app.store.bans(room.id()).await {
            // A room that is gone meanwhile: that is told as well.
            Err(StoreError::Missing) => return Ok(()),
            bans => bans?,
        };
        if room.bans.replace(seen, bans) {
            break;
        }
    }
    send_banned_out(app, room).await;
    Ok(())
}

/// Sends those on this node out whom a ban keeps out by now.
async fn send_banned_out(app: &App, room: &Room) {
    for (number, ban) in room.banned_inside() {
        let by = match app.roster.online(&ban.by) {
            Some(online) => online.name.clone(),
            // A name is not worth a wait: who is banned goes in any case.
            None => {
                let known = app.store.person(&ban.by).await.ok().flatten();
                known.map(|known| known.name).unwrap_or_default()
            }
        };
        let BanRecord { reason, until_ms, .. } = ban;
        send_out(app, room, number, SentOut::Banned { by, reason, until_ms });
    }
}

/// Where somebody comes from. If whoever bans them comes from there, too, it is a household or a
/// proxy: banning it would hit everybody.
async fn address_of(
    app: &App,
    session: &Session,
    room: &Room,
    target: &Target,
) -> Option<std::net::IpAddr> {
    let identity = &target.identity;
    let mut online = app.roster.of(identity).and_then(|online| online.visitor().address);
    if let Some(node) = app.roster.node_of(identity) {
        // Without an answer the ban is theirs alone.
        let asked = app.order(&node, Order::Address { identity: identity.clone() }).await;
        online = online.or(asked.ok().and_then(|done| done.address));
    }
    let address = online.or_else(|| room.address_of(&target.identity)).map(network)?;
    let own = session.visitor().address.map(network);
    (own != Some(address)).then_some(address)
}

fn checked_reason(raw: Option<&str>) -> Result<Option<String>, Fault> {
    let reason = raw.map(names::topic).transpose();
    reason.map(Option::flatten).map_err(|_| invalid("A reason has at most 200 characters."))
}

fn invalid(message: &str) -> Fault {
    Fault::new(ErrorCode::RoomInvalid, message)
}

fn refused(error: &StoreError) -> Fault {
    match error {
        StoreError::Missing => no_room(),
        _ => unavailable(error),
    }
}
