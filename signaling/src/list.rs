//! The list of rooms as it is told: a snapshot to whoever asks, then what changes.
//!
//! Changes are gathered for `rooms.list_interval`, computed and serialised once for everybody, at
//! a cost that grows with the changes and not with the people. A snapshot may already show what
//! the next delta tells; deltas are absolute, so that this does no harm.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, atomic::Ordering},
};

use hearth_protocol::{Ack, RequestId, RoomId, RoomRead, ServerMessage, SessionId};
use parking_lot::Mutex;

use crate::{
    presence::Presence,
    roster::{Session, spread},
};

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

    /// Sends the whole list as the `ack` to `request`, with how far one has `read`; changes follow
    /// from then on.
    pub fn show(&self, session: &Arc<Session>, request: RequestId, read: Vec<RoomRead>) {
        let mut hearers = self.hearers.lock();
        let rooms = self.presence.rooms().all().iter().map(|room| room.summary()).collect();
        let result = Ack::RoomList { rooms, read };
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
            spread(&delta, hearers.values().map(Arc::as_ref));
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_protocol::{CreateRoom, IdentityId, LeftReason, ParticipantNumber, RoomChange};

    use super::*;
    use crate::{
        rooms::Rooms,
        roster::tests::{Ear, entrant},
    };

    async fn list() -> List {
        let settings = hearth_config::from_toml(
            "[rooms]
crowd = 500",
        )
        .unwrap();
        let rooms = Rooms::load(&settings, crate::store::temporary(1000).await).await.unwrap();
        List::new(Arc::new(Presence::new(Arc::new(rooms))))
    }

    fn general() -> RoomId {
        RoomId("general".into())
    }

    fn enter(list: &List, name: &str) -> ParticipantNumber {
        list.presence.enter(&general(), entrant(name)).unwrap()
    }

    /// The changes of the one delta that has come.
    fn delta(ear: &Ear) -> Vec<RoomChange> {
        match ear.heard().as_slice() {
            [ServerMessage::RoomListDelta { changes }] => changes.clone(),
            heard => panic!("{heard:?}"),
        }
    }

    #[tokio::test]
    async fn two_hundred_arrivals_cost_in_proportion() {
        let list = list().await;
        let ana = Ear::new("ana");
        list.show(&ana.session, RequestId(1), Vec::new());
        ana.frames();
        let (mut present, mut largest) = (0, 0);
        for n in 1..=200 {
            enter(&list, &format!("guest {n}"));
            list.tell_changes();
            let frames = ana.frames();
            assert_eq!(frames.len(), 1);
            largest = largest.max(frames[0].len());
            let ServerMessage::RoomListDelta { changes } =
                serde_json::from_str(&frames[0]).unwrap()
            else {
                panic!("{}", frames[0])
            };
            assert_eq!((changes.len(), changes[0].count), (1, Some(n)));
            present += changes[0].present.len();
        }
        assert_eq!(present, 200);
        // The two hundredth arrival costs what the first did.
        assert!(largest < 400, "{largest} bytes");

        for n in 201..=400 {
            enter(&list, &format!("guest {n}"));
        }
        list.tell_changes();
        assert_eq!(delta(&ana)[0].present.len(), 200);
    }

    #[tokio::test]
    async fn a_delta_is_serialised_once_for_everybody() {
        let list = list().await;
        let ears = ["ana", "bo"].map(Ear::new);
        for ear in &ears {
            list.show(&ear.session, RequestId(1), Vec::new());
            ear.frames();
        }
        enter(&list, "cy");
        list.tell_changes();
        let [ana, bo] = ears.map(|ear| ear.frames().remove(0));
        assert_eq!(ana.as_str().as_ptr(), bo.as_str().as_ptr());
    }

    #[tokio::test]
    async fn nothing_is_told_of_nothing_or_to_those_who_do_not_listen() {
        let list = list().await;
        let (ana, bo) = (Ear::new("ana"), Ear::new("bo"));
        list.show(&ana.session, RequestId(1), Vec::new());
        ana.frames();
        list.tell_changes();
        assert!(ana.frames().is_empty());
        enter(&list, "cy");
        list.tell_changes();
        assert_eq!((ana.frames().len(), bo.frames().len()), (1, 0));
        list.tell_changes();
        assert!(ana.frames().is_empty());
        list.forget(&ana.session);
        enter(&list, "dee");
        list.tell_changes();
        assert!(ana.frames().is_empty() && list.hearers.lock().is_empty());
    }

    #[tokio::test]
    async fn whoever_came_and_went_between_two_deltas_is_told_as_gone() {
        let list = list().await;
        let ana = Ear::new("ana");
        list.show(&ana.session, RequestId(1), Vec::new());
        ana.frames();
        let bo = enter(&list, "bo");
        let cy = enter(&list, "cy");
        list.presence.leave(bo, LeftReason::Left).unwrap();
        list.tell_changes();
        let change = delta(&ana).remove(0);
        assert_eq!((change.count, change.left), (Some(1), vec![bo]));
        assert_eq!(change.present.iter().map(|it| it.number).collect::<Vec<_>>(), [cy]);
    }

    #[tokio::test]
    async fn a_new_room_is_told_as_a_whole() {
        let list = list().await;
        let ana = Ear::new("ana");
        list.show(&ana.session, RequestId(1), Vec::new());
        ana.frames();
        let ask = CreateRoom {
            name: "Quiet Corner".into(),
            icon: "🌿".into(),
            topic: None,
            max_participants: None,
        };
        let room = list.presence.rooms().create(ask, &IdentityId("bo".into())).await.unwrap();
        let inside = list.presence.enter(room.id(), entrant("bo")).unwrap();
        list.tell_changes();
        let change = delta(&ana).remove(0);
        assert_eq!(change.summary.unwrap().participants[0].number, inside);
        assert!(change.present.is_empty());
    }
}
