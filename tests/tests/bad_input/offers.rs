//! As offers, by WebSocket and by WHIP.

use hearth_protocol::{ClientMessage, ErrorCode, VoiceJoin};

use crate::scene::Scene;

const SESSION: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const TRANSPORT: &str = "a=ice-ufrag:strg\r\na=ice-pwd:0123456789012345678901\r\n\
    a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:\
    88:99:AA:BB:CC:DD:EE:FF\r\na=setup:actpass\r\na=rtcp-mux\r\n";

fn section(kind: &str, codec: &str, mid: usize, direction: &str) -> String {
    format!(
        "m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n{TRANSPORT}\
         a=rtpmap:111 {codec}\r\na={direction}\r\n"
    )
}

fn offer(kind: &str, codec: &str, sections: usize) -> String {
    let mids: Vec<String> = (0..sections).map(|mid| mid.to_string()).collect();
    let bundle = format!("a=group:BUNDLE {}\r\n", mids.join(" "));
    let sections: String = (0..sections).map(|mid| section(kind, codec, mid, "sendonly")).collect();
    format!("{SESSION}{bundle}{sections}")
}

/// Opens a WHIP resource that nobody will ever connect; its answer.
pub(crate) async fn open_whip(scene: &Scene) -> String {
    let head = b"POST /whip/general?name=Stranger HTTP/1.1\r\nContent-Type: application/sdp\r\n";
    let offer = offer("audio", "opus/48000/2", 1);
    let (status, answer) = scene.http(head, offer.as_bytes()).await;
    assert_eq!(status, 201, "{answer}");
    answer
}

/// The rest of the first line that begins with `key`.
pub(crate) fn value_of<'a>(sdp: &'a str, key: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key}: {sdp}"))
}

fn bad_offers() -> [(&'static str, String); 6] {
    [
        ("not SDP", "hello, is anybody there?".into()),
        ("empty", String::new()),
        ("no audio", offer("video", "VP8/90000", 1)),
        ("200 sections", offer("audio", "opus/48000/2", 200)),
        ("no codec of ours", offer("audio", "G723/8000", 1)),
        ("no transport", format!("{SESSION}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\n")),
    ]
}

#[tokio::test]
async fn a_good_offer_is_answered() {
    let scene = Scene::start(&[]).await;
    let answer = open_whip(&scene).await;
    assert_eq!(value_of(&answer, "a=setup:"), "passive");
}

#[tokio::test]
async fn bad_offers_by_whip_are_refused_with_reason() {
    let mut scene = Scene::start(&[]).await;
    let head = b"POST /whip/general?name=Stranger HTTP/1.1\r\nContent-Type: application/sdp\r\n";
    for (what, offer) in bad_offers() {
        let (status, body) = scene.http(head, offer.as_bytes()).await;
        assert!(matches!(status, 400 | 413 | 422), "{what}: {status} {body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert!(body["error"].is_string() && body["details"].is_string(), "{what}: {body}");
    }
    let (status, _) = scene.http(head, &vec![b'a'; 1_000_000]).await;
    assert_eq!(status, 413);
    scene.is_intact().await;
}

#[tokio::test]
async fn bad_offers_by_websocket_are_refused_with_reason() {
    let mut scene = Scene::start(&[]).await;
    let url = format!("http://{}", scene.server.http());
    let who = hearth_client::Who::guest("Stranger");
    let stranger = hearth_client::Connection::open(&url, who).await.unwrap();
    let room = hearth_client::Room::join(&stranger, "general").await.unwrap();
    for (what, offer) in bad_offers() {
        let asked = ClientMessage::VoiceJoin(VoiceJoin { offer, muted: false, deafened: false });
        let refused = stranger.request(asked).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::OfferInvalid), "{what}: {refused}");
    }
    // Still there, and a good offer works.
    let setup = hearth_client::Setup::default();
    hearth_client::Voice::join(&room, setup).await.unwrap();
    scene.is_intact().await;
}
