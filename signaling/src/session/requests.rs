//! What a session asks for, and the answer.
//!
//! Owns the reading of requests and who of the nouns decides each. Decides nothing itself but
//! where the session is: in no room, or in one as which participant.

use std::sync::Arc;

use hearth_protocol::{
    Ack, BlockParticipant, ClientMessage, CreateRoom, ErrorCode, Fault, JoinRoom, LeftReason,
    ParticipantNumber, Request, RequestId, RoomRead, ServerMessage, SystemEvent, VoiceAnswer,
    VoiceJoin,
};
use serde::Deserialize;

use crate::{
    App, call, chat, direct,
    identity::unavailable,
    moderation, profile,
    room::{Room, ToldBy, not_in_room},
    rooms::no_room,
    roster::{Place, Session, encode},
    store::LogKey,
    walk::{Walk, no_participant},
};

/// Reads one request.
///
/// # Errors
/// `bad_message` or `unknown_type`, with the request's id if that much could be read.
pub(super) fn read(text: &str) -> Result<Request, (Option<RequestId>, Fault)> {
    serde_json::from_str(text).map_err(|error| {
        #[derive(Deserialize)]
        struct Envelope {
            id: Option<RequestId>,
            r#type: Option<String>,
        }
        let envelope = serde_json::from_str::<Envelope>(text).ok();
        let id = envelope.as_ref().and_then(|envelope| envelope.id);
        let kind = envelope.and_then(|envelope| envelope.r#type);
        let fault = match kind {
            Some(kind) if !ClientMessage::TYPES.contains(&kind.as_str()) => Fault::new(
                ErrorCode::UnknownType,
                "Messages of this type are not known here. Is the page or program too new?",
            ),
            Some(_) | None => {
                Fault::new(ErrorCode::BadMessage, format!("The message cannot be read: {error}."))
            }
        };
        (id, fault)
    })
}

/// The refusal of a request, counted.
pub(crate) fn refusal(id: Option<RequestId>, fault: Fault) -> ServerMessage {
    metrics::counter!("hearth_refusals_total", "code" => fault.code.as_str()).increment(1);
    ServerMessage::Error { id, fault }
}

/// Answers one message. False if it made no sense.
pub(super) async fn answer(session: &Arc<Session>, text: &str, app: &Arc<App>) -> bool {
    let request = match read(text) {
        Ok(request) => request,
        Err((id, fault)) => {
            session.send(&refusal(id, fault));
            return false;
        }
    };
    match app.limits.message(&session.identity) {
        Ok(()) => perform(session, request, app).await,
        Err(fault) => session.send(&refusal(Some(request.id), fault)),
    }
    true
}

/// Does what a request that was counted asks for, and answers it by the outbox.
pub(crate) async fn perform(session: &Arc<Session>, request: Request, app: &Arc<App>) {
    let Request { id, message } = request;
    match carry_out(session, id, message, app).await {
        Ok(Some(result)) => session.send(&ServerMessage::Ack { id, result }),
        Ok(None) => {}
        Err(fault) => session.send(&refusal(Some(id), fault)),
    }
}

/// Does what is asked. Nothing comes back where the answer was sent in its place among the
/// session's other messages already.
async fn carry_out(
    session: &Arc<Session>,
    id: RequestId,
    message: ClientMessage,
    app: &Arc<App>,
) -> Result<Option<Ack>, Fault> {
    let done = Ok(Some(Ack::Done {}));
    match message {
        ClientMessage::Hello(_) => {
            Err(Fault::new(ErrorCode::HelloExpected, "`hello` comes first, and once."))
        }
        ClientMessage::Ping { received } => {
            if let Some(received) = received {
                session.outbox.heard(received.into());
            }
            session.outbox.push_direct(encode(&ServerMessage::Pong { id }));
            Ok(None)
        }
        ClientMessage::RoomList {} => list_rooms(session, id, app).await.map(|()| None),
        ClientMessage::RoomCreate(ask) => create_room(session, ask, app).await.map(Some),
        ClientMessage::RoomJoin(ask) => join_room(session, id, ask, app).await.map(|()| None),
        ClientMessage::RoomLeave {} => leave_room(session, app).and(done),
        ClientMessage::RoomEdit(ask) => moderation::edit(app, session, ask).await.and(done),
        ClientMessage::RoomDelete(ask) => moderation::delete(app, session, ask).await.and(done),
        ClientMessage::RoomRole(ask) => moderation::set_role(app, session, ask).await.and(done),
        ClientMessage::RoomKick(ask) => moderation::kick(app, session, ask).await.and(done),
        ClientMessage::RoomBan(ask) => moderation::ban(app, session, ask).await.and(done),
        ClientMessage::RoomUnban(ask) => moderation::unban(app, session, ask).await.and(done),
        ClientMessage::RoomBans(ask) => {
            Ok(Some(Ack::RoomBans { bans: moderation::bans(app, session, ask)? }))
        }
        ClientMessage::RoomMute(ask) => moderation::mute(app, session, ask).await.and(done),
        ClientMessage::RoomDeafen(ask) => moderation::deafen(app, session, ask).await.and(done),
        ClientMessage::RoomMove(ask) => moderation::move_to(app, session, ask).await.and(done),
        ClientMessage::VoiceJoin(ask) => {
            join_voice(session, ask, app).await.map(|answer| Some(Ack::Voice(answer)))
        }
        ClientMessage::VoiceRestart(ask) => {
            app.limits.voice(&session.identity)?;
            let (number, _) = inside(session, app)?;
            app.media.restart(number, ask).await.map(|answer| Some(Ack::Voice(answer)))
        }
        ClientMessage::VoiceMute(ask) => {
            let (number, _) = inside(session, app)?;
            app.presence.muted(number, ask.muted)?;
            app.settle_voice(number);
            done
        }
        ClientMessage::VoiceDeafen(ask) => {
            let (number, _) = inside(session, app)?;
            app.presence.deafened(number, ask.deafened)?;
            app.settle_voice(number);
            done
        }
        ClientMessage::VoiceBlock(ask) => block(session, ask, app).and(done),
        ClientMessage::VoiceLeave {} => {
            let (number, _) = inside(session, app)?;
            app.presence.voice_left(number)?;
            app.media.leave(number);
            done
        }
        ClientMessage::ChatSend(ask) => {
            chat::send(app, session, ask).await.map(|sent| Some(Ack::Sent(sent)))
        }
        ClientMessage::ChatVoice(ask) => {
            chat::send_voice(app, session, ask).await.map(|sent| Some(Ack::Sent(sent)))
        }
        ClientMessage::ChatEdit(ask) => chat::edit(app, session, ask).await.and(done),
        ClientMessage::ChatDelete(ask) => chat::delete(app, session, ask).await.and(done),
        ClientMessage::ChatReact(ask) => chat::react(app, session, ask).await.and(done),
        ClientMessage::ChatTyping(ask) => chat::typing(app, session, ask).await.and(done),
        ClientMessage::ChatRead(ask) => {
            chat::mark_read(app, session, ask).await.map(|read| Some(Ack::Read(read)))
        }
        ClientMessage::ChatHistory(ask) => {
            chat::history(app, session, ask).await.map(|history| Some(Ack::History(history)))
        }
        ClientMessage::ChatCatchUp(ask) => {
            chat::catch_up(app, session, ask).await.map(|missed| Some(Ack::CatchUp(missed)))
        }
        ClientMessage::ChatSearch(ask) => {
            chat::search(app, session, ask).await.map(|found| Some(Ack::Found(found)))
        }
        ClientMessage::DirectList {} => {
            let conversations = direct::list(app, session).await?;
            Ok(Some(Ack::DirectList { conversations }))
        }
        ClientMessage::CallStart(ask) => {
            call::start(app, session, ask).await.map(|call| Some(Ack::Call { call }))
        }
        ClientMessage::CallAccept(ask) => {
            call::accept(app, session, &ask).map(|call| Some(Ack::Call { call }))
        }
        ClientMessage::CallDecline(ask) | ClientMessage::CallEnd(ask) => {
            call::end(app, session, &ask).and(done)
        }
        ClientMessage::ProfileSet(ask) => profile::set(app, session, ask).await.map(Some),
    }
}

/// All rooms, and how far one has read where one was.
async fn list_rooms(session: &Arc<Session>, id: RequestId, app: &App) -> Result<(), Fault> {
    app.limits.reading(&session.identity)?;
    let mut rooms = app.presence.rooms().all();
    rooms.retain(|room| room.is_seen_by(session));
    let logs: Vec<_> = rooms.iter().map(|room| LogKey::Room(room.id().clone())).collect();
    let marks = app.store.marks(&session.identity, &logs).await;
    let marks = marks.map_err(|error| unavailable(&error))?;
    let read = rooms.iter().zip(marks).filter(|(_, read)| read.seq > 0);
    let read = read.map(|(room, read)| RoomRead { room: room.id().clone(), read }).collect();
    app.list.show(session, id, read);
    Ok(())
}

/// Where the session is.
fn inside(session: &Session, app: &App) -> Result<(ParticipantNumber, Arc<Room>), Fault> {
    let Place::Inside(number) = *session.place.lock() else { return Err(not_in_room()) };
    let room = app.presence.room_of(number).ok_or_else(not_in_room)?;
    Ok((number, room))
}

async fn create_room(session: &Session, ask: CreateRoom, app: &Arc<App>) -> Result<Ack, Fault> {
    if session.grants.are_limited() {
        let message = "Your sign-in does not let you open rooms.";
        return Err(Fault::new(ErrorCode::Forbidden, message));
    }
    app.limits.room(&session.identity)?;
    let room = app.presence.rooms().create(ask, &session.identity).await?;
    chat::note(app, room.id(), session.author(), SystemEvent::RoomCreated {}).await;
    Ok(Ack::RoomCreate { room: room.summary() })
}

/// Into a room, out of the one before. The room sends the snapshot.
async fn join_room(
    session: &Arc<Session>,
    request: RequestId,
    ask: JoinRoom,
    app: &App,
) -> Result<(), Fault> {
    let room = app.presence.rooms().find(&ask.room).ok_or_else(no_room)?;
    let is_inside = inside(session, app).is_ok_and(|(_, before)| Arc::ptr_eq(&before, &room));
    if !is_inside {
        app.takes_more()?;
        room.let_pass(session.visitor(), ask.password, app).await?;
    }
    let walk = Walk::begin(app, session, &room, ask.position.as_ref()).await?;
    walk.end(app, ToldBy::Ack(request), ask.with_voice, None)
}

fn leave_room(session: &Session, app: &App) -> Result<(), Fault> {
    let mut place = session.place.lock();
    let Place::Inside(number) = *place else { return Err(not_in_room()) };
    app.leave_room(number, LeftReason::Left);
    *place = Place::Outside;
    Ok(())
}

async fn join_voice(session: &Session, ask: VoiceJoin, app: &App) -> Result<VoiceAnswer, Fault> {
    app.limits.voice(&session.identity)?;
    let (number, room) = inside(session, app)?;
    app.takes_more()?;
    app.presence.voice_joined(number, ask.muted, ask.deafened)?;
    let answer = app.media.join(number, room.id(), ask).await;
    if answer.is_err() {
        // The participant may have left meanwhile, and its voice with it.
        let _ = app.presence.voice_left(number);
    } else if app.presence.room_of(number).is_none() {
        app.media.leave(number);
        return Err(not_in_room());
    }
    // A moderator may have taken voice or hearing before there was one, or just now.
    app.settle_voice(number);
    answer
}

fn block(session: &Session, ask: BlockParticipant, app: &App) -> Result<(), Fault> {
    let (number, room) = inside(session, app)?;
    if room.participant(ask.number).is_none() {
        return Err(no_participant());
    }
    app.media.block(number, ask.number, ask.blocked);
    Ok(())
}
