//! WHIP and WHEP over real sockets: every status of their own, with offers of real stacks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;

use std::time::{Duration, Instant};

use raw::{Reply, Running};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const QUIET: &str = "[limits]\nenabled = false\n";
const SDP: &str = "Content-Type: application/sdp\r\n";
const FRAGMENT: &str = "Content-Type: application/trickle-ice-sdpfrag\r\n";
const CHROMIUM: &str = include_str!("../../sfu/tests/offers/chromium-join.sdp");
const FIREFOX: &str = include_str!("../../sfu/tests/offers/firefox-join.sdp");
const AIORTC: &str = include_str!("../../sfu/tests/offers/aiortc.sdp");
const LISTENER: &str = include_str!("../../sfu/tests/offers/chromium-whep.sdp");

/// One voice, as its resource is known to whoever opened it.
struct Opened {
    location: String,
    etag: String,
    answer: String,
}

async fn post(server: &Running, path: &str, headers: &str, body: &str) -> Reply {
    server.ask("POST", path, &format!("{SDP}{headers}"), body.as_bytes()).await
}

async fn open(server: &Running, path: &str, offer: &str) -> Opened {
    let reply = post(server, path, "", offer).await;
    assert_eq!(reply.status, 201, "{path}: {}", reply.text());
    assert_eq!(reply.header("content-type"), "application/sdp");
    assert_eq!(reply.header("accept-patch"), "application/trickle-ice-sdpfrag");
    let (location, etag) = (reply.header("location").to_owned(), reply.header("etag").to_owned());
    assert!(location.starts_with(path.split('?').next().unwrap()), "{location}");
    assert!(etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    Opened { location, etag, answer: reply.text().to_owned() }
}

async fn patch(server: &Running, opened: &Opened, etag: &str, fragment: &str) -> Reply {
    let headers = format!("{FRAGMENT}If-Match: {etag}\r\n");
    server.ask("PATCH", &opened.location, &headers, fragment.as_bytes()).await
}

/// The values of an attribute, in order.
fn values<'a>(sdp: &'a str, name: &str) -> Vec<&'a str> {
    let prefix = format!("a={name}:");
    sdp.lines().filter_map(|line| line.strip_prefix(&prefix)).collect()
}

fn fragment(ufrag: &str, pwd: &str) -> String {
    format!(
        "a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
         a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"
    )
}

/// Waits until so many are in rooms.
async fn inside(server: &Running, count: usize) {
    let began = Instant::now();
    while server.app.presence.len() != count {
        assert!(began.elapsed() < Duration::from_secs(15), "{} inside", server.app.presence.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_offer_is_answered_and_its_resource_is_deleted_once() {
    let server = Running::start(QUIET).await;
    for (path, offer, slots) in [
        ("/whip/general?name=Chromium", CHROMIUM, 8),
        ("/whip/general?name=Firefox", FIREFOX, 8),
        ("/whip/music?name=aiortc", AIORTC, 2),
        ("/whep/general?name=Ear", LISTENER, 1),
    ] {
        let opened = open(&server, path, offer).await;
        let directions = opened.answer.lines().filter(|l| l.starts_with("a=send")).count();
        assert!((1..=slots).contains(&directions), "{path}: {}", opened.answer);
        assert!(!values(&opened.answer, "candidate").is_empty());
        inside(&server, 1).await;
        let gone = server.ask("DELETE", &opened.location, "", b"").await;
        assert_eq!((gone.status, gone.body.len()), (200, 0));
        inside(&server, 0).await;
        let again = server.ask("DELETE", &opened.location, "", b"").await;
        assert_eq!((again.status, again.error().as_str()), (404, "resource_not_found"));
        let late = patch(&server, &opened, &opened.etag, &fragment("EsAw", "x")).await;
        assert_eq!(late.status, 404);
    }
}

#[tokio::test]
async fn who_comes_is_a_participant_like_others() {
    let server = Running::start("[rooms]\nmax_participants = 2\n[limits]\nenabled = false\n").await;
    let ana = server.app.identities.admit(None, Some("Ana"), None).await.unwrap();
    let token = ana.token.0.clone();
    drop(ana);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let reply = post(&server, "/whip/general", &bearer, CHROMIUM).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let room = server.app.presence.rooms().all()[0].summary();
    assert_eq!(room.participants[0].name, "Ana");

    // Her name is taken as long as she is there.
    let taken = post(&server, "/whip/general?name=Ana", "", CHROMIUM).await;
    assert_eq!((taken.status, taken.error().as_str()), (409, "name_taken"));
    open(&server, "/whep/general?name=Bo", LISTENER).await;
    let full = post(&server, "/whep/general?name=Cy", "", LISTENER).await;
    assert_eq!((full.status, full.error().as_str()), (409, "room_full"));
    inside(&server, 2).await;
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_its_status() {
    let server = Running::start(QUIET).await;
    let long = format!("v=0\r\n{}", "a=x\r\n".repeat(20_000));
    let token = format!("Authorization: Bearer {}\r\n", "0".repeat(64));
    let (whip, whep) = ("/whip/general?name=Ana", "/whep/general?name=Ana");
    for (path, headers, offer, status, error) in [
        (whip, "Accept: text/html, image/*\r\n", CHROMIUM, 406, "not_acceptable"),
        (whip, "", "", 422, "offer_invalid"),
        (whip, "", "hello", 422, "offer_invalid"),
        (whip, "", LISTENER, 422, "offer_invalid"),
        (whep, "", CHROMIUM, 422, "offer_invalid"),
        (whep, "", "v=0\r\ns=-\r\n", 422, "offer_invalid"),
        (whip, "", &long, 413, "too_large"),
        ("/whip/nowhere?name=Ana", "", CHROMIUM, 404, "room_not_found"),
        ("/whip/general%2f..?name=Ana", "", CHROMIUM, 404, "room_not_found"),
        ("/whip/%ff?name=Ana", "", CHROMIUM, 400, "address_invalid"),
        ("/whip/general?name=%ff", "", CHROMIUM, 400, "name_invalid"),
        ("/whip/general?name=a&name=b", "", CHROMIUM, 400, "address_invalid"),
        ("/whip/general", "", CHROMIUM, 400, "name_invalid"),
        ("/whip/general?name=%20", "", CHROMIUM, 400, "name_invalid"),
        (whip, "Authorization: Basic eDp5\r\n", CHROMIUM, 401, "unauthorized"),
        (whip, "Authorization: Bearer\r\n", CHROMIUM, 401, "unauthorized"),
        (whip, &token, CHROMIUM, 401, "unauthorized"),
        (whip, "Origin: https://evil.example\r\n", CHROMIUM, 403, "origin_refused"),
        (whip, "Origin: null\r\n", CHROMIUM, 403, "origin_refused"),
    ] {
        let reply = post(&server, path, headers, offer).await;
        let found = (reply.status, reply.error());
        assert_eq!(found, (status, error.into()), "{path} {headers} {:.40}", offer);
        let challenge = reply.header("www-authenticate");
        assert_eq!(challenge.starts_with("Bearer"), status == 401, "{path}: {challenge}");
    }
    for headers in ["", "Content-Type: application/json\r\n", "Content-Type: \r\n"] {
        let reply = server.ask("POST", whip, headers, CHROMIUM.as_bytes()).await;
        assert_eq!((reply.status, reply.error().as_str()), (415, "unsupported_media_type"));
    }
    let bytes = server.ask("POST", whip, SDP, &[0xff, 0xfe, 0xfd]).await;
    assert_eq!((bytes.status, bytes.error().as_str()), (422, "offer_invalid"));
    // Whoever was refused has left no trace, not even a name.
    assert_eq!(server.app.presence.len(), 0);
    for headers in ["Accept: */*\r\n", "Accept: text/html, application/sdp;q=0.5\r\n"] {
        let path = format!("/whip/general?name=Ana{}", headers.len());
        assert_eq!(post(&server, &path, headers, CHROMIUM).await.status, 201, "{headers}");
    }
}

#[tokio::test]
async fn where_guests_are_not_let_in_a_token_is_needed() {
    let server = Running::start("[guests]\nallowed = false\n[limits]\nenabled = false\n").await;
    let reply = post(&server, "/whip/general?name=Ana", "", CHROMIUM).await;
    assert_eq!((reply.status, reply.error().as_str()), (401, "unauthorized"));
}

#[tokio::test]
async fn methods_that_mean_nothing_are_refused_and_options_tell_those_that_do() {
    let server = Running::start(QUIET).await;
    let resource = open(&server, "/whip/general?name=Ana", CHROMIUM).await.location;
    for (path, methods, allow) in [
        ("/whip/general", &["GET", "HEAD", "PUT", "PATCH", "DELETE"][..], "POST"),
        (&resource, &["GET", "HEAD", "PUT", "POST"], "DELETE"),
    ] {
        for method in methods {
            let reply = server.ask(method, path, "", b"").await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert!(reply.header("allow").contains(allow), "{method} {path}");
        }
    }
    let endpoint = server.ask("OPTIONS", "/whep/general", "", b"").await;
    assert_eq!((endpoint.status, endpoint.header("accept-post")), (204, "application/sdp"));
    assert_eq!(endpoint.header("allow"), "POST, OPTIONS");
    let options = server.ask("OPTIONS", &resource, "", b"").await;
    assert_eq!(options.header("accept-patch"), "application/trickle-ice-sdpfrag");
    assert_eq!((options.status, options.header("allow")), (204, "PATCH, DELETE, OPTIONS"));
}

#[tokio::test]
async fn candidates_are_taken_and_a_restart_gives_new_credentials() {
    let server = Running::start(QUIET).await;
    let opened = open(&server, "/whip/general?name=Ana", CHROMIUM).await;
    let (ufrag, pwd) = (values(CHROMIUM, "ice-ufrag")[0], values(CHROMIUM, "ice-pwd")[0]);
    let trickled = patch(&server, &opened, &opened.etag, &fragment(ufrag, pwd)).await;
    assert_eq!((trickled.status, trickled.body.len()), (204, 0));

    // The same credentials are no restart, however they are addressed.
    let any = patch(&server, &opened, "*", &fragment(ufrag, pwd)).await;
    assert_eq!(any.status, 204);

    let renewed = fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1");
    let restarted = patch(&server, &opened, "*", &renewed).await;
    assert_eq!(restarted.status, 200, "{}", restarted.text());
    assert_eq!(restarted.header("content-type"), "application/trickle-ice-sdpfrag");
    let etag = restarted.header("etag").to_owned();
    assert_ne!(etag, opened.etag);
    let text = restarted.text();
    for name in ["ice-ufrag", "ice-pwd"] {
        assert_eq!(values(text, name).len(), 1, "{text}");
        assert_ne!(values(text, name)[0], values(&opened.answer, name)[0]);
    }
    assert_eq!(values(text, "candidate"), {
        let sections = opened.answer.matches("m=audio").count();
        let all = values(&opened.answer, "candidate");
        all[..all.len() / sections].to_vec()
    });

    // What is about the former ICE session comes too late.
    let late = patch(&server, &opened, &opened.etag, &fragment(ufrag, pwd)).await;
    assert_eq!((late.status, late.error().as_str()), (412, "etag_mismatch"));
    assert_eq!(patch(&server, &opened, &etag, &renewed).await.status, 204);
    inside(&server, 1).await;
}

#[tokio::test]
async fn fragments_that_make_no_sense_change_nothing() {
    let server = Running::start(QUIET).await;
    let opened = open(&server, "/whep/general?name=Ana", LISTENER).await;
    let long =
        format!("{}{}", fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"), "a=x\r\n".repeat(9000));
    for (body, status, error) in [
        (b"{}".as_slice(), 400, "fragment_invalid"),
        (b"", 400, "fragment_invalid"),
        (&[0xff], 400, "fragment_invalid"),
        (b"a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n", 400, "fragment_invalid"),
        (long.as_bytes(), 413, "too_large"),
    ] {
        let headers = format!("{FRAGMENT}If-Match: {}\r\n", opened.etag);
        let reply = server.ask("PATCH", &opened.location, &headers, body).await;
        assert_eq!((reply.status, reply.error().as_str()), (status, error));
    }
    let blind = server.ask("PATCH", &opened.location, FRAGMENT, b"").await;
    assert_eq!((blind.status, blind.error().as_str()), (428, "precondition_required"));
    let headers = format!("If-Match: {}\r\n{SDP}", opened.etag);
    let other = server.ask("PATCH", &opened.location, &headers, LISTENER.as_bytes()).await;
    assert_eq!((other.status, other.error().as_str()), (415, "unsupported_media_type"));
    let (ufrag, pwd) = (values(LISTENER, "ice-ufrag")[0], values(LISTENER, "ice-pwd")[0]);
    let still = patch(&server, &opened, &opened.etag, &fragment(ufrag, pwd)).await;
    assert_eq!(still.status, 204);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_what_they_need() {
    let settings = "[server]\nallowed_origins = [\"https://studio.example\"]\n";
    let server = Running::start(&format!("{settings}{QUIET}")).await;
    let origin = "Origin: https://studio.example\r\n";
    let asks = "Access-Control-Request-Method: POST\r\n\
                Access-Control-Request-Headers: authorization, content-type\r\n";
    let preflight = server.ask("OPTIONS", "/whip/general", &format!("{origin}{asks}"), b"").await;
    assert_eq!(preflight.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "https://studio.example"),
        ("access-control-allow-methods", "POST, PATCH, DELETE, OPTIONS"),
        ("access-control-allow-headers", "Authorization, Content-Type, If-Match"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(preflight.header(name), value);
    }
    let opened = post(&server, "/whip/general?name=Ana", origin, CHROMIUM).await;
    assert_eq!(opened.status, 201);
    assert_eq!(opened.header("access-control-allow-origin"), "https://studio.example");
    assert!(opened.header("access-control-expose-headers").contains("Location, ETag"));
    assert_eq!(opened.header("access-control-allow-methods"), "");
    // A refusal can be read, too; and nobody else's page can read anything.
    let refused = post(&server, "/whip/nowhere", origin, CHROMIUM).await;
    assert_eq!(refused.header("access-control-allow-origin"), "https://studio.example");
    for headers in ["", "Origin: https://evil.example\r\n"] {
        let reply = server.ask("OPTIONS", "/whip/general", headers, b"").await;
        assert_eq!(reply.header("access-control-allow-origin"), "");
        assert_eq!(reply.status, if headers.is_empty() { 204 } else { 403 });
    }
}

#[tokio::test]
async fn above_the_rate_one_is_told_when_to_come_back() {
    for (limit, error) in [("hellos_per_minute", 60), ("voice_joins_per_minute", 60)] {
        let server = Running::start(&format!("[limits]\n{limit} = 1\n")).await;
        let ana = server.app.identities.admit(None, Some("Ana"), None).await.unwrap();
        let bearer = format!("Authorization: Bearer {}\r\n", ana.token.0);
        drop(ana);
        let opened = post(&server, "/whip/general", &bearer, CHROMIUM).await;
        assert_eq!(opened.status, 201, "{}", opened.text());
        server.ask("DELETE", opened.header("location"), "", b"").await;
        let refused = post(&server, "/whip/general", &bearer, CHROMIUM).await;
        assert_eq!((refused.status, refused.error().as_str()), (429, "rate_limited"), "{limit}");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=error).contains(&wait), "{limit}: {wait}");
    }
}

#[tokio::test]
async fn a_full_or_stopping_server_says_when_to_come_back() {
    let server = Running::start("[sfu]\nmax_peers = 1\n[limits]\nenabled = false\n").await;
    let opened = open(&server, "/whip/general?name=Ana", CHROMIUM).await;
    let full = post(&server, "/whep/general?name=Bo", "", LISTENER).await;
    assert_eq!((full.status, full.error().as_str()), (503, "busy"));
    assert!(full.header("retry-after").parse::<u64>().unwrap() >= 1);
    inside(&server, 1).await;
    server.ask("DELETE", &opened.location, "", b"").await;

    server.app.stop();
    let stopping = post(&server, "/whip/general?name=Ana", "", CHROMIUM).await;
    assert_eq!((stopping.status, stopping.error().as_str()), (503, "busy"));
    assert!(stopping.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(server.app.presence.len(), 0);
}

#[tokio::test]
async fn who_never_connects_is_gone_and_so_is_the_resource() {
    let server = Running::start(&format!("[sfu]\njoin_timeout_ms = 2000\n{QUIET}")).await;
    let talker = open(&server, "/whip/general?name=Ana", CHROMIUM).await;
    let listener = open(&server, "/whep/general?name=Bo", LISTENER).await;
    inside(&server, 2).await;
    inside(&server, 0).await;
    for opened in [talker, listener] {
        assert_eq!(server.ask("DELETE", &opened.location, "", b"").await.status, 404);
    }
    // The name is free again.
    open(&server, "/whip/general?name=Ana", CHROMIUM).await;
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_leaves_nothing() {
    let server = Running::start(&format!("[sfu]\njoin_timeout_ms = 2000\n{QUIET}")).await;
    for number in 0..60 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /whip/general?name=Guest{number} HTTP/1.1\r\nHost: x\r\n{SDP}\
             Content-Length: {}\r\n\r\n",
            CHROMIUM.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        // In the head's end, in the middle of the body, and before the answer.
        let sent = [0, CHROMIUM.len() / 2, CHROMIUM.len()][number % 3];
        socket.write_all(&CHROMIUM.as_bytes()[..sent]).await.unwrap();
        drop(socket);
    }
    assert_eq!(server.get("/api/health", "").await.status, 200);
    inside(&server, 0).await;
    for number in 0..3 {
        open(&server, &format!("/whip/general?name=Guest{number}"), CHROMIUM).await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Running::start(QUIET).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /whip/general?name=Ana HTTP/1.1\r\nHost: x\r\n{SDP}");
    socket.write_all(format!("{head}Content-Length: 5000\r\n\r\nv=0").as_bytes()).await.unwrap();
    let reply = tokio::time::timeout(Duration::from_secs(20), Reply::read(&mut socket, false));
    let reply = reply.await.expect("still waiting");
    assert_eq!((reply.status, reply.error().as_str()), (408, "timeout"));
    // What would come after it cannot be told from its body.
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap_or(0), 0);
    assert_eq!(server.app.presence.len(), 0);
}
