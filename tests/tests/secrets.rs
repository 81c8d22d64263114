//! What nobody but those concerned may read stays out of the log, of `/metrics` and of what others
//! are answered: tokens, passwords, what is written, and the keys of ICE.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the tests of the sign-in use the rest of it")]
#[path = "../../signaling/tests/signed/mod.rs"]
mod signed;
#[allow(dead_code, reason = "the tests of sessions use the rest of it")]
#[path = "../../signaling/tests/wire/mod.rs"]
mod wire;

use hearth_tests::{Redis, Server};
use serde_json::{Value, json};
use signed::{SECRET, claims, in_seconds, signed};
use wire::Wire;

const OFFER: &str = include_str!("../../sfu/tests/offers/aiortc.sdp");

/// Everything that Hearth itself can be made to log; of its libraries, what a host may turn on.
const FILTER: &str = "debug,hearth_config=trace,hearth_sfu=trace,hearth_signaling=trace";

/// Secrets that are in use somewhere, each with what it is.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn note(&mut self, what: &'static str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 16, "{what} is too short to be looked for: {secret}");
        self.0.push((what, secret));
    }

    fn are_not_in(&self, place: &str, text: &str) {
        for (what, secret) in &self.0 {
            assert!(!text.contains(secret), "{what} is in {place}");
        }
    }
}

/// The values of one attribute of a description.
fn attribute(sdp: &str, name: &str) -> String {
    let line = sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().to_owned()
}

#[tokio::test]
async fn secrets_are_told_to_nobody_else() {
    let server = Server::start(&[("log.filter", FILTER)]);
    let mut canaries = Canaries::default();
    let mut answers = String::new();

    let mut ana = Wire::guest(server.http(), "Ana").await;
    let token = ana.welcome["token"].as_str().unwrap().to_owned();
    canaries.note("a token", &token);
    canaries.note("a password", "password-canary-5f1d");
    let room = ana
        .request(json!({ "type": "room:create", "name": "Vault", "icon": "🔒",
            "password": "password-canary-5f1d" }))
        .await;
    assert_eq!(room["type"], "ack", "{room}");
    ana.join("vault").await;
    canaries.note("what is written", "written-canary-81c2");
    let mut send = json!({ "type": "chat:send", "conversation": { "room": "vault" },
        "message": "0123456789abcdef0123456789abcdef", "text": "written-canary-81c2" });
    assert_eq!(ana.request(send.clone()).await["type"], "ack");
    // Refused, too: the same id with another text.
    canaries.note("what is refused", "refused-canary-4e77");
    send["text"] = Value::from("refused-canary-4e77");
    answers += &ana.request(send).await.to_string();

    let mut bo = Wire::guest(server.http(), "Bo").await;
    canaries.note("a wrong password", "wrong-canary-0b3a");
    let knock = json!({ "type": "room:join", "room": "vault", "password": "wrong-canary-0b3a" });
    let refused = bo.request(knock).await;
    assert_eq!(refused["type"], "error", "{refused}");
    answers += &refused.to_string();
    for ask in [
        json!({ "type": "chat:search", "words": "written" }),
        json!({ "type": "chat:history", "conversation": { "room": "vault" }, "limit": 10 }),
        json!({ "type": "room:list" }),
    ] {
        answers += &bo.request(ask).await.to_string();
    }
    let mut stranger = Wire::open(server.http()).await;
    canaries.note("a token that nobody has", "f00dfacef00dfacef00dfacef00dface");
    let forged = json!({ "token": "f00dfacef00dfacef00dfacef00dface", "name": "Eve" });
    answers += &stranger.hello(forged).await.to_string();

    let bearer = format!("Authorization: Bearer {token}\r\nContent-Type: application/sdp\r\n");
    let opened = server.ask("POST", "/whip/general", &bearer, OFFER.as_bytes()).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    canaries.note("the key of an offer", attribute(OFFER, "a=ice-pwd:"));
    canaries.note("the key of an answer", attribute(opened.text(), "a=ice-pwd:"));
    for (method, path, body) in [
        ("POST", "/whip/general", "no SDP, refused-canary-4e77"),
        ("GET", "/api/rooms", ""),
        ("GET", "/api/stats", ""),
        ("GET", "/api/blobs/f00dfacef00dfacef00dfacef00dface", ""),
    ] {
        answers += server.ask(method, path, &bearer, body.as_bytes()).await.text();
    }

    canaries.are_not_in("what others are answered", &answers);
    canaries.are_not_in("/metrics", server.ask("GET", "/metrics", "", b"").await.text());
    let log = server.output();
    assert!(log.contains("taking voice"), "the log is not there:\n{log}");
    canaries.are_not_in("the log", &log);
}

#[tokio::test]
async fn neither_the_key_of_the_sign_in_nor_its_tokens_are_told() {
    let server = Server::start(&[("log.filter", FILTER), ("auth.secret", SECRET)]);
    let mut canaries = Canaries::default();
    canaries.note("the key of the sign-in", SECRET);
    let mut answers = String::new();
    let good = claims("subject-canary-91c4d0", json!({ "name": "Ana" }));
    let mut late = good.clone();
    late["exp"] = in_seconds(-3600).into();
    let forged = format!("{}x", signed(&good));
    canaries.note("what the service calls somebody", "subject-canary-91c4d0");
    for (token, counts) in [(signed(&good), true), (signed(&late), false), (forged, false)] {
        canaries.note("a token", token.as_str());
        canaries.note("a signature", token.rsplit('.').next().unwrap());
        let mut wire = Wire::open(server.http()).await;
        let answer = wire.hello(json!({ "token": token })).await;
        let bearer = format!("Authorization: Bearer {token}\r\nContent-Type: application/sdp\r\n");
        let opened = server.ask("POST", "/whip/general", &bearer, OFFER.as_bytes()).await;
        if counts {
            // One's own token comes back to oneself; the others see who one is.
            assert_eq!(answer["name"], "Ana", "{answer}");
        } else {
            assert_eq!((&answer["code"], opened.status), (&json!("unauthorized"), 401));
            answers += &answer.to_string();
        }
        answers += opened.text();
    }
    let mut bo = Wire::guest(server.http(), "Bo").await;
    answers += &bo.join("general").await.to_string();
    answers += server.ask("GET", "/api/stats", "", b"").await.text();
    canaries.are_not_in("what others are answered", &answers);
    canaries.are_not_in("/metrics", server.ask("GET", "/metrics", "", b"").await.text());
    let log = server.output();
    assert!(log.contains("a sign-in was refused"), "the log is not there:\n{log}");
    canaries.are_not_in("the log", &log);
}

#[tokio::test]
async fn the_password_of_redis_is_not_logged() {
    let redis = Redis::start();
    redis.ask("CONFIG SET requirepass redis-canary-77aa21");
    let url = redis.url().replace("redis://", "redis://:redis-canary-77aa21@");
    let server = Server::start(&[("log.filter", FILTER), ("store.redis_url", &url)]);
    let mut ana = Wire::guest(server.http(), "Ana").await;
    ana.join("general").await;
    let mut canaries = Canaries::default();
    canaries.note("the password of Redis", "redis-canary-77aa21");
    canaries.are_not_in("/metrics", server.ask("GET", "/metrics", "", b"").await.text());
    canaries.are_not_in("the log", &server.output());
}
