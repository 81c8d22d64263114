//! What nodes tell each other: the shapes.
//!
//! Owns what travels between nodes, which is no one else's to read. Everything about people is
//! absolute, so that to hear it twice does no harm.

use std::fmt;

use hearth_protocol::{IdentityId, LeftReason, Participant, ParticipantNumber, RoomId};
use serde::{Deserialize, Serialize};

use super::{
    Event,
    orders::{Answer, Order},
};
use crate::identity::{Entrant, random_hex};

/// Names a node for as long as its process runs; one that is started again is another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct NodeId(pub(super) String);

impl NodeId {
    /// A name that no other process has.
    pub(super) fn new() -> Self {
        Self(random_hex::<8>())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a node tells at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Telling {
    /// Who tells it.
    pub(super) node: NodeId,
    /// Counts what this node has told, from 1. Without `news` it is the last number that was
    /// given: whoever has not heard that one has missed something.
    pub(super) number: u64,
    pub(super) news: Vec<News>,
}

/// One thing that happened on the node that tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum News {
    /// For people on any node.
    Happened(Box<Event>),
    /// Somebody is in a room, as they are now.
    Present { room: RoomId, participant: Participant },
    /// Somebody is in no room any more as this participant.
    Left { number: ParticipantNumber, reason: LeftReason },
    /// Somebody's session is here.
    Online(Online),
    /// It has ended.
    Offline { identity: IdentityId, serial: u64 },
    /// There are other rooms, or a room is another: the store knows.
    Rooms,
    /// Somebody was banned from that room, or is let in again: the store knows.
    Bans { room: RoomId },
    /// That node is to do something, and to answer under this number.
    Order { to: NodeId, id: u64, order: Order },
    /// What came of an order of that node's.
    Answer { to: NodeId, id: u64, answer: Answer },
    /// That node is to tell everything about its people.
    Ask { of: NodeId },
    /// It does.
    Everybody(Part),
}

/// Somebody who has a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Online {
    pub(super) who: Entrant,
    /// Of two sessions of one identity, the one with the greater serial is the newer.
    pub(super) serial: u64,
}

/// A part of everything about a node's people. The parts follow each other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) present: Vec<(RoomId, Participant)>,
    pub(super) online: Vec<Online>,
}
