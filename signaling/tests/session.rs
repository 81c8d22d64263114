//! Sessions over real sockets: coming in, coming back, going, and what the others hear.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the tests of bounds use the rest of it")]
mod wire;

use std::time::{Duration, Instant};

use hearth_protocol::ParticipantNumber;
use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n";

async fn server(session: &str) -> Running {
    Running::start(&format!("{QUIET}[session]\n{session}")).await
}

/// Ana in a room, Cy who watches there, and Ana's number.
async fn watched(server: &Running) -> (Wire, Wire, u64) {
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut witness = Wire::guest(server.address, "Cy").await;
    let own = ana.join("general").await["you"].as_u64().unwrap();
    witness.join("general").await;
    (ana, witness, own)
}

/// Something happens to a participant, so often, and is told to everybody in the room at once.
fn blink(server: &Running, number: u64, times: usize) {
    let number = ParticipantNumber(u32::try_from(number).unwrap());
    for _ in 0..times {
        let muted = server.app.presence.participant(number).unwrap().voice.muted;
        server.app.presence.voice_joined(number, !muted, false).unwrap();
    }
}

/// Those of `messages` that tell of somebody leaving, as (number, reason).
fn departures(messages: &[Value]) -> Vec<(u64, &str)> {
    let left = messages.iter().filter(|message| message["type"] == "left");
    left.map(|it| (it["number"].as_u64().unwrap(), it["reason"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn hello_tells_who_one_is_and_what_holds() {
    let server = server("").await;
    let mut ana = Wire::open(server.address).await;
    let welcome = ana.hello(json!({ "name": "  Ana ", "avatar": { "coat": 3 } })).await;
    assert_eq!(welcome["type"], "hello", "{welcome}");
    assert_eq!((&welcome["name"], &welcome["avatar"]["coat"]), (&json!("Ana"), &json!(3)));
    assert_eq!((&welcome["resumed"], welcome.get("room")), (&json!(false), None));
    assert_eq!(welcome["identity"].as_str().unwrap().len(), 32);
    assert_eq!(welcome["token"].as_str().unwrap().len(), 64);
    assert_eq!(welcome["limits"]["messages_per_second"], Value::Null);
    assert_eq!(welcome["limits"]["message_bytes"], 65_536);
    assert_eq!((&welcome["slots"], &welcome["heartbeat_ms"]), (&json!(8), &json!(10_000)));

    let pong = ana.request(json!({ "type": "ping" })).await;
    assert_eq!(pong["type"], "pong");
    assert_eq!(ana.received, 0);
    let second = ana.hello(json!({ "name": "Ana" })).await;
    assert_eq!(second["code"], "hello_expected");

    let bo = Wire::guest(server.address, "Bo").await;
    assert_ne!(bo.welcome["identity"], welcome["identity"]);
    assert_ne!(bo.welcome["token"], welcome["token"]);
    ana.close(1000).await;
    let again = Wire::again(server.address, &welcome).await;
    assert_eq!(again.welcome["identity"], welcome["identity"]);
    assert_eq!(
        (&again.welcome["name"], &again.welcome["avatar"]["coat"]),
        (&json!("Ana"), &json!(3))
    );
}

#[tokio::test]
async fn a_refused_hello_can_be_tried_again() {
    let server = server("").await;
    let _bo = Wire::guest(server.address, "Bo").await;
    let mut ana = Wire::open(server.address).await;
    for (hello, code) in [
        (json!({}), "name_invalid"),
        (json!({ "name": "x" }), "name_invalid"),
        (json!({ "name": "A\u{202e}na" }), "name_invalid"),
        (json!({ "name": "Ana", "avatar": { "coat": 8 } }), "name_invalid"),
        (json!({ "name": "Ana", "protocol": 99 }), "bad_message"),
        (json!({ "name": 7 }), "bad_message"),
        (json!({ "name": "Bo" }), "name_taken"),
    ] {
        let refused = ana.hello(hello.clone()).await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&json!("error"), &json!(code)),
            "{hello}"
        );
    }
    assert_eq!(ana.hello(json!({ "name": "Ana" })).await["type"], "hello");
    ana.join("general").await;
    assert_eq!(ana.received, 1);
}

#[tokio::test]
async fn without_a_good_hello_the_socket_is_closed() {
    let server = server("hello_timeout_ms = 100").await;
    let mut silent = Wire::open(server.address).await;
    assert_eq!(silent.close_code().await, Some(4001));

    let mut hasty = Wire::open(server.address).await;
    let refused = hasty.request(json!({ "type": "room:list" })).await;
    assert_eq!(refused["code"], "hello_expected");
    assert_eq!(hasty.close_code().await, Some(4001));

    let mut unknown = Wire::open(server.address).await;
    let refused = unknown.hello(json!({ "token": "0".repeat(64), "name": "Ana" })).await;
    assert_eq!(refused["code"], "unauthorized");
    assert_eq!(unknown.close_code().await, Some(4006));

    let mut stubborn = Wire::open(server.address).await;
    for _ in 0..8 {
        assert_eq!(stubborn.hello(json!({ "name": "" })).await["code"], "name_invalid");
    }
    assert_eq!(stubborn.close_code().await, Some(4007));
    assert!(server.app.roster.is_empty());
}

#[tokio::test]
async fn a_name_is_unique_while_its_holder_stays() {
    let server = server("").await;
    let ana = Wire::guest(server.address, "Ana").await;
    let mut other = Wire::open(server.address).await;
    for name in ["Ana", "aNA", "Ａｎａ"] {
        assert_eq!(other.hello(json!({ "name": name })).await["code"], "name_taken", "{name}");
    }
    let (before, received) = ana.cut();
    assert_eq!(other.hello(json!({ "name": "Ana" })).await["code"], "name_taken");
    let ana = Wire::resume(server.address, &before, received).await;
    assert_eq!(ana.welcome["resumed"], true);
    ana.close(1000).await;
    while !server.app.roster.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(other.hello(json!({ "name": "Ana" })).await["type"], "hello");
}

#[tokio::test]
async fn a_resume_repeats_exactly_what_was_missed_and_nobody_else_hears_of_it() {
    let server = server("").await;
    let (mut ana, mut witness, own) = watched(&server).await;

    // Bo switches a microphone; Ana hears the first of it, loses the connection and misses the rest.
    let mut bo = Wire::guest(server.address, "Bo").await;
    let number = bo.join("general").await["you"].as_u64().unwrap();
    let came = |came: Value| (came["type"] == "came") && came["participant"]["name"] == "Bo";
    while !came(ana.next().await) {}
    while !came(witness.next().await) {}
    blink(&server, number, 1);
    let first = ana.hear("participant:voice").await;
    let (before, received) = ana.cut();
    blink(&server, number, 40);
    let mut told = Vec::new();
    while told.len() < 41 {
        told.push(witness.next().await);
    }
    assert!(told.iter().all(|it| it["type"] == "participant:voice"), "{told:?}");
    let missed = told.split_off(1);
    assert_eq!(told, [first]);

    let mut ana = Wire::resume(server.address, &before, received).await;
    assert_eq!(ana.welcome["resumed"], true);
    assert_eq!(ana.welcome["room"], "general");
    assert_eq!(ana.welcome["session"], before["session"]);
    for expected in &missed {
        assert_eq!(ana.next().await, *expected);
    }
    // The same once more from further back, while the first socket is still open.
    let mut second = Wire::resume(server.address, &before, received - 1).await;
    assert_eq!(second.welcome["resumed"], true);
    assert_eq!(ana.close_code().await, Some(4004));
    assert_eq!(second.next().await, told[0]);
    for expected in &missed {
        assert_eq!(second.next().await, *expected);
    }
    // Nothing more, and what comes now comes once.
    bo.close(1000).await;
    assert_eq!(departures(&[second.next().await]), [(number, "left")]);
    assert_eq!(departures(&[witness.next().await]), [(number, "left")]);
    let snapshot = second.join("general").await;
    assert_eq!(snapshot["you"], own);
    assert_eq!(departures(&witness.everything().await), []);
}

#[tokio::test]
async fn what_cannot_be_repeated_in_full_starts_anew() {
    let server = server("replay_messages = 8").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    ana.join("general").await;
    let number = bo.join("general").await["you"].as_u64().unwrap();
    let (before, received) = ana.cut();
    blink(&server, number, 20);
    bo.request(json!({ "type": "room:leave" })).await;
    let ana = Wire::resume(server.address, &before, received).await;
    assert_eq!((&ana.welcome["resumed"], ana.welcome.get("room")), (&json!(false), None));
    assert_eq!(ana.welcome["identity"], before["identity"]);
    assert_ne!(ana.welcome["session"], before["session"]);
    assert_eq!(bo.join("general").await["room"]["count"], 1);
    // More than were ever sent cannot have arrived.
    let (before, received) = ana.cut();
    let ana = Wire::resume(server.address, &before, received + 1).await;
    assert_eq!(ana.welcome["resumed"], false);
    // Another's session is nobody's to resume.
    let stolen = json!({ "token": ana.welcome["token"],
        "resume": { "session": bo.welcome["session"], "received": 0 } });
    drop(ana);
    let mut thief = Wire::open(server.address).await;
    assert_eq!(thief.hello(stolen).await["resumed"], false);
    assert_eq!(bo.request(json!({ "type": "ping" })).await["type"], "pong");
}

#[tokio::test]
async fn whoever_does_not_come_back_is_lost_once() {
    let server = server("resume_ms = 300").await;
    let (ana, mut witness, own) = watched(&server).await;
    let (before, received) = ana.cut();
    let cut = Instant::now();
    let left = witness.next().await;
    assert!(cut.elapsed() >= Duration::from_millis(250), "{:?}", cut.elapsed());
    assert_eq!(departures(&[left]), [(own, "lost")]);

    let mut ana = Wire::resume(server.address, &before, received).await;
    assert_eq!((&ana.welcome["resumed"], ana.welcome.get("room")), (&json!(false), None));
    let anew = ana.join("general").await["you"].as_u64().unwrap();
    assert_ne!(anew, own);
    assert_eq!(witness.next().await["participant"]["number"], anew);
    assert_eq!(departures(&witness.everything().await), []);
}

#[tokio::test]
async fn the_same_identity_elsewhere_takes_over() {
    let server = server("").await;
    let (mut first, mut witness, own) = watched(&server).await;
    let mut second = Wire::again(server.address, &first.welcome).await;
    assert_eq!(first.close_code().await, Some(4004));
    assert_eq!(second.welcome["identity"], first.welcome["identity"]);
    assert_eq!((&second.welcome["resumed"], second.welcome.get("room")), (&json!(false), None));
    let anew = second.join("general").await["you"].as_u64().unwrap();
    let heard = [witness.next().await, witness.next().await];
    assert_eq!(departures(&heard), [(own, "left")]);
    let came = heard.iter().find(|message| message["type"] == "came");
    assert_eq!(came.unwrap()["participant"]["number"], anew);
    assert!(witness.everything().await.is_empty());
    // The one that was replaced cannot be resumed.
    let late = Wire::resume(server.address, &first.welcome, first.received).await;
    assert_eq!(late.welcome["resumed"], false);
    assert_eq!(second.close_code().await, Some(4004));
}

#[tokio::test]
async fn goodbye_leaves_at_once() {
    let server = server("resume_ms = 300000").await;
    let (ana, mut witness, own) = watched(&server).await;
    let (before, received) = (ana.welcome.clone(), ana.received);
    ana.close(1000).await;
    assert_eq!(departures(&[witness.next().await]), [(own, "left")]);
    let ana = Wire::resume(server.address, &before, received).await;
    assert_eq!(ana.welcome["resumed"], false);
}

#[tokio::test]
async fn a_page_that_loads_anew_keeps_its_place_for_three_seconds() {
    let server = server("resume_ms = 300000").await;
    let (ana, mut witness, own) = watched(&server).await;
    let (before, received) = (ana.welcome.clone(), ana.received);
    ana.close(1001).await;
    let ana = Wire::resume(server.address, &before, received).await;
    assert_eq!((&ana.welcome["resumed"], &ana.welcome["room"]), (&json!(true), &json!("general")));
    ana.close(1001).await;
    let closed = Instant::now();
    // The first departure that is heard: the resume made none.
    assert_eq!(departures(&[witness.next().await]), [(own, "left")]);
    let after = closed.elapsed();
    assert!((Duration::from_millis(2_900)..Duration::from_secs(6)).contains(&after), "{after:?}");
}

#[tokio::test]
async fn the_list_tells_of_each_arrival_once() {
    let server = Running::start(&format!("{QUIET}[rooms]\ncrowd = 500")).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let list = ana.request(json!({ "type": "room:list" })).await;
    let rooms = list["result"]["rooms"].as_array().unwrap();
    assert_eq!(rooms.len(), 3);
    assert!(rooms.iter().all(|room| room["count"] == 0), "{list}");

    let general = hearth_protocol::RoomId("general".into());
    let mut inside = std::collections::BTreeSet::new();
    for n in 0..200 {
        let name = format!("Guest {n}");
        let who = server.app.identities.admit(None, Some(&name), None).await.unwrap().who;
        inside.insert(server.app.presence.enter(&general, who, server.address.ip()).unwrap().0);
    }
    let (mut told, mut bytes) = (Vec::new(), 0);
    loop {
        let delta = ana.hear("room:list:delta").await;
        bytes += delta.to_string().len();
        for change in delta["changes"].as_array().unwrap() {
            assert_eq!(change["id"], "general");
            assert!(change.get("summary").is_none() && change.get("left").is_none(), "{change}");
            let present = change["present"].as_array().unwrap();
            told.extend(
                present.iter().map(|it| u32::try_from(it["number"].as_u64().unwrap()).unwrap()),
            );
        }
        if delta["changes"][0]["count"] == 200 {
            break;
        }
    }
    told.sort_unstable();
    assert_eq!(told, inside.into_iter().collect::<Vec<_>>());
    assert!(bytes < 200 * 400, "{bytes} bytes for 200 arrivals");
}

#[tokio::test]
async fn a_new_room_is_told_to_those_who_see_the_list() {
    let server = Running::start(QUIET).await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    ana.request(json!({ "type": "room:list" })).await;
    let ask = json!({ "type": "room:create", "name": "Quiet Corner", "icon": "🌿" });
    let created = bo.request(ask.clone()).await;
    assert_eq!(created["result"]["room"]["id"], "quiet-corner");
    let delta = ana.hear("room:list:delta").await;
    assert_eq!(delta["changes"][0]["summary"], created["result"]["room"]);
    assert_eq!(bo.request(ask).await["code"], "room_exists");
    // Bo does not see the list and was told nothing of it.
    assert!(bo.everything().await.is_empty());
}

#[tokio::test]
async fn a_stopping_server_says_so_to_everybody() {
    let server = server("").await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let mut early = Wire::open(server.address).await;
    ana.join("general").await;
    bo.join("general").await;
    let stop = tokio::spawn(server.stop());
    for wire in [&mut ana, &mut bo, &mut early] {
        assert_eq!(wire.close_code().await, Some(4005));
    }
    tokio::time::timeout(Duration::from_secs(5), stop).await.expect("did not stop").unwrap();
}

/// Also one whose socket is gone and that waits to be resumed.
#[tokio::test]
async fn an_ended_session_takes_nothing_any_more() {
    let server = server("").await;
    let ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    bo.join("general").await;
    ana.cut();
    let sessions = server.app.roster.all();
    assert_eq!(sessions.len(), 2);
    server.app.stop();
    assert_eq!(bo.close_code().await, Some(4005));
    assert!(server.app.roster.is_empty() && server.app.presence.is_empty());
    for session in sessions {
        assert!(session.outbox.connect(None, || "hello".into()).is_none());
        assert!(session.outbox.connect(Some(0), || "hello".into()).is_none());
    }
}

#[tokio::test]
async fn whoever_comes_in_and_whoever_asks_is_told_how_surely_things_are_kept() {
    let server = Running::start("").await;
    let ana = Wire::guest(server.address, "Ana").await;
    assert_eq!(ana.welcome["durability"], "on this disk");
    assert_eq!(server.get("/api/stats", "").await.json()["durability"], "on this disk");
}
