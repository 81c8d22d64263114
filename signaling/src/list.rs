//! The list of rooms as it is told: a snapshot to whoever asks, then what changes.
//!
//! Changes are gathered for `rooms.list_interval`, computed and serialised once for everybody, at
//! a cost that grows with the changes and not with the people. A snapshot may already show what
//! the next delta tells; deltas are absolute, so that this does no harm.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, atomic::Ordering},
};

use hearth_protocol::{Ack, IdentityId, RequestId, RoomChange, RoomId, RoomRead, ServerMessage};
use parking_lot::Mutex;

use crate::{
    presence::Presence,
    room::{Listing, Room, removed},
    roster::{Session, spread},
};

/// Who hears of changes in the list.
pub struct List {
    presence: Arc<Presence>,
    /// Held while a snapshot or a delta is made and sent, so that none falls between.
    hearers: Mutex<Hearers>,
}

type Hearers = HashMap<IdentityId, Arc<Session>>;

/// The rooms of which something is to be told.
#[derive(Debug, Default)]
pub struct Changed(Mutex<Untold>);

#[derive(Debug, Default)]
struct Untold {
    changed: BTreeSet<RoomId>,
    /// With those who saw them; `None`: everybody did.
    gone: Vec<(RoomId, Option<BTreeSet<IdentityId>>)>,
}

impl Changed {
    pub(crate) fn mark(&self, room: &RoomId) {
        self.0.lock().changed.insert(room.clone());
    }

    /// The room is not there any more.
    pub(crate) fn mark_gone(&self, room: &Room) {
        let gone = (room.id().clone(), room.audience());
        self.0.lock().gone.push(gone);
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
        let all = self.presence.rooms().all();
        let seen = all.iter().filter(|room| room.is_seen_by(session));
        let rooms = seen.map(|room| room.summary()).collect();
        let result = Ack::RoomList { rooms, read };
        session.send(&ServerMessage::Ack { id: request, result });
        if !session.hears_list.swap(true, Ordering::AcqRel) {
            hearers.insert(session.identity.clone(), Arc::clone(session));
        }
    }

    /// Tells a session nothing more.
    pub fn forget(&self, session: &Session) {
        if session.hears_list.load(Ordering::Acquire) {
            let mut hearers = self.hearers.lock();
            // Another session of the same person may have taken its place.
            if hearers.get(&session.identity).is_some_and(|it| it.id == session.id) {
                hearers.remove(&session.identity);
            }
        }
    }

    /// Tells everybody what has changed since the last time.
    pub fn tell_changes(&self) {
        let hearers = self.hearers.lock();
        let rooms = self.presence.rooms();
        let Untold { changed, gone } = std::mem::take(&mut *rooms.changed().0.lock());
        let mut for_all = Vec::new();
        for (id, seen_by) in gone {
            match seen_by {
                // A new one of that id is told as a whole.
                _ if rooms.find(&id).is_some() => {}
                None => for_all.push(removed(&id)),
                Some(mut seen_by) => {
                    seen_by.extend(granted(&hearers, &id));
                    tell_some(&hearers, &seen_by, removed(&id));
                }
            }
        }
        let found = changed.iter().filter_map(|id| rooms.find(id));
        for listing in found.filter_map(|room| room.take_change()) {
            match listing.hidden {
                None => for_all.push(listing.change),
                Some(_) if rooms.is_listed(&listing.change.id) => tell_hidden(&hearers, listing),
                Some(_) => {}
            }
        }
        if !for_all.is_empty() {
            let delta = ServerMessage::RoomListDelta { changes: for_all };
            spread(&delta, hearers.values().map(Arc::as_ref));
        }
    }
}

/// Tells of a hidden room to those who see it, and that it is gone to those who did.
fn tell_hidden(hearers: &Hearers, listing: Listing) {
    let Listing { change, hidden: Some(mut hidden) } = listing else { return };
    let gone = || removed(&change.id);
    hidden.seen_by.extend(granted(hearers, &change.id));
    match &hidden.lost {
        Some(lost) => {
            let lost = lost.difference(&hidden.seen_by).cloned().collect();
            tell_some(hearers, &lost, gone());
        }
        None => {
            let lost: BTreeSet<_> =
                hearers.keys().filter(|it| !hidden.seen_by.contains(*it)).cloned().collect();
            tell_some(hearers, &lost, gone());
        }
    }
    if let Some(whole) = hidden.whole {
        tell_some(hearers, &hidden.newcomers, whole);
    }
    let others = hidden.seen_by.difference(&hidden.newcomers).cloned().collect();
    tell_some(hearers, &others, change);
}

/// Those whose sign-in shows them the room.
fn granted<'a>(hearers: &'a Hearers, room: &'a RoomId) -> impl Iterator<Item = IdentityId> + 'a {
    let granted = hearers.values().filter(|session| session.grants.role(room).is_some());
    granted.map(|session| session.identity.clone())
}

fn tell_some(hearers: &Hearers, whom: &BTreeSet<IdentityId>, change: RoomChange) {
    let delta = ServerMessage::RoomListDelta { changes: vec![change] };
    spread(&delta, whom.iter().filter_map(|one| hearers.get(one)).map(Arc::as_ref));
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
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        list.presence.enter(&general(), entrant(name), here).unwrap()
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
        let ask =
            CreateRoom {
                name: "Quiet Corner".into(), icon: "🌿".into(), ..CreateRoom::default()
            };
        let room = list.presence.rooms().create(ask, &IdentityId("bo".into())).await.unwrap();
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        let inside = list.presence.enter(room.id(), entrant("bo"), here).unwrap();
        list.tell_changes();
        let change = delta(&ana).remove(0);
        assert_eq!(change.summary.unwrap().participants[0].number, inside);
        assert!(change.present.is_empty());
    }
}
