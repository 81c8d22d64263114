//! At the TCP port.

use std::{process::Command, time::Duration};

use hearth_client::{Connection, Who};
use hearth_tests::Server;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::scene::Scene;

/// CPU time of the server until now.
fn cpu(server: &Server) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // User and system time in hundredths of a second, the 14th and 15th field of all.
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// A request that stays half open: some say nothing, some never finish.
async fn half(server: &Server, number: usize) -> TcpStream {
    let mut socket = TcpStream::connect(server.http()).await.unwrap();
    if number.is_multiple_of(2) {
        socket.write_all(b"GET /ws HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
    }
    socket
}

#[tokio::test]
async fn two_thousand_half_open_sockets_keep_nobody_out() {
    rlimit::increase_nofile_limit(8192).unwrap();
    let mut scene = Scene::start(&[]).await;
    let mut halves = Vec::new();
    for number in 0..2000 {
        halves.push(half(&scene.server, number).await);
    }
    let url = format!("http://{}", scene.server.http());
    let mut took = Vec::new();
    for number in 0..20 {
        let began = Instant::now();
        let honest = Connection::open(&url, Who::guest(&format!("Honest {number}"))).await.unwrap();
        took.push(began.elapsed());
        honest.close().await;
    }
    took.sort_unstable();
    println!("an honest connect: p50 {:?}, p95 {:?}", took[10], took[18]);
    assert!(took[18] < Duration::from_secs(1), "{took:?}");
    scene.is_intact().await;
}

#[tokio::test]
async fn without_file_descriptors_calls_go_on_and_nothing_spins() {
    let mut scene = Scene::start(&[]).await;
    let pid = scene.server.pid().to_string();
    let limited = Command::new("prlimit").args(["--pid", &pid, "--nofile=256:256"]).status();
    assert!(limited.unwrap().success());
    let refused = scene.counted("hearth_http_accept_errors_total").await;
    let mut halves = Vec::new();
    for number in 0..400 {
        halves.push(half(&scene.server, number).await);
    }
    // The last of them wait to be accepted; so does whoever is honest.
    let honest = scene.http(b"GET /api/health HTTP/1.1\r\n", b"");
    assert!(timeout(Duration::from_millis(500), honest).await.is_err(), "there were enough");
    let time = Duration::from_secs(2);
    let before = cpu(&scene.server);
    scene.listen(time).await.is_whole(time);
    let spent = cpu(&scene.server) - before;
    println!("{spent:?} of CPU in {time:?}");
    assert!(spent < time / 2, "it spins: {spent:?} of CPU in {time:?}");
    scene.ana.connection().ping().await.unwrap();

    // Once there are some again, it goes on as if nothing had been.
    drop(halves);
    let honest = scene.http(b"GET /api/health HTTP/1.1\r\n", b"");
    let (status, _) = timeout(Duration::from_secs(5), honest).await.unwrap();
    assert_eq!(status, 200);
    let refused = scene.counted("hearth_http_accept_errors_total").await - refused;
    println!("{refused} failed accepts");
    assert!((1.0..100.0).contains(&refused), "{refused}");
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
