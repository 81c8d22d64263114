//! Who is where, and how their voice is.
//!
//! Owns participant numbers and the state of everybody's voice, whether they came by WebSocket,
//! WHIP or WHEP. What the media plane tells goes in here; everybody in the room hears of it.
//! Never talks to the media plane.

mod elsewhere;

use std::{net::IpAddr, sync::Arc};

use dashmap::DashMap;
use hearth_protocol::{
    ErrorCode, Fault, LeftReason, LineState, Participant, ParticipantNumber, Role, RoomId,
    ServerMessage, VoiceClosedReason, VoiceQuality, VoiceState,
};

use crate::{
    backplane::NodeId,
    identity::Entrant,
    numbers::Numbers,
    room::{Arrival, Room, Touched, not_in_room, without_voice},
    rooms::{Rooms, no_room},
};

/// Everybody who is in a room.
pub struct Presence {
    rooms: Arc<Rooms>,
    places: DashMap<ParticipantNumber, Arc<Room>>,
    /// Those on other nodes.
    elsewhere: DashMap<ParticipantNumber, (NodeId, Arc<Room>)>,
    numbers: Arc<Numbers>,
}

impl Presence {
    /// Nobody anywhere.
    #[must_use]
    pub fn new(rooms: Arc<Rooms>) -> Self {
        Self::with_numbers(rooms, Arc::new(Numbers::all()))
    }

    /// Nobody anywhere, and of all numbers these for those who come.
    pub(crate) fn with_numbers(rooms: Arc<Rooms>, numbers: Arc<Numbers>) -> Self {
        Self { rooms, places: DashMap::new(), elsewhere: DashMap::new(), numbers }
    }

    /// The rooms.
    #[must_use]
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// Lets somebody who has no WebSocket into a room.
    ///
    /// # Errors
    /// `room_not_found`, `banned`, `room_full`.
    pub fn enter(
        &self,
        room: &RoomId,
        who: Entrant,
        from: IpAddr,
    ) -> Result<ParticipantNumber, Fault> {
        self.enter_as(room, who, from, VoiceState::default(), None)
    }

    /// Lets somebody into a room. A session is shown what it is.
    pub(crate) fn enter_as(
        &self,
        room: &RoomId,
        who: Entrant,
        from: IpAddr,
        voice: VoiceState,
        session: Option<Arrival<'_>>,
    ) -> Result<ParticipantNumber, Fault> {
        let room = self.rooms.find(room).ok_or_else(no_room)?;
        let number = self.numbers.give()?;
        let participant = Participant {
            number,
            identity: who.identity,
            name: who.name,
            avatar: who.avatar,
            role: Role::Member,
            voice,
            elsewhere: false,
        };
        // First the place, so that whatever is told of the participant finds the room.
        self.places.insert(number, Arc::clone(&room));
        match room.enter(participant, from, session) {
            Ok(touched) => {
                self.mark(&room, touched);
                self.count();
                Ok(number)
            }
            Err(fault) => {
                self.places.remove(&number);
                Err(fault)
            }
        }
    }

    /// Takes a participant out of its room. `None` if it was in none: it leaves exactly once.
    pub fn leave(&self, number: ParticipantNumber, reason: LeftReason) -> Option<Participant> {
        let (_, room) = self.places.remove(&number)?;
        let (participant, touched) = room.leave(number, reason)?;
        self.mark(&room, touched);
        self.count();
        Some(participant)
    }

    /// Somebody is called or drawn otherwise from now on.
    pub(crate) fn redraw(&self, number: ParticipantNumber, who: &Entrant) {
        if let Some(room) = self.room_of(number) {
            self.mark(&room, room.redraw(number, who));
        }
    }

    /// Where a participant is.
    #[must_use]
    pub fn room_of(&self, number: ParticipantNumber) -> Option<Arc<Room>> {
        self.places.get(&number).map(|room| Arc::clone(&room))
    }

    /// Somebody in a room.
    #[must_use]
    pub fn participant(&self, number: ParticipantNumber) -> Option<Participant> {
        self.room_of(number)?.participant(number)
    }

    /// How many are in rooms as participants of this node.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nobody is in any room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Somebody begins to negotiate a voice.
    ///
    /// # Errors
    /// `not_in_room`.
    pub fn voice_joined(
        &self,
        number: ParticipantNumber,
        muted: bool,
        deafened: bool,
    ) -> Result<(), Fault> {
        self.change(number, |voice, in_voice| {
            *in_voice = true;
            voice.muted = muted;
            voice.deafened = deafened;
            voice.line = None;
            Ok(())
        })
    }

    /// Media flows. `speaks`: there is a microphone in it.
    pub fn voice_connected(&self, number: ParticipantNumber, speaks: bool) {
        self.change_if_there(number, |voice, in_voice| {
            if *in_voice {
                voice.connected = true;
                voice.speaks = speaks;
            }
        });
    }

    /// Somebody begins or ceases to speak.
    pub fn speaking(&self, number: ParticipantNumber, speaking: bool) {
        self.change_if_there(number, |voice, in_voice| {
            voice.speaking = speaking && *in_voice && !voice.muted && !voice.server_muted;
        });
    }

    /// How somebody's line is, which all may know, and what they themselves are told of it.
    pub(crate) fn voice_quality(
        &self,
        number: ParticipantNumber,
        line: Option<LineState>,
        told: Option<VoiceQuality>,
    ) {
        self.change_if_there(number, |voice, in_voice| {
            voice.line = line.filter(|_| *in_voice && voice.connected);
        });
        let session = self.room_of(number).and_then(|room| room.session_of(number));
        // Whoever is cut off is not to find old figures when they come back.
        if let Some((told, session)) = told.zip(session)
            && session.outbox.is_connected()
        {
            session.send(&ServerMessage::VoiceQuality(told));
        }
    }

    /// Somebody's voice ended without their asking; they are told.
    pub fn voice_closed(&self, number: ParticipantNumber, reason: VoiceClosedReason) {
        let Some(room) = self.room_of(number) else { return };
        let mut had_voice = false;
        self.change_if_there(number, |voice, in_voice| {
            had_voice = std::mem::take(in_voice);
            *voice = without_voice(*voice);
        });
        if had_voice && let Some(session) = room.session_of(number) {
            session.send(&ServerMessage::VoiceClosed { reason });
            if reason == VoiceClosedReason::ConsentExpired {
                session.voice_lost.notify_waiters();
            }
        }
    }

    /// Somebody gave up their voice.
    ///
    /// # Errors
    /// `not_in_room`, `not_in_voice`.
    pub fn voice_left(&self, number: ParticipantNumber) -> Result<(), Fault> {
        self.change(number, |voice, in_voice| {
            if !std::mem::take(in_voice) {
                return Err(not_in_voice());
            }
            *voice = without_voice(*voice);
            Ok(())
        })
    }

    /// Somebody's microphone is off or on.
    ///
    /// # Errors
    /// `not_in_room`, `not_in_voice`.
    pub fn muted(&self, number: ParticipantNumber, muted: bool) -> Result<(), Fault> {
        self.change(number, |voice, in_voice| {
            voice.muted = muted;
            voice.speaking &= !muted;
            if *in_voice { Ok(()) } else { Err(not_in_voice()) }
        })
    }

    /// Somebody listens to nothing, or listens again.
    ///
    /// # Errors
    /// `not_in_room`, `not_in_voice`.
    pub fn deafened(&self, number: ParticipantNumber, deafened: bool) -> Result<(), Fault> {
        self.change(number, |voice, in_voice| {
            voice.deafened = deafened;
            if *in_voice { Ok(()) } else { Err(not_in_voice()) }
        })
    }

    /// A moderator takes somebody's voice or gives it back; whether that made a difference.
    pub(crate) fn server_muted(&self, number: ParticipantNumber, muted: bool) -> bool {
        let mut changed = false;
        self.change_if_there(number, |voice, _| {
            changed = std::mem::replace(&mut voice.server_muted, muted) != muted;
            voice.speaking &= !muted;
        });
        changed
    }

    /// A moderator takes somebody's hearing or gives it back; whether that made a difference.
    pub(crate) fn server_deafened(&self, number: ParticipantNumber, deafened: bool) -> bool {
        let mut changed = false;
        self.change_if_there(number, |voice, _| {
            changed = std::mem::replace(&mut voice.server_deafened, deafened) != deafened;
        });
        changed
    }

    /// So many messages were ever written in a room.
    pub(crate) fn wrote(&self, room: &Room, messages: u64) {
        self.mark(room, room.wrote(messages));
    }

    fn change(
        &self,
        number: ParticipantNumber,
        change: impl FnOnce(&mut VoiceState, &mut bool) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let room = self.room_of(number).ok_or_else(not_in_room)?;
        let touched = room.change_voice(number, change)?;
        self.mark(&room, touched);
        Ok(())
    }

    /// The media plane speaks of somebody who may have left meanwhile: that is no fault.
    fn change_if_there(
        &self,
        number: ParticipantNumber,
        change: impl FnOnce(&mut VoiceState, &mut bool),
    ) {
        let _ = self.change(number, |voice, in_voice| {
            change(voice, in_voice);
            Ok(())
        });
    }

    fn mark(&self, room: &Room, touched: Touched) {
        if touched.0 {
            self.rooms.changed().mark(room.id());
        }
    }

    fn count(&self) {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        metrics::gauge!("hearth_participants").set(self.places.len() as f64);
    }
}

pub(crate) fn not_in_voice() -> Fault {
    Fault::new(ErrorCode::NotInVoice, "This asks for a voice. Join the voice first.")
}

#[cfg(test)]
pub(crate) mod tests {
    use hearth_protocol::RequestId;

    use super::*;
    use crate::roster::tests::{Ear, entrant};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Somebody in a room whose name and identity are both `name`.
    pub(crate) fn participant(number: u32, name: &str) -> Participant {
        let Entrant { identity, name, avatar, .. } = entrant(name);
        let number = ParticipantNumber(number);
        let (role, voice) = (Role::Member, VoiceState::default());
        Participant { number, identity, name, avatar, role, voice, elsewhere: false }
    }

    async fn presence() -> Presence {
        let settings = hearth_config::from_toml("").unwrap();
        let rooms = Rooms::load(&settings, crate::store::temporary(1000).await).await.unwrap();
        Presence::new(Arc::new(rooms))
    }

    fn enter(presence: &Presence, ear: &Ear) -> ParticipantNumber {
        let room = RoomId("general".into());
        let asked = Some(ear.arrival(RequestId(1)));
        let who = Entrant::clone(&ear.session.who());
        let number = presence.enter_as(&room, who, HERE, VoiceState::default(), asked).unwrap();
        ear.frames();
        number
    }

    /// The voice states that were told since the last time.
    fn voices(ear: &Ear) -> Vec<VoiceState> {
        let told = ear.heard().into_iter().map(|message| match message {
            ServerMessage::ParticipantVoice { voice, .. } => voice,
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    #[tokio::test]
    async fn numbers_are_never_used_again_and_one_leaves_once() {
        let presence = presence().await;
        let room = RoomId("general".into());
        let first = presence.enter(&room, entrant("ana"), HERE).unwrap();
        assert_ne!(first.0, 0);
        assert_eq!(presence.leave(first, LeftReason::Left).unwrap().name, "ana");
        assert!(presence.leave(first, LeftReason::Lost).is_none());
        let second = presence.enter(&room, entrant("ana"), HERE).unwrap();
        assert!(second > first);
        assert_eq!(presence.len(), 1);
        let nowhere = presence.enter(&RoomId("nowhere".into()), entrant("bo"), HERE).unwrap_err();
        assert_eq!(nowhere.code, ErrorCode::RoomNotFound);
        assert_eq!(presence.len(), 1);
    }

    #[tokio::test]
    async fn whoever_does_not_fit_is_nowhere() {
        let settings = hearth_config::from_toml("[rooms]\nmax_participants = 1").unwrap();
        let rooms = Rooms::load(&settings, crate::store::temporary(10).await).await.unwrap();
        let presence = Presence::new(Arc::new(rooms));
        let room = RoomId("general".into());
        presence.enter(&room, entrant("ana"), HERE).unwrap();
        let refused = presence.enter(&room, entrant("bo"), HERE).unwrap_err();
        assert_eq!((refused.code, presence.len()), (ErrorCode::RoomFull, 1));
    }

    #[tokio::test]
    async fn a_voice_is_told_from_its_beginning_to_its_end() {
        let presence = presence().await;
        let (ana, bo) = (Ear::new("ana"), Ear::new("bo"));
        let number = enter(&presence, &ana);
        enter(&presence, &bo);
        ana.frames();

        presence.voice_joined(number, true, false).unwrap();
        presence.voice_connected(number, true);
        presence.voice_connected(number, true);
        presence.speaking(number, true);
        presence.muted(number, false).unwrap();
        presence.speaking(number, true);
        presence.muted(number, true).unwrap();
        presence.deafened(number, true).unwrap();
        presence.voice_left(number).unwrap();
        let none = VoiceState::default();
        let muted = VoiceState { muted: true, ..none };
        let connected = VoiceState { connected: true, speaks: true, ..none };
        let expected = [
            muted,
            VoiceState { muted: true, ..connected },
            connected,
            VoiceState { speaking: true, ..connected },
            VoiceState { muted: true, ..connected },
            VoiceState { muted: true, deafened: true, ..connected },
            none,
        ];
        assert_eq!(voices(&bo), expected);
        assert_eq!(voices(&ana), expected);
    }

    #[tokio::test]
    async fn without_a_voice_there_is_nothing_to_switch() {
        let presence = presence().await;
        let ana = Ear::new("ana");
        let number = enter(&presence, &ana);
        let code = |done: Result<(), Fault>| done.unwrap_err().code;
        assert_eq!(code(presence.muted(number, true)), ErrorCode::NotInVoice);
        assert_eq!(code(presence.deafened(number, true)), ErrorCode::NotInVoice);
        assert_eq!(code(presence.voice_left(number)), ErrorCode::NotInVoice);
        presence.voice_connected(number, true);
        presence.speaking(number, true);
        presence.voice_closed(number, VoiceClosedReason::Closed);
        assert!(ana.frames().is_empty());
        presence.leave(number, LeftReason::Left).unwrap();
        assert_eq!(code(presence.voice_joined(number, false, false)), ErrorCode::NotInRoom);
        presence.voice_connected(number, true);
    }

    #[tokio::test]
    async fn a_voice_that_ends_by_itself_is_told_to_its_own_once() {
        let presence = presence().await;
        let (ana, bo) = (Ear::new("ana"), Ear::new("bo"));
        let number = enter(&presence, &ana);
        enter(&presence, &bo);
        presence.voice_joined(number, false, false).unwrap();
        presence.voice_connected(number, false);
        ana.frames();
        bo.frames();
        presence.voice_closed(number, VoiceClosedReason::ConsentExpired);
        presence.voice_closed(number, VoiceClosedReason::Closed);
        assert_eq!(voices(&bo), [VoiceState::default()]);
        let heard = ana.heard();
        assert_eq!(heard.len(), 2);
        let reason = VoiceClosedReason::ConsentExpired;
        assert_eq!(heard[1], ServerMessage::VoiceClosed { reason });
    }
}
