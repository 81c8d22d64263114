//! What becomes of rooms, over real sockets: locked, hidden, limited, changed and taken away.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n[rooms]\nlist_interval_ms = 50\n";

async fn server() -> Running {
    Running::start(QUIET).await
}

/// Makes a room; its id comes back.
async fn create(wire: &mut Wire, name: &str, more: Value) -> String {
    let mut ask = json!({ "type": "room:create", "name": name, "icon": "🌿" });
    ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let ack = wire.request(ask).await;
    ack["result"]["room"]["id"].as_str().unwrap_or_else(|| panic!("{ack}")).to_owned()
}

fn edit(room: &str, mut more: Value) -> Value {
    more["type"] = "room:edit".into();
    more["room"] = room.into();
    more
}

fn text(room: &str, n: usize, text: &str) -> Value {
    let id = format!("{n:032x}");
    json!({ "type": "chat:send", "conversation": { "room": room }, "message": id, "text": text })
}

/// The ids of the rooms that somebody sees.
async fn seen(wire: &mut Wire) -> Vec<String> {
    let list = wire.request(json!({ "type": "room:list" })).await;
    let rooms = list["result"]["rooms"].as_array().unwrap();
    rooms.iter().map(|room| room["id"].as_str().unwrap().to_owned()).collect()
}

/// The next change of this room in the list.
async fn change(wire: &mut Wire, room: &str) -> Value {
    loop {
        let delta = wire.hear("room:list:delta").await;
        let changes = delta["changes"].as_array().unwrap();
        if let Some(change) = changes.iter().find(|change| change["id"] == room) {
            return change.clone();
        }
    }
}

#[tokio::test]
async fn a_locked_room_is_entered_with_its_password_and_read_from_within_alone() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let room = create(&mut ana, "Quiet Corner", json!({ "password": "sesame" })).await;
    // Whoever has a role there needs no password.
    let snapshot = ana.join(&room).await;
    assert_eq!((&snapshot["role"], &snapshot["room"]["locked"]), (&json!("owner"), &json!(true)));
    ana.done(text(&room, 1, "open secret")).await;

    let join = |password: Value| json!({ "type": "room:join", "room": room, "password": password });
    for wrong in [Value::Null, json!(""), json!("Sesame"), json!("x".repeat(2000))] {
        assert_eq!(bo.refused(join(wrong)).await, "wrong_password");
    }
    let read = json!({ "type": "chat:history", "conversation": { "room": room } });
    let search = json!({ "type": "chat:search", "words": "secret" });
    let hits = |found: Value| found["result"]["hits"].as_array().unwrap().len();
    assert_eq!(bo.refused(read.clone()).await, "forbidden");
    assert_eq!(hits(bo.request(search.clone()).await), 0);
    bo.done(join(json!("sesame"))).await;
    // Inside, the snapshot comes again without it, and one reads.
    bo.join(&room).await;
    bo.done(read.clone()).await;
    assert_eq!(hits(bo.request(search.clone()).await), 1);
    bo.done(json!({ "type": "room:leave" })).await;
    assert_eq!(bo.refused(read).await, "forbidden");
    assert_eq!(hits(bo.request(search).await), 0);

    // WHIP knows the lock, too.
    let sdp = "Content-Type: application/sdp\r\n";
    for (path, status, error) in [
        (format!("/whip/{room}?name=Cy"), 403, "wrong_password"),
        (format!("/whep/{room}?name=Cy&password=no"), 403, "wrong_password"),
        (format!("/whip/{room}?name=Cy&password=sesame"), 422, "offer_invalid"),
    ] {
        let reply = server.ask("POST", &path, sdp, b"v=0\r\n").await;
        assert_eq!((reply.status, reply.error().as_str()), (status, error), "{path}");
    }

    // Unlocked, anybody walks in.
    ana.done(edit(&room, json!({ "password": "" }))).await;
    bo.join(&room).await;
}

#[tokio::test]
async fn a_hidden_room_is_in_the_list_of_those_inside_and_with_a_role_alone() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    seen(&mut ana).await;
    seen(&mut bo).await;
    let room = create(&mut ana, "Den", json!({ "hidden": true })).await;
    assert_eq!(change(&mut ana, &room).await["summary"]["hidden"], true);
    assert!(seen(&mut ana).await.contains(&room) && !seen(&mut bo).await.contains(&room));
    let rooms = server.get("/api/rooms", "").await;
    assert!(!rooms.text().contains(&room), "{}", rooms.text());
    let read = json!({ "type": "chat:history", "conversation": { "room": room } });
    assert_eq!(bo.refused(read).await, "room_not_found");
    let topic = edit(&room, json!({ "topic": "mine" }));
    assert_eq!(bo.refused(topic).await, "room_not_found");

    // Whoever knows of it walks in and sees it from then on; Ana only hears of a change.
    bo.join(&room).await;
    assert_eq!(change(&mut bo, &room).await["summary"]["count"], 1);
    let came = change(&mut ana, &room).await;
    assert_eq!((&came["count"], came.get("summary")), (&json!(1), None));
    bo.done(json!({ "type": "room:leave" })).await;
    assert_eq!(change(&mut bo, &room).await["removed"], true);
    assert_eq!(change(&mut ana, &room).await["count"], 0);

    // In the open and out of it.
    ana.done(edit(&room, json!({ "hidden": false }))).await;
    assert_eq!(change(&mut bo, &room).await["summary"]["name"], "Den");
    ana.done(edit(&room, json!({ "hidden": true }))).await;
    assert_eq!(change(&mut bo, &room).await["removed"], true);
    // Its end is told to those who saw it.
    assert_eq!(change(&mut ana, &room).await["summary"].get("hidden"), None);
    assert_eq!(change(&mut ana, &room).await["summary"]["hidden"], true);
    ana.done(json!({ "type": "room:delete", "room": room })).await;
    assert_eq!(change(&mut ana, &room).await["removed"], true);
    create(&mut ana, "Open", json!({})).await;
    change(&mut bo, "open").await;
    let heard = bo.everything().await;
    assert!(!heard.iter().any(|it| it.to_string().contains(&room)), "{heard:?}");
}

#[tokio::test]
async fn a_room_is_changed_by_its_owner_and_everybody_is_told() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let room = create(&mut ana, "Quiet Corner", json!({ "max_participants": 1 })).await;
    seen(&mut ana).await;
    bo.join(&room).await;
    let full = json!({ "type": "room:join", "room": room });
    assert_eq!(ana.refused(full).await, "room_full");
    for ask in [json!({ "topic": "mine" }), json!({ "name": "Bo's" }), json!({})] {
        assert_eq!(bo.refused(edit(&room, ask)).await, "forbidden");
    }
    for (ask, code) in [
        (json!({ "name": " " }), "room_invalid"),
        (json!({ "name": "GENERAL" }), "room_exists"),
        (json!({ "icon": "no" }), "room_invalid"),
        (json!({ "topic": "x".repeat(201) }), "room_invalid"),
        (json!({ "max_participants": 4_000_000_000_u32 }), "room_invalid"),
        (json!({ "password": "x".repeat(129) }), "room_invalid"),
    ] {
        assert_eq!(ana.refused(edit(&room, ask)).await, code);
    }
    assert_eq!(ana.refused(edit("nowhere", json!({}))).await, "room_not_found");

    let all =
        json!({ "name": "Loud corner", "icon": "🎮", "topic": "Games", "max_participants": 0 });
    ana.done(edit(&room, all)).await;
    let summary = bo.hear("room:anew").await["summary"].clone();
    assert_eq!((&summary["id"], &summary["name"]), (&json!(room), &json!("Loud corner")));
    assert_eq!((&summary["topic"], summary.get("max_participants")), (&json!("Games"), None));
    // That somebody had walked in may be told before, apart from it.
    while change(&mut ana, &room).await["summary"]["icon"] != "🎮" {}
    for event in [
        json!({ "what": "room_renamed", "name": "Loud corner", "icon": "🎮" }),
        json!({ "what": "topic_changed", "topic": "Games" }),
    ] {
        let entry = bo.hear("chat:entry").await["entry"].clone();
        assert_eq!(entry["message"]["body"]["event"], event);
        assert_eq!(entry["message"]["author"]["name"], "Ana");
    }
    // The limit is gone; its own name is no hindrance; nothing to change is nothing to tell.
    ana.join(&room).await;
    ana.done(edit(&room, json!({ "name": "loud corner", "topic": "" }))).await;
    ana.done(edit(&room, json!({ "name": "loud corner" }))).await;
    let summary = bo.hear("room:anew").await["summary"].clone();
    assert_eq!((&summary["name"], summary.get("topic")), (&json!("loud corner"), None));
    assert!(bo.everything().await.iter().all(|it| it["type"] != "room:anew"));
}

#[tokio::test]
async fn a_room_that_is_deleted_takes_everything_with_it() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let room = create(&mut ana, "Quiet Corner", json!({})).await;
    seen(&mut bo).await;
    bo.join(&room).await;
    bo.done(text(&room, 1, "for ever")).await;
    let delete = json!({ "type": "room:delete", "room": room });
    assert_eq!(bo.refused(delete.clone()).await, "forbidden");
    let general = json!({ "type": "room:delete", "room": "general" });
    assert_eq!(ana.refused(general).await, "forbidden");
    ana.done(delete.clone()).await;
    let told = bo.hear("room:sent_out").await;
    assert_eq!((&told["room"], &told["why"]), (&json!(room), &json!("deleted")));
    assert_eq!(change(&mut bo, &room).await["removed"], true);
    assert_eq!(bo.refused(text(&room, 2, "still here?")).await, "room_not_found");
    assert_eq!(bo.refused(json!({ "type": "room:leave" })).await, "not_in_room");
    assert_eq!(ana.refused(delete).await, "room_not_found");
    assert_eq!(server.app.presence.len(), 0);

    // One of the same name begins anew, and is written in.
    assert_eq!(create(&mut ana, "Quiet Corner", json!({})).await, room);
    let snapshot = bo.join(&room).await;
    let messages = snapshot["chat"]["history"]["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["body"]["event"]["what"], "room_created");
    bo.done(text(&room, 1, "for ever")).await;
    assert_eq!(bo.hear("chat:entry").await["entry"]["seq"], 2);
    server.stop().await;
}
