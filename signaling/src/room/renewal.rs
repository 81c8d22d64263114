//! A room that becomes something else: another name, another lock, other roles, or nothing.
//!
//! Owns what those inside and the list are told of it. What it becomes was decided and kept before.

use std::sync::Arc;

use hearth_protocol::ParticipantNumber;

use super::{Inside, Room, Touched};
use crate::store::RoomRecord;

impl Room {
    /// The room is something else from now on, and so is who has a role; those inside are told.
    pub(crate) fn renew(&self, record: RoomRecord) -> Touched {
        let mut inside = self.inside.lock();
        let before = std::mem::replace(&mut *self.record.write(), Arc::new(record));
        let after = self.record();
        inside.unlisted.renewed(&before, &after);
        let others: Vec<_> = inside
            .members
            .values_mut()
            // Of those elsewhere their own node tells it.
            .filter(|member| !member.participant.elsewhere)
            .filter_map(|member| {
                let role = member.session.as_ref().map(|session| self.role_of(session));
                let identity = &member.participant.identity;
                let role = role.unwrap_or_else(|| self.role_by_identity(identity));
                let changed = std::mem::replace(&mut member.participant.role, role) != role;
                if changed {
                    self.mirror.present(&self.id, &member.participant);
                }
                changed.then_some(member.participant.number)
            })
            .collect();
        if !looks_alike(&before, &after) {
            self.tell_anew(&mut inside, None);
        }
        for number in others {
            self.tell_changed(&mut inside, number);
        }
        inside.touch()
    }

    /// Lets nobody in any more; who is still inside.
    pub(crate) fn close(&self) -> Vec<ParticipantNumber> {
        let mut inside = self.inside.lock();
        inside.closed = true;
        inside.members.keys().copied().collect()
    }

    /// Tells of somebody inside who is to be taken anew, where the others know of them.
    pub(super) fn tell_changed(&self, inside: &mut Inside, number: ParticipantNumber) {
        if inside.known.as_ref().is_none_or(|known| known.contains(&number)) {
            inside.untold.present.insert(number);
            self.tell_untold(inside, None);
        }
        inside.unlisted.present.insert(number);
    }
}

/// Whether those inside see no difference.
pub(super) fn looks_alike(before: &RoomRecord, after: &RoomRecord) -> bool {
    let seen = |it: &RoomRecord| {
        (it.name.clone(), it.icon.clone(), it.topic.clone(), it.max_participants, it.hidden)
    };
    seen(before) == seen(after) && before.password.is_some() == after.password.is_some()
}
