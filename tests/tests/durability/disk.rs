//! The disk is full: writing is refused at once, voices go on, and all is well when there is room
//! again, without a restart.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use hearth_client::{Connection, Room, Who};
use hearth_protocol::ErrorCode;
use tokio::time::sleep;

use super::{
    Folder, SOON,
    oracle::{self, Writer},
    scene::Scene,
};

/// Whoever writes is refused by then.
const REFUSED_BY: Duration = Duration::from_secs(1);
const DISK_BYTES: usize = 16 << 20;

/// A small disk of its own.
struct Disk(Folder);

impl Disk {
    /// `None`, with a line that says why, where none can be mounted.
    fn mount() -> Option<Self> {
        let folder = Folder::new("full-disk");
        let size = format!("size={DISK_BYTES},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "hearth-test"])
            .arg(&folder.0)
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self(folder)),
            Ok(done) => {
                let why = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                println!("skipped: no small disk can be mounted here ({why})");
                None
            }
            Err(error) => {
                println!("skipped: mount ({error})");
                None
            }
        }
    }

    /// Takes all the room that is left; the file that does.
    fn fill(&self) -> PathBuf {
        let ballast = self.0.0.join("ballast");
        let written = fs::write(&ballast, vec![1; DISK_BYTES]);
        assert!(written.is_err(), "it is not full");
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The server may not have ended yet: it is out of the tree, and goes with its last file.
        let _ = Command::new("umount").arg("-l").arg(&self.0.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_at_once_and_heals() {
    let Some(disk) = Disk::mount() else { return };
    let folder = disk.0.0.join("store");
    let mut scene = Scene::start(&[("server.data_dir", folder.to_str().unwrap())]).await;
    let url = format!("http://{}", scene.server.http());
    let mut writer = Writer::enter(&url, "writer").await;
    for _ in 0..20 {
        writer.write().await;
    }
    let ballast = disk.fill();
    // The write-ahead log may have room in its last block.
    let began = Instant::now();
    while writer.attempt().await.is_ok() {
        assert!(began.elapsed() < SOON, "never refused");
    }
    let mut slowest = Duration::ZERO;
    let time = Duration::from_secs(4);
    let refusing = async {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let asked = Instant::now();
            let error = writer.attempt().await.expect_err("acknowledged, and there is no room");
            assert_eq!(error.code(), Some(ErrorCode::Busy), "{error}");
            slowest = slowest.max(asked.elapsed());
            sleep(Duration::from_millis(20)).await;
        }
    };
    let ((), got) = tokio::join!(refusing, scene.listen(time));
    got.is_whole(time);
    assert!(slowest < REFUSED_BY, "refused after {slowest:?}");
    assert_eq!(scene.server.ask("GET", "/api/ready", "", b"").await.status, 503);
    // Who has an identity still comes in.
    let token = scene.ana.connection().welcome().token;
    let who = Who { token: Some(token), ..Who::default() };
    let again = Connection::open(&url, who).await.unwrap();
    Room::join(&again, "general").await.unwrap();
    again.close().await;

    fs::remove_file(ballast).unwrap();
    let healing = Instant::now();
    while writer.attempt().await.is_err() {
        assert!(healing.elapsed() < SOON, "never healed");
        sleep(Duration::from_millis(20)).await;
    }
    println!("full: refused within {slowest:?}; healed after {:?}", healing.elapsed());
    assert_eq!(scene.server.ask("GET", "/api/ready", "", b"").await.status, 200);
    let writers = [writer];
    oracle::check(&writers[0].chat, &writers).await;
}
