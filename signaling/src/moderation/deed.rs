//! What moderators do to people who are inside, on whichever node these are.
//!
//! Owns that it is done on the node on which somebody is, and to everybody inside who is the same
//! person. Whether it may be done was decided before, on the moderator's node.

use std::sync::Arc;

use futures_util::future::join_all;
use hearth_protocol::{ErrorCode, Fault, ParticipantNumber, RoomId, SentOut};
use serde::{Deserialize, Serialize};

use super::{find, send_out};
use crate::{
    App,
    backplane::{Answer, Done, Order},
    room::{Room, ToldBy},
    walk::{Walk, no_participant},
};

/// Something done to a participant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Their voice is taken, or given back.
    Mute { muted: bool },
    /// Their hearing is.
    Deafen { deafened: bool },
    /// They are sent out.
    Kick { by: String, reason: Option<String> },
    /// They are taken to another room.
    Move { by: String, to: RoomId },
}

impl Deed {
    /// Does it to everybody inside who is this person; whether that made a difference.
    ///
    /// # Errors
    /// `participant_not_found` if they have left; `busy` if the node that they are on does not
    /// answer. What could be done is done.
    pub(super) async fn to_all_of(
        &self,
        app: &Arc<App>,
        room: &Room,
        number: ParticipantNumber,
    ) -> Result<bool, Fault> {
        let selves = room.selves(number);
        let each = selves.iter().map(|one| self.to_one(app, *one));
        let mut made = Ok(false);
        for (one, done) in selves.iter().zip(join_all(each).await) {
            match done {
                Ok(changed) => made = made.map(|before| before | changed),
                Err(fault) if fault.code == ErrorCode::ParticipantNotFound && *one != number => {}
                Err(fault) => made = Err(fault),
            }
        }
        made
    }

    /// Does it to one participant; whether that made a difference.
    ///
    /// # Errors
    /// `participant_not_found`, `busy`; those of walking in.
    pub(super) async fn to_one(
        &self,
        app: &Arc<App>,
        number: ParticipantNumber,
    ) -> Result<bool, Fault> {
        let Some((room, node)) = app.presence.whereabouts(number) else {
            return Err(no_participant());
        };
        match node {
            Some(node) => {
                let order = Order::Deed { number, deed: self.clone() };
                app.order(&node, order).await.map(|done| done.changed)
            }
            None => self.here(app, &room, number).await,
        }
    }

    /// Does it to somebody on this node.
    async fn here(
        &self,
        app: &Arc<App>,
        room: &Room,
        number: ParticipantNumber,
    ) -> Result<bool, Fault> {
        match self {
            Self::Mute { muted } => {
                let changed = app.presence.server_muted(number, *muted);
                app.settle_voice(number);
                Ok(changed)
            }
            Self::Deafen { deafened } => {
                let changed = app.presence.server_deafened(number, *deafened);
                app.settle_voice(number);
                Ok(changed)
            }
            Self::Kick { by, reason } => {
                let out = SentOut::Kicked { by: by.clone(), reason: reason.clone() };
                send_out(app, room, number, out);
                Ok(true)
            }
            Self::Move { by, to } => {
                let to = find(app, to)?;
                let moved = room.session_of(number).ok_or_else(|| {
                    let message = "Whoever came by WHIP or WHEP cannot be moved.";
                    Fault::new(ErrorCode::Forbidden, message)
                })?;
                // Their own door, but for the lock: the moderator opens it.
                to.check_entry(moved.visitor())?;
                let walk = Walk::begin(app, &moved, &to, None).await?;
                walk.end(app, ToldBy::Moved(by.clone()), true, Some(number))?;
                Ok(true)
            }
        }
    }
}

/// Does what another node asks for.
///
/// # Errors
/// `participant_not_found`; those of walking in.
pub(crate) async fn obey(app: &Arc<App>, order: Order) -> Answer {
    match order {
        Order::Deed { number, deed } => {
            let room = app.presence.room_of(number).ok_or_else(no_participant)?;
            let changed = deed.here(app, &room, number).await?;
            Ok(Done { changed, address: None })
        }
        Order::Address { identity } => {
            let address = app.roster.of(&identity).and_then(|there| there.visitor().address);
            Ok(Done { changed: false, address })
        }
    }
}
