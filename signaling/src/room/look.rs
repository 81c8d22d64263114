//! How those inside are shown to each other, and to whoever looks at the list.

use hearth_protocol::ParticipantNumber;

use super::{Room, Touched};
use crate::identity::Entrant;

impl Room {
    /// Somebody is called or drawn otherwise from now on; those who know of them are told.
    pub(crate) fn redraw(&self, number: ParticipantNumber, who: &Entrant) -> Touched {
        let mut inside = self.inside.lock();
        let Some(member) = inside.members.get_mut(&number) else { return Touched(false) };
        let participant = &mut member.participant;
        if participant.name == who.name && participant.avatar == who.avatar {
            return Touched(false);
        }
        participant.name.clone_from(&who.name);
        participant.avatar.clone_from(&who.avatar);
        self.mirror.present(&self.id, participant);
        if inside.known.as_ref().is_some_and(|known| !known.contains(&number)) {
            return Touched(false);
        }
        inside.untold.present.insert(number);
        self.tell_untold(&mut inside, None);
        inside.touch_present(number)
    }
}
