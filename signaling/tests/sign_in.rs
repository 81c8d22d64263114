//! Sign-in by tokens of the host's own service, through every door that takes a token: who they
//! make of somebody, where they let them go, and that no other token counts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its report")]

#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
mod signed;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hearth_signaling::sign_in::SignIn;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use raw::Running;
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use signed::{SECRET, claims, in_seconds, signed, signed_as};
use wire::Wire;

const QUIET: &str = "[limits]\nenabled = false\n";
const NOT_ED25519: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6q78kUjxucrG1ozwvasFKgTwomp+
0fxvZfyfVhJ7zinGXMuAEPyFpVxN1SoGny9pM7ha9UHb7uQRJnx7gb58tg==
-----END PUBLIC KEY-----
";
/// `{"alg":"none"}`.
const NONE: &str = "eyJhbGciOiJub25lIn0";

async fn by_secret(more: &str) -> Running {
    Running::start(&format!("{QUIET}[auth]\nsecret = \"{SECRET}\"\n{more}")).await
}

/// A key of the host's service, and what belongs to it.
struct Pair {
    private: Vec<u8>,
    public: Vec<u8>,
}

impl Pair {
    fn new() -> Self {
        let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let private = private.as_ref().to_vec();
        let pair = Ed25519KeyPair::from_pkcs8(&private).unwrap();
        Self { public: pair.public_key().as_ref().to_vec(), private }
    }

    fn key(&self) -> EncodingKey {
        EncodingKey::from_ed_der(&self.private)
    }

    fn public_pem(&self) -> String {
        // What it is, and that 32 bytes follow (RFC 8410 §4).
        const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
        pem("PUBLIC", &[&HEAD[..], &self.public].concat())
    }

    fn private_pem(&self) -> String {
        pem("PRIVATE", &self.private)
    }
}

fn pem(what: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {what} KEY-----\n{}\n-----END {what} KEY-----\n", lines.join("\n"))
}

async fn by_public_key(pair: &Pair) -> Running {
    Running::start(&format!("{QUIET}[auth]\npublic_key = '''{}'''", pair.public_pem())).await
}

async fn hello(server: &Running, token: &str) -> (Wire, Value) {
    let mut wire = Wire::open(server.address).await;
    let answer = wire.hello(json!({ "token": token })).await;
    (wire, answer)
}

async fn enter(server: &Running, claims: &Value) -> Wire {
    let (wire, answer) = hello(server, &signed(claims)).await;
    assert_eq!(answer["type"], "hello", "{answer}");
    wire
}

/// Every door refuses the token, and the socket is closed as for any token that is not known.
async fn is_refused(server: &Running, token: &str, why: &str) {
    let (mut wire, answer) = hello(server, token).await;
    assert_eq!(answer["code"], "unauthorized", "{why}: {answer}");
    assert_eq!(wire.close_code().await, Some(4006), "{why}");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let offer = include_bytes!("../../sfu/tests/offers/aiortc.sdp");
    let whip = format!("{bearer}Content-Type: application/sdp\r\n");
    let opened = server.ask("POST", "/whip/general?name=Mallory", &whip, offer).await;
    assert_eq!(opened.status, 401, "{why}");
    assert_eq!(server.ask("POST", "/api/blobs", &bearer, b"").await.status, 401, "{why}");
}

#[tokio::test]
async fn the_same_subject_is_the_same_person_every_time() {
    let server = by_secret("").await;
    let mut ana = enter(&server, &claims("ana", json!({ "name": "Ana" }))).await;
    let identity = ana.welcome["identity"].clone();
    assert_eq!((&ana.welcome["name"], identity.as_str().unwrap().len()), (&json!("Ana"), 32));

    // One may choose another name, until the sign-in says another.
    let set = json!({ "type": "profile:set", "name": "Anna", "status": "here" });
    assert_eq!(ana.request(set).await["type"], "ack");
    ana.close(1000).await;
    let ana = enter(&server, &claims("ana", json!({ "name": "Ana" }))).await;
    assert_eq!((&ana.welcome["name"], &ana.welcome["identity"]), (&json!("Anna"), &identity));
    ana.close(1000).await;
    let more = json!({ "name": "Hannah", "avatar": { "coat": 6 } });
    let ana = enter(&server, &claims("ana", more)).await;
    assert_eq!((&ana.welcome["name"], &ana.welcome["identity"]), (&json!("Hannah"), &identity));
    assert_eq!(ana.welcome["avatar"]["coat"], 6);

    // Another subject is somebody else; a name that is taken can be another on the same socket.
    let token = signed(&claims("bo", json!({ "name": "Hannah" })));
    let (mut bo, refused) = hello(&server, &token).await;
    assert_eq!(refused["code"], "name_taken");
    let bo_in = bo.hello(json!({ "token": token, "name": "Bo" })).await;
    assert_eq!((&bo_in["name"], &bo_in["token"]), (&json!("Bo"), &json!(token)));
    assert_ne!(bo_in["identity"], identity);

    // Without a name that can be shown, one is asked for.
    for more in [json!({}), json!({ "name": "x" }), json!({ "name": "<script>" })] {
        let (_wire, answer) = hello(&server, &signed(&claims("cy", more))).await;
        assert_eq!(answer["code"], "name_invalid", "{answer}");
    }

    // A cut session goes on with the token.
    let (welcome, received) = ana.cut();
    let again = Wire::resume(server.address, &welcome, received).await;
    assert_eq!(again.welcome["resumed"], true);
    // Guests come in as ever.
    Wire::guest(server.address, "Di").await;
}

#[tokio::test]
async fn a_public_key_takes_what_its_private_key_signed_and_nothing_else() {
    let pair = Pair::new();
    let server = by_public_key(&pair).await;
    let good = signed_as(Algorithm::EdDSA, &claims("ana", json!({ "name": "Ana" })), &pair.key());
    let (_ana, answer) = hello(&server, &good).await;
    assert_eq!(answer["name"], "Ana", "{answer}");

    // The public key is public: whoever knows it signs nothing with it, in whichever form.
    let forged = claims("eve", json!({ "name": "Eve" }));
    let pem = pair.public_pem();
    for secret in [pem.as_bytes(), pem.trim().as_bytes(), &pair.public, b""] {
        let key = EncodingKey::from_secret(secret);
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            is_refused(&server, &signed_as(algorithm, &forged, &key), "algorithm swap").await;
        }
    }
    is_refused(&server, &signed(&forged), "by a secret").await;
    let other = signed_as(Algorithm::EdDSA, &forged, &Pair::new().key());
    is_refused(&server, &other, "by another key").await;
}

#[tokio::test]
async fn no_other_token_counts() {
    let server =
        by_secret("issuer = \"https://host\"\naudience = \"hearth\"\nleeway_ms = 5000").await;
    let right = json!({ "name": "Ana", "iss": "https://host", "aud": "hearth" });
    let good = claims("ana", right.clone());
    let key = |secret: &[u8]| EncodingKey::from_secret(secret);
    let (ana, answer) = hello(&server, &signed(&good)).await;
    assert_eq!(answer["type"], "hello", "{answer}");
    drop(ana);

    let token = signed(&good);
    let [head, body, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let other = signed(&claims("eve", right.clone()));
    let other_body = other.split('.').nth(1).unwrap();
    let crit = Header { crit: Some(vec!["b64".into()]), ..Header::new(Algorithm::HS256) };
    for (why, token) in [
        ("none", format!("{NONE}.{body}.")),
        ("none, signed", format!("{NONE}.{body}.{signature}")),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("another's claims", format!("{head}.{other_body}.{signature}")),
        ("no token", ".".into()),
        ("nothing in it", "..".into()),
        ("an empty key", signed_as(Algorithm::HS256, &good, &key(b""))),
        ("another key", signed_as(Algorithm::HS256, &good, &key(&[7; 64]))),
        ("longer hash", signed_as(Algorithm::HS384, &good, &key(SECRET.as_bytes()))),
        ("longest hash", signed_as(Algorithm::HS512, &good, &key(SECRET.as_bytes()))),
        ("another algorithm", signed_as(Algorithm::EdDSA, &good, &Pair::new().key())),
        ("critical", encode(&crit, &good, &key(SECRET.as_bytes())).unwrap()),
    ] {
        is_refused(&server, &token, why).await;
    }

    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (why, claims) in [
        ("expired", with("exp", in_seconds(-60).into())),
        ("expired long ago", with("exp", 0.into())),
        ("never", with("exp", "never".into())),
        ("without an end", without("exp")),
        ("too early", with("nbf", in_seconds(60).into())),
        ("early at some time", with("nbf", "soon".into())),
        ("without a subject", without("sub")),
        ("an empty subject", with("sub", "".into())),
        ("a long subject", with("sub", "x".repeat(257).into())),
        ("a subject that is none", with("sub", 7.into())),
        ("another issuer", with("iss", "https://other".into())),
        ("without an issuer", without("iss")),
        ("another audience", with("aud", "other".into())),
        ("without an audience", without("aud")),
        ("rooms that are none", with("rooms", "general".into())),
        ("a role that is none", with("rooms", json!([{ "room": "general", "role": "god" }]))),
        ("too long", with("more", "x".repeat(8_200).into())),
    ] {
        is_refused(&server, &signed(&claims), why).await;
    }
    // Within the leeway, clocks may differ.
    let late = with("exp", in_seconds(-1).into());
    assert_eq!(hello(&server, &signed(&late)).await.1["type"], "hello");

    // Where nobody signs in so, no such token counts; and none for somebody else's service.
    let guests_only = Running::start(QUIET).await;
    is_refused(&guests_only, &signed(&good), "no sign-in").await;
    is_refused(&by_secret("").await, &signed(&without("iss")), "an audience of somebody else")
        .await;
}

#[tokio::test]
async fn one_enters_and_reads_the_rooms_that_are_granted_and_no_others() {
    let server = by_secret("").await;
    let mut guest = Wire::guest(server.address, "Guest").await;
    guest.join("general").await;
    let send = json!({ "type": "chat:send", "conversation": { "room": "general" },
        "message": "0".repeat(32), "text": "for others" });
    assert_eq!(guest.request(send).await["type"], "ack");

    let rooms = json!([{ "room": "music" }, { "room": "nowhere", "role": "owner" }]);
    let ana_claims = claims("ana", json!({ "name": "Ana", "rooms": rooms }));
    let mut ana = enter(&server, &ana_claims).await;
    assert_eq!(ana.join("music").await["role"], "member");
    let general = json!({ "room": "general" });
    let position = json!({ "epoch": "0", "seq": 0, "tag": 0 });
    for ask in [
        json!({ "type": "room:join", "room": "general" }),
        json!({ "type": "room:join", "room": "general", "with_voice": true }),
        json!({ "type": "chat:history", "conversation": general }),
        json!({ "type": "chat:catch_up", "conversation": general, "position": position }),
        json!({ "type": "chat:search", "words": "others", "conversation": general }),
        json!({ "type": "room:create", "name": "Mine", "icon": "🌿" }),
    ] {
        assert_eq!(ana.request(ask.clone()).await["code"], "forbidden", "{ask}");
    }
    let search = json!({ "type": "chat:search", "words": "others" });
    assert_eq!(ana.request(search.clone()).await["result"]["hits"], json!([]));
    assert_eq!(guest.request(search).await["result"]["hits"].as_array().unwrap().len(), 1);

    // A voice without a WebSocket goes as far, and no farther.
    let offer = include_bytes!("../../sfu/tests/offers/aiortc.sdp");
    let token = signed(&claims("bo", json!({ "name": "Bo", "rooms": rooms })));
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/sdp\r\n");
    for path in ["/whip/general", "/whep/general", "/whip/gaming"] {
        assert_eq!(server.ask("POST", path, &headers, offer).await.status, 403, "{path}");
    }
    let opened = server.ask("POST", "/whip/music", &headers, offer).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    assert_eq!(ana.hear("came").await["participant"]["name"], "Bo");

    // Other grants are another session, which begins outside.
    let (mut welcome, received) = ana.cut();
    let rooms = json!([{ "room": "gaming" }]);
    welcome["token"] = signed(&claims("ana", json!({ "name": "Ana", "rooms": rooms }))).into();
    let mut ana = Wire::resume(server.address, &welcome, received).await;
    assert_eq!((&ana.welcome["resumed"], ana.welcome.get("room")), (&json!(false), None));
    let join = json!({ "type": "room:join", "room": "music" });
    assert_eq!(ana.request(join).await["code"], "forbidden");
    ana.join("gaming").await;
}

#[tokio::test]
async fn a_role_that_is_granted_is_one_in_every_way() {
    let server = by_secret("").await;
    let mut owner = Wire::guest(server.address, "Owner").await;
    let create =
        json!({ "type": "room:create", "name": "Vault", "icon": "🔒", "password": "let me in" });
    assert_eq!(owner.request(create).await["type"], "ack");

    // Named: without the password, but no more than a member.
    let rooms = json!([{ "room": "vault" }]);
    let mut member =
        enter(&server, &claims("m", json!({ "name": "Member", "rooms": rooms }))).await;
    assert_eq!(member.join("vault").await["role"], "member");
    let topic = json!({ "type": "room:edit", "room": "vault", "topic": "gold" });
    assert_eq!(member.request(topic.clone()).await["code"], "forbidden");

    let rooms = json!([{ "room": "*", "role": "moderator" }]);
    let moderator = claims("mod", json!({ "name": "Moderator", "rooms": rooms }));
    let mut moderator = enter(&server, &moderator).await;
    let snapshot = moderator.join("vault").await;
    assert_eq!(snapshot["role"], "moderator");
    assert_eq!(moderator.request(topic).await["type"], "ack");
    let participants = snapshot["room"]["participants"].as_array().unwrap();
    let number = &participants.iter().find(|it| it["name"] == "Member").unwrap()["number"];
    let kick = json!({ "type": "room:kick", "number": number });
    assert_eq!(moderator.request(kick).await["type"], "ack");
    assert_eq!(member.hear("room:sent_out").await["why"], "kicked");
    let delete = json!({ "type": "room:delete", "room": "vault" });
    assert_eq!(moderator.request(delete).await["code"], "forbidden");
    // Without `rooms`, and with "*", one is as guests are.
    for (sub, more) in
        [("a", json!({ "name": "Ana" })), ("b", json!({ "name": "Bo", "rooms": "*" }))]
    {
        let mut wire = enter(&server, &claims(sub, more)).await;
        assert_eq!(wire.join("general").await["role"], "member");
        let join = json!({ "type": "room:join", "room": "vault" });
        assert_eq!(wire.request(join).await["code"], "wrong_password");
    }
}

#[test]
fn a_key_that_is_none_or_too_weak_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair::new();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let start = |settings: String| {
        let settings = hearth_config::from_toml(&format!("[auth]\n{settings}")).unwrap();
        SignIn::new(&settings.auth).map(|sign_in| sign_in.is_some()).map_err(|it| it.to_string())
    };
    for (key, value) in [
        ("secret_file", file("empty", "")),
        ("secret_file", file("short", "short-and-secret")),
        // Spaces around it do not make it longer.
        ("secret_file", file("spaces", &format!("short-and-secret{}\n", " ".repeat(40)))),
        ("secret_file", folder.path().join("missing").to_str().unwrap().to_owned()),
        ("public_key_file", file("no key", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----")),
        ("public_key_file", file("private", &pair.private_pem())),
        ("public_key_file", file("elliptic", NOT_ED25519)),
        ("public_key", "short-and-secret".into()),
    ] {
        let error = start(format!("{key} = \"{value}\"")).unwrap_err();
        assert!(error.contains(&format!("auth.{key}")), "{error}");
        assert!(!error.contains("short-and-secret"), "{error}");
    }
    assert_eq!(start(format!("secret_file = \"{}\"", file("good", SECRET))), Ok(true));
    assert_eq!(
        start(format!("public_key_file = \"{}\"", file("key", &pair.public_pem()))),
        Ok(true)
    );
    assert_eq!(start(String::new()), Ok(false));
    // Those in the settings themselves are looked at with these.
    let error = hearth_config::from_toml("[auth]\nsecret = \"short-and-secret\"").unwrap_err();
    assert!(error.to_string().contains("auth.secret"), "{error}");
}
