//! Negotiation between two pages of the dialect: what one says is carried to the other.
//!
//! Owns who may say it to whom: only to somebody in the same room or in a call with them. Goes
//! through the outbox like everything, so that it is bounded like everything. Never reads it.

use hearth_protocol::{ErrorCode, Fault, IdentityId, RoomId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{message::View, mirror::Out};
use crate::{
    App,
    roster::{Place, Session},
};

/// The events that are carried.
const CARRIED: [&str; 3] = ["webrtc:offer", "webrtc:answer", "webrtc:ice"];

/// In the outbox, among the messages of the protocol, which begin otherwise.
#[derive(Serialize, Deserialize)]
struct Frame {
    relay: String,
    payload: Value,
}

/// Carries one event to somebody.
///
/// # Errors
/// `person_not_found`: they do not speak the dialect; `forbidden`: they are elsewhere.
pub(super) fn carry(
    view: &View,
    event: &str,
    to: &IdentityId,
    mut payload: Map<String, Value>,
) -> Result<(), Fault> {
    let app = &view.scene.app;
    let other = app.roster.of(to).filter(|_| view.scene.directory.knows(to)).ok_or_else(|| {
        Fault::new(ErrorCode::PersonNotFound, "Nobody is there who would understand this.")
    })?;
    let room = room_of(app, &view.session);
    let same_room = room.is_some() && room == room_of(app, &other);
    if !same_room && !app.calls.joins(&view.session.identity, to) {
        let message = "This goes to people in the same room or call alone.";
        return Err(Fault::new(ErrorCode::Forbidden, message));
    }
    let who = view.session.who();
    // Whatever the payload says of the sender is overwritten.
    payload.insert("from".into(), json!(view.address_of(&who.identity)));
    payload.insert("user".into(), json!(who.name));
    let frame = Frame { relay: event.to_owned(), payload: Value::Object(payload) };
    other.outbox.push(serde_json::to_string(&frame).unwrap_or_default().into());
    Ok(())
}

/// What was carried here, if the frame is that.
pub(super) fn heard(frame: &str) -> Option<Out> {
    if !frame.starts_with(r#"{"relay":"#) {
        return None;
    }
    let Frame { relay, payload } = serde_json::from_str(frame).ok()?;
    let event = CARRIED.into_iter().find(|event| *event == relay)?;
    Some(Out::Event(event, payload))
}

fn room_of(app: &App, session: &Session) -> Option<RoomId> {
    let Place::Inside(number) = *session.place.lock() else { return None };
    app.presence.room_of(number).map(|room| room.id().clone())
}
