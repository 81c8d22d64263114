//! At the TCP port.

use std::time::Duration;

use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::scene::Scene;

#[tokio::test]
async fn half_open_sockets_keep_nobody_out() {
    let mut scene = Scene::start(&[]).await;
    let mut halves = Vec::new();
    for number in 0..300 {
        let mut socket = TcpStream::connect(scene.server.http()).await.unwrap();
        // Some say nothing, some never finish.
        if number % 2 == 0 {
            socket.write_all(b"GET /ws HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        }
        halves.push(socket);
    }
    let began = Instant::now();
    let honest = scene.http(b"GET /api/health HTTP/1.1\r\n", b"");
    let (status, _) = timeout(Duration::from_secs(1), honest).await.unwrap();
    assert_eq!(status, 200);
    assert!(began.elapsed() < Duration::from_secs(1));
    scene.is_intact().await;
}

#[tokio::test]
async fn what_is_not_http_ends_its_connection_alone() {
    let mut scene = Scene::start(&[]).await;
    for rubbish in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"EHLO a\r\n\r\n", &[0; 512]]
    {
        let mut socket = TcpStream::connect(scene.server.http()).await.unwrap();
        socket.write_all(rubbish).await.unwrap();
    }
    let paths = ["/../../etc/passwd", "/%2e%2e/Cargo.toml", "/assets/../../hearth.toml", "/nope"];
    for path in paths {
        let head = format!("GET {path} HTTP/1.1\r\n");
        let (status, _) = scene.http(head.as_bytes(), b"").await;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    scene.is_intact().await;
}
