//! A server on a free port, and HTTP spoken to it byte by byte.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc};

use hearth_signaling::{App, server::Server, store};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A running server; it stops when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) app: Arc<App>,
    _folder: Option<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<JoinHandle<()>>,
}

impl Running {
    /// Rates are off unless `settings` (TOML) turns them on.
    pub(crate) async fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        Self { _folder: Some(folder), ..Self::start_in(settings, &path).await }
    }

    /// With what another server has left in a folder.
    pub(crate) async fn start_in(settings: &str, folder: &Path) -> Self {
        let mut settings = hearth_config::from_toml(settings).unwrap();
        settings.server.listen = "127.0.0.1:0".parse().unwrap();
        settings.server.data_dir = folder.to_owned();
        let store = store::open(&settings).await.unwrap();
        let server = Server::start(settings, store).await.unwrap();
        let (address, app) = (server.address(), Arc::clone(server.app()));
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, app, _folder: None, stop: Some(stop), ended: Some(ended) }
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.ended.take().unwrap().await.unwrap();
    }

    /// One request on a connection of its own. `Host` and `Content-Length` are added.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let socket = TcpStream::connect(self.address).await.unwrap();
        self.ask_on(socket, method, path, headers, body).await
    }

    /// As [`get`](Self::get), from another address of this machine.
    pub(crate) async fn get_from(&self, from: &str, path: &str, headers: &str) -> Reply {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let socket = socket.connect(self.address).await.unwrap();
        self.ask_on(socket, "GET", path, headers, b"").await
    }

    async fn ask_on(
        &self,
        mut socket: TcpStream,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Reply {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n",
            self.address,
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        // The server may refuse before it has read everything.
        let _ = socket.write_all(body).await;
        Reply::read(&mut socket, method == "HEAD").await
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> Reply {
        self.ask("GET", path, headers, b"").await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) async fn read(socket: &mut (impl AsyncRead + Unpin), head_only: bool) -> Self {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            assert!(
                socket.read_buf(&mut bytes).await.unwrap() > 0,
                "closed: {:?}",
                String::from_utf8_lossy(&bytes)
            );
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut body = bytes.split_off(end + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HashMap::<String, String>::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            // Several of one name are one list.
            let all = headers.entry(name.to_ascii_lowercase()).or_default();
            let comma = if all.is_empty() { "" } else { ", " };
            *all += &format!("{comma}{}", value.trim());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        while !head_only && body.len() < length {
            assert!(socket.read_buf(&mut body).await.unwrap() > 0, "closed in the body");
        }
        Self { status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The refusal's code.
    pub(crate) fn error(&self) -> String {
        let json = self.json();
        assert!(json["details"].as_str().is_some_and(|text| !text.is_empty()), "{json}");
        json["error"].as_str().unwrap().to_owned()
    }
}
