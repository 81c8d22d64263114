//! Conversations between two people: their list, and what has reached whom.
//!
//! Owns delivery and its receipts. What is written there is `chat`'s, as everywhere.

use std::sync::Arc;

use hearth_protocol::{Avatar, DirectSummary, Fault, IdentityId, Person, ServerMessage};

use crate::{
    App,
    backplane::Event,
    identity::{Entrant, unavailable},
    roster::Session,
    store::{DirectRecord, LogKey},
};

/// Most conversations in the list.
const LIST: usize = 200;

/// `direct:list`. What is listed has reached whoever asks.
///
/// # Errors
/// `busy`: the store does not answer.
pub(crate) async fn list(app: &Arc<App>, session: &Session) -> Result<Vec<DirectSummary>, Fault> {
    app.limits.reading(&session.identity)?;
    let records = records(app, session).await?;
    let others: Vec<_> = records.iter().map(|record| record.other.clone()).collect();
    let known = app.store.people(&others).await.map_err(|error| unavailable(&error))?;
    let mut conversations = Vec::new();
    for (record, known) in records.into_iter().zip(known) {
        let DirectRecord { other, head, last, read, read_by_other, delivered_to_other } = record;
        let online = app.roster.online(&other);
        let person = match (&online, known) {
            (Some(online), _) => online.person(),
            (None, Some(known)) => Entrant::from(known).person(),
            (None, None) => forgotten(&other),
        };
        if read.unread > 0 {
            let log = LogKey::direct(session.identity.clone(), other.clone());
            reached(app, session, &other, &log, head.position.seq);
        }
        conversations.push(DirectSummary {
            person,
            online: online.is_some(),
            last,
            position: head.position,
            read,
            read_by_other,
            delivered_to_other,
        });
    }
    Ok(conversations)
}

/// The logs of somebody's conversations.
///
/// # Errors
/// `busy`: the store does not answer.
pub(crate) async fn logs(app: &App, session: &Session) -> Result<Vec<LogKey>, Fault> {
    let records = records(app, session).await?;
    let own = &session.identity;
    Ok(records.into_iter().map(|it| LogKey::direct(own.clone(), it.other)).collect())
}

/// Those with whom somebody has a conversation.
///
/// # Errors
/// `busy`: the store does not answer.
pub(crate) async fn acquaintances(app: &App, session: &Session) -> Result<Vec<IdentityId>, Fault> {
    Ok(records(app, session).await?.into_iter().map(|record| record.other).collect())
}

/// What is up to `seq` is on its way to this session: once its socket is there, that is a
/// delivery.
pub(crate) fn reached(
    app: &Arc<App>,
    session: &Session,
    other: &IdentityId,
    log: &LogKey,
    seq: u64,
) {
    if seq == 0 {
        return;
    }
    if !session.outbox.is_connected() {
        let mut waiting = session.undelivered.lock();
        let farthest = waiting.entry(other.clone()).or_default();
        *farthest = seq.max(*farthest);
        return;
    }
    let (app, own, other, log) =
        (Arc::clone(app), session.identity.clone(), other.clone(), log.clone());
    tokio::spawn(async move {
        // If the store refuses, the next delivery says it for this one, too.
        if app.store.mark_delivered(&own, &log, seq).await.is_ok() {
            tell_receipt(&app, own, other, seq, 0);
        }
    });
}

/// The socket is there again: what had waited for it is delivered.
pub(crate) fn came_back(app: &Arc<App>, session: &Session) {
    let waiting = std::mem::take(&mut *session.undelivered.lock());
    for (other, seq) in waiting {
        let log = LogKey::direct(session.identity.clone(), other.clone());
        reached(app, session, &other, &log, seq);
    }
}

/// Tells the other how far something has come to this person.
pub(crate) fn tell_receipt(
    app: &Arc<App>,
    person: IdentityId,
    other: IdentityId,
    delivered: u64,
    read: u64,
) {
    let message = ServerMessage::DirectReceipt { person, delivered, read };
    app.publish(Event::Person { identity: other, message });
}

async fn records(app: &App, session: &Session) -> Result<Vec<DirectRecord>, Fault> {
    app.store.directs(&session.identity, LIST).await.map_err(|error| unavailable(&error))
}

/// Somebody whom the store has forgotten, but not what they wrote.
fn forgotten(identity: &IdentityId) -> Person {
    let name = identity.0.chars().take(8).collect();
    Person { identity: identity.clone(), name, avatar: Avatar::default(), status: None }
}
