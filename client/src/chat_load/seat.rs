//! One session of a load: a WebSocket that never blocks once it is in.
//!
//! Owns the socket and what its reader has seen. Of what comes it reads no more than it must: a
//! frame is looked into for a number and a stamp, not parsed.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

use hearth_protocol::{
    Ack, ClientMessage, Conversation, Hello, JoinRoom, PROTOCOL_VERSION, Request, RequestId,
    RoomId, SendText, ServerMessage,
};
use tokio_tungstenite::tungstenite::{
    self, Message, WebSocket, client::IntoClientRequest, http::HeaderValue, http::header::ORIGIN,
    protocol::WebSocketConfig,
};
use url::Url;

use super::ledger::Ledger;
use crate::{Error, chat::new_id};

/// An answer on the way in that has not come by then fails the load.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Read at once from one socket, bytes: a thousand of them are to fit.
const READ_BYTES: usize = 8 << 10;
/// How often each one pings.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Where an entry of a log begins, and in no other frame.
const ENTRY: &str = r#""entry":{"#;
/// Before the stamp in a text.
const MARK: &str = "load ";

/// One session.
pub(crate) struct Seat {
    socket: WebSocket<TcpStream>,
    room: usize,
    next_id: u32,
    /// Counted frames: all but `hello` and `pong`.
    frames: u32,
    /// Their bytes, without the heads of frames.
    bytes: u64,
    ledger: Ledger,
    beaten: Instant,
    open: bool,
}

/// What came that matters to a load.
pub(crate) enum Heard {
    /// A message of the load.
    Written { sent: Duration },
    /// One's own message is stored.
    Stored { request: u32, seq: u64 },
    /// One's own message, or something else, was refused.
    Refused { request: u32 },
}

/// Where a server is that speaks without TLS.
pub(crate) fn address(server: &str) -> Result<SocketAddr, Error> {
    let bad = || Error::BadAddress(server.to_owned());
    let url = Url::parse(server).map_err(|_| bad())?;
    if url.scheme() != "http" {
        return Err(bad());
    }
    let port = url.port_or_known_default().ok_or_else(bad)?;
    let mut found = (url.host_str().ok_or_else(bad)?, port)
        .to_socket_addrs()
        .map_err(|error| Error::Unreachable(error.to_string()))?;
    found.next().ok_or_else(bad)
}

impl Seat {
    /// Opens a session as a guest nobody else is.
    pub(crate) fn open(address: &SocketAddr) -> Result<Self, Error> {
        let tcp = TcpStream::connect(address).map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        tcp.set_read_timeout(Some(ANSWER_WITHIN)).map_err(unreachable)?;
        let mut request =
            format!("ws://{address}/ws").into_client_request().map_err(unreachable)?;
        let origin = HeaderValue::try_from(format!("http://{address}")).map_err(unreachable)?;
        request.headers_mut().insert(ORIGIN, origin);
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
        let (socket, _) = tungstenite::client::client_with_config(request, tcp, Some(config))
            .map_err(unreachable)?;
        let mut seat = Self {
            socket,
            room: 0,
            next_id: 0,
            frames: 0,
            bytes: 0,
            ledger: Ledger::default(),
            beaten: Instant::now(),
            open: true,
        };
        let name = Some(format!("crowd {:012x}", rand::random::<u64>() >> 16));
        let hello = Hello { protocol: PROTOCOL_VERSION, name, ..Hello::default() };
        seat.send(ClientMessage::Hello(hello)).map_err(unreachable)?;
        match seat.answer()? {
            ServerMessage::Hello { .. } => Ok(seat),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// Asks and waits; for the way in alone.
    pub(crate) fn ask(&mut self, message: ClientMessage) -> Result<Ack, Error> {
        let asked = self.send(message).map_err(unreachable)?;
        loop {
            match self.answer()? {
                ServerMessage::Ack { id, result } if id.0 == asked => return Ok(result),
                ServerMessage::Error { fault, .. } => return Err(Error::Refused(fault)),
                _ => {}
            }
        }
    }

    /// Walks into a room, and from then on never blocks.
    pub(crate) fn join(&mut self, room: usize, id: &str) -> Result<(), Error> {
        let snapshot = match self.ask(walk_into(id))? {
            Ack::RoomJoin { snapshot } => snapshot,
            other => return Err(Error::Unexpected(format!("{other:?}"))),
        };
        self.room = room;
        self.ledger = Ledger::after(match snapshot.chat {
            hearth_protocol::CatchUp::Gap { history }
            | hearth_protocol::CatchUp::Reset { history } => history.position.seq,
            hearth_protocol::CatchUp::Replay { entries } => {
                entries.last().map_or(0, |entry| entry.seq)
            }
        });
        self.unblock()
    }

    /// From then on it never blocks.
    pub(crate) fn unblock(&mut self) -> Result<(), Error> {
        self.socket.get_ref().set_nonblocking(true).map_err(unreachable)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.socket.get_ref()
    }

    pub(crate) fn room(&self) -> usize {
        self.room
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Frames and bytes that came so far.
    pub(crate) fn received(&self) -> (u64, u64) {
        (self.frames.into(), self.bytes)
    }

    /// Sends something; the id of the request.
    pub(crate) fn send(&mut self, message: ClientMessage) -> Result<u32, tungstenite::Error> {
        let id = self.next_id;
        self.next_id += 1;
        let text = serde_json::to_string(&Request { id: RequestId(id), message })
            .map_err(|error| tungstenite::Error::Io(error.into()))?;
        match self.socket.send(Message::text(text)) {
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
            sent => sent?,
        }
        Ok(id)
    }

    /// Writes the `count`-th message of this writer; `None` if it cannot be sent.
    pub(crate) fn write(
        &mut self,
        room: &str,
        writer: usize,
        count: u64,
        now: Duration,
    ) -> Option<u32> {
        if !self.open {
            return None;
        }
        let text =
            format!("{MARK}{writer} {count} {} of a message as people write", now.as_nanos());
        let conversation = Conversation::Room(RoomId(room.to_owned()));
        let (message, mentions) = (new_id(), Vec::new());
        let text = SendText { conversation, message, text, reply_to: None, mentions };
        self.send(ClientMessage::ChatSend(text)).ok()
    }

    /// Takes everything that has come, and pings when it is time. False if that was the end.
    pub(crate) fn hear(&mut self, mut heard: impl FnMut(Heard)) -> bool {
        if !self.open {
            return true;
        }
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => self.take(text.as_str(), &mut heard),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    break;
                }
                Err(_) => {
                    self.open = false;
                    let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
                    return false;
                }
            }
        }
        if self.beaten.elapsed() >= HEARTBEAT {
            self.beaten = Instant::now();
            // Whether it can be sent shows in what comes.
            let _ = self.send(ClientMessage::Ping { received: Some(self.frames) });
        }
        true
    }

    fn take(&mut self, text: &str, heard: &mut impl FnMut(Heard)) {
        if text.starts_with(r#"{"type":"pong""#) {
            return;
        }
        self.frames = self.frames.wrapping_add(1);
        self.bytes += text.len() as u64;
        if text.starts_with(r#"{"type":"ack""#) {
            let told = serde_json::from_str(text);
            if let Ok(ServerMessage::Ack { id, result: Ack::Sent(sent) }) = told {
                heard(Heard::Stored { request: id.0, seq: sent.position.seq });
            }
        } else if text.starts_with(r#"{"type":"error""#)
            && let Some(request) = number_after(text, r#""id":"#)
        {
            heard(Heard::Refused { request: request as u32 });
        } else if let Some(at) = text.find(ENTRY)
            && let Some(seq) = number_after(&text[at..], r#""seq":"#)
        {
            let stamp = stamp(text);
            self.ledger.enter(seq, stamp.map(|(writer, count, _)| (writer, count)));
            if let Some((_, _, sent)) = stamp {
                heard(Heard::Written { sent });
            }
        }
    }

    /// The next thing said, on the way in.
    fn answer(&mut self) -> Result<ServerMessage, Error> {
        loop {
            if let Message::Text(text) = self.socket.read().map_err(unreachable)? {
                let told: ServerMessage = serde_json::from_str(&text)
                    .map_err(|error| Error::Unexpected(error.to_string()))?;
                if !matches!(told, ServerMessage::Hello { .. } | ServerMessage::Pong { .. }) {
                    self.frames += 1;
                }
                return Ok(told);
            }
        }
    }
}

/// Into this room.
pub(crate) fn walk_into(room: &str) -> ClientMessage {
    let room = RoomId(room.to_owned());
    ClientMessage::RoomJoin(JoinRoom { room, with_voice: false, position: None, password: None })
}

fn number_after(text: &str, mark: &str) -> Option<u64> {
    let rest = &text[text.find(mark)? + mark.len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Writer, count and time of sending.
fn stamp(text: &str) -> Option<(usize, u64, Duration)> {
    let mut words = text[text.find(MARK)? + MARK.len()..].split(' ');
    let (writer, count) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((writer, count, Duration::from_nanos(words.next()?.parse().ok()?)))
}

fn unreachable(error: impl std::fmt::Display) -> Error {
    Error::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_without_being_parsed() {
        let text = r#"{"type":"chat:entry","conversation":{"room":"load-1"},"entry":{"seq":71,
            "message":{"author":{"name":"crowd 0a1"},"body":{"text":"load 3 17 5000 of a"}}}}"#;
        assert_eq!(number_after(text, r#""seq":"#), Some(71));
        assert_eq!(stamp(text), Some((3, 17, Duration::from_micros(5))));
    }

    #[test]
    fn a_server_is_named_as_in_a_browser() {
        assert_eq!(address("http://127.0.0.1:81").unwrap().to_string(), "127.0.0.1:81");
        for bad in ["https://127.0.0.1", "127.0.0.1:81", ""] {
            assert!(matches!(address(bad), Err(Error::BadAddress(_))), "{bad}");
        }
    }
}
