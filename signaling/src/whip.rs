//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): voices without a WebSocket.
//!
//! Owns the HTTP side: media types, statuses, and the order of checks. A talker or listener that
//! comes this way is an ordinary participant. Never judges an offer: the media plane does.

mod resource;
mod sdpfrag;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{
        ConnectInfo, Path, Query, Request, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{
        HeaderMap, HeaderName, StatusCode, Uri,
        header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::{options, post},
};
use hearth_protocol::{Password, RoomId, Token};
use serde::Deserialize;
use utoipa::openapi::PathItem;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::Http,
    openapi::{self, Problem},
    origin::{self, Shared},
    refusal::Refusal,
    room::Visitor,
    rooms::no_room,
};
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

/// What pages of the origins that the settings name may do here.
const SHARED: Shared = Shared {
    methods: "POST, PATCH, DELETE, OPTIONS",
    headers: "Authorization, Content-Type, If-Match",
    exposed: "Location, ETag, Retry-After",
};

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

    fn of(uri: &Uri) -> Self {
        if uri.path().starts_with("/whep/") { Self::Listens } else { Self::Talks }
    }
}

/// `/whip/…` and `/whep/…`.
pub fn routes(http: &Arc<Http>) -> OpenApiRouter<Arc<Http>> {
    let mut router = OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(change, close))
        .route("/whip/{room}", options(describe_endpoint))
        .route("/whip/{room}/{id}", options(describe_resource))
        .route("/whep/{room}", post(open).options(describe_endpoint))
        .route("/whep/{room}/{id}", options(describe_resource).patch(change).delete(close));
    // The two differ in the direction of the voice alone, which the path says.
    let paths = &mut router.get_openapi_mut().paths.paths;
    for (path, item) in paths.clone() {
        paths.insert(path.replacen("/whip/", "/whep/", 1), for_listening(item));
    }
    openapi::refuses_foreign(router.get_openapi_mut());
    router.layer(middleware::from_fn_with_state((Arc::clone(http), &SHARED), origin::share))
}

/// The description of WHEP, from that of WHIP.
fn for_listening(mut item: PathItem) -> PathItem {
    for operation in [&mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
        operation.tags = Some(vec!["whep".into()]);
        operation.operation_id =
            operation.operation_id.as_ref().map(|id| id.replace("whip", "whep"));
    }
    item
}

#[derive(Deserialize)]
struct Guest {
    name: Option<String>,
    /// Programs that send voices have no other place for it.
    password: Option<Password>,
}

/// A new voice: the offer in, the answer out (RFC 9725 §4.2).
///
/// With a token one is who one is; without, a guest with `name`.
#[utoipa::path(
    post,
    path = "/whip/{room}",
    operation_id = "whip_open",
    tag = "whip",
    security(("bearer" = []), ()),
    params(
        ("room" = String, Path, description = "Which room"),
        ("name" = Option<String>, Query, description = "Of a guest, or a new one"),
        ("password" = Option<String>, Query, description = "Of a room that asks for one"),
    ),
    request_body(content = String, content_type = "application/sdp", description = "The offer"),
    responses(
        (status = CREATED, description = "The answer", body = String,
         content_type = "application/sdp", headers(("Location" = String), ("ETag" = String))),
        (status = BAD_REQUEST, body = Problem, description = "The name is not allowed"),
        (status = UNAUTHORIZED, body = Problem, description = "The token is not known"),
        (status = FORBIDDEN, body = Problem,
         description = "A page of another origin, the password is wrong, or one is banned"),
        (status = NOT_FOUND, body = Problem, description = "There is no such room"),
        (status = NOT_ACCEPTABLE, body = Problem, description = "Accept leaves SDP out"),
        (status = REQUEST_TIMEOUT, body = Problem, description = "It did not come in time"),
        (status = CONFLICT, body = Problem, description = "The name is taken, the room is full"),
        (status = PAYLOAD_TOO_LARGE, body = Problem, description = "The offer is too large"),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, description = "It is not SDP"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "The offer cannot be met"),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Wait as Retry-After says"),
    ),
)]
async fn open(
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    room: Result<Path<String>, PathRejection>,
    guest: Result<Query<Guest>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    http.app.takes_more()?;
    let Path(room) = room.map_err(|rejection| address_invalid(&rejection))?;
    let Query(guest) = guest.map_err(|rejection| address_invalid(&rejection))?;
    let direction = Direction::of(request.uri());
    let headers = request.headers();
    require_type(headers, SDP)?;
    if !accepts(headers, SDP) {
        let details = "the answer is application/sdp, which Accept leaves out";
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", details));
    }
    http.app.limits.hello(remote.ip())?;
    let room = RoomId(room);
    let found = http.app.presence.rooms().find(&room).ok_or_else(no_room)?;
    let token = bearer(headers)?;
    let offer = bytes(request.into_body(), hearth_sfu::MAX_OFFER_BYTES).await?;
    let offer = text(&offer)
        .map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "offer_invalid", why))?;
    let admitted = http.app.identities.admit(token.as_ref(), guest.name.as_deref(), None).await?;
    http.app.limits.voice(&admitted.who.identity)?;
    let visitor = Visitor {
        identity: &admitted.who.identity,
        address: Some(remote.ip()),
        grants: &admitted.grants,
    };
    found.let_pass(visitor, guest.password, &http.app).await?;
    let opened =
        http.resources.open(direction, &room, admitted, remote.ip(), offer.to_owned()).await?;
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
#[utoipa::path(
    patch,
    path = "/whip/{room}/{id}",
    operation_id = "whip_change",
    tag = "whip",
    params(
        ("room" = String, Path, description = "As in Location"),
        ("id" = String, Path, description = "As in Location; whoever knows it may do this"),
        ("If-Match" = Option<String>, Header, description = "The ETag, or `*` to restart"),
    ),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag"),
    responses(
        (status = OK, description = "Restarted", body = String,
         content_type = "application/trickle-ice-sdpfrag", headers(("ETag" = String))),
        (status = NO_CONTENT, description = "There is nothing to do"),
        (status = BAD_REQUEST, body = Problem, description = "The fragment cannot be read"),
        (status = NOT_FOUND, body = Problem, description = "There is no such voice"),
        (status = REQUEST_TIMEOUT, body = Problem, description = "It did not come in time"),
        (status = CONFLICT, body = Problem, description = "The voice has just ended"),
        (status = PRECONDITION_FAILED, body = Problem, description = "It was restarted since"),
        (status = PAYLOAD_TOO_LARGE, body = Problem, description = "The fragment is too large"),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, description = "It is no fragment"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "It cannot be met"),
        (status = PRECONDITION_REQUIRED, body = Problem, description = "Without If-Match"),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Wait as Retry-After says"),
    ),
)]
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
#[utoipa::path(
    delete,
    path = "/whip/{room}/{id}",
    operation_id = "whip_close",
    tag = "whip",
    params(
        ("room" = String, Path, description = "As in Location"),
        ("id" = String, Path, description = "As in Location; whoever knows it may do this"),
    ),
    responses(
        (status = OK, description = "It is over"),
        (status = NOT_FOUND, body = Problem, description = "There is no such voice"),
    ),
)]
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
