//! Logs in Redis: adding to them and reading them.

use std::sync::LazyLock;

use hearth_protocol::{Body, CatchUp, Change, ChatMessage, Entry, History, Position, Reaction};

use super::{
    entry::{self, Edited, Tombstone, Written, json, number, position, read},
    keys,
    link::Link,
    script::Lua,
};
use crate::store::{
    Appended, LogHead, LogKey, MAX_REACTORS_NAMED, NewChange, NewEntry, Page, StoreError,
};

static APPEND: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/append.lua")));
static PAGE: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/page.lua")));
static SINCE: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/since.lua")));
static FORGET: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/forget.lua")));

/// A script that begins with what all scripts on a log share.
pub(crate) fn on_log(text: &str) -> Lua {
    Lua::new(&[include_str!("lua/head.lua"), text].concat())
}

/// Adds an entry, and says which sound is not used any more. `epoch` is that of a log between two
/// people that is to begin; `lacks_sound` says that the message's sound cannot be had.
pub(crate) async fn append(
    link: &Link,
    log: &LogKey,
    epoch: &str,
    new: NewEntry,
    lacks_sound: bool,
) -> Result<(Appended, Option<String>), StoreError> {
    let NewEntry { by, at_ms, change } = new;
    let tag = rand::random::<u32>();
    let mut call = APPEND.call(&keys::log(log));
    let author = by.identity.clone();
    let mut begin = |kind: &str, json: &str| {
        call.arg(kind).arg(at_ms).arg(tag).arg(epoch).arg(&author.0).arg(json);
    };
    // What the entry will say, but for what only Redis knows.
    let told: Change = match change {
        NewChange::Message { body: Body::Deleted { .. }, .. } => return Err(StoreError::Missing),
        NewChange::Message { id, body, reply_to, mentions } => {
            let written = Written { id, author: by, body, reply_to, mentions };
            begin(written.kind(), &json(&written)?);
            let sound = match &written.body {
                _ if lacks_sound => "?",
                Body::Voice { blob, .. } => blob.0.as_str(),
                _ => "",
            };
            call.arg(&written.id.0)
                .arg(written.digest()?)
                .arg(written.reply_to.map_or_else(String::new, |seq| seq.to_string()))
                .arg(sound);
            for who in &written.mentions {
                call.arg(&who.0);
            }
            Change::Message { message: written.message(0, at_ms) }
        }
        NewChange::Edit { of, text, mentions } => {
            let change = Change::Edited { of, text: text.clone(), mentions: mentions.clone() };
            begin("e", &json(&change)?);
            let edited = Edited { text, mentions, at_ms };
            call.arg(of).arg(json(&edited)?).arg(edited.text);
            for who in &edited.mentions {
                call.arg(&who.0);
            }
            change
        }
        NewChange::Delete { of } => {
            let change = Change::Deleted { of, by: author.clone() };
            begin("d", &json(&change)?);
            let tombstone = Tombstone { by: author.clone(), edited_at_ms: None };
            call.arg(of).arg(json(&tombstone)?);
            change
        }
        NewChange::React { of, emoji, on, most } => {
            let reactions = Vec::new();
            let change =
                Change::Reacted { of, by: author.clone(), emoji: emoji.clone(), on, reactions };
            begin("r", &json(&change)?);
            call.arg(of).arg(emoji).arg(u8::from(on)).arg(most).arg(MAX_REACTORS_NAMED);
            change
        }
    };

    let answer: Vec<String> = APPEND.run(link, call).await?;
    let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
    match answer.as_slice() {
        ["new", epoch, seq, tag, messages, extra] => {
            let position = position((*epoch).into(), seq, tag)?;
            let mut freed = None;
            let change = match told {
                Change::Message { mut message } => {
                    message.seq = position.seq;
                    Change::Message { message }
                }
                Change::Reacted { of, by, emoji, on, .. } => {
                    let reactions: Vec<Reaction> = read(extra)?;
                    Change::Reacted { of, by, emoji, on, reactions }
                }
                other => {
                    freed = (!extra.is_empty()).then(|| (*extra).to_owned());
                    other
                }
            };
            let entry = Entry { seq: position.seq, tag: position.tag, at_ms, change };
            Ok((Appended::New { entry, position, messages: number(messages)? }, freed))
        }
        ["known", epoch, seq, tag, at_ms] => {
            let position = position((*epoch).into(), seq, tag)?;
            Ok((Appended::Known { position, at_ms: number(at_ms)? }, None))
        }
        ["unchanged"] => Ok((Appended::Unchanged, None)),
        ["conflict"] => Err(StoreError::Conflict),
        ["missing"] => Err(StoreError::Missing),
        ["full"] => Err(StoreError::Full),
        _ => Err(entry::damaged("an answer")),
    }
}

/// Begins a room's log, if it is not there.
pub(crate) async fn begin(link: &Link, log: &LogKey, epoch: String) -> Result<(), StoreError> {
    let mut begin = redis::cmd("HSETNX");
    begin.arg(format!("{}:m", keys::log(log))).arg("epoch").arg(epoch);
    link.ask(|mut redis| async move { begin.query_async(&mut redis).await }).await
}

/// Where logs stand; without an epoch where there is none.
pub(crate) async fn heads(link: &Link, logs: &[LogKey]) -> Result<Vec<LogHead>, StoreError> {
    if logs.is_empty() {
        return Ok(Vec::new());
    }
    let mut pipeline = redis::Pipeline::new();
    for log in logs {
        let fields = ["epoch", "seq", "tag", "messages"];
        pipeline.cmd("HMGET").arg(format!("{}:m", keys::log(log))).arg(&fields);
    }
    type Head = (Option<String>, Option<u64>, Option<u32>, Option<u64>);
    let heads: Vec<Head> =
        link.ask(|mut redis| async move { pipeline.query_async(&mut redis).await }).await?;
    let head = |(epoch, seq, tag, messages): Head| LogHead {
        position: Position {
            epoch: epoch.unwrap_or_default(),
            seq: seq.unwrap_or(0),
            tag: tag.unwrap_or(0),
        },
        messages: messages.unwrap_or(0),
    };
    Ok(heads.into_iter().map(head).collect())
}

/// Messages as they are now.
pub(crate) async fn history(link: &Link, log: &LogKey, page: Page) -> Result<History, StoreError> {
    match page {
        Page::Newest { limit } => ask(link, log, "newest", 0, limit).await,
        Page::Before { seq, limit } => ask(link, log, "before", seq, limit).await,
        Page::After { seq, limit } => ask(link, log, "after", seq, limit).await,
        Page::Around { seq, limit } => ask(link, log, "around", seq, limit).await,
    }
}

/// One message as it is now.
pub(crate) async fn message(
    link: &Link,
    log: &LogKey,
    seq: u64,
) -> Result<Option<ChatMessage>, StoreError> {
    Ok(ask(link, log, "one", seq, 1).await?.messages.pop())
}

async fn ask(
    link: &Link,
    log: &LogKey,
    which: &str,
    seq: u64,
    limit: usize,
) -> Result<History, StoreError> {
    let mut call = PAGE.call(&keys::log(log));
    call.arg(which).arg(seq).arg(limit);
    type Told = (String, String, String, bool, bool, Vec<Vec<String>>);
    let (epoch, seq, tag, more_before, more_after, messages): Told = PAGE.run(link, call).await?;
    Ok(History {
        position: position(epoch, &seq, &tag)?,
        messages: messages.iter().map(|told| entry::message(told)).collect::<Result<_, _>>()?,
        more_before,
        more_after,
    })
}

/// What came after a position.
pub(crate) async fn catch_up(
    link: &Link,
    log: &LogKey,
    epoch: &str,
    from: &Position,
    limit: usize,
) -> Result<CatchUp, StoreError> {
    let mut call = SINCE.call(&keys::log(log));
    call.arg(&from.epoch).arg(from.seq).arg(from.tag).arg(limit).arg(epoch);
    let (outcome, entries): (String, Vec<entry::Told>) = SINCE.run(link, call).await?;
    if outcome == "replay" {
        let entries = entries.iter().map(entry::retold).collect::<Result<_, _>>()?;
        return Ok(CatchUp::Replay { entries });
    }
    let history = history(link, log, Page::Newest { limit }).await?;
    Ok(if outcome == "gap" { CatchUp::Gap { history } } else { CatchUp::Reset { history } })
}

/// Forgets a log; tells which sounds it used.
pub(crate) async fn forget(link: &Link, log: &LogKey) -> Result<Vec<String>, StoreError> {
    let call = FORGET.call(&keys::log(log));
    FORGET.run(link, call).await
}
