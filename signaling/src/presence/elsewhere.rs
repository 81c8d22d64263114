//! Who is in rooms on other nodes, by what these tell.
//!
//! Owns the way of that to the room and into its list.

use std::sync::Arc;

use hearth_protocol::{LeftReason, Participant, ParticipantNumber, RoomId};

use super::Presence;
use crate::{backplane::NodeId, room::Room};

impl Presence {
    /// Where somebody is on whichever node, and on which, if it is another than this one.
    pub(crate) fn whereabouts(
        &self,
        number: ParticipantNumber,
    ) -> Option<(Arc<Room>, Option<NodeId>)> {
        if let Some(here) = self.room_of(number) {
            return Some((here, None));
        }
        let there = self.elsewhere.get(&number)?;
        let (node, room) = there.value();
        Some((Arc::clone(room), Some(node.clone())))
    }

    /// Somebody on another node is in a room, as they are now.
    pub(crate) fn present_elsewhere(&self, node: &NodeId, room: &RoomId, participant: Participant) {
        if let Some(room) = self.rooms.find(room) {
            self.elsewhere.insert(participant.number, (node.clone(), Arc::clone(&room)));
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
        self.elsewhere.remove(&number);
        if let Some(room) = self.rooms.find(room) {
            let touched = room.left_elsewhere(number, reason);
            self.mark(&room, touched);
        }
    }
}
