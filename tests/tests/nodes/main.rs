//! Two nodes on one Redis are one server: rooms, people, names and what is written are the same on
//! both, whatever becomes of a node, of Redis or of the connection to it. Voices are heard on their
//! own node alone, and the protocol says so.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod house;
mod lost;
mod moderation;
#[allow(dead_code, reason = "the tests of sessions use the rest of it")]
#[path = "../../../signaling/tests/wire/mod.rs"]
mod wire;

use std::time::Duration;

use hearth_client::{Connection, Room, Setup, Voice, Who};
use house::{
    HEALED_BY, House, done, general, hear, hear_change, hear_entry, list, node, numbers, text,
};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use wire::Wire;

#[tokio::test]
async fn rooms_are_the_same_on_both() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    list(&mut ana).await;
    let made = json!({ "type": "room:create", "name": "Quiet Corner", "icon": "🌿" });
    done(&mut bo, made).await;
    let new = hear_change(&mut ana, "quiet-corner", |it| it["summary"].is_object()).await;
    assert_eq!(new["summary"]["name"], "Quiet Corner");
    let again = json!({ "type": "room:create", "name": "quiet corner", "icon": "🌿" });
    assert_eq!(ana.request(again).await["code"], "room_exists");

    ana.join("quiet-corner").await;
    let edit = json!({ "type": "room:edit", "room": "quiet-corner", "topic": "Reading" });
    done(&mut bo, edit).await;
    let anew = hear(&mut ana, |it| it["type"] == "room:anew").await;
    assert_eq!(anew["summary"]["topic"], "Reading");
    assert_eq!(anew["summary"]["count"], 1);

    done(&mut bo, json!({ "type": "room:delete", "room": "quiet-corner" })).await;
    let out = hear(&mut ana, |it| it["type"] == "room:sent_out").await;
    assert_eq!(out["room"], "quiet-corner");
    hear_change(&mut ana, "quiet-corner", |it| it["removed"] == true).await;
    let gone = ana.request(json!({ "type": "room:join", "room": "quiet-corner" })).await;
    assert_eq!(gone["code"], "room_not_found");
}

#[tokio::test]
async fn people_see_each_other_come_speak_and_go() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    list(&mut ana).await;
    let here = ana.join("general").await["you"].clone();
    let connection =
        Connection::open(&format!("http://{}", house.b.http()), Who::guest("Cy")).await.unwrap();
    let room = Room::join(&connection, "general").await.unwrap();
    let came = hear(&mut ana, |it| it["type"] == "came").await["participant"].clone();
    assert_eq!((&came["name"], &came["elsewhere"]), (&"Cy".into(), &true.into()));
    assert_eq!(came["number"], room.you().0);
    assert_ne!(came["number"], here);

    let shown = bo.join("general").await["room"].clone();
    assert_eq!((shown["count"].as_u64(), numbers(&shown).len()), (Some(3), 3));
    let of = |number: &Value| {
        let all = shown["participants"].as_array().unwrap();
        all.iter().find(|it| it["number"] == *number).unwrap()["elsewhere"].clone()
    };
    assert_eq!((of(&here), of(&came["number"])), (true.into(), Value::Null));
    hear_change(&mut ana, "general", |it| it["count"] == 3).await;

    let voice = Voice::join(&room, Setup::default()).await.unwrap();
    let told = |state: &'static str| {
        let number = came["number"].clone();
        move |it: &Value| {
            it["type"] == "participant:voice"
                && it["number"] == number
                && it["voice"][state] == true
        }
    };
    hear(&mut ana, told("connected")).await;
    voice.mute(true).await.unwrap();
    hear(&mut ana, told("muted")).await;
    voice.deafen(true).await.unwrap();
    hear(&mut ana, told("deafened")).await;

    room.leave().await.unwrap();
    let left = hear(&mut ana, |it| it["type"] == "left").await;
    assert_eq!((&left["number"], &left["reason"]), (&came["number"], &"left".into()));
    done(&mut ana, json!({ "type": "room:leave" })).await;
    let left = hear(&mut bo, |it| it["type"] == "left" && it["number"] == here).await;
    assert_eq!(left["reason"], "left");
    hear_change(&mut ana, "general", |it| it["count"] == 1).await;
}

#[tokio::test]
async fn what_is_written_is_told_on_both() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    ana.join("general").await;
    bo.join("general").await;
    let here = general();
    done(&mut ana, json!({ "type": "chat:typing", "conversation": here, "typing": true })).await;
    assert_eq!(bo.hear("chat:typing").await["name"], "Ana");
    done(&mut ana, text(&here, 1, "one")).await;
    let one = hear_entry(&mut bo, "message").await;
    assert_eq!(one["message"]["body"]["text"], "one");
    done(&mut bo, text(&here, 2, "two")).await;
    for wire in [&mut ana, &mut bo] {
        let two = hear(wire, |it| it["entry"]["message"]["body"]["text"] == "two").await;
        assert_eq!(two["entry"]["seq"], 2);
    }
    let of = one["seq"].clone();
    let on = json!({ "conversation": here, "of": of });
    let about = |kind: &str, more: Value| {
        let mut request = on.clone();
        request["type"] = kind.into();
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    done(&mut bo, about("chat:react", json!({ "emoji": "🌿", "on": true }))).await;
    assert_eq!(hear_entry(&mut ana, "reacted").await["reactions"][0]["count"], 1);
    done(&mut ana, about("chat:edit", json!({ "text": "1" }))).await;
    assert_eq!(hear_entry(&mut bo, "edited").await["text"], "1");
    done(&mut ana, about("chat:delete", json!({}))).await;
    assert_eq!(hear_entry(&mut bo, "deleted").await["of"], of);
    let mut histories = Vec::new();
    for wire in [&mut ana, &mut bo] {
        histories.push(done(wire, json!({ "type": "chat:history", "conversation": here })).await);
    }
    assert_eq!(histories[0], histories[1]);
    assert_eq!(histories[0]["position"]["seq"], 5);
}

#[tokio::test]
async fn two_people_write_to_each_other_across_nodes() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    let to = |wire: &Wire| json!({ "person": wire.welcome["identity"] });
    let (to_ana, to_bo) = (to(&ana), to(&bo));
    done(&mut ana, text(&to_bo, 1, "Psst")).await;
    let told = bo.hear("chat:entry").await;
    assert_eq!(told["conversation"], to_ana);
    assert_eq!(told["entry"]["message"]["body"]["text"], "Psst");
    let receipt = hear(&mut ana, |it| it["type"] == "direct:receipt").await;
    assert_eq!((&receipt["delivered"], &receipt["read"]), (&1.into(), &0.into()));
    done(&mut bo, json!({ "type": "chat:read", "conversation": to_ana, "seq": 1 })).await;
    hear(&mut ana, |it| it["type"] == "direct:receipt" && it["read"] == 1).await;
    done(&mut bo, json!({ "type": "chat:typing", "conversation": to_ana, "typing": true })).await;
    assert_eq!(ana.hear("chat:typing").await["conversation"], to_bo);
    done(&mut bo, text(&to_ana, 2, "Yes?")).await;
    hear(&mut ana, |it| it["entry"]["message"]["body"]["text"] == "Yes?").await;

    let directs = done(&mut ana, json!({ "type": "direct:list" })).await;
    assert_eq!(directs["conversations"][0]["online"], true);
    assert_eq!(directs["conversations"][0]["person"]["name"], "Bo");
}

#[tokio::test]
async fn a_call_to_the_other_node_is_refused_and_found_as_missed() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    // Known on the other node, so that Bo is somewhere and not away.
    ana.join("general").await;
    bo.join("general").await;
    hear(&mut ana, |it| it["type"] == "came").await;
    let call = |whom: &Wire| json!({ "type": "call:start", "person": whom.identity() });
    assert_eq!(ana.refused(call(&bo)).await, "person_elsewhere");
    let missed = hear_entry(&mut bo, "message").await;
    assert_eq!(missed["message"]["body"]["event"]["what"], "missed_call");
    assert_eq!(missed["message"]["author"]["name"], "Ana");
    // On one node it rings.
    let mut cy = Wire::guest(house.a.http(), "Cy").await;
    done(&mut ana, call(&cy)).await;
    assert_eq!(cy.hear("call:ringing").await["call"]["person"]["name"], "Ana");
}

#[tokio::test]
async fn a_name_is_one_persons_on_both() {
    let house = House::start().await;
    let [ana, mut bo] = house.guests().await;
    let mut other = Wire::open(house.b.http()).await;
    assert_eq!(other.hello(json!({ "name": "ANA" })).await["code"], "name_taken");
    assert_eq!(other.hello(json!({ "name": "Cy" })).await["type"], "hello");
    bo.join("general").await;
    let mut ana_again = Wire::again(house.a.http(), &ana.welcome).await;
    ana_again.join("general").await;
    hear(&mut bo, |it| it["type"] == "came").await;
    ana_again.close(1000).await;
    hear(&mut bo, |it| it["type"] == "left").await;
    // The name is given back after the room: whoever asks too early may ask again.
    let mut third = Wire::open(house.b.http()).await;
    let freed = timeout(HEALED_BY, async {
        while third.hello(json!({ "name": "Ana" })).await["type"] != "hello" {
            third = Wire::open(house.b.http()).await;
        }
    });
    freed.await.unwrap();
}

#[tokio::test]
async fn how_somebody_is_shown_is_told_on_both() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    let to_bo = json!({ "person": bo.welcome["identity"] });
    done(&mut ana, text(&to_bo, 1, "Psst")).await;
    let number = ana.join("general").await["you"].clone();
    let shown = bo.join("general").await;
    if !numbers(&shown["room"]).contains(&number) {
        hear(&mut bo, |it| it["participant"]["number"] == number).await;
    }
    let profile = |name: &str| {
        let avatar = json!({ "coat": 5, "emoji": "🌿" });
        json!({ "type": "profile:set", "name": name, "avatar": avatar, "status": "reading" })
    };
    assert_eq!(ana.request(profile("BO")).await["code"], "name_taken");
    done(&mut ana, profile("Anna")).await;
    // Either may be told first.
    let (mut redrawn, mut told) = (Value::Null, Value::Null);
    while redrawn.is_null() || told.is_null() {
        let message = bo.next().await;
        match message["type"].as_str() {
            Some("redrawn") => redrawn = message["participant"].clone(),
            Some("direct:person") => told = message["person"].clone(),
            _ => {}
        }
    }
    assert_eq!((&redrawn["number"], &redrawn["name"]), (&number, &"Anna".into()));
    assert_eq!(redrawn["avatar"]["coat"], 5);
    assert_eq!((&told["name"], &told["status"]), (&"Anna".into(), &"reading".into()));
    // By then it was also told how they are shown online.
    let directs = done(&mut bo, json!({ "type": "direct:list" })).await;
    assert_eq!(directs["conversations"][0]["person"], told);
    assert_eq!(directs["conversations"][0]["online"], true);

    let mut other = Wire::open(house.b.http()).await;
    assert_eq!(other.hello(json!({ "name": "anna" })).await["code"], "name_taken");
    // The name before is free, as soon as the other node has given it back.
    let freed = timeout(HEALED_BY, async {
        while other.hello(json!({ "name": "Ana" })).await["type"] != "hello" {
            other = Wire::open(house.b.http()).await;
        }
    });
    freed.await.unwrap();
}

#[tokio::test]
async fn whoever_comes_in_on_another_node_is_there_alone() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    bo.join("general").await;
    let before = ana.join("general").await["you"].clone();
    hear(&mut bo, |it| it["participant"]["number"] == before).await;
    let mut newer = Wire::again(house.b.http(), &ana.welcome).await;
    assert_eq!(ana.close_code().await, Some(4004));
    let left = hear(&mut bo, |it| it["type"] == "left").await;
    assert_eq!(left["number"], before);
    newer.join("general").await;
    let came = hear(&mut bo, |it| it["type"] == "came").await;
    assert_eq!(came["participant"]["identity"], newer.welcome["identity"]);
    // And back again.
    Wire::again(house.a.http(), &newer.welcome).await;
    assert_eq!(newer.close_code().await, Some(4004));
}

#[tokio::test]
async fn the_people_of_a_dead_node_leave_once_and_their_names_are_free() {
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    let mut cy = Wire::guest(house.b.http(), "Cy").await;
    ana.join("general").await;
    let gone = [bo.join("general").await["you"].clone(), cy.join("general").await["you"].clone()];
    for number in &gone {
        hear(&mut ana, |it| it["participant"]["number"] == *number).await;
    }
    let House { redis, a, b } = house;
    // Without a word: the process is killed.
    drop(b);
    let mut left = Vec::new();
    for _ in &gone {
        let one = hear(&mut ana, |it| it["type"] == "left").await;
        assert_eq!(one["reason"], "lost");
        left.push(one["number"].clone());
    }
    assert!(gone.iter().all(|number| left.contains(number)), "{left:?}");

    // Another node takes its place, with the names of the dead; nobody leaves a second time.
    let b = node(&redis);
    let mut bo = Wire::guest(b.http(), "Bo").await;
    let shown = bo.join("general").await;
    if shown["room"]["count"] != 2 {
        hear(&mut bo, |it| it["type"] == "came" && it["participant"]["name"] == "Ana").await;
    }
    let came = loop {
        let message = ana.next().await;
        assert_ne!(message["type"], "left", "{message}");
        if message["type"] == "came" {
            break message["participant"]["number"].clone();
        }
    };
    assert!(!gone.contains(&came), "a number was given twice");
    let status = b.stop();
    assert!(status.success());
    assert_eq!(hear(&mut ana, |it| it["type"] == "left").await["number"], came);
    drop(a);
}

#[tokio::test]
async fn while_redis_is_down_people_stay_and_afterwards_all_is_known() {
    let mut house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    let mut cy = Wire::guest(house.a.http(), "Cy").await;
    ana.join("general").await;
    let bos = bo.join("general").await["you"].clone();
    let cys = cy.join("general").await["you"].clone();
    hear(&mut ana, |it| it["participant"]["number"] == bos).await;
    hear(&mut bo, |it| it["participant"]["number"] == cys).await;

    house.redis.kill();
    let refused = ana.request(text(&general(), 1, "lost?")).await;
    assert_eq!(refused["code"], "busy");
    // Those on one node go on among themselves; the other hears of it afterwards.
    done(&mut cy, json!({ "type": "room:leave" })).await;
    assert_eq!(hear(&mut ana, |it| it["type"] == "left").await["number"], cys);
    // Longer than a lease: that nobody could renew theirs is nobody's death.
    sleep(Duration::from_secs(5)).await;
    house.redis.restart();
    let left = hear(&mut bo, |it| it["type"] == "left").await;
    assert_eq!(left["number"], cys);

    let healed = async { while ana.request(text(&general(), 2, "back")).await["type"] != "ack" {} };
    timeout(HEALED_BY, healed).await.unwrap();
    hear(&mut bo, |it| it["entry"]["message"]["body"]["text"] == "back").await;
    for message in ana.everything().await {
        assert_ne!(message["type"], "left", "{message}");
    }
    cy.join("general").await;
    assert_eq!(hear(&mut bo, |it| it["type"] == "came").await["participant"]["name"], "Cy");
}

#[tokio::test]
async fn a_subscription_that_is_cut_loses_nothing() {
    const MESSAGES: u64 = 200;
    let house = House::start().await;
    let [mut ana, mut bo] = house.guests().await;
    ana.join("general").await;
    bo.join("general").await;
    let mut comers = Vec::new();
    for n in 1..=MESSAGES {
        if n % 25 == 0 {
            let cut = house.redis.ask("CLIENT KILL TYPE pubsub");
            assert!(cut.starts_with(':'), "{cut}");
            let mut comer = Wire::guest(house.a.http(), &format!("Comer {n}")).await;
            comer.join("general").await;
            comers.push(comer);
        }
        done(&mut ana, text(&general(), n, &format!("message {n}"))).await;
    }
    let (mut heard, mut came) = (0, 0);
    let all = async {
        while heard < MESSAGES || came < comers.len() {
            let message = bo.next().await;
            if message["type"] == "chat:entry" {
                heard += 1;
                assert_eq!(message["entry"]["seq"], heard, "out of order");
            }
            let name = message["participant"]["name"].as_str().unwrap_or_default();
            came += usize::from(name.starts_with("Comer"));
        }
    };
    timeout(HEALED_BY, all).await.unwrap_or_else(|_| panic!("{heard} entries, {came} people"));
    let shown = bo.join("general").await;
    assert_eq!(shown["room"]["count"], 2 + comers.len());
    assert!(house.b.figure("hearth_news_holes_total").await > 1.0, "nothing was cut");
}
