//! What is served over HTTP: the routes, and what holds for all of them.
//!
//! Owns the order of the checks before anything else happens (rate, then origin), the security
//! headers, and the upgrade of `/ws`. Never decides about rooms, people or voices.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{
        ConnectInfo, Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CONTENT_SECURITY_POLICY, REFERRER_POLICY, UPGRADE, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App, blobs, openapi,
    origin::{self, AllowedOrigins, Standing},
    pages,
    refusal::Refusal,
    rest, session,
    socketio::Dialect,
    whip::{self, Resources},
};

/// WebSockets beyond `session.max_sessions` that may be open without having said `hello`.
const SPARE_SOCKETS: usize = 256;

/// What every route can reach.
pub struct Http {
    /// The server.
    pub app: Arc<App>,
    /// Which pages may talk to it.
    pub origins: AllowedOrigins,
    /// WHIP and WHEP.
    pub resources: Arc<Resources>,
    /// Socket.IO, if it is switched on.
    dialect: Option<Dialect>,
    sockets: Arc<Semaphore>,
    most_sockets: usize,
}

impl Http {
    /// Serves `app`.
    #[must_use]
    pub fn new(app: Arc<App>) -> Arc<Self> {
        let most_sockets = app.settings.session.max_sessions + SPARE_SOCKETS;
        let sockets = Arc::new(Semaphore::new(most_sockets));
        let dialect = app.settings.socketio.enabled.then(|| Dialect::new(&app, &sockets));
        Arc::new(Self {
            origins: AllowedOrigins::new(&app.settings.server.allowed_origins),
            resources: Resources::new(Arc::clone(&app)),
            dialect,
            sockets,
            most_sockets,
            app,
        })
    }

    /// All routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let (described, description) = OpenApiRouter::with_openapi(openapi::beginning())
            .merge(rest::routes())
            .merge(blobs::routes(self))
            .merge(whip::routes(self))
            .split_for_parts();
        let dialect = self.dialect.as_ref().map(|dialect| dialect.routes(self));
        described
            .merge(openapi::serve(description))
            .merge(dialect.unwrap_or_default())
            .route("/ws", get(socket))
            .fallback(pages::serve)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(middleware::from_fn_with_state(Arc::clone(self), guard))
            .with_state(Arc::clone(self))
    }

    /// Whether the request shows a token that is known here.
    async fn knows_bearer(&self, headers: &HeaderMap) -> bool {
        match whip::bearer(headers) {
            Ok(Some(token)) => self.app.identities.knows(&token).await,
            Ok(None) | Err(_) => false,
        }
    }

    /// Whether there is no place for another WebSocket.
    pub(crate) fn is_full(&self) -> bool {
        self.sockets.available_permits() == 0
    }

    /// Waits until every WebSocket is closed, and every connection of Socket.IO.
    pub async fn sockets_closed(&self) {
        if let Some(dialect) = &self.dialect {
            dialect.close().await;
        }
        let all = u32::try_from(self.most_sockets).unwrap_or(u32::MAX);
        let _ = self.sockets.acquire_many(all).await;
    }
}

/// Upgrades to a session, for pages that may and for programs that show a token.
async fn socket(
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let refused = match http.origins.standing(&headers) {
        Standing::Same | Standing::Allowed => None,
        // Browsers always send an origin with a WebSocket, so this is a program. It shows the
        // token that it will say hello with, or states the server's own origin.
        Standing::Absent if http.knows_bearer(&headers).await => None,
        Standing::Absent => Some(
            "no Origin: a program sends `Origin: http://<this host>`, or `Authorization: Bearer \
             <its token>`",
        ),
        Standing::Foreign => Some(origin::FOREIGN),
    };
    if let Some(details) = refused {
        return Err(origin::refused(details));
    }
    let upgrade = upgrade.map_err(|_| {
        Refusal::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "this is a WebSocket")
    })?;
    if http.app.is_stopping() {
        let details = "the server is stopping";
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", details).retry_after(2));
    }
    let permit = Arc::clone(&http.sockets).try_acquire_owned().map_err(|_| {
        let details = "the server has as many connections as it takes";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", details).retry_after(10)
    })?;
    let app = Arc::clone(&http.app);
    Ok(session::accept(upgrade, remote.ip(), app, permit))
}

/// Before and after every route: the rate, the count, the security headers.
async fn guard(
    State(http): State<Arc<Http>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match http.app.limits.http(remote.ip()) {
        Ok(()) => next.run(request).await,
        Err(fault) => Refusal::from(fault).into_response(),
    };
    if response.status() == StatusCode::UPGRADE_REQUIRED {
        response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    metrics::counter!("hearth_http_responses_total", "status" => status_class(&response))
        .increment(1);
    for (name, value) in SECURITY_HEADERS {
        // What is stricter stays.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// `wasm-unsafe-eval` compiles WebAssembly and evaluates nothing else; `blob:` is for worklets
/// and for what was recorded and is played back. No inline script or style runs.
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; \
         worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "microphone=(self), autoplay=(self), speaker-selection=(self), screen-wake-lock=(self), \
         camera=(), geolocation=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

fn status_class(response: &Response) -> &'static str {
    match response.status().as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

async fn method_not_allowed() -> Refusal {
    let details = "this address does not take that method; see Allow";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", details)
}
