//! On the WebSocket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{ClientRequestBuilder, Message, protocol::frame::coding::CloseCode},
};

use crate::scene::Scene;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn open(scene: &Scene) -> Socket {
    let request = ClientRequestBuilder::new(scene.server.ws().parse().unwrap())
        .with_header("Origin", format!("http://{}", scene.server.http()));
    connect_async(request).await.unwrap().0
}

pub(crate) async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The answer to `id`, whatever else comes before.
pub(crate) async fn answer(socket: &mut Socket, id: u32) -> Value {
    loop {
        let Some(Ok(Message::Text(text))) = next(socket).await else {
            panic!("closed before {id}")
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["id"] == id {
            return message;
        }
    }
}

async fn next(
    socket: &mut Socket,
) -> Option<Result<Message, tokio_tungstenite::tungstenite::Error>> {
    timeout(Duration::from_secs(10), socket.next()).await.expect("nothing came")
}

/// The code that the server closes with.
pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match next(socket).await {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            ended => panic!("closed without a code: {ended:?}"),
        }
    }
}

async fn hello(scene: &Scene, name: &str) -> Socket {
    let mut socket = open(scene).await;
    say(&mut socket, json!({ "id": 1, "type": "hello", "protocol": 1, "name": name })).await;
    assert_eq!(answer(&mut socket, 1).await["type"], "hello");
    socket
}

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_its_code() {
    let mut scene = Scene::start(&[]).await;
    let mut socket = hello(&scene, "Stranger").await;
    for (id, message, code) in [
        (2, json!({ "id": 2, "type": "room:burn" }), "unknown_type"),
        (3, json!({ "id": 3, "type": "room:join" }), "bad_message"),
        (4, json!({ "id": 4, "type": "room:join", "room": 7 }), "bad_message"),
        (5, json!({ "id": 5, "type": "room:join", "room": "nowhere" }), "room_not_found"),
        (6, json!({ "id": 6, "type": "voice:mute", "muted": true }), "not_in_room"),
    ] {
        say(&mut socket, message.clone()).await;
        let answer = answer(&mut socket, id).await;
        assert_eq!(answer["type"], "error", "{message}: {answer}");
        let also = if code == "not_in_room" { "not_in_voice" } else { code };
        assert!(answer["code"] == code || answer["code"] == also, "{message}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
    }
    for text in ["", "{", "[]", "null", "\"hello\"", "{\"type\":\"ping\"}", &"[".repeat(10_000)] {
        socket.send(Message::text(text)).await.unwrap();
        let Some(Ok(Message::Text(answer))) = next(&mut socket).await else { panic!("{text}") };
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["code"], "bad_message", "{text}: {answer}");
    }
    say(&mut socket, json!({ "id": 99, "type": "ping" })).await;
    assert_eq!(answer(&mut socket, 99).await["type"], "pong");
    scene.is_intact().await;
}

#[tokio::test]
async fn an_oversized_message_ends_its_session_alone() {
    let mut scene = Scene::start(&[]).await;
    // One byte too many, in one frame.
    let mut socket = hello(&scene, "Precise").await;
    socket.send(Message::text("x".repeat(65_536))).await.unwrap();
    let Some(Ok(Message::Text(answer))) = next(&mut socket).await else { panic!("closed") };
    assert!(answer.contains("bad_message"), "{answer}");
    socket.send(Message::text("x".repeat(65_537))).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1009);

    let mut socket = hello(&scene, "Stranger").await;
    let offer = "a".repeat(1_000_000);
    let message = json!({ "id": 2, "type": "voice:join", "offer": offer }).to_string();
    // The server may close before it has read everything.
    let _ = socket.send(Message::text(message)).await;
    match next(&mut socket).await {
        Some(Ok(Message::Close(frame))) => {
            assert_eq!(frame.map(|frame| frame.code), Some(CloseCode::Size));
        }
        // Its close frame was overtaken by the reset for what it did not read.
        Some(Err(_)) | None => {}
        other => panic!("{other:?}"),
    }
    scene.is_intact().await;
}

#[tokio::test]
async fn who_does_not_say_hello_is_sent_away() {
    let mut scene = Scene::start(&[("session.hello_timeout_ms", "300")]).await;
    let mut silent = open(&scene).await;
    assert_eq!(close_code(&mut silent).await, 4001);
    let mut rude = open(&scene).await;
    say(&mut rude, json!({ "id": 1, "type": "room:list" })).await;
    assert_eq!(answer(&mut rude, 1).await["code"], "hello_expected");
    scene.is_intact().await;
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_closed_and_nobody_waits_for_it() {
    let mut scene = Scene::start(&[("session.outbox_bytes", "65536")]).await;
    let mut socket = hello(&scene, "Stranger").await;
    for number in 0..100 {
        let topic = "x".repeat(200);
        let name = format!("Room {number}");
        let create =
            json!({ "id": 2, "type": "room:create", "name": name, "icon": "💬", "topic": topic });
        say(&mut socket, create).await;
        assert_eq!(answer(&mut socket, 2).await["type"], "ack");
    }
    let before = scene.counted("outbox_overflows").await;
    // Each answer is some 30 kB, of which nothing is read: 30 MB fill the kernel's buffers too.
    for id in 0..1000 {
        let list = Message::text(json!({ "id": id, "type": "room:list" }).to_string());
        match timeout(Duration::from_secs(5), socket.send(list)).await {
            Ok(Ok(())) => {}
            _ => break,
        }
    }
    scene.counts("outbox_overflows", before + 1.0).await;
    scene.is_intact().await;
}
