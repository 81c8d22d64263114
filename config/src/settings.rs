//! The settings as types: one struct per section of `default.toml`, which documents each key.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ConfigError, Secret};

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the sections are documented in default.toml")]
pub struct Settings {
    pub server: Server,
    pub store: Store,
    pub nodes: Nodes,
    pub session: Session,
    pub socketio: SocketIo,
    pub guests: Guests,
    pub auth: Auth,
    pub rooms: Rooms,
    pub calls: Calls,
    pub blobs: Blobs,
    pub sfu: Sfu,
    pub limits: Limits,
    pub log: Log,
}

/// HTTP and process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Server {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    pub allowed_origins: Vec<String>,
    #[serde(with = "millis", rename = "drain_ms")]
    pub drain: Duration,
    #[serde(with = "millis", rename = "shutdown_grace_ms")]
    pub shutdown_grace: Duration,
    pub data_dir: PathBuf,
    #[serde(default, skip_serializing)]
    port: Option<String>,
    #[serde(default, skip_serializing)]
    client_url: Option<String>,
}

/// Where things are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Store {
    pub redis_url: Secret,
    pub queue: usize,
    pub batch: usize,
    pub readers: usize,
    #[serde(with = "millis", rename = "timeout_ms")]
    pub timeout: Duration,
}

/// Several nodes on one Redis.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Nodes {
    #[serde(with = "millis", rename = "lease_ms")]
    pub lease: Duration,
    #[serde(with = "millis", rename = "answer_ms")]
    pub answer: Duration,
    pub queue: usize,
}

/// One WebSocket's life.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Session {
    pub max_sessions: usize,
    #[serde(with = "millis", rename = "hello_timeout_ms")]
    pub hello_timeout: Duration,
    #[serde(with = "millis", rename = "heartbeat_ms")]
    pub heartbeat: Duration,
    #[serde(with = "millis", rename = "dead_after_ms")]
    pub dead_after: Duration,
    #[serde(with = "millis", rename = "resume_ms")]
    pub resume: Duration,
    pub outbox_bytes: usize,
    pub outbox_messages: usize,
    pub replay_messages: usize,
    pub message_bytes: usize,
    pub bad_messages: u32,
}

/// The dialect of an older voice chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct SocketIo {
    pub enabled: bool,
}

/// People without an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Guests {
    pub allowed: bool,
    pub max_identities: usize,
}

/// Sign-in by tokens of the host's own service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Auth {
    pub secret: Secret,
    pub secret_file: PathBuf,
    pub public_key: String,
    pub public_key_file: PathBuf,
    pub issuer: String,
    pub audience: String,
    #[serde(with = "millis", rename = "leeway_ms")]
    pub leeway: Duration,
}

/// Rooms and their list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Rooms {
    pub max_rooms: usize,
    pub max_participants: usize,
    pub crowd: usize,
    #[serde(with = "millis", rename = "list_interval_ms")]
    pub list_interval: Duration,
    pub owners: Vec<String>,
    pub defaults: Vec<DefaultRoom>,
}

/// A room that exists from the first start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct DefaultRoom {
    pub id: String,
    pub name: String,
    pub icon: String,
}

/// Calls between two people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Calls {
    #[serde(with = "millis", rename = "ring_ms")]
    pub ring: Duration,
}

/// The sounds of voice messages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Blobs {
    pub url: String,
    pub max_bytes: u64,
    #[serde(with = "millis", rename = "max_duration_ms")]
    pub max_duration: Duration,
    pub max_uploads: usize,
    #[serde(with = "millis", rename = "upload_timeout_ms")]
    pub upload_timeout: Duration,
    #[serde(with = "millis", rename = "unused_ms")]
    pub unused: Duration,
}

/// The media plane.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Sfu {
    #[serde(serialize_with = "address_or_empty", deserialize_with = "address_or_none")]
    pub listen: Option<SocketAddr>,
    pub public_addresses: Vec<String>,
    pub advertise_local: bool,
    pub slots: usize,
    pub max_peers: usize,
    pub dtls: DtlsVersion,
    #[serde(with = "millis", rename = "consent_timeout_ms")]
    pub consent_timeout: Duration,
    #[serde(with = "millis", rename = "join_timeout_ms")]
    pub join_timeout: Duration,
    #[serde(with = "millis", rename = "queue_ms")]
    pub queue: Duration,
    #[serde(with = "millis", rename = "hold_ms")]
    pub hold: Duration,
    pub speaking_level: u8,
    pub receive_buffer_bytes: usize,
    pub send_buffer_bytes: usize,
}

/// The DTLS versions that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DtlsVersion {
    #[serde(rename = "1.2")]
    V12,
    #[serde(rename = "1.3")]
    V13,
    #[serde(rename = "auto")]
    Auto,
}

/// Rates, per identity or per address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Limits {
    pub enabled: bool,
    pub messages_per_second: u32,
    pub messages_burst: u32,
    pub chat_per_second: u32,
    pub chat_burst: u32,
    pub reads_per_second: u32,
    pub hellos_per_minute: u32,
    pub rooms_per_hour: u32,
    pub voice_joins_per_minute: u32,
    pub passwords_per_minute: u32,
    pub calls_per_minute: u32,
    pub http_per_second: u32,
    pub uploads_per_minute: u32,
    pub upload_bytes_per_hour: u64,
}

/// What is logged and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented in default.toml")]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// The UDP address of the media plane: `sfu.listen`, else that of the HTTP server.
    #[must_use]
    pub fn sfu_listen(&self) -> SocketAddr {
        self.sfu.listen.unwrap_or(self.server.listen)
    }

    /// The effective settings as TOML, without secrets.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

impl Server {
    /// Folds `PORT` and `CLIENT_URL` into the keys that they stand for.
    pub(crate) fn apply_conventional_names(&mut self) -> Result<(), ConfigError> {
        if let Some(port) = self.port.take() {
            let port = port.parse().map_err(|_| ConfigError::Bound {
                key: "PORT".into(),
                value: port,
                allowed: "a port number, 0–65535".into(),
            })?;
            self.listen.set_port(port);
        }
        if let Some(origin) = self.client_url.take() {
            self.allowed_origins.push(origin.trim_end_matches('/').to_owned());
        }
        Ok(())
    }

    /// Whether the server can be reached from this machine only.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.listen.ip() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_loopback(),
        }
    }
}

mod millis {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_millis)
    }
}

fn address_or_empty<S: Serializer>(value: &Option<SocketAddr>, s: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(address) => s.collect_str(address),
        None => s.serialize_str(""),
    }
}

fn address<'de, D: Deserializer<'de>>(d: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(d)?;
    text.parse().map_err(|_| serde::de::Error::custom(format!("\"{text}\" is not an address:port")))
}

fn address_or_none<'de, D: Deserializer<'de>>(d: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(d)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(format!("\"{text}\" is not an address:port, nor empty"))
    })
}
