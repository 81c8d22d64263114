//! How somebody is shown, changed while they are here: who is told, and what is kept.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use std::time::Duration;

use raw::Running;
use serde_json::{Value, json};
use tokio::time::sleep;
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n";

fn who(wire: &Wire) -> Value {
    wire.welcome["identity"].clone()
}

async fn set(wire: &mut Wire, profile: Value) -> Value {
    let mut ask = profile;
    ask["type"] = "profile:set".into();
    wire.request(ask).await
}

async fn write(wire: &mut Wire, to: &Value, id: u8) -> Value {
    let id = format!("{id:032x}");
    let conversation = json!({ "person": to });
    let send = json!({
        "type": "chat:send", "conversation": conversation, "message": id, "text": "hi"
    });
    wire.request(send).await
}

#[tokio::test]
async fn everybody_who_sees_somebody_is_told_how_they_are_shown_now() {
    let server = Running::start(QUIET).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut beside = Wire::guest(server.address, "Bo").await;
    let mut outside = Wire::guest(server.address, "Cy").await;
    let mut stranger = Wire::guest(server.address, "Di").await;
    let number = ana.join("general").await["you"].clone();
    beside.join("general").await;
    outside.request(json!({ "type": "room:list" })).await;
    outside.hear("room:list:delta").await;
    write(&mut outside, &who(&ana), 1).await;

    let avatar = json!({ "coat": 5, "emoji": "🌿" });
    let asked = json!({ "name": " Anna ", "avatar": avatar, "status": " reading  aloud " });
    let ack = set(&mut ana, asked).await;
    let person = &ack["result"]["person"];
    let expected = json!({
        "identity": who(&ana), "name": "Anna", "avatar": avatar, "status": "reading aloud",
    });
    assert_eq!((&ack["result"]["of"], person), (&json!("profile:set"), &expected));

    let redrawn = beside.hear("redrawn").await["participant"].clone();
    assert_eq!((&redrawn["number"], &redrawn["identity"]), (&number, &who(&ana)));
    assert_eq!((&redrawn["name"], &redrawn["avatar"]), (&json!("Anna"), &avatar));
    let changed = loop {
        let delta = outside.next().await;
        if delta["type"] == "direct:person" {
            assert_eq!(delta["person"], expected);
            continue;
        }
        if delta["type"] == "room:list:delta" && delta["changes"][0]["present"] != Value::Null {
            break delta["changes"][0]["present"][0].clone();
        }
    };
    assert_eq!((&changed["number"], &changed["name"]), (&number, &json!("Anna")));
    assert!(stranger.everything().await.is_empty());

    // What is written from now on is signed so; what was written before is not signed anew.
    write(&mut ana, &who(&outside), 2).await;
    let entry = outside.hear("chat:entry").await;
    assert_eq!(entry["entry"]["message"]["author"]["name"], "Anna");
}

#[tokio::test]
async fn what_is_shown_outlives_the_session_and_what_is_absent_stays() {
    let server = Running::start(QUIET).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    write(&mut bo, &who(&ana), 1).await;
    set(&mut ana, json!({ "avatar": { "coat": 2 }, "status": "away" })).await;
    let told = bo.hear("direct:person").await;
    assert_eq!(
        (&told["person"]["name"], &told["person"]["status"]),
        (&json!("Ana"), &json!("away"))
    );

    // A cut session goes on under the name that it has now.
    set(&mut ana, json!({ "name": "Anna" })).await;
    let (welcome, received) = ana.cut();
    let mut ana = Wire::resume(server.address, &welcome, received).await;
    assert_eq!((&ana.welcome["resumed"], &ana.welcome["name"]), (&json!(true), &json!("Anna")));
    let ack = set(&mut ana, json!({ "status": " " })).await;
    let person = &ack["result"]["person"];
    assert_eq!((&person["avatar"]["coat"], person.get("status")), (&json!(2), None));
    set(&mut ana, json!({ "status": "back" })).await;

    ana.close(1000).await;
    let list = bo.request(json!({ "type": "direct:list" })).await;
    let listed = &list["result"]["conversations"][0]["person"];
    assert_eq!((&listed["name"], &listed["status"]), (&json!("Anna"), &json!("back")));
    let again = Wire::again(server.address, &welcome).await;
    assert_eq!(
        (&again.welcome["name"], &again.welcome["avatar"]["coat"]),
        (&json!("Anna"), &json!(2))
    );
}

#[tokio::test]
async fn a_name_is_one_persons_and_the_one_before_is_free() {
    let server = Running::start(QUIET).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    assert_eq!(set(&mut bo, json!({ "name": "ＡＮＡ" })).await["code"], "name_taken");
    assert_eq!(set(&mut ana, json!({ "name": "ana" })).await["result"]["person"]["name"], "ana");
    assert_eq!(set(&mut bo, json!({ "name": "ANA" })).await["code"], "name_taken");
    set(&mut ana, json!({ "name": "Anna" })).await;
    assert_eq!(set(&mut bo, json!({ "name": "Ana" })).await["result"]["person"]["name"], "Ana");
    assert_eq!(set(&mut ana, json!({ "name": "Ana" })).await["code"], "name_taken");
    // The claims end with the sessions.
    for wire in [ana, bo] {
        wire.close(1000).await;
    }
    for name in ["Anna", "Ana"] {
        freed(&server, name).await;
    }
}

/// Comes in under a name that is about to be free.
async fn freed(server: &Running, name: &str) {
    for _ in 0..500 {
        let mut wire = Wire::open(server.address).await;
        let answer = wire.hello(json!({ "name": name })).await;
        if answer["type"] == "hello" {
            return;
        }
        assert_eq!(answer["code"], "name_taken", "{answer}");
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{name} is still taken");
}

#[tokio::test]
async fn what_is_not_allowed_changes_nothing() {
    let server = Running::start(QUIET).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let long = "x".repeat(81);
    for (profile, code) in [
        (json!({ "name": "x", "status": "no" }), "name_invalid"),
        (json!({ "name": "A\u{202e}na" }), "name_invalid"),
        (json!({ "avatar": { "coat": 8 }, "name": "Other" }), "name_invalid"),
        (json!({ "avatar": { "emoji": "<b>" } }), "name_invalid"),
        (json!({ "status": long }), "name_invalid"),
        (json!({ "status": "a\u{202e}b" }), "name_invalid"),
        (json!({ "status": "x".repeat(10_000) }), "name_invalid"),
        (json!({ "status": 5 }), "bad_message"),
    ] {
        assert_eq!(set(&mut ana, profile.clone()).await["code"], code, "{profile}");
    }
    let unchanged = set(&mut ana, json!({})).await;
    let expected = json!({ "identity": who(&ana), "name": "Ana", "avatar": { "coat": 0 } });
    assert_eq!(unchanged["result"]["person"], expected);
    // Nobody else's profile can be meant.
    let bo = Wire::guest(server.address, "Bo").await;
    let ack = set(&mut ana, json!({ "identity": who(&bo), "status": "mine" })).await;
    assert_eq!(ack["result"]["person"]["identity"], who(&ana));
}

#[tokio::test]
async fn too_many_changes_are_refused_for_a_while() {
    let server = Running::start("[limits]\nchat_per_second = 1\nchat_burst = 2").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    for _ in 0..2 {
        assert_eq!(set(&mut ana, json!({ "status": "a" })).await["type"], "ack");
    }
    let refused = set(&mut ana, json!({ "status": "b" })).await;
    assert_eq!(refused["code"], "rate_limited");
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    assert_eq!(set(&mut ana, json!({ "status": "b" })).await["type"], "ack");
}
