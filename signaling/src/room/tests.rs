//! One room alone, and the ears of those inside.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use hearth_protocol::RoomId;

use super::*;
use crate::roster::tests::{Ear, entrant};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn room(settings: &str) -> Room {
    let record = RoomRecord {
        id: RoomId("general".into()),
        name: "General".into(),
        icon: "💬".into(),
        topic: None,
        max_participants: None,
        owner: None,
        password: None,
        hidden: false,
        roles: std::collections::BTreeMap::new(),
        at_ms: 0,
    };
    let rooms = hearth_config::from_toml(&format!("[rooms]\n{settings}")).unwrap().rooms;
    Room::new(record, Vec::new(), &rooms, Arc::default())
}

fn participant(number: u32) -> Participant {
    let who = entrant(&format!("guest {number}"));
    Participant {
        number: ParticipantNumber(number),
        identity: who.identity,
        name: who.name,
        avatar: who.avatar,
        role: hearth_protocol::Role::Member,
        voice: VoiceState::default(),
        elsewhere: false,
    }
}

fn enter(room: &Room, number: u32) -> Ear {
    let ear = Ear::new(&format!("guest {number}"));
    let asked = Some(ear.arrival(RequestId(number)));
    let _ = room.enter(participant(number), HERE, asked).unwrap();
    ear
}

fn speak(room: &Room, number: u32, speaking: bool) {
    let change = |voice: &mut VoiceState, _: &mut bool| {
        voice.speaking = speaking;
        Ok(())
    };
    let _ = room.change_voice(ParticipantNumber(number), change).unwrap();
}

fn leave(room: &Room, number: u32) {
    let _ = room.leave(ParticipantNumber(number), LeftReason::Left).unwrap();
}

fn numbers(summary: &RoomSummary) -> BTreeSet<u32> {
    let numbers: BTreeSet<_> = summary.participants.iter().map(|it| it.number.0).collect();
    assert_eq!(numbers.len(), summary.participants.len(), "somebody twice");
    numbers
}

/// Who is inside by what was told.
fn picture(heard: Vec<ServerMessage>) -> BTreeSet<u32> {
    let mut inside = None;
    for message in heard {
        match (message, &mut inside) {
            (ServerMessage::Ack { result: Ack::RoomJoin { snapshot }, .. }, None) => {
                inside = Some(numbers(&snapshot.room));
            }
            (ServerMessage::RoomDelta { present, left, .. }, Some(inside)) => {
                inside.extend(present.iter().map(|participant| participant.number.0));
                for gone in left {
                    inside.remove(&gone.number.0);
                }
            }
            (message, _) => panic!("{message:?}"),
        }
    }
    inside.unwrap()
}

#[test]
fn snapshot_and_deltas_make_the_whole_picture_whenever_one_comes() {
    const COMERS: u32 = 4;
    const TURNS: u32 = 200;
    let room = room("crowd = 5000");
    let next = AtomicU32::new(1);
    let ears: Vec<(u32, Ear)> = thread::scope(|scope| {
        let comers: Vec<_> = (0..COMERS)
            .map(|comer| {
                let (room, next) = (&room, &next);
                scope.spawn(move || {
                    let mut stayed = Vec::new();
                    for turn in 0..TURNS {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let ear = enter(room, number);
                        if turn % 8 == comer {
                            stayed.push((number, ear))
                        } else {
                            leave(room, number)
                        }
                    }
                    stayed
                })
            })
            .collect();
        comers.into_iter().flat_map(|comer| comer.join().unwrap()).collect()
    });
    let inside: BTreeSet<_> = ears.iter().map(|(number, _)| *number).collect();
    assert_eq!(inside.len(), 100);
    assert_eq!(numbers(&room.summary()), inside);
    let _ = room.take_change();
    for (_, ear) in &ears {
        assert_eq!(picture(ear.heard()), inside);
    }
}

#[test]
fn one_is_in_ones_own_snapshot_and_not_told_of_it() {
    let room = room("");
    let ana = enter(&room, 1);
    let bo = enter(&room, 2);
    let [ServerMessage::Ack { id, result: Ack::RoomJoin { snapshot } }] = &bo.heard()[..] else {
        panic!("not just the snapshot")
    };
    assert_eq!((*id, snapshot.you.0, snapshot.room.count), (RequestId(2), 2, 2));
    let _ = room.take_change();
    assert_eq!(picture(ana.heard()), BTreeSet::from([1, 2]));
    bo.frames();
    assert!(room.show_again(ParticipantNumber(2), bo.arrival(RequestId(9))));
    assert!(matches!(&bo.heard()[..], [ServerMessage::Ack { id: RequestId(9), .. }]));
    assert!(!room.show_again(ParticipantNumber(3), bo.arrival(RequestId(10))));
    assert!(bo.frames().is_empty());
}

#[test]
fn a_full_room_refuses_and_tells_nobody() {
    let room = room("max_participants = 2");
    let ana = enter(&room, 1);
    enter(&room, 2);
    let _ = room.take_change();
    ana.frames();
    assert_eq!(room.enter(participant(3), HERE, None).unwrap_err().code, ErrorCode::RoomFull);
    assert_eq!((room.count(), ana.frames().len()), (2, 0));
    leave(&room, 2);
    assert!(room.leave(ParticipantNumber(2), LeftReason::Lost).is_none());
    let _ = room.take_change();
    assert_eq!(ana.frames().len(), 1);
    let _ = room.enter(participant(3), HERE, None).unwrap();
}

#[test]
fn a_voice_is_told_when_it_changes() {
    let room = room("");
    let ana = enter(&room, 1);
    enter(&room, 2);
    ana.frames();
    speak(&room, 2, true);
    speak(&room, 2, true);
    let voice = VoiceState { speaking: true, ..VoiceState::default() };
    let number = ParticipantNumber(2);
    let room_id = room.id().clone();
    let changed = ServerMessage::ParticipantVoice { room: room_id, number, voice };
    assert_eq!(ana.heard(), [changed]);
    assert_eq!(room.participant(number).unwrap().voice, voice);
}

#[test]
fn a_crowd_is_told_of_those_who_speak() {
    let room = room("crowd = 4");
    let ears: Vec<_> = (1..=4).map(|number| enter(&room, number)).collect();
    speak(&room, 2, true);
    for ear in &ears {
        ear.frames();
    }
    // The fifth makes it a crowd: everybody takes the room anew, with those who speak.
    let fifth = enter(&room, 5);
    for ear in &ears {
        let [ServerMessage::RoomAnew { summary }] = &ear.heard()[..] else { panic!() };
        assert_eq!((summary.count, numbers(summary)), (5, BTreeSet::from([2])));
    }
    assert_eq!(picture(fifth.heard()), BTreeSet::from([2, 5]));

    // From now on silent people come and go unseen, but for their number.
    enter(&room, 6);
    leave(&room, 6);
    enter(&room, 7);
    assert!(ears[0].frames().is_empty());
    let change = room.take_change().unwrap().change;
    assert_eq!(change.summary.unwrap().count, 6);
    assert!(room.take_change().is_none());
    let room_id = room.id().clone();
    assert_eq!(ears[0].heard(), [ServerMessage::RoomCount { room: room_id, count: 6 }]);

    // Whoever speaks is told of, as if they had walked in, and then as anybody.
    speak(&room, 7, true);
    let _ = room.take_change();
    speak(&room, 7, false);
    leave(&room, 7);
    let _ = room.take_change();
    let heard = ears[0].heard();
    let [
        ServerMessage::RoomDelta { present, left: none, .. },
        ServerMessage::ParticipantVoice { .. },
        ServerMessage::RoomDelta { present: nobody, left, .. },
        ServerMessage::RoomCount { .. },
    ] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert!(present[0].number.0 == 7 && present[0].voice.speaking);
    assert!(none.is_empty() && nobody.is_empty() && left[0].number.0 == 7);
}

#[test]
fn a_crowd_ends_some_way_below_where_it_began() {
    let room = room("crowd = 10");
    let ears: Vec<_> = (1..=11).map(|number| enter(&room, number)).collect();
    leave(&room, 11);
    assert!(room.inside.lock().known.is_some());
    ears[0].frames();
    leave(&room, 10);
    let [ServerMessage::RoomAnew { summary }] = &ears[0].heard()[..] else { panic!() };
    assert_eq!((summary.count, numbers(summary)), (9, (1..=9).collect()));
    leave(&room, 9);
    let _ = room.take_change();
    assert!(matches!(&ears[0].heard()[..], [ServerMessage::RoomDelta { .. }]));
}

#[tokio::test(start_paused = true)]
async fn where_many_come_and_go_it_is_told_together() {
    let room = room("list_interval_ms = 500");
    let ana = enter(&room, 1);
    tokio::time::advance(Duration::from_millis(500)).await;
    ana.frames();
    // After a quiet while, at once.
    enter(&room, 2);
    let told = |ear: &Ear| {
        let mut deltas = ear.heard().into_iter().map(|message| match message {
            ServerMessage::RoomDelta { present, left, .. } => (
                present.iter().map(|it| it.number.0).collect::<Vec<_>>(),
                left.iter().map(|it| it.number.0).collect::<Vec<_>>(),
            ),
            other => panic!("{other:?}"),
        });
        let delta = deltas.next();
        assert!(deltas.next().is_none());
        delta
    };
    assert_eq!(told(&ana), Some((vec![2], vec![])));
    for number in 3..=9 {
        enter(&room, number);
    }
    leave(&room, 2);
    leave(&room, 3);
    assert_eq!(told(&ana), None);
    let _ = room.take_change();
    assert_eq!(told(&ana), Some(((4..=9).collect(), vec![2, 3])));
    let _ = room.take_change();
    assert_eq!(told(&ana), None);
    tokio::time::advance(Duration::from_millis(500)).await;
    leave(&room, 9);
    assert_eq!(told(&ana), Some((vec![], vec![9])));
}
