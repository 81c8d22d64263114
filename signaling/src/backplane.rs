//! Carries what happens in a room to everybody who is to know, on whichever node they are.
//!
//! The only way from a room to its people. One node now: what is published is delivered at once
//! and in order. With several nodes, this is where events leave for the others and arrive from
//! them, while each room still has one node where its truth lives.

use axum::extract::ws::Utf8Bytes;
use hearth_protocol::ServerMessage;

use crate::roster::{Session, encode};

/// How nodes are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backplane {
    /// This process is the only node.
    #[default]
    Local,
}

impl Backplane {
    /// Tells `message` to these sessions: serialised once, the bytes shared. Never waits.
    pub fn publish<'a>(self, message: &ServerMessage, to: impl Iterator<Item = &'a Session>) {
        let mut frame: Option<Utf8Bytes> = None;
        match self {
            Self::Local => {
                for session in to {
                    let frame = frame.get_or_insert_with(|| encode(message));
                    session.outbox.push(frame.clone());
                }
            }
        }
    }
}
