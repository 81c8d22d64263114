//! Somebody who uploads, sends and hears sounds, and the files of them.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use serde_json::{Value, json};

use crate::{
    raw::{Reply, Running},
    wire::Wire,
};

/// Somebody with a token, and what they ask over HTTP.
pub(crate) struct Person<'a> {
    server: &'a Running,
    pub(crate) wire: Wire,
    /// A header line.
    pub(crate) authorization: String,
}

impl<'a> Person<'a> {
    pub(crate) async fn new(server: &'a Running, name: &str) -> Self {
        let wire = Wire::guest(server.address, name).await;
        let token = wire.welcome["token"].as_str().unwrap();
        let authorization = format!("Authorization: Bearer {token}\r\n");
        Self { server, wire, authorization }
    }

    pub(crate) async fn upload(&self, bytes: &[u8]) -> Reply {
        self.server.ask("POST", "/api/blobs", &self.authorization, bytes).await
    }

    /// The id of a sound that was taken.
    pub(crate) async fn uploaded(&self, bytes: &[u8]) -> String {
        let reply = self.upload(bytes).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["blob"].as_str().unwrap().to_owned()
    }

    /// Sends a sound; the number of the message comes back.
    pub(crate) async fn send(&mut self, conversation: &Value, message: u8, blob: &str) -> u64 {
        let send = json!({
            "type": "chat:voice", "conversation": conversation, "message": format!("{message:032x}"),
            "blob": blob, "duration_ms": 1500, "peaks": [1, 2, 3],
        });
        let ack = self.wire.request(send).await;
        ack["result"]["position"]["seq"].as_u64().unwrap_or_else(|| panic!("{ack}"))
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> Reply {
        self.server.get(path, &format!("{}{headers}", self.authorization)).await
    }

    pub(crate) async fn hear(&self, blob: &str, headers: &str) -> Reply {
        self.get(&format!("/api/blobs/{blob}"), headers).await
    }
}

/// The files of sounds, by their paths below the server's folder, in order.
pub(crate) fn files(server: &Running) -> Vec<String> {
    let root = &server.app.settings.server.data_dir;
    let mut found = Vec::new();
    let mut folders = vec![root.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
