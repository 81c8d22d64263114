//! Telling what was written: to those inside a room, or to the two people.
//!
//! Owns who hears of an entry. The lanes see to it that each is told once and in order.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use hearth_protocol::{Change, Conversation, Entry, IdentityId, Position, ServerMessage};

use super::mention;
use crate::{
    App, direct,
    lanes::{Lane, News},
    roster::{Session, encode},
    store::{LogHead, LogKey, StoreError},
};

/// Takes an entry that was stored, on this node or another, and tells it in its turn.
pub(crate) fn take_entry(app: &Arc<App>, log: LogKey, epoch: String, entry: Entry) {
    let lane = match (app.lanes.get(&log), &log) {
        (Some(lane), _) => lane,
        // The lanes of rooms begin with them: this one is not known here yet, or not any more.
        (None, LogKey::Room(_)) => return,
        // Of a log that nobody here had to do with yet, nothing was missed.
        (None, LogKey::Direct(..)) => {
            let seq = entry.seq.saturating_sub(1);
            let position = Position { epoch: epoch.clone(), seq, tag: 0 };
            app.lanes.begin(&log, LogHead { position, messages: 0 })
        }
    };
    let told = |log: &LogKey, news: News<'_>, messages| tell(app, log, news, messages);
    if app.lanes.take(&lane, &epoch, entry, &told) {
        let app = Arc::clone(app);
        tokio::spawn(async move {
            let told = |log: &LogKey, news: News<'_>, messages| tell(&app, log, news, messages);
            app.lanes.mend(&lane, &told).await;
        });
    }
}

/// Looks, after a while, for what was stored although the store said otherwise.
pub(super) fn fetch_later(app: &Arc<App>, lane: Arc<Lane>) {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let told = |log: &LogKey, news: News<'_>, messages| tell(&app, log, news, messages);
        app.lanes.look_again(&lane, &told).await;
    });
}

/// Tells what the log has and was not told here, or that it is not what was told.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn tell_missed(app: &Arc<App>, lane: &Lane) -> Result<(), StoreError> {
    let told = |log: &LogKey, news: News<'_>, messages| tell(app, log, news, messages);
    match app.lanes.fetch(lane, &told).await {
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        // Any other error means that the log is gone.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Tells one of two people an entry of which they may have missed the telling.
pub(crate) fn tell_again(app: &Arc<App>, session: &Session, log: &LogKey, entry: &Entry) {
    if let LogKey::Direct(one, other) = log {
        let whom = &session.identity;
        tell_one(app, whom, if whom == one { other } else { one }, log, entry);
    }
}

fn tell(app: &Arc<App>, log: &LogKey, news: News<'_>, messages: u64) -> Option<Utf8Bytes> {
    match (log, news) {
        (LogKey::Room(id), news) => {
            let room = app.presence.rooms().find(id)?;
            app.presence.wrote(&room, messages);
            let conversation = Conversation::Room(id.clone());
            let News::Entry(entry) = news else {
                room.tell_all(&encode(&ServerMessage::ChatAnew { conversation }), None);
                return None;
            };
            let frame = encode(&ServerMessage::ChatEntry { conversation, entry: entry.clone() });
            room.tell_all(&frame, None);
            if let Change::Message { message } = &entry.change {
                mention::tell(app, &room, message);
            }
            Some(frame)
        }
        (LogKey::Direct(one, other), News::Entry(entry)) => {
            tell_one(app, one, other, log, entry);
            tell_one(app, other, one, log, entry);
            None
        }
        (LogKey::Direct(one, other), News::Anew) => {
            for (whom, with) in [(one, other), (other, one)] {
                if let Some(session) = app.roster.of(whom) {
                    let conversation = Conversation::Person(with.clone());
                    session.send(&ServerMessage::ChatAnew { conversation });
                }
            }
            None
        }
    }
}

fn tell_one(app: &Arc<App>, whom: &IdentityId, other: &IdentityId, log: &LogKey, entry: &Entry) {
    let Some(session) = app.roster.of(whom) else { return };
    let conversation = Conversation::Person(other.clone());
    session.send(&ServerMessage::ChatEntry { conversation, entry: entry.clone() });
    let own = match &entry.change {
        Change::Message { message } => message.author.identity == *whom,
        Change::Deleted { by, .. } | Change::Reacted { by, .. } => by == whom,
        Change::Edited { .. } => false,
    };
    if !own {
        direct::reached(app, &session, other, log, entry.seq);
    }
}
