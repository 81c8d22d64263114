//! One connection of the dialect, from its beginning to its end.
//!
//! Owns its queue of events, the order in which they are answered, and the sending of what its
//! outbox has. Whoever takes nothing leaves the outbox to fill up to its bounds: that ends the
//! session, and nobody waits for it. There is no resume: a connection that is gone has left.

use std::{convert::Infallible, net::IpAddr, ops::ControlFlow, sync::Arc, time::Duration};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use hearth_protocol::{CloseCode, ErrorCode, Fault, LeftReason, ServerMessage, Token};
use serde::Deserialize;
use serde_json::json;
use socketioxide::{
    SendError, SocketError, SocketIo,
    adapter::LocalAdapter,
    extract::{AckSender, SocketRef},
    handler::{FromConnectParts, FromMessage, FromMessageParts as _},
    socket::{DisconnectReason, Socket},
};
use socketioxide_core::Value;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time,
};

use super::{
    ENVELOPE_BYTES, Scene, address, event,
    message::View,
    mirror::{Mirror, Out},
    relay, speech,
};
use crate::outbox::Line;

/// Events that may wait to be answered: as many as the rate lets through at once.
const QUEUE: usize = 64;

/// How long a full transport is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(20);

/// A connection that has just begun, and what it showed.
pub(super) struct Entry {
    socket: Arc<Socket>,
    io: SocketIo,
    token: Option<Token>,
}

/// An event as the library hands it over.
struct Raw {
    socket: Arc<Socket>,
    text: String,
    ack: Option<i64>,
}

/// An event that waits to be answered.
struct Said {
    text: String,
    ack: Option<i64>,
    /// Bytes of the queue, given back once it is answered.
    _space: OwnedSemaphorePermit,
}

/// How a connection comes to its end.
enum End {
    /// It is gone.
    Gone(DisconnectReason),
    /// This side closes it.
    Closed(CloseCode),
}

/// One connection.
pub(super) struct Connection {
    pub(super) socket: Arc<Socket>,
    io: SocketIo,
    pub(super) from: IpAddr,
    /// Proves who one is, if the page brought it.
    pub(super) token: Option<Token>,
    pub(super) scene: Arc<Scene>,
    pub(super) mirror: Mirror,
    /// There once one has come in with a name.
    pub(super) member: Option<Member>,
    gone: watch::Receiver<Option<DisconnectReason>>,
    senseless: u32,
}

/// The session of a connection.
pub(super) struct Member {
    pub(super) view: View,
    pub(super) line: Arc<Line>,
    /// The participant whose microphone the page has spoken of.
    pub(super) voice: Option<hearth_protocol::ParticipantNumber>,
}

/// Begins a connection that the page is told of next.
///
/// # Errors
/// With a reason for the page, if there are as many as may be.
pub(super) fn connect(entry: Entry, scene: &Arc<Scene>) -> Result<(), &'static str> {
    let Entry { socket, io, token } = entry;
    let permit = Arc::clone(&scene.sockets).try_acquire_owned();
    let permit = permit.map_err(|_| "The server takes no more connections now.")?;
    metrics::counter!("hearth_socketio_connections_total").increment(1);
    let settings = &scene.app.settings;
    let (events, waiting) = mpsc::channel(QUEUE);
    let space = Arc::new(Semaphore::new(room_for(settings)));
    socket.on_fallback(move |raw: Raw| {
        queue(raw, &events, &space);
        std::future::ready(())
    });
    let (leaving, gone) = watch::channel(None);
    socket.on_disconnect(move |reason: DisconnectReason| {
        leaving.send_replace(Some(reason));
        std::future::ready(())
    });
    let connection = Connection {
        from: address(socket.req_parts()),
        socket,
        io,
        token,
        scene: Arc::clone(scene),
        mirror: Mirror::default(),
        member: None,
        gone,
        senseless: 0,
    };
    tokio::spawn(async move {
        connection.run(waiting).await;
        drop(permit);
    });
    Ok(())
}

/// Bytes of events that may wait in one connection: one sound, and as many others as the queue
/// takes.
fn room_for(settings: &hearth_config::Settings) -> usize {
    let sound = settings.blobs.max_bytes.div_ceil(3) * 4 + ENVELOPE_BYTES;
    let sound = usize::try_from(sound).unwrap_or(usize::MAX);
    (sound + QUEUE * settings.session.message_bytes).min(Semaphore::MAX_PERMITS)
}

/// Puts an event behind those that wait. There is no way to let the page wait.
fn queue(raw: Raw, events: &mpsc::Sender<Said>, space: &Arc<Semaphore>) {
    let Raw { socket, text, ack } = raw;
    metrics::counter!("hearth_messages_received_total").increment(1);
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let space = Arc::clone(space).try_acquire_many_owned(bytes);
    let said = space.ok().map(|space| Said { text, ack, _space: space });
    if said.is_none_or(|said| events.try_send(said).is_err()) {
        let fault = Fault::passing(
            ErrorCode::RateLimited,
            "That was too much at once. Wait for the answers.",
            Duration::from_secs(1),
        );
        let _ = send(&socket, &speech::refuse("", ack, fault));
    }
}

impl Connection {
    async fn run(mut self, mut events: mpsc::Receiver<Said>) {
        let mut batch = Vec::new();
        let session = &self.scene.app.settings.session;
        let hello_timeout = session.hello_timeout;
        let mut look = time::interval(session.heartbeat);
        look.reset();
        let mut heard = time::Instant::now();
        let end = loop {
            let silence = self.mirror.next_silence();
            // Whoever asks for the rooms alone may go on doing so.
            let nameless = self.member.is_none().then(|| heard + hello_timeout);
            let step = tokio::select! {
                biased;
                end = self.ended() => ControlFlow::Break(end),
                () = self.frames(&mut batch) => self.tell(&mut batch).await,
                Some(said) = events.recv() => {
                    heard = time::Instant::now();
                    self.hear(said).await
                }
                () = until(nameless) => ControlFlow::Break(End::Closed(CloseCode::HelloExpected)),
                () = until(silence) => self.silence().await,
                _ = look.tick() => self.look(),
            };
            if let ControlFlow::Break(end) = step {
                break end;
            }
        };
        drop(events);
        self.end(end).await;
    }

    /// Waits until it is over, from either side.
    async fn ended(&self) -> End {
        let mut gone = self.gone.clone();
        let closed = async {
            match &self.member {
                Some(member) => member.line.over().await,
                None => {
                    self.scene.app.stopping().await;
                    CloseCode::ShuttingDown
                }
            }
        };
        tokio::select! {
            reason = gone.wait_for(Option::is_some) => {
                let reason = reason.ok().and_then(|reason| *reason);
                End::Gone(reason.unwrap_or(DisconnectReason::TransportClose))
            }
            code = closed => End::Closed(code),
        }
    }

    /// Whoever was gone before anything could be told of it is found here.
    fn look(&self) -> ControlFlow<End> {
        match self.io.get_socket(self.socket.id) {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(End::Gone(DisconnectReason::TransportClose)),
        }
    }

    /// Waits for what the outbox has.
    async fn frames(&self, batch: &mut Vec<Utf8Bytes>) {
        match &self.member {
            Some(Member { view, line, .. }) => {
                if !view.session.outbox.take(line, batch).await {
                    // The line is over, and says so by itself.
                    std::future::pending().await
                }
            }
            None => std::future::pending().await,
        }
    }

    /// Sends what the outbox had. What was sent is not kept: there is no resume.
    async fn tell(&mut self, batch: &mut Vec<Utf8Bytes>) -> ControlFlow<End> {
        for frame in batch.drain(..) {
            let Some(Member { view, .. }) = &self.member else { break };
            let out = match relay::heard(&frame) {
                Some(relayed) => vec![relayed],
                None => match serde_json::from_str::<ServerMessage>(&frame) {
                    Ok(message) => speech::say(&mut self.mirror, view, message),
                    Err(error) => {
                        tracing::error!(%error, "a frame of our own cannot be read");
                        continue;
                    }
                },
            };
            self.deliver(out).await?;
        }
        if let Some(Member { view, .. }) = &self.member {
            view.session.outbox.heard(u64::MAX);
        }
        ControlFlow::Continue(())
    }

    /// Those who were typing and have not said so again are told as silent.
    async fn silence(&mut self) -> ControlFlow<End> {
        let Some(Member { view, .. }) = &self.member else { return ControlFlow::Continue(()) };
        let out = speech::say_silence(&mut self.mirror, view);
        self.deliver(out).await
    }

    /// Answers one event.
    async fn hear(&mut self, said: Said) -> ControlFlow<End> {
        let Said { text, ack, _space } = said;
        let name = event::name(&text).unwrap_or_default();
        let refused = self.carry_out(&name, text, ack).await;
        let senseless = matches!(
            &refused,
            Err(fault) if [ErrorCode::BadMessage, ErrorCode::UnknownType].contains(&fault.code)
        );
        self.senseless = if senseless { self.senseless + 1 } else { 0 };
        match refused {
            Ok(out) => self.deliver(out).await?,
            Err(fault) => self.deliver(vec![speech::refuse(&name, ack, fault)]).await?,
        }
        if self.senseless >= self.scene.app.settings.session.bad_messages {
            return ControlFlow::Break(End::Closed(CloseCode::Abusive));
        }
        ControlFlow::Continue(())
    }

    /// Sends, and waits while the transport takes nothing.
    async fn deliver(&self, out: Vec<Out>) -> ControlFlow<End> {
        for one in out {
            while let Err(Full) = send(&self.socket, &one) {
                tokio::select! {
                    end = self.ended() => return ControlFlow::Break(end),
                    () = time::sleep(RETRY) => {}
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Ends the session, then the connection.
    async fn end(self, end: End) {
        let Self { socket, scene, member, mut gone, .. } = self;
        let (reason, said) = match end {
            End::Gone(DisconnectReason::HeartbeatTimeout | DisconnectReason::TransportError)
            | End::Closed(CloseCode::SlowReader) => (LeftReason::Lost, None),
            End::Gone(_) => (LeftReason::Left, None),
            End::Closed(code) => (LeftReason::Lost, Some(code)),
        };
        if let Some(Member { view, line, .. }) = &member {
            let session = &view.session;
            scene.directory.leave(&session.identity, &socket.id.to_string());
            // Another session of the same person may have taken its place.
            if session.outbox.cut(line) {
                scene.app.end(session, CloseCode::Silent, reason);
            }
        }
        drop(member);
        if let Some(code) = said {
            let shown = json!({"message": code.reason(), "error": "closed", "code": code.number()});
            let _ = send(&socket, &Out::Event("error", shown));
        }
        // A full transport takes no goodbye: then its own heartbeat finds it dead.
        while gone.borrow().is_none() && SocketRef::from(Arc::clone(&socket)).disconnect().is_err()
        {
            tokio::select! {
                _ = gone.wait_for(Option::is_some) => {}
                () = time::sleep(RETRY * 10) => {}
            }
        }
    }
}

/// The transport takes nothing at the moment.
struct Full;

/// Sends one event or answer, unless the transport is full. To one that is gone it says nothing.
fn send(socket: &Arc<Socket>, out: &Out) -> Result<(), Full> {
    let sent = match out {
        Out::Event(name, payload) => socket.emit(name, payload),
        Out::Ack(id, answer) => {
            let mut nothing = Value::Bytes(Bytes::new());
            match AckSender::from_message_parts(socket, &mut nothing, &Some(*id)) {
                Ok(sender) => sender.send(answer),
                Err(never) => match never {},
            }
        }
    };
    match sent {
        Err(SendError::Socket(SocketError::InternalChannelFull)) => Err(Full),
        Ok(()) | Err(_) => Ok(()),
    }
}

async fn until(when: Option<time::Instant>) {
    match when {
        Some(when) => time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

impl FromConnectParts<LocalAdapter> for Entry {
    type Error = Infallible;

    fn from_connect_parts(
        socket: &Arc<Socket>,
        given: &Option<Value>,
    ) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        struct Auth {
            token: Option<Token>,
        }
        let auth = given.as_ref().and_then(|auth| auth.as_str());
        let auth = auth.and_then(|auth| serde_json::from_str::<Auth>(auth).ok());
        let token = auth.and_then(|auth| auth.token);
        let io = SocketIo::from_connect_parts(socket, given)?;
        Ok(Self { socket: Arc::clone(socket), io, token })
    }
}

impl FromMessage<LocalAdapter> for Raw {
    type Error = Infallible;

    fn from_message(
        socket: Arc<Socket>,
        value: Value,
        ack: Option<i64>,
    ) -> Result<Self, Self::Error> {
        // Copied: the library's text is a part of the whole packet, or of the whole poll.
        let text = value.as_str().map(|text| text.as_str().to_owned()).unwrap_or_default();
        Ok(Self { socket, text, ack })
    }
}
