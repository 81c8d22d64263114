//! However much is sent at once, the memory of the program stays small.

use std::{fs, net::SocketAddr};

use hearth_tests::{Reply, Server};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

use crate::{SOUND, wire::Wire};

const MAX_BYTES: usize = 5 << 20;
const MAX_GROWTH_KIB: u64 = 32 << 10;
const PEOPLE: usize = 16;

/// A recording that goes on for as long as it may.
fn long_sound() -> Vec<u8> {
    let mut sound = SOUND.to_vec();
    let silence = vec![0; 60_000];
    // A simple block (RFC 9559 §5.1.3.4): track 1, at the time of its cluster, no flags.
    let size = u32::try_from(silence.len() + 4).unwrap() | 0x1000_0000;
    let block = [&[0xA3][..], &size.to_be_bytes(), &[0x81, 0, 0, 0], &silence].concat();
    while sound.len() + block.len() <= MAX_BYTES {
        sound.extend(&block);
    }
    sound
}

/// KiB of memory that the program has at most had since the last [`forget_peak`].
fn peak_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.split_whitespace().next().unwrap().parse().unwrap()
}

fn forget_peak(server: &Server) {
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
}

async fn post(address: SocketAddr, token: String, body: Vec<u8>) -> u16 {
    let headers = format!("Authorization: Bearer {token}\r\n");
    let mut socket = TcpStream::connect(address).await.unwrap();
    Reply::to(&mut socket, "POST", "/api/blobs", &headers, &body).await.unwrap().status
}

/// Sends chunks that never end, until the other side has enough.
async fn pour(address: SocketAddr, token: String) -> usize {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/blobs HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        SOUND.len()
    );
    let chunk = [&b"\r\n10000\r\n"[..], &[0; 0x10000]].concat();
    socket.write_all(&[head.as_bytes(), SOUND].concat()).await.unwrap();
    let mut sent = 0;
    while socket.write_all(&chunk).await.is_ok() {
        sent += 0x10000;
        assert!(sent < 64 << 20, "nobody has had enough");
    }
    sent
}

#[tokio::test]
async fn memory_stays_small_whatever_comes() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(Wire::guest(server.http(), &format!("Person {n}")).await);
    }
    let tokens: Vec<String> =
        people.iter().map(|it| it.welcome["token"].as_str().unwrap().to_owned()).collect();
    // Whatever is set up once is set up.
    assert_eq!(post(server.http(), tokens[0].clone(), SOUND.to_vec()).await, 201);
    forget_peak(&server);
    let before = peak_kib(&server);

    let long = long_sound();
    let mut posting = JoinSet::new();
    for token in &tokens {
        posting.spawn(post(server.http(), token.clone(), long.clone()));
    }
    while let Some(status) = posting.join_next().await {
        assert_eq!(status.unwrap(), 201);
    }
    let mut pouring = JoinSet::new();
    for token in &tokens {
        pouring.spawn(pour(server.http(), token.clone()));
    }
    while let Some(sent) = pouring.join_next().await {
        sent.unwrap();
    }
    // One that says that it has a block of 4 GiB.
    let mut claim = SOUND.to_vec();
    claim.extend(b"\xA3\x01\x00\x00\x01\x00\x00\x00\x00\x81\0\0\0");
    assert_eq!(post(server.http(), tokens[0].clone(), claim).await, 415);

    let growth = peak_kib(&server).saturating_sub(before);
    println!("{PEOPLE} uploads of 5 MiB at once: {growth} KiB more than {before} KiB");
    assert!(growth <= MAX_GROWTH_KIB, "{growth} KiB more");
    assert_eq!(post(server.http(), tokens[0].clone(), SOUND.to_vec()).await, 201);
}
