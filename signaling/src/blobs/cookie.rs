//! The cookie by which the sounds in a page are played: `<audio>` cannot send `Authorization`.
//!
//! Owns its name and attributes. It holds the token, comes to no other address than those of
//! sounds, to no script, and from no other site; nothing but playing takes it.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, ORIGIN},
};
use hearth_protocol::Token;

/// Its name.
pub(crate) const NAME: &str = "hearth_sounds";
const ATTRIBUTES: &str = "Path=/api/blobs; HttpOnly; SameSite=Strict";

/// How long a browser keeps it, seconds; a page sets it anew whenever it comes in.
const MAX_AGE_S: u32 = 7 * 24 * 3600;

/// Browsers keep no longer ones, bytes.
const MAX_BYTES: usize = 3_500;

/// The `Set-Cookie` that holds the token; `None` if it fits into none.
pub(super) fn holding(token: &Token, headers: &HeaderMap) -> Option<HeaderValue> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
    if token.0.len() > MAX_BYTES || !token.0.bytes().all(plain) {
        return None;
    }
    let value = format!(
        "{NAME}={}; Max-Age={MAX_AGE_S}; {ATTRIBUTES}{}",
        token.0,
        if is_secure(headers) { "; Secure" } else { "" }
    );
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The `Set-Cookie` that takes it away.
pub(super) fn none() -> HeaderValue {
    let value = format!("{NAME}=; Max-Age=0; {ATTRIBUTES}");
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The token that came in it.
pub(super) fn token(headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|it| it.split_once('='));
    let (_, token) = pairs.find(|(name, _)| name.trim() == NAME)?;
    Some(Token(token.trim().to_owned())).filter(|token| !token.0.is_empty())
}

/// Whether the page came over TLS; a proxy in front may have ended it.
fn is_secure(headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_as_it_went() {
        let sent = Token("0a".repeat(32));
        let mut headers = HeaderMap::new();
        let set = holding(&sent, &headers).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
        assert!(set.contains("Path=/api/blobs;") && !set.contains("Secure"), "{set}");
        let pair = set.split(';').next().unwrap();
        headers.insert(COOKIE, format!("a=b; {pair}; c=d").parse().unwrap());
        assert_eq!(token(&headers), Some(sent.clone()));
        headers.insert(ORIGIN, HeaderValue::from_static("https://voice.example.org"));
        assert!(holding(&sent, &headers).unwrap().to_str().unwrap().ends_with("; Secure"));
    }

    #[test]
    fn nothing_is_smuggled_into_it() {
        for bad in ["a; Domain=example.org", "a\r\nX: y", "a b", "\u{e9}"] {
            assert!(holding(&Token(bad.into()), &HeaderMap::new()).is_none(), "{bad}");
        }
        assert!(holding(&Token("a".repeat(5_000)), &HeaderMap::new()).is_none());
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("hearth_sounds=; other=x"));
        assert_eq!(token(&headers), None);
    }
}
