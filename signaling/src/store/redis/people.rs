//! Who people are.

use std::sync::LazyLock;

use hearth_protocol::IdentityId;

use super::{
    entry::{json, read},
    keys,
    link::Link,
    script::Lua,
};
use crate::store::{IdentityRecord, StoreError, TokenHash};

static PEOPLE: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("lua/people.lua")));

/// Whom this token proves, who is thereby seen.
pub(crate) async fn proved(
    link: &Link,
    token: TokenHash,
) -> Result<Option<IdentityRecord>, StoreError> {
    let mut call = PEOPLE.call(keys::HALL);
    call.arg("proved").arg(&token.0[..]);
    found(PEOPLE.run(link, call).await?)
}

/// People by who they are, in the same order.
pub(crate) async fn by_id(
    link: &Link,
    identities: &[IdentityId],
) -> Result<Vec<Option<IdentityRecord>>, StoreError> {
    let calls = identities.iter().map(|identity| {
        let mut call = PEOPLE.call(keys::HALL);
        call.arg("person").arg(&identity.0);
        call
    });
    PEOPLE.run_all(link, calls).await?.into_iter().map(found).collect()
}

/// Keeps somebody; at most `most` are kept, and those who were forgotten are told. `None` if the
/// token is another's.
pub(crate) async fn put(
    link: &Link,
    identity: &IdentityRecord,
    most: usize,
) -> Result<Option<Vec<IdentityId>>, StoreError> {
    let mut call = PEOPLE.call(keys::HALL);
    let token: &[u8] = identity.token.as_ref().map_or(&[], |token| &token.0);
    call.arg("put").arg(&identity.id.0).arg(json(identity)?).arg(token).arg(most);
    let forgotten: Option<Vec<String>> = PEOPLE.run(link, call).await?;
    Ok(forgotten.map(|all| all.into_iter().map(IdentityId).collect()))
}

fn found(record: Option<String>) -> Result<Option<IdentityRecord>, StoreError> {
    record.as_deref().map(read).transpose()
}
