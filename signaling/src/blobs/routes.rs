//! `/api/blobs` over HTTP: uploading, and playing with ranges.
//!
//! Owns statuses, headers and the order of checks. Whoever may read the message that a sound is in
//! may hear it; anybody else is told that there is none.

use std::{
    net::{IpAddr, SocketAddr},
    ops::Range,
    sync::Arc,
};

use axum::{
    Json,
    body::Body,
    extract::{
        ConnectInfo, DefaultBodyLimit, Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, SET_COOKIE, VARY,
        },
    },
    middleware,
    response::{IntoResponse, Response},
    routing::options,
};
use hearth_protocol::{BlobId, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NotKept, cookie,
    range::{self, Wanted},
    sniff::Container,
};
use crate::{
    App, chat,
    clock::millis,
    http::Http,
    identity::Bearer,
    openapi::{self, Problem},
    origin::{self, Shared},
    pages::is_unchanged,
    refusal::Refusal,
    room::Visitor,
    store::{BlobRecord, LogKey},
    whip::bearer,
};

/// What pages of the origins that the settings name may do with sounds.
const SHARED: Shared = Shared {
    methods: "GET, HEAD, POST",
    headers: "Authorization, Content-Type, Range, If-None-Match, If-Range",
    exposed: "Location, ETag, Content-Range, Accept-Ranges, Content-Disposition, Retry-After",
};

/// `/api/blobs/…`.
pub fn routes(http: &Arc<Http>) -> OpenApiRouter<Arc<Http>> {
    // Each of them bounds what it reads by itself.
    let mut router = OpenApiRouter::new()
        .routes(routes!(upload))
        .routes(routes!(set_cookie, clear_cookie))
        .routes(routes!(play, look))
        .route("/api/blobs", options(preflight))
        .route("/api/blobs/{id}", options(preflight))
        .layer(DefaultBodyLimit::disable());
    openapi::refuses_foreign(router.get_openapi_mut());
    router.layer(middleware::from_fn_with_state((Arc::clone(http), &SHARED), origin::share))
}

/// A sound that was kept.
#[derive(Serialize, ToSchema)]
struct Uploaded {
    /// Names it: 32 hexadecimal digits.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    blob: BlobId,
    /// Its media type.
    mime: &'static str,
    /// Its size.
    bytes: u64,
    /// How long it says to be, ms.
    duration_ms: u64,
}

/// Takes a sound: one track of Opus, Vorbis or AAC in WebM, Ogg or MP4.
///
/// Its type is told from its bytes; what is declared is not looked at. It is deleted after a while
/// unless a message uses it.
#[utoipa::path(
    post,
    path = "/api/blobs",
    tag = "sounds",
    security(("bearer" = [])),
    request_body(content(
        (Vec<u8> = "audio/webm"),
        (Vec<u8> = "audio/ogg"),
        (Vec<u8> = "audio/mp4"),
    )),
    responses(
        (status = CREATED, body = Uploaded, headers(("Location" = String))),
        (status = BAD_REQUEST, body = Problem, description = "It did not come whole"),
        (status = UNAUTHORIZED, body = Problem, description = "No token, or not known"),
        (status = REQUEST_TIMEOUT, body = Problem, description = "It did not come in time"),
        (status = PAYLOAD_TOO_LARGE, body = Problem, description = "More bytes than may be"),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, description = "It is no such sound"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "It is too long"),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Wait as Retry-After says"),
    ),
)]
async fn upload(
    State(http): State<Arc<Http>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let token = bearer(&headers)?.ok_or_else(unauthorized)?;
    let owner = http.app.identities.whose(&token).await?.identity;
    let most = http.app.settings.blobs.max_bytes;
    // Whoever says beforehand that it is too much is not let begin.
    let claimed = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if claimed.is_some_and(|claimed| claimed > most) {
        return Err(NotKept::TooLarge(most).into());
    }
    let kept = http.app.blobs.keep(&owner, body.into_data_stream(), &http.app.limits).await?;
    let location = format!("/api/blobs/{}", kept.id);
    let uploaded = Uploaded {
        blob: kept.id,
        mime: kept.container.mime(),
        bytes: kept.bytes,
        duration_ms: millis(kept.length),
    };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(uploaded)).into_response())
}

/// A sound, or a part of it, for those who may read the message that it is in.
///
/// Only its owner hears one that is in no message yet.
#[utoipa::path(
    get,
    path = "/api/blobs/{id}",
    tag = "sounds",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("id" = String, Path, description = "From `POST /api/blobs`, or of a message"),
        ("ticket" = Option<String>, Query, description = "Of a message told by Socket.IO"),
        ("Range" = Option<String>, Header, description = "One range, as `bytes=0-99`"),
    ),
    responses(
        (status = OK, description = "All of it", content(
            (Vec<u8> = "audio/webm"), (Vec<u8> = "audio/ogg"), (Vec<u8> = "audio/mp4"),
        ), headers(("ETag" = String))),
        (status = PARTIAL_CONTENT, description = "The part", content(
            (Vec<u8> = "audio/webm"), (Vec<u8> = "audio/ogg"), (Vec<u8> = "audio/mp4"),
        ), headers(("Content-Range" = String), ("ETag" = String))),
        (status = NOT_MODIFIED, description = "If-None-Match names it"),
        (status = UNAUTHORIZED, body = Problem, description = "No token, or not known"),
        (status = NOT_FOUND, body = Problem, description = "There is none for this person"),
        (status = RANGE_NOT_SATISFIABLE, body = Problem, description = "It is shorter"),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Wait as Retry-After says"),
    ),
)]
async fn play(
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<Shown>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let shown = Shown::of(query);
    let blob = audible(&http, remote.ip(), id, &shown, &headers).await?;
    let (mut response, range) = head(&blob, &headers);
    if shown.ticket.is_some() {
        // The page that was given the ticket may be of another origin that the settings name.
        let anywhere = HeaderValue::from_static("cross-origin");
        response.headers_mut().insert("cross-origin-resource-policy", anywhere);
    }
    if let Some(range) = range {
        let bytes = http.app.blobs.read(&blob.id, range).await.map_err(|error| {
            tracing::error!(%error, "a sound cannot be read");
            let details = "the sound cannot be read now";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", details).retry_after(2)
        })?;
        *response.body_mut() = Body::from_stream(bytes);
    }
    Ok(response)
}

/// What `GET` would tell of a sound, without the sound.
#[utoipa::path(
    head,
    path = "/api/blobs/{id}",
    tag = "sounds",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("id" = String, Path, description = "From `POST /api/blobs`, or of a message"),
        ("ticket" = Option<String>, Query, description = "Of a message told by Socket.IO"),
    ),
    responses(
        (status = OK, description = "There it is"),
        (status = PARTIAL_CONTENT, description = "There is the part"),
        (status = NOT_MODIFIED, description = "If-None-Match names it"),
        (status = UNAUTHORIZED, description = "No token, or not known"),
        (status = NOT_FOUND, description = "There is none for this person"),
        (status = RANGE_NOT_SATISFIABLE, description = "It is shorter"),
        (status = SERVICE_UNAVAILABLE, description = "Wait as Retry-After says"),
    ),
)]
async fn look(
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<Shown>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    Ok(head(&audible(&http, remote.ip(), id, &Shown::of(query), &headers).await?, &headers).0)
}

/// What an address says of who asks.
#[derive(Deserialize)]
struct Shown {
    ticket: Option<String>,
}

impl Shown {
    /// What cannot be read is a ticket that is none.
    fn of(query: Result<Query<Self>, QueryRejection>) -> Self {
        query.map_or_else(|_| Self { ticket: Some(String::new()) }, |Query(shown)| shown)
    }
}

/// The sound, if whoever asks may hear it.
async fn audible(
    http: &Http,
    from: IpAddr,
    id: Result<Path<String>, PathRejection>,
    shown: &Shown,
    headers: &HeaderMap,
) -> Result<BlobRecord, Refusal> {
    let id = id.map(|Path(id)| BlobId(id));
    let who = match (bearer(headers)?, &shown.ticket) {
        (None, Some(ticket)) => {
            let id = id.as_ref().map_err(|_| not_found())?;
            let holder = http.app.blobs.tickets.holder(ticket, id, &http.app.roster);
            let holder = holder.ok_or_else(unauthorized)?;
            Bearer { identity: holder.identity.clone(), grants: holder.grants.clone() }
        }
        (Some(token), _) => http.app.identities.whose(&token).await?,
        (None, None) => {
            let token = cookie::token(headers).ok_or_else(unauthorized)?;
            http.app.identities.whose(&token).await?
        }
    };
    let id = id.map_err(|_| not_found())?;
    let blob = http.app.blobs.find(&id).await?.ok_or_else(not_found)?;
    if may_hear(&http.app, &who, from, &blob) { Ok(blob) } else { Err(not_found()) }
}

/// The answer without its body, and which bytes go there.
fn head(blob: &BlobRecord, headers: &HeaderMap) -> (Response, Option<Range<u64>>) {
    let etag = format!("\"{}\"", blob.id);
    let mut response = Response::new(Body::empty());
    describe(response.headers_mut(), blob, &etag);
    if is_unchanged(headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return (response, None);
    }
    let range = match range::wanted(headers, blob.bytes, &etag) {
        Wanted::Whole => 0..blob.bytes,
        Wanted::Part(range) => {
            let part = format!("bytes {}-{}/{}", range.start, range.end - 1, blob.bytes);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            say(response.headers_mut(), CONTENT_RANGE, part);
            range
        }
        Wanted::Nowhere => {
            let details = format!("the sound has {} bytes", blob.bytes);
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut refused = Refusal::new(status, "range_invalid", details).into_response();
            say(refused.headers_mut(), CONTENT_RANGE, format!("bytes */{}", blob.bytes));
            return (refused, None);
        }
    };
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    (response, Some(range))
}

/// Lets the page play sounds with `<audio>`: the token goes into a cookie that no script reads and
/// that comes to no other address.
#[utoipa::path(
    put,
    path = "/api/blobs/cookie",
    tag = "sounds",
    security(("bearer" = [])),
    responses(
        (status = NO_CONTENT, description = "It is set", headers(("Set-Cookie" = String))),
        (status = UNAUTHORIZED, body = Problem, description = "No token, or not known"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "The token does not fit"),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Wait as Retry-After says"),
    ),
)]
async fn set_cookie(
    State(http): State<Arc<Http>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let token: Token = bearer(&headers)?.ok_or_else(unauthorized)?;
    http.app.identities.whose(&token).await?;
    let cookie = cookie::holding(&token, &headers).ok_or_else(|| {
        let details = "this token does not fit into a cookie; send it as Authorization";
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "token_too_long", details)
    })?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Takes the cookie away.
#[utoipa::path(
    delete,
    path = "/api/blobs/cookie",
    tag = "sounds",
    responses(
        (status = NO_CONTENT, description = "It is gone", headers(("Set-Cookie" = String))),
    ),
)]
async fn clear_cookie() -> Response {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie::none())]).into_response()
}

async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Whether somebody may hear a sound: before it is in a message, whoever uploaded it; then those
/// who may read the message.
fn may_hear(app: &App, bearer: &Bearer, from: IpAddr, blob: &BlobRecord) -> bool {
    let Bearer { identity: who, grants } = bearer;
    match &blob.used_in {
        None => blob.owner == *who,
        Some(LogKey::Direct(one, other)) => one == who || other == who,
        Some(LogKey::Room(room)) => {
            chat::may_read(app, room, Visitor { identity: who, address: Some(from), grants })
        }
    }
}

/// It never changes, so it is kept for as long as may be; but by the one browser only, and anew
/// for whoever else uses that.
fn describe(headers: &mut HeaderMap, blob: &BlobRecord, etag: &str) {
    let container = Container::of_mime(&blob.mime).unwrap_or(Container::WebM);
    let ending = container.ending();
    let short = blob.id.0.get(..8).unwrap_or_default();
    for (name, value) in [
        (CONTENT_TYPE, container.mime()),
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (VARY, "Authorization, Cookie"),
        (ACCEPT_RANGES, "bytes"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    say(headers, ETAG, etag);
    say(headers, CONTENT_DISPOSITION, format!("inline; filename=\"voice-{short}.{ending}\""));
}

/// A header whose value is made of digits and names.
fn say(headers: &mut HeaderMap, name: HeaderName, value: impl AsRef<str>) {
    if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
        headers.insert(name, value);
    }
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "blob_not_found", "there is no such sound for you")
}

fn unauthorized() -> Refusal {
    let details = "sounds are for people: send `Authorization: Bearer <token>`";
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", details)
}

impl From<NotKept> for Refusal {
    fn from(why: NotKept) -> Self {
        let details = why.to_string();
        let (status, error) = match why {
            NotKept::Refused(fault) => return fault.into(),
            NotKept::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            NotKept::TooLong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "too_long"),
            NotKept::NotSound(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            NotKept::TooSlow => (StatusCode::REQUEST_TIMEOUT, "timeout"),
            NotKept::Broken => (StatusCode::BAD_REQUEST, "bad_message"),
        };
        Self::new(status, error, details)
    }
}
