//! Carries what happens to everybody who is to know, on whichever node they are.
//!
//! The only way from what happens to people. One node now: what is published is delivered at once.
//! With several nodes, this is where events leave for the others and arrive from them; each node
//! then delivers to its own people, and puts the entries of a log into their order itself.

use std::sync::Arc;

use hearth_protocol::{Entry, IdentityId, RoomId, ServerMessage};

use crate::{App, chat, roster::encode, store::LogKey};

/// How nodes are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backplane {
    /// This process is the only node.
    #[default]
    Local,
}

/// Something that happened, for those who are to know of it.
#[derive(Debug, Clone, PartialEq)]
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
}

impl Backplane {
    /// Takes an event to everybody who is to know of it, on every node. Never waits.
    pub fn publish(self, event: Event, app: &Arc<App>) {
        match self {
            Self::Local => deliver(event, app),
        }
    }
}

/// Delivers an event to the people of this node, whichever node it comes from.
pub fn deliver(event: Event, app: &Arc<App>) {
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
    }
}
