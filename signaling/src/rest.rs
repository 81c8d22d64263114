//! The small REST interface: rooms, health, readiness, figures.
//!
//! Owns their JSON. Never changes anything.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, clock::millis, http::Http, metrics, openapi::Problem, refusal::Refusal};

/// `/api/…` and `/metrics`.
pub fn routes() -> OpenApiRouter<Arc<Http>> {
    OpenApiRouter::new()
        .routes(routes!(rooms))
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(stats))
        .routes(routes!(figures))
}

#[derive(Serialize, ToSchema)]
struct RoomList {
    /// In the order in which they are shown.
    rooms: Vec<RoomEntry>,
}

#[derive(Serialize, ToSchema)]
struct RoomEntry {
    /// Never changes.
    id: String,
    /// As shown.
    name: String,
    /// One emoji.
    icon: String,
    /// How many people are inside.
    users: usize,
}

/// The rooms, with how many people are inside.
#[utoipa::path(
    get,
    path = "/api/rooms",
    tag = "server",
    responses(
        (status = OK, body = RoomList),
    ),
)]
async fn rooms(State(http): State<Arc<Http>>) -> Response {
    let rooms = http.app.presence.rooms().all();
    let entry = |room: &Arc<crate::room::Room>| {
        let record = room.record();
        RoomEntry {
            id: room.id().0.clone(),
            name: record.name.clone(),
            icon: record.icon.clone(),
            users: room.count(),
        }
    };
    fresh(Json(RoomList {
        rooms: rooms.iter().filter(|room| !room.record().hidden).map(entry).collect(),
    }))
}

#[derive(Serialize, ToSchema)]
struct Health {
    ok: bool,
    /// Of the program.
    version: &'static str,
}

/// The process lives.
#[utoipa::path(
    get,
    path = "/api/health",
    tag = "server",
    responses(
        (status = OK, body = Health),
    ),
)]
async fn health() -> Response {
    fresh(Json(Health { ok: true, version: env!("CARGO_PKG_VERSION") }))
}

#[derive(Serialize, ToSchema)]
struct Ready {
    ok: bool,
}

/// People can come in.
#[utoipa::path(
    get,
    path = "/api/ready",
    tag = "server",
    responses(
        (status = OK, body = Ready),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Not now; says why"),
    ),
)]
async fn ready(State(http): State<Arc<Http>>) -> Response {
    let app = &http.app;
    let refused = if app.takes_more().is_err() {
        Some(("stopping", "the server is stopping"))
    } else if !app.media.is_alive() {
        Some(("media_stopped", "the media plane has stopped; see the log"))
    } else if let Err(reason) = stores(app).await {
        tracing::warn!(reason, "not ready");
        Some(("store_unavailable", "nothing can be stored at present; see the log"))
    } else {
        None
    };
    match refused {
        Some((error, details)) => {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error, details).into_response()
        }
        None => fresh(Json(Ready { ok: true })),
    }
}

/// Whether the store works. A disk that hangs says nothing, and is not ready either.
async fn stores(app: &App) -> Result<(), String> {
    match tokio::time::timeout(app.settings.store.timeout, app.store.check()).await {
        Ok(checked) => checked.map_err(|error| error.to_string()),
        Err(_) => Err("the store does not answer in time".into()),
    }
}

#[derive(Serialize, ToSchema)]
struct Stats {
    /// Of the program.
    version: &'static str,
    /// How long it has been running, ms.
    uptime_ms: u64,
    /// Rooms that there are.
    rooms: usize,
    /// People in rooms, each once per room.
    participants: usize,
    /// Of which with a voice, connected or on its way.
    voices: usize,
    /// People online, in rooms or not.
    sessions: usize,
    /// What "acknowledged" means here: the level at which things are stored.
    durability: &'static str,
}

/// How much is going on. In detail: `/metrics`.
#[utoipa::path(
    get,
    path = "/api/stats",
    tag = "server",
    responses(
        (status = OK, body = Stats),
    ),
)]
async fn stats(State(http): State<Arc<Http>>) -> Response {
    let app = &http.app;
    fresh(Json(Stats {
        version: env!("CARGO_PKG_VERSION"),
        uptime_ms: millis(app.started.elapsed()),
        rooms: app.presence.rooms().all().len(),
        participants: app.presence.len(),
        voices: app.media.voices(),
        sessions: app.roster.len(),
        durability: app.durability,
    }))
}

/// Every figure, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "server",
    responses(
        (status = OK, body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"),
    ),
)]
async fn figures(State(http): State<Arc<Http>>) -> Response {
    let text = metrics::render() + &http.app.media.figures();
    fresh(([("content-type", "text/plain; version=0.0.4; charset=utf-8")], text))
}

/// An answer that is true at the moment only.
pub(crate) fn fresh(body: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response()
}
