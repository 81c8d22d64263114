//! Rooms and who may not come into them.

use std::sync::LazyLock;

use hearth_protocol::{IdentityId, RoomId};

use super::{
    entry::{json, read},
    keys,
    link::Link,
    script::Lua,
};
use crate::store::{BanRecord, MAX_BANS, RoomRecord, StoreError};

static ROOMS: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/rooms.lua")));

/// All rooms, in the order in which they were created.
pub(crate) async fn all(link: &Link) -> Result<Vec<RoomRecord>, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("all");
    let rooms: Vec<String> = ROOMS.run(link, call).await?;
    rooms.iter().map(|room| read(room)).collect()
}

/// False if there is one of that id.
pub(crate) async fn create(link: &Link, room: &RoomRecord) -> Result<bool, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("create").arg(&room.id.0).arg(json(room)?);
    ROOMS.run(link, call).await
}

/// False if there is none of that id.
pub(crate) async fn update(link: &Link, room: &RoomRecord) -> Result<bool, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("update").arg(&room.id.0).arg(json(room)?);
    ROOMS.run(link, call).await
}

/// Forgets a room and its bans.
pub(crate) async fn delete(link: &Link, room: &RoomId) -> Result<bool, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("delete").arg(&room.0);
    ROOMS.run(link, call).await
}

/// The newest first.
pub(crate) async fn bans(link: &Link, room: &RoomId) -> Result<Vec<BanRecord>, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("bans").arg(&room.0);
    let bans: Vec<String> = ROOMS.run(link, call).await?;
    bans.iter().map(|ban| read(ban)).collect()
}

/// False if there is no such room.
pub(crate) async fn ban(link: &Link, room: &RoomId, ban: &BanRecord) -> Result<bool, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("ban").arg(&room.0).arg(&ban.identity.0).arg(json(ban)?).arg(MAX_BANS);
    ROOMS.run(link, call).await
}

/// False if there was none.
pub(crate) async fn lift(
    link: &Link,
    room: &RoomId,
    identity: &IdentityId,
) -> Result<bool, StoreError> {
    let mut call = ROOMS.call(keys::HALL);
    call.arg("lift").arg(&room.0).arg(&identity.0);
    ROOMS.run(link, call).await
}
