//! What one connection knows: the dialect tells lists as a whole where the protocol tells changes.
//!
//! Owns the list of rooms, who is in the room, who is typing, and what was asked and is not
//! answered yet; all of it only what the outbox has told. Bounded by the rooms, by the people that
//! a room shows, and by the requests under way.

use std::collections::{BTreeMap, HashMap, VecDeque};

use hearth_protocol::{
    Call, CallId, Conversation, IdentityId, Participant, ParticipantNumber, Person, RequestId,
    RoomChange, RoomId, RoomSnapshot, RoomSummary, VoiceState,
};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::message::View;

/// After so long somebody is not typing any more, unless it is told again.
const TYPING: Duration = Duration::from_secs(5);

/// Calls that are remembered: one has one at most, and of those before the end may not be told yet.
const MAX_CALLS: usize = 4;

/// Most people who are seen typing.
const MAX_TYPISTS: usize = 256;

/// What is sent to the page.
#[derive(Debug)]
pub(super) enum Out {
    /// An event.
    Event(&'static str, Value),
    /// The answer to an event that asked for one.
    Ack(i64, Value),
}

/// Something that was asked, and what its answer becomes.
#[derive(Debug)]
pub(super) struct Asked {
    /// The name of the event.
    pub(super) event: String,
    /// Where the page waits for the answer, if it does.
    pub(super) ack: Option<i64>,
    /// What the answer is to be.
    pub(super) answer: Answer,
}

/// What an answer is to be.
#[derive(Debug)]
pub(super) enum Answer {
    Done,
    Left,
    Joined,
    Rooms,
    Created,
    Sent(Conversation),
    History(Conversation),
    Rung { to: String, person: IdentityId },
    Accepted,
}

/// A room in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    id: RoomId,
    name: String,
    icon: String,
    count: u32,
}

/// The room that one is in.
#[derive(Debug)]
pub(super) struct Inside {
    /// Which.
    pub(super) room: RoomId,
    /// Which participant one is.
    pub(super) you: ParticipantNumber,
    people: BTreeMap<ParticipantNumber, Participant>,
}

/// Somebody who is typing.
#[derive(Debug)]
struct Typist {
    conversation: Conversation,
    name: String,
    until: Instant,
}

/// What one connection knows.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// The other of each call that it was told of, the newest last.
    calls: VecDeque<(CallId, Person)>,
    rooms: Vec<Listed>,
    pub(super) inside: Option<Inside>,
    typists: HashMap<IdentityId, Typist>,
    asked: HashMap<RequestId, Asked>,
    last_request: u32,
}

impl Mirror {
    /// Names a request.
    pub(super) fn ask(&mut self, asked: Asked) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        let id = RequestId(self.last_request);
        self.asked.insert(id, asked);
        id
    }

    /// What was asked by this request.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<Asked> {
        self.asked.remove(&id)
    }

    /// The list is this.
    pub(super) fn set_rooms(&mut self, rooms: Vec<RoomSummary>) {
        self.rooms = rooms.into_iter().map(Listed::from).collect();
    }

    /// The list has changed. False if nothing that the dialect tells did.
    pub(super) fn change_rooms(&mut self, changes: Vec<RoomChange>) -> bool {
        let mut changed = false;
        for change in changes {
            let place = self.rooms.iter().position(|room| room.id == change.id);
            if change.removed {
                changed |= place.map(|at| self.rooms.remove(at)).is_some();
                continue;
            }
            match (change.summary, place) {
                (Some(summary), Some(at)) => {
                    let room = Listed::from(summary);
                    changed |= self.rooms[at] != room;
                    self.rooms[at] = room;
                }
                (Some(summary), None) => {
                    self.rooms.push(summary.into());
                    changed = true;
                }
                (None, Some(at)) => {
                    let count = change.count.unwrap_or(self.rooms[at].count);
                    changed |= self.rooms[at].count != count;
                    self.rooms[at].count = count;
                }
                (None, None) => {}
            }
        }
        changed
    }

    /// The list as it is told.
    pub(super) fn rooms(&self) -> Value {
        self.rooms.iter().map(Listed::shown).collect()
    }

    /// One is in a room now.
    pub(super) fn enter(&mut self, snapshot: &RoomSnapshot) {
        self.inside = Some(Inside {
            room: snapshot.room.id.clone(),
            you: snapshot.you,
            people: BTreeMap::new(),
        });
        self.typists.retain(|_, it| matches!(it.conversation, Conversation::Person(_)));
        self.set_people(&snapshot.room);
    }

    /// One is in no room any more.
    pub(super) fn leave(&mut self) {
        self.inside = None;
        self.typists.retain(|_, it| matches!(it.conversation, Conversation::Person(_)));
    }

    /// Everybody in the room anew.
    pub(super) fn set_people(&mut self, room: &RoomSummary) {
        if let Some(inside) = self.of_room(&room.id) {
            inside.people = room.participants.iter().map(|it| (it.number, it.clone())).collect();
        }
    }

    /// Somebody is in the room, or is to be taken anew.
    pub(super) fn came(&mut self, room: &RoomId, who: Participant) {
        if let Some(inside) = self.of_room(room) {
            inside.people.insert(who.number, who);
        }
    }

    /// Somebody is not in the room any more.
    pub(super) fn went(&mut self, room: &RoomId, number: ParticipantNumber) {
        let Some(inside) = self.of_room(room) else { return };
        if let Some(gone) = inside.people.remove(&number) {
            self.typists.remove(&gone.identity);
        }
    }

    /// Somebody's voice is so now. What it was comes back.
    pub(super) fn set_voice(
        &mut self,
        room: &RoomId,
        number: ParticipantNumber,
        voice: VoiceState,
    ) -> Option<VoiceState> {
        let who = self.of_room(room)?.people.get_mut(&number)?;
        Some(std::mem::replace(&mut who.voice, voice))
    }

    /// `room:users`.
    pub(super) fn people(&self, view: &View) -> Value {
        self.shown(|who| Some(named(view, who)))
    }

    /// `presence:list`.
    pub(super) fn presence(&self, view: &View) -> Value {
        self.shown(|who| {
            let mut shown = named(view, who);
            shown["muted"] = json!(who.voice.muted);
            shown["isSpeaking"] = json!(who.voice.speaking);
            Some(shown)
        })
    }

    /// `presence:speaking:list`.
    pub(super) fn speaking(&self, view: &View) -> Value {
        self.shown(|who| who.voice.speaking.then(|| named(view, who)))
    }

    /// Somebody is typing, or is not.
    pub(super) fn typing(
        &mut self,
        conversation: &Conversation,
        identity: IdentityId,
        name: &str,
        typing: bool,
    ) {
        self.typists.remove(&identity);
        if typing && self.typists.len() < MAX_TYPISTS {
            let (conversation, name) = (conversation.clone(), name.to_owned());
            let typist = Typist { conversation, name, until: Instant::now() + TYPING };
            self.typists.insert(identity, typist);
        }
    }

    /// One has a call.
    pub(super) fn call_began(&mut self, call: &Call) {
        self.calls.push_back((call.call.clone(), call.person.clone()));
        if self.calls.len() > MAX_CALLS {
            self.calls.pop_front();
        }
    }

    /// A call is over. With whom it was comes back.
    pub(super) fn call_ended(&mut self, call: &CallId) -> Option<Person> {
        let at = self.calls.iter().position(|(id, _)| id == call)?;
        self.calls.remove(at).map(|(_, person)| person)
    }

    /// When the next of those who are typing is to be forgotten.
    pub(super) fn next_silence(&self) -> Option<Instant> {
        self.typists.values().map(|typist| typist.until).min()
    }

    /// Forgets those who have not said for long that they are typing.
    pub(super) fn silence(&mut self) -> Vec<(Conversation, IdentityId, String)> {
        let now = Instant::now();
        let silent = self.typists.extract_if(|_, typist| typist.until <= now);
        silent.map(|(identity, it)| (it.conversation, identity, it.name)).collect()
    }

    fn of_room(&mut self, room: &RoomId) -> Option<&mut Inside> {
        self.inside.as_mut().filter(|inside| inside.room == *room)
    }

    fn shown(&self, show: impl Fn(&Participant) -> Option<Value>) -> Value {
        let people = self.inside.iter().flat_map(|inside| inside.people.values());
        people.filter_map(show).collect()
    }
}

impl Listed {
    fn shown(&self) -> Value {
        json!({"id": self.id, "name": self.name, "icon": self.icon, "users": self.count})
    }
}

impl From<RoomSummary> for Listed {
    fn from(room: RoomSummary) -> Self {
        let RoomSummary { id, name, icon, count, .. } = room;
        Self { id, name, icon, count }
    }
}

/// A room as the list shows it.
pub(super) fn room(summary: RoomSummary) -> Value {
    Listed::from(summary).shown()
}

fn named(view: &View, who: &Participant) -> Value {
    json!({"name": who.name, "socketId": view.address_of(&who.identity)})
}
