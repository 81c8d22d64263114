//! What a session tells, as it happens.
//!
//! Owns nothing; see [`crate::Connection::events`].

use std::sync::Arc;

use hearth_protocol::ServerMessage;

use crate::Error;

/// Something that happened without being an answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The server said something of its own accord.
    Told(Arc<ServerMessage>),
    /// The session was cut; it is coming back by itself. Audio is not touched by this.
    Cut,
    /// The cut session goes on: nothing was missed, one is still in the room and its voice.
    Resumed,
    /// The session could not be resumed and began anew: one is in no room and has no voice.
    Anew,
    /// It is over, and will not come back.
    Ended(Error),
}
