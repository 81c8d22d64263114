//! Pages, REST, figures, origins and bounds over real sockets.

mod paths;
#[allow(dead_code, reason = "the tests of moderation use the rest of it")]
mod raw;

use std::time::{Duration, Instant};

use raw::{Reply, Running};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const QUIET: &str = "[limits]\nenabled = false\n";

#[tokio::test]
async fn the_page_comes_compressed_and_is_not_sent_twice() {
    let server = Running::start(QUIET).await;
    let page = server.get("/", "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("vary"), "Accept-Encoding");
    let plain = server.get("/", "").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.text().to_lowercase().contains("<!doctype html>"));

    let tag = format!("If-None-Match: \"other\", W/{}\r\n", plain.header("etag"));
    let again = server.get("/", &tag).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), plain.header("etag"));

    let script = plain
        .text()
        .split('"')
        .find(|part| part.starts_with("/assets/") && part.ends_with(".js"))
        .unwrap()
        .to_owned();
    let script = server.get(&script, "Accept-Encoding: br\r\n").await;
    assert_eq!(script.status, 200);
    assert_eq!(script.header("content-encoding"), "br");
    assert!(script.header("cache-control").contains("immutable"));

    let head = server.ask("HEAD", "/", "", b"").await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), plain.body.len().to_string());
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused_in_json() {
    let server = Running::start(QUIET).await;
    for path in [
        "/nope",
        "/api/nope",
        "/index.html/..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fCargo.toml",
        "/whip",
        "/.git/config",
    ] {
        let reply = server.get(path, "").await;
        assert_eq!((reply.status, reply.error().as_str()), (404, "not_found"), "{path}");
    }
    let post = server.ask("POST", "/", "", b"").await;
    assert_eq!((post.status, post.error().as_str()), (405, "method_not_allowed"));
    assert_eq!(post.header("allow"), "GET, HEAD");
    for path in ["/api/rooms", "/api/health", "/metrics"] {
        let reply = server.ask("DELETE", path, "", b"").await;
        assert_eq!((reply.status, reply.error().as_str()), (405, "method_not_allowed"), "{path}");
        assert!(reply.header("allow").contains("GET"), "{path}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_pages() {
    let server = Running::start(QUIET).await;
    let paths = paths::out_of_here();
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in paths {
        for below in ["/", "/assets/"] {
            let reply = server.get(&format!("{below}{path}"), "").await;
            assert_eq!(reply.status, 404, "{below}{path}: {}", reply.text());
            assert_eq!(reply.error(), "not_found", "{below}{path}");
        }
    }
}

/// Whatever somebody says comes back in JSON, or not at all: a browser takes nothing of it for a page.
#[tokio::test]
async fn nothing_that_is_said_comes_back_as_a_page() {
    let server = Running::start(QUIET).await;
    for payload in [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%22%3E%3Csvg%20onload=alert(1)%3E",
        "%3C%21DOCTYPE%20html%3E",
        "javascript:alert(1)",
    ] {
        for (method, path) in [
            ("GET", "/{}"),
            ("GET", "/assets/{}"),
            ("GET", "/api/{}"),
            ("GET", "/api/blobs/{}"),
            ("GET", "/api/blobs/0?ticket={}"),
            ("GET", "/socket.io/?EIO=4&transport={}"),
            ("POST", "/whip/{}?name=Eve"),
            ("POST", "/whip/general?name={}"),
            ("DELETE", "/whip/general/{}"),
        ] {
            let path = path.replace("{}", payload);
            let headers = "Content-Type: application/sdp\r\n";
            let reply = server.ask(method, &path, headers, b"<script>alert(1)</script>").await;
            assert!((400..500).contains(&reply.status), "{path}: {}", reply.status);
            assert!(!reply.header("content-type").contains("html"), "{path}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            for markup in ["<script", "<svg", "<!"] {
                assert!(!reply.text().contains(markup), "{path}: {}", reply.text());
            }
        }
    }
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let server = Running::start(QUIET).await;
    for path in ["/", "/nope", "/api/rooms", "/ws", "/metrics"] {
        let reply = server.get(path, "").await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(reply.header("permissions-policy").contains("microphone=(self)"), "{path}");
    }
}

#[tokio::test]
async fn rest_tells_rooms_health_and_readiness() {
    let server = Running::start(QUIET).await;
    let rooms = server.get("/api/rooms", "").await;
    assert_eq!(rooms.header("cache-control"), "no-store");
    assert_eq!(
        rooms.json()["rooms"][0],
        serde_json::json!({"id": "general", "name": "General", "icon": "💬", "users": 0})
    );
    assert_eq!(rooms.json()["rooms"].as_array().unwrap().len(), 3);
    assert_eq!(server.get("/api/health", "").await.json()["ok"], true);
    assert_eq!(server.get("/api/ready", "").await.status, 200);
    server.app.stop();
    let stopping = server.get("/api/ready", "").await;
    assert_eq!((stopping.status, stopping.error().as_str()), (503, "stopping"));
    assert_eq!(server.get("/api/health", "").await.status, 200);
}

#[tokio::test]
async fn figures_carry_units() {
    let server = Running::start(QUIET).await;
    server.get("/nope", "").await;
    let figures = server.get("/metrics", "").await;
    assert!(figures.header("content-type").starts_with("text/plain"));
    let text = figures.text();
    for name in [
        "hearth_http_connections_total",
        "hearth_http_responses_total{status=\"4xx\"}",
        "hearth_media_datagrams_in_total",
        "hearth_media_bytes_out_total",
        "hearth_media_dropped_packets_total{reason=\"muted\"}",
        "hearth_media_peers",
        "hearth_rooms",
        "hearth_store_seconds_bucket{store=\"sqlite\",operation=\"keep\",le=",
        "hearth_store_seconds_count{store=\"sqlite\",operation=\"look\"}",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} is missing in\n{text}");
    }
}

async fn upgrade(server: &Running, headers: &str) -> Reply {
    let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    server.get("/ws", &format!("{handshake}{headers}")).await
}

#[tokio::test]
async fn only_our_own_pages_and_named_ones_may_open_a_socket() {
    let settings = "[server]\nallowed_origins = [\"https://chat.example.org\"]\n";
    let server = Running::start(&format!("{settings}{QUIET}")).await;
    let own = server.address.to_string();
    let port = server.address.port();
    for origin in
        [format!("http://{own}"), format!("https://{own}"), "https://chat.example.org".into()]
    {
        let reply = upgrade(&server, &format!("Origin: {origin}\r\n")).await;
        assert_eq!(reply.status, 101, "{origin}");
    }
    for origin in [
        "null".to_owned(),
        format!("http://evil.{own}"),
        format!("http://{own}.evil.example"),
        format!("http://127.0.0.2:{port}"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "http://127.0.0.1".into(),
        "https://evil.chat.example.org".into(),
        "https://chat.example.org.evil".into(),
        "https://chat.example.org:8443".into(),
    ] {
        let reply = upgrade(&server, &format!("Origin: {origin}\r\n")).await;
        assert_eq!((reply.status, reply.error().as_str()), (403, "origin_refused"), "{origin}");
    }
}

#[tokio::test]
async fn without_an_origin_a_token_is_needed() {
    let server = Running::start(QUIET).await;
    assert_eq!(upgrade(&server, "").await.error(), "origin_refused");
    let forged = format!("Authorization: Bearer {}\r\n", "0".repeat(64));
    assert_eq!(upgrade(&server, &forged).await.status, 403);
    assert_eq!(upgrade(&server, "Authorization: Basic eDp5\r\n").await.status, 403);
    let admitted = server.app.identities.admit(None, Some("Bot"), None).await.unwrap();
    let known = format!("Authorization: Bearer {}\r\n", admitted.token.0);
    assert_eq!(upgrade(&server, &known).await.status, 101);
}

#[tokio::test]
async fn a_plain_request_to_the_socket_is_told_to_upgrade() {
    let server = Running::start(QUIET).await;
    let origin = format!("Origin: http://{}\r\n", server.address);
    let reply = server.get("/ws", &origin).await;
    assert_eq!((reply.status, reply.error().as_str()), (426, "upgrade_required"));
    assert_eq!(reply.header("upgrade"), "websocket");
}

#[tokio::test]
async fn above_the_rate_one_is_told_when_to_come_back() {
    let server = Running::start("[limits]\nhttp_per_second = 3\n").await;
    let mut refused = None;
    for _ in 0..10 {
        let reply = server.get("/api/health", "").await;
        if reply.status == 429 {
            refused = Some(reply);
        }
    }
    let refused = refused.expect("no limit");
    assert_eq!(refused.error(), "rate_limited");
    let wait = refused.header("retry-after").parse().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(server.get("/api/health", "").await.status, 200);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Running::start(QUIET).await;
    let huge = format!("X-Junk: {}\r\n", "x".repeat(64 * 1024));
    assert_eq!(server.get("/", &huge).await.status, 431);
    assert_eq!(server.get("/", "").await.status, 200);
}

/// Half-open requests are cut after their time and keep nobody else out meanwhile.
#[tokio::test]
async fn dawdlers_keep_nobody_out() {
    let server = Running::start(QUIET).await;
    let mut dawdlers = Vec::new();
    for _ in 0..200 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        dawdlers.push(socket);
    }
    let began = Instant::now();
    assert_eq!(server.get("/api/health", "").await.status, 200);
    assert!(began.elapsed() < Duration::from_secs(1));

    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let cut = async {
        for socket in dawdlers.iter_mut().chain([&mut silent]) {
            let mut rest = Vec::new();
            // 408 and an end, or just an end.
            let _ = socket.read_to_end(&mut rest).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), cut).await.expect("dawdlers are still open");
}

#[tokio::test]
async fn a_stop_closes_what_is_open() {
    let server = Running::start(QUIET).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let head = format!("GET /api/health HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    idle.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(Reply::read(&mut idle, false).await.status, 200);
    let address = server.address;
    tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("did not stop");
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
}
