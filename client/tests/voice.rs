//! Live voice between two of us, through independent peer connections in the middle.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod server;
#[path = "server/voices.rs"]
mod voices;

use std::time::Duration;

use hearth_client::{
    Connection, Decoded, Listening, Path, Room, Setup, Tone, Voice, Who, share_of_tone,
};
use hearth_protocol::ParticipantNumber;
use server::Server;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use voices::Voices;

/// A second of what is heard of one participant, once it sounds.
async fn heard(listening: &mut Listening, of: ParticipantNumber) -> Vec<i16> {
    let mut decoded = Decoded::default();
    let mut pcm = Vec::new();
    while pcm.len() < 57_600 {
        let heard = listening.next().await.unwrap();
        assert_eq!(heard.from, of);
        pcm.extend(decoded.decode(&heard).unwrap());
    }
    pcm.split_off(9_600)
}

async fn call() {
    let server = Server::start().await;
    let url = server.url();
    let (asked, mut asks) = mpsc::channel(64);
    let serving = tokio::spawn(Voices::default().serve(server, asked));
    let mut callers = Vec::new();
    for (name, hz) in [("Ana", 440.0), ("Bo", 620.0)] {
        let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
        let room = Room::join(&connection, "general").await.unwrap();
        let voice = Voice::join(&room, Setup::default()).await.unwrap();
        assert_eq!(*voice.path().borrow(), Path::Connected);
        let speaker = voice.speaker().unwrap();
        let playing =
            tokio::spawn(async move { speaker.play(Tone::new(hz, 0.3).unwrap(), None).await });
        callers.push((connection, room.you(), voice, playing));
    }
    let [(_, ana, ana_voice, _), (_, bo, bo_voice, _)] = callers.as_slice() else { unreachable!() };
    let (mut ana_hears, mut bo_hears) = (ana_voice.listening(), bo_voice.listening());
    let (high, low) = tokio::join!(heard(&mut ana_hears, *bo), heard(&mut bo_hears, *ana));
    assert!(share_of_tone(&low, 440.0) > 0.9, "{}", share_of_tone(&low, 440.0));
    assert!(share_of_tone(&high, 620.0) > 0.9, "{}", share_of_tone(&high, 620.0));

    ana_voice.mute(true).await.unwrap();
    // What is under way may still arrive; then silence.
    let muted = Instant::now();
    while timeout(Duration::from_millis(300), bo_hears.next()).await.is_ok() {
        assert!(muted.elapsed() < Duration::from_secs(5), "never silent");
    }
    ana_voice.mute(false).await.unwrap();
    assert!(bo_hears.next().await.is_some());

    let ana = *ana;
    for (connection, _, voice, playing) in callers {
        let mut listening = voice.listening();
        voice.leave().await.unwrap();
        while listening.next().await.is_some() {}
        assert!(playing.await.unwrap().is_err(), "nothing is sent after leaving");
        connection.close().await;
    }
    let mut kinds = Vec::new();
    while let Ok((number, message)) = asks.try_recv() {
        let kind = serde_json::to_value(message).unwrap()["type"].as_str().unwrap().to_owned();
        kinds.extend((number == ana.0).then_some(kind));
    }
    assert_eq!(
        kinds,
        ["room:join", "voice:join", "voice:mute", "voice:mute", "voice:leave", "room:leave"]
    );
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hear_each_other_and_muting_silences() {
    timeout(Duration::from_secs(60), call()).await.unwrap();
}
