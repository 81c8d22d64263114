//! Reading what was written: pages, what was missed, what was looked for, and how far one is.
//!
//! Owns the bounds of what is asked. The store has the answers.

use std::sync::Arc;

use hearth_protocol::{
    AskCatchUp, AskHistory, AskSearch, CatchUp, ErrorCode, Fault, Found, History, MarkRead,
    Position, ReadMark,
};

use super::{
    conversation::{With, readable, to_read},
    invalid, refused,
};
use crate::{
    App, direct,
    room::Room,
    roster::Session,
    store::{LogKey, Page, Search},
};

/// Messages on a page, unless another number is asked for.
const PAGE: usize = 50;
/// Most messages on a page.
const MAX_PAGE: usize = 100;
/// Most entries of a replay; who missed more takes the newest page and goes back from there.
const REPLAY: usize = 200;
/// Most hits on a page.
const MAX_HITS: usize = 50;
/// Longest search, characters.
const SEARCH_CHARS: usize = 200;
/// Most words of a search.
const WORDS: usize = 10;

/// What whoever walks into a room is shown of what is written there.
///
/// # Errors
/// `busy`: the store does not answer.
pub(crate) async fn begin(
    app: &App,
    session: &Session,
    room: &Room,
    position: Option<&Position>,
) -> Result<(CatchUp, ReadMark), Fault> {
    let log = LogKey::Room(room.id().clone());
    let chat = match position {
        Some(position) => app.store.catch_up(&log, position, REPLAY).await.map_err(refused)?,
        None => {
            let newest = Page::Newest { limit: PAGE };
            CatchUp::Gap { history: app.store.history(&log, newest).await.map_err(refused)? }
        }
    };
    let marks = app.store.marks(&session.identity, std::slice::from_ref(&log)).await;
    let read = marks.map_err(refused)?.into_iter().next().unwrap_or_default();
    Ok((chat, read))
}

/// `chat:history`.
///
/// # Errors
/// As one may not read there; `message_invalid`, `rate_limited`, `busy`.
pub(crate) async fn history(
    app: &Arc<App>,
    session: &Session,
    ask: AskHistory,
) -> Result<History, Fault> {
    app.limits.reading(&session.identity)?;
    let scene = to_read(app, session, &ask.conversation).await?;
    let limit = bounded(ask.limit, PAGE, MAX_PAGE)?;
    let page = match (ask.before, ask.after, ask.around) {
        (None, None, None) => Page::Newest { limit },
        (Some(seq), None, None) => Page::Before { seq, limit },
        (None, Some(seq), None) => Page::After { seq, limit },
        (None, None, Some(seq)) => Page::Around { seq, limit },
        _ => return Err(invalid("At most one of before, after and around is given.")),
    };
    let history = app.store.history(&scene.log, page).await.map_err(refused)?;
    if let With::Person(other) = &scene.with {
        let reached = history.messages.last().map_or(0, |message| message.seq);
        direct::reached(app, session, other, &scene.log, reached);
    }
    Ok(history)
}

/// `chat:catch_up`.
///
/// # Errors
/// As one may not read there; `rate_limited`, `busy`.
pub(crate) async fn catch_up(
    app: &Arc<App>,
    session: &Session,
    ask: AskCatchUp,
) -> Result<CatchUp, Fault> {
    app.limits.reading(&session.identity)?;
    let scene = to_read(app, session, &ask.conversation).await?;
    let caught_up = app.store.catch_up(&scene.log, &ask.position, REPLAY).await.map_err(refused)?;
    if let With::Person(other) = &scene.with {
        let reached = last_told(&caught_up).unwrap_or(0);
        direct::reached(app, session, other, &scene.log, reached);
    }
    Ok(caught_up)
}

/// The number of the last entry that this tells of; `None` if it tells nothing new.
pub(crate) fn last_told(caught_up: &CatchUp) -> Option<u64> {
    match caught_up {
        CatchUp::Replay { entries } => entries.last().map(|entry| entry.seq),
        CatchUp::Gap { history } | CatchUp::Reset { history } => Some(history.position.seq),
    }
}

/// `chat:search`.
///
/// # Errors
/// As one may not read there; `message_invalid`, `rate_limited`, `busy`.
pub(crate) async fn search(
    app: &Arc<App>,
    session: &Session,
    ask: AskSearch,
) -> Result<Found, Fault> {
    app.limits.reading(&session.identity)?;
    let words: Vec<String> = ask.words.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() || words.len() > WORDS || ask.words.chars().count() > SEARCH_CHARS {
        return Err(invalid("A search has 1–10 words and at most 200 characters."));
    }
    let limit = bounded(ask.limit, MAX_HITS / 2, MAX_HITS)?;
    let logs = match &ask.conversation {
        Some(conversation) => vec![to_read(app, session, conversation).await?.log],
        None => {
            let rooms = readable(app, session).into_iter();
            let rooms = rooms.map(|room| LogKey::Room(room.id().clone()));
            rooms.chain(direct::logs(app, session).await?).collect()
        }
    };
    let search = Search {
        words,
        logs,
        author: ask.author,
        before_ms: ask.before_ms,
        after_ms: ask.after_ms,
        next: ask.next,
        limit,
    };
    app.store.search(search, &session.identity).await.map_err(refused)
}

/// `chat:read`.
///
/// # Errors
/// As one may not read there; `busy`.
pub(crate) async fn mark_read(
    app: &Arc<App>,
    session: &Session,
    ask: MarkRead,
) -> Result<ReadMark, Fault> {
    let scene = to_read(app, session, &ask.conversation).await?;
    let read = app.store.mark_read(&session.identity, &scene.log, ask.seq).await;
    let read = read.map_err(refused)?;
    if let With::Person(other) = scene.with {
        direct::tell_receipt(app, session.identity.clone(), other, read.seq, read.seq);
    }
    Ok(read)
}

fn bounded(asked: Option<u16>, usual: usize, most: usize) -> Result<usize, Fault> {
    match asked.map(usize::from) {
        None => Ok(usual),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => {
            Err(Fault::new(ErrorCode::MessageInvalid, format!("The limit is from 1 to {most}.")))
        }
    }
}
