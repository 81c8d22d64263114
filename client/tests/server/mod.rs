//! A server in miniature, for tests of the session alone: one script per socket.
//!
//! Owns a listener on port 0. Says exactly what the test tells it to say.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use hearth_protocol::{
    Avatar, ClientMessage, CloseCode, Hello, IceParameters, IdentityId, Limits, Request, RequestId,
    ServerMessage, SessionId, Token, Welcome,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode as Number},
    },
};

/// Where sessions come in.
pub(crate) struct Server {
    listener: TcpListener,
}

/// The server's end of one socket.
pub(crate) struct Session {
    socket: WebSocketStream<TcpStream>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The next socket, greeted: what its hello said, and the session after the answer.
    pub(crate) async fn greet(&self, resumed: bool, heartbeat_ms: u32) -> (Hello, Session) {
        let (tcp, _) = self.listener.accept().await.unwrap();
        let mut session = Session { socket: accept_async(tcp).await.unwrap() };
        let request = session.asked().await.unwrap();
        let ClientMessage::Hello(hello) = request.message else { panic!("hello comes first") };
        let welcome = Box::new(welcome(resumed, heartbeat_ms));
        session.say(&ServerMessage::Hello { id: request.id, welcome }).await;
        (hello, session)
    }
}

impl Session {
    /// The next request that is not a heartbeat; `None` at the end.
    pub(crate) async fn asked(&mut self) -> Option<Request> {
        loop {
            let Message::Text(text) = self.socket.next().await?.ok()? else { continue };
            let request: Request = serde_json::from_str(&text).unwrap();
            match request.message {
                ClientMessage::Ping { .. } => {
                    self.say(&ServerMessage::Pong { id: request.id }).await
                }
                _ => return Some(request),
            }
        }
    }

    pub(crate) async fn say(&mut self, message: &ServerMessage) {
        let text = serde_json::to_string(message).unwrap();
        // The other end may be gone already; the test will see that by what it waits for.
        let _ = self.socket.send(Message::text(text)).await;
    }

    #[allow(dead_code, reason = "not every test file needs it")]
    pub(crate) async fn done(&mut self, id: RequestId) {
        self.say(&ServerMessage::Ack { id, result: hearth_protocol::Ack::Done {} }).await;
    }

    #[allow(dead_code, reason = "not every test file closes sockets")]
    pub(crate) async fn close(mut self, code: CloseCode) {
        let code = CloseFrame { code: Number::from(code.number()), reason: code.reason().into() };
        self.socket.close(Some(code)).await.unwrap();
    }
}

fn welcome(resumed: bool, heartbeat_ms: u32) -> Welcome {
    Welcome {
        version: "0".into(),
        protocol: hearth_protocol::PROTOCOL_VERSION,
        identity: IdentityId("0".repeat(32)),
        token: Token("secret".into()),
        name: "Bell".into(),
        avatar: Avatar::default(),
        session: SessionId("s1".into()),
        resumed,
        room: None,
        heartbeat_ms,
        dead_after_ms: heartbeat_ms * 3,
        resume_ms: 30_000,
        slots: 2,
        ice: IceParameters { servers: Vec::new() },
        limits: Limits {
            message_bytes: 65_536,
            messages_per_second: None,
            name_chars: 20,
            room_name_chars: 30,
            topic_chars: 200,
            room_participants: 100,
            chat_chars: 4000,
            blob_bytes: 1 << 20,
            voice_message_ms: 60_000,
        },
        durability: "memory".into(),
    }
}
