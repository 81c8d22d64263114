//! Sign-in by tokens that the host's own service signs (JWT, RFC 7519).
//!
//! Owns the key, and what of such a token counts. There is one key, and its algorithm is the only one:
//! what a token says of its own algorithm chooses nothing. Keeps nothing and asks nobody.

use std::{collections::BTreeMap, path::PathBuf};

use hearth_config::Auth;
use hearth_protocol::{ErrorCode, Fault, IdentityId, Role, RoomId, Token};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    errors::{Error, ErrorKind},
};
use ring::digest::{Context, SHA256};
use serde::Deserialize;

use crate::{grants::Grants, identity::hex, store::Given};

/// The longest token that is looked at, bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The longest name that the service may have for somebody, bytes.
const MAX_SUBJECT_BYTES: usize = 256;

/// What the host's service is known by.
pub struct SignIn {
    key: DecodingKey,
    rules: Validation,
    issuer: String,
}

/// Who a token proves somebody to be, and what it says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The same for the same `sub`, as long as `auth.issuer` stays.
    pub(crate) identity: IdentityId,
    pub(crate) given: Given,
    pub(crate) grants: Grants,
}

/// Why nobody could sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// A file cannot be read.
    #[error("{key}: cannot read {path}: {reason}")]
    File {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A key is none, or too weak.
    #[error("{key} is not allowed: {allowed}")]
    Key {
        /// The key that holds or names it.
        key: &'static str,
        /// What is allowed.
        allowed: String,
    },
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    given: Given,
    #[serde(default)]
    rooms: Rooms,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Rooms {
    All(Star),
    These(Vec<Granted>),
}

/// `"*"`, and nothing else.
#[derive(Deserialize)]
enum Star {
    #[serde(rename = "*")]
    Star,
}

#[derive(Deserialize)]
struct Granted {
    room: RoomId,
    #[serde(default)]
    role: Role,
}

impl Default for Rooms {
    fn default() -> Self {
        Self::All(Star::Star)
    }
}

impl SignIn {
    /// The sign-in of the settings, if there is one.
    ///
    /// # Errors
    /// A file cannot be read, the secret is too short, or the key is no public key of Ed25519.
    pub fn new(auth: &Auth) -> Result<Option<Self>, SignInError> {
        let (key, algorithm) = if !auth.secret.is_empty() {
            (secret("auth.secret", auth.secret.expose().as_bytes())?, Algorithm::HS256)
        } else if !auth.secret_file.as_os_str().is_empty() {
            let text = read("auth.secret_file", &auth.secret_file)?;
            (secret("auth.secret_file", text.trim_ascii())?, Algorithm::HS256)
        } else if !auth.public_key.is_empty() {
            (public_key("auth.public_key", auth.public_key.as_bytes())?, Algorithm::EdDSA)
        } else if !auth.public_key_file.as_os_str().is_empty() {
            let pem = read("auth.public_key_file", &auth.public_key_file)?;
            (public_key("auth.public_key_file", &pem)?, Algorithm::EdDSA)
        } else {
            return Ok(None);
        };
        let mut rules = Validation::new(algorithm);
        rules.leeway = auth.leeway.as_secs();
        rules.validate_nbf = true;
        let mut required = vec!["exp", "sub"];
        if !auth.issuer.is_empty() {
            rules.set_issuer(&[&auth.issuer]);
            required.push("iss");
        }
        // Without one, a token that names an audience is for somebody else.
        if !auth.audience.is_empty() {
            rules.set_audience(&[&auth.audience]);
            required.push("aud");
        }
        rules.set_required_spec_claims(&required);
        Ok(Some(Self { key, rules, issuer: auth.issuer.clone() }))
    }

    /// Whether it has the form of such a token; those of guests never have.
    pub(crate) fn is_meant(token: &Token) -> bool {
        token.0.contains('.')
    }

    /// Who a token proves somebody to be.
    ///
    /// # Errors
    /// `unauthorized`.
    pub(crate) fn verify(&self, token: &Token) -> Result<Signed, Fault> {
        let verified = self.decode(token).inspect_err(|error| {
            metrics::counter!("hearth_sign_ins_refused_total").increment(1);
            // The kind alone: whatever a stranger sent stays out of the log.
            tracing::debug!(expired = is_expired(error), "a sign-in was refused");
        });
        let claims = verified.map_err(|error| {
            let message = if is_expired(&error) {
                "The sign-in has expired. Sign in again."
            } else {
                "This sign-in does not count here."
            };
            Fault::new(ErrorCode::Unauthorized, message)
        })?;
        let rooms = match claims.rooms {
            Rooms::All(Star::Star) => None,
            Rooms::These(all) => Some(all.into_iter().map(|it| (it.room, it.role))),
        };
        Ok(Signed {
            identity: self.identity(&claims.sub),
            given: claims.given,
            grants: Grants::new(rooms.map(BTreeMap::from_iter)),
        })
    }

    fn decode(&self, token: &Token) -> Result<Claims, Error> {
        if token.0.len() > MAX_TOKEN_BYTES {
            return Err(ErrorKind::InvalidToken.into());
        }
        let decoded = jsonwebtoken::decode::<Claims>(&token.0, &self.key, &self.rules)?;
        let subject = decoded.claims.sub.len();
        // What a token says is critical would have to be understood (RFC 7515 §4.1.11).
        if decoded.header.crit.is_some() || subject == 0 || subject > MAX_SUBJECT_BYTES {
            return Err(ErrorKind::InvalidToken.into());
        }
        Ok(decoded.claims)
    }

    /// Nobody chooses it, and it tells nothing of what the service calls somebody.
    fn identity(&self, subject: &str) -> IdentityId {
        let mut hash = Context::new(&SHA256);
        for part in ["hearth sign-in", &self.issuer, subject] {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        IdentityId(hex(&hash.finish().as_ref()[..16]))
    }
}

fn is_expired(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ExpiredSignature)
}

fn secret(key: &'static str, secret: &[u8]) -> Result<DecodingKey, SignInError> {
    let least = hearth_config::MIN_SECRET_BYTES;
    if secret.len() < least {
        let allowed = format!("at least {least} bytes");
        return Err(SignInError::Key { key, allowed });
    }
    Ok(DecodingKey::from_secret(secret))
}

fn public_key(key: &'static str, pem: &[u8]) -> Result<DecodingKey, SignInError> {
    DecodingKey::from_ed_pem(pem).map_err(|_| SignInError::Key {
        key,
        allowed: "a public key of Ed25519 in PEM, as `openssl pkey -pubout` writes it".into(),
    })
}

fn read(key: &'static str, path: &std::path::Path) -> Result<Vec<u8>, SignInError> {
    std::fs::read(path).map_err(|error| SignInError::File {
        key,
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
