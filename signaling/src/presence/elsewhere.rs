//! Who is in rooms on other nodes, by what these tell.
//!
//! Owns the way of that to the room and into its list.

use hearth_protocol::{LeftReason, Participant, ParticipantNumber, RoomId};

use super::Presence;

impl Presence {
    /// Somebody on another node is in a room, as they are now.
    pub(crate) fn present_elsewhere(&self, room: &RoomId, participant: Participant) {
        if let Some(room) = self.rooms.find(room) {
            let touched = room.present_elsewhere(participant);
            self.mark(&room, touched);
        }
    }

    /// Somebody on another node is not in that room any more.
    pub(crate) fn left_elsewhere(
        &self,
        room: &RoomId,
        number: ParticipantNumber,
        reason: LeftReason,
    ) {
        if let Some(room) = self.rooms.find(room) {
            let touched = room.left_elsewhere(number, reason);
            self.mark(&room, touched);
        }
    }
}
