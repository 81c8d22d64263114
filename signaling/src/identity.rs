//! Who somebody is: issued once, proved by a bearer token from then on.
//!
//! Owns tokens (kept only as hashes), names and avatars on the way in. Those whom the host's own service
//! signs for bring its tokens instead, which `sign_in` judges. Never learns who somebody
//! is from anything but the token.

use std::sync::Arc;

use hearth_config::Guests;
use hearth_protocol::{Author, Avatar, ErrorCode, Fault, IdentityId, Person, SetProfile, Token};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::{
    grants::Grants,
    names::{self, NameClaim, Names},
    sign_in::{SignIn, Signed},
    store::{Given, IdentityRecord, Store, StoreError, TokenHash},
};

/// The door: lets people in.
pub struct Identities {
    store: Arc<dyn Store>,
    names: Arc<Names>,
    guests_allowed: bool,
    sign_in: Option<SignIn>,
}

/// Somebody who was let in. The name is theirs while this lives.
#[derive(Debug)]
pub struct Admitted {
    /// Who.
    pub who: Entrant,
    /// Proves it the next time.
    pub token: Token,
    /// Holds the name.
    pub claim: NameClaim,
    /// Where they may go.
    pub grants: Grants,
}

/// Whom a token proves, before they are let in.
#[derive(Debug)]
pub struct Bearer {
    /// Who.
    pub identity: IdentityId,
    /// Where they may go.
    pub grants: Grants,
}

/// What is known of whoever shows a token.
struct Proved {
    /// As kept, if anything is.
    kept: Option<IdentityRecord>,
    /// As they are now; without a name if they have chosen none yet.
    now: IdentityRecord,
    token: Token,
    grants: Grants,
}

/// Somebody as the others will see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrant {
    /// Who.
    pub identity: IdentityId,
    /// As shown.
    pub name: String,
    /// As drawn.
    pub avatar: Avatar,
    /// What they say of themselves.
    pub status: Option<String>,
}

impl Entrant {
    /// As they sign what they write.
    #[must_use]
    pub fn author(&self) -> Author {
        let Self { identity, name, avatar, .. } = self.clone();
        Author { identity, name, avatar }
    }

    /// As others see them.
    #[must_use]
    pub fn person(&self) -> Person {
        let Self { identity, name, avatar, status } = self.clone();
        Person { identity, name, avatar, status }
    }
}

impl From<IdentityRecord> for Entrant {
    fn from(record: IdentityRecord) -> Self {
        let IdentityRecord { id, name, avatar, status, .. } = record;
        Self { identity: id, name, avatar, status }
    }
}

impl Identities {
    /// A door to what `store` knows, for people who take their `names`, and for those who `sign_in`
    /// elsewhere.
    pub fn new(
        store: Arc<dyn Store>,
        names: Arc<Names>,
        guests: &Guests,
        sign_in: Option<SignIn>,
    ) -> Self {
        Self { store, names, guests_allowed: guests.allowed, sign_in }
    }

    /// Whether the token is somebody's. A store that does not answer knows nobody.
    pub async fn knows(&self, token: &Token) -> bool {
        self.whose(token).await.is_ok()
    }

    /// Whom the token proves.
    ///
    /// # Errors
    /// `unauthorized`; `busy` if the store is out of order.
    pub async fn whose(&self, token: &Token) -> Result<Bearer, Fault> {
        if let Some(signed) = self.signed(token)? {
            return Ok(Bearer { identity: signed.identity, grants: signed.grants });
        }
        let identity = self.kept(token).await?.id;
        Ok(Bearer { identity, grants: Grants::default() })
    }

    /// Of a token that is signed elsewhere, who that says it is.
    fn signed(&self, token: &Token) -> Result<Option<Signed>, Fault> {
        match &self.sign_in {
            Some(sign_in) if SignIn::is_meant(token) => sign_in.verify(token).map(Some),
            Some(_) | None => Ok(None),
        }
    }

    async fn kept(&self, token: &Token) -> Result<IdentityRecord, Fault> {
        let known = self.store.identity(hash(token)).await.map_err(|e| unavailable(&e))?;
        known.ok_or_else(|| Fault::new(ErrorCode::Unauthorized, "This token is not known here."))
    }

    async fn proved(&self, token: &Token) -> Result<Proved, Fault> {
        let (kept, now, grants) = match self.signed(token)? {
            Some(Signed { identity, given, grants }) => {
                let kept = self.store.person(&identity).await.map_err(|e| unavailable(&e))?;
                let now = kept.clone().unwrap_or_else(|| nobody_yet(identity, None));
                (kept, told_by_sign_in(now, given), grants)
            }
            None => {
                let kept = self.kept(token).await?;
                (Some(kept.clone()), kept, Grants::default())
            }
        };
        Ok(Proved { kept, now, token: token.clone(), grants })
    }

    /// Lets somebody in: with a token as who they were, without as a new guest. A name or avatar
    /// that is given becomes the new one.
    ///
    /// # Errors
    /// `unauthorized`, `name_invalid`, `name_taken`; `busy` if the store is out of order or the other
    /// nodes cannot be asked.
    pub async fn admit(
        &self,
        token: Option<&Token>,
        name: Option<&str>,
        avatar: Option<Avatar>,
    ) -> Result<Admitted, Fault> {
        let name = name.map(names::person).transpose()?;
        let avatar = avatar.map(names::avatar).transpose()?;
        let Proved { kept, mut now, token, grants } = match token {
            Some(token) => self.proved(token).await?,
            None if self.guests_allowed => {
                let token = Token(random_hex::<32>());
                let now = nobody_yet(IdentityId(random_hex::<16>()), Some(hash(&token)));
                Proved { kept: None, now, token, grants: Grants::default() }
            }
            None => {
                return Err(Fault::new(
                    ErrorCode::Unauthorized,
                    "Guests are not let in here; a token is needed.",
                ));
            }
        };
        now.name = name.unwrap_or(now.name);
        now.avatar = avatar.unwrap_or(now.avatar);
        if now.name.is_empty() {
            return Err(Fault::new(ErrorCode::NameInvalid, "Whoever is new comes in with a name."));
        }
        let claim = self.names.claim(&now.name, &now.id).await?;
        // Of those who sign in elsewhere, this is the only sighting that the store has.
        if now.token.is_none() || kept.as_ref() != Some(&now) {
            self.store.put_identity(now.clone()).await.map_err(|e| unavailable(&e))?;
        }
        Ok(Admitted { who: now.into(), token, claim, grants })
    }

    /// Changes how somebody who is in is shown; the name is theirs while the claim lives.
    ///
    /// # Errors
    /// `name_invalid`, `name_taken`; `unauthorized` if the person was forgotten; `busy` if the store
    /// is out of order or the other nodes cannot be asked.
    pub(crate) async fn change(
        &self,
        identity: &IdentityId,
        ask: SetProfile,
    ) -> Result<(Entrant, NameClaim), Fault> {
        let name = ask.name.as_deref().map(names::person).transpose()?;
        let avatar = ask.avatar.map(names::avatar).transpose()?;
        let status = ask.status.as_deref().map(names::status).transpose()?;
        let known = self.store.person(identity).await.map_err(|e| unavailable(&e))?;
        let record = known.ok_or_else(|| {
            Fault::new(ErrorCode::Unauthorized, "You are not known here any more. Come in anew.")
        })?;
        let mut changed = record.clone();
        changed.name = name.unwrap_or(changed.name);
        changed.avatar = avatar.unwrap_or(changed.avatar);
        changed.status = status.unwrap_or(changed.status);
        let claim = self.names.claim(&changed.name, &changed.id).await?;
        if changed != record {
            self.store.put_identity(changed.clone()).await.map_err(|e| unavailable(&e))?;
        }
        Ok((changed.into(), claim))
    }
}

fn nobody_yet(id: IdentityId, token: Option<TokenHash>) -> IdentityRecord {
    let (name, avatar) = (String::new(), Avatar::default());
    IdentityRecord { id, token, name, avatar, status: None, given: None }
}

/// What the sign-in says counts once, until it says something else. What cannot be shown here is
/// as good as not said.
fn told_by_sign_in(mut record: IdentityRecord, given: Given) -> IdentityRecord {
    if record.given.as_ref() != Some(&given) {
        let name = given.name.as_deref().and_then(|name| names::person(name).ok());
        let avatar = given.avatar.clone().and_then(|avatar| names::avatar(avatar).ok());
        record.name = name.unwrap_or(record.name);
        record.avatar = avatar.unwrap_or(record.avatar);
        record.given = Some(given);
    }
    record
}

/// What of a token is kept.
#[must_use]
pub fn hash(token: &Token) -> TokenHash {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.0.as_bytes()).as_ref());
    TokenHash(bytes)
}

/// `N` bytes that nobody can guess, as 2·`N` hexadecimal digits.
#[must_use]
pub fn random_hex<const N: usize>() -> String {
    let mut bytes = [0_u8; N];
    rand::Rng::fill(&mut rand::rng(), &mut bytes[..]);
    hex(&bytes)
}

/// Bytes as hexadecimal digits, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether it is 16 bytes as [`hex`] writes them: nothing else that it could mean, not even as a
/// path.
pub(crate) fn is_hex_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn unavailable(error: &StoreError) -> Fault {
    tracing::error!(%error, "the store refused");
    Fault::passing(
        ErrorCode::Busy,
        "The server cannot store this now.",
        std::time::Duration::from_secs(2),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn door(allowed: bool) -> Identities {
        let guests = Guests { allowed, max_identities: 100 };
        Identities::new(crate::store::temporary(100).await, Arc::default(), &guests, None)
    }

    #[tokio::test]
    async fn a_token_says_who_one_is() {
        let door = door(true).await;
        let first = door.admit(None, Some("Ana"), None).await.unwrap();
        assert_eq!(first.who.identity.0.len(), 32);
        assert_eq!(first.token.0.len(), 64);

        let coat = Some(Avatar { coat: 3, emoji: None });
        let again = door.admit(Some(&first.token), None, coat).await.unwrap();
        assert_eq!(again.who.identity, first.who.identity);
        assert_eq!((again.who.name.as_str(), again.who.avatar.coat), ("Ana", 3));

        drop((first.claim, again.claim));
        let renamed = door.admit(Some(&first.token), Some("Anna"), None).await.unwrap();
        assert_eq!(renamed.who.identity, first.who.identity);
        assert_eq!((renamed.who.name.as_str(), renamed.who.avatar.coat), ("Anna", 3));
    }

    #[tokio::test]
    async fn a_name_is_unique_while_its_holder_is_in() {
        let door = door(true).await;
        let ana = door.admit(None, Some("Ana"), None).await.unwrap();
        let code = |r: Result<Admitted, Fault>| r.unwrap_err().code;
        assert_eq!(code(door.admit(None, Some("ANA"), None).await), ErrorCode::NameTaken);
        drop(ana.claim);
        let other = door.admit(None, Some("ANA"), None).await.unwrap();
        assert_eq!(code(door.admit(Some(&ana.token), None, None).await), ErrorCode::NameTaken);
        assert_ne!(other.who.identity, ana.who.identity);
    }

    #[tokio::test]
    async fn strangers_stay_outside() {
        let forged = Token("0".repeat(64));
        let code = |r: Result<Admitted, Fault>| r.unwrap_err().code;
        let open = door(true).await;
        assert_eq!(
            code(open.admit(Some(&forged), Some("Ana"), None).await),
            ErrorCode::Unauthorized
        );
        assert_eq!(code(open.admit(None, None, None).await), ErrorCode::NameInvalid);
        let closed = door(false).await;
        assert_eq!(code(closed.admit(None, Some("Ana"), None).await), ErrorCode::Unauthorized);
    }
}
