//! What the other nodes are to know of this one.
//!
//! Owns who is here, as it was told, and what is still to be told, behind one short lock: so what
//! is told of everybody fits between what is told of each. Never waits. Where there is no other
//! node, it keeps and costs nothing.

use std::collections::{HashMap, VecDeque};

use hearth_protocol::{IdentityId, LeftReason, Participant, ParticipantNumber, RoomId};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    Event,
    news::{News, NodeId, Online, Part, Telling},
    orders::{Answer, Order},
};
use crate::identity::Entrant;

/// Most news told at once.
const BATCH: usize = 256;

/// Most people in one part of everybody.
const PART: usize = 250;

/// What this node tells. The default tells nobody.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    /// This node, if it has others beside it.
    node: Option<NodeId>,
    /// Most news that may wait.
    capacity: usize,
    state: Mutex<State>,
    waiting: Notify,
}

#[derive(Debug, Default)]
struct State {
    present: HashMap<ParticipantNumber, (RoomId, Participant)>,
    online: HashMap<IdentityId, Online>,
    queue: VecDeque<News>,
    /// The number last given.
    number: u64,
    /// Whether another node is known to listen.
    heard: bool,
}

impl Mirror {
    /// What a node with others beside it tells; at most `capacity` news may wait.
    pub(super) fn of(node: NodeId, capacity: usize) -> Self {
        Self { node: Some(node), capacity, ..Self::default() }
    }

    /// Something happened that people on other nodes are to know.
    pub(super) fn happened(&self, event: &Event) {
        if self.node.is_some() {
            self.post(&mut self.state.lock(), || News::Happened(Box::new(event.clone())));
        }
    }

    /// Somebody is in a room, as they are now.
    pub(crate) fn present(&self, room: &RoomId, participant: &Participant) {
        if self.node.is_none() {
            return;
        }
        let mut state = self.state.lock();
        state.present.insert(participant.number, (room.clone(), participant.clone()));
        let (room, participant) = (room.clone(), participant.clone());
        self.post(&mut state, || News::Present { room, participant });
    }

    /// Somebody is in no room any more as this participant.
    pub(crate) fn left(&self, number: ParticipantNumber, reason: LeftReason) {
        let mut state = self.state.lock();
        if state.present.remove(&number).is_some() {
            self.post(&mut state, || News::Left { number, reason });
        }
    }

    /// Somebody has a session here, or is shown otherwise from now on.
    pub(crate) fn online(&self, who: &Entrant, serial: u64) {
        if self.node.is_none() {
            return;
        }
        let online = Online { who: who.clone(), serial };
        let mut state = self.state.lock();
        state.online.insert(who.identity.clone(), online.clone());
        self.post(&mut state, || News::Online(online));
    }

    /// The session of that serial has ended.
    pub(crate) fn offline(&self, identity: &IdentityId, serial: u64) {
        let mut state = self.state.lock();
        if state.online.get(identity).is_some_and(|online| online.serial == serial) {
            state.online.remove(identity);
            let identity = identity.clone();
            self.post(&mut state, || News::Offline { identity, serial });
        }
    }

    /// There are other rooms, or a room is another.
    pub(crate) fn rooms_changed(&self) {
        self.post(&mut self.state.lock(), || News::Rooms);
    }

    /// Somebody was banned from a room, or is let in again.
    pub(crate) fn bans_changed(&self, room: &RoomId) {
        self.post(&mut self.state.lock(), || News::Bans { room: room.clone() });
    }

    /// Another node is to do something, and to answer under this number.
    pub(super) fn order(&self, to: &NodeId, id: u64, order: Order) {
        self.post(&mut self.state.lock(), || News::Order { to: to.clone(), id, order });
    }

    /// What came of another node's order.
    pub(super) fn answer(&self, to: NodeId, id: u64, answer: Answer) {
        self.post(&mut self.state.lock(), || News::Answer { to, id, answer });
    }

    /// Another node is to tell everything about its people.
    pub(super) fn ask(&self, of: &NodeId) {
        let mut state = self.state.lock();
        // Whoever is asked hears, and is heard from then on.
        state.heard = true;
        self.post(&mut state, || News::Ask { of: of.clone() });
    }

    /// Tells everything about the people here, to whoever listens.
    pub(super) fn everybody(&self) {
        let mut state = self.state.lock();
        state.heard = true;
        let present: Vec<_> = state.present.values().cloned().collect();
        let online: Vec<_> = state.online.values().cloned().collect();
        let parts = present.len().max(online.len()).div_ceil(PART).max(1);
        let (mut present, mut online) = (present.into_iter(), online.into_iter());
        for n in 1..=parts {
            let part = Part {
                first: n == 1,
                last: n == parts,
                present: present.by_ref().take(PART).collect(),
                online: online.by_ref().take(PART).collect(),
            };
            self.post(&mut state, || News::Everybody(part));
        }
    }

    /// No other node is there any more: what happens need not be told.
    pub(super) fn alone(&self) {
        self.state.lock().heard = false;
    }

    /// Waits until there is something to tell.
    pub(super) async fn waiting(&self) {
        while self.state.lock().queue.is_empty() {
            self.waiting.notified().await;
        }
    }

    /// What is to be told next. It has a number from then on: if it does not arrive, that shows.
    pub(super) fn next(&self) -> Option<Telling> {
        let node = self.node.clone()?;
        let mut state = self.state.lock();
        if state.queue.is_empty() {
            return None;
        }
        state.number += 1;
        // A part of everybody is much already, and ends what is told at once.
        let part = state.queue.iter().position(|news| matches!(news, News::Everybody(_)));
        let most = part.map_or(BATCH, |part| BATCH.min(part + 1)).min(state.queue.len());
        Some(Telling { node, number: state.number, news: state.queue.drain(..most).collect() })
    }

    /// That there is nothing more than was told.
    pub(super) fn nothing_more(&self) -> Option<Telling> {
        let number = self.state.lock().number;
        Some(Telling { node: self.node.clone()?, number, news: Vec::new() })
    }

    fn post(&self, state: &mut State, news: impl FnOnce() -> News) {
        if !state.heard {
            return;
        }
        if state.queue.len() >= self.capacity {
            // The number that is left out shows the others that they missed something.
            metrics::counter!("hearth_news_dropped_total")
                .increment(u64::try_from(state.queue.len()).unwrap_or(u64::MAX));
            state.queue.clear();
            state.number += 1;
        }
        state.queue.push_back(news());
        self.waiting.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{presence::tests::participant, roster::tests::entrant};

    fn mirror(capacity: usize) -> Mirror {
        Mirror::of(NodeId("a".into()), capacity)
    }

    fn room() -> RoomId {
        RoomId("general".into())
    }

    #[test]
    fn who_was_there_before_anybody_listened_is_told_when_asked() {
        let mirror = mirror(1000);
        let gone = participant(1, "ana");
        mirror.present(&room(), &gone);
        mirror.left(gone.number, LeftReason::Left);
        for n in 2..=700 {
            mirror.present(&room(), &participant(n, &format!("guest {n}")));
        }
        mirror.online(&entrant("ana"), 7);
        assert_eq!(mirror.next(), None);

        mirror.everybody();
        mirror.left(ParticipantNumber(2), LeftReason::Lost);
        let (mut people, mut online) = (0, 0);
        for n in 1..=3 {
            let telling = mirror.next().unwrap();
            let [News::Everybody(part)] = telling.news.as_slice() else { panic!("{telling:?}") };
            assert_eq!((telling.number, part.first, part.last), (n, n == 1, n == 3));
            people += part.present.len();
            online += part.online.len();
        }
        assert_eq!((people, online), (699, 1));
        let last = mirror.next().unwrap();
        let left = News::Left { number: ParticipantNumber(2), reason: LeftReason::Lost };
        assert_eq!((last.number, last.news), (4, vec![left]));
    }

    #[test]
    fn what_does_not_fit_shows_as_a_number_that_is_missing() {
        let mirror = mirror(2);
        mirror.everybody();
        assert_eq!(mirror.next().unwrap().number, 1);
        for n in 1..=3 {
            mirror.present(&room(), &participant(n, "ana"));
        }
        let telling = mirror.next().unwrap();
        assert_eq!((telling.number, telling.news.len()), (3, 1));
        assert_eq!(mirror.nothing_more().unwrap().number, 3);
    }

    #[test]
    fn an_older_session_does_not_take_the_newer_offline() {
        let mirror = mirror(100);
        mirror.everybody();
        mirror.next();
        mirror.online(&entrant("ana"), 1);
        mirror.online(&entrant("ana"), 2);
        mirror.offline(&entrant("ana").identity, 1);
        assert_eq!(mirror.next().unwrap().news.len(), 2);
        mirror.offline(&entrant("ana").identity, 2);
        assert_eq!(mirror.next().unwrap().news.len(), 1);
    }

    #[test]
    fn alone_it_keeps_nothing_to_tell() {
        let mirror = Mirror::default();
        mirror.present(&room(), &participant(1, "ana"));
        mirror.rooms_changed();
        mirror.everybody();
        assert_eq!(mirror.next(), None);
        assert!(mirror.state.lock().present.is_empty());
    }
}
