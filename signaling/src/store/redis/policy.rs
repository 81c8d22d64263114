//! How Redis is set: whether it keeps what it is given, and through what.
//!
//! Owns the text that `hello` tells of it. Never changes a setting.

use std::collections::HashMap;

use redis::aio::MultiplexedConnection;

use super::link::Link;
use crate::store::StoreError;

/// What "acknowledged" means with this Redis.
///
/// # Errors
/// [`StoreError::Unavailable`] if Redis does not answer, or if it may evict what it was given.
pub(crate) async fn durability(link: &Link) -> Result<&'static str, StoreError> {
    let (told, fsync) = link
        .ask(|mut redis| async move {
            let mut told = facts(&mut redis, "memory").await?;
            told.extend(facts(&mut redis, "persistence").await?);
            // Some hosts do not let anybody read settings: then the weaker level is told.
            let fsync: HashMap<String, String> = redis::cmd("CONFIG")
                .arg("GET")
                .arg("appendfsync")
                .query_async(&mut redis)
                .await
                .unwrap_or_default();
            Ok((told, fsync))
        })
        .await?;
    let evicts = told.get("maxmemory_policy").is_some_and(|policy| policy != "noeviction");
    if evicts {
        let policy = &told["maxmemory_policy"];
        return Err(StoreError::Unavailable(format!(
            "Redis is set to forget messages when its memory is full (maxmemory-policy {policy}): \
             set maxmemory-policy noeviction"
        )));
    }
    let logged = told.get("aof_enabled").is_some_and(|enabled| enabled == "1");
    let always = fsync.get("appendfsync").is_some_and(|fsync| fsync == "always");
    Ok(match (logged, always) {
        (true, true) => "on one Redis disk",
        (true, false) => "accepted",
        (false, _) => "ephemeral",
    })
}

/// One section of what Redis says of itself.
async fn facts(
    redis: &mut MultiplexedConnection,
    section: &str,
) -> redis::RedisResult<HashMap<String, String>> {
    let text: String = redis::cmd("INFO").arg(section).query_async(redis).await?;
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
}
