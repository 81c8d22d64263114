//! How far people have read and received, and their conversations with each other.
//!
//! Marks are kept with their log, so that a message moves its author's mark in the same step. The
//! list of somebody's conversations is beside, written after the message: where that fails the
//! message is refused, and comes again.

use std::sync::LazyLock;

use hearth_protocol::{IdentityId, Position, ReadMark, RoomId};
use redis::Cmd;

use super::{
    entry::{self, number},
    keys,
    link::Link,
    logs::on_log,
    script::Lua,
};
use crate::store::{DirectRecord, LogHead, LogKey, StoreError};

/// Conversations remembered per person; those without a message for longest go.
const CONVERSATIONS: isize = 10_000;

static MARK: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/mark.lua")));
static DIRECT: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/direct.lua")));
static TALK: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/talk.lua")));

pub(crate) async fn read(
    link: &Link,
    who: &IdentityId,
    log: &LogKey,
    seq: u64,
) -> Result<ReadMark, StoreError> {
    mark(&MARK.run::<Told>(link, call("read", who, log, seq)).await?)
}

pub(crate) async fn delivered(
    link: &Link,
    who: &IdentityId,
    log: &LogKey,
    seq: u64,
) -> Result<(), StoreError> {
    MARK.run::<Told>(link, call("got", who, log, seq)).await.map(|_| ())
}

pub(crate) async fn of(
    link: &Link,
    who: &IdentityId,
    logs: &[LogKey],
) -> Result<Vec<ReadMark>, StoreError> {
    let calls = logs.iter().map(|log| call("look", who, log, 0));
    MARK.run_all::<Told>(link, calls).await?.iter().map(mark).collect()
}

type Told = (String, u32, u32);

fn call(what: &str, who: &IdentityId, log: &LogKey, seq: u64) -> Cmd {
    let mut call = MARK.call(&keys::log(log));
    call.arg(what).arg(&who.0).arg(seq);
    call
}

fn mark((seq, unread, mentions): &Told) -> Result<ReadMark, StoreError> {
    Ok(ReadMark { seq: number(seq)?, unread: *unread, mentions: *mentions })
}

/// Puts a conversation at the top of both lists.
pub(crate) async fn talked(
    link: &Link,
    one: &IdentityId,
    other: &IdentityId,
) -> Result<(), StoreError> {
    let mut call = TALK.call(keys::HALL);
    call.arg(&one.0).arg(&other.0).arg(-CONVERSATIONS - 1);
    TALK.run(link, call).await
}

/// Somebody's conversations with others.
pub(crate) async fn directs(
    link: &Link,
    who: &IdentityId,
    limit: usize,
) -> Result<Vec<DirectRecord>, StoreError> {
    let mut list = redis::cmd("ZREVRANGE");
    let last = i64::try_from(limit).unwrap_or(i64::MAX).saturating_sub(1);
    list.arg(format!("{}:talks:{who}", keys::HALL)).arg(0).arg(last);
    let others: Vec<String> =
        link.ask(|mut redis| async move { list.query_async(&mut redis).await }).await?;
    let others: Vec<IdentityId> = others.into_iter().map(IdentityId).collect();
    let logs: Vec<LogKey> =
        others.iter().map(|other| LogKey::direct(who.clone(), other.clone())).collect();
    let reads = of(link, who, &logs).await?;
    let calls = logs.iter().zip(&others).map(|(log, other)| {
        let mut call = DIRECT.call(&keys::log(log));
        call.arg(&who.0).arg(&other.0);
        call
    });
    type Stand = (String, String, String, String, Option<Vec<String>>, String, String);
    let stands: Vec<Stand> = DIRECT.run_all(link, calls).await?;
    let mut found = Vec::with_capacity(others.len());
    for ((other, read), stand) in others.into_iter().zip(reads).zip(stands) {
        let (epoch, seq, tag, messages, last, read_by_other, delivered_to_other) = stand;
        found.push(DirectRecord {
            other,
            head: LogHead {
                position: Position { epoch, seq: number(&seq)?, tag: number(&tag)? },
                messages: number(&messages)?,
            },
            last: last.map(|told| entry::message(&told)).transpose()?,
            read,
            read_by_other: number(&read_by_other)?,
            delivered_to_other: number(&delivered_to_other)?,
        });
    }
    Ok(found)
}

/// Forgets how far people had read, and their conversations' places in their lists.
pub(crate) async fn forget(link: &Link, people: &[IdentityId]) -> Result<(), StoreError> {
    for who in people {
        let talks = format!("{}:talks:{who}", keys::HALL);
        let mut listed = redis::pipe();
        listed.cmd("ZRANGE").arg(format!("{}:order", keys::HALL)).arg(0).arg(-1);
        listed.cmd("ZRANGE").arg(&talks).arg(0).arg(-1);
        let (rooms, others): (Vec<String>, Vec<String>) =
            link.ask(|mut redis| async move { listed.query_async(&mut redis).await }).await?;
        let rooms = rooms.into_iter().map(|room| LogKey::Room(RoomId(room)));
        let directs = others.into_iter().map(|it| LogKey::direct(who.clone(), IdentityId(it)));
        let mut forget = redis::pipe();
        for log in rooms.chain(directs) {
            let log = keys::log(&log);
            forget.cmd("HDEL").arg(format!("{log}:read")).arg(&who.0).ignore();
            forget.cmd("HDEL").arg(format!("{log}:got")).arg(&who.0).ignore();
        }
        forget.cmd("UNLINK").arg(talks).ignore();
        link.ask(|mut redis| async move { forget.query_async::<()>(&mut redis).await }).await?;
    }
    Ok(())
}
