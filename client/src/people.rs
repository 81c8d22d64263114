//! The people in the room that one is in.
//!
//! Owns the picture that snapshot and deltas add up to. Pure: never asks for anything.

use std::collections::BTreeMap;

use hearth_protocol::{
    Participant, ParticipantNumber, RoomId, RoomSnapshot, RoomSummary, ServerMessage,
};

/// A room from within, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    /// Which room.
    pub room: RoomId,
    /// Which participant one is oneself.
    pub you: ParticipantNumber,
    /// How many are inside.
    pub count: u32,
    /// Everybody whom the server named: all, or in a crowd those who have spoken.
    pub present: BTreeMap<ParticipantNumber, Participant>,
}

impl People {
    pub(crate) fn new(snapshot: &RoomSnapshot) -> Self {
        Self::told(&snapshot.room, snapshot.you)
    }

    fn told(room: &RoomSummary, you: ParticipantNumber) -> Self {
        let present = room.participants.iter().map(|p| (p.number, p.clone())).collect();
        Self { room: room.id.clone(), you, count: room.count, present }
    }

    /// In a crowd not everybody is named.
    fn is_crowd(&self) -> bool {
        self.count as usize > self.present.len()
    }

    /// The participant of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Participant> {
        self.present.values().find(|participant| participant.name == name)
    }

    /// Whether this tells that one is out of the room oneself.
    pub(crate) fn without_you(&self, message: &ServerMessage) -> bool {
        matches!(message, ServerMessage::RoomDelta { room, left, .. }
            if *room == self.room && left.iter().any(|gone| gone.number == self.you))
    }

    /// Takes in what the server tells; whether anything changed.
    pub(crate) fn apply(&mut self, message: &ServerMessage) -> bool {
        match message {
            ServerMessage::RoomDelta { room, present, left } if *room == self.room => {
                let crowd = self.is_crowd();
                let mut changed = false;
                for participant in present {
                    let before = self.present.insert(participant.number, participant.clone());
                    self.count = self.count.saturating_add(u32::from(before.is_none() && !crowd));
                    changed |= before.as_ref() != Some(participant);
                }
                for gone in left {
                    let known = self.present.remove(&gone.number).is_some();
                    self.count = self.count.saturating_sub(u32::from(known && !crowd));
                    changed |= known;
                }
                changed
            }
            ServerMessage::ParticipantVoice { room, number, voice } if *room == self.room => {
                self.present.get_mut(number).is_some_and(|p| {
                    let changed = p.voice != *voice;
                    p.voice = *voice;
                    changed
                })
            }
            ServerMessage::RoomAnew { summary } if summary.id == self.room => {
                *self = Self::told(summary, self.you);
                true
            }
            ServerMessage::RoomCount { room, count } if *room == self.room => {
                self.count = *count;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_protocol::{
        CatchUp, Departure, IdentityId, LeftReason, ReadMark, Role, RoomSummary, VoiceState,
    };

    use super::*;

    fn participant(number: u32, name: &str) -> Participant {
        Participant {
            number: ParticipantNumber(number),
            identity: IdentityId(format!("{number:032x}")),
            name: name.into(),
            avatar: Default::default(),
            role: Role::Member,
            voice: VoiceState::default(),
            elsewhere: false,
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
                locked: false,
                hidden: false,
                messages: 0,
                count: 1,
                participants: vec![participant(1, "Ana")],
            },
            you: ParticipantNumber(1),
            role: Role::Member,
            chat: CatchUp::Replay { entries: Vec::new() },
            read: ReadMark::default(),
        })
    }

    fn came(number: u32, name: &str) -> ServerMessage {
        let present = vec![participant(number, name)];
        ServerMessage::RoomDelta { room: RoomId("general".into()), present, left: Vec::new() }
    }

    fn gone(room: RoomId, number: u32) -> ServerMessage {
        let number = ParticipantNumber(number);
        let left = vec![Departure { number, reason: LeftReason::Left }];
        ServerMessage::RoomDelta { room, present: Vec::new(), left }
    }

    #[test]
    fn deltas_add_up() {
        let mut people = room();
        let here = RoomId("general".into());
        let came = came(2, "Bo");
        assert!(people.apply(&came));
        assert!(!people.apply(&came), "absolute state: the same again changes nothing");
        assert_eq!(people.count, 2);
        let voice = VoiceState { connected: true, speaking: true, ..VoiceState::default() };
        let told = ServerMessage::ParticipantVoice {
            room: here.clone(),
            number: ParticipantNumber(2),
            voice,
        };
        assert!(people.apply(&told));
        assert!(!people.apply(&told), "absolute state: the same again changes nothing");
        assert!(people.named("Bo").unwrap().voice.speaking);
        let left = gone(here, 2);
        assert!(people.apply(&left));
        assert!(!people.apply(&left));
        assert!(people.named("Bo").is_none() && people.count == 1);
    }

    #[test]
    fn a_crowd_is_counted_and_not_named() {
        let mut people = room();
        let here = || RoomId("general".into());
        assert_eq!(people.count, 1);
        assert!(people.apply(&ServerMessage::RoomCount { room: here(), count: 600 }));
        assert!(people.apply(&came(2, "Bo")));
        assert_eq!((people.count, people.present.len()), (600, 2), "already counted");
    }

    #[test]
    fn what_happens_in_another_room_changes_nothing() {
        let mut people = room();
        assert!(!people.apply(&gone(RoomId("music".into()), 1)));
        assert!(people.named("Ana").is_some());
    }
}
