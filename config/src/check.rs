//! The bounds of `default.toml`, enforced.

use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use crate::{Auth, ConfigError, Settings};

/// The shortest secret that tokens may be signed with, bytes: that of the hash (RFC 7518 §3.2).
pub const MIN_SECRET_BYTES: usize = 32;

pub(crate) fn check(settings: &Settings) -> Result<(), ConfigError> {
    let Settings {
        server,
        store,
        nodes,
        session,
        guests,
        auth,
        rooms,
        calls,
        blobs,
        sfu,
        limits,
        log,
        socketio: _,
    } = settings;

    millis("server.drain_ms", server.drain, 0..=86_400_000)?;
    millis("server.shutdown_grace_ms", server.shutdown_grace, 0..=600_000)?;
    if server.allowed_origins.len() > 64 {
        return Err(bound("server.allowed_origins", "a longer list", "at most 64 origins"));
    }
    for origin in &server.allowed_origins {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains('/')) {
            return Err(bound(
                "server.allowed_origins",
                origin,
                "https://host[:port] or http://host[:port], without a path",
            ));
        }
    }

    let redis = store.redis_url.expose();
    if !redis.is_empty() && !["redis://", "redis+unix://"].iter().any(|s| redis.starts_with(s)) {
        let allowed = "redis://… or redis+unix://…, or empty";
        return Err(bound("store.redis_url", "something else", allowed));
    }
    within("store.queue", store.queue, 16..=65_536)?;
    within("store.batch", store.batch, 1..=4_096)?;
    within("store.readers", store.readers, 1..=64)?;
    millis("store.timeout_ms", store.timeout, 100..=60_000)?;

    millis("nodes.lease_ms", nodes.lease, 1_000..=60_000)?;
    millis("nodes.answer_ms", nodes.answer, 100..=60_000)?;
    within("nodes.queue", nodes.queue, 1_024..=1_048_576)?;

    within("session.max_sessions", session.max_sessions, 1..=1_000_000)?;
    millis("session.hello_timeout_ms", session.hello_timeout, 100..=60_000)?;
    millis("session.heartbeat_ms", session.heartbeat, 500..=60_000)?;
    millis("session.dead_after_ms", session.dead_after, 1..=300_000)?;
    if session.dead_after <= session.heartbeat {
        return Err(bound(
            "session.dead_after_ms",
            session.dead_after.as_millis(),
            "more than session.heartbeat_ms",
        ));
    }
    millis("session.resume_ms", session.resume, 0..=300_000)?;
    within("session.outbox_bytes", session.outbox_bytes, 65_536..=67_108_864)?;
    within("session.outbox_messages", session.outbox_messages, 64..=65_536)?;
    within("session.replay_messages", session.replay_messages, 0..=65_536)?;
    within("session.message_bytes", session.message_bytes, 4_096..=1_048_576)?;
    within("session.bad_messages", session.bad_messages, 1..=1_000)?;

    within("guests.max_identities", guests.max_identities, 100..=10_000_000)?;

    check_auth(auth)?;

    within("rooms.max_rooms", rooms.max_rooms, 1..=100_000)?;
    within("rooms.max_participants", rooms.max_participants, 1..=100_000)?;
    within("rooms.crowd", rooms.crowd, 2..=5_000)?;
    millis("rooms.list_interval_ms", rooms.list_interval, 50..=10_000)?;
    within("rooms.owners (how many)", rooms.owners.len(), 0..=100)?;
    for owner in &rooms.owners {
        let digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if owner.len() != 32 || !owner.bytes().all(digit) {
            return Err(bound("rooms.owners", owner, "identities, each 32 digits 0–9 a–f"));
        }
    }
    within("rooms.defaults (how many)", rooms.defaults.len(), 0..=rooms.max_rooms)?;
    for room in &rooms.defaults {
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if room.id.is_empty() || room.id.len() > 64 || !room.id.chars().all(slug) {
            return Err(bound("rooms.defaults", &room.id, "an id of 1–64 characters a–z 0–9 -"));
        }
        within("rooms.defaults (name, characters)", room.name.chars().count(), 1..=30)?;
        within("rooms.defaults (icon, bytes)", room.icon.len(), 1..=32)?;
    }

    millis("calls.ring_ms", calls.ring, 1_000..=300_000)?;

    if !blobs.url.is_empty() && !blobs.url.starts_with("s3://") {
        return Err(bound("blobs.url", &blobs.url, "empty, or s3://bucket or s3://bucket/prefix"));
    }
    within("blobs.max_bytes", blobs.max_bytes, 65_536..=33_554_432)?;
    millis("blobs.max_duration_ms", blobs.max_duration, 1_000..=3_600_000)?;
    within("blobs.max_uploads", blobs.max_uploads, 1..=1_024)?;
    millis("blobs.upload_timeout_ms", blobs.upload_timeout, 1_000..=3_600_000)?;
    millis("blobs.unused_ms", blobs.unused, 1_000..=2_592_000_000)?;

    within("sfu.public_addresses (how many)", sfu.public_addresses.len(), 0..=16)?;
    within("sfu.slots", sfu.slots, 1..=32)?;
    within("sfu.max_peers", sfu.max_peers, 1..=100_000)?;
    millis("sfu.consent_timeout_ms", sfu.consent_timeout, 2_000..=60_000)?;
    millis("sfu.join_timeout_ms", sfu.join_timeout, 2_000..=120_000)?;
    millis("sfu.queue_ms", sfu.queue, 20..=1_000)?;
    millis("sfu.hold_ms", sfu.hold, 0..=5_000)?;
    within("sfu.speaking_level", sfu.speaking_level, 10..=126)?;
    within("sfu.receive_buffer_bytes", sfu.receive_buffer_bytes, 65_536..=268_435_456)?;
    within("sfu.send_buffer_bytes", sfu.send_buffer_bytes, 65_536..=268_435_456)?;

    within("limits.messages_per_second", limits.messages_per_second, 1..=10_000)?;
    within("limits.messages_burst", limits.messages_burst, 1..=100_000)?;
    within("limits.chat_per_second", limits.chat_per_second, 1..=10_000)?;
    within("limits.chat_burst", limits.chat_burst, 1..=100_000)?;
    within("limits.reads_per_second", limits.reads_per_second, 1..=10_000)?;
    within("limits.hellos_per_minute", limits.hellos_per_minute, 1..=100_000)?;
    within("limits.rooms_per_hour", limits.rooms_per_hour, 1..=100_000)?;
    within("limits.voice_joins_per_minute", limits.voice_joins_per_minute, 1..=100_000)?;
    within("limits.passwords_per_minute", limits.passwords_per_minute, 1..=100_000)?;
    within("limits.calls_per_minute", limits.calls_per_minute, 1..=100_000)?;
    within("limits.http_per_second", limits.http_per_second, 1..=100_000)?;
    within("limits.uploads_per_minute", limits.uploads_per_minute, 1..=100_000)?;
    within(
        "limits.upload_bytes_per_hour",
        limits.upload_bytes_per_hour,
        65_536..=1_099_511_627_776,
    )?;

    if log.filter.len() > 1_024 {
        return Err(bound("log.filter", "a longer text", "at most 1024 bytes"));
    }
    Ok(())
}

fn check_auth(auth: &Auth) -> Result<(), ConfigError> {
    let Auth { secret, secret_file, public_key, public_key_file, issuer, audience, leeway } = auth;
    let unset = [
        secret.is_empty(),
        secret_file.as_os_str().is_empty(),
        public_key.is_empty(),
        public_key_file.as_os_str().is_empty(),
    ];
    if unset.iter().filter(|unset| !**unset).count() > 1 {
        let allowed = "one of auth.secret, secret_file, public_key and public_key_file";
        return Err(bound("auth", "more than one key", allowed));
    }
    if !secret.is_empty() && secret.expose().len() < MIN_SECRET_BYTES {
        let allowed = format!("at least {MIN_SECRET_BYTES} bytes");
        return Err(bound("auth.secret", "a shorter one", &allowed));
    }
    within("auth.public_key (bytes)", public_key.len(), 0..=4_096)?;
    within("auth.issuer (bytes)", issuer.len(), 0..=1_024)?;
    within("auth.audience (bytes)", audience.len(), 0..=1_024)?;
    millis("auth.leeway_ms", *leeway, 0..=300_000)
}

fn millis(key: &str, value: Duration, allowed: RangeInclusive<u128>) -> Result<(), ConfigError> {
    within(key, value.as_millis(), allowed)
}

fn within<T>(key: &str, value: T, allowed: RangeInclusive<T>) -> Result<(), ConfigError>
where
    T: PartialOrd + Display,
{
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(bound(key, value, &format!("{}–{}", allowed.start(), allowed.end())))
}

fn bound(key: &str, value: impl Display, allowed: &str) -> ConfigError {
    ConfigError::Bound { key: key.into(), value: value.to_string(), allowed: allowed.into() }
}
