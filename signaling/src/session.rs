//! One WebSocket, from its upgrade to its close.
//!
//! Owns the reading and writing of the socket, its heartbeat and the wait for a resume after it is
//! gone. What a request means is in `requests`, the first of them in `entry`. Never holds a
//! message for a slow reader: that is the outbox's part, which gives such a reader up.

mod entry;
mod requests;

pub(crate) use entry::begin;
pub(crate) use requests::{perform, refusal};

use std::{net::IpAddr, ops::ControlFlow, sync::Arc, time::Duration};

use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    response::Response,
};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use hearth_protocol::{CloseCode, LeftReason};
use tokio::{sync::OwnedSemaphorePermit, time};

use crate::{App, outbox::Line, roster::Session};

/// How long a page that was closed or is loading anew keeps its place.
const GOING_AWAY_GRACE: Duration = Duration::from_secs(3);

/// How long the last words to a socket may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

type Reader = SplitStream<WebSocket>;
type Writer = SplitSink<WebSocket, Message>;

/// How a socket came to its end.
enum End {
    /// This side closes it.
    Close(CloseCode),
    /// It broke.
    Broken,
    /// The other side said goodbye for good.
    Goodbye,
    /// The page went away, perhaps to be loaded anew.
    GoingAway,
    /// Too large or not text (RFC 6455 §7.4.1); with its close code.
    Refused(u16),
}

/// Upgrades to a session, with the bounds of the settings. Origin and rate were checked before;
/// `permit` is held as long as the socket is open.
pub fn accept(
    upgrade: WebSocketUpgrade,
    from: IpAddr,
    app: Arc<App>,
    permit: OwnedSemaphorePermit,
) -> Response {
    let bytes = app.settings.session.message_bytes;
    upgrade
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .read_buffer_size(4096)
        .on_upgrade(move |socket| run(socket, from, app, permit))
}

/// One socket, from its first `hello` to its close, and then the wait for the next.
pub async fn run(socket: WebSocket, from: IpAddr, app: Arc<App>, permit: OwnedSemaphorePermit) {
    metrics::counter!("hearth_sockets_total").increment(1);
    let (mut writer, mut reader) = socket.split();
    let (session, line) = match entry::enter(&mut reader, &mut writer, from, &app).await {
        Ok(entered) => entered,
        Err(end) => return close(writer, &end).await,
    };

    // Reading is a task of its own, so that a message to a crowd wakes those who write alone.
    let mut reading = tokio::spawn({
        let (session, app) = (Arc::clone(&session), Arc::clone(&app));
        async move { read(&session, &mut reader, &app).await }
    });
    let end = tokio::select! {
        biased;
        code = line.over() => End::Close(code),
        end = write(&session, &line, &mut writer) => end,
        end = &mut reading => end.unwrap_or(End::Broken),
    };
    reading.abort();
    close(writer, &end).await;
    // What was being answered is over before anybody may resume.
    if !reading.is_finished() {
        let _ = reading.await;
    }
    drop(permit);

    // Another socket may have taken over: then the session is no longer this task's to end.
    if session.outbox.cut(&line) {
        await_resume(&session, &line, &end, &app).await;
    }
}

/// Ends the session unless it is resumed in time. Where the socket broke and the voice has fallen
/// silent as well, whoever it was is gone, and is not waited for.
async fn await_resume(session: &Arc<Session>, line: &Line, end: &End, app: &Arc<App>) {
    let (grace, reason) = match end {
        End::Goodbye => (Duration::ZERO, LeftReason::Left),
        End::GoingAway => (app.settings.session.resume.min(GOING_AWAY_GRACE), LeftReason::Left),
        End::Close(_) | End::Broken | End::Refused(_) => {
            (app.settings.session.resume, LeftReason::Lost)
        }
    };
    tokio::select! {
        () = time::sleep(grace) => {}
        () = session.voice_lost.notified(), if matches!(end, End::Broken) => {}
        () = line.superseded() => return,
    }
    app.end(session, CloseCode::Silent, reason);
}

/// Sends what the outbox has, until the line is cut or the socket breaks.
async fn write(session: &Session, line: &Arc<Line>, writer: &mut Writer) -> End {
    let mut batch = Vec::new();
    while session.outbox.take(line, &mut batch).await {
        for frame in batch.drain(..) {
            if writer.feed(Message::Text(frame)).await.is_err() {
                return End::Broken;
            }
        }
        if writer.flush().await.is_err() {
            return End::Broken;
        }
    }
    // Whoever cut the line told it the code.
    End::Close(line.over().await)
}

/// Answers requests, until the socket is silent for too long or is closed.
async fn read(session: &Arc<Session>, reader: &mut Reader, app: &Arc<App>) -> End {
    let mut senseless = 0;
    loop {
        let Ok(message) = time::timeout(app.settings.session.dead_after, reader.next()).await
        else {
            return End::Close(CloseCode::Silent);
        };
        metrics::counter!("hearth_messages_received_total").increment(1);
        let sensible = match text_of(message) {
            ControlFlow::Continue(Some(text)) => requests::answer(session, &text, app).await,
            // The pings of the WebSocket layer itself are no way around the rate.
            ControlFlow::Continue(None) => app.limits.message(&session.identity).is_ok(),
            ControlFlow::Break(end) => return end,
        };
        senseless = if sensible { 0 } else { senseless + 1 };
        if senseless >= app.settings.session.bad_messages {
            return End::Close(CloseCode::Abusive);
        }
    }
}

/// The text of a message; nothing for what the WebSocket layer answers by itself.
fn text_of(
    message: Option<Result<Message, axum::Error>>,
) -> ControlFlow<End, Option<axum::extract::ws::Utf8Bytes>> {
    match message {
        Some(Ok(Message::Text(text))) => ControlFlow::Continue(Some(text)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => ControlFlow::Continue(None),
        Some(Ok(Message::Binary(_))) => ControlFlow::Break(End::Refused(close_code::UNSUPPORTED)),
        Some(Ok(Message::Close(frame))) => ControlFlow::Break(match frame.map(|f| f.code) {
            Some(close_code::NORMAL) => End::Goodbye,
            Some(close_code::AWAY) => End::GoingAway,
            _ => End::Broken,
        }),
        Some(Err(error)) if is_too_long(&error) => {
            ControlFlow::Break(End::Refused(close_code::SIZE))
        }
        Some(Err(_)) | None => ControlFlow::Break(End::Broken),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    use std::error::Error as _;
    error
        .source()
        .and_then(|source| source.downcast_ref::<tungstenite::Error>())
        .is_some_and(|error| matches!(error, tungstenite::Error::Capacity(_)))
}

/// Says why, if there is something to say, and waits for it a moment at most.
async fn close(mut writer: Writer, end: &End) {
    let (code, reason) = match end {
        End::Close(code) => (code.number(), code.reason()),
        End::Refused(code) if *code == close_code::SIZE => (*code, "message too long"),
        End::Refused(code) => (*code, "only text is spoken here"),
        End::Goodbye | End::GoingAway | End::Broken => (close_code::NORMAL, ""),
    };
    metrics::counter!("hearth_sockets_closed_total", "code" => code.to_string()).increment(1);
    let frame = CloseFrame { code, reason: reason.into() };
    // A peer that reads nothing does not keep the socket open.
    let _ = time::timeout(CLOSE_TIMEOUT, async {
        let _ = writer.send(Message::Close(Some(frame))).await;
        let _ = writer.close().await;
    })
    .await;
}
