//! Two nodes on one Redis, and what people there ask and hear.

use std::time::Duration;

use hearth_tests::{Redis, Server};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::wire::Wire;

/// By then nodes that could not hear each other know everything again.
pub(crate) const HEALED_BY: Duration = Duration::from_secs(30);

/// Two nodes and what they share.
pub(crate) struct House {
    pub(crate) redis: Redis,
    pub(crate) a: Server,
    pub(crate) b: Server,
}

impl House {
    pub(crate) async fn start() -> Self {
        let redis = Redis::start();
        let a = node(&redis);
        let b = node(&redis);
        let house = Self { redis, a, b };
        house.united().await;
        house
    }

    /// Waits until either node has heard everything that the other has to tell: that somebody who
    /// walks in is seen by the others.
    async fn united(&self) {
        for (here, there, name) in [(&self.a, &self.b, "Scout 1"), (&self.b, &self.a, "Scout 2")] {
            let mut scout = Wire::guest(here.http(), name).await;
            let you = scout.join("gaming").await["you"].clone();
            let mut other = Wire::guest(there.http(), "Lookout").await;
            let shown = other.join("gaming").await;
            let seen = |shown: &Value| numbers(shown).contains(&you);
            if !seen(&shown["room"]) {
                hear(&mut other, |it| it["participant"]["number"] == you).await;
            }
            scout.close(1000).await;
            hear(&mut other, |it| it["type"] == "left" && it["number"] == you).await;
            other.close(1000).await;
        }
    }

    pub(crate) async fn guests(&self) -> [Wire; 2] {
        [Wire::guest(self.a.http(), "Ana").await, Wire::guest(self.b.http(), "Bo").await]
    }
}

pub(crate) fn node(redis: &Redis) -> Server {
    Server::start(&[("store.redis_url", &redis.url()), ("limits.enabled", "false")])
}

/// The next message that is `wanted`; those before it are gone.
pub(crate) async fn hear(wire: &mut Wire, wanted: impl Fn(&Value) -> bool) -> Value {
    let heard = timeout(HEALED_BY, async {
        loop {
            let message = wire.next().await;
            if wanted(&message) {
                return message;
            }
        }
    });
    heard.await.unwrap()
}

/// The change of one room in the list, if the message has one that is `wanted`.
pub(crate) async fn hear_change(
    wire: &mut Wire,
    room: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    let change = |message: &Value| {
        let changes = message["changes"].as_array()?;
        changes.iter().find(|it| it["id"] == room && wanted(it)).cloned()
    };
    let heard = hear(wire, |message| change(message).is_some()).await;
    change(&heard).unwrap()
}

pub(crate) fn numbers(summary: &Value) -> Vec<Value> {
    summary["participants"].as_array().unwrap().iter().map(|it| it["number"].clone()).collect()
}

pub(crate) async fn done(wire: &mut Wire, request: Value) -> Value {
    let answer = wire.request(request).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    answer["result"].clone()
}

pub(crate) async fn list(wire: &mut Wire) -> Value {
    done(wire, json!({ "type": "room:list" })).await["rooms"].clone()
}

pub(crate) fn text(conversation: &Value, n: u64, text: &str) -> Value {
    json!({
        "type": "chat:send",
        "conversation": conversation,
        "message": format!("{n:032x}"),
        "text": text,
    })
}

pub(crate) fn general() -> Value {
    json!({ "room": "general" })
}

/// An entry of that kind.
pub(crate) async fn hear_entry(wire: &mut Wire, kind: &str) -> Value {
    hear(wire, |it| it["type"] == "chat:entry" && it["entry"]["kind"] == kind).await["entry"]
        .clone()
}
