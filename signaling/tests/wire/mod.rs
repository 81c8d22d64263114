//! Somebody at a WebSocket, who counts what arrives as the protocol says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async,
    tungstenite::{
        ClientRequestBuilder, Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

/// Longer than anything takes here: whoever waits so long waits in vain.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The answer to `hello`.
    pub(crate) welcome: Value,
    /// Counted frames that have arrived.
    pub(crate) received: u32,
    /// What came before the answers that were waited for.
    early: VecDeque<Value>,
    /// Who is in the room by what was told, and how they are shown.
    inside: BTreeMap<u64, [Value; 2]>,
    last_id: u32,
}

impl Wire {
    /// Connects and says nothing.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_from(address, address.ip()).await
    }

    /// Connects from an address of its own, and says nothing.
    pub(crate) async fn open_from(address: SocketAddr, from: IpAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        let line = socket.connect(address).await.unwrap();
        let request = ClientRequestBuilder::new(format!("ws://{address}/ws").parse().unwrap())
            .with_header("Origin", format!("http://{address}"));
        let (socket, _) = client_async(request, MaybeTlsStream::Plain(line)).await.unwrap();
        Self {
            socket,
            welcome: Value::Null,
            received: 0,
            early: VecDeque::new(),
            inside: BTreeMap::new(),
            last_id: 0,
        }
    }

    /// Comes in as a guest.
    pub(crate) async fn guest(address: SocketAddr, name: &str) -> Self {
        let mut wire = Self::open(address).await;
        let welcome = wire.hello(json!({ "name": name })).await;
        assert_eq!(welcome["type"], "hello", "{welcome}");
        wire
    }

    /// Comes in as a guest from an address of its own.
    pub(crate) async fn guest_from(address: SocketAddr, name: &str, from: &str) -> Self {
        let mut wire = Self::open_from(address, from.parse().unwrap()).await;
        let welcome = wire.hello(json!({ "name": name })).await;
        assert_eq!(welcome["type"], "hello", "{welcome}");
        wire
    }

    /// Who it is.
    pub(crate) fn identity(&self) -> Value {
        self.welcome["identity"].clone()
    }

    /// What a request was refused with.
    pub(crate) async fn refused(&mut self, request: Value) -> String {
        let answer = self.request(request).await;
        answer["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Asks for what is to be done.
    pub(crate) async fn done(&mut self, request: Value) {
        let answer = self.request(request).await;
        assert_eq!(answer["type"], "ack", "{answer}");
    }

    /// Comes in with the token of `before`, as a new session.
    pub(crate) async fn again(address: SocketAddr, before: &Value) -> Self {
        let mut wire = Self::open(address).await;
        let welcome = wire.hello(json!({ "token": before["token"] })).await;
        assert_eq!(welcome["type"], "hello", "{welcome}");
        wire
    }

    /// Goes on with a session of which `received` frames had arrived. It is for the test to see
    /// whether `welcome` says that it was resumed.
    pub(crate) async fn resume(address: SocketAddr, before: &Value, received: u32) -> Self {
        let mut wire = Self::open(address).await;
        let resume = json!({ "session": before["session"], "received": received });
        let welcome = wire.hello(json!({ "token": before["token"], "resume": resume })).await;
        assert_eq!(welcome["type"], "hello", "{welcome}");
        if welcome["resumed"] == true {
            wire.received = received;
        }
        wire
    }

    /// Says hello; the answer comes back, whichever it is.
    pub(crate) async fn hello(&mut self, mut hello: Value) -> Value {
        hello["type"] = "hello".into();
        if hello.get("protocol").is_none() {
            hello["protocol"] = hearth_protocol::PROTOCOL_VERSION.into();
        }
        let answer = self.request(hello).await;
        if answer["type"] == "hello" {
            self.welcome = answer.clone();
            // What was refused before belongs to no session.
            self.received = 0;
        }
        answer
    }

    /// Sends a request; its id comes back.
    pub(crate) async fn send(&mut self, mut request: Value) -> u32 {
        self.last_id += 1;
        request["id"] = self.last_id.into();
        self.say(request.to_string()).await;
        self.last_id
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn request(&mut self, request: Value) -> Value {
        let id = self.send(request).await;
        self.answer(id).await
    }

    /// Walks into a room; the snapshot comes back.
    pub(crate) async fn join(&mut self, room: &str) -> Value {
        let ack = self.request(json!({ "type": "room:join", "room": room })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        ack["result"]["snapshot"].clone()
    }

    /// Sends any message at all.
    pub(crate) async fn say(&mut self, message: impl Into<Message>) {
        self.socket.send(message.into()).await.unwrap();
    }

    /// Sends as many as the server takes before it closes.
    pub(crate) async fn flood(&mut self, count: usize, message: impl Fn() -> Message) {
        for _ in 0..count {
            if self.socket.feed(message()).await.is_err() {
                return;
            }
        }
        let _ = self.socket.flush().await;
    }

    /// The answer to a request; what comes before it is kept.
    pub(crate) async fn answer(&mut self, id: u32) -> Value {
        loop {
            let message = self.read().await.unwrap_or_else(|end| panic!("closed: {end:?}"));
            if message["id"] == id {
                let inside = message["result"]["snapshot"]["room"]["participants"].as_array();
                if let Some(inside) = inside {
                    self.inside = inside.iter().map(shown).collect();
                }
                return message;
            }
            self.keep(message);
        }
    }

    /// The next message, whichever it is. Of a `room:delta`, one by one who `came` (and was not
    /// here by what was told before), who is `redrawn` and who `left`.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.early.pop_front() {
                return message;
            }
            let message = self.read().await.unwrap_or_else(|end| panic!("closed: {end:?}"));
            self.keep(message);
        }
    }

    fn keep(&mut self, message: Value) {
        if message["type"] != "room:delta" {
            return self.early.push_back(message);
        }
        let each = |field: &str| message[field].as_array().cloned().unwrap_or_default();
        for participant in each("present") {
            let (number, look) = shown(&participant);
            let kind = match self.inside.insert(number, look.clone()) {
                None => "came",
                Some(before) if before != look => "redrawn",
                Some(_) => continue,
            };
            self.early.push_back(json!({ "type": kind, "participant": participant }));
        }
        for mut gone in each("left") {
            self.inside.remove(&gone["number"].as_u64().unwrap());
            gone["type"] = "left".into();
            self.early.push_back(gone);
        }
    }

    /// The next message of that type; what comes before it is gone.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Everything that the server has said until now: its answers come in order.
    pub(crate) async fn everything(&mut self) -> Vec<Value> {
        let answer = self.request(json!({ "type": "room:join", "room": "nowhere" })).await;
        assert_eq!(answer["code"], "room_not_found");
        self.early.drain(..).collect()
    }

    /// Reads until the server closes; with which code.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        self.until_closed().await.1
    }

    /// What comes until the server closes, and with which code it does.
    pub(crate) async fn until_closed(&mut self) -> (Vec<Value>, Option<u16>) {
        let mut told: Vec<Value> = self.early.drain(..).collect();
        loop {
            match self.read().await {
                Ok(message) => told.push(message),
                Err(end) => return (told, end),
            }
        }
    }

    /// Says goodbye with this code and waits until the server has heard it.
    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        self.socket.close(Some(frame)).await.unwrap();
        self.close_code().await;
    }

    /// Cuts the connection without a word, as a broken network does.
    pub(crate) fn cut(self) -> (Value, u32) {
        (self.welcome, self.received)
    }

    async fn read(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("nothing came");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    self.received +=
                        u32::from(!matches!(message["type"].as_str(), Some("hello" | "pong")));
                    return Ok(message);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))) | None => {
                    return Err(None);
                }
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }
}

/// The number, the name and the avatar of a participant.
fn shown(participant: &Value) -> (u64, [Value; 2]) {
    let look = [participant["name"].clone(), participant["avatar"].clone()];
    (participant["number"].as_u64().unwrap(), look)
}
