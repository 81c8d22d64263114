//! One room that a session walked into.
//!
//! Owns walking in and out. The people inside are kept by the connection, so that no delta is
//! missed; never holds a copy of its own.

use hearth_protocol::{Ack, ClientMessage, JoinRoom, ParticipantNumber, RoomId, RoomSummary};
use tokio::sync::watch;

use crate::{Connection, Error, People};

/// A room that one is in. Dropping it changes nothing; [`Room::leave`] walks out.
#[derive(Debug, Clone)]
pub struct Room {
    connection: Connection,
    id: RoomId,
    you: ParticipantNumber,
}

impl Room {
    /// Walks into a room, out of the one before.
    ///
    /// # Errors
    /// [`Error::Refused`] with `room_not_found` or `room_full`; those of [`Connection::request`].
    pub async fn join(connection: &Connection, room: &str) -> Result<Self, Error> {
        Self::enter(connection, room, false).await
    }

    /// Walks from here into another room and takes the voice along, without a negotiation.
    ///
    /// # Errors
    /// As [`Room::join`]; one is then still here.
    pub async fn walk_to(&self, room: &str) -> Result<Self, Error> {
        Self::enter(&self.connection, room, true).await
    }

    async fn enter(connection: &Connection, room: &str, with_voice: bool) -> Result<Self, Error> {
        let id = RoomId(room.to_owned());
        let asked = JoinRoom { room: id.clone(), with_voice, position: None, password: None };
        let asked = ClientMessage::RoomJoin(asked);
        match connection.request(asked).await? {
            Ack::RoomJoin { snapshot } => {
                Ok(Self { connection: connection.clone(), id, you: snapshot.you })
            }
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// All rooms of the server, in the order in which they are shown.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn list(connection: &Connection) -> Result<Vec<RoomSummary>, Error> {
        match connection.request(ClientMessage::RoomList {}).await? {
            Ack::RoomList { rooms, .. } => Ok(rooms),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// Which room.
    #[must_use]
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// Which participant one is: also the CSRC of one's own voice at the others.
    #[must_use]
    pub fn you(&self) -> ParticipantNumber {
        self.you
    }

    /// The session.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Who is here, now and as it changes; `None` when one is in no room any more.
    #[must_use]
    pub fn people(&self) -> watch::Receiver<Option<People>> {
        self.connection.people()
    }

    /// Waits until the people here are as `wanted`, and returns them.
    ///
    /// # Errors
    /// [`Error::Cut`] when the room is lost meanwhile.
    pub async fn until(&self, wanted: impl Fn(&People) -> bool) -> Result<People, Error> {
        let mut people = self.people();
        let found = people.wait_for(|now| now.as_ref().is_none_or(&wanted)).await;
        found.ok().and_then(|now| now.clone()).ok_or(Error::Cut)
    }

    /// Walks out.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn leave(self) -> Result<(), Error> {
        self.connection.request(ClientMessage::RoomLeave {}).await.map(drop)
    }
}
