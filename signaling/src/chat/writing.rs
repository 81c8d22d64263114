//! Writing, changing, taking away, reacting.
//!
//! Owns the order: may this person, is it well-formed, rate, store, then tell. Never loses what
//! was stored on the way to those who are to be told, whatever becomes of the writer.

use std::sync::Arc;

use hearth_protocol::{
    Author, Body, ChatMessage, DeleteMessage, EditMessage, ErrorCode, Fault, IdentityId, MessageId,
    React, Role, RoomId, SendText, SendVoice, Sent, SystemEvent,
};

use super::{
    checking,
    conversation::{Scene, With, is_known, to_write},
    invalid, no_message, refused, telling, text,
};
use crate::{
    App,
    backplane::Event,
    clock::now_ms,
    identity::random_hex,
    names,
    roster::Session,
    store::{Appended, LogKey, NewChange, NewEntry, StoreError},
};

/// Most values of a sound's loudness.
const PEAKS: usize = 64;

/// By how much what is said of a sound's length may differ from what was found, ms.
const DURATION_SLACK_MS: u32 = 1000;

/// `chat:send`.
///
/// # Errors
/// As [`to_write`]; `message_invalid`, `message_conflict`, `message_not_found` (the reply's
/// original), `rate_limited`, `busy`.
pub(crate) async fn send(app: &Arc<App>, session: &Session, ask: SendText) -> Result<Sent, Fault> {
    app.limits.chat(&session.identity)?;
    let scene = to_write(app, session, &ask.conversation).await?;
    text::check_id(&ask.message)?;
    let body = Body::Text { text: text::tidy(&ask.text)? };
    let mentions = checked_mentions(app, session, &scene, ask.mentions).await?;
    store_message(app, session, scene, ask.message, body, ask.reply_to, mentions).await
}

/// `chat:voice`.
///
/// # Errors
/// As [`send`]; `blob_not_found`, `blob_invalid`.
pub(crate) async fn send_voice(
    app: &Arc<App>,
    session: &Session,
    ask: SendVoice,
) -> Result<Sent, Fault> {
    app.limits.chat(&session.identity)?;
    let scene = to_write(app, session, &ask.conversation).await?;
    text::check_id(&ask.message)?;
    if ask.peaks.is_empty() || ask.peaks.len() > PEAKS {
        return Err(invalid("A sound's loudness is told by 1–64 values."));
    }
    let longest = app.settings.blobs.max_duration;
    let longest = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX);
    if ask.duration_ms == 0 || ask.duration_ms > longest {
        return Err(Fault::new(
            ErrorCode::BlobInvalid,
            format!("A sound is at most {} s long.", longest / 1000),
        ));
    }
    let blob = app.store.blob(&ask.blob).await.map_err(refused)?;
    // A sound that is in use may be this very message, sent once more: the store tells them apart.
    let blob = blob.filter(|blob| {
        blob.owner == session.identity && blob.used_in.as_ref().is_none_or(|log| *log == scene.log)
    });
    let blob = blob.ok_or_else(|| {
        Fault::new(ErrorCode::BlobNotFound, "There is no such sound of yours to send.")
    })?;
    let body = Body::Voice {
        blob: ask.blob,
        mime: blob.mime,
        bytes: blob.bytes,
        duration_ms: duration(ask.duration_ms, blob.duration_ms, longest),
        peaks: ask.peaks,
    };
    store_message(app, session, scene, ask.message, body, ask.reply_to, Vec::new()).await
}

/// `chat:edit`.
///
/// # Errors
/// As [`to_write`]; `message_invalid`, `message_not_found`, `forbidden`, `rate_limited`, `busy`.
pub(crate) async fn edit(app: &Arc<App>, session: &Session, ask: EditMessage) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let scene = to_write(app, session, &ask.conversation).await?;
    let text = text::tidy(&ask.text)?;
    let mentions = checked_mentions(app, session, &scene, ask.mentions).await?;
    let message = find(app, &scene.log, ask.of).await?;
    match message.body {
        Body::Text { .. } if message.author.identity == session.identity => {}
        Body::Deleted { .. } => return Err(no_message()),
        _ => return Err(forbidden("One's own text messages can be changed, no others.")),
    }
    let change = NewChange::Edit { of: ask.of, text, mentions };
    append(app, &scene.log, session.author(), change).await.map(drop)
}

/// `chat:delete`.
///
/// # Errors
/// As [`to_write`]; `message_not_found`, `forbidden`, `rate_limited`, `busy`.
pub(crate) async fn delete(
    app: &Arc<App>,
    session: &Session,
    ask: DeleteMessage,
) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let scene = to_write(app, session, &ask.conversation).await?;
    let message = find(app, &scene.log, ask.of).await?;
    let moderates = match &scene.with {
        With::Room(room) => room.role_of(session) >= Role::Moderator,
        With::Person(_) => false,
    };
    match message.body {
        Body::Deleted { .. } => return Ok(()),
        Body::Text { .. } | Body::Voice { .. }
            if moderates || message.author.identity == session.identity => {}
        _ => return Err(forbidden("This message is not yours to take away.")),
    }
    append(app, &scene.log, session.author(), NewChange::Delete { of: ask.of }).await.map(drop)
}

/// `chat:react`.
///
/// # Errors
/// As [`to_write`]; `message_invalid`, `message_not_found`, `too_many_reactions`,
/// `rate_limited`, `busy`.
pub(crate) async fn react(app: &Arc<App>, session: &Session, ask: React) -> Result<(), Fault> {
    app.limits.chat(&session.identity)?;
    let scene = to_write(app, session, &ask.conversation).await?;
    if !names::is_emoji(&ask.emoji) {
        return Err(invalid("A reaction is exactly one emoji."));
    }
    let change = NewChange::React { of: ask.of, emoji: ask.emoji, on: ask.on, most: text::EMOJI };
    append(app, &scene.log, session.author(), change).await.map(drop)
}

/// Writes down what happened in a room. A store that refuses it is logged: what happened has
/// happened.
pub(crate) async fn note(app: &Arc<App>, room: &RoomId, by: Author, event: SystemEvent) {
    note_in(app, &LogKey::Room(room.clone()), by, event).await;
}

/// As [`note`], in any conversation.
pub(crate) async fn note_in(app: &Arc<App>, log: &LogKey, by: Author, event: SystemEvent) {
    let change = NewChange::Message {
        id: MessageId(random_hex::<16>()),
        body: Body::System { event },
        reply_to: None,
        mentions: Vec::new(),
    };
    if let Err(fault) = append(app, log, by, change).await {
        tracing::warn!(code = fault.code.as_str(), "what happened could not be written down");
    }
}

/// What is told of a sound's length: what its sender says, unless something else was found. Who has
/// decoded the sound knows it better than its container does, but not by far.
fn duration(said_ms: u32, found_ms: Option<u32>, longest_ms: u32) -> u32 {
    match found_ms {
        Some(found_ms) if said_ms.abs_diff(found_ms) > DURATION_SLACK_MS => {
            found_ms.clamp(1, longest_ms)
        }
        Some(_) | None => said_ms,
    }
}

async fn store_message(
    app: &Arc<App>,
    session: &Session,
    scene: Scene,
    id: MessageId,
    body: Body,
    reply_to: Option<u64>,
    mentions: Vec<IdentityId>,
) -> Result<Sent, Fault> {
    let change = NewChange::Message { id: id.clone(), body, reply_to, mentions };
    match append(app, &scene.log, session.author(), change).await? {
        Appended::New { entry, position, .. } => {
            metrics::counter!("hearth_chat_messages_total").increment(1);
            Ok(Sent { message: id, position, at_ms: entry.at_ms })
        }
        Appended::Known { position, at_ms } => Ok(Sent { message: id, position, at_ms }),
        Appended::Unchanged => Err(no_message()),
    }
}

/// Stores an entry and publishes it: as one, even if whoever asked is gone by then.
async fn append(
    app: &Arc<App>,
    log: &LogKey,
    by: Author,
    change: NewChange,
) -> Result<Appended, Fault> {
    let lane = app.lanes.open(log).await.map_err(refused)?;
    let entry = NewEntry { by, at_ms: now_ms(), change };
    let (app, log) = (Arc::clone(app), log.clone());
    let appending = tokio::spawn(async move {
        let mut appended = app.store.append(&log, entry.clone()).await;
        if appended == Err(StoreError::Missing) && checking::revive(&app).await {
            appended = app.store.append(&log, entry).await;
        }
        match &appended {
            Ok(Appended::New { entry, position, .. }) => {
                let (entry, epoch) = (entry.clone(), position.epoch.clone());
                app.publish(Event::Entry { log, epoch, entry });
            }
            Ok(Appended::Known { .. } | Appended::Unchanged) => {}
            // It may have been stored all the same.
            Err(StoreError::Unavailable(_)) => telling::fetch_later(&app, lane),
            Err(_) => {}
        }
        appended
    });
    let appended = appending.await.map_err(|_| {
        Fault::new(ErrorCode::Internal, "The server failed over this message. Try again.")
    })?;
    appended.map_err(refused)
}

async fn find(app: &App, log: &LogKey, of: u64) -> Result<ChatMessage, Fault> {
    app.store.message(log, of).await.map_err(refused)?.ok_or_else(no_message)
}

/// Everybody mentioned, once, if all of them are known and can come to see it.
async fn checked_mentions(
    app: &App,
    session: &Session,
    scene: &Scene,
    raw: Vec<IdentityId>,
) -> Result<Vec<IdentityId>, Fault> {
    let mentions = text::mentions(raw)?;
    for identity in &mentions {
        let meant = match &scene.with {
            With::Room(_) => is_known(app, identity).await?,
            With::Person(other) => identity == other || *identity == session.identity,
        };
        if !meant {
            return Err(invalid("Somebody is mentioned whom nobody knows here."));
        }
    }
    Ok(mentions)
}

fn forbidden(message: &str) -> Fault {
    Fault::new(ErrorCode::Forbidden, message)
}
