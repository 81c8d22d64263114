//! Who is killed, cut off or interrupted leaves nothing behind: no participant, no session, no peer.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use hearth_tests::{Server, program};
use serde_json::json;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{ClientRequestBuilder, Message},
};

/// Nothing here takes longer on a loaded machine.
const SOON: Duration = Duration::from_secs(30);

/// Waits until `/api/rooms` counts `count`; how long it took.
async fn count(server: &Server, count: u64) -> Duration {
    let began = Instant::now();
    loop {
        let now = server.people().await;
        if now == count {
            return began.elapsed();
        }
        assert!(began.elapsed() < SOON, "{now} are inside, not {count}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Fails unless nothing is left of anybody.
async fn is_empty(server: &Server) {
    let began = Instant::now();
    for name in ["hearth_participants ", "hearth_sessions ", "hearth_media_peers "] {
        while server.figure(name).await != 0.0 {
            assert!(began.elapsed() < SOON, "{name}is {}", server.figure(name).await);
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A process with `count` people who have voices, all of them connected.
async fn load(server: &Server, count: u64) -> Child {
    let child = Command::new(program("hearth-client"))
        .args(["--server", &format!("http://{}", server.http()), "load", "--rooms", "2"])
        .args(["--publishers", "1", "--subscribers", &(count / 2 - 1).to_string()])
        .args(["--seconds", "120"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    self::count(server, count).await;
    let began = Instant::now();
    while server.figure("hearth_media_handshakes_total").await < count as f64 {
        assert!(began.elapsed() < SOON, "not all are connected");
        sleep(Duration::from_millis(50)).await;
    }
    child
}

async fn guest(server: &Server, name: String) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let request = ClientRequestBuilder::new(server.ws().parse().unwrap())
        .with_header("Origin", format!("http://{}", server.http()));
    let (mut socket, _) = connect_async(request).await.unwrap();
    for message in [
        json!({ "id": 1, "type": "hello", "protocol": 1, "name": name }),
        json!({ "id": 2, "type": "room:join", "room": "general" }),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
        socket.next().await.unwrap().unwrap();
    }
    socket
}

#[tokio::test]
async fn sockets_that_break_are_forgotten_when_nobody_resumes_them() {
    let resume = Duration::from_millis(1500);
    let server = Server::start(&[("limits.enabled", "false"), ("session.resume_ms", "1500")]);
    let mut sockets = Vec::new();
    for n in 0..200 {
        sockets.push(guest(&server, format!("guest {n}")).await);
    }
    assert_eq!(server.people().await, 200);
    let cut = Instant::now();
    drop(sockets);
    // They may come back: for as long they stay.
    assert_eq!(server.people().await, 200);
    count(&server, 0).await;
    let gone = cut.elapsed();
    println!("200 broken sockets are gone after {gone:?}");
    assert!(gone >= resume && gone < resume + Duration::from_secs(5), "{gone:?}");
    is_empty(&server).await;
}

#[tokio::test]
async fn who_is_killed_with_a_voice_is_gone_within_the_consent_time() {
    let server = Server::start(&[("limits.enabled", "false"), ("sfu.consent_timeout_ms", "3000")]);
    let mut people = load(&server, 40).await;
    people.kill().unwrap();
    people.wait().unwrap();
    assert_ne!(server.people().await, 0, "they leave before it is known that they do not return");
    let gone = count(&server, 0).await;
    println!("40 killed voices are gone after {gone:?}");
    // Far less than the 30 s that a session can be resumed.
    assert!(gone < Duration::from_secs(10), "{gone:?}");
    is_empty(&server).await;
}

#[tokio::test]
async fn who_is_interrupted_says_goodbye() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let mut people = load(&server, 40).await;
    let interrupt = format!("kill -INT {}", people.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    let gone = count(&server, 0).await;
    println!("40 interrupted voices are gone after {gone:?}");
    // Neither the time of a consent nor that of a resume has to pass.
    assert!(gone < Duration::from_secs(8), "{gone:?}");
    is_empty(&server).await;
    people.wait().unwrap();
}
