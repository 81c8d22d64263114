//! Calls between two people, over real sockets: ringing, answering, and what is left of them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n";

fn who(wire: &Wire) -> Value {
    wire.welcome["identity"].clone()
}

async fn server() -> Running {
    Running::start(QUIET).await
}

async fn guests<const N: usize>(server: &Running, names: [&str; N]) -> [Wire; N] {
    let mut wires = Vec::new();
    for name in names {
        wires.push(Wire::guest(server.address, name).await);
    }
    wires.try_into().ok().unwrap()
}

async fn start(wire: &mut Wire, whom: &Value) -> Value {
    wire.request(json!({ "type": "call:start", "person": whom })).await
}

/// `accept`, `decline` or `end`.
async fn does(wire: &mut Wire, what: &str, call: &Value) -> Value {
    wire.request(json!({ "type": format!("call:{what}"), "call": call["call"] })).await
}

/// Ana calls Bo; the call as each has it.
async fn ring(ana: &mut Wire, bo: &mut Wire) -> (Value, Value) {
    let ack = start(ana, &who(bo)).await;
    assert_eq!(ack["result"]["of"], "call", "{ack}");
    (ack["result"]["call"].clone(), bo.hear("call:ringing").await["call"].clone())
}

/// Both are in the room of a call that Ana began; the call as Ana has it.
async fn talk(ana: &mut Wire, bo: &mut Wire) -> Value {
    let (call, _) = ring(ana, bo).await;
    assert_eq!(does(bo, "accept", &call).await["result"]["of"], "call");
    ana.hear("call:accepted").await;
    let room = call["room"].as_str().unwrap();
    ana.join(room).await;
    bo.join(room).await;
    call
}

/// How a call ended, as both were told.
async fn ended(call: &Value, both: [&mut Wire; 2]) -> String {
    let mut how = Vec::new();
    for wire in both {
        let told = wire.hear("call:ended").await;
        assert_eq!(told["call"], call["call"]);
        how.push(told["how"].as_str().unwrap().to_owned());
    }
    assert_eq!(how[0], how[1]);
    how.remove(0)
}

/// What the system wrote last between the two, as one of them reads it once it is told.
async fn written(wire: &mut Wire) -> Value {
    let entry = wire.hear("chat:entry").await;
    let message = &entry["entry"]["message"];
    assert_eq!(message["body"]["kind"], "system", "{entry}");
    let mut event = message["body"]["event"].clone();
    event["by"] = message["author"]["identity"].clone();
    event["with"] = entry["conversation"]["person"].clone();
    event
}

async fn join_code(wire: &mut Wire, call: &Value) -> Value {
    wire.request(json!({ "type": "room:join", "room": call["room"] })).await["code"].clone()
}

#[tokio::test]
async fn a_call_is_taken_talked_in_by_the_two_alone_and_ends_for_both() {
    let server = server().await;
    let [mut ana, mut bo, mut cy] = guests(&server, ["Ana", "Bo", "Cy"]).await;
    ana.join("general").await;
    cy.join("general").await;
    let list = cy.request(json!({ "type": "room:list" })).await;
    let listed = list["result"]["rooms"].as_array().unwrap().len();

    let (at_ana, at_bo) = ring(&mut ana, &mut bo).await;
    assert_eq!(
        (&at_ana["person"]["name"], &at_bo["person"]["name"]),
        (&json!("Bo"), &json!("Ana"))
    );
    assert_eq!((&at_ana["call"], &at_ana["room"]), (&at_bo["call"], &at_bo["room"]));
    let rings = at_bo["rings_ms"].as_u64().unwrap();
    assert!((1..=30_000).contains(&rings), "{rings}");
    // Nobody walks in before it is taken, and only whom it rings at takes it.
    assert_eq!(join_code(&mut ana, &at_ana).await, "room_not_found");
    assert_eq!(join_code(&mut bo, &at_ana).await, "room_not_found");
    assert_eq!(does(&mut ana, "accept", &at_ana).await["code"], "forbidden");
    for what in ["accept", "decline", "end"] {
        assert_eq!(does(&mut cy, what, &at_ana).await["code"], "call_not_found");
    }

    let taken = does(&mut bo, "accept", &at_bo).await;
    assert_eq!(taken["result"]["call"]["rings_ms"], 0, "{taken}");
    assert_eq!(does(&mut bo, "accept", &at_bo).await["result"]["of"], "call");
    assert_eq!(ana.hear("call:accepted").await["call"]["rings_ms"], 0);
    let room = at_ana["room"].as_str().unwrap();
    ana.join(room).await;
    assert_eq!(cy.hear("left").await["reason"], "left");
    let snapshot = bo.join(room).await;
    assert_eq!(snapshot["room"]["count"], 2);
    assert_eq!(ana.hear("came").await["participant"]["name"], "Bo");

    // Nobody else gets in, sees it, reads there or owns it.
    assert_eq!(join_code(&mut cy, &at_ana).await, "room_not_found");
    let offer = include_str!("../../sfu/tests/offers/aiortc.sdp");
    let sdp = "Content-Type: application/sdp\r\n";
    let path = format!("/whep/{room}?name=Di");
    assert_eq!(server.ask("POST", &path, sdp, offer.as_bytes()).await.status, 404);
    let read = json!({ "type": "chat:history", "conversation": { "room": room } });
    assert_eq!(cy.request(read).await["code"], "room_not_found");
    for wire in [&mut ana, &mut cy] {
        let edit = json!({ "type": "room:edit", "room": room, "topic": "ours" });
        assert_eq!(wire.request(edit).await["type"], "error");
        let list = wire.request(json!({ "type": "room:list" })).await;
        assert_eq!(list["result"]["rooms"].as_array().unwrap().len(), listed);
    }

    assert_eq!(does(&mut ana, "end", &at_ana).await["type"], "ack");
    for wire in [&mut ana, &mut bo] {
        let out = wire.hear("room:sent_out").await;
        assert_eq!((&out["room"], &out["why"]), (&at_ana["room"], &json!("call_ended")));
    }
    assert_eq!(ended(&at_ana, [&mut ana, &mut bo]).await, "hung_up");
    for (wire, other) in [(&mut ana, &at_ana), (&mut bo, &at_bo)] {
        let event = written(wire).await;
        assert_eq!(
            (&event["what"], &event["with"]),
            (&json!("call"), &other["person"]["identity"])
        );
        assert_eq!(event["by"], at_bo["person"]["identity"]);
        assert!(event["duration_ms"].is_u64());
        assert_eq!(join_code(wire, &at_ana).await, "room_not_found");
    }
    let told = cy.everything().await;
    assert!(told.iter().all(|it| !it.to_string().contains(room)), "{told:?}");

    // Nothing of it is in the way of the next.
    talk(&mut bo, &mut ana).await;
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_missed_declined_or_given_up() {
    let server = Running::start(&format!("{QUIET}[calls]\nring_ms = 1000")).await;
    let [mut ana, mut bo] = guests(&server, ["Ana", "Bo"]).await;
    let (call, _) = ring(&mut ana, &mut bo).await;
    assert_eq!(ended(&call, [&mut ana, &mut bo]).await, "missed");
    assert_eq!(written(&mut bo).await["what"], "missed_call");
    assert_eq!(does(&mut bo, "accept", &call).await["code"], "call_not_found");

    for (what, expected) in [("decline", "declined"), ("end", "declined")] {
        let (call, _) = ring(&mut ana, &mut bo).await;
        assert_eq!(does(&mut bo, what, &call).await["type"], "ack");
        assert_eq!(ended(&call, [&mut ana, &mut bo]).await, expected);
        assert_eq!(written(&mut ana).await["what"], "missed_call");
    }
    let (call, _) = ring(&mut ana, &mut bo).await;
    assert_eq!(does(&mut ana, "end", &call).await["type"], "ack");
    assert_eq!(does(&mut ana, "end", &call).await["code"], "call_not_found");
    assert_eq!(ended(&call, [&mut ana, &mut bo]).await, "missed");

    // Taken, but nobody walks in.
    let (call, _) = ring(&mut ana, &mut bo).await;
    does(&mut bo, "accept", &call).await;
    assert_eq!(ended(&call, [&mut ana, &mut bo]).await, "hung_up");
}

#[tokio::test]
async fn whoever_is_away_or_in_a_call_finds_what_they_missed() {
    let server = server().await;
    let [mut ana, mut bo, mut cy, di] = guests(&server, ["Ana", "Bo", "Cy", "Di"]).await;
    let (welcome, away) = (di.welcome.clone(), who(&di));
    di.close(1000).await;
    while server.app.roster.len() > 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(start(&mut ana, &away).await["code"], "person_offline");
    for nobody in [json!("f".repeat(32)), json!("../x"), who(&ana)] {
        assert_eq!(start(&mut ana, &nobody).await["code"], "person_not_found");
    }
    let mut di = Wire::again(server.address, &welcome).await;
    let list = di.request(json!({ "type": "direct:list" })).await;
    let missed = &list["result"]["conversations"][0];
    assert_eq!(missed["person"]["identity"], who(&ana));
    assert_eq!(missed["last"]["body"]["event"], json!({ "what": "missed_call" }));
    assert_eq!(missed["last"]["author"]["identity"], who(&ana));

    let call = talk(&mut ana, &mut bo).await;
    assert_eq!(start(&mut cy, &who(&bo)).await["code"], "person_busy");
    let event = written(&mut bo).await;
    assert_eq!((&event["what"], &event["by"]), (&json!("missed_call"), &who(&cy)));
    // A call that only rings is one, too; at either end.
    assert_eq!(start(&mut ana, &who(&cy)).await["code"], "in_call");
    let (second, _) = ring(&mut cy, &mut di).await;
    assert_eq!(start(&mut di, &who(&cy)).await["code"], "in_call");
    assert_eq!(start(&mut di, &who(&ana)).await["code"], "in_call");
    does(&mut di, "decline", &second).await;
    assert_eq!(ended(&second, [&mut cy, &mut di]).await, "declined");
    does(&mut bo, "end", &call).await;
    assert_eq!(ended(&call, [&mut ana, &mut bo]).await, "hung_up");
}

#[tokio::test]
async fn whoever_walks_out_or_goes_ends_it_and_whoever_is_cut_off_does_not() {
    let server = server().await;
    let [mut ana, mut bo] = guests(&server, ["Ana", "Bo"]).await;
    // Out of the room, and into another.
    for leave in [json!({ "type": "room:leave" }), json!({ "type": "room:join", "room": "music" })]
    {
        let call = talk(&mut ana, &mut bo).await;
        assert_eq!(bo.request(leave).await["type"], "ack");
        assert_eq!(ended(&call, [&mut ana, &mut bo]).await, "hung_up");
        assert_eq!(written(&mut ana).await["what"], "call");
    }
    // Whoever walked into another room stays there.
    let again = bo.request(json!({ "type": "room:leave" })).await;
    assert_eq!(again["type"], "ack");

    let call = talk(&mut ana, &mut bo).await;
    let (welcome, received) = bo.cut();
    let mut bo = Wire::resume(server.address, &welcome, received).await;
    assert_eq!((&bo.welcome["resumed"], &bo.welcome["room"]), (&json!(true), &call["room"]));
    assert_eq!(
        ana.request(json!({ "type": "room:join", "room": call["room"] })).await["type"],
        "ack"
    );
    assert_eq!(does(&mut bo, "accept", &call).await["result"]["of"], "call");
    bo.close(1000).await;
    assert_eq!(ana.hear("call:ended").await["how"], "hung_up");

    // Whom it rings at goes, or whoever rings.
    let mut bo = Wire::again(server.address, &welcome).await;
    let (call, _) = ring(&mut ana, &mut bo).await;
    bo.close(1000).await;
    let told = ana.hear("call:ended").await;
    assert_eq!((&told["call"], &told["how"]), (&call["call"], &json!("missed")));
    let mut bo = Wire::again(server.address, &welcome).await;
    let (call, _) = ring(&mut bo, &mut ana).await;
    bo.close(1000).await;
    let told = ana.hear("call:ended").await;
    assert_eq!((&told["call"], &told["how"]), (&call["call"], &json!("missed")));
}

#[tokio::test]
async fn nobody_rings_without_end() {
    let server = Running::start("[limits]\ncalls_per_minute = 1").await;
    let [mut ana, mut bo] = guests(&server, ["Ana", "Bo"]).await;
    let (call, _) = ring(&mut ana, &mut bo).await;
    does(&mut ana, "end", &call).await;
    let refused = start(&mut ana, &who(&bo)).await;
    assert_eq!(refused["code"], "rate_limited", "{refused}");
    assert!(refused["retry_after_ms"].as_u64().unwrap() > 0);
    // It is the caller who is held back, not who was called.
    ring(&mut bo, &mut ana).await;
}
