//! Conversations between two people, over real sockets: stored for whoever is away, and told how
//! far they have come.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n";

async fn server() -> Running {
    Running::start(QUIET).await
}

fn who(wire: &Wire) -> Value {
    wire.welcome["identity"].clone()
}

fn with(other: &Value) -> Value {
    json!({ "person": other })
}

fn text(to: &Value, n: usize, text: &str) -> Value {
    let id = format!("{n:032x}");
    json!({ "type": "chat:send", "conversation": with(to), "message": id, "text": text })
}

async fn list(wire: &mut Wire) -> Vec<Value> {
    let list = wire.request(json!({ "type": "direct:list" })).await;
    list["result"]["conversations"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
}

#[tokio::test]
async fn what_is_written_to_somebody_comes_to_both_and_to_nobody_else() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let mut cy = Wire::guest(server.address, "Cy").await;
    for wire in [&mut ana, &mut bo, &mut cy] {
        wire.join("general").await;
    }
    let sent = ana.request(text(&who(&bo), 1, "between us")).await["result"].clone();
    assert_eq!(sent["position"]["seq"], 1);
    let told = bo.hear("chat:entry").await;
    assert_eq!(told["conversation"], with(&who(&ana)));
    assert_eq!(told["entry"]["message"]["body"]["text"], "between us");
    let own = ana.hear("chat:entry").await;
    assert_eq!((&own["conversation"], &own["entry"]), (&with(&who(&bo)), &told["entry"]));
    // It is delivered, then read.
    let delivered = ana.hear("direct:receipt").await;
    assert_eq!((&delivered["person"], &delivered["delivered"]), (&who(&bo), &json!(1)));
    assert_eq!(delivered["read"], 0);
    let read = json!({ "type": "chat:read", "conversation": with(&who(&ana)), "seq": 1 });
    assert_eq!(bo.request(read).await["result"]["seq"], 1);
    assert_eq!(ana.hear("direct:receipt").await["read"], 1);
    let seen = list(&mut ana).await.remove(0);
    assert_eq!((&seen["read_by_other"], &seen["delivered_to_other"]), (&json!(1), &json!(1)));

    // Cy hears nothing and finds nothing, whatever he asks.
    let heard = cy.everything().await;
    assert!(heard.iter().all(|it| it["type"] != "chat:entry"), "{heard:?}");
    assert!(list(&mut cy).await.is_empty());
    for other in [who(&ana), who(&bo)] {
        let ask = json!({ "type": "chat:history", "conversation": with(&other) });
        assert_eq!(cy.request(ask).await["result"]["messages"], json!([]));
    }
    let search = json!({ "type": "chat:search", "words": "between" });
    assert_eq!(cy.request(search.clone()).await["result"]["hits"], json!([]));
    for wire in [&mut ana, &mut bo] {
        assert_eq!(
            wire.request(search.clone()).await["result"]["hits"].as_array().unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn whoever_is_away_finds_it_later() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let bo = Wire::guest(server.address, "Bo").await;
    let (welcome, other) = (bo.welcome.clone(), who(&bo));
    bo.close(1000).await;
    for n in 1..=3 {
        assert_eq!(ana.request(text(&other, n, &format!("m{n}"))).await["type"], "ack");
    }
    let seen = list(&mut ana).await.remove(0);
    assert_eq!((&seen["online"], &seen["person"]["name"]), (&json!(false), &json!("Bo")));
    assert_eq!((&seen["read"]["unread"], &seen["delivered_to_other"]), (&json!(0), &json!(0)));
    assert!(ana.everything().await.iter().all(|it| it["type"] != "direct:receipt"));

    let mut bo = Wire::again(server.address, &welcome).await;
    let seen = list(&mut bo).await.remove(0);
    assert_eq!((&seen["online"], &seen["person"]["name"]), (&json!(true), &json!("Ana")));
    assert_eq!((&seen["read"]["unread"], &seen["last"]["body"]["text"]), (&json!(3), &json!("m3")));
    // The list has reached him: that is a delivery.
    assert_eq!(ana.hear("direct:receipt").await["delivered"], 3);
}

#[tokio::test]
async fn what_waited_for_a_cut_socket_is_delivered_when_it_comes_back() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let bo = Wire::guest(server.address, "Bo").await;
    let other = who(&bo);
    let (before, received) = bo.cut();
    let session = {
        let identity = hearth_protocol::IdentityId(other.as_str().unwrap().into());
        server.app.roster.of(&identity).unwrap()
    };
    while session.outbox.is_connected() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ana.request(text(&other, 1, "still there?")).await["type"], "ack");
    ana.hear("chat:entry").await;
    assert!(ana.everything().await.is_empty(), "nothing has reached him yet");
    let mut bo = Wire::resume(server.address, &before, received).await;
    assert_eq!(bo.welcome["resumed"], true);
    assert_eq!(bo.hear("chat:entry").await["entry"]["message"]["body"]["text"], "still there?");
    assert_eq!(ana.hear("direct:receipt").await["delivered"], 1);
}

#[tokio::test]
async fn one_writes_to_those_who_are_known_and_not_to_oneself() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let bo = Wire::guest(server.address, "Bo").await;
    let cy = Wire::guest(server.address, "Cy").await;
    let nobody = json!("0".repeat(32));
    for other in [nobody, who(&ana), json!("../../etc"), json!("")] {
        assert_eq!(ana.request(text(&other, 1, "hello?")).await["code"], "person_not_found");
    }
    // Whoever is mentioned must be one of the two.
    let mut gossip = text(&who(&bo), 2, "about Cy");
    gossip["mentions"] = json!([who(&cy)]);
    assert_eq!(ana.request(gossip).await["code"], "message_invalid");
    assert!(list(&mut ana).await.is_empty());
}

#[tokio::test]
async fn everything_that_goes_in_rooms_goes_between_two() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let mut bo = Wire::guest(server.address, "Bo").await;
    let (a, b) = (who(&ana), who(&bo));
    ana.request(text(&b, 1, "one")).await;
    let mut reply = text(&a, 2, "two");
    reply["reply_to"] = 1.into();
    assert_eq!(bo.request(reply).await["result"]["position"]["seq"], 2);
    let edit = json!({ "type": "chat:edit", "conversation": with(&b), "of": 1, "text": "1" });
    assert_eq!(ana.request(edit).await["type"], "ack");
    let react = json!({ "type": "chat:react", "conversation": with(&a), "of": 1, "emoji": "🦊", "on": true });
    assert_eq!(bo.request(react).await["type"], "ack");
    let delete = json!({ "type": "chat:delete", "conversation": with(&b), "of": 2 });
    assert_eq!(ana.request(delete.clone()).await["code"], "forbidden");
    let mut own = delete;
    own["conversation"] = with(&a);
    assert_eq!(bo.request(own).await["type"], "ack");
    // Both heard of every entry, in order.
    for wire in [&mut ana, &mut bo] {
        let told = wire.everything().await;
        let entries = told.iter().filter(|it| it["type"] == "chat:entry");
        let seqs: Vec<_> = entries.map(|it| it["entry"]["seq"].as_u64().unwrap()).collect();
        assert!(seqs.is_sorted() && seqs.last() == Some(&5), "{seqs:?}");
    }
    let typing = json!({ "type": "chat:typing", "conversation": with(&b), "typing": true });
    assert_eq!(ana.request(typing).await["type"], "ack");
    let told = bo.hear("chat:typing").await;
    assert_eq!((&told["conversation"], &told["identity"]), (&with(&a), &a));
    let ask = |other: &Value| json!({ "type": "chat:history", "conversation": with(other) });
    let (of_ana, of_bo) = (ana.request(ask(&b)).await, bo.request(ask(&a)).await);
    assert_eq!(of_ana["result"], of_bo["result"], "both have the same log");
    let messages = of_ana["result"]["messages"].as_array().unwrap().clone();
    assert_eq!(messages[0]["body"]["text"], "1");
    assert_eq!(messages[0]["reactions"][0]["emoji"], "🦊");
    assert_eq!(messages[1]["body"]["kind"], "deleted");
}

#[tokio::test]
async fn the_newest_conversation_comes_first() {
    let server = server().await;
    let mut ana = Wire::guest(server.address, "Ana").await;
    let bo = Wire::guest(server.address, "Bo").await;
    let cy = Wire::guest(server.address, "Cy").await;
    let order = async |wire: &mut Wire| {
        let list = list(wire).await;
        list.iter().map(|it| it["person"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    ana.request(text(&who(&bo), 1, "first")).await;
    ana.request(text(&who(&cy), 2, "second")).await;
    assert_eq!(order(&mut ana).await, ["Cy", "Bo"]);
    ana.request(text(&who(&bo), 3, "third")).await;
    assert_eq!(order(&mut ana).await, ["Bo", "Cy"]);
}
