//! The session: hello, answers, outages and coming back, against a server that says what each
//! test needs.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod server;

use std::time::Duration;

use hearth_client::{Connection, Error, Event, Room, Who};
use hearth_protocol::{
    Ack, Avatar, CatchUp, ClientMessage, CloseCode, Departure, ErrorCode, Fault, IdentityId,
    LeftReason, Participant, ParticipantNumber, ReadMark, Resume, Role, RoomId, RoomSnapshot,
    RoomSummary, ServerMessage, SessionId, VoiceState,
};
use server::{Server, Session};
use tokio::{sync::broadcast::Receiver, time::timeout};

const HEARTBEAT_MS: u32 = 10_000;

fn general() -> RoomId {
    RoomId("general".into())
}

fn participant(number: u32, name: &str) -> Participant {
    Participant {
        number: ParticipantNumber(number),
        identity: IdentityId(format!("{number:032x}")),
        name: name.into(),
        avatar: Avatar::default(),
        role: Role::Member,
        voice: VoiceState::default(),
        elsewhere: false,
    }
}

fn snapshot() -> Ack {
    Ack::RoomJoin {
        snapshot: Box::new(RoomSnapshot {
            room: RoomSummary {
                id: general(),
                name: "General".into(),
                icon: "💬".into(),
                topic: None,
                max_participants: None,
                locked: false,
                hidden: false,
                messages: 0,
                count: 1,
                participants: vec![participant(1, "Bell")],
            },
            you: ParticipantNumber(1),
            role: Role::Member,
            chat: CatchUp::Replay { entries: Vec::new() },
            read: ReadMark::default(),
        }),
    }
}

async fn opened(server: &Server, heartbeat_ms: u32) -> (Connection, Session) {
    let url = server.url();
    let (connection, (hello, session)) =
        tokio::join!(Connection::open(&url, Who::guest("Bell")), server.greet(false, heartbeat_ms));
    assert_eq!(hello.name.as_deref(), Some("Bell"));
    assert_eq!(hello.token, None);
    (connection.unwrap(), session)
}

async fn event(events: &mut Receiver<Event>) -> Event {
    timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn each_request_gets_its_own_answer_in_any_order() {
    let server = Server::start().await;
    let (connection, mut session) = opened(&server, HEARTBEAT_MS).await;
    let asking = async {
        tokio::join!(
            connection.request(ClientMessage::RoomList {}),
            connection.request(ClientMessage::VoiceLeave {})
        )
    };
    let answering = async {
        let mut asked = [session.asked().await.unwrap(), session.asked().await.unwrap()];
        asked.sort_by_key(|request| request.message != ClientMessage::VoiceLeave {});
        let fault = Fault {
            code: ErrorCode::NotInVoice,
            message: "no voice to leave".into(),
            retry_after_ms: None,
        };
        session.say(&ServerMessage::Error { id: Some(asked[0].id), fault }).await;
        let result = Ack::RoomList { rooms: Vec::new(), read: Vec::new() };
        session.say(&ServerMessage::Ack { id: asked[1].id, result }).await;
    };
    let ((list, leave), ()) = tokio::join!(asking, answering);
    assert_eq!(list.unwrap(), Ack::RoomList { rooms: Vec::new(), read: Vec::new() });
    assert_eq!(leave.unwrap_err().code(), Some(ErrorCode::NotInVoice));
}

#[tokio::test]
async fn snapshot_and_deltas_add_up_to_the_people() {
    let server = Server::start().await;
    let (connection, mut session) = opened(&server, HEARTBEAT_MS).await;
    let answering = async {
        let asked = session.asked().await.unwrap();
        session.say(&ServerMessage::Ack { id: asked.id, result: snapshot() }).await;
        let present = vec![participant(2, "Bo")];
        let joined = ServerMessage::RoomDelta { room: general(), present, left: Vec::new() };
        session.say(&joined).await;
    };
    let (room, ()) = tokio::join!(Room::join(&connection, "general"), answering);
    let room = room.unwrap();
    assert_eq!(room.you(), ParticipantNumber(1));
    let people = room.until(|people| people.named("Bo").is_some()).await.unwrap();
    assert_eq!(people.present.len(), 2);
    let reason = LeftReason::Removed;
    let number = ParticipantNumber(1);
    let left = vec![Departure { number, reason }];
    session.say(&ServerMessage::RoomDelta { room: general(), present: Vec::new(), left }).await;
    let mut watched = room.people();
    timeout(Duration::from_secs(5), watched.wait_for(Option::is_none)).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_resume_names_exactly_what_was_received_and_keeps_what_was_asked() {
    let server = Server::start().await;
    let (connection, mut session) = opened(&server, HEARTBEAT_MS).await;
    let mut events = connection.events();
    let told = ServerMessage::RoomListDelta { changes: Vec::new() };
    session.say(&told).await;
    session.say(&told).await;
    for _ in 0..2 {
        assert!(matches!(event(&mut events).await, Event::Told(_)));
    }
    // Pongs do not count.
    tokio::select! {
        round_trip = connection.ping() => { round_trip.unwrap(); }
        _ = session.asked() => unreachable!("only heartbeats are asked"),
    }
    let asking = tokio::spawn({
        let connection = connection.clone();
        async move { connection.request(ClientMessage::RoomList {}).await }
    });
    let asked = session.asked().await.unwrap();
    drop(session);
    assert!(matches!(event(&mut events).await, Event::Cut));

    let (hello, mut session) = server.greet(true, HEARTBEAT_MS).await;
    let session_id = SessionId("s1".into());
    assert_eq!(hello.resume, Some(Resume { session: session_id, received: 2 }));
    assert_eq!(hello.token.map(|token| token.0).as_deref(), Some("secret"));
    assert!(matches!(event(&mut events).await, Event::Resumed));
    let result = Ack::RoomList { rooms: Vec::new(), read: Vec::new() };
    session.say(&ServerMessage::Ack { id: asked.id, result: result.clone() }).await;
    assert_eq!(asking.await.unwrap().unwrap(), result);

    drop(session);
    let (hello, _session) = server.greet(true, HEARTBEAT_MS).await;
    assert_eq!(hello.resume.unwrap().received, 3, "the replayed answer counts too");
}

#[tokio::test]
async fn a_session_that_begins_anew_ends_what_was_under_way() {
    let server = Server::start().await;
    let (connection, mut session) = opened(&server, HEARTBEAT_MS).await;
    let mut events = connection.events();
    let asking = tokio::spawn({
        let connection = connection.clone();
        async move { connection.request(ClientMessage::RoomList {}).await }
    });
    session.asked().await.unwrap();
    drop(session);
    assert!(matches!(event(&mut events).await, Event::Cut));
    let (_, mut session) = server.greet(false, HEARTBEAT_MS).await;
    assert!(matches!(event(&mut events).await, Event::Anew));
    assert!(matches!(asking.await.unwrap(), Err(Error::Cut)));

    // And goes on as a session.
    let (done, ()) = tokio::join!(connection.request(ClientMessage::RoomLeave {}), async {
        let asked = session.asked().await.unwrap();
        session.done(asked.id).await;
    });
    assert_eq!(done.unwrap(), Ack::Done {});
    drop(session);
    let (hello, _session) = server.greet(true, HEARTBEAT_MS).await;
    assert_eq!(hello.resume.unwrap().received, 1, "counting began anew as well");
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_and_found_again() {
    let server = Server::start().await;
    let (connection, session) = opened(&server, 100).await;
    let mut events = connection.events();
    // The session is open and answers nothing, not even heartbeats.
    assert!(matches!(event(&mut events).await, Event::Cut));
    let _next = server.greet(true, HEARTBEAT_MS).await;
    assert!(matches!(event(&mut events).await, Event::Resumed));
    drop(session);
}

#[tokio::test]
async fn who_is_replaced_does_not_come_back() {
    let server = Server::start().await;
    let (connection, session) = opened(&server, HEARTBEAT_MS).await;
    let mut events = connection.events();
    session.close(CloseCode::Replaced).await;
    match event(&mut events).await {
        Event::Ended(Error::Closed { code, .. }) => assert_eq!(code, CloseCode::Replaced.number()),
        other => panic!("{other:?}"),
    }
    let asked = connection.request(ClientMessage::RoomList {}).await;
    assert!(matches!(asked, Err(Error::Cut)));
}

#[tokio::test]
async fn who_closes_walks_out_first() {
    let server = Server::start().await;
    let (connection, mut session) = opened(&server, HEARTBEAT_MS).await;
    let (asked, ()) = tokio::join!(session.asked(), connection.close());
    assert_eq!(asked.unwrap().message, ClientMessage::RoomLeave {});
    assert!(session.asked().await.is_none());
}

#[tokio::test]
async fn nobody_there_is_an_error_at_once() {
    let server = Server::start().await;
    let url = server.url();
    drop(server);
    let opened = Connection::open(&url, Who::guest("Bell")).await;
    assert!(matches!(opened, Err(Error::Unreachable(_))));
}
