//! Whatever path is asked for, the program opens nothing that is not its own.

use std::{env, fs};

use hearth_tests::Server;

use crate::{
    SOUND, asked,
    strace::{Strace, call},
    wire::Wire,
};

/// The path that a line of the log opens.
fn opened(line: &str) -> Option<&str> {
    let (name, _) = call(line)?;
    let is_begun = name.starts_with("open") && !line.contains("<... ");
    line.split('"').nth(1).filter(|_| is_begun)
}

#[tokio::test]
async fn nothing_is_opened_outside() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let ana = Wire::guest(server.http(), "Ana").await;
    let bearer = format!("Authorization: Bearer {}\r\n", ana.welcome["token"].as_str().unwrap());
    let kept = server.ask("POST", "/api/blobs", &bearer, SOUND).await;
    let kept: serde_json::Value = serde_json::from_str(kept.text()).unwrap();
    let sound = kept["blob"].as_str().unwrap();

    let log = env::temp_dir().join(format!("hearth-paths-{}", std::process::id()));
    fs::create_dir_all(&log).unwrap();
    let Some(strace) = Strace::attach(&server, &log, &["-e", "trace=open,openat,openat2"]) else {
        return;
    };
    for path in asked::out_of_here() {
        for below in ["/", "/assets/", "/api/blobs/"] {
            let reply = server.ask("GET", &format!("{below}{path}"), &bearer, b"").await;
            assert_eq!(reply.status, 404, "{below}{path}");
        }
    }
    let heard = server.ask("GET", &format!("/api/blobs/{sound}"), &bearer, b"").await;
    assert_eq!(heard.status, 200);
    let lines = strace.detach();
    fs::remove_dir_all(&log).unwrap();

    let paths: Vec<&str> = lines.iter().filter_map(|line| opened(line)).collect();
    assert!(paths.iter().any(|path| path.contains(sound)), "the log is not there: {lines:?}");
    let is_own = |path: &str| {
        let below = path.contains("/hearth-test-") || !path.starts_with('/');
        below && !path.split('/').any(|part| part == "..")
    };
    let outside: Vec<_> = paths.into_iter().filter(|path| !is_own(path)).collect();
    assert!(outside.is_empty(), "{outside:?}");
}
