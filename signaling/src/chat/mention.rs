//! Telling those who are mentioned in a room that they are not in.
//!
//! Owns who is told. Those inside hear of the message anyway.

use std::sync::Arc;

use hearth_protocol::{ChatMessage, Conversation, ServerMessage};

use super::conversation::is_inside;
use crate::{
    App,
    room::Room,
    roster::Session,
    store::{LogKey, StoreError},
};

/// Tells everybody mentioned in `message` who is online, not inside, and may read there.
pub(super) fn tell(app: &Arc<App>, room: &Arc<Room>, message: &ChatMessage) {
    let others = message.mentions.iter().filter(|one| **one != message.author.identity);
    for session in others.filter_map(|one| app.roster.of(one)) {
        let (app, room, message) = (Arc::clone(app), Arc::clone(room), message.clone());
        tokio::spawn(async move {
            if let Err(error) = tell_one(&app, &room, &session, message).await {
                // The message itself can be found later.
                tracing::debug!(%error, "a mention was not told");
            }
        });
    }
}

async fn tell_one(
    app: &App,
    room: &Room,
    session: &Session,
    message: ChatMessage,
) -> Result<(), StoreError> {
    if is_inside(app, session, room.id()) || room.admits_reader(session.visitor()).is_err() {
        return Ok(());
    }
    let log = LogKey::Room(room.id().clone());
    let marks = app.store.marks(&session.identity, std::slice::from_ref(&log)).await?;
    let read = marks.into_iter().next().unwrap_or_default();
    let conversation = Conversation::Room(room.id().clone());
    session.send(&ServerMessage::ChatMention { conversation, message, read });
    Ok(())
}
