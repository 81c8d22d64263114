//! What sounds there are, and which are in use. Their bytes are elsewhere.

use std::sync::LazyLock;

use hearth_protocol::{BlobId, MessageId};

use super::{
    entry::{json, read},
    keys,
    link::Link,
    script::Lua,
};
use crate::store::{BlobRecord, LogKey, StoreError};

static BLOBS: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/blobs.lua")));

/// What became of a claim to a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// There is no such sound, or another message uses it.
    Missing,
    /// This message uses it already.
    Before,
    /// It is in use from now on.
    Now,
}

/// False if there is one of that id.
pub(crate) async fn put(link: &Link, blob: &BlobRecord) -> Result<bool, StoreError> {
    let mut call = BLOBS.call(keys::HALL);
    let kept = BlobRecord { used_in: None, ..blob.clone() };
    call.arg("put").arg(&blob.id.0).arg(json(&kept)?).arg(blob.at_ms);
    BLOBS.run(link, call).await
}

pub(crate) async fn find(link: &Link, id: &BlobId) -> Result<Option<BlobRecord>, StoreError> {
    let mut call = BLOBS.call(keys::HALL);
    call.arg("find").arg(&id.0);
    let told: Option<(String, String)> = BLOBS.run(link, call).await?;
    told.map(|(blob, used)| {
        let used_in = used.split_once(' ').and_then(|(_, log)| keys::named(log));
        Ok(BlobRecord { used_in, ..read(&blob)? })
    })
    .transpose()
}

/// Says that a message is about to use a sound.
pub(crate) async fn claim(
    link: &Link,
    id: &BlobId,
    log: &LogKey,
    message: &MessageId,
) -> Result<Claim, StoreError> {
    let mut call = BLOBS.call(keys::HALL);
    call.arg("claim").arg(&id.0).arg(format!("{message} {}", keys::name(log)));
    Ok(match BLOBS.run::<u8>(link, call).await? {
        0 => Claim::Missing,
        1 => Claim::Before,
        _ => Claim::Now,
    })
}

/// Says that sounds are not in use any more.
pub(crate) async fn release(link: &Link, ids: &[String]) -> Result<(), StoreError> {
    let calls = ids.iter().map(|id| {
        let mut call = BLOBS.call(keys::HALL);
        call.arg("release").arg(id);
        call
    });
    BLOBS.run_all::<()>(link, calls).await.map(|_| ())
}

pub(crate) async fn unused(
    link: &Link,
    before_ms: u64,
    limit: usize,
) -> Result<Vec<BlobRecord>, StoreError> {
    let mut call = BLOBS.call(keys::HALL);
    call.arg("unused").arg(before_ms).arg(limit);
    let blobs: Vec<String> = BLOBS.run(link, call).await?;
    blobs.iter().map(|blob| read(blob)).collect()
}

/// False if a message uses it.
pub(crate) async fn forget(link: &Link, id: &BlobId) -> Result<bool, StoreError> {
    let mut call = BLOBS.call(keys::HALL);
    call.arg("forget").arg(&id.0);
    BLOBS.run(link, call).await
}
