//! Sounds over HTTP: what is taken, what is refused, who hears them and when they go.

mod paths;
mod person;
#[allow(dead_code, reason = "the HTTP tests use the rest of it")]
mod raw;
#[allow(dead_code, reason = "the session tests use the rest of it")]
mod wire;

use std::time::{Duration, Instant};

use person::{Person, files};
use raw::{Reply, Running};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

const QUIET: &str = "[limits]\nenabled = false\n";

const WEBM: &[u8] = include_bytes!("sounds/chromium.webm");
const SOUNDS: [(&[u8], &str, &str); 4] = [
    (WEBM, "audio/webm", "webm"),
    (include_bytes!("sounds/firefox.webm"), "audio/webm", "webm"),
    (include_bytes!("sounds/firefox.ogg"), "audio/ogg", "ogg"),
    (include_bytes!("sounds/chromium.mp4"), "audio/mp4", "m4a"),
];

#[tokio::test]
async fn a_sound_comes_back_as_it_went() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    for (bytes, mime, ending) in SOUNDS {
        let reply = ana.upload(bytes).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let kept: Value = reply.json();
        assert_eq!((&kept["mime"], &kept["bytes"]), (&mime.into(), &bytes.len().into()));
        assert!((1_200..1_800).contains(&kept["duration_ms"].as_u64().unwrap()), "{kept}");
        let blob = kept["blob"].as_str().unwrap();
        assert_eq!(reply.header("location"), format!("/api/blobs/{blob}"));

        let whole = ana.hear(blob, "").await;
        assert_eq!((whole.status, whole.body.as_slice()), (200, bytes));
        assert_eq!(whole.header("content-type"), mime);
        assert_eq!(whole.header("content-length"), bytes.len().to_string());
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert_eq!(whole.header("content-security-policy"), "sandbox; default-src 'none'");
        let saved = whole.header("content-disposition");
        assert!(saved.starts_with("inline; filename=") && saved.ends_with(&format!(".{ending}\"")));

        let path = format!("/api/blobs/{blob}");
        let head = server.ask("HEAD", &path, &ana.authorization, b"").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), bytes.len().to_string());
        assert_eq!(head.header("etag"), whole.header("etag"));
    }
}

#[tokio::test]
async fn a_part_is_enough_and_nothing_is_sent_twice() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    let blob = ana.uploaded(WEBM).await;
    let size = WEBM.len();

    let part = ana.hear(&blob, "Range: bytes=100-199\r\n").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &WEBM[100..200]));
    assert_eq!(part.header("content-range"), format!("bytes 100-199/{size}"));
    let end = ana.hear(&blob, "Range: bytes=-10\r\n").await;
    assert_eq!((end.status, end.body.as_slice()), (206, &WEBM[size - 10..]));
    let several = ana.hear(&blob, "Range: bytes=0-1,5-6\r\n").await;
    assert_eq!((several.status, several.body.len()), (200, size));
    let nowhere = ana.hear(&blob, &format!("Range: bytes={size}-\r\n")).await;
    assert_eq!((nowhere.status, nowhere.error().as_str()), (416, "range_invalid"));
    assert_eq!(nowhere.header("content-range"), format!("bytes */{size}"));

    let tag = part.header("etag");
    assert_eq!(tag, format!("\"{blob}\""));
    let again = ana.hear(&blob, &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let same = format!("Range: bytes=0-0\r\nIf-Range: {tag}\r\n");
    assert_eq!(ana.hear(&blob, &same).await.status, 206);
    assert_eq!(ana.hear(&blob, "Range: bytes=0-0\r\nIf-Range: \"x\"\r\n").await.status, 200);
}

#[tokio::test]
async fn whatever_is_no_sound_is_refused_and_leaves_nothing() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    let script = b"<script>alert(1)</script>";
    let webm_after = [&b"<!-- "[..], WEBM].concat();
    let html_after = [WEBM, script].concat();
    let zip_after = [SOUNDS[3].0, b"PK\x05\x06\0\0\0\0"].concat();
    let page_in_ogg = [SOUNDS[2].0, b"<html>"].concat();
    for bytes in [
        &b""[..],
        b"x",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"<!DOCTYPE html><title>x</title><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR<script>",
        b"GIF89a/*<svg/onload=alert(1)>*/",
        b"%PDF-1.7\n<script>alert(1)</script>",
        b"RIFF\x24\0\0\0WAVEfmt <script>alert(1)</script>",
        b"ID3\x04\0\0\0\0\0\0<script>alert(1)</script>",
        b"\x1a\x45\xdf\xa3<script>alert(1)</script>",
        b"OggS\0<script>alert(1)</script>",
        b"\0\0\0\x20ftypM4A <script>alert(1)</script>",
        &webm_after,
        &html_after,
        &zip_after,
        &page_in_ogg,
        &WEBM[..WEBM.len() - 1],
        include_bytes!("sounds/chromium-video.webm"),
        include_bytes!("sounds/chromium-video.mp4"),
    ] {
        let declared = format!("{}Content-Type: audio/webm\r\n", ana.authorization);
        let reply = server.ask("POST", "/api/blobs", &declared, bytes).await;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]);
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (415, "unsupported_media_type"),
            "{shown}"
        );
    }
    assert_eq!(files(&server), Vec::<String>::new());
}

#[tokio::test]
async fn only_those_who_may_read_the_message_hear_it() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    let bo = Person::new(&server, "Bo").await;
    let blob = ana.uploaded(WEBM).await;
    let path = format!("/api/blobs/{blob}");

    for headers in ["", "Cookie: hearth_sounds=\r\n", "Cookie: other=1\r\n"] {
        let stranger = server.get(&path, headers).await;
        assert_eq!((stranger.status, stranger.error().as_str()), (401, "unauthorized"));
        let upload = server.ask("POST", "/api/blobs", headers, WEBM).await;
        assert_eq!((upload.status, upload.error().as_str()), (401, "unauthorized"));
    }
    let forged = format!("Authorization: Bearer {}\r\n", "0".repeat(64));
    assert_eq!(server.get(&path, &forged).await.status, 401);
    // Before it is in a message, it is its owner's alone; others are not even told that it is there.
    let other = bo.hear(&blob, "").await;
    assert_eq!((other.status, other.error().as_str()), (404, "blob_not_found"));
    let nothing = bo.hear(&"0".repeat(32), "").await;
    assert_eq!(other.body, nothing.body);
    // Knowing the tag does not help.
    assert_eq!(bo.hear(&blob, &format!("If-None-Match: \"{blob}\"\r\n")).await.status, 404);
    assert_eq!(bo.hear(&blob, "If-None-Match: *\r\n").await.status, 404);

    let foreign = ana.hear(&blob, "Origin: https://example.org\r\n").await;
    assert_eq!((foreign.status, foreign.error().as_str()), (403, "origin_refused"));
}

#[tokio::test]
async fn a_sound_in_a_message_is_heard_by_its_readers_until_that_is_deleted() {
    let settings = format!("{QUIET}[blobs]\nunused_ms = 1000\n");
    let server = Running::start(&settings).await;
    let mut ana = Person::new(&server, "Ana").await;
    let bo = Person::new(&server, "Bo").await;
    let eve = Person::new(&server, "Eve").await;
    let general = json!({ "room": "general" });
    ana.wire.join("general").await;

    let public = ana.uploaded(WEBM).await;
    let seq = ana.send(&general, 1, &public).await;
    let private = ana.uploaded(SOUNDS[2].0).await;
    ana.send(&json!({ "person": bo.wire.welcome["identity"] }), 2, &private).await;
    let unused = ana.uploaded(WEBM).await;
    let statuses = async |blob: &str| {
        let mut statuses = Vec::new();
        for person in [&ana, &bo, &eve] {
            statuses.push(person.hear(blob, "").await.status);
        }
        statuses
    };
    // Swept is what no message uses, and nothing else.
    let deadline = Instant::now() + Duration::from_secs(10);
    while statuses(&unused).await != [404; 3] {
        assert!(Instant::now() < deadline, "it is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(statuses(&public).await, [200; 3]);
    assert_eq!(statuses(&private).await, [200, 200, 404]);
    // One sound is of one message.
    let again = json!({
        "type": "chat:voice", "conversation": general, "message": format!("{:032x}", 3),
        "blob": public, "duration_ms": 1500, "peaks": [1],
    });
    assert_eq!(ana.wire.request(again).await["type"], "error");

    let delete = json!({ "type": "chat:delete", "conversation": general, "of": seq });
    assert_eq!(ana.wire.request(delete).await["type"], "ack");
    assert_eq!(bo.hear(&public, "").await.status, 404);
    let file = format!("blobs/{}/{public}", &public[..2]);
    while files(&server).contains(&file) {
        assert!(Instant::now() < deadline, "it is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_sound_is_told_to_be_as_long_as_it_is_whatever_its_sender_says() {
    let server = Running::start(QUIET).await;
    let mut ana = Person::new(&server, "Ana").await;
    ana.wire.join("general").await;
    let mut told = Vec::new();
    for (n, said) in [(1, 300_000), (2, 1), (3, 1_600)] {
        let kept = ana.upload(WEBM).await.json();
        let send = json!({
            "type": "chat:voice", "conversation": { "room": "general" },
            "message": format!("{n:032x}"), "blob": kept["blob"], "duration_ms": said,
            "peaks": [1],
        });
        // Sent once more it is the same message.
        for _ in 0..2 {
            let ack = ana.wire.request(send.clone()).await;
            assert_eq!(ack["type"], "ack", "{ack}");
        }
        let entry = ana.wire.hear("chat:entry").await;
        let body = &entry["entry"]["message"]["body"];
        told.push((body["duration_ms"].clone(), kept["duration_ms"].clone()));
    }
    assert_eq!(told[0].0, told[0].1);
    assert_eq!(told[1].0, told[1].1);
    assert_eq!(told[2].0, 1_600, "near enough");
}

#[tokio::test]
async fn a_page_plays_it_by_cookie_and_does_nothing_else_with_that() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    let blob = ana.uploaded(WEBM).await;
    let set = server.ask("PUT", "/api/blobs/cookie", &ana.authorization, b"").await;
    assert_eq!(set.status, 204);
    let cookie = set.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/blobs"] {
        assert!(cookie.contains(part), "{part}");
    }
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let path = format!("/api/blobs/{blob}");
    let heard = server.get(&path, &cookie).await;
    assert_eq!((heard.status, heard.body.as_slice()), (200, WEBM));
    assert!(heard.header("vary").contains("Cookie"));
    assert_eq!(server.ask("POST", "/api/blobs", &cookie, WEBM).await.status, 401);
    assert_eq!(server.ask("PUT", "/api/blobs/cookie", &cookie, b"").await.status, 401);
    let cleared = server.ask("DELETE", "/api/blobs/cookie", &cookie, b"").await;
    assert!(cleared.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn no_path_leads_anywhere_else() {
    let server = Running::start(QUIET).await;
    let ana = Person::new(&server, "Ana").await;
    let blob = ana.uploaded(WEBM).await;
    let mut paths = paths::out_of_here();
    let upper = blob.to_uppercase();
    for around in ["", "%00", "%20", "/", "/.", "/..", "%2f", ".webm", "#", "%23", "%0a", ";x"] {
        paths.push(format!("{blob}{around}{}", if around.is_empty() { "0" } else { "" }));
        paths.push(format!("{}{around}{blob}", &blob[..2]));
        paths.push(format!("{}/{}{around}", &blob[..2], blob));
        paths.push(format!("{}{around}", &blob[1..]));
        if upper != blob {
            paths.push(format!("{upper}{around}"));
        }
    }
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in paths {
        // A fragment never reaches a server, and hyper rightly takes none.
        let path = path.replace('#', "%23");
        let reply = ana.hear(&path, "").await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.text());
    }
    assert_eq!(ana.hear(&blob, "").await.status, 200);
}

#[tokio::test]
async fn what_is_too_large_is_cut_off_while_it_comes() {
    let server = Running::start(&format!("{QUIET}[blobs]\nmax_bytes = 65536\n")).await;
    let ana = Person::new(&server, "Ana").await;

    // Whoever says so beforehand is not let begin.
    let claim = format!(
        "POST /api/blobs HTTP/1.1\r\nHost: {}\r\n{}Content-Length: 4294967296\r\n\r\n",
        server.address, ana.authorization
    );
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(claim.as_bytes()).await.unwrap();
    let refused = Reply::read(&mut socket, false).await;
    assert_eq!((refused.status, refused.error().as_str()), (413, "too_large"));

    // Whoever does not say is cut off: this one would never end.
    let chunked = format!(
        "POST /api/blobs HTTP/1.1\r\nHost: {}\r\n{}Transfer-Encoding: chunked\r\n\r\n",
        server.address, ana.authorization
    );
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (mut reader, mut writer) = socket.into_split();
    writer.write_all(chunked.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        let mut sent = 0_usize;
        let mut chunk = WEBM;
        loop {
            let head = format!("{:x}\r\n", chunk.len());
            let framed = [head.as_bytes(), chunk, b"\r\n"].concat();
            if writer.write_all(&framed).await.is_err() {
                return sent;
            }
            sent += chunk.len();
            chunk = &[0; 4096];
        }
    });
    let refused = Reply::read(&mut reader, false).await;
    assert_eq!((refused.status, refused.error().as_str()), (413, "too_large"));
    drop(reader);
    let sent = tokio::time::timeout(Duration::from_secs(10), sending).await.unwrap().unwrap();
    // What the sockets of both ends take in between.
    assert!(sent < 32 << 20, "{sent}");

    // A sound that says it is long is not taken, however small it is.
    let mut long = WEBM.to_vec();
    let cluster = long.windows(4).position(|id| id == b"\x1F\x43\xB6\x75").unwrap();
    let time = cluster + long[cluster..].iter().position(|&byte| byte == 0xE7).unwrap();
    let size = usize::from(long[time + 1] & 0x7F);
    long.splice(time + 1..time + 2 + size, [0x84, 0, 0x10, 0, 0]);
    let reply = ana.upload(&long).await;
    assert_eq!((reply.status, reply.error().as_str()), (422, "too_long"));
    assert_eq!(files(&server), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_holds_a_place_for_long_or_several_at_once() {
    let server = Running::start(&format!("{QUIET}[blobs]\nupload_timeout_ms = 4000\n")).await;
    let ana = Person::new(&server, "Ana").await;
    let bo = Person::new(&server, "Bo").await;
    let begin = format!(
        "POST /api/blobs HTTP/1.1\r\nHost: {}\r\n{}Content-Length: {}\r\n\r\n",
        server.address,
        ana.authorization,
        WEBM.len()
    );
    let begun = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(begin.as_bytes()).await.unwrap();
        socket.write_all(&WEBM[..100]).await.unwrap();
        slow.push(socket);
    }
    // The two are seen to be under way when a third is refused.
    let third = loop {
        let third = ana.upload(b"no sound").await;
        if third.status != 415 {
            break third;
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "never refused");
    };
    assert_eq!((third.status, third.error().as_str()), (503, "busy"));
    assert!(!third.header("retry-after").is_empty());
    bo.uploaded(WEBM).await;
    for socket in &mut slow {
        let reply = Reply::read(socket, false).await;
        assert_eq!((reply.status, reply.error().as_str()), (408, "timeout"));
    }
    ana.uploaded(WEBM).await;
}

#[tokio::test]
async fn beyond_the_rate_one_is_told_to_wait() {
    let server = Running::start("[limits]\nuploads_per_minute = 2\nhttp_per_second = 1000\n").await;
    let ana = Person::new(&server, "Ana").await;
    let bo = Person::new(&server, "Bo").await;
    for _ in 0..2 {
        ana.uploaded(WEBM).await;
    }
    let reply = ana.upload(WEBM).await;
    assert_eq!((reply.status, reply.error().as_str()), (429, "rate_limited"));
    assert!((1..=30).contains(&reply.header("retry-after").parse().unwrap()));
    bo.uploaded(WEBM).await;
}

#[tokio::test]
async fn what_no_message_uses_goes_by_itself() {
    let server = Running::start(&format!("{QUIET}[blobs]\nunused_ms = 1000\n")).await;
    let ana = Person::new(&server, "Ana").await;
    let blob = ana.uploaded(WEBM).await;
    let file = format!("blobs/{}/{blob}", &blob[..2]);
    assert_eq!(files(&server), [file]);
    let deadline = Instant::now() + Duration::from_secs(10);
    while ana.hear(&blob, "").await.status != 404 || !files(&server).is_empty() {
        assert!(Instant::now() < deadline, "it is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_a_crash_left_goes_by_itself_and_nothing_else() {
    let server = Running::start(&format!("{QUIET}[blobs]\nunused_ms = 1000\n")).await;
    let mut ana = Person::new(&server, "Ana").await;
    ana.wire.join("general").await;
    let used = ana.uploaded(WEBM).await;
    ana.send(&json!({ "room": "general" }), 1, &used).await;
    let root = &server.app.settings.server.data_dir;
    // Whole but named by no record, and begun but never whole; in the first folder and in the last.
    for name in ["00", "ff"] {
        let id = name.repeat(16);
        std::fs::create_dir_all(root.join("blobs").join(name)).unwrap();
        for file in [id.clone(), format!("{id}#1")] {
            std::fs::write(root.join("blobs").join(name).join(file), "x").unwrap();
        }
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while files(&server).len() > 1 {
        assert!(Instant::now() < deadline, "{:?}", files(&server));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(files(&server), [format!("blobs/{}/{used}", &used[..2])]);
    assert_eq!(ana.hear(&used, "").await.status, 200);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_share_sounds() {
    let settings = "[server]\nallowed_origins = [\"https://app.example.org\"]\n";
    let server = Running::start(&format!("{QUIET}{settings}")).await;
    let ana = Person::new(&server, "Ana").await;
    let origin = "Origin: https://app.example.org\r\n";
    let preflight = server.ask("OPTIONS", "/api/blobs", origin, b"").await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
    let blob = ana.uploaded(WEBM).await;
    let heard = ana.hear(&blob, origin).await;
    assert_eq!(heard.header("access-control-allow-origin"), "https://app.example.org");
    assert!(heard.header("vary").contains("Origin"), "{}", heard.header("vary"));
}
