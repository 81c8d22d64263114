//! What the server bears from one session, over real sockets: nonsense, silence, slowness, haste.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use std::time::{Duration, Instant};

use raw::Running;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n[rooms]\nlist_interval_ms = 50\n";

async fn server(session: &str) -> Running {
    Running::start(&format!("{QUIET}[session]\n{session}")).await
}

#[tokio::test]
async fn a_slow_reader_is_closed_and_keeps_nobody_waiting() {
    let server = server("outbox_messages = 64\noutbox_bytes = 65536").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    for n in 0..40 {
        let ask = json!({ "type": "room:create", "name": format!("room {n}"), "icon": "🌿",
            "topic": "x".repeat(200) });
        assert_eq!(bo.request(ask).await["type"], "ack");
    }
    let mut witness = Wire::guest(server.address, "Cy").await;
    witness.join("general").await;
    let mut slow = Wire::guest(server.address, "Slow").await;
    slow.join("general").await;

    // She asks and reads nothing; the others go on hearing of each other all the while.
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    while !overflowed(&server).await {
        for _ in 0..20 {
            slow.send(json!({ "type": "room:list" })).await;
        }
        let asked = Instant::now();
        bo.join("general").await;
        bo.request(json!({ "type": "room:leave" })).await;
        witness.hear("left").await;
        slowest = slowest.max(asked.elapsed());
        assert!(began.elapsed() < Duration::from_secs(30), "nothing overflows");
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert_eq!(slow.close_code().await, Some(4003));
    bo.join("general").await;
    assert_eq!(witness.hear("came").await["participant"]["name"], "Bo");
}

/// Only one test here lets an outbox overflow, so that the process's figure tells.
async fn overflowed(server: &Running) -> bool {
    let figures = server.get("/metrics", "").await;
    let line = figures.text().lines().find(|it| it.starts_with("hearth_outbox_overflows_total"));
    line.is_some_and(|line| !line.ends_with(" 0"))
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_harms_nobody() {
    let server = server("").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    for (text, code, id) in [
        ("", "bad_message", None),
        ("hello", "bad_message", None),
        ("[]", "bad_message", None),
        (r#"{"type":"room:list"}"#, "bad_message", None),
        (r#"{"id":-1,"type":"room:list"}"#, "bad_message", None),
        (r#"{"id":7}"#, "bad_message", Some(7)),
        (r#"{"id":7,"type":"room:join"}"#, "bad_message", Some(7)),
        (r#"{"id":7,"type":"room:join","room":7}"#, "bad_message", Some(7)),
        (r#"{"id":7,"type":"room:burn"}"#, "unknown_type", Some(7)),
    ] {
        ana.say(text).await;
        let refused = ana.next().await;
        assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!(code)), "{text}");
        assert_eq!(refused.get("id").cloned(), id.map(Value::from), "{text}");
    }
    for (request, code) in [
        (json!({ "type": "room:join", "room": "nowhere" }), "room_not_found"),
        (json!({ "type": "room:leave" }), "not_in_room"),
        (json!({ "type": "voice:mute", "muted": true }), "not_in_room"),
        (json!({ "type": "voice:join", "offer": "v=0" }), "not_in_room"),
    ] {
        assert_eq!(ana.request(request.clone()).await["code"], code, "{request}");
    }
    ana.join("general").await;
    for (request, code) in [
        (json!({ "type": "voice:mute", "muted": true }), "not_in_voice"),
        (json!({ "type": "voice:leave" }), "not_in_voice"),
        (json!({ "type": "voice:join", "offer": "v=0" }), "offer_invalid"),
        (json!({ "type": "voice:block", "number": 99, "blocked": true }), "participant_not_found"),
    ] {
        assert_eq!(ana.request(request.clone()).await["code"], code, "{request}");
    }
}

#[tokio::test]
async fn binary_and_oversize_close_the_socket_but_not_the_session() {
    let server = server("message_bytes = 4096").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    ana.join("general").await;
    for (message, code) in
        [(Message::binary(vec![0; 8]), 1003), (Message::text("x".repeat(4097)), 1009)]
    {
        ana.say(message).await;
        assert_eq!(ana.close_code().await, Some(code));
        let (before, received) = ana.cut();
        ana = Wire::resume(server.address, &before, received).await;
        assert_eq!(ana.welcome["resumed"], true);
    }
    let longest = json!({ "id": 1, "type": "ping", "x": "" }).to_string().len();
    let longest = json!({ "id": 1, "type": "ping", "x": "x".repeat(4096 - longest) }).to_string();
    assert_eq!(longest.len(), 4096);
    ana.say(longest).await;
    assert_eq!(ana.next().await["type"], "pong");
}

#[tokio::test]
async fn too_much_nonsense_in_a_row_is_abuse() {
    let server = server("bad_messages = 3").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    for _ in 0..3 {
        ana.say("nonsense").await;
        ana.say("nonsense").await;
        assert_eq!(ana.request(json!({ "type": "ping" })).await["type"], "pong");
    }
    for _ in 0..3 {
        ana.say("nonsense").await;
    }
    assert_eq!(ana.close_code().await, Some(4007));
}

/// Those of the protocol are refused above the rate, those of the WebSocket layer are abuse.
#[tokio::test]
async fn a_flood_of_pings_is_told_or_closed_and_a_few_are_answered() {
    let server = Running::start("[limits]\nmessages_per_second = 5\nmessages_burst = 60").await;
    let ping = || Message::Ping(b"x".to_vec().into());
    let mut ana = Wire::guest(server.address, "Ana").await;
    for _ in 0..10 {
        ana.say(ping()).await;
    }
    assert_eq!(ana.request(json!({ "type": "ping" })).await["type"], "pong");
    let mut refused = 0;
    for _ in 0..200 {
        refused +=
            u32::from(ana.request(json!({ "type": "ping" })).await["code"] == "rate_limited");
    }
    assert!(refused > 100, "{refused}");
    ana.flood(1000, ping).await;
    // The code may be lost with what the server did not read any more.
    assert!(matches!(ana.close_code().await, Some(4007) | None));

    // Nor does it help to come without a hello.
    let mut stranger = Wire::open(server.address).await;
    stranger.flood(65, ping).await;
    assert_eq!(stranger.close_code().await, Some(4007));
    let mut bo = Wire::guest(server.address, "Bo").await;
    assert_eq!(bo.request(json!({ "type": "ping" })).await["type"], "pong");
}

#[tokio::test]
async fn above_the_rate_one_is_told_and_after_the_wait_it_goes_on() {
    let server = Running::start("[limits]\nmessages_per_second = 5\nmessages_burst = 5").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    assert_eq!(ana.welcome["limits"]["messages_per_second"], 5);
    let mut refused = None;
    for _ in 0..10 {
        let answer = ana.request(json!({ "type": "ping" })).await;
        if answer["type"] == "error" {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("no limit");
    assert_eq!(refused["code"], "rate_limited");
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=200).contains(&wait), "{wait}");
    // Another is not held back by it.
    let mut bo = Wire::guest(server.address, "Bo").await;
    assert_eq!(bo.request(json!({ "type": "ping" })).await["type"], "pong");
    tokio::time::sleep(Duration::from_millis(wait)).await;
    assert_eq!(ana.request(json!({ "type": "ping" })).await["type"], "pong");
}

#[tokio::test]
async fn hellos_and_rooms_have_rates_of_their_own() {
    let server = Running::start("[limits]\nrooms_per_hour = 1\nhellos_per_minute = 2").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let create = |name: &str| json!({ "type": "room:create", "name": name, "icon": "🌿" });
    assert_eq!(ana.request(create("one")).await["type"], "ack");
    let refused = ana.request(create("two")).await;
    assert_eq!(refused["code"], "rate_limited");
    assert!(refused["retry_after_ms"].as_u64().unwrap() > 60_000, "{refused}");

    let _bo = Wire::guest(server.address, "Bo").await;
    let mut cy = Wire::open(server.address).await;
    let refused = cy.hello(json!({ "name": "Cy" })).await;
    assert_eq!(refused["code"], "rate_limited");
    assert!(refused["retry_after_ms"].as_u64().unwrap() <= 60_000, "{refused}");
}

#[tokio::test]
async fn whoever_is_silent_is_closed_and_whoever_pings_is_not() {
    let server = server("heartbeat_ms = 500\ndead_after_ms = 900").await;
    let mut silent = Wire::guest(server.address, "Silent").await;
    let began = Instant::now();
    let mut pinging = Wire::guest(server.address, "Pinging").await;
    // Twice as long as silence may last.
    let ping = async {
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(pinging.request(json!({ "type": "ping" })).await["type"], "pong");
        }
    };
    let closed = async {
        assert_eq!(silent.close_code().await, Some(4002));
        began.elapsed()
    };
    let ((), after) = tokio::join!(ping, closed);
    assert!((Duration::from_millis(850)..Duration::from_secs(5)).contains(&after), "{after:?}");
}
