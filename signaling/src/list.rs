//! The list of rooms as it is told: a snapshot to whoever asks, then what changes.
//!
//! Changes are gathered for `rooms.list_interval`, computed and serialised once for everybody, at
//! a cost that grows with the changes and not with the people. A snapshot may already show what
//! the next delta tells; deltas are absolute, so that this does no harm.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, atomic::Ordering},
};

use hearth_protocol::{Ack, RequestId, RoomId, ServerMessage, SessionId};
use parking_lot::Mutex;

use crate::{backplane::Backplane, presence::Presence, roster::Session};

/// Who hears of changes in the list.
pub struct List {
    presence: Arc<Presence>,
    /// Held while a snapshot or a delta is made and sent, so that none falls between.
    hearers: Mutex<HashMap<SessionId, Arc<Session>>>,
}

/// The rooms of which something is to be told.
#[derive(Debug, Default)]
pub struct Changed(Mutex<BTreeSet<RoomId>>);

impl Changed {
    pub(crate) fn mark(&self, room: &RoomId) {
        self.0.lock().insert(room.clone());
    }
}

impl List {
    /// A list of the rooms of `presence` that nobody hears yet.
    #[must_use]
    pub fn new(presence: Arc<Presence>) -> Self {
        Self { presence, hearers: Mutex::default() }
    }

    /// Sends the whole list as the `ack` to `request`; changes follow from then on.
    pub fn show(&self, session: &Arc<Session>, request: RequestId) {
        let mut hearers = self.hearers.lock();
        let rooms = self.presence.rooms().all().iter().map(|room| room.summary()).collect();
        let result = Ack::RoomList { rooms };
        session.send(&ServerMessage::Ack { id: request, result });
        if !session.hears_list.swap(true, Ordering::AcqRel) {
            hearers.insert(session.id.clone(), Arc::clone(session));
        }
    }

    /// Tells a session nothing more.
    pub fn forget(&self, session: &Session) {
        if session.hears_list.load(Ordering::Acquire) {
            self.hearers.lock().remove(&session.id);
        }
    }

    /// Tells everybody what has changed since the last time.
    pub fn tell_changes(&self) {
        let hearers = self.hearers.lock();
        let changed = std::mem::take(&mut *self.presence.rooms().changed().0.lock());
        let changes: Vec<_> = changed
            .iter()
            .filter_map(|id| self.presence.rooms().find(id))
            .filter_map(|room| room.take_change())
            .collect();
        if !changes.is_empty() {
            let delta = ServerMessage::RoomListDelta { changes };
            Backplane::Local.publish(&delta, hearers.values().map(Arc::as_ref));
        }
    }
}
