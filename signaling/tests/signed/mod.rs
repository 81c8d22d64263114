//! The host's own service, as far as it signs tokens.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// What `auth.secret` is to be.
pub(crate) const SECRET: &str = "a secret of the host that is long enough";

/// Unix time then, as claims have it.
pub(crate) fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() + seconds
}

/// Claims that count for an hour, and more of them.
pub(crate) fn claims(sub: &str, more: Value) -> Value {
    let mut claims = json!({ "sub": sub, "exp": in_seconds(3600) });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

pub(crate) fn signed_as(algorithm: Algorithm, claims: &Value, key: &EncodingKey) -> String {
    encode(&Header::new(algorithm), claims, key).unwrap()
}

/// By [`SECRET`].
pub(crate) fn signed(claims: &Value) -> String {
    signed_as(Algorithm::HS256, claims, &EncodingKey::from_secret(SECRET.as_bytes()))
}
