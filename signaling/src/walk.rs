//! A session's way into a room, out of the one before, by itself or by a moderator.
//!
//! Owns the order: what is written there is read before the lock of the session's place is taken, and
//! under it everything else happens at once, so that nothing that is told is missed or told twice.

use std::sync::Arc;

use hearth_protocol::{
    CatchUp, ErrorCode, Fault, LeftReason, ParticipantNumber, Position, ReadMark, VoiceState,
};

use crate::{
    App, chat,
    identity::{Entrant, unavailable},
    lanes::Lane,
    room::{Arrival, Room, ToldBy, not_in_room},
    roster::{Place, Session},
    store::LogKey,
};

/// A walk that has begun.
pub(crate) struct Walk<'a> {
    session: &'a Arc<Session>,
    room: &'a Arc<Room>,
    chat: CatchUp,
    read: ReadMark,
    lane: Arc<Lane>,
    /// The last entry that the walker knows.
    known: u64,
}

impl<'a> Walk<'a> {
    /// Reads what the walker is shown of what is written there.
    ///
    /// # Errors
    /// `busy`: the store does not answer.
    pub(crate) async fn begin(
        app: &App,
        session: &'a Arc<Session>,
        room: &'a Arc<Room>,
        position: Option<&Position>,
    ) -> Result<Self, Fault> {
        let (chat, read) = chat::begin(app, session, room, position).await?;
        let lane = app.lanes.open(&LogKey::Room(room.id().clone())).await;
        let lane = lane.map_err(|error| unavailable(&error))?;
        let known = chat::last_told(&chat).or(position.map(|position| position.seq)).unwrap_or(0);
        Ok(Self { session, room, chat, read, lane, known })
    }

    /// Walks in. The room shows itself. With `only_from`, only whoever is that participant walks.
    ///
    /// # Errors
    /// `not_in_room` if the session is over; `participant_not_found`, `room_not_found`, `banned`,
    /// `room_full`.
    pub(crate) fn end(
        self,
        app: &App,
        told_by: ToldBy,
        with_voice: bool,
        only_from: Option<ParticipantNumber>,
    ) -> Result<(), Fault> {
        let Self { session, room, chat, read, lane, known } = self;
        let arrival = Arrival { session, told_by, chat, read };
        let address = *session.address.lock();
        let mut place = session.place.lock();
        let before = match *place {
            Place::Ended => return Err(not_in_room()),
            Place::Outside => None,
            Place::Inside(number) => Some(number),
        };
        if only_from.is_some() && before != only_from {
            return Err(no_participant());
        }
        // What is written meanwhile is told after the snapshot: nothing is missed between the two.
        let told = lane.hold();
        if let Some(number) = before
            && room.participant(number).is_some()
        {
            room.show_again(number, arrival);
            told.after(known).for_each(|frame| session.outbox.push(frame));
            return Ok(());
        }
        // A voice that is still connecting stays behind: there is nothing to take along yet.
        let voice = before
            .filter(|_| with_voice)
            .and_then(|number| app.presence.participant(number))
            .map(|participant| participant.voice)
            .filter(|voice| voice.connected);
        let entering = VoiceState { speaking: false, ..voice.unwrap_or_default() };
        let who = Entrant::clone(&session.who());
        let number = app.presence.enter_as(room.id(), who, address, entering, Some(arrival))?;
        told.after(known).for_each(|frame| session.outbox.push(frame));
        drop(told);
        if let Some(before) = before {
            if voice.is_some() {
                take_voice(app, room, before, number);
            }
            app.leave_room(before, LeftReason::Left);
        }
        *place = Place::Inside(number);
        Ok(())
    }
}

/// The voice is never more than either room allows: what the new one takes is taken first, what
/// only the old one took comes back last.
fn take_voice(app: &App, room: &Room, before: ParticipantNumber, number: ParticipantNumber) {
    if let (Some(old), Some(new)) = (app.presence.participant(before), room.participant(number)) {
        let (old, new) = (old.voice, new.voice);
        let both = VoiceState {
            server_muted: old.server_muted || new.server_muted,
            server_deafened: old.server_deafened || new.server_deafened,
            ..new
        };
        app.media.settle(before, || Some(both));
    }
    app.media.move_to(before, number, room.id());
    app.settle_voice(number);
}

pub(crate) fn no_participant() -> Fault {
    Fault::new(ErrorCode::ParticipantNotFound, "Nobody of that number is in this room.")
}
