//! Who may ask for what: every message and every HTTP route, by everybody.
//!
//! The rows come from the messages that there are and from the routes that the server describes; one
//! without a row does not compile, or fails. After whatever changed the scene there is a new one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the tests of the sign-in use the rest of it")]
mod signed;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use std::{collections::BTreeMap, fs};

use hearth_protocol::{ClientMessage, Request};
use raw::Running;
use serde_json::{Value, json};
use signed::{SECRET, claims, signed};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n[rooms]\nlist_interval_ms = 50\n";
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");

/// Who asks, in the order of the columns. `stranger` was never inside, `ex` was kicked.
const ACTORS: [&str; 7] = ["anonymous", "stranger", "ex", "banned", "member", "moderator", "owner"];

/// Who came in by the host's own sign-in: what that makes of them in the room, and as which of
/// [`ACTORS`] they are answered, but for what [`Signed::cell`] says.
const SIGNED: [Signed; 4] = [
    Signed { actor: "elsewhere", role: None, like: 1 },
    Signed { actor: "signed member", role: Some("member"), like: 4 },
    Signed { actor: "signed moderator", role: Some("moderator"), like: 5 },
    Signed { actor: "signed owner", role: Some("owner"), like: 6 },
];

struct Signed {
    actor: &'static str,
    role: Option<&'static str>,
    like: usize,
}

impl Signed {
    fn token(&self) -> String {
        let mut rooms = json!([{ "room": "music" }]);
        if let Some(role) = self.role {
            rooms.as_array_mut().unwrap().push(json!({ "room": "den", "role": role }));
        }
        signed(&claims(self.actor, json!({ "name": self.actor, "rooms": rooms })))
    }

    /// What the row comes to for them. No room but those that are named lets them in, and they
    /// open none.
    fn cell(&self, row: &Row) -> &'static str {
        let kind = row.ask["type"].as_str().unwrap();
        let is_of_room = row.ask["conversation"]["room"].is_string() || kind == "room:join";
        let is_outside = self.role.is_none() && is_of_room;
        if kind == "room:create" || is_outside { "forbidden" } else { row.cells[self.like] }
    }

    /// As [`statuses`], but that to be named is to be let in, and that what two people have between
    /// them is nobody else's.
    fn status(&self, method: &str, path: &str) -> u16 {
        match path {
            "/whip/{room}" | "/whep/{room}" if self.role.is_some() => 422,
            "/api/blobs/{direct}" => 404,
            _ => statuses(method, path)[self.like],
        }
    }

    /// The request as they make it: whoever is not let into the locked room does it in an open one.
    fn ask(&self, row: &Row) -> Value {
        if self.role.is_some() {
            return row.ask.clone();
        }
        serde_json::from_str(&row.ask.to_string().replace(r#""den""#, r#""general""#)).unwrap()
    }
}

/// A locked room with everybody in their place, a message of each who was ever inside, and one who is
/// acted on.
struct Scene {
    server: Running,
    wires: BTreeMap<&'static str, Wire>,
    /// The numbers of what they wrote.
    wrote: BTreeMap<&'static str, u64>,
    /// A sound in the room, and one between the owner and the member.
    sounds: [String; 2],
    target: Wire,
    number: Value,
}

impl Scene {
    async fn new() -> Self {
        let server = Running::start(&format!("{QUIET}[auth]\nsecret = \"{SECRET}\"\n")).await;
        let mut wires = BTreeMap::from([("anonymous", Wire::open(server.address).await)]);
        for (n, actor) in ACTORS.into_iter().enumerate().skip(1) {
            let from = format!("127.0.1.{n}");
            wires.insert(actor, Wire::guest_from(server.address, actor, &from).await);
        }
        let mut owner = wires.remove("owner").unwrap();
        let create =
            json!({ "type": "room:create", "name": "Den", "icon": "🌿", "password": "sesame" });
        owner.done(create).await;
        owner.join("den").await;
        wires.insert("owner", owner);
        let join = json!({ "type": "room:join", "room": "den", "password": "sesame" });
        let mut wrote = BTreeMap::new();
        let mut numbers = BTreeMap::new();
        for (n, actor) in ACTORS.into_iter().enumerate().skip(2) {
            let wire = wires.get_mut(actor).unwrap();
            let ack = wire.request(join.clone()).await;
            numbers.insert(actor, ack["result"]["snapshot"]["you"].clone());
            wrote.insert(actor, seq(&wire.request(text("den", n, "mine")).await));
        }
        for (n, it) in SIGNED.into_iter().enumerate() {
            let mut wire = Wire::open_from(server.address, [127, 0, 2, 1].into()).await;
            let welcome = wire.hello(json!({ "token": it.token() })).await;
            assert_eq!(welcome["type"], "hello", "{welcome}");
            if it.role.is_some() {
                wire.join("den").await;
                wrote.insert(it.actor, seq(&wire.request(text("den", 30 + n, "mine")).await));
            }
            wires.insert(it.actor, wire);
        }
        let mut target = Wire::guest_from(server.address, "target", "127.0.1.9").await;
        let ack = target.request(join).await;
        let number = ack["result"]["snapshot"]["you"].clone();
        wrote.insert("target", seq(&target.request(text("den", 9, "mine")).await));
        let member = wires["member"].identity();
        let sounds = [
            sound(&server, &mut target, json!({ "room": "den" }), 20).await,
            sound(&server, wires.get_mut("owner").unwrap(), json!({ "person": member }), 21).await,
        ];
        let (moderator, banned) = (wires["moderator"].identity(), wires["banned"].identity());
        let owner = wires.get_mut("owner").unwrap();
        owner.done(json!({ "type": "room:role", "room": "den", "identity": moderator, "role": "moderator" })).await;
        owner.done(json!({ "type": "room:ban", "room": "den", "identity": banned })).await;
        owner.done(json!({ "type": "room:kick", "number": numbers["ex"] })).await;
        Self { server, wires, wrote, sounds, target, number }
    }

    /// What somebody's request comes to: `ok`, or the code of its refusal.
    async fn ask(&mut self, actor: &str, request: Value) -> String {
        let answer = self.wires.get_mut(actor).unwrap().request(request).await;
        match answer["type"].as_str() {
            Some("error") => answer["code"].as_str().unwrap().to_owned(),
            _ => "ok".into(),
        }
    }

    fn authorization(&self, actor: &str) -> String {
        match self.wires[actor].welcome["token"].as_str() {
            Some(token) => format!("Authorization: Bearer {token}\r\n"),
            None => String::new(),
        }
    }
}

fn text(room: &str, n: usize, text: &str) -> Value {
    let id = format!("{n:032x}");
    json!({ "type": "chat:send", "conversation": { "room": room }, "message": id, "text": text })
}

fn seq(ack: &Value) -> u64 {
    ack["result"]["position"]["seq"].as_u64().unwrap_or_else(|| panic!("{ack}"))
}

async fn sound(server: &Running, wire: &mut Wire, conversation: Value, n: usize) -> String {
    let token = wire.welcome["token"].as_str().unwrap();
    let headers = format!("Authorization: Bearer {token}\r\n");
    let bytes = include_bytes!("sounds/firefox.ogg");
    let kept = server.ask("POST", "/api/blobs", &headers, bytes).await.json();
    let blob = kept["blob"].as_str().unwrap().to_owned();
    let message = format!("{n:032x}");
    let send = json!({ "type": "chat:voice", "conversation": conversation, "message": message,
        "blob": blob, "duration_ms": 1500, "peaks": [1] });
    wire.done(send).await;
    blob
}

/// What is asked, and what it comes to for each of [`ACTORS`].
struct Row {
    ask: Value,
    cells: [&'static str; 7],
}

/// Those of one message. A new message does not compile without any. What stands in capitals becomes
/// what it is in the scene.
#[rustfmt::skip]
fn rows(message: &ClientMessage) -> Vec<(Value, [&'static str; 7])> {
    const H: &str = "hello_expected";
    const F: &str = "forbidden";
    const B: &str = "banned";
    const OUT: &str = "not_in_room";
    const NOBODY: &str = "participant_not_found";
    const MUTE: &str = "not_in_voice";
    const NONE: &str = "person_not_found";
    const CALL: &str = "call_not_found";
    const SOUND: &str = "blob_not_found";
    const GONE: &str = "message_not_found";
    let den = json!({ "room": "den" });
    // What is between two is nobody else's to name: everybody has one's own with the target, where no
    // message has that number.
    let direct = json!({ "person": "TARGET" });
    match message {
        //                                                                           anonymous stranger  ex      banned  member  moderator owner
        ClientMessage::Hello(_) => vec![(json!({ "protocol": 1, "name": "Newcomer" }), ["ok",  H,        H,      H,      H,      H,        H])],
        ClientMessage::Ping { .. } => vec![(json!({}),                               [H,       "ok",     "ok",   "ok",   "ok",   "ok",     "ok"])],
        ClientMessage::RoomList {} => vec![(json!({}),                               [H,       "ok",     "ok",   "ok",   "ok",   "ok",     "ok"])],
        ClientMessage::RoomCreate(_) => vec![(json!({ "name": "New", "icon": "🌿" }), [H,      "ok",     "ok",   "ok",   "ok",   "ok",     "ok"])],
        ClientMessage::RoomJoin(_) => vec![
            (json!({ "room": "den" }),                                               [H, "wrong_password", "wrong_password", B, "ok", "ok", "ok"]),
            (json!({ "room": "den", "password": "no" }),                             [H, "wrong_password", "wrong_password", B, "ok", "ok", "ok"]),
            (json!({ "room": "den", "password": "sesame" }),                         [H,       "ok",     "ok",   B,      "ok",   "ok",     "ok"]),
        ],
        ClientMessage::RoomLeave {} => vec![(json!({}),                              [H,       OUT,      OUT,    OUT,    "ok",   "ok",     "ok"])],
        ClientMessage::RoomEdit(_) => vec![
            (json!({ "room": "den", "topic": "Other" }),                             [H,       F,        F,      F,      F,      "ok",     "ok"]),
            (json!({ "room": "den", "name": "Other" }),                              [H,       F,        F,      F,      F,      F,        "ok"]),
            (json!({ "room": "den", "icon": "🎮" }),                                 [H,       F,        F,      F,      F,      F,        "ok"]),
            (json!({ "room": "den", "password": "" }),                               [H,       F,        F,      F,      F,      F,        "ok"]),
            (json!({ "room": "den", "max_participants": 9 }),                        [H,       F,        F,      F,      F,      F,        "ok"]),
            (json!({ "room": "den", "hidden": true }),                               [H,       F,        F,      F,      F,      F,        "ok"]),
        ],
        ClientMessage::RoomDelete(_) => vec![(json!({ "room": "den" }),              [H,       F,        F,      F,      F,      F,        "ok"])],
        ClientMessage::RoomRole(_) => vec![
            (json!({ "room": "den", "identity": "TARGET", "role": "moderator" }),    [H,       F,        F,      F,      F,      F,        "ok"]),
            (json!({ "room": "den", "identity": "OWN", "role": "owner" }),           [H,       F,        F,      F,      F,      F,        F]),
        ],
        ClientMessage::RoomKick(_) => vec![(json!({ "number": "NUMBER" }),           [H,       NOBODY,   NOBODY, NOBODY, F,      "ok",     "ok"])],
        ClientMessage::RoomBan(_) => vec![
            (json!({ "room": "den", "identity": "TARGET" }),                         [H,       F,        F,      F,      F,      "ok",     "ok"]),
            (json!({ "room": "den", "identity": "OWN" }),                            [H,       F,        F,      F,      F,      F,        F]),
            (json!({ "room": "den", "identity": "OWNER" }),                          [H,       F,        F,      F,      F,      F,        F]),
        ],
        ClientMessage::RoomUnban(_) => vec![(json!({ "room": "den", "identity": "BANNED" }), [H, F,      F,      F,      F,      "ok",     "ok"])],
        ClientMessage::RoomBans(_) => vec![(json!({ "room": "den" }),                [H,       F,        F,      F,      F,      "ok",     "ok"])],
        ClientMessage::RoomMute(_) => vec![(json!({ "number": "NUMBER", "muted": true }), [H,  NOBODY,   NOBODY, NOBODY, F,      "ok",     "ok"])],
        ClientMessage::RoomDeafen(_) => vec![(json!({ "number": "NUMBER", "deafened": true }), [H, NOBODY, NOBODY, NOBODY, F,    "ok",     "ok"])],
        ClientMessage::RoomMove(_) => vec![(json!({ "number": "NUMBER", "room": "music" }), [H, NOBODY,  NOBODY, NOBODY, F,      "ok",     "ok"])],
        ClientMessage::VoiceJoin(_) => vec![(json!({ "offer": "v=0" }),              [H,       OUT,      OUT,    OUT,    "offer_invalid", "offer_invalid", "offer_invalid"])],
        ClientMessage::VoiceRestart(_) => vec![(json!({ "offer": "v=0" }),           [H,       OUT,      OUT,    OUT,    MUTE,   MUTE,     MUTE])],
        ClientMessage::VoiceMute(_) => vec![(json!({ "muted": false }),              [H,       OUT,      OUT,    OUT,    MUTE,   MUTE,     MUTE])],
        ClientMessage::VoiceDeafen(_) => vec![(json!({ "deafened": false }),         [H,       OUT,      OUT,    OUT,    MUTE,   MUTE,     MUTE])],
        ClientMessage::VoiceBlock(_) => vec![(json!({ "number": "NUMBER", "blocked": true }), [H, OUT,   OUT,    OUT,    "ok",   "ok",     "ok"])],
        ClientMessage::VoiceLeave {} => vec![(json!({}),                             [H,       OUT,      OUT,    OUT,    MUTE,   MUTE,     MUTE])],
        ClientMessage::ChatSend(_) => vec![
            (json!({ "conversation": den, "message": "f".repeat(32), "text": "x" }), [H,       F,        F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": { "person": "TARGET" }, "message": "f".repeat(32), "text": "x" }), [H, "ok", "ok", "ok", "ok", "ok", "ok"]),
        ],
        ClientMessage::ChatVoice(_) => vec![
            (json!({ "conversation": den, "message": "f".repeat(32), "blob": "0".repeat(32), "duration_ms": 9, "peaks": [1] }),
                                                                                     [H,       F,        F,      B,      "blob_not_found", "blob_not_found", "blob_not_found"]),
            (json!({ "conversation": direct, "message": "f".repeat(32), "blob": "0".repeat(32), "duration_ms": 9, "peaks": [1] }), [H, SOUND, SOUND, SOUND, SOUND, SOUND, SOUND]),
        ],
        ClientMessage::ChatEdit(_) => vec![
            (json!({ "conversation": den, "of": "WROTE", "text": "y" }),             [H,       F,        F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": den, "of": "OTHERS", "text": "y" }),            [H,       F,        F,      B,      F,      F,        F]),
            (json!({ "conversation": direct, "of": 99, "text": "y" }),               [H, GONE, GONE, GONE, GONE, GONE, GONE]),
        ],
        ClientMessage::ChatDelete(_) => vec![
            (json!({ "conversation": den, "of": "WROTE" }),                          [H,       F,        F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": den, "of": "OTHERS" }),                         [H,       F,        F,      B,      F,      "ok",     "ok"]),
            (json!({ "conversation": direct, "of": 99 }),                            [H, GONE, GONE, GONE, GONE, GONE, GONE]),
        ],
        ClientMessage::ChatReact(_) => vec![(json!({ "conversation": den, "of": "OTHERS", "emoji": "🌿", "on": true }), [H, F, F, B, "ok", "ok",  "ok"]),
            (json!({ "conversation": direct, "of": 99, "emoji": "🌿", "on": true }), [H, GONE, GONE, GONE, GONE, GONE, GONE])],
        ClientMessage::ChatTyping(_) => vec![(json!({ "conversation": den, "typing": true }), [H, F,     F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": direct, "typing": true }), [H, "ok", "ok", "ok", "ok", "ok", "ok"])],
        ClientMessage::ChatRead(_) => vec![(json!({ "conversation": den, "seq": 1 }), [H,      F,        F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": direct, "seq": 1 }), [H, "ok", "ok", "ok", "ok", "ok", "ok"])],
        ClientMessage::ChatHistory(_) => vec![(json!({ "conversation": den }),       [H,       F,        F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": direct }), [H, "ok", "ok", "ok", "ok", "ok", "ok"])],
        ClientMessage::ChatCatchUp(_) => vec![(json!({ "conversation": den, "position": { "epoch": "", "seq": 0, "tag": 0 } }), [H, F, F, B, "ok", "ok", "ok"]),
            (json!({ "conversation": direct, "position": { "epoch": "", "seq": 0, "tag": 0 } }), [H, "ok", "ok", "ok", "ok", "ok", "ok"])],
        ClientMessage::ChatSearch(_) => vec![(json!({ "conversation": den, "words": "mine" }), [H, F,    F,      B,      "ok",   "ok",     "ok"]),
            (json!({ "conversation": direct, "words": "mine" }), [H, "ok", "ok", "ok", "ok", "ok", "ok"])],
        ClientMessage::DirectList {} => vec![(json!({}),                             [H,       "ok",     "ok",   "ok",   "ok",   "ok",     "ok"])],
        ClientMessage::ProfileSet(_) => vec![(json!({ "status": "x" }),             [H,       "ok",     "ok",   "ok",   "ok",   "ok",     "ok"])],
        ClientMessage::CallStart(_) => vec![
            (json!({ "person": "TARGET" }),                                          [H,       "ok",     "ok",   "ok",   "ok",   "ok",     "ok"]),
            (json!({ "person": "OWN" }),                                             [H, NONE, NONE, NONE, NONE, NONE, NONE]),
        ],
        ClientMessage::CallAccept(_) | ClientMessage::CallDecline(_) | ClientMessage::CallEnd(_) => vec![
            (json!({ "call": "0".repeat(32) }),                                      [H, CALL, CALL, CALL, CALL, CALL, CALL]),
        ],
    }
}

/// The rows of every message that there is.
fn all_rows() -> Vec<Row> {
    let mut all = Vec::new();
    for kind in ClientMessage::TYPES {
        let file = format!("{GOLDEN}/client-{}.json", kind.replace(':', "-"));
        let request: Request = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for (mut ask, cells) in rows(&request.message) {
            ask["type"] = kind.into();
            all.push(Row { ask, cells });
        }
    }
    all
}

/// The request with what the scene has in place of the words in capitals.
fn filled(ask: &Value, scene: &Scene, actor: &str) -> Value {
    match ask {
        Value::Object(fields) => {
            fields.iter().map(|(name, it)| (name.clone(), filled(it, scene, actor))).collect()
        }
        Value::String(word) => match word.as_str() {
            "TARGET" => scene.target.identity(),
            "OWN" => scene.wires[actor].identity(),
            "OWNER" if actor == "signed owner" => scene.wires[actor].identity(),
            "OWNER" => scene.wires["owner"].identity(),
            "BANNED" => scene.wires["banned"].identity(),
            "NUMBER" => scene.number.clone(),
            "WROTE" => json!(scene.wrote.get(actor).unwrap_or(&1)),
            "OTHERS" => json!(scene.wrote["target"]),
            _ => ask.clone(),
        },
        _ => ask.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_is_answered_as_the_table_says() {
    let rows = all_rows();
    assert!(rows.len() >= ClientMessage::TYPES.len());
    let mut wrong = Vec::new();
    for (column, actor) in ACTORS.into_iter().enumerate() {
        let asked = rows.iter().map(|row| (row.ask.clone(), row.cells[column]));
        wrong.extend(tried(actor, asked).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_makes_of_somebody_what_it_says_and_lets_them_nowhere_else() {
    let rows = all_rows();
    let mut wrong = Vec::new();
    for signed in SIGNED {
        let asked = rows.iter().map(|row| (signed.ask(row), signed.cell(row)));
        wrong.extend(tried(signed.actor, asked).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Asks for everything as this actor; what came to something else than it should.
async fn tried(
    actor: &'static str,
    asked: impl Iterator<Item = (Value, &'static str)>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut scene = Scene::new().await;
    for (ask, expected) in asked {
        let request = match actor {
            // Nobody yet: what is asked is refused before it is looked at.
            "anonymous" => {
                scene.wires.insert(actor, Wire::open(scene.server.address).await);
                filled(&ask, &scene, "owner")
            }
            _ => filled(&ask, &scene, actor),
        };
        let came_to = scene.ask(actor, request).await;
        if came_to != expected {
            wrong.push(format!("{actor}: {ask} came to {came_to}, not {expected}"));
        }
        // What was done is not undone: the next is tried elsewhere.
        if came_to == "ok" && actor != "anonymous" && changes(&ask) {
            scene = Scene::new().await;
        }
    }
    wrong
}

/// Whether what comes after it could be answered otherwise.
fn changes(ask: &Value) -> bool {
    let kind = ask["type"].as_str().unwrap();
    kind.starts_with("room:") && !["room:list", "room:create", "room:bans"].contains(&kind)
        || ["chat:delete", "call:start"].contains(&kind)
}

/// What each route answers to each of [`ACTORS`]; anonymous without a token.
#[rustfmt::skip]
fn statuses(method: &str, path: &str) -> [u16; 7] {
    match (method, path) {
        //                                                                  anonymous stranger ex banned member moderator owner
        ("get", "/api/rooms" | "/api/health" | "/api/ready" | "/api/stats" | "/metrics") => [200; 7],
        ("post", "/api/blobs") =>                                           [401, 415, 415, 415, 415, 415, 415],
        ("put", "/api/blobs/cookie") =>                                     [401, 204, 204, 204, 204, 204, 204],
        ("delete", "/api/blobs/cookie") =>                                  [204; 7],
        ("get" | "head", "/api/blobs/{id}") =>                              [401, 404, 404, 404, 200, 200, 200],
        ("get" | "head", "/api/blobs/{direct}") =>                          [401, 404, 404, 404, 200, 404, 200],
        // The offer makes no sense: 422 is as far as one comes who may. Being inside is no key.
        ("post", "/whip/{room}" | "/whep/{room}") =>                        [403, 403, 403, 403, 403, 422, 422],
        // Whoever knows the secret address may; nobody else does.
        ("patch" | "delete", "/whip/{room}/{id}" | "/whep/{room}/{id}") =>  [404; 7],
        _ => panic!("{method} {path} has no row"),
    }
}

#[tokio::test]
async fn every_route_answers_as_the_table_says() {
    let scene = Scene::new().await;
    let described = scene.server.get("/api/openapi.json", "").await.json();
    let mut routes: Vec<(String, String)> = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        let methods = methods.filter(|method| *method != "parameters" && *method != "options");
        routes.extend(methods.map(|method| (method.clone(), path.clone())));
    }
    assert!(routes.len() >= 16, "{routes:?}");
    routes.push(("get".into(), "/api/blobs/{direct}".into()));
    let mut wrong = Vec::new();
    for (method, path) in &routes {
        let guests = ACTORS.into_iter().zip(statuses(method, path));
        let signed = SIGNED.iter().map(|it| (it.actor, it.status(method, path)));
        for (actor, expected) in guests.chain(signed) {
            let [sound, direct] = &scene.sounds;
            let is_voice = path.starts_with("/whip") || path.starts_with("/whep");
            let id = if is_voice { "0123" } else { sound.as_str() };
            let mut at =
                path.replace("{id}", id).replace("{direct}", direct).replace("{room}", "den");
            let mut headers = scene.authorization(actor);
            if method == "post" && is_voice {
                headers += "Content-Type: application/sdp\r\n";
                if actor == "anonymous" {
                    at += "?name=Guest";
                }
            }
            let body = if method == "get" || method == "head" { "" } else { "v=0\r\n" };
            let asked = method.to_ascii_uppercase();
            let reply = scene.server.ask(&asked, &at, &headers, body.as_bytes()).await;
            if reply.status != expected {
                wrong.push(format!(
                    "{actor}: {method} {at} came to {}, not {expected}",
                    reply.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
