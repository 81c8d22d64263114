//! Somebody stops reading, with the bounds as they are shipped: they are closed with the code for it,
//! the others go on, and when they come back nothing is missing and nothing is there twice.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use raw::Running;
use serde_json::{Value, json};
use wire::Wire;

/// More than the buffers of any kernel and the outbox take.
const MOST: u64 = 6_000;

fn text(n: u64) -> Value {
    // Four kilocharacters of three bytes each.
    json!({ "type": "chat:send", "conversation": { "room": "general" },
        "message": format!("{n:032x}"), "text": "雨".repeat(4_000) })
}

async fn figure(server: &Running, name: &str) -> u64 {
    let figures = server.get("/metrics", "").await;
    let line = figures.text().lines().find_map(|it| it.strip_prefix(name));
    line.map_or(0, |count| count.trim().parse().unwrap())
}

fn seqs(told: &[Value]) -> Vec<u64> {
    let entries = told.iter().filter(|it| it["type"] == "chat:entry");
    entries.map(|it| it["entry"]["seq"].as_u64().unwrap()).collect()
}

/// What was written after `last`, as far as there is something.
async fn pages(wire: &mut Wire, mut last: u64) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let ask = json!({ "type": "chat:history", "conversation": { "room": "general" },
            "after": last, "limit": 20 });
        let page = wire.request(ask).await;
        let messages = page["result"]["messages"].as_array().unwrap_or_else(|| panic!("{page}"));
        let Some(newest) = messages.last() else { return all };
        last = newest["seq"].as_u64().unwrap();
        all.extend(messages.iter().map(|it| it["seq"].as_u64().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_reading_is_closed_and_comes_back_to_everything_once() {
    let server = Running::start("[limits]\nenabled = false\n").await;
    let mut writer = Wire::guest(server.address, "Writer").await;
    writer.join("general").await;
    let mut witness = Wire::guest(server.address, "Witness").await;
    witness.join("general").await;
    let mut stalled = Wire::guest(server.address, "Stalled").await;
    stalled.join("general").await;

    let mut written = 0;
    while figure(&server, "hearth_outbox_overflows_total").await == 0 {
        assert!(written < MOST, "nothing overflows");
        written += 1;
        assert_eq!(writer.request(text(written)).await["type"], "ack");
        // The others hear everything all the while.
        assert_eq!(witness.hear("chat:entry").await["entry"]["seq"], written);
    }
    let (told, code) = stalled.until_closed().await;
    // The code may be lost with what they did not read in time.
    assert!(matches!(code, Some(4003) | None), "{code:?}");
    assert_eq!(figure(&server, "hearth_sockets_closed_total{code=\"4003\"}").await, 1);
    let mut known = seqs(&told);
    let last = *known.last().unwrap();
    assert!(last < written, "everything was read");

    let (welcome, received) = stalled.cut();
    let mut back = Wire::resume(server.address, &welcome, received).await;
    if back.welcome["resumed"] == true {
        known.extend(seqs(&back.everything().await));
    } else {
        back.join("general").await;
        known.extend(pages(&mut back, last).await);
    }
    assert_eq!(known, (1..=written).collect::<Vec<_>>());
    written += 1;
    assert_eq!(writer.request(text(written)).await["type"], "ack");
    assert_eq!(back.hear("chat:entry").await["entry"]["seq"], written);
}
