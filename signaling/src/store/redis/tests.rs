//! The store against a real server of Redis.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use super::RedisStore;
use crate::store::{
    Store, StoreError,
    conformance::{self, MAX_IDENTITIES},
};

/// A server of Redis with a folder of its own, on a socket in it.
struct Server {
    folder: tempfile::TempDir,
    process: Child,
}

impl Server {
    async fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket", "socket", "--save", "", "--dir"])
            .arg(folder.path())
            .args(options)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed: on Debian, the package redis-server");
        let server = Self { folder, process };
        let mut tries = 0;
        while tokio::net::UnixStream::connect(server.folder.path().join("socket")).await.is_err() {
            tries += 1;
            assert!(tries < 1_000, "redis-server does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    }

    async fn open(&self) -> Result<RedisStore, StoreError> {
        let url = format!("redis+unix://{}", self.folder.path().join("socket").display());
        RedisStore::open(&url, 1_000, MAX_IDENTITIES).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn it_is_a_store() {
    let server = Server::start(&[]).await;
    conformance::run(async || Arc::new(server.open().await.unwrap()) as Arc<dyn Store>).await;
}

#[tokio::test]
async fn the_durability_told_is_what_redis_is_set_to() {
    for (options, told) in [
        (&["--appendonly", "no"][..], "ephemeral"),
        (&["--appendonly", "yes", "--appendfsync", "everysec"], "accepted"),
        (&["--appendonly", "yes", "--appendfsync", "always"], "on one Redis disk"),
    ] {
        let server = Server::start(options).await;
        assert_eq!(server.open().await.unwrap().durability(), told);
    }
}

#[tokio::test]
async fn a_redis_that_forgets_is_refused() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]).await;
    let Err(StoreError::Unavailable(text)) = server.open().await else { panic!("it was opened") };
    assert!(text.contains("allkeys-lru") && text.contains("noeviction"), "{text}");
}
