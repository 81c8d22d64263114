//! A small load through independent peer connections: everything that is sent arrives and is
//! counted.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod server;
#[path = "server/voices.rs"]
mod voices;

use std::{future::pending, time::Duration};

use hearth_client::load::{self, Plan};
use server::Server;
use tokio::{sync::mpsc, time::timeout};
use voices::Voices;

fn plan(url: String, duration: Duration) -> Plan {
    Plan {
        server: url,
        publishers: 1,
        subscribers: 3,
        duration,
        room: Some("general".into()),
        rooms: 1,
        rate: 50,
        payload: 100,
        slots: Some(1),
        joins_per_second: 20,
        server_pid: Some(std::process::id()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_arrives_and_is_counted() {
    let server = Server::start().await;
    let plan = plan(server.url(), Duration::from_secs(2));
    let (asked, _) = mpsc::channel(1);
    let serving = tokio::spawn(Voices::default().serve(server, asked));
    let run = load::run(&plan, |_| {}, pending());
    let report = timeout(Duration::from_secs(60), run).await.unwrap().unwrap();
    serving.abort();
    assert!((95..=105).contains(&report.sent), "{report}");
    assert_eq!(report.expected, report.sent * 3, "{report}");
    assert_eq!(report.received, report.expected, "{report}");
    assert_eq!(
        (report.duplicates, report.foreign, report.refused, report.failed_peers),
        (0, 0, 0, 0),
        "{report}"
    );
    assert!(report.latency.p50_ms > 0.0 && report.latency.p50_ms < 50.0, "{report}");
    assert!(report.join_to_first_packet.p50_ms >= report.join_to_connected.p50_ms, "{report}");
    let server = report.server.as_ref().unwrap();
    assert!(server.floor_us > 0.0 && server.ratio_to_floor > 0.0, "{report}");
    assert!(report.to_string().contains("loss 0.0000 %"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_can_be_stopped_and_is_bounded() {
    let server = Server::start().await;
    let mut plan = plan(server.url(), Duration::from_secs(600));
    plan.server_pid = None;
    let (asked, mut asks) = mpsc::channel(64);
    let serving = tokio::spawn(Voices::default().serve(server, asked));
    let mut joined = 0;
    let third = async {
        while joined < 3 {
            let (_, message) = asks.recv().await.unwrap();
            joined += i32::from(matches!(message, hearth_protocol::ClientMessage::VoiceJoin(_)));
        }
    };
    let run = load::run(&plan, |_| {}, third);
    assert!(timeout(Duration::from_secs(30), run).await.unwrap().is_err());
    let left = async {
        while !matches!(asks.recv().await.unwrap().1, hearth_protocol::ClientMessage::RoomLeave {})
        {
        }
    };
    timeout(Duration::from_secs(10), left).await.unwrap();
    serving.abort();

    plan.rate = 1_001;
    assert!(load::run(&plan, |_| {}, pending()).await.is_err());
}
