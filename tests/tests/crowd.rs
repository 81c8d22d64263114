//! A room with more people than everybody can be told of.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::time::Duration;

use hearth_client::{Connection, Event, Room, Setup, Tone, Voice, Who};
use hearth_protocol::{ParticipantNumber, ServerMessage};
use hearth_tests::Server;
use tokio::{sync::broadcast::Receiver, time::timeout};

const CROWD: u32 = 10;
/// Nothing here takes longer.
const SOON: Duration = Duration::from_secs(20);

async fn enter(server: &Server, name: &str) -> (Connection, Room) {
    let url = format!("http://{}", server.http());
    let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
    let room = Room::join(&connection, "general").await.unwrap();
    (connection, room)
}

/// What is told until `is_last`: the names of those who came, and the counts.
async fn told(
    events: &mut Receiver<Event>,
    is_last: impl Fn(&ServerMessage) -> bool,
) -> (Vec<String>, Vec<u32>) {
    let (mut names, mut counts) = (Vec::new(), Vec::new());
    loop {
        let event = timeout(SOON, events.recv()).await.unwrap().unwrap();
        let Event::Told(message) = event else { continue };
        match &*message {
            ServerMessage::RoomDelta { present, left, .. } => {
                names.extend(present.iter().map(|participant| participant.name.clone()));
                assert!(left.is_empty(), "somebody nobody knew was told to leave");
            }
            ServerMessage::RoomCount { count, .. } => counts.push(*count),
            _ => {}
        }
        if is_last(&message) {
            return (names, counts);
        }
    }
}

/// Whether it tells that this participant is there.
fn shows(message: &ServerMessage, number: ParticipantNumber) -> bool {
    matches!(message, ServerMessage::RoomDelta { present, .. }
        if present.iter().any(|participant| participant.number == number))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_only_counts_and_talkers_are_told() {
    let server = Server::start(&[
        ("limits.enabled", "false"),
        ("rooms.crowd", "10"),
        ("rooms.list_interval_ms", "100"),
    ]);
    let (ana, ana_inside) = enter(&server, "Ana").await;
    let mut events = ana.events();
    let mut others = Vec::new();
    for n in 2..=CROWD {
        others.push(enter(&server, &format!("Guest {n}")).await);
    }
    let last = others.last().unwrap().1.you();
    let (names, counts) = told(&mut events, |message| shows(message, last)).await;
    // Herself as well, perhaps.
    assert!((9..=10).contains(&names.len()) && counts.is_empty(), "{names:?} {counts:?}");
    assert_eq!(ana_inside.people().borrow().as_ref().unwrap().present.len(), 10);

    // One more, and there are too many to be told of; further ones are counted.
    for n in CROWD + 1..=3 * CROWD {
        others.push(enter(&server, &format!("Guest {n}")).await);
    }
    let all = |message: &ServerMessage| matches!(message, ServerMessage::RoomCount { count, .. } if *count == 3 * CROWD);
    let (names, told_counts) = told(&mut events, all).await;
    assert_eq!(names, [""; 0]);
    // Gathered, not one for each.
    assert!((1..=15).contains(&told_counts.len()), "{told_counts:?}");
    assert!(told_counts.is_sorted(), "{told_counts:?}");
    let (_, late) = others.last().unwrap();
    let people = late.people().borrow().clone().unwrap();
    assert_eq!((people.count, people.present.len()), (3 * CROWD, 1));

    // Whoever speaks is told of, and heard.
    let (_, talker) = &others[20];
    let ear = Voice::join(&ana_inside, Setup::default()).await.unwrap();
    let mouth = Voice::join(talker, Setup::default()).await.unwrap();
    let speaker = mouth.speaker().unwrap();
    let speaking =
        tokio::spawn(async move { speaker.play(Tone::new(440.0, 0.3).unwrap(), None).await });
    let speaks = |people: &hearth_client::People| {
        people.named("Guest 22").is_some_and(|participant| participant.voice.speaking)
    };
    timeout(SOON, ana_inside.until(speaks)).await.unwrap().unwrap();
    timeout(SOON, late.until(speaks)).await.unwrap().unwrap();
    let heard = timeout(SOON, ear.listening().next()).await.unwrap().unwrap();
    assert_eq!(heard.from, talker.you());
    let number = talker.you();
    let (names, _) = told(&mut events, |message| shows(message, number)).await;
    assert_eq!(names, ["Guest 22"]);

    // When enough have left, everybody is known again.
    for (connection, _) in others.drain(21..) {
        connection.close().await;
    }
    for (connection, _) in others.drain(..14) {
        connection.close().await;
    }
    let known = |people: &hearth_client::People| people.count == 8 && people.present.len() == 8;
    timeout(SOON, ana_inside.until(known)).await.unwrap().unwrap();
    speaking.abort();
}
