//! Chat through the native client: what one writes the other reads, once and in order, whatever
//! happens to the sessions; in a terminal too, and under load.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use hearth_client::{
    Chat, Connection, Event, News, OggWriter, Page, People, Reading, Room, Sound, Source, Tone,
    Who,
    chat_load::{self, Plan},
    download,
};
use hearth_protocol::{
    Body, Change, ChatMessage, Conversation, ErrorCode, SendText, ServerMessage,
};
use hearth_tests::{Server, program};
use tokio::time::timeout;

use super::SOON;

struct Writer {
    connection: Connection,
    room: Room,
    chat: Chat,
}

impl Writer {
    async fn enter(server: &Server, name: &str) -> Self {
        let url = format!("http://{}", server.http());
        let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
        let room = Room::join(&connection, "general").await.unwrap();
        let chat = Chat::room(&connection, "general");
        Self { connection, room, chat }
    }
}

async fn news(reading: &mut Reading) -> News {
    timeout(SOON, reading.next()).await.unwrap().unwrap()
}

async fn change(reading: &mut Reading) -> Change {
    match news(reading).await {
        News::Entry(entry) => entry.change,
        other => panic!("{other:?}"),
    }
}

fn said(message: &ChatMessage) -> &str {
    match &message.body {
        Body::Text { text } => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_writes_the_other_reads() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let ana = Writer::enter(&server, "Ana").await;
    let bo = Writer::enter(&server, "Bo").await;
    let (history, mut reading) = Reading::open(&bo.chat, 50).await.unwrap();
    assert!(history.messages.is_empty());

    ana.chat.typing(true).await.unwrap();
    let typing = News::Typing { name: "Ana".into(), typing: true };
    assert_eq!(news(&mut reading).await, typing);
    let sent = ana.chat.say("héllo <b>").await.unwrap();
    assert_eq!(sent.position.seq, 1);
    // Whoever writes is no longer typing.
    let next = loop {
        match news(&mut reading).await {
            News::Typing { typing, .. } => assert!(!typing),
            other => break other,
        }
    };
    let News::Entry(entry) = next else { panic!("{next:?}") };
    assert_eq!((entry.seq, entry.tag), (1, sent.position.tag));
    let Change::Message { message } = entry.change else { panic!() };
    assert_eq!((said(&message), &message.id), ("héllo <b>", &sent.message));

    bo.chat.react(1, "👍", true).await.unwrap();
    ana.chat.edit(1, "hello").await.unwrap();
    ana.chat.say("second").await.unwrap();
    ana.chat.delete(4).await.unwrap();
    let Change::Reacted { on: true, reactions, .. } = change(&mut reading).await else { panic!() };
    assert_eq!((reactions[0].emoji.as_str(), reactions[0].count), ("👍", 1));
    let Change::Edited { of: 1, text, .. } = change(&mut reading).await else { panic!() };
    assert_eq!(text, "hello");
    assert!(matches!(change(&mut reading).await, Change::Message { .. }));
    assert!(matches!(change(&mut reading).await, Change::Deleted { of: 4, .. }));
    assert_eq!(reading.position().seq, 5);

    let mark = bo.chat.read(1).await.unwrap();
    assert_eq!((mark.seq, mark.unread), (1, 1));
    let refused = bo.chat.edit(1, "not mine").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));

    // Pages follow each other back to the beginning.
    for n in 0..6 {
        ana.chat.say(&format!("straw {n}")).await.unwrap();
    }
    let (mut before, mut found) = (u64::MAX >> 11, Vec::new());
    loop {
        let page = bo.chat.history(Page::Before(before), 3).await.unwrap();
        before = page.messages[0].seq;
        found.splice(0..0, page.messages);
        if !page.more_before {
            break;
        }
    }
    assert_eq!(found.iter().map(|it| it.seq).collect::<Vec<_>>(), [1, 4, 6, 7, 8, 9, 10, 11]);
    let hits = bo.chat.search("straw", None).await.unwrap().hits;
    assert_eq!(hits.iter().map(|hit| hit.message.seq).collect::<Vec<_>>(), [11, 10, 9, 8, 7, 6]);

    // The same message sent again is the same message.
    let again = SendText {
        conversation: ana.chat.conversation().clone(),
        message: sent.message,
        text: "héllo <b>".into(),
        reply_to: None,
        mentions: Vec::new(),
    };
    assert_eq!(ana.chat.send(again).await.unwrap().position, sent.position);
    ana.connection.close().await;
    bo.connection.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_write_to_each_other_alone() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let ana = Writer::enter(&server, "Ana").await;
    let bo = Writer::enter(&server, "Bo").await;
    let identity = |writer: &Writer| writer.connection.welcome().identity;
    let to_bo = Chat::with(&ana.connection, identity(&bo));
    let to_ana = Chat::with(&bo.connection, identity(&ana));
    let (_, mut reading) = Reading::open(&to_ana, 50).await.unwrap();
    to_bo.say("psst").await.unwrap();
    let Change::Message { message } = change(&mut reading).await else { panic!() };
    assert_eq!((said(&message), message.author.name.as_str()), ("psst", "Ana"));
    to_ana.read(1).await.unwrap();
    let directs = Chat::directs(&ana.connection).await.unwrap();
    assert_eq!((directs.len(), directs[0].read_by_other), (1, 1));
    assert_eq!(directs[0].person.name, "Bo");
    assert!(bo.chat.history(Page::Newest, 9).await.unwrap().messages.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_comes_once_and_in_order_whatever_happens_to_the_session() {
    // A session that is cut is lost: what was missed has to be asked for.
    let settings = [("limits.enabled", "false"), ("session.resume_ms", "0")];
    let server = Server::start(&settings);
    let ana = Writer::enter(&server, "Ana").await;
    let bo = Writer::enter(&server, "Bo").await;
    let (_, mut reading) = Reading::open(&bo.chat, 50).await.unwrap();
    let writing = async {
        for n in 1..=120 {
            if n % 40 == 20 {
                bo.connection.reconnect().await;
            }
            ana.chat.say(&format!("message {n}")).await.unwrap();
        }
    };
    let following = async {
        for n in 1..=120 {
            let entry = loop {
                match news(&mut reading).await {
                    News::Entry(entry) => break entry,
                    News::Typing { .. } => {}
                    other => panic!("{other:?}"),
                }
            };
            let Change::Message { message } = entry.change else { panic!() };
            assert_eq!((entry.seq, said(&message)), (n, format!("message {n}").as_str()));
        }
    };
    tokio::join!(writing, following);
    // And one is inside again.
    bo.chat.say("here").await.unwrap();
    let inside = |people: &People| people.named("Bo").is_some();
    timeout(SOON, ana.room.until(inside)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_is_sent_and_heard() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let path = std::env::temp_dir().join(format!("hearth-sound-{}.ogg", std::process::id()));
    let mut file = OggWriter::create(&path, 1).unwrap();
    let mut tone = Tone::new(440.0, 0.5).unwrap();
    for _ in 0..100 {
        let frame = tone.next().unwrap().unwrap();
        file.write(frame.opus(), frame.samples()).unwrap();
    }
    file.finish().unwrap();
    let sound = Sound::open(&path).unwrap();
    assert_eq!((sound.duration_ms, sound.peaks.len()), (2_000, 64));
    assert!(sound.peaks[10] > 200, "{:?}", sound.peaks);

    let ana = Writer::enter(&server, "Ana").await;
    let bo = Writer::enter(&server, "Bo").await;
    let (_, mut reading) = Reading::open(&bo.chat, 50).await.unwrap();
    let blob = sound.upload(&ana.connection).await.unwrap();
    // Before it is in a message it is its owner's.
    let refused = download(&bo.connection, &blob).await.unwrap_err();
    assert!(refused.to_string().contains("404"), "{refused}");
    ana.chat.send_sound(blob.clone(), &sound).await.unwrap();
    let Change::Message { message } = change(&mut reading).await else { panic!() };
    let Body::Voice { blob: told, duration_ms, peaks, mime, .. } = message.body else { panic!() };
    assert_eq!((&told, duration_ms, &peaks), (&blob, 2_000, &sound.peaks));
    assert_eq!(mime, "audio/ogg");
    assert_eq!(download(&bo.connection, &told).await.unwrap(), sound.bytes());

    // The command does the same.
    let url = format!("http://{}", server.http());
    let status = Command::new(program("hearth-client"))
        .args(["--server", &url, "--name", "Cy", "voice-message", "general"])
        .arg(&path)
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let Change::Message { message } = change(&mut reading).await else { panic!() };
    assert!(matches!(message.body, Body::Voice { .. }) && message.author.name == "Cy");
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_can_chat_in_a_terminal() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let url = format!("http://{}", server.http());
    let bo = Writer::enter(&server, "Bo").await;
    bo.chat.say("are you there?").await.unwrap();
    let identity = bo.connection.welcome().identity;
    let mut events = bo.connection.events();
    let chat = |name: &str| {
        let mut command = Command::new(program("hearth-client"));
        command.args(["--server", &url, "--name", name]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut ana = chat("Ana").args(["chat", "general"]).spawn().unwrap();
    let mut typed = ana.stdin.take().unwrap();
    let lines = "yes!\n/react 1 👍\n/dm Bo psst\n/edit 2 yes.\n/search there\n/who\n/dm Nobody x\n";
    typed.write_all(lines.as_bytes()).unwrap();
    drop(typed);
    let ended = tokio::task::spawn_blocking(move || ana.wait_with_output().unwrap());
    let output = timeout(SOON, ended).await.unwrap().unwrap();
    let (shown, noted) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{noted}");
    assert!(shown.contains("#1 Bo: are you there?"), "{shown}");
    assert!(noted.contains("found: 1") && noted.contains("here: "), "{noted}");
    assert!(noted.contains("nobody here is called Nobody"), "{noted}");

    let history = bo.chat.history(Page::Newest, 9).await.unwrap().messages;
    assert_eq!(history.iter().map(said).collect::<Vec<_>>(), ["are you there?", "yes."]);
    assert_eq!(history[0].reactions[0].emoji, "👍");
    let whispered = async {
        loop {
            if let Event::Told(told) = events.recv().await.unwrap()
                && let ServerMessage::ChatEntry { conversation, entry } = &*told
                && let Conversation::Person(from) = conversation
                && let Change::Message { message } = &entry.change
            {
                break (from.clone(), said(message).to_owned());
            }
        }
    };
    let (from, text) = timeout(SOON, whispered).await.unwrap();
    assert!(from != identity && text == "psst");

    // One message, without a terminal.
    let sent = chat("Cy").args(["send", "general", "from a script"]).output().unwrap();
    assert!(sent.status.success());
    assert_eq!(String::from_utf8_lossy(&sent.stdout), "stored as #5\n");
    let refused = chat("Cy").args(["send", "nowhere", "x"]).output().unwrap();
    assert!(!refused.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_nothing_is_lost_duplicated_or_out_of_order() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let plan = Plan {
        server: format!("http://{}", server.http()),
        senders: 4,
        readers: 20,
        rate: 60,
        duration: Duration::from_secs(3),
        rooms: 2,
        server_pid: Some(server.pid()),
    };
    let load = tokio::task::spawn_blocking(move || chat_load::run(&plan, |_| {}));
    let report = load.await.unwrap().unwrap();
    println!("{report}");
    assert!(report.sent >= 300, "{report}");
    assert_eq!(report.acknowledged, report.sent, "{report}");
    assert_eq!(report.deliveries, report.acknowledged * 24, "{report}");
    let wrong = [report.lost, report.duplicated, report.misordered, report.numbered_twice];
    assert_eq!(wrong, [0; 4], "{report}");
    assert_eq!([report.refused, report.unanswered, report.failed], [0; 3], "{report}");
    assert!(report.server.is_some_and(|server| server.cpu_us_per_delivery > 0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_who_join_at_once_cost_little() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let url = format!("http://{}", server.http());
    let storm = tokio::task::spawn_blocking(move || chat_load::storm(&url, 200, |_| {}));
    let storm = storm.await.unwrap().unwrap();
    println!("{storm}");
    assert_eq!(storm.failed, 0, "{storm}");
    // At least each one's own answer.
    assert!(storm.frames >= 200, "{storm}");
    assert!(storm.frames <= 2_000 && storm.bytes <= 2_000_000, "{storm}");
}
