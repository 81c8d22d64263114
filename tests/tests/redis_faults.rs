//! Redis fails in every way that it knows: whoever writes is refused in time, voices go on,
//! sockets stay, and when Redis is back the history is what was acknowledged.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]
#![allow(clippy::print_stdout, reason = "the figures are part of the report")]

#[allow(dead_code, reason = "the tests of bad input use the rest of it")]
#[path = "bad_input/scene.rs"]
mod scene;
#[allow(dead_code, reason = "the tests of sessions use the rest of it")]
#[path = "../../signaling/tests/wire/mod.rs"]
mod wire;

use std::{collections::BTreeMap, time::Duration};

use hearth_tests::Redis;
use scene::Scene;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use wire::Wire;

/// By then whoever asks is answered or refused.
const REFUSED_BY: Duration = Duration::from_secs(2);
/// By then everything is as before once Redis is back.
const HEALED_BY: Duration = Duration::from_secs(5);

/// Somebody who writes, and what became of what they wrote.
struct Writer {
    wire: Wire,
    /// By number in the log, as acknowledged.
    acknowledged: BTreeMap<u64, String>,
    /// Refused, and thus stored once or not at all.
    refused: Vec<String>,
    slowest: Duration,
    count: u32,
}

impl Writer {
    async fn enter(scene: &Scene) -> Self {
        let mut wire = Wire::guest(scene.server.http(), "Cy").await;
        wire.join("general").await;
        Self {
            wire,
            acknowledged: BTreeMap::new(),
            refused: Vec::new(),
            slowest: Duration::ZERO,
            count: 0,
        }
    }

    /// Writes one message. Whether it was acknowledged.
    async fn write(&mut self) -> bool {
        self.count += 1;
        let id = format!("{:032x}", self.count);
        self.send(&id).await
    }

    async fn send(&mut self, id: &str) -> bool {
        let asked = Instant::now();
        let answer = self.wire.request(json!({
            "type": "chat:send",
            "conversation": { "room": "general" },
            "message": id,
            "text": format!("message {id}"),
        }));
        let answer = answer.await;
        self.slowest = self.slowest.max(asked.elapsed());
        if answer["type"] == "ack" {
            let seq = answer["result"]["position"]["seq"].as_u64().unwrap();
            let before = self.acknowledged.insert(seq, id.to_owned());
            assert!(before.is_none_or(|before| before == id), "{seq} was given twice");
            return true;
        }
        assert_eq!(answer["code"], "busy", "{answer}");
        if !self.refused.iter().any(|refused| refused == id) {
            self.refused.push(id.to_owned());
        }
        false
    }

    /// Writes for some time; how many were acknowledged.
    async fn write_for(&mut self, time: Duration) -> usize {
        let until = Instant::now() + time;
        let mut acknowledged = 0;
        while Instant::now() < until {
            acknowledged += usize::from(self.write().await);
            sleep(Duration::from_millis(20)).await;
        }
        acknowledged
    }

    /// Writes until it is acknowledged; how long that took.
    async fn healed(&mut self) -> Duration {
        let began = Instant::now();
        while !self.write().await {
            assert!(began.elapsed() < HEALED_BY, "not healed");
            sleep(Duration::from_millis(50)).await;
        }
        began.elapsed()
    }

    /// Fails unless the history is what was acknowledged: all of it, once and in order, and of
    /// what was refused nothing twice. What is sent again is there once.
    async fn check(&mut self) {
        for id in self.refused.clone() {
            assert!(self.send(&id).await, "{id} is refused again");
        }
        let mut stored = BTreeMap::new();
        let mut before = u64::MAX >> 11;
        loop {
            let answer = self.wire.request(json!({
                "type": "chat:history",
                "conversation": { "room": "general" },
                "before": before,
                "limit": 100,
            }));
            let answer = answer.await;
            let page =
                answer["result"]["messages"].as_array().unwrap_or_else(|| panic!("{answer}"));
            for message in page {
                let seq = message["seq"].as_u64().unwrap();
                if message["body"]["kind"] == "text" {
                    stored.insert(seq, message["id"].as_str().unwrap().to_owned());
                }
                before = before.min(seq);
            }
            if answer["result"]["more_before"] != true {
                break;
            }
        }
        assert_eq!(stored, self.acknowledged);
    }
}

/// What a fault does and how it is undone.
async fn fails(what: &str, fault: impl FnOnce(&mut Redis), heal: impl FnOnce(&mut Redis)) {
    let mut redis = Redis::start();
    let url = redis.url();
    let mut scene = Scene::start(&[("store.redis_url", &url)]).await;
    let mut writer = Writer::enter(&scene).await;
    assert!(writer.write_for(Duration::from_millis(500)).await > 0);

    fault(&mut redis);
    writer.write().await;
    writer.slowest = Duration::ZERO;
    let time = Duration::from_secs(10);
    let (acknowledged, got) = tokio::join!(writer.write_for(time), scene.listen(time));
    assert_eq!(acknowledged, 0, "{what}: written nowhere, and acknowledged");
    got.is_whole(time);
    let slowest = writer.slowest;
    assert!(slowest < REFUSED_BY, "{what}: refused after {slowest:?}");

    heal(&mut redis);
    let healed = writer.healed().await;
    println!("{what}: refused within {slowest:?}, healed after {healed:?}");
    writer.check().await;
    scene.is_intact().await;
    assert_eq!(ready(&scene).await, 200);
    // Nobody had to come back: the sessions are the same.
    let welcome: &Value = &writer.wire.welcome;
    assert!(welcome["session"].is_string());
}

async fn ready(scene: &Scene) -> u16 {
    scene.server.ask("GET", "/api/ready", "", b"").await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_started_again() {
    fails("kill -9", Redis::kill, Redis::restart).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused() {
    fails("SIGSTOP", |redis| redis.pause(), |redis| redis.resume()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turned_into_a_replica() {
    // Of a primary that is not there: what is written is refused (READONLY).
    let fault = |redis: &mut Redis| assert_eq!(redis.ask("REPLICAOF 127.0.0.1 1"), "+OK\r\n");
    let heal = |redis: &mut Redis| assert_eq!(redis.ask("REPLICAOF NO ONE"), "+OK\r\n");
    fails("READONLY", fault, heal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_memory() {
    let fault = |redis: &mut Redis| assert_eq!(redis.ask("CONFIG SET maxmemory 1mb"), "+OK\r\n");
    let heal = |redis: &mut Redis| assert_eq!(redis.ask("CONFIG SET maxmemory 0"), "+OK\r\n");
    fails("OOM", fault, heal).await;
}
