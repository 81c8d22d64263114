//! What moderators took from people in a room: their voice, their hearing.
//!
//! Owns that it holds for a person: also for those who come back, and however often they are inside.
//! Lasts as long as this process.

use std::collections::VecDeque;

use hearth_protocol::{IdentityId, Participant, ParticipantNumber, VoiceState};

use super::{Inside, Room};

/// Of those who left, as many are remembered; the oldest go.
const MAX_REMEMBERED: usize = 1_000;

/// Those who left without voice or hearing.
#[derive(Debug, Default)]
pub(super) struct Restrained(VecDeque<(IdentityId, VoiceState)>);

impl Restrained {
    /// Somebody leaves.
    pub(super) fn remember(&mut self, participant: &Participant) {
        self.0.retain(|(identity, _)| *identity != participant.identity);
        let taken = without_voice(participant.voice);
        if taken != VoiceState::default() {
            if self.0.len() == MAX_REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back((participant.identity.clone(), taken));
        }
    }
}

impl Inside {
    /// Whoever comes in has what was left to them: before they went, or to them as they are here
    /// already.
    pub(super) fn restrain_newcomer(&self, newcomer: &mut Participant) {
        let here = self.members.values().map(|member| &member.participant);
        let here = here.filter(|other| other.identity == newcomer.identity);
        let before = self.restrained.0.iter().filter(|(one, _)| *one == newcomer.identity);
        let taken =
            before.map(|(_, taken)| *taken).chain(here.map(|other| other.voice)).next_back();
        let taken = taken.map(without_voice).unwrap_or_default();
        newcomer.voice.server_muted = taken.server_muted;
        newcomer.voice.server_deafened = taken.server_deafened;
    }
}

impl Room {
    /// Everybody inside who is the same person as this participant.
    pub(crate) fn selves(&self, number: ParticipantNumber) -> Vec<ParticipantNumber> {
        let inside = self.inside.lock();
        let Some(one) = inside.members.get(&number) else { return Vec::new() };
        let same = |other: &&super::Member| other.participant.identity == one.participant.identity;
        inside.members.values().filter(same).map(|member| member.participant.number).collect()
    }
}

/// What stays when a voice ends.
pub(crate) fn without_voice(voice: VoiceState) -> VoiceState {
    let VoiceState { server_muted, server_deafened, .. } = voice;
    VoiceState { server_muted, server_deafened, ..VoiceState::default() }
}
