//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): voices without a WebSocket.
//!
//! Owns the HTTP side: media types, statuses, and the order of checks. A talker or listener that
//! comes this way is an ordinary participant. Never judges an offer: the media plane does.

mod resource;
mod sdpfrag;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{
        ConnectInfo, Path, Query, Request, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ALLOW, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, ORIGIN, VARY,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{options, post},
};
use hearth_protocol::{RoomId, Token};
use serde::Deserialize;

use crate::{http::Http, origin::Standing, refusal::Refusal};
pub use resource::Resources;
use sdpfrag::Credentials;

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// A body that has not come by then is not waited for.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest fragment, bytes.
const MAX_FRAGMENT_BYTES: usize = 16 * 1024;

/// In which direction the voice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// WHIP: into the room.
    Talks,
    /// WHEP: out of the room.
    Listens,
}

impl Direction {
    const fn path(self) -> &'static str {
        match self {
            Self::Talks => "whip",
            Self::Listens => "whep",
        }
    }
}

/// `/whip/…` and `/whep/…`.
pub fn routes(http: &Arc<Http>) -> Router<Arc<Http>> {
    let mut router = Router::new();
    for direction in [Direction::Talks, Direction::Listens] {
        let open = move |state, remote, room, query, request| {
            open(direction, state, remote, room, query, request)
        };
        let path = direction.path();
        router = router
            .route(&format!("/{path}/{{room}}"), post(open).options(describe_endpoint))
            .route(
                &format!("/{path}/{{room}}/{{id}}"),
                options(describe_resource).patch(change).delete(close),
            );
    }
    router.layer(middleware::from_fn_with_state(Arc::clone(http), cross_origin))
}

#[derive(Deserialize)]
struct Guest {
    name: Option<String>,
}

/// A new voice: the offer in, the answer out (RFC 9725 §4.2).
async fn open(
    direction: Direction,
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    room: Result<Path<String>, PathRejection>,
    guest: Result<Query<Guest>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    if http.app.is_stopping() {
        return Err(resource::stopping().into());
    }
    let Path(room) = room.map_err(|rejection| address_invalid(&rejection))?;
    let Query(guest) = guest.map_err(|rejection| address_invalid(&rejection))?;
    let headers = request.headers();
    require_type(headers, SDP)?;
    if !accepts(headers, SDP) {
        let details = "the answer is application/sdp, which Accept leaves out";
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", details));
    }
    http.app.limits.hello(remote.ip())?;
    let room = RoomId(room);
    if http.app.presence.rooms().find(&room).is_none() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "room_not_found", "there is no such room"));
    }
    let token = bearer(headers)?;
    let offer = bytes(request.into_body(), hearth_sfu::MAX_OFFER_BYTES).await?;
    let offer = text(&offer)
        .map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "offer_invalid", why))?;
    let admitted = http.app.identities.admit(token.as_ref(), guest.name.as_deref(), None).await?;
    http.app.limits.voice(&admitted.who.identity)?;
    let opened = http.resources.open(direction, &room, admitted, offer.to_owned()).await?;
    let location = format!("/{}/{}/{}", direction.path(), room.0, opened.id);
    Ok((
        StatusCode::CREATED,
        [
            (CONTENT_TYPE, SDP.to_owned()),
            (LOCATION, location),
            (ETAG, opened.etag),
            (ACCEPT_PATCH, FRAGMENT.to_owned()),
        ],
        opened.answer,
    )
        .into_response())
}

/// Candidates, or a restart of ICE (RFC 9725 §4.3).
async fn change(
    State(http): State<Arc<Http>>,
    id: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let Path((_, id)) = id.map_err(|_| no_resource())?;
    let resource = http.resources.find(&id).ok_or_else(no_resource)?;
    require_type(request.headers(), FRAGMENT)?;
    let Some(wanted) = request.headers().get(IF_MATCH).cloned() else {
        let details = "If-Match names the ETag of the ICE session, or * to restart it";
        let status = StatusCode::PRECONDITION_REQUIRED;
        return Err(Refusal::new(status, "precondition_required", details));
    };
    let fragment = bytes(request.into_body(), MAX_FRAGMENT_BYTES).await?;
    let invalid = |why| Refusal::new(StatusCode::BAD_REQUEST, "fragment_invalid", why);
    let fragment = text(&fragment).map_err(invalid)?;
    let credentials =
        Credentials::of_fragment(fragment).map_err(|error| invalid(error.to_string()))?;
    if wanted != "*" && !resource.has_etag(&wanted) {
        let details = "the ICE session is another by now; its ETag came with the last answer";
        return Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "etag_mismatch", details));
    }
    if resource.is_current(&credentials) {
        // Candidates: nothing to do, this server is ICE-lite.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let restarted = http.resources.restart(&resource, &credentials).await?;
    let headers = [(CONTENT_TYPE, FRAGMENT.to_owned()), (ETAG, restarted.etag)];
    Ok((headers, restarted.fragment).into_response())
}

/// The end of the voice (RFC 9725 §4.2).
async fn close(
    State(http): State<Arc<Http>>,
    id: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let Path((_, id)) = id.map_err(|_| no_resource())?;
    if http.resources.close(&id) { Ok(StatusCode::OK) } else { Err(no_resource()) }
}

async fn describe_endpoint() -> Response {
    (StatusCode::NO_CONTENT, [(ALLOW, "POST, OPTIONS"), (ACCEPT_POST, SDP)]).into_response()
}

async fn describe_resource() -> Response {
    let headers = [(ALLOW, "PATCH, DELETE, OPTIONS"), (ACCEPT_PATCH, FRAGMENT)];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Refuses pages of foreign origins; lets those that the settings name read the responses.
async fn cross_origin(State(http): State<Arc<Http>>, request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let origin = request.headers().get(ORIGIN).cloned();
    let standing = http.origins.standing(request.headers());
    if standing == Standing::Foreign {
        let details = "pages of this origin are not let in; see server.allowed_origins";
        return Refusal::new(StatusCode::FORBIDDEN, "origin_refused", details).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let (Standing::Allowed, Some(origin)) = (standing, origin) else { return response };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut say = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    say(ACCESS_CONTROL_EXPOSE_HEADERS, "Location, ETag, Retry-After");
    if preflight {
        say(ACCESS_CONTROL_ALLOW_METHODS, "POST, PATCH, DELETE, OPTIONS");
        say(ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, If-Match");
        say(ACCESS_CONTROL_MAX_AGE, "600");
    }
    response
}

fn address_invalid(why: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "address_invalid", why.to_string())
}

fn no_resource() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "resource_not_found", "this voice is not there any more")
}

/// The token of `Authorization: Bearer …`, if there is such a header.
///
/// # Errors
/// Another scheme, or no token.
pub fn bearer(headers: &HeaderMap) -> Result<Option<Token>, Refusal> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token =
        value.to_str().ok().and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
    match token {
        Some(token) if !token.is_empty() => Ok(Some(Token(token))),
        _ => {
            let details = "Authorization is `Bearer <token>`";
            Err(Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", details))
        }
    }
}

fn require_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media_type(given).eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let details = format!("the body must be {wanted}");
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", details))
}

/// Whether the `Accept` headers take `offered`; no such header takes everything.
fn accepts(headers: &HeaderMap, offered: &str) -> bool {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(media_type)
        .filter(|range| !range.is_empty())
        .peekable();
    ranges.peek().is_none()
        || ranges.any(|range| {
            range == "*/*" || range == "application/*" || range.eq_ignore_ascii_case(offered)
        })
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or("").trim()
}

fn text(body: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(body).map_err(|_| "the body is not text".into())
}

/// The body, of at most `most` bytes, which must come in time.
async fn bytes(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let read = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, most)).await;
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let details = format!("the body must come whole and be at most {most} bytes");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", details))
        }
        Err(_) => {
            let details = "the body did not come in time";
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", details))
        }
    }
}
