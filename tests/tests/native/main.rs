//! The native client against the program itself: two people with different tones hear each other,
//! muting silences, leaving is seen, a cut session goes on, and what is recorded is what was said.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod audibility;
mod calls;
mod chat;
mod moderated;
mod secure;

use std::{path::PathBuf, process::Command, time::Duration};

use hearth_client::{
    Connection, Decoded, Event, Listening, MixedRecording, OggReader, Path, Room, SAMPLE_RATE,
    Setup, Source, SplitRecording, Tone, Voice, Who, share_of_tone,
};
use hearth_protocol::{ErrorCode, ParticipantNumber};
use hearth_tests::Server;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Nothing here takes longer.
const SOON: Duration = Duration::from_secs(20);

/// One person in the room, with a voice.
struct Person {
    connection: Connection,
    room: Room,
    voice: Voice,
}

impl Person {
    async fn enter(server: &Server, name: &str, setup: Setup) -> Self {
        Self::enter_room(server, name, "general", setup).await
    }

    async fn enter_room(server: &Server, name: &str, room: &str, setup: Setup) -> Self {
        let url = format!("http://{}", server.http());
        let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
        let room = Room::join(&connection, room).await.unwrap();
        let voice = Voice::join(&room, setup).await.unwrap();
        Self { connection, room, voice }
    }

    fn number(&self) -> ParticipantNumber {
        self.room.you()
    }

    /// Begins to speak; ends with the voice.
    fn speak(&self, hz: f64) -> JoinHandle<()> {
        let speaker = self.voice.speaker().unwrap();
        let tone = Tone::new(hz, 0.3).unwrap();
        tokio::spawn(async move {
            let _ = speaker.play(tone, None).await;
        })
    }

    async fn leave(self) {
        self.voice.leave().await.unwrap();
        self.connection.close().await;
    }
}

/// A second of what is heard of one participant from now on, after the onset.
async fn second(listening: &mut Listening, of: ParticipantNumber) -> Vec<i16> {
    let mut decoded = Decoded::default();
    let mut pcm = Vec::new();
    let hearing = async {
        while pcm.len() < 57_600 {
            let heard = listening.next().await.unwrap();
            if heard.from == of {
                pcm.extend(decoded.decode(&heard).unwrap());
            }
        }
    };
    timeout(SOON, hearing).await.unwrap();
    pcm.split_off(9_600)
}

/// Waits until nothing of `of` has been heard for half a second.
async fn silence(listening: &mut Listening, of: ParticipantNumber) {
    let began = Instant::now();
    let mut quiet_since = Instant::now();
    while quiet_since.elapsed() < Duration::from_millis(500) {
        assert!(began.elapsed() < SOON, "never silent");
        if let Ok(heard) = timeout(Duration::from_millis(100), listening.next()).await
            && heard.unwrap().from == of
        {
            quiet_since = Instant::now();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_hear_each_other_and_not_themselves() {
    let server = Server::start(&[]);
    let ana = Person::enter(&server, "Ana", Setup::default()).await;
    let bo = Person::enter(&server, "Bo", Setup::default()).await;
    let speaking = [ana.speak(440.0), bo.speak(620.0)];
    let (mut ana_hears, mut bo_hears) = (ana.voice.listening(), bo.voice.listening());
    let (high, low) =
        tokio::join!(second(&mut ana_hears, bo.number()), second(&mut bo_hears, ana.number()));
    assert!(share_of_tone(&high, 620.0) > 0.9, "{}", share_of_tone(&high, 620.0));
    assert!(share_of_tone(&high, 440.0) < 0.05, "Ana hears herself");
    assert!(share_of_tone(&low, 440.0) > 0.9, "{}", share_of_tone(&low, 440.0));

    // Who speaks is seen, too.
    let speaks = |people: &hearth_client::People| {
        people.named("Ana").is_some_and(|ana| ana.voice.connected && ana.voice.speaking)
    };
    timeout(SOON, bo.room.until(speaks)).await.unwrap().unwrap();

    ana.voice.mute(true).await.unwrap();
    silence(&mut bo_hears, ana.number()).await;
    let muted = |people: &hearth_client::People| {
        people.named("Ana").is_some_and(|ana| ana.voice.muted && !ana.voice.speaking)
    };
    timeout(SOON, bo.room.until(muted)).await.unwrap().unwrap();
    ana.voice.mute(false).await.unwrap();
    second(&mut bo_hears, ana.number()).await;

    // "Mute for me" silences at one listener only.
    bo.voice.block(ana.number(), true).await.unwrap();
    silence(&mut bo_hears, ana.number()).await;
    bo.voice.block(ana.number(), false).await.unwrap();
    second(&mut bo_hears, ana.number()).await;

    let number = ana.number();
    ana.leave().await;
    let gone = |people: &hearth_client::People| !people.present.contains_key(&number);
    timeout(SOON, bo.room.until(gone)).await.unwrap().unwrap();
    bo.leave().await;
    for speaking in speaking {
        timeout(SOON, speaking).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_session_goes_on_and_the_audio_never_stopped() {
    let server = Server::start(&[]);
    let ana = Person::enter(&server, "Ana", Setup::default()).await;
    let bo = Person::enter(&server, "Bo", Setup::default()).await;
    let _speaking = ana.speak(440.0);
    let mut bo_hears = bo.voice.listening();
    second(&mut bo_hears, ana.number()).await;
    let mut told = bo.connection.events();
    let mut events = ana.connection.events();
    let before = ana.room.people().borrow().clone().unwrap();

    ana.connection.reconnect().await;
    let resumed = async {
        loop {
            match events.recv().await.unwrap() {
                Event::Resumed => break,
                Event::Anew | Event::Ended(_) => panic!("the session was lost"),
                _ => {}
            }
        }
    };
    let (low, _) = tokio::join!(second(&mut bo_hears, ana.number()), timeout(SOON, resumed));
    assert!(share_of_tone(&low, 440.0) > 0.9, "the audio was interrupted");
    assert_eq!(ana.room.people().borrow().as_ref().map(|now| now.you), Some(before.you));
    ana.voice.mute(true).await.unwrap();
    let muted =
        |people: &hearth_client::People| people.named("Ana").is_some_and(|ana| ana.voice.muted);
    timeout(SOON, bo.room.until(muted)).await.unwrap().unwrap();
    // Bo saw no leaving and no coming.
    while let Ok(event) = told.try_recv() {
        if let Event::Told(message) = event {
            let kind = serde_json::to_value(&*message).unwrap()["type"].clone();
            assert!(kind != "room:delta", "{message:?}");
        }
    }
    ana.leave().await;
    bo.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_keeps_the_voice() {
    let server = Server::start(&[]);
    let ana = Person::enter(&server, "Ana", Setup::default()).await;
    let bo = Person::enter(&server, "Bo", Setup::default()).await;
    let _speaking = ana.speak(440.0);
    let mut bo_hears = bo.voice.listening();
    second(&mut bo_hears, ana.number()).await;
    ana.voice.restart().await.unwrap();
    bo.voice.restart().await.unwrap();
    let mut path = ana.voice.path();
    timeout(SOON, path.wait_for(|path| *path == Path::Connected)).await.unwrap().unwrap();
    let low = second(&mut bo_hears, ana.number()).await;
    assert!(share_of_tone(&low, 440.0) > 0.9, "{}", share_of_tone(&low, 440.0));
    ana.leave().await;
    bo.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_recorded_is_what_was_said() {
    let server = Server::start(&[]);
    let folder = std::env::temp_dir().join(format!("hearth-native-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let ana = Person::enter(&server, "Ana", Setup { slots: Some(0), ..Setup::default() }).await;
    let ear = Person::enter(&server, "Ear", Setup { speaks: false, ..Setup::default() }).await;
    let mut hears = ear.voice.listening();
    let _speaking = ana.speak(523.0);
    second(&mut hears, ana.number()).await;

    let mixed = folder.join("mixed.ogg");
    let mut mix = MixedRecording::create(&mixed).unwrap();
    let mut split = SplitRecording::new(folder.join("split.ogg"));
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let heard = timeout(SOON, hears.next()).await.unwrap().unwrap();
        mix.add(&heard).unwrap();
        split.add(&heard).unwrap();
    }
    let length = mix.finish(std::time::Instant::now()).unwrap();
    assert!((1.9..2.3).contains(&length.as_secs_f64()), "{length:?}");
    let files = split.finish(std::time::Instant::now()).unwrap();
    assert_eq!(files.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [ana.number()]);
    for file in [mixed, files[0].1.clone()] {
        let pcm = read(&file);
        let share = share_of_tone(&pcm[9_600..pcm.len() - 9_600], 523.0);
        assert!(share > 0.9, "{share} in {}", file.display());
    }
    std::fs::remove_dir_all(folder).unwrap();
    ana.leave().await;
    ear.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_held_by_one_and_a_room_must_exist() {
    let server = Server::start(&[]);
    let url = format!("http://{}", server.http());
    let ana = Connection::open(&url, Who::guest("Ana")).await.unwrap();
    let taken = Connection::open(&url, Who::guest("ana")).await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::NameTaken));
    let nowhere = Room::join(&ana, "nowhere").await.unwrap_err();
    assert_eq!(nowhere.code(), Some(ErrorCode::RoomNotFound));
    ana.ping().await.unwrap();
    ana.close().await;
}

/// The whole of an Ogg/Opus file.
fn read(path: &PathBuf) -> Vec<i16> {
    let mut reader = OggReader::open(path).unwrap();
    let mut decoded = Decoded::default();
    let mut pcm = Vec::new();
    while let Some(frame) = reader.next().unwrap() {
        let heard = hearth_client::Heard {
            from: ParticipantNumber(1),
            opus: frame.opus().clone(),
            samples: frame.samples(),
            lost: 0,
            slot: 1,
            timestamp: 0,
            at: std::time::Instant::now(),
        };
        pcm.extend(decoded.decode(&heard).unwrap());
    }
    assert_eq!(pcm.len() as u64 % u64::from(SAMPLE_RATE / 400), 0, "whole frames");
    pcm
}

/// The command line does the same from outside, and its files satisfy other people's programs.
#[test]
fn the_command_line_talks_and_listens() {
    let Some(program) = program() else {
        panic!("hearth-client is not built: cargo build -p hearth-client");
    };
    let server = Server::start(&[]);
    let url = format!("http://{}", server.http());
    let file = std::env::temp_dir().join(format!("hearth-cli-{}.ogg", std::process::id()));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--server", &url, "--json"]).args(arguments);
        command
    };
    let mut talking = run(&["talk", "general", "--tone", "440", "--seconds", "5"]).spawn().unwrap();
    let to = file.to_str().unwrap();
    let listened = run(&["listen", "general", "--to", to, "--seconds", "2"]).status().unwrap();
    assert!(listened.success());
    assert!(talking.wait().unwrap().success());
    let pcm = read(&file);
    let share = share_of_tone(&pcm[24_000..72_000], 440.0);
    assert!(share > 0.9, "{share}");
    let rooms = run(&["rooms"]).output().unwrap();
    let rooms: serde_json::Value = serde_json::from_slice(&rooms.stdout).unwrap();
    assert_eq!(rooms[0]["id"], "general");
    assert_eq!(rooms[0]["count"], 0, "both have left");
    assert!(!run(&["talk", "nowhere", "--tone", "440"]).status().unwrap().success());
    std::fs::remove_file(file).unwrap();
}

/// `hearth-client`, from beside the test's own executable.
fn program() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let program = test.parent()?.parent()?.join("hearth-client");
    program.exists().then_some(program)
}
