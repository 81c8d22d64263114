//! The rooms of a load, and what was acknowledged in each.
//!
//! Owns their making and the other half of the oracle: every number is given once.

use std::{collections::BTreeSet, net::SocketAddr};

use hearth_protocol::{Ack, ClientMessage, CreateRoom};

use super::seat::Seat;
use crate::Error;

/// The rooms, by their place in the plan.
pub(crate) struct Rooms {
    ids: Vec<String>,
    stored: Vec<BTreeSet<u64>>,
    twice: u64,
}

impl Rooms {
    /// `Load 1` and so on; made where they are not there.
    pub(crate) fn ready(address: &SocketAddr, count: u32) -> Result<Self, Error> {
        let mut seat = Seat::open(address)?;
        let there = match seat.ask(ClientMessage::RoomList {})? {
            Ack::RoomList { rooms, .. } => rooms,
            other => return Err(Error::Unexpected(format!("{other:?}"))),
        };
        let mut ids = Vec::new();
        for n in 1..=count {
            let name = format!("Load {n}");
            if let Some(known) = there.iter().find(|room| room.name == name) {
                ids.push(known.id.0.clone());
                continue;
            }
            let room = CreateRoom { name, icon: "🧪".into(), ..CreateRoom::default() };
            match seat.ask(ClientMessage::RoomCreate(room))? {
                Ack::RoomCreate { room } => ids.push(room.id.0),
                other => return Err(Error::Unexpected(format!("{other:?}"))),
            }
        }
        let stored = vec![BTreeSet::new(); ids.len()];
        Ok(Self { ids, stored, twice: 0 })
    }

    pub(crate) fn id(&self, room: usize) -> &str {
        &self.ids[room]
    }

    /// A message was acknowledged under this number.
    pub(crate) fn stored(&mut self, room: usize, seq: u64) {
        self.twice += u64::from(!self.stored[room].insert(seq));
    }

    /// The greatest number acknowledged; 0 if none was.
    pub(crate) fn last(&self, room: usize) -> u64 {
        self.stored[room].last().copied().unwrap_or(0)
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.stored.iter().map(|stored| stored.len() as u64).sum()
    }

    pub(crate) fn numbered_twice(&self) -> u64 {
        self.twice
    }
}
