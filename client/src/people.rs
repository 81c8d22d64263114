//! The people in the room that one is in.
//!
//! Owns the picture that snapshot and deltas add up to. Pure: never asks for anything.

use std::collections::BTreeMap;

use hearth_protocol::{Participant, ParticipantNumber, RoomId, RoomSnapshot, ServerMessage};

/// A room from within, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    /// Which room.
    pub room: RoomId,
    /// Which participant one is oneself.
    pub you: ParticipantNumber,
    /// Everybody that the server named, oneself included.
    pub present: BTreeMap<ParticipantNumber, Participant>,
}

impl People {
    pub(crate) fn new(snapshot: &RoomSnapshot) -> Self {
        let present = snapshot.room.participants.iter().map(|p| (p.number, p.clone())).collect();
        Self { room: snapshot.room.id.clone(), you: snapshot.you, present }
    }

    /// The participant of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Participant> {
        self.present.values().find(|participant| participant.name == name)
    }

    /// Whether this tells that one is out of the room oneself.
    pub(crate) fn sends_out(&self, message: &ServerMessage) -> bool {
        matches!(message, ServerMessage::ParticipantLeft { room, number, .. }
            if *room == self.room && *number == self.you)
    }

    /// Takes in what the server tells; whether anything changed.
    pub(crate) fn apply(&mut self, message: &ServerMessage) -> bool {
        match message {
            ServerMessage::ParticipantJoined { room, participant } if *room == self.room => {
                self.present.insert(participant.number, participant.clone());
                true
            }
            ServerMessage::ParticipantLeft { room, number, .. } if *room == self.room => {
                self.present.remove(number).is_some()
            }
            ServerMessage::ParticipantVoice { room, number, voice } if *room == self.room => {
                self.present.get_mut(number).is_some_and(|p| {
                    let changed = p.voice != *voice;
                    p.voice = *voice;
                    changed
                })
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_protocol::{IdentityId, LeftReason, RoomSummary, VoiceState};

    use super::*;

    fn participant(number: u32, name: &str) -> Participant {
        Participant {
            number: ParticipantNumber(number),
            identity: IdentityId(format!("{number:032x}")),
            name: name.into(),
            avatar: Default::default(),
            voice: VoiceState::default(),
        }
    }

    fn room() -> People {
        People::new(&RoomSnapshot {
            room: RoomSummary {
                id: RoomId("general".into()),
                name: "General".into(),
                icon: "💬".into(),
                topic: None,
                max_participants: None,
                count: 1,
                participants: vec![participant(1, "Ana")],
            },
            you: ParticipantNumber(1),
        })
    }

    #[test]
    fn deltas_add_up() {
        let mut people = room();
        let here = RoomId("general".into());
        assert!(people.apply(&ServerMessage::ParticipantJoined {
            room: here.clone(),
            participant: participant(2, "Bo"),
        }));
        let voice = VoiceState { connected: true, speaking: true, ..VoiceState::default() };
        let told = ServerMessage::ParticipantVoice {
            room: here.clone(),
            number: ParticipantNumber(2),
            voice,
        };
        assert!(people.apply(&told));
        assert!(!people.apply(&told), "absolute state: the same again changes nothing");
        assert!(people.named("Bo").unwrap().voice.speaking);
        let left = ServerMessage::ParticipantLeft {
            room: here,
            number: ParticipantNumber(2),
            reason: LeftReason::Left,
        };
        assert!(people.apply(&left));
        assert!(people.named("Bo").is_none());
    }

    #[test]
    fn what_happens_in_another_room_changes_nothing() {
        let mut people = room();
        assert!(!people.apply(&ServerMessage::ParticipantLeft {
            room: RoomId("music".into()),
            number: ParticipantNumber(1),
            reason: LeftReason::Left,
        }));
        assert!(people.named("Ana").is_some());
    }
}
