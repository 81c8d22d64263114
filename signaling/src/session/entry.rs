//! The first request of every socket: who is there, and does a session go on?
//!
//! Owns the wait for `hello` and what it makes: a session, new or resumed. A refused `hello` may be
//! tried again on the same socket, until the time for it is over.

use std::{
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
};

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{SinkExt as _, StreamExt as _};
use hearth_protocol::{
    ClientMessage, CloseCode, ErrorCode, Fault, Hello, LeftReason, Limits, PROTOCOL_VERSION,
    RequestId, ServerMessage, SessionId, Token, Welcome,
};
use parking_lot::{Mutex, RwLock};
use tokio::{sync::Notify, time};

use super::{End, Reader, Writer, requests, text_of};
use crate::{
    App, chat, direct,
    identity::{Admitted, random_hex},
    names,
    outbox::{Line, Outbox, OutboxBounds},
    roster::{Place, Session, encode},
};

/// How often `hello` may be refused on one socket.
const MAX_ATTEMPTS: usize = 8;

/// Pings of the WebSocket layer that may come before `hello`.
const MAX_PINGS: usize = 64;

/// Waits for a `hello` that lets somebody in.
pub(super) async fn enter(
    reader: &mut Reader,
    writer: &mut Writer,
    from: IpAddr,
    app: &Arc<App>,
) -> Result<(Arc<Session>, Arc<Line>), End> {
    let deadline = time::Instant::now() + app.settings.session.hello_timeout;
    let mut pings = 0;
    for _ in 0..MAX_ATTEMPTS {
        let text = loop {
            let message = tokio::select! {
                message = time::timeout_at(deadline, reader.next()) => message,
                () = app.stopping() => return Err(End::Close(CloseCode::ShuttingDown)),
            };
            let message = message.map_err(|_| End::Close(CloseCode::HelloExpected))?;
            match text_of(message) {
                std::ops::ControlFlow::Continue(Some(text)) => break text,
                std::ops::ControlFlow::Continue(None) if pings < MAX_PINGS => pings += 1,
                std::ops::ControlFlow::Continue(None) => {
                    return Err(End::Close(CloseCode::Abusive));
                }
                std::ops::ControlFlow::Break(end) => return Err(end),
            }
        };
        let (id, entered) = match requests::read(&text) {
            Ok(request) => match request.message {
                ClientMessage::Hello(hello) => {
                    (Some(request.id), greet(request.id, hello, from, app).await)
                }
                _ => (Some(request.id), Err(hello_expected())),
            },
            Err((id, fault)) => (id, Err(fault)),
        };
        let fault = match entered {
            Ok(entered) => return Ok(entered),
            Err(fault) => fault,
        };
        let code = fault.code;
        let refusal = requests::refusal(id, fault);
        if writer.send(Message::Text(encode(&refusal))).await.is_err() {
            return Err(End::Broken);
        }
        match code {
            ErrorCode::Unauthorized => return Err(End::Close(CloseCode::Unauthorized)),
            ErrorCode::HelloExpected => return Err(End::Close(CloseCode::HelloExpected)),
            ErrorCode::Busy => return Err(End::Close(CloseCode::Busy)),
            _ => {}
        }
    }
    Err(End::Close(CloseCode::Abusive))
}

fn hello_expected() -> Fault {
    Fault::new(ErrorCode::HelloExpected, "The first message is `hello`, and it comes once.")
}

async fn greet(
    id: RequestId,
    hello: Hello,
    from: IpAddr,
    app: &Arc<App>,
) -> Result<(Arc<Session>, Arc<Line>), Fault> {
    if hello.protocol != PROTOCOL_VERSION {
        return Err(Fault::new(
            ErrorCode::BadMessage,
            format!("This server speaks version {PROTOCOL_VERSION} of the protocol. Reload."),
        ));
    }
    app.limits.hello(from)?;
    let admitted = app
        .identities
        .admit(hello.token.as_ref(), hello.name.as_deref(), hello.avatar.clone())
        .await?;

    if let Some(resume) = &hello.resume
        && let Some(session) = app.roster.find(&resume.session, &admitted.who.identity)
        // The others know the session by its name and look: with new ones it starts anew. So it does
        // where it may go elsewhere than before.
        && *session.who() == admitted.who
        && session.grants == admitted.grants
    {
        let welcome = || encode(&welcome(id, &session, &admitted.token, true, app));
        if let Some(line) = session.outbox.connect(Some(resume.received.into()), welcome) {
            metrics::counter!("hearth_sessions_resumed_total").increment(1);
            *session.address.lock() = from;
            direct::came_back(app, &session);
            return Ok((session, line));
        }
    }
    app.takes_more()?;
    begin(id, admitted, from, app)
}

/// A new session; the one that the identity had until now ends.
///
/// # Errors
/// `busy`.
pub(crate) fn begin(
    id: RequestId,
    admitted: Admitted,
    from: IpAddr,
    app: &Arc<App>,
) -> Result<(Arc<Session>, Arc<Line>), Fault> {
    let bounds = &app.settings.session;
    let Admitted { who, token, claim, grants } = admitted;
    let session = Arc::new(Session {
        id: SessionId(random_hex::<16>()),
        identity: who.identity.clone(),
        who: RwLock::new(Arc::new(who)),
        typist: Mutex::default(),
        undelivered: Mutex::default(),
        address: Mutex::new(from),
        outbox: Outbox::new(OutboxBounds {
            waiting_messages: bounds.outbox_messages,
            bytes: bounds.outbox_bytes,
            kept_messages: bounds.replay_messages,
        }),
        place: Mutex::new(Place::Outside),
        hears_list: AtomicBool::new(false),
        voice_lost: Notify::new(),
        grants,
        serial: claim.serial(),
        claim: Mutex::new(claim),
    });
    if let Some(earlier) = app.roster.enter(Arc::clone(&session))? {
        app.end(&earlier, CloseCode::Replaced, LeftReason::Left);
    }
    let hello: Utf8Bytes = encode(&welcome(id, &session, &token, false, app));
    let line = session.outbox.connect(None, || hello);
    // Somebody with the same token may have come in since, or the server may be stopping.
    let line = line.filter(|_| !app.is_stopping()).ok_or_else(|| {
        app.end(&session, CloseCode::ShuttingDown, LeftReason::Lost);
        Fault::passing(
            ErrorCode::Busy,
            "The session ended before it began. Try again.",
            std::time::Duration::from_secs(1),
        )
    })?;
    metrics::counter!("hearth_sessions_total").increment(1);
    Ok((session, line))
}

fn welcome(
    id: RequestId,
    session: &Session,
    token: &Token,
    resumed: bool,
    app: &Arc<App>,
) -> ServerMessage {
    let settings = &app.settings;
    let who = session.who();
    let room = match *session.place.lock() {
        Place::Inside(number) => app.presence.room_of(number).map(|room| room.id().clone()),
        Place::Outside | Place::Ended => None,
    };
    let bounded = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let millis = |d: std::time::Duration| u32::try_from(d.as_millis()).unwrap_or(u32::MAX);
    let welcome = Welcome {
        version: env!("CARGO_PKG_VERSION").into(),
        protocol: PROTOCOL_VERSION,
        identity: session.identity.clone(),
        token: token.clone(),
        name: who.name.clone(),
        avatar: who.avatar.clone(),
        session: session.id.clone(),
        resumed,
        room,
        heartbeat_ms: millis(settings.session.heartbeat),
        dead_after_ms: millis(settings.session.dead_after),
        resume_ms: millis(settings.session.resume),
        slots: u8::try_from(settings.sfu.slots).unwrap_or(u8::MAX),
        ice: app.media.ice(),
        limits: Limits {
            message_bytes: bounded(settings.session.message_bytes),
            messages_per_second: settings
                .limits
                .enabled
                .then_some(settings.limits.messages_per_second),
            name_chars: bounded(*names::PERSON_CHARS.end()),
            room_name_chars: bounded(names::ROOM_CHARS),
            topic_chars: bounded(names::TOPIC_CHARS),
            room_participants: bounded(settings.rooms.max_participants),
            chat_chars: bounded(chat::CHARS),
            blob_bytes: u32::try_from(settings.blobs.max_bytes).unwrap_or(u32::MAX),
            voice_message_ms: millis(settings.blobs.max_duration),
        },
        durability: app.durability.into(),
    };
    ServerMessage::Hello { id, welcome: Box::new(welcome) }
}
