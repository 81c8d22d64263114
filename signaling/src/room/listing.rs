//! What the list of rooms is told of one room, and who sees it there.
//!
//! Owns what was not told yet. Those who do not see a hidden room are told nothing of it, but that
//! it is gone when they saw it before.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use hearth_protocol::{IdentityId, ParticipantNumber, RoomChange, RoomId, ServerMessage};

use super::{Inside, Room, Touched, renewal::looks_alike, size};
use crate::{
    roster::{Session, spread},
    store::RoomRecord,
};

/// What the list of rooms has not told yet.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    pub(super) any: bool,
    pub(super) whole: bool,
    pub(super) written: bool,
    /// Somebody came or went.
    counted: bool,
    pub(super) present: BTreeSet<ParticipantNumber>,
    left: BTreeSet<ParticipantNumber>,
    /// Who may see the room by now and did not before.
    newcomers: BTreeSet<IdentityId>,
    /// Who saw the room and perhaps does not any more.
    lost: BTreeSet<IdentityId>,
    /// Everybody saw the room when something was last told.
    hidden_since: bool,
}

/// What changed of a room, and for whom.
pub(crate) struct Listing {
    /// For those who knew the room.
    pub(crate) change: RoomChange,
    /// Who is told; everybody, unless the room is hidden.
    pub(crate) hidden: Option<Hidden>,
}

/// Who sees a hidden room, but for those whose sign-in shows it to them.
pub(crate) struct Hidden {
    /// Everybody who does.
    pub(crate) seen_by: BTreeSet<IdentityId>,
    /// Of whom these did not before; for them the room as a whole.
    pub(crate) newcomers: BTreeSet<IdentityId>,
    pub(crate) whole: Option<RoomChange>,
    /// Who does not any more; `None`: nobody but those who do.
    pub(crate) lost: Option<BTreeSet<IdentityId>>,
}

impl Unlisted {
    pub(super) fn came(&mut self, identity: &IdentityId) {
        self.counted = true;
        self.newcomers.insert(identity.clone());
    }

    pub(super) fn went(&mut self, number: ParticipantNumber, identity: &IdentityId) {
        self.counted = true;
        self.present.remove(&number);
        self.left.insert(number);
        self.lost.insert(identity.clone());
    }

    pub(super) fn renewed(&mut self, before: &RoomRecord, after: &RoomRecord) {
        self.whole |= !looks_alike(before, after);
        self.hidden_since |= after.hidden && !before.hidden;
        let (had, have) = (with_role(before), with_role(after));
        self.lost.extend(had.difference(&have).cloned());
        self.newcomers.extend(have.difference(&had).cloned());
    }
}

impl Room {
    /// What the list has not told yet; from now on it has. Tells those inside who came and went
    /// in the meantime, and a crowd how many it is.
    pub(crate) fn take_change(&self) -> Option<Listing> {
        let mut inside = self.inside.lock();
        let unlisted = std::mem::take(&mut inside.unlisted);
        if !unlisted.any {
            return None;
        }
        self.tell_delta(&mut inside, None);
        let count = size(inside.members.len());
        if inside.known.is_some() && inside.counted != inside.members.len() {
            inside.counted = inside.members.len();
            let counted = ServerMessage::RoomCount { room: self.id.clone(), count };
            spread(&counted, inside.sessions(None));
        }
        let whole = || {
            let summary = Some(self.summary_of(&inside, None));
            RoomChange { summary, ..unchanged(&self.id) }
        };
        let hidden = self.record().hidden.then(|| {
            let seen_by = self.seen_by(&inside);
            let newcomers: BTreeSet<_> =
                unlisted.newcomers.intersection(&seen_by).cloned().collect();
            let lost = (!unlisted.hidden_since)
                .then(|| unlisted.lost.difference(&seen_by).cloned().collect());
            let whole = (!newcomers.is_empty()).then(whole);
            Hidden { seen_by, newcomers, whole, lost }
        });
        let change =
            if unlisted.whole { whole() } else { self.difference(&inside, unlisted, count) };
        Some(Listing { change, hidden })
    }

    fn difference(&self, inside: &Inside, unlisted: Unlisted, count: u32) -> RoomChange {
        let known = |number| inside.known.as_ref().is_none_or(|known| known.contains(number));
        let present = unlisted.present.iter().filter(|number| known(number));
        let present = present.filter_map(|number| inside.members.get(number));
        RoomChange {
            count: unlisted.counted.then_some(count),
            messages: unlisted.written.then(|| self.messages.load(Ordering::Relaxed)),
            present: present.map(|member| member.participant.clone()).collect(),
            left: unlisted.left.into_iter().collect(),
            ..unchanged(&self.id)
        }
    }

    /// How many messages were ever written here; the list is to be told.
    pub(crate) fn wrote(&self, messages: u64) -> Touched {
        let before = self.messages.swap(messages, Ordering::Relaxed);
        if before == messages {
            return Touched(false);
        }
        let mut inside = self.inside.lock();
        inside.unlisted.written = true;
        inside.touch()
    }

    /// Says that the room is new to the list.
    pub(crate) fn touch_whole(&self) -> Touched {
        let mut inside = self.inside.lock();
        inside.unlisted.whole = true;
        inside.touch()
    }

    /// Whether the list shows the room to somebody.
    pub(crate) fn is_seen_by(&self, session: &Session) -> bool {
        !self.record().hidden
            || self.role_for(session.visitor()).is_some()
            || self.holds(&session.identity)
    }

    /// Everybody who sees the room in the list, but for those whose sign-in shows it to them;
    /// `None`: it is for all to see.
    pub(crate) fn audience(&self) -> Option<BTreeSet<IdentityId>> {
        self.record().hidden.then(|| self.seen_by(&self.inside.lock()))
    }

    /// Those inside and those with a role.
    fn seen_by(&self, inside: &Inside) -> BTreeSet<IdentityId> {
        let mut seen_by = with_role(&self.record());
        seen_by.extend(self.owners.iter().cloned());
        let inside = inside.members.values();
        seen_by.extend(inside.map(|member| member.participant.identity.clone()));
        seen_by
    }
}

fn with_role(record: &RoomRecord) -> BTreeSet<IdentityId> {
    record.owner.iter().chain(record.roles.keys()).cloned().collect()
}

/// A change of nothing.
fn unchanged(id: &RoomId) -> RoomChange {
    RoomChange {
        id: id.clone(),
        summary: None,
        removed: false,
        messages: None,
        count: None,
        present: Vec::new(),
        left: Vec::new(),
    }
}

/// The room is not there any more.
pub(crate) fn removed(id: &RoomId) -> RoomChange {
    RoomChange { removed: true, ..unchanged(id) }
}
