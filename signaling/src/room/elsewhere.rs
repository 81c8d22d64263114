//! Those in the room who are on other nodes.
//!
//! Owns what becomes of what other nodes tell of them. They are told of, listed and counted like
//! everybody; they have no session here and no voice.

use hearth_protocol::{IdentityId, LeftReason, Participant, ParticipantNumber, Role};

use super::{Room, Touched};

impl Room {
    /// Whether somebody is inside, on whichever node.
    pub(crate) fn holds(&self, who: &IdentityId) -> bool {
        self.inside.lock().members.values().any(|it| it.participant.identity == *who)
    }

    /// What the host gives somebody who is inside on another node: whatever they are there beyond what
    /// the room makes them.
    pub(crate) fn granted_elsewhere(&self, who: &IdentityId) -> Option<Role> {
        let own = self.role(who).unwrap_or_default();
        let inside = self.inside.lock();
        let there = inside.members.values().map(|member| &member.participant);
        let there = there.filter(|one| one.elsewhere && one.identity == *who);
        there.map(|one| one.role).max().filter(|role| *role > own)
    }

    /// Somebody on another node is inside, as they are now. The limit was theirs to keep.
    pub(crate) fn present_elsewhere(&self, participant: Participant) -> Touched {
        let mut inside = self.inside.lock();
        let (number, voice) = (participant.number, participant.voice);
        let before = inside.members.get(&number).map(|member| &member.participant);
        match before {
            _ if inside.closed => Touched(false),
            None => self.admit(&mut inside, participant, None, None),
            Some(before) if !before.elsewhere || *before == participant => Touched(false),
            Some(before) => {
                let voice_alone = Participant { voice, ..before.clone() } == participant;
                if let Some(member) = inside.members.get_mut(&number) {
                    member.participant = participant;
                }
                if voice_alone {
                    return self.tell_voice(&mut inside, number, voice);
                }
                self.tell_changed(&mut inside, number);
                inside.touch()
            }
        }
    }

    /// Somebody on another node is not inside any more.
    pub(crate) fn left_elsewhere(&self, number: ParticipantNumber, reason: LeftReason) -> Touched {
        let elsewhere = self.participant(number).is_some_and(|it| it.elsewhere);
        let left = if elsewhere { self.leave(number, reason) } else { None };
        left.map_or(Touched(false), |(_, touched)| touched)
    }
}
