//! What moderators do to people, over real sockets: roles, sending out, banning, moving.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the sound tests use the rest of it")]
mod person;
#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use person::Person;
use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n[rooms]\nlist_interval_ms = 50\n";

/// A room of Ana's, with Mo as its moderator and Bo as a member, all of them inside.
struct Scene {
    server: Running,
    room: String,
    ana: Wire,
    mo: Wire,
    bo: Wire,
    /// Bo's number there.
    number: Value,
}

impl Scene {
    async fn new() -> Self {
        let server = Running::start(QUIET).await;
        let mut ana = Wire::guest(server.address, "Ana").await;
        let mut mo = Wire::guest_from(server.address, "Mo", "127.0.0.3").await;
        let mut bo = Wire::guest_from(server.address, "Bo", "127.0.0.2").await;
        let create = json!({ "type": "room:create", "name": "Den", "icon": "🌿" });
        let ack = ana.request(create).await;
        let room = ack["result"]["room"]["id"].as_str().unwrap().to_owned();
        ana.join(&room).await;
        mo.join(&room).await;
        let number = bo.join(&room).await["you"].clone();
        ana.done(role(&room, &mo.identity(), "moderator")).await;
        for wire in [&mut ana, &mut mo, &mut bo] {
            wire.everything().await;
        }
        Self { server, room, ana, mo, bo, number }
    }

    fn join(&self) -> Value {
        json!({ "type": "room:join", "room": self.room })
    }

    fn ban(&self, whom: &Value) -> Value {
        json!({ "type": "room:ban", "room": self.room, "identity": whom, "reason": "noise" })
    }

    fn kick(&self, number: &Value) -> Value {
        json!({ "type": "room:kick", "number": number, "reason": "noise" })
    }

    fn read(&self) -> Value {
        json!({ "type": "chat:history", "conversation": { "room": self.room } })
    }
}

fn role(room: &str, whom: &Value, role: &str) -> Value {
    json!({ "type": "room:role", "room": room, "identity": whom, "role": role })
}

fn text(room: &str, n: usize, text: &str) -> Value {
    let id = format!("{n:032x}");
    json!({ "type": "chat:send", "conversation": { "room": room }, "message": id, "text": text })
}

/// That `number` left, and what is written down of it; either may be told first.
async fn departure(wire: &mut Wire, number: &Value) -> (Value, Value) {
    let (mut left, mut event) = (Value::Null, Value::Null);
    while left.is_null() || event.is_null() {
        let message = wire.next().await;
        match message["type"].as_str() {
            Some("left") if message["number"] == *number => left = message,
            Some("chat:entry") => event = message["entry"]["message"]["body"]["event"].clone(),
            _ => {}
        }
    }
    (left, event)
}

/// The next thing that is written down of what happened.
async fn event(wire: &mut Wire) -> Value {
    loop {
        let entry = wire.hear("chat:entry").await["entry"].clone();
        if entry["message"]["body"]["kind"] == "system" {
            return entry["message"]["body"]["event"].clone();
        }
    }
}

#[tokio::test]
async fn owners_give_roles_and_everybody_sees_them() {
    let Scene { server, room, mut ana, mut mo, mut bo, number } = Scene::new().await;
    let (ana_is, mo_is, bo_is) = (ana.identity(), mo.identity(), bo.identity());
    assert_eq!(mo.refused(role(&room, &bo_is, "moderator")).await, "forbidden");
    assert_eq!(bo.refused(role(&room, &bo_is, "owner")).await, "forbidden");
    for (request, code) in [
        (role(&room, &ana_is, "member"), "forbidden"),
        (role(&room, &json!("0".repeat(32)), "owner"), "person_not_found"),
        (role("nowhere", &bo_is, "owner"), "room_not_found"),
        (role(&room, &bo_is, "king"), "bad_message"),
    ] {
        assert_eq!(ana.refused(request.clone()).await, code, "{request}");
    }
    ana.done(role(&room, &bo_is, "moderator")).await;
    let told = bo.hear("room:role").await;
    assert_eq!((&told["room"], &told["role"]), (&json!(room), &json!("moderator")));
    let expected = json!({ "what": "role_changed", "name": "Bo", "role": "moderator" });
    assert_eq!(event(&mut mo).await, expected);
    let snapshot = mo.join(&room).await;
    let people = snapshot["room"]["participants"].as_array().unwrap();
    let roles: Vec<_> = people.iter().map(|it| (&it["name"], &it["role"])).collect();
    let expected = [("Ana", "owner"), ("Mo", "moderator"), ("Bo", "moderator")];
    for (name, role) in expected {
        assert!(roles.contains(&(&json!(name), &json!(role))), "{roles:?}");
    }
    // A moderator does not reach another, nor the owner.
    assert_eq!(mo.refused(json!({ "type": "room:kick", "number": number })).await, "forbidden");
    let ban = json!({ "type": "room:ban", "room": room, "identity": ana_is });
    assert_eq!(bo.refused(ban).await, "forbidden");
    // It holds for those who come back, and it can be taken.
    bo.done(json!({ "type": "room:leave" })).await;
    assert_eq!(bo.join(&room).await["role"], "moderator");
    ana.done(role(&room, &bo_is, "member")).await;
    assert_eq!(bo.hear("room:role").await["role"], "member");
    // A second owner may take the first one's role; the last keeps theirs.
    ana.done(role(&room, &mo_is, "owner")).await;
    mo.done(role(&room, &ana_is, "member")).await;
    assert_eq!(ana.refused(role(&room, &mo_is, "member")).await, "forbidden");
    let record = server.app.presence.rooms().find(&hearth_protocol::RoomId(room)).unwrap().record();
    assert_eq!((record.owner.clone(), record.roles.len()), (None, 1));
}

#[tokio::test]
async fn whoever_is_kicked_is_out_at_once_and_may_come_back() {
    let mut scene = Scene::new().await;
    let room = scene.room.clone();
    scene.bo.done(text(&room, 1, "mine")).await;
    let seq = scene.bo.hear("chat:entry").await["entry"]["seq"].clone();
    let kick = scene.kick(&scene.number);
    assert_eq!(scene.bo.refused(kick.clone()).await, "forbidden");
    scene.mo.done(kick.clone()).await;
    let told = scene.bo.hear("room:sent_out").await;
    let expected = json!({
        "type": "room:sent_out", "room": room, "why": "kicked", "by": "Mo", "reason": "noise",
    });
    assert_eq!(told, expected);
    let (left, event) = departure(&mut scene.ana, &scene.number).await;
    assert_eq!((&left["number"], &left["reason"]), (&scene.number, &json!("removed")));
    assert_eq!(event, json!({ "what": "kicked", "name": "Bo" }));
    assert_eq!(scene.mo.refused(kick).await, "participant_not_found");
    // Nothing of the room is theirs any more, but what anybody may read there.
    let conversation = json!({ "room": room });
    for request in [
        text(&room, 2, "still here"),
        json!({ "type": "chat:edit", "conversation": conversation, "of": seq, "text": "x" }),
        json!({ "type": "chat:delete", "conversation": conversation, "of": seq }),
        json!({ "type": "chat:typing", "conversation": conversation, "typing": true }),
        json!({ "type": "voice:mute", "muted": true }),
        json!({ "type": "room:leave" }),
    ] {
        assert_eq!(scene.bo.refused(request.clone()).await, "not_in_room", "{request}");
    }
    let told = scene.bo.everything().await;
    scene.ana.done(text(&room, 3, "without Bo")).await;
    assert!(told.is_empty() && scene.bo.everything().await.is_empty(), "{told:?}");
    scene.bo.join(&room).await;
    // A moderator acts from anywhere; to a stranger there is nobody of that number.
    let number = scene.bo.join(&room).await["you"].clone();
    scene.mo.join("general").await;
    let mut cy = Wire::guest(scene.server.address, "Cy").await;
    assert_eq!(cy.refused(scene.kick(&number)).await, "participant_not_found");
    let long = json!({ "type": "room:kick", "number": number, "reason": "x".repeat(201) });
    assert_eq!(scene.mo.refused(long).await, "room_invalid");
    scene.mo.done(scene.kick(&number)).await;
    scene.bo.hear("room:sent_out").await;
}

#[tokio::test]
async fn a_ban_shuts_out_the_person_and_the_address_until_it_is_lifted() {
    let mut scene = Scene::new().await;
    let (room, bo_is) = (scene.room.clone(), scene.bo.identity());
    // Somebody else from the same place, and somebody there whom a role protects.
    let mut twin = Wire::guest_from(scene.server.address, "Twin", "127.0.0.2").await;
    twin.join(&room).await;
    let mut dee = Wire::guest_from(scene.server.address, "Dee", "127.0.0.2").await;
    dee.join(&room).await;
    scene.ana.done(role(&room, &dee.identity(), "moderator")).await;
    for (for_ms, reason) in
        [(json!(0), ""), (json!(u64::MAX), ""), (json!(9_000), &*"x".repeat(201))]
    {
        let mut ban = scene.ban(&bo_is);
        (ban["for_ms"], ban["reason"]) = (for_ms, reason.into());
        assert_eq!(scene.mo.refused(ban).await, "room_invalid");
    }
    scene.mo.done(scene.ban(&bo_is)).await;
    let (join, read) = (scene.join(), scene.read());
    for wire in [&mut scene.bo, &mut twin] {
        let told = wire.hear("room:sent_out").await;
        assert_eq!((&told["why"], &told["by"]), (&json!("banned"), &json!("Mo")));
        assert_eq!((&told["reason"], told.get("until_ms")), (&json!("noise"), None));
        let search =
            json!({ "type": "chat:search", "words": "x", "conversation": { "room": room } });
        for request in [join.clone(), read.clone(), search, text(&room, 9, "x")] {
            assert_eq!(wire.refused(request.clone()).await, "banned", "{request}");
        }
    }
    dee.done(text(&room, 1, "still here")).await;
    assert_eq!(event(&mut scene.ana).await["what"], "role_changed");
    assert_eq!(event(&mut scene.ana).await, json!({ "what": "banned", "name": "Bo" }));
    // With the same token from elsewhere; with another from there.
    let mut elsewhere = Wire::again(scene.server.address, &scene.bo.welcome).await;
    assert_eq!(elsewhere.refused(scene.join()).await, "banned");
    let mut anew = Wire::guest_from(scene.server.address, "Anew", "127.0.0.2").await;
    assert_eq!(anew.refused(scene.join()).await, "banned");
    let mut other = Wire::guest_from(scene.server.address, "Other", "127.0.0.9").await;
    other.join(&room).await;
    let sdp = "Content-Type: application/sdp\r\n";
    let token = scene.bo.welcome["token"].as_str().unwrap();
    let headers = format!("{sdp}Authorization: Bearer {token}\r\n");
    let whip = scene.server.ask("POST", &format!("/whip/{room}"), &headers, b"v=0\r\n").await;
    assert_eq!((whip.status, whip.error().as_str()), (403, "banned"));

    let bans = json!({ "type": "room:bans", "room": room });
    assert_eq!(other.refused(bans.clone()).await, "forbidden");
    let listed = scene.mo.request(bans.clone()).await["result"]["bans"].clone();
    let mo_is = scene.mo.identity();
    let expected = json!([{ "identity": bo_is, "name": "Bo", "by": mo_is, "reason": "noise" }]);
    assert_eq!(listed, expected);
    let unban = json!({ "type": "room:unban", "room": room, "identity": bo_is });
    assert_eq!(other.refused(unban.clone()).await, "forbidden");
    scene.mo.done(unban.clone()).await;
    assert_eq!(scene.mo.refused(unban).await, "person_not_found");
    assert_eq!(scene.mo.request(bans).await["result"]["bans"], json!([]));
    elsewhere.join(&room).await;
    anew.join(&room).await;
    assert_eq!(event(&mut scene.ana).await, json!({ "what": "unbanned", "name": "Bo" }));
}

#[tokio::test]
async fn a_ban_of_an_address_holds_for_sounds_also_without_a_session() {
    let mut scene = Scene::new().await;
    let (room, bo_is) = (scene.room.clone(), scene.bo.identity());
    let authorization = |wire: &Wire| {
        format!("Authorization: Bearer {}\r\n", wire.welcome["token"].as_str().unwrap())
    };
    let own = authorization(&scene.ana);
    let sound = include_bytes!("sounds/firefox.ogg");
    let kept = scene.server.ask("POST", "/api/blobs", &own, sound).await.json();
    let send = json!({ "type": "chat:voice", "conversation": { "room": room }, "peaks": [1],
        "message": "e".repeat(32), "blob": kept["blob"], "duration_ms": 1500 });
    scene.ana.done(send).await;
    let path = format!("/api/blobs/{}", kept["blob"].as_str().unwrap());
    let anew = Wire::guest_from(scene.server.address, "Anew", "127.0.0.9").await;
    let headers = authorization(&anew);
    assert_eq!(scene.server.get_from("127.0.0.2", &path, &headers).await.status, 200);
    scene.mo.done(scene.ban(&bo_is)).await;
    // Whether the session comes from elsewhere or there is none.
    assert_eq!(scene.server.get_from("127.0.0.2", &path, &headers).await.status, 404);
    anew.close(1000).await;
    assert_eq!(scene.server.get_from("127.0.0.2", &path, &headers).await.status, 404);
    assert_eq!(scene.server.get_from("127.0.0.9", &path, &headers).await.status, 200);
    assert_eq!(scene.server.get_from("127.0.0.1", &path, &own).await.status, 200);
}

#[tokio::test]
async fn a_ban_takes_the_role_spares_the_banners_own_address_and_ends_by_itself() {
    let mut scene = Scene::new().await;
    let (room, mo_is) = (scene.room.clone(), scene.mo.identity());
    let mut neighbour = Wire::guest(scene.server.address, "Neighbour").await;
    let number = neighbour.join(&room).await["you"].clone();
    let mut roommate = Wire::guest(scene.server.address, "Roommate").await;
    roommate.join(&room).await;
    let ban = scene.ban(&neighbour.identity());
    scene.ana.done(ban).await;
    neighbour.hear("room:sent_out").await;
    assert_eq!(scene.ana.hear("left").await["number"], number);
    roommate.done(text(&room, 1, "still here")).await;

    let mut ban = scene.ban(&mo_is);
    ban["for_ms"] = 1_000.into();
    scene.ana.done(ban).await;
    assert_eq!(scene.mo.hear("room:role").await["role"], "member");
    assert!(scene.mo.hear("room:sent_out").await["until_ms"].is_u64());
    let refused = scene.mo.request(scene.join()).await;
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=1_000).contains(&wait), "{refused}");
    // Whoever waits as long as they were told comes in.
    tokio::time::sleep(std::time::Duration::from_millis(wait + 1)).await;
    assert_eq!(scene.mo.join(&room).await["role"], "member");
}

#[tokio::test]
async fn bans_and_roles_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || Running::start_in(QUIET, folder.path()).await;
    let server = start().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let bo = Wire::guest(server.address, "Bo").await;
    let ack = ana.request(json!({ "type": "room:create", "name": "Den", "icon": "🌿" })).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    ana.done(json!({ "type": "room:ban", "room": "den", "identity": bo.identity() })).await;
    let (ana_was, bo_was) = (ana.welcome.clone(), bo.welcome.clone());
    server.stop().await;
    let server = start().await;
    let mut bo = Wire::again(server.address, &bo_was).await;
    assert_eq!(bo.refused(json!({ "type": "room:join", "room": "den" })).await, "banned");
    let mut ana = Wire::again(server.address, &ana_was).await;
    assert_eq!(ana.join("den").await["role"], "owner");
}

#[tokio::test]
async fn one_is_taken_into_another_room_with_all_that_is_told_there() {
    let mut scene = Scene::new().await;
    let number = scene.number.clone();
    let to = |room: &str| json!({ "type": "room:move", "number": number, "room": room });
    scene.ana.done(json!({ "type": "room:leave" })).await;
    scene.ana.join("music").await;
    scene.ana.done(text("music", 1, "before")).await;
    assert_eq!(scene.bo.refused(to("music")).await, "forbidden");
    assert_eq!(scene.mo.refused(to("nowhere")).await, "room_not_found");
    for (name, more, code) in [
        ("Locked", json!({ "password": "sesame" }), "forbidden"),
        ("Hidden", json!({ "hidden": true }), "room_not_found"),
    ] {
        let mut create = json!({ "type": "room:create", "name": name, "icon": "🌿" });
        create.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let ack = scene.ana.request(create).await;
        let room = ack["result"]["room"]["id"].as_str().unwrap();
        assert_eq!(scene.mo.refused(to(room)).await, code);
    }
    scene.mo.done(to("music")).await;
    let moved = scene.bo.hear("room:moved").await;
    assert_eq!((&moved["by"], &moved["snapshot"]["room"]["id"]), (&json!("Mo"), &json!("music")));
    assert_ne!(moved["snapshot"]["you"], number);
    let messages = moved["snapshot"]["chat"]["history"]["messages"].as_array().unwrap().clone();
    assert_eq!(messages.last().unwrap()["body"]["text"], "before");
    let (left, event) = departure(&mut scene.mo, &number).await;
    assert_eq!((&left["number"], &event), (&number, &json!({ "what": "moved", "name": "Bo" })));
    // They are there, and nowhere else.
    assert_eq!(scene.ana.hear("came").await["participant"]["name"], "Bo");
    scene.bo.done(text("music", 2, "here")).await;
    assert_eq!(scene.bo.refused(text(&scene.room, 3, "there")).await, "not_in_room");
    assert_eq!(scene.mo.refused(to("music")).await, "participant_not_found");
}

#[tokio::test]
async fn a_sound_in_a_room_is_for_those_who_may_read_there() {
    let server = Running::start(QUIET).await;
    let mut ana = Person::new(&server, "Ana").await;
    let mut bo = Person::new(&server, "Bo").await;
    let create = json!({ "type": "room:create", "name": "Den", "icon": "🌿", "password": "x" });
    ana.wire.done(create).await;
    bo.wire.done(json!({ "type": "room:join", "room": "den", "password": "x" })).await;
    let number = bo.wire.join("den").await["you"].clone();
    let blob = bo.uploaded(include_bytes!("sounds/firefox.ogg")).await;
    bo.send(&json!({ "room": "den" }), 1, &blob).await;
    assert_eq!(bo.hear(&blob, "").await.status, 200);
    ana.wire.done(json!({ "type": "room:kick", "number": number })).await;
    assert_eq!(bo.hear(&blob, "").await.status, 404);
    assert_eq!(ana.hear(&blob, "").await.status, 200);
    bo.wire.done(json!({ "type": "room:join", "room": "den", "password": "x" })).await;
    assert_eq!(bo.hear(&blob, "").await.status, 200);
    let ban = json!({ "type": "room:ban", "room": "den", "identity": bo.wire.identity() });
    ana.wire.done(ban).await;
    assert_eq!(bo.hear(&blob, "").await.status, 404);
}

#[tokio::test]
async fn whom_the_host_names_owns_every_room() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start_in(QUIET, folder.path()).await;
    let host = Wire::guest(server.address, "Host").await;
    let (identity, welcome) = (host.identity(), host.welcome.clone());
    host.close(1000).await;
    server.stop().await;
    let server = Running::start_in(&format!("{QUIET}owners = [{identity}]"), folder.path()).await;
    let mut host = Wire::again(server.address, &welcome).await;
    let mut ana = Wire::guest_from(server.address, "Ana", "127.0.0.2").await;

    // Those that nobody made,
    ana.join("general").await;
    assert_eq!(host.join("general").await["role"], "owner");
    let rename = json!({ "type": "room:edit", "room": "general", "name": "Lobby" });
    assert_eq!(ana.refused(rename.clone()).await, "forbidden");
    host.done(rename).await;
    host.done(role("general", &ana.identity(), "moderator")).await;

    // and those of others, also what they hide; and nobody there takes anything from them.
    let create = json!({ "type": "room:create", "name": "Den", "icon": "🌿", "hidden": true,
        "password": "sesame" });
    ana.done(create).await;
    let own = ana.join("den").await["you"].clone();
    let listed = host.request(json!({ "type": "room:list" })).await;
    let rooms = listed["result"]["rooms"].as_array().unwrap();
    assert!(rooms.iter().any(|room| room["id"] == "den"), "{listed}");
    let number = host.join("den").await["you"].clone();
    for ask in [
        role("den", &identity, "member"),
        json!({ "type": "room:ban", "room": "den", "identity": identity }),
        json!({ "type": "room:kick", "number": number }),
    ] {
        assert_eq!(ana.refused(ask.clone()).await, "forbidden", "{ask}");
    }
    host.done(json!({ "type": "room:kick", "number": own })).await;
    assert_eq!(ana.hear("room:sent_out").await["why"], "kicked");
    host.done(json!({ "type": "room:delete", "room": "den" })).await;
}
