//! The order of system calls: what is acknowledged was on the disk before; and a disk that failed
//! is never believed.

use std::time::{Duration, Instant};

use hearth_protocol::ErrorCode;
use hearth_tests::Server;
use tokio::time::sleep;

use super::{
    Folder, SOON,
    oracle::{self, Writer},
    strace::{Strace, call},
};

const CALLS: &str =
    "trace=openat,close,fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg";

fn settings(folder: &Folder) -> [(&str, &str); 2] {
    [("limits.enabled", "false"), ("server.data_dir", folder.path())]
}

fn is_sync(name: &str) -> bool {
    matches!(name, "fsync" | "fdatasync")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_was_on_the_disk_before() {
    let folder = Folder::new("synced");
    let server = Server::start(&settings(&folder));
    let url = format!("http://{}", server.http());
    let mut writers = Vec::new();
    for n in 0..3 {
        writers.push(Writer::enter(&url, &format!("writer {n}")).await);
    }
    let Some(strace) = Strace::attach(&server, &folder.0, &["-e", CALLS]) else { return };
    for _ in 0..10 {
        for writer in &mut writers {
            writer.write().await;
        }
    }
    let lines = strace.detach();

    for id in writers.iter().flat_map(|writer| writer.acknowledged.values()) {
        let (mut written, mut syncing, mut synced, mut told) = (false, None, false, false);
        for line in &lines {
            let Some((name, over)) = call(line) else { continue };
            let thread = line.split(' ').next();
            if name == "pwrite64" && line.contains("hearth.db-wal>") && line.contains(id.as_str()) {
                // Only what begins to be synced after this counts.
                (written, syncing) = (true, None);
            } else if is_sync(name) && line.contains("hearth.db-wal>") && written {
                syncing = Some(thread);
                synced |= over && line.ends_with("= 0");
            } else if is_sync(name) && over && syncing == Some(thread) {
                synced |= line.ends_with("= 0");
            } else if ["write", "writev", "sendto", "sendmsg"].contains(&name)
                && line.contains(id.as_str())
                && !line.contains("<... ")
            {
                assert!(synced, "{id} left before it was on the disk:\n{}", lines.join("\n"));
                told = true;
            }
        }
        assert!(told, "{id} was not seen leaving");
    }
    println!("{} acknowledgements, each after the WAL was synced", 3 * 10);
    oracle::check(&writers[0].chat, &writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_failed_is_not_believed() {
    let folder = Folder::new("broken-disk");
    let server = Server::start(&settings(&folder));
    let url = format!("http://{}", server.http());
    let mut writer = Writer::enter(&url, "writer").await;
    writer.write().await;
    // The commit fails, and then two attempts to open the file anew.
    let fails = "inject=fsync,fdatasync:error=EIO:when=1..3";
    let options = ["-e", CALLS, "-e", fails];
    let Some(strace) = Strace::attach(&server, &folder.0, &options) else { return };

    let began = Instant::now();
    let (mut refused, mut unready) = (0, 0);
    while let Err(error) = writer.attempt().await {
        assert_eq!(error.code(), Some(ErrorCode::Busy), "{error}");
        refused += 1;
        unready += u32::from(server.ask("GET", "/api/ready", "", b"").await.status == 503);
        assert!(began.elapsed() < SOON, "never healed");
        sleep(Duration::from_millis(50)).await;
    }
    println!("{refused} refusals; healed {:?} after the first", began.elapsed());
    assert!(refused > 0 && unready > 0, "{refused} refused, {unready} times not ready");
    assert_eq!(server.ask("GET", "/api/ready", "", b"").await.status, 200);
    let lines = strace.detach();

    // A descriptor whose sync failed is closed, and what was synced in vain is written again,
    // before anything is synced once more.
    let (mut failed, mut failures, mut rewritten) = (Vec::new(), 0, true);
    for line in &lines {
        let Some((name, _)) = call(line) else { continue };
        let rest = line.split_once('(').map_or("", |(_, rest)| rest);
        let end = rest.find([')', ',', ' ']).unwrap_or(rest.len());
        let descriptor = &rest[..end];
        if name == "close" {
            failed.retain(|it| *it != descriptor);
        } else if ["write", "pwrite64"].contains(&name) && rest.contains("hearth.db-wal>") {
            rewritten = true;
        } else if is_sync(name) {
            let again = failed.contains(&descriptor) || !rewritten;
            assert!(!again, "{descriptor} is synced again:\n{}", shown(&lines));
            if line.contains("EIO") {
                failed.push(descriptor);
                failures += 1;
                rewritten = false;
            }
        }
    }
    assert_eq!(failures, 3, "{}", shown(&lines));

    // What was refused is stored once.
    let writers = [writer];
    oracle::check(&writers[0].chat, &writers).await;
    // And it is still so in the next life.
    drop(server);
    let server = Server::start(&settings(&folder));
    let url = format!("http://{}", server.http());
    let reader = Writer::enter(&url, "reader").await;
    oracle::check(&reader.chat, &writers).await;
}

/// The calls on files, short.
fn shown(lines: &[String]) -> String {
    let files = lines.iter().filter(|line| line.contains("hearth.db"));
    files.map(|line| line.chars().take(120).collect::<String>()).collect::<Vec<_>>().join("\n")
}
