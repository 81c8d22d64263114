//! The Socket.IO dialect: the events of an older voice chat, spoken over Socket.IO v4 at
//! `/socket.io/` and led to the same commands as the native protocol. SOCKETIO.md has the table.
//!
//! Owns the service, its bounds and the checks before any of it. Each connection is a session with
//! an outbox like everybody's. Adds no behaviour: it decides nothing about rooms, people or
//! messages.

mod asking;
mod connection;
mod directory;
mod event;
mod message;
mod mirror;
mod relay;
mod speech;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, Method, StatusCode,
        header::{HOST, ORIGIN},
        request::Parts,
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use socketioxide::{
    ParserConfig, SocketIo, handler::ConnectHandler as _, service::SocketIoService,
};
use tokio::sync::Semaphore;

use crate::{
    App,
    http::Http,
    origin::{self, Shared, Standing},
    refusal::Refusal,
};
use connection::{Entry, connect};
use directory::Directory;

/// Events that may wait behind an outbox for the transport to take them. Then the outbox fills up
/// to its own bounds, which end the session.
const BUFFERED_EVENTS: usize = 128;

/// What an event with a sound has besides the sound, bytes.
const ENVELOPE_BYTES: u64 = 16 * 1024;

/// How long the connections of a server that stops may take to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What pages of the origins that the settings name may do here.
const SHARED: Shared = Shared { methods: "GET, POST", headers: "Content-Type", exposed: "" };

/// The dialect, as it is served.
pub struct Dialect {
    service: SocketIoService<Router>,
    io: SocketIo,
}

/// What every connection can reach.
struct Scene {
    app: Arc<App>,
    directory: Directory,
    /// Shared with the native WebSockets.
    sockets: Arc<Semaphore>,
}

impl Dialect {
    /// Speaks for `app`. A connection holds a permit of `sockets`.
    #[must_use]
    pub fn new(app: &Arc<App>, sockets: &Arc<Semaphore>) -> Self {
        let settings = &app.settings;
        let session = &settings.session;
        // Base64 makes four characters of three bytes.
        let largest = settings.blobs.max_bytes.div_ceil(3) * 4 + ENVELOPE_BYTES;
        let largest_message = usize::try_from(largest).unwrap_or(usize::MAX);
        let (service, io) = SocketIo::builder()
            .ping_interval(session.heartbeat)
            .ping_timeout(session.dead_after - session.heartbeat)
            .connect_timeout(session.hello_timeout)
            .upgrade_timeout(session.hello_timeout)
            .max_buffer_size(BUFFERED_EVENTS)
            .max_payload(largest)
            .ws_max_message_size(largest_message)
            .ws_max_frame_size(largest_message)
            // No event of the dialect has an attachment.
            .with_parser(ParserConfig::common().max_incoming_binaries(0))
            .build_with_inner_svc(Router::new());
        let scene = Arc::new(Scene {
            app: Arc::clone(app),
            directory: Directory::default(),
            sockets: Arc::clone(sockets),
        });
        // Before the page is told that it is connected: from then on it may speak.
        let begin = move |entry: Entry| std::future::ready(connect(entry, &scene));
        io.ns("/", (|| std::future::ready(())).with(begin));
        Self { service, io }
    }

    /// Its one address.
    pub fn routes(&self, http: &Arc<Http>) -> Router<Arc<Http>> {
        Router::new()
            .route_service("/socket.io/", self.service.clone())
            .layer(middleware::from_fn_with_state(Arc::clone(http), admit))
            .layer(middleware::from_fn_with_state((Arc::clone(http), &SHARED), origin::share))
    }

    /// Closes every connection, also those that belong to nobody yet.
    pub async fn close(&self) {
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, self.io.close()).await;
    }
}

/// Before every request of either transport: may it come from there, and is there a place?
///
/// Programs send no `Origin`, and need none: what they do is told from nothing that a browser
/// would send by itself. A browser that sends none says where the page is in `Sec-Fetch-Site`.
async fn admit(State(http): State<Arc<Http>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if http.origins.standing(headers) == Standing::Absent && is_of_another_site(headers) {
        return origin::refused(origin::FOREIGN).into_response();
    }
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let is_new = !request.uri().query().is_some_and(|it| it.split('&').any(names_a_connection));
    if is_new && (http.app.is_stopping() || http.is_full()) {
        let details = "the server takes no more connections now";
        let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", details);
        return refusal.retry_after(2).into_response();
    }
    next.run(request).await
}

fn names_a_connection(pair: &str) -> bool {
    pair.starts_with("sid=")
}

fn is_of_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    matches!(site, Some(b"cross-site" | b"same-site"))
}

/// Where the request came from.
fn address(parts: &Parts) -> IpAddr {
    let remote = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    remote.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(remote)| remote.ip())
}

/// What stands before the path of an address that the page is given: nothing for pages of this
/// server and for programs, else the host that they reached it by.
fn base(parts: &Parts) -> String {
    let (origin, host) = (parts.headers.get(ORIGIN), parts.headers.get(HOST));
    let text = |value: Option<&axum::http::HeaderValue>| value?.to_str().ok().map(str::to_owned);
    let (Some(origin), Some(host)) = (text(origin), text(host)) else { return String::new() };
    let is_own = origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(&host));
    if is_own { String::new() } else { format!("//{host}") }
}
