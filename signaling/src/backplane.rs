//! Carries what happens to everybody who is to know, on whichever node they are.
//!
//! The only way from what happens to people. What is published is delivered to those here at once,
//! and with several nodes it is told to the others, which deliver it to theirs; each puts the
//! entries of a log into their order itself. Of people, names and numbers every node has its own
//! share: see `node`.

mod mending;
mod mirror;
mod neighbours;
mod news;
mod node;
mod orders;
mod registry;
mod subscription;

use std::sync::Arc;

use hearth_config::Settings;
use hearth_protocol::{Entry, Fault, IdentityId, Role, RoomId, ServerMessage};
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    mirror::Mirror,
    news::NodeId,
    node::Node,
    orders::{Answer, Done, Order},
};
use crate::{
    App, chat,
    names::Names,
    numbers::Numbers,
    roster::encode,
    store::{LogKey, StoreError},
    walk::no_participant,
};

/// How nodes are connected.
#[derive(Clone)]
pub(crate) enum Backplane {
    /// This process is the only node.
    Local,
    /// Through Redis.
    Redis(Arc<Node>),
}

/// Something that happened, for those who are to know of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A log has another entry: for those inside the room or the two people.
    Entry {
        /// Whose.
        log: LogKey,
        /// Names the log's present life.
        epoch: String,
        /// What was stored.
        entry: Entry,
    },
    /// For everybody inside a room but one.
    Room {
        /// Which.
        room: RoomId,
        /// What they are told.
        message: ServerMessage,
        /// Who is not told.
        but: Option<IdentityId>,
    },
    /// For one person.
    Person {
        /// Whom.
        identity: IdentityId,
        /// What they are told.
        message: ServerMessage,
    },
    /// For whoever has another role in a room from now on.
    Role {
        /// Where.
        room: RoomId,
        /// Who.
        identity: IdentityId,
        /// What the room gives them; their sign-in may give them more.
        role: Role,
    },
}

impl Backplane {
    /// The connection that the settings ask for: whoever keeps everything in Redis may have others
    /// beside them there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if Redis does not answer.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, StoreError> {
        if settings.store.redis_url.is_empty() {
            return Ok(Self::Local);
        }
        Ok(Self::Redis(Arc::new(Node::open(settings).await?)))
    }

    /// Begins to hear what the other nodes tell, until the server stops.
    pub(crate) fn start(&self, app: &Arc<App>) {
        if let Self::Redis(node) = self {
            node.start(app);
        }
    }

    /// What the other nodes are to know of this one.
    pub(crate) fn mirror(&self) -> Arc<Mirror> {
        match self {
            Self::Local => Arc::default(),
            Self::Redis(node) => Arc::clone(&node.mirror),
        }
    }

    /// The names that are taken, here and elsewhere.
    pub(crate) fn names(&self) -> Arc<Names> {
        match self {
            Self::Local => Arc::default(),
            Self::Redis(node) => Arc::clone(&node.names),
        }
    }

    /// The numbers for participants here.
    pub(crate) fn numbers(&self) -> Arc<Numbers> {
        match self {
            Self::Local => Arc::new(Numbers::all()),
            Self::Redis(node) => Arc::clone(&node.numbers),
        }
    }

    /// Whether this is the node of that name.
    pub(crate) fn is(&self, node: &NodeId) -> bool {
        matches!(self, Self::Redis(own) if own.is(node))
    }

    /// Takes an event to everybody who is to know of it, on every node. Never waits.
    pub(crate) fn publish(&self, event: Event, app: &Arc<App>) {
        if let Self::Redis(node) = self {
            // Somebody has one session: whose is here has none elsewhere.
            let here = matches!(&event, Event::Person { identity, .. } if app.roster.of(identity).is_some());
            if !here {
                node.mirror.happened(&event);
            }
        }
        deliver(event, app);
    }

    /// Has another node do something, and waits for what comes of it.
    ///
    /// # Errors
    /// Those of the other node; `busy` if it does not answer within `nodes.answer_ms`.
    pub(crate) async fn order(&self, to: &NodeId, order: Order) -> Result<Done, Fault> {
        match self {
            // Nobody is anywhere else.
            Self::Local => Err(no_participant()),
            Self::Redis(node) => node.orders.give(&node.mirror, to, order).await,
        }
    }

    /// Another node has answered.
    pub(crate) fn answered(&self, id: u64, answer: Answer) {
        if let Self::Redis(node) = self {
            node.orders.answered(id, answer);
        }
    }

    /// Tells the other nodes that this one has stopped.
    pub(crate) async fn farewell(&self) {
        if let Self::Redis(node) = self {
            node.farewell().await;
        }
    }
}

/// Delivers an event to the people of this node, whichever node it comes from.
fn deliver(event: Event, app: &Arc<App>) {
    match event {
        Event::Entry { log, epoch, entry } => chat::take_entry(app, log, epoch, entry),
        Event::Room { room, message, but } => {
            if let Some(room) = app.presence.rooms().find(&room) {
                room.tell_all(&encode(&message), but.as_ref());
            }
        }
        Event::Person { identity, message } => {
            if let Some(session) = app.roster.of(&identity) {
                session.send(&message);
            }
        }
        Event::Role { room, identity, role } => {
            if let Some(session) = app.roster.of(&identity)
                && let Some(found) = app.presence.rooms().find(&room)
            {
                let role =
                    found.granted(session.visitor()).map_or(role, |granted| role.max(granted));
                session.send(&ServerMessage::RoomRole { room, role });
            }
        }
    }
}
