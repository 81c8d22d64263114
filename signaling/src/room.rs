//! One room: who is inside, and telling them of each other.
//!
//! Owns the set of participants behind one short lock. Whatever changes the set also publishes
//! the change and sends the snapshot under that lock, so that everybody hears exactly what came
//! after the snapshot, in order, once. Never waits, stores nothing.

mod access;
mod bans;
mod elsewhere;
mod listing;
mod look;
mod renewal;
mod restraint;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;
use hearth_protocol::{
    Ack, CatchUp, Departure, ErrorCode, Fault, IdentityId, LeftReason, Participant,
    ParticipantNumber, ReadMark, RequestId, RoomId, RoomSnapshot, RoomSummary, ServerMessage,
    VoiceState,
};
use parking_lot::{Mutex, RwLock};
use tokio::time::{Duration, Instant};

use crate::{
    backplane::Mirror,
    grants::AS_GUESTS,
    rooms::no_room,
    roster::{Session, spread},
    store::{BanRecord, RoomRecord},
};
pub(crate) use bans::{Bans, Visitor};
use listing::Unlisted;
pub(crate) use listing::{Listing, removed};
use restraint::Restrained;
pub(crate) use restraint::without_voice;

/// A room and its people.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    record: RwLock<Arc<RoomRecord>>,
    /// Whether two people talk in it who called each other.
    of_call: bool,
    /// Those whom the settings make owners.
    owners: BTreeSet<IdentityId>,
    /// How many messages were ever written in it.
    messages: AtomicU64,
    /// As many as the settings allow in any room.
    max_participants: usize,
    /// Above this many inside, it is a crowd: only those who speak are told of.
    crowd: usize,
    /// For how long comings and goings are gathered where they are many.
    gather: Duration,
    pub(crate) bans: Bans,
    inside: Mutex<Inside>,
    /// What other nodes are told of those who are inside here.
    mirror: Arc<Mirror>,
}

#[derive(Debug, Default)]
struct Inside {
    members: BTreeMap<ParticipantNumber, Member>,
    /// The room is gone: nobody walks in any more.
    closed: bool,
    /// In a crowd: those whom the others know of.
    known: Option<BTreeSet<ParticipantNumber>>,
    /// In a crowd: how many it was last told to be.
    counted: usize,
    restrained: Restrained,
    untold: Untold,
    unlisted: Unlisted,
}

/// Who came and went of which those inside were not told yet.
#[derive(Debug, Default)]
struct Untold {
    present: BTreeSet<ParticipantNumber>,
    left: Vec<Departure>,
    /// When something was last told.
    told: Option<Instant>,
}

/// A session that walks in, and what it is shown beside the people.
pub(crate) struct Arrival<'a> {
    pub(crate) session: &'a Arc<Session>,
    pub(crate) told_by: ToldBy,
    pub(crate) chat: CatchUp,
    pub(crate) read: ReadMark,
}

/// Which message shows the room to whoever walks in.
pub(crate) enum ToldBy {
    /// The `ack` to the request to walk in.
    Ack(RequestId),
    /// `room:moved`, by the moderator of that name.
    Moved(String),
}

#[derive(Debug)]
struct Member {
    participant: Participant,
    /// Where they come from, if they are on this node.
    address: Option<IpAddr>,
    session: Option<Arc<Session>>,
    in_voice: bool,
}

/// What became of a change: whether the list of rooms is now to be told (and was not before).
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touched(pub(crate) bool);

impl Room {
    pub(crate) fn new(
        record: RoomRecord,
        bans: Vec<BanRecord>,
        rooms: &hearth_config::Rooms,
        mirror: Arc<Mirror>,
    ) -> Self {
        Self {
            of_call: false,
            owners: rooms.owners.iter().cloned().map(IdentityId).collect(),
            max_participants: rooms.max_participants,
            crowd: rooms.crowd,
            gather: rooms.list_interval,
            id: record.id.clone(),
            record: RwLock::new(Arc::new(record)),
            messages: AtomicU64::new(0),
            bans: Bans::new(bans),
            inside: Mutex::default(),
            mirror,
        }
    }

    /// The room of a call, of which other nodes are told nothing.
    pub(crate) fn of_call(record: RoomRecord, rooms: &hearth_config::Rooms) -> Self {
        let room = Self::new(record, Vec::new(), rooms, Arc::default());
        Self { of_call: true, owners: BTreeSet::new(), ..room }
    }

    /// Names it for as long as it exists.
    #[must_use]
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// What the room is now.
    #[must_use]
    pub fn record(&self) -> Arc<RoomRecord> {
        Arc::clone(&self.record.read())
    }

    /// Whether so many are inside that only those who speak are told of.
    #[must_use]
    pub fn is_crowd(&self) -> bool {
        self.inside.lock().known.is_some()
    }

    /// How many are inside.
    #[must_use]
    pub fn count(&self) -> usize {
        self.inside.lock().members.len()
    }

    /// The room as the list shows it.
    #[must_use]
    pub fn summary(&self) -> RoomSummary {
        self.summary_of(&self.inside.lock(), None)
    }

    /// Lets somebody in, as what they are in this room. A session is shown what it is.
    ///
    /// # Errors
    /// `room_not_found` if the room is gone, `banned`, `forbidden`, `room_full`.
    pub(crate) fn enter(
        &self,
        mut participant: Participant,
        address: IpAddr,
        session: Option<Arrival<'_>>,
    ) -> Result<Touched, Fault> {
        let record = self.record();
        let own = record.max_participants.and_then(|max| usize::try_from(max).ok());
        let mut inside = self.inside.lock();
        if inside.closed {
            return Err(no_room());
        }
        // Here as well as at the door: whoever bans looks for those inside after this or before.
        let identity = &participant.identity;
        let grants = session.as_ref().map_or(&AS_GUESTS, |arrival| &arrival.session.grants);
        self.check_entry(Visitor { identity, address: Some(address), grants })?;
        if inside.members.len() >= own.unwrap_or(usize::MAX).min(self.max_participants) {
            return Err(Fault::new(
                ErrorCode::RoomFull,
                format!("{} is full. Try again when somebody has left.", record.name),
            ));
        }
        let role = session.as_ref().map(|arrival| self.role_of(arrival.session));
        participant.role = role.unwrap_or_else(|| self.role_by_identity(identity));
        inside.restrain_newcomer(&mut participant);
        self.mirror.present(&self.id, &participant);
        Ok(self.admit(&mut inside, participant, Some(address), session))
    }

    fn admit(
        &self,
        inside: &mut Inside,
        participant: Participant,
        address: Option<IpAddr>,
        session: Option<Arrival<'_>>,
    ) -> Touched {
        inside.unlisted.came(&participant.identity);
        let number = participant.number;
        let member = Member {
            address,
            in_voice: participant.voice.connected,
            session: session.as_ref().map(|arrival| Arc::clone(arrival.session)),
            participant,
        };
        inside.members.insert(number, member);
        if inside.known.is_none() && inside.members.len() > self.crowd {
            self.become_crowd(inside, Some(number));
        }
        if let Some(arrival) = session {
            self.show(inside, number, arrival);
        }
        if inside.known.is_none() {
            inside.untold.present.insert(number);
            self.tell_untold(inside, Some(number));
        }
        inside.touch_present(number)
    }

    /// The snapshot once more, for somebody who is inside. False if the participant is not.
    pub(crate) fn show_again(&self, number: ParticipantNumber, arrival: Arrival<'_>) -> bool {
        let inside = self.inside.lock();
        let there = inside.members.contains_key(&number);
        if there {
            self.show(&inside, number, arrival);
        }
        there
    }

    fn show(&self, inside: &Inside, number: ParticipantNumber, arrival: Arrival<'_>) {
        let snapshot = RoomSnapshot {
            room: self.summary_of(inside, Some(number)),
            you: number,
            role: self.role_of(arrival.session),
            chat: arrival.chat,
            read: arrival.read,
        };
        let snapshot = Box::new(snapshot);
        arrival.session.send(&match arrival.told_by {
            ToldBy::Ack(id) => ServerMessage::Ack { id, result: Ack::RoomJoin { snapshot } },
            ToldBy::Moved(by) => ServerMessage::RoomMoved { by, snapshot },
        });
    }

    /// Takes somebody out. `None` if the participant was not inside.
    pub(crate) fn leave(
        &self,
        number: ParticipantNumber,
        reason: LeftReason,
    ) -> Option<(Participant, Touched)> {
        let mut inside = self.inside.lock();
        let member = inside.members.remove(&number)?;
        self.mirror.left(number, reason);
        let was_known = inside.known.as_mut().is_none_or(|known| known.remove(&number));
        inside.untold.present.remove(&number);
        if was_known {
            // Also where the arrival was not told yet: a snapshot may have shown it.
            inside.untold.left.push(Departure { number, reason });
            self.tell_untold(&mut inside, None);
        }
        // Some way below, so that a room at the edge does not change back and forth.
        if inside.known.is_some() && inside.members.len() <= self.crowd * 9 / 10 {
            inside.known = None;
            self.tell_anew(&mut inside, None);
        }
        inside.restrained.remember(&member.participant);
        inside.unlisted.went(number, &member.participant.identity);
        Some((member.participant, inside.touch()))
    }

    /// Changes what is known of somebody's voice; tells it if it is different then. `in_voice`
    /// says whether the participant is to have a voice for this to make sense.
    pub(crate) fn change_voice(
        &self,
        number: ParticipantNumber,
        change: impl FnOnce(&mut VoiceState, &mut bool) -> Result<(), Fault>,
    ) -> Result<Touched, Fault> {
        let mut inside = self.inside.lock();
        let member = inside.members.get_mut(&number).ok_or_else(not_in_room)?;
        let mut voice = member.participant.voice;
        change(&mut voice, &mut member.in_voice)?;
        if voice == member.participant.voice {
            return Ok(Touched(false));
        }
        member.participant.voice = voice;
        self.mirror.present(&self.id, &member.participant);
        Ok(self.tell_voice(&mut inside, number, voice))
    }

    fn tell_voice(
        &self,
        inside: &mut Inside,
        number: ParticipantNumber,
        voice: VoiceState,
    ) -> Touched {
        let own = inside.members.get(&number).and_then(|member| member.session.clone());
        let changed = ServerMessage::ParticipantVoice { room: self.id.clone(), number, voice };
        match &mut inside.known {
            Some(known) if !known.contains(&number) => {
                if voice.speaking && known.len() < self.crowd {
                    known.insert(number);
                    inside.untold.present.insert(number);
                    self.tell_untold(inside, None);
                } else {
                    spread(&changed, own.as_deref().into_iter());
                    return Touched(false);
                }
            }
            _ => spread(&changed, inside.sessions(None)),
        }
        inside.touch_present(number)
    }

    /// The session of somebody inside who came with one.
    pub(crate) fn session_of(&self, number: ParticipantNumber) -> Option<Arc<Session>> {
        self.inside.lock().members.get(&number)?.session.clone()
    }

    /// Tells everybody inside the same, but for one.
    pub(crate) fn tell_all(&self, frame: &Utf8Bytes, but: Option<&IdentityId>) {
        let inside = self.inside.lock();
        for session in inside.sessions(None).filter(|session| but != Some(&session.identity)) {
            session.outbox.push(frame.clone());
        }
    }

    /// Somebody inside.
    #[must_use]
    pub fn participant(&self, number: ParticipantNumber) -> Option<Participant> {
        self.inside.lock().members.get(&number).map(|member| member.participant.clone())
    }

    fn become_crowd(&self, inside: &mut Inside, newcomer: Option<ParticipantNumber>) {
        let speaking = |member: &&Member| member.participant.voice.speaking;
        let known = inside.members.values().filter(speaking).take(self.crowd);
        inside.known = Some(known.map(|member| member.participant.number).collect());
        self.tell_anew(inside, newcomer);
    }

    /// Tells the whole room once more to all inside but one.
    fn tell_anew(&self, inside: &mut Inside, but: Option<ParticipantNumber>) {
        inside.untold.present.clear();
        inside.untold.left.clear();
        inside.unlisted.whole = true;
        inside.counted = inside.members.len();
        let summary = self.summary_of(inside, None);
        spread(&ServerMessage::RoomAnew { summary }, inside.sessions(but));
    }

    /// Tells who came and went, unless that was done a moment ago: then the next
    /// [`Self::take_change`] does it.
    fn tell_untold(&self, inside: &mut Inside, but: Option<ParticipantNumber>) {
        if inside.untold.told.is_none_or(|told| told.elapsed() >= self.gather) {
            self.tell_delta(inside, but);
        }
    }

    fn tell_delta(&self, inside: &mut Inside, but: Option<ParticipantNumber>) {
        let untold = std::mem::take(&mut inside.untold);
        if untold.present.is_empty() && untold.left.is_empty() {
            inside.untold.told = untold.told;
            return;
        }
        inside.untold.told = Some(Instant::now());
        let present = untold.present.iter().filter_map(|number| inside.members.get(number));
        let delta = ServerMessage::RoomDelta {
            room: self.id.clone(),
            present: present.map(|member| member.participant.clone()).collect(),
            left: untold.left,
        };
        spread(&delta, inside.sessions(but));
    }

    fn summary_of(&self, inside: &Inside, own: Option<ParticipantNumber>) -> RoomSummary {
        let shown = |member: &&Member| {
            let number = member.participant.number;
            own == Some(number) || inside.known.as_ref().is_none_or(|known| known.contains(&number))
        };
        let record = self.record();
        RoomSummary {
            id: record.id.clone(),
            name: record.name.clone(),
            icon: record.icon.clone(),
            topic: record.topic.clone(),
            max_participants: record.max_participants,
            locked: record.password.is_some(),
            hidden: record.hidden,
            messages: self.messages.load(Ordering::Relaxed),
            count: size(inside.members.len()),
            participants: inside
                .members
                .values()
                .filter(shown)
                .map(|member| member.participant.clone())
                .collect(),
        }
    }
}

impl Inside {
    fn sessions(&self, but: Option<ParticipantNumber>) -> impl Iterator<Item = &Session> {
        self.members
            .iter()
            .filter(move |(number, _)| but != Some(**number))
            .filter_map(|(_, member)| member.session.as_deref())
    }

    fn touch_present(&mut self, number: ParticipantNumber) -> Touched {
        self.unlisted.present.insert(number);
        self.touch()
    }

    fn touch(&mut self) -> Touched {
        Touched(!std::mem::replace(&mut self.unlisted.any, true))
    }
}

pub(crate) fn not_in_room() -> Fault {
    Fault::new(ErrorCode::NotInRoom, "This asks for a room. Walk into one first.")
}

fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
