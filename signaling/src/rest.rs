//! The small REST interface: rooms, health, readiness, figures.
//!
//! Owns their JSON. Never changes anything.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use crate::{http::Http, metrics, refusal::Refusal};

/// `/api/…` and `/metrics`.
pub fn routes() -> Router<Arc<Http>> {
    Router::new()
        .route("/api/rooms", get(rooms))
        .route("/api/health", get(health))
        .route("/api/ready", get(ready))
        .route("/metrics", get(figures))
}

/// The rooms, with how many people are inside.
async fn rooms(State(http): State<Arc<Http>>) -> Response {
    #[derive(Serialize)]
    struct List {
        rooms: Vec<Entry>,
    }
    #[derive(Serialize)]
    struct Entry {
        id: String,
        name: String,
        icon: String,
        users: usize,
    }
    let rooms = http.app.presence.rooms().all();
    let entry = |room: &Arc<crate::room::Room>| {
        let record = room.record();
        Entry {
            id: room.id().0.clone(),
            name: record.name.clone(),
            icon: record.icon.clone(),
            users: room.count(),
        }
    };
    fresh(Json(List { rooms: rooms.iter().map(entry).collect() }))
}

/// The process lives.
async fn health() -> Response {
    #[derive(Serialize)]
    struct Health {
        ok: bool,
        version: &'static str,
    }
    fresh(Json(Health { ok: true, version: env!("CARGO_PKG_VERSION") }))
}

/// People can come in.
async fn ready(State(http): State<Arc<Http>>) -> Response {
    #[derive(Serialize)]
    struct Ready {
        ok: bool,
    }
    let refused = if http.app.is_stopping() {
        Some(("stopping", "the server is stopping"))
    } else if !http.app.media.is_alive() {
        Some(("media_stopped", "the media plane has stopped; see the log"))
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

/// For Prometheus.
async fn figures(State(http): State<Arc<Http>>) -> Response {
    let text = metrics::render() + &http.app.media.figures();
    fresh(([("content-type", "text/plain; version=0.0.4; charset=utf-8")], text))
}

fn fresh(body: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response()
}
