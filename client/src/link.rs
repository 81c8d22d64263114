//! The session behind a connection: its socket, its heartbeat and its coming back.
//!
//! Owns one task that reads and writes one WebSocket at a time, counts what it receives so that
//! a resume repeats exactly what was missed, and keeps the picture of the room. Never gives up
//! an answer silently: each request ends in an answer or an error.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hearth_protocol::{
    Ack, ClientMessage, CloseCode, Hello, Request, RequestId, Resume, ServerMessage, Welcome,
};
use tokio::{
    net::TcpStream,
    sync::{broadcast, mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        handshake::client,
        http::{HeaderValue, header::ORIGIN},
        protocol::{CloseFrame, WebSocketConfig, frame},
    },
};
use url::Url;

use crate::{Error, Event, People, backoff::Backoff};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket that is not open and greeted by then is not waited for.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// The largest frame taken from a server, bytes: a snapshot of 5,000 people is about 1 MB.
const FRAME_BYTES: usize = 8 << 20;
/// An outage longer than this ends the connection.
const GIVE_UP_AFTER: Duration = Duration::from_secs(300);

/// Asked by the connection's owner.
pub(crate) enum Ask {
    Request { message: ClientMessage, answer: Answer },
    Ping { answer: Answer },
    Reconnect,
    Close { done: oneshot::Sender<()> },
}

/// What a request came to, if it was not refused.
pub(crate) enum Reply {
    Ack(Ack),
    Pong,
}

type Answer = oneshot::Sender<Result<Reply, Error>>;

/// How the time with one socket ended.
enum End {
    /// The network took it; come back.
    Cut,
    /// Nobody holds the connection any more, or it was closed.
    Left(Option<oneshot::Sender<()>>),
    /// The server does not want us back.
    Final(Error),
}

pub(crate) struct Link {
    url: Url,
    hello: Hello,
    socket: Socket,
    asks: mpsc::Receiver<Ask>,
    events: broadcast::Sender<Event>,
    welcome: watch::Sender<Welcome>,
    people: watch::Sender<Option<People>>,
    /// Requests that were sent and not yet answered.
    waiting: HashMap<u32, Answer>,
    next_id: u32,
    /// The request to walk out of the room, if one is under way.
    leaving: Option<u32>,
    /// Counted frames of this session: all but `hello` and `pong`.
    received: u32,
}

impl Link {
    pub(crate) async fn open(
        url: Url,
        hello: Hello,
        asks: mpsc::Receiver<Ask>,
        events: broadcast::Sender<Event>,
        people: watch::Sender<Option<People>>,
    ) -> Result<(Self, watch::Receiver<Welcome>), Error> {
        let (socket, first) = greet(&url, &hello).await?;
        // From now on the token says who one is; the name is already taken by oneself.
        let hello = Hello { token: Some(first.token.clone()), name: None, ..hello };
        let (welcome, watched) = watch::channel(first);
        let waiting = HashMap::new();
        let link = Self {
            url,
            hello,
            socket,
            asks,
            events,
            welcome,
            people,
            waiting,
            next_id: 1,
            leaving: None,
            received: 0,
        };
        Ok((link, watched))
    }

    pub(crate) async fn run(mut self) {
        let error = loop {
            match self.serve().await {
                End::Cut => {}
                End::Left(done) => {
                    let _ = timeout(Duration::from_secs(1), goodbye(&mut self.socket)).await;
                    drop(done);
                    break Error::Cut;
                }
                End::Final(error) => break error,
            }
            let _ = self.events.send(Event::Cut);
            if let Err(error) = self.come_back().await {
                break error;
            }
        };
        for (_, answer) in self.waiting.drain() {
            let _ = answer.send(Err(error.clone()));
        }
        self.people.send_replace(None);
        let _ = self.events.send(Event::Ended(error));
    }

    /// Reads, writes and beats until the socket ends.
    async fn serve(&mut self) -> End {
        let (beat_every, dead_after) = {
            let welcome = self.welcome.borrow();
            let ms = |ms: u32| Duration::from_millis(u64::from(ms.max(100)));
            (ms(welcome.heartbeat_ms), ms(welcome.dead_after_ms))
        };
        let mut beat = interval(beat_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let sent = tokio::select! {
                frame = self.socket.next() => {
                    heard = Instant::now();
                    match frame {
                        Some(Ok(Message::Text(text))) => {
                            self.take(text.as_str());
                            Ok(())
                        }
                        Some(Ok(Message::Close(close))) => return ended(close.as_ref()),
                        Some(Ok(_)) => Ok(()),
                        Some(Err(_)) | None => return End::Cut,
                    }
                }
                ask = self.asks.recv() => match ask {
                    Some(Ask::Request { message, answer }) => self.send(message, Some(answer)).await,
                    Some(Ask::Ping { answer }) => self.send(self.ping(), Some(answer)).await,
                    Some(Ask::Reconnect) => return End::Cut,
                    Some(Ask::Close { done }) => {
                        let _ = self.send(ClientMessage::RoomLeave {}, None).await;
                        return End::Left(Some(done));
                    }
                    None => return End::Left(None),
                },
                _ = beat.tick() => {
                    if heard.elapsed() >= dead_after {
                        return End::Cut;
                    }
                    self.send(self.ping(), None).await
                }
            };
            if sent.is_err() {
                return End::Cut;
            }
        }
    }

    /// Also tells the server which frames it need not keep for a resume.
    fn ping(&self) -> ClientMessage {
        ClientMessage::Ping { received: Some(self.received) }
    }

    async fn send(&mut self, message: ClientMessage, answer: Option<Answer>) -> Result<(), Error> {
        let id = self.next_id;
        // 0 stays free for hello.
        self.next_id = id.checked_add(1).unwrap_or(1);
        self.waiting.retain(|_, answer| !answer.is_closed());
        if let Some(answer) = answer {
            self.waiting.insert(id, answer);
        }
        if matches!(message, ClientMessage::RoomLeave {}) {
            self.leaving = Some(id);
        }
        let frame = written(&Request { id: RequestId(id), message })?;
        self.socket.send(frame).await.map_err(|error| Error::Unreachable(error.to_string()))
    }

    /// Takes in one frame of the server's.
    fn take(&mut self, text: &str) {
        let message = serde_json::from_str::<ServerMessage>(text);
        if !matches!(message, Ok(ServerMessage::Hello { .. } | ServerMessage::Pong { .. })) {
            self.received = self.received.wrapping_add(1);
        }
        match message {
            Ok(ServerMessage::Ack { id, result }) => {
                if let Ack::RoomJoin { snapshot } = &result {
                    self.people.send_replace(Some(People::new(snapshot)));
                } else if self.leaving == Some(id.0) {
                    self.leaving = None;
                    self.people.send_replace(None);
                }
                self.answer(id, Ok(Reply::Ack(result)));
            }
            Ok(ServerMessage::Pong { id }) => self.answer(id, Ok(Reply::Pong)),
            Ok(ServerMessage::Error { id: Some(id), fault }) => {
                self.answer(id, Err(Error::Refused(fault)));
            }
            Ok(ServerMessage::Hello { .. }) => {}
            Ok(told) => {
                self.people.send_if_modified(|people| match (&told, &mut *people) {
                    (ServerMessage::RoomMoved { snapshot, .. }, _) => {
                        people.replace(People::new(snapshot)) != *people
                    }
                    (ServerMessage::RoomSentOut { .. }, _) => people.take().is_some(),
                    (_, Some(now)) if now.without_you(&told) => people.take().is_some(),
                    (_, Some(now)) => now.apply(&told),
                    (_, None) => false,
                });
                let _ = self.events.send(Event::Told(Arc::new(told)));
            }
            // A newer server may say more than this library knows; it still counts.
            Err(error) => tracing::debug!(%error, "a frame that is not understood"),
        }
    }

    fn answer(&mut self, id: RequestId, reply: Result<Reply, Error>) {
        if let Some(answer) = self.waiting.remove(&id.0) {
            let _ = answer.send(reply);
        }
    }

    /// Opens sockets until one goes on with the session or begins a new one.
    async fn come_back(&mut self) -> Result<(), Error> {
        let mut backoff = Backoff::default();
        let since = Instant::now();
        loop {
            let session = self.welcome.borrow().session.clone();
            let hello = Hello {
                resume: Some(Resume { session, received: self.received }),
                ..self.hello.clone()
            };
            match greet(&self.url, &hello).await {
                Ok((socket, welcome)) => {
                    self.socket = socket;
                    self.hello.token = Some(welcome.token.clone());
                    let resumed = welcome.resumed;
                    self.welcome.send_replace(welcome);
                    if !resumed {
                        self.begin_anew();
                    }
                    let event = if resumed { Event::Resumed } else { Event::Anew };
                    let _ = self.events.send(event);
                    return Ok(());
                }
                Err(Error::Refused(fault)) if fault.retry_after_ms.is_none() => {
                    return Err(Error::Refused(fault));
                }
                Err(error @ Error::Closed { .. }) => return Err(error),
                Err(error) if since.elapsed() > GIVE_UP_AFTER => return Err(error),
                Err(error) => tracing::debug!(%error, "not back yet"),
            }
            sleep(backoff.next(rand::random())).await;
            if self.asks.is_closed() && self.asks.is_empty() {
                return Err(Error::Cut);
            }
        }
    }

    fn begin_anew(&mut self) {
        self.received = 0;
        self.people.send_replace(None);
        for (_, answer) in self.waiting.drain() {
            let _ = answer.send(Err(Error::Cut));
        }
    }
}

/// Opens a socket and says hello on it.
async fn greet(url: &Url, hello: &Hello) -> Result<(Socket, Welcome), Error> {
    let opening = async {
        let unreachable = |error: &dyn std::fmt::Display| Error::Unreachable(error.to_string());
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES));
        let request = upgrade(url).map_err(|error| unreachable(&error))?;
        // The libraries bring two that TLS could be done by, and none is taken without a choice; one
        // that the program has made stays.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (mut socket, _) = connect_async_with_config(request, Some(config), true)
            .await
            .map_err(|error| unreachable(&error))?;
        let request = Request { id: RequestId(0), message: ClientMessage::Hello(hello.clone()) };
        socket.send(written(&request)?).await.map_err(|error| unreachable(&error))?;
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(ServerMessage::Hello { welcome, .. }) => return Ok((socket, *welcome)),
                    Ok(ServerMessage::Error { fault, .. }) => return Err(Error::Refused(fault)),
                    _ => return Err(Error::Unexpected("no hello from the server".into())),
                },
                Some(Ok(Message::Close(close))) => {
                    return Err(match ended(close.as_ref()) {
                        End::Final(error) => error,
                        _ => Error::Unreachable("closed before hello".into()),
                    });
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(unreachable(&error)),
                None => return Err(Error::Unreachable("closed before hello".into())),
            }
        }
    };
    timeout(HELLO_WITHIN, opening)
        .await
        .map_err(|_| Error::Unreachable("no hello from the server in time".into()))?
}

/// Ends the session for good. What still comes is read: a socket that is dropped with something
/// unread in it is reset, and the server may then never see the goodbye.
async fn goodbye(socket: &mut Socket) {
    let normal = CloseFrame { code: frame::coding::CloseCode::Normal, reason: "".into() };
    if socket.close(Some(normal)).await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
}

/// The request for a socket. It names the server's own origin, as the server's own page would:
/// without one, only those are let in who have a token already.
fn upgrade(url: &Url) -> Result<client::Request, tokio_tungstenite::tungstenite::Error> {
    let mut request = url.as_str().into_client_request()?;
    let mut page = url.clone();
    // Both are schemes of the web, between which a URL may change.
    let _ = page.set_scheme(if url.scheme() == "wss" { "https" } else { "http" });
    let origin = HeaderValue::from_str(&page.origin().ascii_serialization())?;
    request.headers_mut().insert(ORIGIN, origin);
    Ok(request)
}

fn written(request: &Request) -> Result<Message, Error> {
    let text =
        serde_json::to_string(request).map_err(|error| Error::Unexpected(error.to_string()))?;
    Ok(Message::text(text))
}

/// Whether a close is to be taken for an answer.
fn ended(close: Option<&CloseFrame>) -> End {
    const FINAL: [CloseCode; 3] =
        [CloseCode::Replaced, CloseCode::Unauthorized, CloseCode::Abusive];
    match close {
        Some(close) if FINAL.iter().any(|code| code.number() == u16::from(close.code)) => {
            End::Final(Error::Closed { code: close.code.into(), reason: close.reason.to_string() })
        }
        _ => End::Cut,
    }
}
