//! A live call on a real server, beside which bad things happen.

use std::time::Duration;

use hearth_client::{Connection, Listening, Room, Setup, Tone, Voice, Who};
use hearth_tests::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::{Instant, timeout, timeout_at},
};

/// What Ana got of the live call in some time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Got {
    /// Packets.
    pub(crate) packets: usize,
    /// Packets that are missing between them.
    pub(crate) lost: usize,
}

impl Got {
    /// Fails unless Bo was heard all the `time`, with at most 2 % lost. The pace of a loaded
    /// machine is not the server's: a fifth of the packets may still be on their way.
    pub(crate) fn is_whole(self, time: Duration) {
        let sent = usize::try_from(time.as_millis() / 20).unwrap();
        assert!(self.packets >= sent * 4 / 5 && self.lost <= sent / 50, "of {sent}: {self:?}");
    }
}

pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) ana: Room,
    ears: Listening,
    _voices: [Voice; 2],
}

impl Scene {
    /// Bo speaks, Ana listens, both in `general`.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let all = [&[("limits.enabled", "false")], settings].concat();
        let server = Server::start(&all);
        let url = format!("http://{}", server.http());
        let mut rooms = Vec::new();
        let mut voices = Vec::new();
        for name in ["Ana", "Bo"] {
            let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
            let room = Room::join(&connection, "general").await.unwrap();
            voices.push(Voice::join(&room, Setup::default()).await.unwrap());
            rooms.push(room);
        }
        let ears = voices[0].listening();
        let speaker = voices[1].speaker().unwrap();
        tokio::spawn(async move { speaker.play(Tone::new(440.0, 0.3).unwrap(), None).await });
        let voices: [Voice; 2] = voices.try_into().ok().unwrap();
        let mut scene = Self { server, ana: rooms.remove(0), ears, _voices: voices };
        assert!(scene.ears.next().await.is_some(), "the call does not stand");
        scene
    }

    /// Fails unless Ana, from now on, hears Bo for a second and her session answers.
    pub(crate) async fn is_intact(&mut self) {
        self.ana.connection().ping().await.unwrap();
        let time = Duration::from_secs(1);
        self.listen(time).await.is_whole(time);
    }

    /// What Ana gets from now on, without what was waiting before.
    pub(crate) async fn listen(&mut self, time: Duration) -> Got {
        while timeout(Duration::ZERO, self.ears.next()).await.is_ok() {}
        let until = Instant::now() + time;
        let mut got = Got::default();
        while let Ok(Some(heard)) = timeout_at(until, self.ears.next()).await {
            got.packets += 1;
            got.lost += usize::from(heard.lost);
        }
        got
    }

    /// The sum of the metrics whose line contains `name`.
    pub(crate) async fn counted(&self, name: &str) -> f64 {
        let (status, text) = self.http(b"GET /metrics HTTP/1.1\r\n", b"").await;
        assert_eq!(status, 200, "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#') && line.contains(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Waits until the metrics that contain `name` have risen to `count`: the media plane
    /// publishes them after the fact.
    pub(crate) async fn counts(&self, name: &str, count: f64) {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let now = self.counted(name).await;
            if now >= count {
                return;
            }
            assert!(Instant::now() < until, "{name} is {now}, not {count}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// One HTTP request with a body; its status and the body of the response.
    pub(crate) async fn http(&self, head: &[u8], body: &[u8]) -> (u16, String) {
        let mut socket = TcpStream::connect(self.server.http()).await.unwrap();
        let length = format!(
            "Host: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.server.http(),
            body.len()
        );
        socket.write_all(&[head, length.as_bytes()].concat()).await.unwrap();
        // A refusal may come before the body is read; what comes is in the answer.
        let _ = socket.write_all(body).await;
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer to {head:?}: {answer}"));
        (status, answer.split_once("\r\n\r\n").unwrap_or_default().1.to_owned())
    }

    /// A stranger's socket.
    pub(crate) async fn stranger(&self) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(self.server.udp()).await.unwrap();
        socket
    }
}

/// Fails if anything comes within a quarter of a second.
pub(crate) async fn stays_silent(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    let answer = timeout(Duration::from_millis(250), socket.recv(&mut buffer)).await;
    if let Ok(Ok(len)) = answer {
        panic!("an answer of {len} bytes: {:02x?}", &buffer[..len.min(32)]);
    }
}
