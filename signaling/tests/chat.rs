//! What is written in rooms, over real sockets: stored, told in order, missed and found again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use std::collections::BTreeSet;

use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

async fn server() -> Running {
    Running::start("[limits]\nenabled = false\n").await
}

/// Somebody who is in `general`.
async fn inside(server: &Running, name: &str) -> Wire {
    let mut wire = Wire::guest(server.address, name).await;
    wire.join("general").await;
    wire
}

fn id(n: usize) -> String {
    format!("{n:032x}")
}

fn general() -> Value {
    json!({ "room": "general" })
}

fn text(n: usize, text: &str) -> Value {
    json!({ "type": "chat:send", "conversation": general(), "message": id(n), "text": text })
}

async fn send(wire: &mut Wire, n: usize, what: &str) -> Value {
    let sent = wire.request(text(n, what)).await;
    assert_eq!(sent["result"]["of"], "chat:sent", "{sent}");
    sent["result"].clone()
}

async fn ask(wire: &mut Wire, mut request: Value) -> Value {
    if request.get("conversation").is_none() {
        request["conversation"] = general();
    }
    wire.request(request).await
}

async fn page(wire: &mut Wire, mut request: Value) -> Vec<String> {
    request["type"] = "chat:history".into();
    let page = ask(wire, request).await;
    let messages = page["result"]["messages"].as_array().unwrap_or_else(|| panic!("{page}"));
    messages.iter().map(|it| it["body"]["text"].as_str().unwrap_or("-").to_owned()).collect()
}

#[tokio::test]
async fn a_message_is_stored_and_told_to_everybody_inside() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    let mut cy = Wire::guest(server.address, "Cy").await;
    let identity = ana.welcome["identity"].clone();
    let sent = send(&mut ana, 1, "  Hello,\r\nBo\u{7}! ").await;
    assert_eq!((&sent["message"], &sent["position"]["seq"]), (&json!(id(1)), &json!(1)));
    for wire in [&mut ana, &mut bo] {
        let told = wire.hear("chat:entry").await;
        assert_eq!(told["conversation"], general());
        let entry = &told["entry"];
        assert_eq!((&entry["seq"], &entry["kind"]), (&json!(1), &json!("message")));
        assert_eq!(entry["tag"], sent["position"]["tag"]);
        let message = &entry["message"];
        assert_eq!(message["body"], json!({ "kind": "text", "text": "Hello,\nBo!" }));
        assert_eq!(message["author"]["name"], "Ana");
        assert_eq!(message["author"]["identity"], identity);
    }
    assert!(cy.everything().await.is_empty(), "Cy is not in the room");
    // Whoever comes later sees it in the snapshot.
    let snapshot = cy.join("general").await;
    assert_eq!(snapshot["chat"]["outcome"], "gap");
    let history = &snapshot["chat"]["history"];
    assert_eq!(history["position"], sent["position"]);
    assert_eq!(history["messages"][0]["body"]["text"], "Hello,\nBo!");
    assert_eq!((&history["more_before"], &history["more_after"]), (&json!(false), &json!(false)));
    assert_eq!(snapshot["read"], json!({ "seq": 0, "unread": 1, "mentions": 0 }));
    assert_eq!(snapshot["room"]["messages"], 1);
}

#[tokio::test]
async fn the_same_message_sent_again_is_stored_once() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    let first = send(&mut ana, 7, "once").await;
    assert_eq!(send(&mut ana, 7, "once").await, first);
    let conflict = ana.request(text(7, "twice")).await;
    assert_eq!(conflict["code"], "message_conflict");
    assert_eq!(bo.request(text(7, "once")).await["code"], "message_conflict");
    assert_eq!(page(&mut bo, json!({})).await, ["once"]);
    assert_eq!(bo.hear("chat:entry").await["entry"]["seq"], 1);
    assert!(bo.everything().await.is_empty());
}

#[tokio::test]
async fn everybody_hears_the_same_in_the_order_of_the_log() {
    const WRITERS: usize = 8;
    const EACH: usize = 25;
    let server = server().await;
    let mut ear = inside(&server, "Ear").await;
    let mut wires = Vec::new();
    for writer in 0..WRITERS {
        wires.push(inside(&server, &format!("Writer {writer}")).await);
    }
    let mut writing = tokio::task::JoinSet::new();
    for (writer, mut wire) in wires.into_iter().enumerate() {
        writing.spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..EACH {
                let sent = send(&mut wire, writer * 1000 + n, &format!("{writer}:{n}")).await;
                seqs.push(sent["position"]["seq"].as_u64().unwrap());
            }
            assert!(seqs.is_sorted());
            for seq in 1..=u64::try_from(WRITERS * EACH).unwrap() {
                assert_eq!(wire.hear("chat:entry").await["entry"]["seq"], seq);
            }
            seqs
        });
    }
    let acknowledged: BTreeSet<u64> = writing.join_all().await.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), WRITERS * EACH);
    for seq in 1..=u64::try_from(WRITERS * EACH).unwrap() {
        let told = ear.hear("chat:entry").await;
        assert_eq!(told["entry"]["seq"], seq);
        assert_eq!(told["entry"]["message"]["seq"], seq);
    }
}

#[tokio::test]
async fn whoever_walks_in_while_others_write_misses_nothing() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let writing = tokio::spawn(async move {
        for n in 0..120 {
            send(&mut ana, n, "word").await;
        }
        ana
    });
    for turn in 0..12 {
        let mut wire = Wire::guest(server.address, &format!("Guest {turn}")).await;
        let snapshot = wire.join("general").await;
        let mut seq = snapshot["chat"]["history"]["position"]["seq"].as_u64().unwrap();
        if seq < 120 {
            // What the snapshot showed may be told once more, but nothing is left out.
            let mut told = seq;
            while told <= seq {
                told = wire.hear("chat:entry").await["entry"]["seq"].as_u64().unwrap();
            }
            assert_eq!(told, seq + 1, "turn {turn}");
            seq = told;
        }
        // And again with the position: a replay of what came since.
        let position = snapshot["chat"]["history"]["position"].clone();
        let before = position["seq"].as_u64().unwrap();
        let join = json!({ "type": "room:join", "room": "general", "position": position });
        let again = wire.request(join).await["result"]["snapshot"].clone();
        assert_eq!(again["chat"]["outcome"], "replay", "{again}");
        let entries = again["chat"]["entries"].as_array().unwrap().clone();
        let seqs: Vec<_> = entries.iter().map(|it| it["seq"].as_u64().unwrap()).collect();
        let expected = before + 1..=before + u64::try_from(seqs.len()).unwrap();
        assert_eq!(seqs, expected.collect::<Vec<_>>());
        assert!(seqs.last().is_none_or(|last| *last >= seq));
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn texts_ids_replies_and_mentions_are_checked() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let long = "x".repeat(4001);
    for bad in ["", " \n", "\u{0}", long.as_str()] {
        assert_eq!(ana.request(text(1, bad)).await["code"], "message_invalid", "{bad:?}");
    }
    assert_eq!(ana.request(text(1, &"ü".repeat(4000))).await["type"], "ack");
    for bad in ["", "0", "ABCDEF00ABCDEF00ABCDEF00ABCDEF00"] {
        let mut message = text(2, "hello");
        message["message"] = bad.into();
        assert_eq!(ana.request(message).await["code"], "message_invalid", "{bad:?}");
    }
    let mut reply = text(3, "no such original");
    reply["reply_to"] = 99.into();
    assert_eq!(ana.request(reply.clone()).await["code"], "message_not_found");
    reply["reply_to"] = 1.into();
    assert_eq!(ana.request(reply).await["type"], "ack");
    let mut mention = text(4, "@nobody");
    mention["mentions"] = json!([id(99)]);
    assert_eq!(ana.request(mention).await["code"], "message_invalid");
    let mut crowd = text(5, "@everybody");
    crowd["mentions"] = (0..21).map(id).collect::<Vec<_>>().into();
    assert_eq!(ana.request(crowd).await["code"], "message_invalid");
    // What was refused was not stored.
    assert_eq!(page(&mut ana, json!({})).await.len(), 2);
}

#[tokio::test]
async fn ones_own_text_can_be_changed_and_taken_away_by_nobody_else() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    send(&mut ana, 1, "first").await;
    let edit = json!({ "type": "chat:edit", "of": 1, "text": "second" });
    let delete = json!({ "type": "chat:delete", "of": 1 });
    assert_eq!(ask(&mut bo, edit.clone()).await["code"], "forbidden");
    assert_eq!(ask(&mut bo, delete.clone()).await["code"], "forbidden");
    assert_eq!(ask(&mut ana, edit.clone()).await["result"]["of"], "done");
    bo.hear("chat:entry").await;
    let edited = bo.hear("chat:entry").await["entry"].clone();
    assert_eq!((&edited["kind"], &edited["of"]), (&json!("edited"), &json!(1)));
    assert_eq!(edited["text"], "second");
    assert_eq!(page(&mut bo, json!({})).await, ["second"]);

    assert_eq!(ask(&mut ana, delete.clone()).await["result"]["of"], "done");
    let deleted = bo.hear("chat:entry").await["entry"].clone();
    assert_eq!((&deleted["kind"], &deleted["seq"]), (&json!("deleted"), &json!(3)));
    let history = ask(&mut bo, json!({ "type": "chat:history" })).await;
    assert_eq!(history["result"]["messages"][0]["body"]["kind"], "deleted");
    // Once more changes nothing, and what is gone cannot be changed.
    assert_eq!(ask(&mut ana, delete).await["type"], "ack");
    assert_eq!(ask(&mut ana, edit).await["code"], "message_not_found");
    let nothing = json!({ "type": "chat:delete", "of": 77 });
    assert_eq!(ask(&mut ana, nothing).await["code"], "message_not_found");
    assert!(bo.everything().await.is_empty());
}

#[tokio::test]
async fn reactions_are_told_as_a_whole() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    send(&mut ana, 1, "react!").await;
    let react =
        |emoji: &str, on: bool| json!({ "type": "chat:react", "of": 1, "emoji": emoji, "on": on });
    for wire in [&mut ana, &mut bo] {
        assert_eq!(ask(wire, react("🌿", true)).await["type"], "ack");
        assert_eq!(ask(wire, react("🌿", true)).await["type"], "ack");
    }
    bo.hear("chat:entry").await;
    assert_eq!(bo.hear("chat:entry").await["entry"]["reactions"][0]["count"], 1);
    let both = bo.hear("chat:entry").await["entry"].clone();
    assert_eq!((&both["seq"], &both["reactions"][0]["count"]), (&json!(3), &json!(2)));
    assert_eq!(ask(&mut ana, react("🌿", false)).await["type"], "ack");
    let less = bo.hear("chat:entry").await["entry"].clone();
    assert_eq!(
        less["reactions"],
        json!([{ "emoji": "🌿", "count": 1, "by": [bo.welcome["identity"]] }])
    );
    for bad in ["", "x", "🌿🌿", "<b>"] {
        assert_eq!(ask(&mut ana, react(bad, true)).await["code"], "message_invalid", "{bad}");
    }
    for n in 0..19_u32 {
        let emoji = char::from_u32(0x1F600 + n).unwrap().to_string();
        assert_eq!(ask(&mut ana, react(&emoji, true)).await["type"], "ack", "{n}");
    }
    assert_eq!(ask(&mut ana, react("🦊", true)).await["code"], "too_many_reactions");
    let missing = json!({ "type": "chat:react", "of": 9, "emoji": "🌿", "on": true });
    assert_eq!(ask(&mut ana, missing).await["code"], "message_not_found");
}

#[tokio::test]
async fn history_is_paged_and_what_was_missed_is_replayed() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut positions = Vec::new();
    for n in 1..=30 {
        positions.push(send(&mut ana, n, &format!("m{n}")).await["position"].clone());
    }
    assert_eq!(page(&mut ana, json!({ "limit": 2 })).await, ["m29", "m30"]);
    assert_eq!(page(&mut ana, json!({ "before": 29, "limit": 2 })).await, ["m27", "m28"]);
    assert_eq!(page(&mut ana, json!({ "after": 2, "limit": 2 })).await, ["m3", "m4"]);
    assert_eq!(page(&mut ana, json!({ "around": 10, "limit": 3 })).await, ["m9", "m10", "m11"]);
    for bad in [json!({ "limit": 0 }), json!({ "limit": 101 }), json!({ "before": 3, "after": 1 })]
    {
        let mut bad = bad;
        bad["type"] = "chat:history".into();
        assert_eq!(ask(&mut ana, bad).await["code"], "message_invalid");
    }
    let catch_up = |position: &Value| json!({ "type": "chat:catch_up", "position": position });
    let missed = ask(&mut ana, catch_up(&positions[26])).await["result"].clone();
    assert_eq!(missed["outcome"], "replay");
    let seqs: Vec<_> = missed["entries"].as_array().unwrap().iter().map(|it| &it["seq"]).collect();
    assert_eq!(seqs, [28, 29, 30]);
    // Another entry of the same number, or another log: what was known is not in it.
    for wrong in ["tag", "epoch"] {
        let mut position = positions[26].clone();
        position[wrong] = if wrong == "tag" { json!(1) } else { json!("0000000000000000") };
        let reset = ask(&mut ana, catch_up(&position)).await["result"].clone();
        assert_eq!(reset["outcome"], "reset", "{wrong}");
        assert_eq!(reset["history"]["position"], positions[29]);
    }
}

#[tokio::test]
async fn what_is_read_and_what_is_new_is_counted() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    let list = |list: Value| list["result"].clone();
    for n in 1..=3 {
        send(&mut ana, n, "word").await;
    }
    let mut mention = text(4, "Bo?");
    mention["mentions"] = json!([bo.welcome["identity"]]);
    ana.request(mention).await;
    let read = ask(&mut bo, json!({ "type": "chat:read", "seq": 2 })).await["result"].clone();
    assert_eq!(
        (&read["seq"], &read["unread"], &read["mentions"]),
        (&json!(2), &json!(2), &json!(1))
    );
    // Never back, never past the end.
    for (seq, now) in [(1, 2), (99, 4)] {
        let read = ask(&mut bo, json!({ "type": "chat:read", "seq": seq })).await;
        assert_eq!(read["result"]["seq"], now);
    }
    let seen = list(bo.request(json!({ "type": "room:list" })).await);
    assert_eq!(seen["rooms"][0]["messages"], 4);
    let mark = json!([{ "room": "general", "seq": 4, "unread": 0, "mentions": 0 }]);
    assert_eq!(seen["read"], mark);
    // From now on the list tells how many there are, and nothing else.
    send(&mut ana, 5, "one more").await;
    while bo.hear("room:list:delta").await["changes"][0]["messages"] != 5 {}
    send(&mut ana, 6, "and one").await;
    let delta = bo.hear("room:list:delta").await;
    assert_eq!(delta["changes"], json!([{ "id": "general", "messages": 6 }]));
}

#[tokio::test]
async fn whoever_is_mentioned_elsewhere_is_told() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    bo.join("music").await;
    let mut mention = text(1, "Bo, come over");
    mention["mentions"] = json!([bo.welcome["identity"], ana.welcome["identity"]]);
    assert_eq!(ana.request(mention).await["type"], "ack");
    let told = bo.hear("chat:mention").await;
    assert_eq!((&told["conversation"], &told["message"]["seq"]), (&general(), &json!(1)));
    assert_eq!(told["read"], json!({ "seq": 0, "unread": 1, "mentions": 1 }));
    let kinds: Vec<_> = ana.everything().await.iter().map(|it| it["type"].clone()).collect();
    assert!(!kinds.contains(&json!("chat:mention")), "{kinds:?}");
}

#[tokio::test]
async fn typing_is_told_to_the_others_and_not_over_and_over() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    let mut bo = inside(&server, "Bo").await;
    let typing = |typing: bool| json!({ "type": "chat:typing", "typing": typing });
    for state in [true, true, true, false, false] {
        assert_eq!(ask(&mut ana, typing(state)).await["type"], "ack");
    }
    for state in [true, false] {
        let told = bo.hear("chat:typing").await;
        assert_eq!((&told["name"], &told["typing"]), (&json!("Ana"), &json!(state)));
    }
    let rest: Vec<_> = bo.everything().await;
    assert!(rest.iter().all(|it| it["type"] != "chat:typing"), "{rest:?}");
    assert!(ana.everything().await.iter().all(|it| it["type"] != "chat:typing"));
}

#[tokio::test]
async fn words_are_found_where_one_may_read() {
    let server = server().await;
    let mut ana = inside(&server, "Ana").await;
    for (n, what) in ["Über den Wolken", "under the clouds", "über alles"].iter().enumerate() {
        send(&mut ana, n, what).await;
    }
    let mut bo = Wire::guest(server.address, "Bo").await;
    let search = |words: &str| json!({ "type": "chat:search", "words": words });
    let found = bo.request(search("uber")).await["result"].clone();
    let seqs: Vec<_> =
        found["hits"].as_array().unwrap().iter().map(|it| &it["message"]["seq"]).collect();
    assert_eq!(seqs, [3, 1]);
    assert_eq!(found["hits"][0]["conversation"], general());
    let one = bo.request(search("uber wol")).await["result"].clone();
    assert_eq!(one["hits"].as_array().unwrap().len(), 1);
    let mut paged = search("uber");
    paged["limit"] = 1.into();
    let first = bo.request(paged.clone()).await["result"].clone();
    paged["next"] = first["next"].clone();
    let second = bo.request(paged).await["result"].clone();
    assert_eq!(
        (&first["hits"][0]["message"]["seq"], &second["hits"][0]["message"]["seq"]),
        (&json!(3), &json!(1))
    );
    for bad in ["", "  ", &"x".repeat(201)] {
        assert_eq!(bo.request(search(bad)).await["code"], "message_invalid");
    }
}

#[tokio::test]
async fn one_writes_only_where_one_is() {
    let server = server().await;
    inside(&server, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    assert_eq!(bo.request(text(1, "from outside")).await["code"], "not_in_room");
    let mut nowhere = text(1, "into the void");
    nowhere["conversation"] = json!({ "room": "nowhere" });
    assert_eq!(bo.request(nowhere).await["code"], "room_not_found");
    // Anybody may walk in, so anybody may read.
    assert_eq!(ask(&mut bo, json!({ "type": "chat:history" })).await["type"], "ack");
    bo.join("general").await;
    assert_eq!(bo.request(text(1, "from inside")).await["type"], "ack");
    bo.request(json!({ "type": "room:leave" })).await;
    assert_eq!(bo.request(text(2, "from outside again")).await["code"], "not_in_room");
}

#[tokio::test]
async fn too_fast_is_told_and_passes() {
    let server = Running::start("[limits]\nchat_per_second = 20\nchat_burst = 2").await;
    let mut ana = inside(&server, "Ana").await;
    send(&mut ana, 1, "one").await;
    send(&mut ana, 2, "two").await;
    let refused = ana.request(text(3, "three")).await;
    assert_eq!(refused["code"], "rate_limited");
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=50).contains(&wait));
    tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    send(&mut ana, 3, "three").await;
}

#[tokio::test]
async fn a_new_room_begins_with_who_made_it() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let ask = json!({ "type": "room:create", "name": "Quiet Corner", "icon": "🌿" });
    ana.request(ask).await;
    let snapshot = ana.join("quiet-corner").await;
    assert_eq!(snapshot["role"], "owner");
    let first = &snapshot["chat"]["history"]["messages"][0];
    assert_eq!(first["body"], json!({ "kind": "system", "event": { "what": "room_created" } }));
    assert_eq!(first["author"]["name"], "Ana");
    // It is nobody's message: not to be counted, changed or taken away.
    assert_eq!(snapshot["room"]["messages"], 0);
    let delete =
        json!({ "type": "chat:delete", "conversation": { "room": "quiet-corner" }, "of": 1 });
    assert_eq!(ana.request(delete).await["code"], "forbidden");
}
