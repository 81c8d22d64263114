//! Who is online: every session, connected or waiting to be resumed.
//!
//! Owns the sessions and the rule that one identity has at most one. Never touches a socket.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
};

use axum::extract::ws::Utf8Bytes;
use dashmap::{DashMap, mapref::entry::Entry};
use hearth_protocol::{
    Author, ErrorCode, Fault, IdentityId, ParticipantNumber, ServerMessage, SessionId,
};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use crate::{
    backplane::{Mirror, NodeId},
    chat::Typist,
    grants::Grants,
    identity::Entrant,
    names::NameClaim,
    outbox::Outbox,
    room::Visitor,
};

/// One session: from its first `hello` to its end, across reconnects.
#[derive(Debug)]
pub struct Session {
    /// Names it in a resume.
    pub id: SessionId,
    /// Whose it is.
    pub identity: IdentityId,
    /// How they are shown now.
    pub(crate) who: RwLock<Arc<Entrant>>,
    /// Where its last socket came from.
    pub(crate) address: Mutex<IpAddr>,
    /// What is sent to it.
    pub outbox: Outbox,
    /// Where it is.
    pub(crate) place: Mutex<Place>,
    /// Whether it hears of changes in the list of rooms.
    pub(crate) hears_list: AtomicBool,
    /// Nothing comes from its voice any more. Told to those who wait now, and not kept.
    pub(crate) voice_lost: Notify,
    /// What they last said of their typing.
    pub(crate) typist: Mutex<Option<Typist>>,
    /// What was written to them by whom while no socket was there; with how far.
    pub(crate) undelivered: Mutex<BTreeMap<IdentityId, u64>>,
    /// Where it may go.
    pub(crate) grants: Grants,
    /// Of two sessions of one identity, on whichever nodes, the one with the greater serial is the
    /// newer.
    pub(crate) serial: u64,
    /// Holds the name for as long as the session lives and has it.
    pub(crate) claim: Mutex<NameClaim>,
}

/// Where a session is. The lock around it orders a session's own comings and goings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In no room.
    Outside,
    /// In a room, as this participant.
    Inside(ParticipantNumber),
    /// The session has ended: it can go nowhere any more.
    Ended,
}

impl Session {
    /// Its person, as they are shown now.
    #[must_use]
    pub fn who(&self) -> Arc<Entrant> {
        Arc::clone(&self.who.read())
    }

    /// Its person, as they sign what they write now.
    #[must_use]
    pub fn author(&self) -> Author {
        self.who().author()
    }

    /// Its person, as a door sees them.
    pub(crate) fn visitor(&self) -> Visitor<'_> {
        let address = Some(*self.address.lock());
        Visitor { identity: &self.identity, address, grants: &self.grants }
    }

    /// Which participant it is, if it is in a room.
    pub(crate) fn participant(&self) -> Option<ParticipantNumber> {
        match *self.place.lock() {
            Place::Inside(number) => Some(number),
            Place::Outside | Place::Ended => None,
        }
    }

    /// Sends one message to this session alone. Never waits.
    pub fn send(&self, message: &ServerMessage) {
        self.outbox.push(encode(message));
    }
}

/// One serialised message, shared by all who get it.
#[must_use]
pub fn encode(message: &ServerMessage) -> Utf8Bytes {
    // The messages are plain structs with text keys: serialising them cannot fail.
    Utf8Bytes::from(serde_json::to_string(message).unwrap_or_default())
}

/// Tells `message` to these sessions: serialised once, the bytes shared. Never waits.
pub(crate) fn spread<'a>(message: &ServerMessage, to: impl Iterator<Item = &'a Session>) {
    let mut frame: Option<Utf8Bytes> = None;
    for session in to {
        let frame = frame.get_or_insert_with(|| encode(message));
        session.outbox.push(frame.clone());
    }
}

/// A session on another node.
struct Elsewhere {
    node: NodeId,
    who: Arc<Entrant>,
    serial: u64,
}

/// Every session on this node, and who has one elsewhere.
pub struct Roster {
    sessions: DashMap<SessionId, Arc<Session>>,
    by_identity: DashMap<IdentityId, Arc<Session>>,
    max_sessions: usize,
    elsewhere: DashMap<IdentityId, Elsewhere>,
    mirror: Arc<Mirror>,
}

impl Roster {
    /// An empty roster for at most `max_sessions` here, of which the other nodes are told.
    pub(crate) fn new(max_sessions: usize, mirror: Arc<Mirror>) -> Self {
        Self {
            sessions: DashMap::new(),
            by_identity: DashMap::new(),
            max_sessions,
            elsewhere: DashMap::new(),
            mirror,
        }
    }

    /// Adds a session. The one that the same identity had until now comes back, to be ended.
    ///
    /// # Errors
    /// `busy` if there are as many as may be.
    pub fn enter(&self, session: Arc<Session>) -> Result<Option<Arc<Session>>, Fault> {
        // The entry is held until both maps have the session: whoever takes its place at once
        // would else end it before it is in the other, where it would stay.
        let entry = self.by_identity.entry(session.identity.clone());
        let (who, serial) = (session.who(), session.serial);
        let replaced = match entry {
            Entry::Occupied(mut other) => {
                self.sessions.insert(session.id.clone(), Arc::clone(&session));
                Some(other.insert(session))
            }
            Entry::Vacant(_) if self.sessions.len() >= self.max_sessions => {
                return Err(Fault::passing(
                    ErrorCode::Busy,
                    "The server has as many people as it takes. Try again later.",
                    std::time::Duration::from_secs(10),
                ));
            }
            Entry::Vacant(free) => {
                self.sessions.insert(session.id.clone(), Arc::clone(&session));
                free.insert(session);
                None
            }
        };
        self.mirror.online(&who, serial);
        metrics::gauge!("hearth_sessions").set(self.len_f64());
        Ok(replaced)
    }

    /// Takes a session out.
    pub fn remove(&self, session: &Arc<Session>) {
        self.sessions.remove(&session.id);
        self.by_identity.remove_if(&session.identity, |_, present| Arc::ptr_eq(present, session));
        self.mirror.offline(&session.identity, session.serial);
        metrics::gauge!("hearth_sessions").set(self.len_f64());
    }

    /// A session that is here shows its person otherwise from now on.
    pub(crate) fn redrawn(&self, session: &Session) {
        self.mirror.online(&session.who(), session.serial);
    }

    /// The session of that name, if it is this identity's.
    #[must_use]
    pub fn find(&self, id: &SessionId, identity: &IdentityId) -> Option<Arc<Session>> {
        let found = self.sessions.get(id).map(|session| Arc::clone(&session))?;
        (found.identity == *identity).then_some(found)
    }

    /// The session that somebody has, if they are online.
    #[must_use]
    pub fn of(&self, identity: &IdentityId) -> Option<Arc<Session>> {
        self.by_identity.get(identity).map(|session| Arc::clone(&session))
    }

    /// How somebody who is online is shown, on whichever node they are.
    #[must_use]
    pub fn online(&self, identity: &IdentityId) -> Option<Arc<Entrant>> {
        let here = self.of(identity).map(|session| session.who());
        here.or_else(|| self.elsewhere.get(identity).map(|it| Arc::clone(&it.who)))
    }

    /// The other node on which somebody has a session.
    pub(crate) fn node_of(&self, identity: &IdentityId) -> Option<NodeId> {
        self.elsewhere.get(identity).map(|it| it.node.clone())
    }

    /// Somebody has a session on another node, or is shown otherwise from now on.
    pub(crate) fn online_elsewhere(&self, node: &NodeId, who: Entrant, serial: u64) {
        let (node, who) = (node.clone(), Arc::new(who));
        match self.elsewhere.entry(who.identity.clone()) {
            Entry::Occupied(known) if known.get().serial > serial => {}
            Entry::Occupied(mut known) => {
                known.insert(Elsewhere { node, who, serial });
            }
            Entry::Vacant(free) => {
                free.insert(Elsewhere { node, who, serial });
            }
        }
    }

    /// That session has ended.
    pub(crate) fn offline_elsewhere(&self, identity: &IdentityId, serial: u64) {
        self.elsewhere.remove_if(identity, |_, known| known.serial == serial);
    }

    /// Everybody here.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.sessions.iter().map(|session| Arc::clone(&session)).collect()
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether nobody is online.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn len_f64(&self) -> f64 {
        self.len() as f64
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use futures_util::FutureExt as _;
    use hearth_protocol::{Avatar, CatchUp, CloseCode, History, Position, ReadMark, RequestId};

    use super::*;
    use crate::{
        names::Names,
        outbox::{Line, OutboxBounds},
        room::{Arrival, ToldBy},
    };

    /// A session and what arrives at its other end.
    pub(crate) struct Ear {
        pub(crate) session: Arc<Session>,
        line: Arc<Line>,
    }

    impl Ear {
        /// Somebody whose name, identity and session are all called `name`.
        pub(crate) fn new(name: &str) -> Self {
            Self::of(name, name)
        }

        fn of(identity: &str, session: &str) -> Self {
            let who = entrant(identity);
            let bounds =
                OutboxBounds { waiting_messages: 1 << 16, bytes: 1 << 26, kept_messages: 1 << 16 };
            let names = Arc::<Names>::default();
            let claim = names.claim(&who.name, &who.identity).now_or_never().unwrap().unwrap();
            let session = Session {
                id: SessionId(session.into()),
                address: Mutex::new(std::net::Ipv4Addr::LOCALHOST.into()),
                outbox: Outbox::new(bounds),
                identity: who.identity.clone(),
                place: Mutex::new(Place::Outside),
                hears_list: AtomicBool::new(false),
                voice_lost: Notify::new(),
                typist: Mutex::default(),
                undelivered: Mutex::default(),
                grants: Grants::default(),
                serial: claim.serial(),
                claim: Mutex::new(claim),
                who: RwLock::new(Arc::new(who)),
            };
            let line = session.outbox.connect(None, Utf8Bytes::default).unwrap();
            let ear = Self { session: Arc::new(session), line };
            assert_eq!(ear.frames(), [Utf8Bytes::default()]);
            ear
        }

        /// Walks in, to read from the beginning.
        pub(crate) fn arrival(&self, request: RequestId) -> Arrival<'_> {
            let position = Position { epoch: String::new(), seq: 0, tag: 0 };
            let history =
                History { position, messages: Vec::new(), more_before: false, more_after: false };
            let (chat, read) = (CatchUp::Gap { history }, ReadMark::default());
            Arrival { session: &self.session, told_by: ToldBy::Ack(request), chat, read }
        }

        /// The frames that have come since the last time.
        pub(crate) fn frames(&self) -> Vec<Utf8Bytes> {
            let (mut all, mut batch) = (Vec::new(), Vec::new());
            while self.session.outbox.take(&self.line, &mut batch).now_or_never().is_some() {
                all.append(&mut batch);
            }
            all
        }

        /// The messages that have come since the last time.
        pub(crate) fn heard(&self) -> Vec<ServerMessage> {
            self.frames().iter().map(|frame| serde_json::from_str(frame).unwrap()).collect()
        }
    }

    pub(crate) fn entrant(name: &str) -> Entrant {
        Entrant {
            identity: IdentityId(name.into()),
            name: name.into(),
            avatar: Avatar::default(),
            status: None,
        }
    }

    #[test]
    fn an_identity_has_one_session() {
        let roster = Roster::new(10, Arc::default());
        let (older, newer) = (Ear::of("ana", "1"), Ear::of("ana", "2"));
        assert!(roster.enter(Arc::clone(&older.session)).unwrap().is_none());
        let replaced = roster.enter(Arc::clone(&newer.session)).unwrap().unwrap();
        assert!(Arc::ptr_eq(&replaced, &older.session));
        roster.remove(&replaced);
        roster.remove(&replaced);
        // The end of the older did not take the newer out.
        let third = Ear::of("ana", "3");
        let replaced = roster.enter(Arc::clone(&third.session)).unwrap().unwrap();
        assert!(Arc::ptr_eq(&replaced, &newer.session));
        roster.remove(&replaced);
        assert_eq!(roster.len(), 1);
        roster.remove(&third.session);
        assert!(roster.is_empty() && roster.by_identity.is_empty());
    }

    #[test]
    fn a_session_is_found_by_its_own_identity_alone() {
        let roster = Roster::new(10, Arc::default());
        let ana = Ear::new("ana");
        roster.enter(Arc::clone(&ana.session)).unwrap();
        let id = &ana.session.id;
        assert!(roster.find(id, &IdentityId("ana".into())).is_some());
        assert!(roster.find(id, &IdentityId("bo".into())).is_none());
        assert!(roster.find(&SessionId("x".into()), &IdentityId("ana".into())).is_none());
    }

    #[test]
    fn a_full_server_lets_in_only_whoever_is_there_already() {
        let roster = Roster::new(1, Arc::default());
        let ana = Ear::of("ana", "1");
        roster.enter(Arc::clone(&ana.session)).unwrap();
        let refused = roster.enter(Ear::new("bo").session).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Busy);
        assert!(refused.retry_after_ms.is_some());
        let replaced = roster.enter(Ear::of("ana", "2").session).unwrap().unwrap();
        replaced.outbox.end(CloseCode::Replaced);
        roster.remove(&replaced);
        assert_eq!(roster.all().len(), 1);
        assert!(roster.enter(Ear::new("bo").session).is_err());
    }
}
