//! Whose peer is whose.
//!
//! Owns the pairing of participants with peers, the numbers of rooms that have a voice in them,
//! and what could not be told to the media plane yet. Never sends anything.

use std::collections::{HashMap, VecDeque};

use hearth_protocol::{ParticipantNumber, RoomId, VoiceClosedReason};
use hearth_sfu as sfu;
use sfu::{Answer, Command, JoinError, PeerId};
use tokio::sync::oneshot;

use super::{audibility::Audibility, line::Line};

/// Gets the answer to an offer.
pub(super) type Waiting = oneshot::Sender<Result<Answer, JoinError>>;

/// The book of voices.
#[derive(Default)]
pub(super) struct Voices {
    last_peer: u64,
    last_room: u64,
    /// Rooms with a voice in them: the number and how many voices.
    rooms: HashMap<RoomId, (sfu::RoomId, usize)>,
    by_number: HashMap<ParticipantNumber, Voice>,
    by_peer: HashMap<PeerId, ParticipantNumber>,
    /// What did not fit into the media plane's queue and must not be lost. States are absolute,
    /// so there is at most one of a kind for each voice.
    pub(super) late: VecDeque<Command>,
    pub(super) audibility: Audibility,
}

/// One participant's voice.
pub(super) struct Voice {
    pub(super) peer: PeerId,
    room: RoomId,
    /// Whether its offer has a microphone in it; known from the answer on.
    pub(super) speaks: bool,
    pub(super) answered: bool,
    pub(super) waiting: Option<Waiting>,
    pub(super) line: Line,
    /// Told when the voice ends by itself; dropped when it is ended.
    ended: oneshot::Sender<VoiceClosedReason>,
}

/// What is handed out when a voice begins.
pub(super) struct Begun {
    pub(super) peer: PeerId,
    pub(super) room: sfu::RoomId,
    pub(super) answer: oneshot::Receiver<Result<Answer, JoinError>>,
    pub(super) ended: oneshot::Receiver<VoiceClosedReason>,
}

impl Voices {
    /// A new voice; the participant must have none.
    pub(super) fn begin(&mut self, number: ParticipantNumber, room: &RoomId) -> Begun {
        self.last_peer += 1;
        let peer = PeerId(self.last_peer);
        let (waiting, answer) = oneshot::channel();
        let (telling, ended) = oneshot::channel();
        let voice = Voice {
            peer,
            room: room.clone(),
            speaks: false,
            answered: false,
            waiting: Some(waiting),
            line: Line::default(),
            ended: telling,
        };
        self.by_peer.insert(peer, number);
        self.by_number.insert(number, voice);
        Begun { peer, room: self.enter(room), answer, ended }
    }

    /// The participant's voice goes out of the book.
    pub(super) fn take(&mut self, number: ParticipantNumber) -> Option<Voice> {
        let voice = self.by_number.remove(&number)?;
        self.by_peer.remove(&voice.peer);
        self.audibility.forget(number);
        if let Some((_, count)) = self.rooms.get_mut(&voice.room) {
            *count -= 1;
            if *count == 0 {
                self.rooms.remove(&voice.room);
            }
        }
        Some(voice)
    }

    /// The same voice under another number in another room.
    pub(super) fn transfer(
        &mut self,
        from: ParticipantNumber,
        to: ParticipantNumber,
        room: &RoomId,
    ) -> Option<(PeerId, sfu::RoomId)> {
        let mut voice = self.take(from)?;
        let peer = voice.peer;
        voice.room = room.clone();
        self.by_peer.insert(peer, to);
        self.by_number.insert(to, voice);
        Some((peer, self.enter(room)))
    }

    /// Whose the peer is.
    pub(super) fn number(&self, peer: PeerId) -> Option<ParticipantNumber> {
        self.by_peer.get(&peer).copied()
    }

    /// The participant's voice.
    pub(super) fn voice(&mut self, number: ParticipantNumber) -> Option<&mut Voice> {
        self.by_number.get_mut(&number)
    }

    /// How many voices there are.
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Keeps a command for later, in place of what it makes needless.
    pub(super) fn postpone(&mut self, command: Command) {
        self.late.retain(|earlier| !supersedes(&command, earlier));
        self.late.push_back(command);
    }

    /// Counts a voice into the room, which gets a number with its first.
    fn enter(&mut self, room: &RoomId) -> sfu::RoomId {
        if let Some((number, count)) = self.rooms.get_mut(room) {
            *count += 1;
            return *number;
        }
        self.last_room += 1;
        let number = sfu::RoomId(self.last_room);
        self.rooms.insert(room.clone(), (number, 1));
        number
    }
}

impl Voice {
    /// The voice ended by itself: tells whoever waits for that.
    pub(super) fn tell_ended(self, reason: VoiceClosedReason) {
        // Nobody needs to wait for it.
        let _ = self.ended.send(reason);
    }
}

/// Whether `later` makes `earlier` needless.
fn supersedes(later: &Command, earlier: &Command) -> bool {
    match (later, earlier) {
        (Command::Leave { peer }, Command::Mute { peer: of, .. })
        | (Command::Leave { peer }, Command::Deafen { peer: of, .. })
        | (Command::Leave { peer }, Command::Block { peer: of, .. })
        | (Command::Leave { peer }, Command::Move { peer: of, .. })
        | (Command::Leave { peer }, Command::Leave { peer: of })
        | (Command::Mute { peer, .. }, Command::Mute { peer: of, .. })
        | (Command::Deafen { peer, .. }, Command::Deafen { peer: of, .. })
        | (Command::Move { peer, .. }, Command::Move { peer: of, .. }) => peer == of,
        (Command::Block { peer, talker, .. }, Command::Block { peer: of, talker: whose, .. }) => {
            peer == of && talker == whose
        }
        _ => false,
    }
}
