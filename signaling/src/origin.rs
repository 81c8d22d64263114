//! Which web pages may talk to this server.
//!
//! Owns the comparison of a request's `Origin` with the server's own address and with
//! `server.allowed_origins`, and what pages of the latter are told (CORS). Never looks at tokens:
//! who acts is another question.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            HOST, ORIGIN, VARY,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{http::Http, refusal::Refusal};

/// The origins that are allowed besides the server's own.
#[derive(Debug, Clone, Default)]
pub struct AllowedOrigins(Vec<Authority>);

/// What a request's `Origin` is to this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none: not a browser's cross-origin request, nor a browser's WebSocket.
    Absent,
    /// The page came from this server.
    Same,
    /// The page came from an origin that the settings name.
    Allowed,
    /// Any other page: `null`, a look-alike, another port.
    Foreign,
}

/// Host and port; what remains of an origin when the scheme has supplied the default port.
/// The scheme itself is not compared: a proxy in front may add TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Authority {
    host: String,
    port: u16,
}

/// What pages of allowed origins may do with an address, as lists for the headers of CORS.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    /// Methods.
    pub methods: &'static str,
    /// Headers of requests.
    pub headers: &'static str,
    /// Headers of responses.
    pub exposed: &'static str,
}

/// Refuses pages of foreign origins; lets those that the settings name read the responses.
pub async fn share(
    State((http, shared)): State<(Arc<Http>, &'static Shared)>,
    request: Request,
    next: Next,
) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let origin = request.headers().get(ORIGIN).cloned();
    let standing = http.origins.standing(request.headers());
    if standing == Standing::Foreign {
        return refused(FOREIGN).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let (Standing::Allowed, Some(origin)) = (standing, origin) else { return response };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut say = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    say(ACCESS_CONTROL_EXPOSE_HEADERS, shared.exposed);
    if preflight {
        say(ACCESS_CONTROL_ALLOW_METHODS, shared.methods);
        say(ACCESS_CONTROL_ALLOW_HEADERS, shared.headers);
        say(ACCESS_CONTROL_MAX_AGE, "600");
    }
    response
}

/// Why a page of a foreign origin is refused.
pub(crate) const FOREIGN: &str = "pages of this origin are not let in; see server.allowed_origins";

/// A request is refused for where it comes from.
pub(crate) fn refused(details: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "origin_refused", details)
}

impl AllowedOrigins {
    /// From `server.allowed_origins`; the settings have checked their form.
    #[must_use]
    pub fn new(origins: &[String]) -> Self {
        Self(origins.iter().filter_map(|origin| Some(Authority::of_origin(origin)?.0)).collect())
    }

    /// What the request with these headers is to us.
    #[must_use]
    pub fn standing(&self, headers: &HeaderMap) -> Standing {
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else { return Standing::Absent };
        let parsed = origin.to_str().ok().and_then(Authority::of_origin);
        let (Some((origin, default_port)), None) = (parsed, origins.next()) else {
            return Standing::Foreign;
        };
        if self.0.contains(&origin) {
            return Standing::Allowed;
        }
        let own = headers.get(HOST).and_then(|host| Authority::of_host(host, default_port));
        if own.is_some_and(|own| own == origin) { Standing::Same } else { Standing::Foreign }
    }
}

impl Authority {
    /// Of `scheme://host[:port]`, and the scheme's default port.
    fn of_origin(origin: &str) -> Option<(Self, u16)> {
        let (scheme, rest) = origin.split_once("://")?;
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        Some((Self::parse(rest, default_port)?, default_port))
    }

    fn of_host(host: &HeaderValue, default_port: u16) -> Option<Self> {
        Self::parse(host.to_str().ok()?, default_port)
    }

    fn parse(text: &str, default_port: u16) -> Option<Self> {
        // http's parser knows IPv6 brackets and refuses what is no authority.
        let authority: axum::http::uri::Authority = text.parse().ok()?;
        if text.contains('@') || authority.host().is_empty() {
            return None;
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().ok()?,
            None if text.ends_with(':') => return None,
            None => default_port,
        };
        Some(Self { host: authority.host().to_ascii_lowercase(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(allowed: &[&str], host: &str, origin: Option<&str>) -> Standing {
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        AllowedOrigins::new(&allowed).standing(&headers)
    }

    #[test]
    fn the_own_origin_is_the_same_whatever_the_scheme_and_case() {
        for (host, origin) in [
            ("localhost:8080", "http://localhost:8080"),
            ("voice.example.org", "https://voice.example.org"),
            ("voice.example.org:443", "https://voice.example.org"),
            ("voice.example.org", "http://Voice.Example.org:80"),
            ("[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(standing(&[], host, Some(origin)), Standing::Same, "{host} {origin}");
        }
    }

    #[test]
    fn everything_that_only_looks_alike_is_foreign() {
        for origin in [
            "null",
            "",
            "http://evil-localhost:8080",
            "http://localhost:8080.evil.example",
            "http://localhost.evil.example:8080",
            "http://sub.localhost:8080",
            "http://localhost:8081",
            "http://localhost",
            "http://127.0.0.1:8080",
            "http://evil@localhost:8080",
            "http://localhost:8080/",
            "http://localhost:8080:8080",
            "http://localhost:",
            "ftp://localhost:8080",
            "localhost:8080",
            "file://",
        ] {
            assert_eq!(
                standing(&[], "localhost:8080", Some(origin)),
                Standing::Foreign,
                "{origin}"
            );
        }
    }

    #[test]
    fn named_origins_are_allowed_exactly() {
        let allowed = ["https://chat.example.org"];
        let origin = |origin| standing(&allowed, "voice.example.org", Some(origin));
        assert_eq!(origin("https://chat.example.org"), Standing::Allowed);
        assert_eq!(origin("https://chat.example.org:444"), Standing::Foreign);
        assert_eq!(origin("https://evil.chat.example.org"), Standing::Foreign);
        assert_eq!(origin("https://chat.example.org.evil"), Standing::Foreign);
    }

    #[test]
    fn absent_is_neither() {
        assert_eq!(standing(&[], "localhost:8080", None), Standing::Absent);
    }

    #[test]
    fn two_origins_are_foreign() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "localhost:8080".parse().unwrap());
        headers.append(ORIGIN, "http://localhost:8080".parse().unwrap());
        headers.append(ORIGIN, "http://evil.example".parse().unwrap());
        assert_eq!(AllowedOrigins::default().standing(&headers), Standing::Foreign);
    }
}
