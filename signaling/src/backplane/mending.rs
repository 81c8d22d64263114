//! What was missed of what other nodes did: which rooms there are, and what was written.
//!
//! Owns nothing; the store knows it all, and is asked. To do it once too often does no harm.

use std::{sync::Arc, time::Duration};

use hearth_protocol::{Change, Entry, SentOut};
use tokio::task::JoinHandle;

use super::neighbours::Neighbours;
use crate::{
    App, chat, moderation,
    store::{LogKey, StoreError},
};

/// Conversations of one person that are looked at.
const CONVERSATIONS: usize = 50;

/// How soon the store is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// Mends what is marked as missed. What the store refuses stays marked.
pub(super) async fn mend(others: &mut Neighbours, app: &Arc<App>) {
    if others.rooms {
        match rooms(others, app).await {
            Ok(()) => others.rooms = false,
            Err(error) => return tracing::debug!(%error, "the rooms could not be read again"),
        }
    }
    while let Some(id) = others.bans.first().cloned() {
        if let Some(room) = app.presence.rooms().find(&id)
            && let Err(error) = moderation::refresh_bans(app, &room).await
        {
            return tracing::debug!(%error, "who is banned could not be read again");
        }
        others.bans.remove(&id);
    }
    // One after the other: what was missed since the last one began is looked for by the next.
    if others.logs && others.looking.as_ref().is_none_or(JoinHandle::is_finished) {
        match chat::check(app).await {
            Ok(()) => {
                others.logs = false;
                others.looking = Some(tokio::spawn(look(Arc::clone(app))));
            }
            Err(error) => tracing::debug!(%error, "the logs could not be read again"),
        }
    }
}

async fn rooms(others: &Neighbours, app: &Arc<App>) -> Result<(), StoreError> {
    app.presence.rooms().revive().await?;
    let changes = app.presence.rooms().refresh().await?;
    for room in changes.gone {
        app.lanes.forget(&LogKey::Room(room.id().clone()));
        moderation::clear(app, &room, &SentOut::Deleted {});
    }
    for room in &changes.new {
        others.fill(room, app);
    }
    let (mut rooms, mut logs) = (Vec::new(), Vec::new());
    for room in app.presence.rooms().all() {
        let log = LogKey::Room(room.id().clone());
        if app.lanes.get(&log).is_none() {
            rooms.push(room);
            logs.push(log);
        }
    }
    for ((room, log), head) in rooms.iter().zip(&logs).zip(app.store.heads(&logs).await?) {
        app.presence.wrote(room, head.messages);
        app.lanes.begin(log, head);
    }
    Ok(())
}

/// Looks at what is asked of the store one by one, room by room and person by person.
async fn look(app: Arc<App>) {
    for room in app.presence.rooms().all() {
        while moderation::refresh_bans(&app, &room).await.is_err() {
            if app.is_stopping() {
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    }
    directs(app).await;
}

/// Tells everybody here the last message of every conversation in which something is unread: of
/// those in which nothing was under way here, nobody knows what was missed. Whoever misses others
/// before it asks for them.
async fn directs(app: Arc<App>) {
    for session in app.roster.all() {
        let directs = loop {
            match app.store.directs(&session.identity, CONVERSATIONS).await {
                Ok(directs) => break directs,
                Err(_) if app.is_stopping() => return,
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        };
        for direct in directs {
            let Some(message) = direct.last.filter(|_| direct.read.unread > 0) else { continue };
            let log = LogKey::direct(session.identity.clone(), direct.other);
            let head = direct.head.position;
            let (seq, at_ms) = (message.seq, message.at_ms);
            let tag = if seq == head.seq { head.tag } else { 0 };
            let entry = Entry { seq, tag, at_ms, change: Change::Message { message } };
            chat::tell_again(&app, &session, &log, &entry);
        }
    }
}
