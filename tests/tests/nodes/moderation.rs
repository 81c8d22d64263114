//! What moderators do on one node bites on the other, where sockets and voices of those are to whom
//! it is done; and where nobody does it, that is said.

use std::time::Duration;

use hearth_client::{Connection, Listening, Room, Setup, Tone, Voice, Who};
use hearth_protocol::ParticipantNumber;
use hearth_tests::Server;
use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{
    house::{HEALED_BY, House, done, hear, hear_change, list},
    wire::Wire,
};

/// A room of Ana's, who is inside on the one node; both nodes know of it.
async fn den(house: &House) -> Wire {
    let [mut ana, mut lookout] = house.guests().await;
    list(&mut lookout).await;
    done(&mut ana, json!({ "type": "room:create", "name": "Den", "icon": "🌿" })).await;
    hear_change(&mut lookout, "den", |it| it["summary"].is_object()).await;
    lookout.close(1000).await;
    ana.join("den").await;
    ana
}

async fn sees(wire: &mut Wire, number: &Value) {
    hear(wire, |it| it["type"] == "came" && it["participant"]["number"] == *number).await;
}

/// Somebody in the room with a voice.
struct Person {
    _connection: Connection,
    room: Room,
    voice: Voice,
}

impl Person {
    async fn enter(server: &Server, name: &str) -> Self {
        let url = format!("http://{}", server.http());
        let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
        let room = Room::join(&connection, "den").await.unwrap();
        let voice = Voice::join(&room, Setup::default()).await.unwrap();
        Self { _connection: connection, room, voice }
    }

    /// Begins to speak; ends with the voice.
    fn speak(&self) -> JoinHandle<()> {
        let speaker = self.voice.speaker().unwrap();
        let tone = Tone::new(440.0, 0.3).unwrap();
        tokio::spawn(async move {
            let _ = speaker.play(tone, None).await;
        })
    }
}

/// Waits until `of` is heard.
async fn sound(listening: &mut Listening, of: ParticipantNumber) {
    let heard = async { while listening.next().await.unwrap().from != of {} };
    timeout(HEALED_BY, heard).await.unwrap();
}

/// Waits until nothing of `of` has been heard for half a second.
async fn silence(listening: &mut Listening, of: ParticipantNumber) {
    let began = Instant::now();
    let mut quiet_since = Instant::now();
    while quiet_since.elapsed() < Duration::from_millis(500) {
        assert!(began.elapsed() < HEALED_BY, "never silent");
        if let Ok(heard) = timeout(Duration::from_millis(100), listening.next()).await
            && heard.unwrap().from == of
        {
            quiet_since = Instant::now();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn voice_and_hearing_are_taken_on_the_other_node_and_given_back() {
    let house = House::start().await;
    let mut ana = den(&house).await;
    let bo = Person::enter(&house.b, "Beth").await;
    let cy = Person::enter(&house.b, "Cy").await;
    let (bos, cys) = (json!(bo.room.you().0), json!(cy.room.you().0));
    sees(&mut ana, &cys).await;
    let _speaking = bo.speak();
    let mut cy_hears = cy.voice.listening();
    sound(&mut cy_hears, bo.room.you()).await;

    let mute = |muted: bool| json!({ "type": "room:mute", "number": bos, "muted": muted });
    let deafen = |it: bool| json!({ "type": "room:deafen", "number": cys, "deafened": it });
    done(&mut ana, mute(true)).await;
    silence(&mut cy_hears, bo.room.you()).await;
    let noted = |what: &'static str| {
        move |it: &Value| it["entry"]["message"]["body"]["event"]["what"] == what
    };
    hear(&mut ana, noted("server_muted")).await;
    done(&mut ana, mute(false)).await;
    sound(&mut cy_hears, bo.room.you()).await;
    done(&mut ana, deafen(true)).await;
    silence(&mut cy_hears, bo.room.you()).await;
    hear(&mut ana, noted("server_deafened")).await;
    done(&mut ana, deafen(false)).await;
    sound(&mut cy_hears, bo.room.you()).await;

    done(&mut ana, json!({ "type": "room:kick", "number": bos })).await;
    silence(&mut cy_hears, bo.room.you()).await;
    assert!(bo.voice.restart().await.is_err(), "the voice has ended");
}

#[tokio::test]
async fn whoever_is_sent_out_or_moved_on_the_other_node_is_there_no_more() {
    let house = House::start().await;
    let mut ana = den(&house).await;
    let mut bo = Wire::guest_from(house.b.http(), "Beth", "127.0.0.2").await;
    let number = bo.join("den").await["you"].clone();
    sees(&mut ana, &number).await;
    let kick = |number: &Value| json!({ "type": "room:kick", "number": number, "reason": "noise" });
    let you = ana.join("den").await["you"].clone();
    assert_eq!(bo.refused(kick(&you)).await, "forbidden");

    done(&mut ana, kick(&number)).await;
    let out = bo.hear("room:sent_out").await;
    assert_eq!((&out["room"], &out["reason"]), (&"den".into(), &"noise".into()), "{out}");
    assert_eq!(hear(&mut ana, |it| it["type"] == "left").await["number"], number);
    assert_eq!(ana.refused(kick(&number)).await, "participant_not_found");

    let number = bo.join("den").await["you"].clone();
    sees(&mut ana, &number).await;
    done(&mut ana, json!({ "type": "room:move", "number": number, "room": "music" })).await;
    let moved = bo.hear("room:moved").await;
    assert_eq!(
        (&moved["by"], &moved["snapshot"]["room"]["id"]),
        (&"Ana".into(), &"music".into()),
        "{moved}"
    );
    assert_eq!(hear(&mut ana, |it| it["type"] == "left").await["number"], number);
}

#[tokio::test]
async fn a_ban_closes_the_doors_of_the_other_node_and_is_lifted_there() {
    let house = House::start().await;
    let mut ana = den(&house).await;
    let mut bo = Wire::guest_from(house.b.http(), "Beth", "127.0.0.2").await;
    let mut beside = Wire::guest_from(house.b.http(), "Cy", "127.0.0.2").await;
    let mut far = Wire::guest_from(house.b.http(), "Dee", "127.0.0.3").await;
    let number = bo.join("den").await["you"].clone();
    sees(&mut ana, &number).await;
    let who = bo.identity();
    done(&mut ana, json!({ "type": "room:ban", "room": "den", "identity": who })).await;
    let out = bo.hear("room:sent_out").await;
    assert_eq!((&out["room"], &out["by"]), (&"den".into(), &"Ana".into()), "{out}");
    let join = || json!({ "type": "room:join", "room": "den" });
    assert_eq!(bo.refused(join()).await, "banned");
    // Their address was told by their own node.
    assert_eq!(beside.refused(join()).await, "banned");
    far.join("den").await;

    done(&mut ana, json!({ "type": "room:unban", "room": "den", "identity": who })).await;
    let open = async { while bo.request(join()).await["type"] != "ack" {} };
    timeout(HEALED_BY, open).await.unwrap();
}

#[tokio::test]
async fn where_the_other_node_does_not_answer_that_is_said() {
    let house = House::start().await;
    let mut ana = den(&house).await;
    let mut bo = Wire::guest(house.b.http(), "Beth").await;
    let number = bo.join("den").await["you"].clone();
    sees(&mut ana, &number).await;
    let House { redis: _redis, a: _a, b } = house;
    // Without a word: the process is killed, and nobody has noticed yet.
    drop(b);
    let answer = ana.request(json!({ "type": "room:kick", "number": number })).await;
    assert_eq!(answer["code"], "busy", "{answer}");
    assert!(answer["retry_after_ms"].as_u64().is_some());
    assert_eq!(hear(&mut ana, |it| it["type"] == "left").await["reason"], "lost");
}
