//! The real program against people who want what is not theirs, or too much.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod uploads;
#[allow(dead_code, reason = "the tests of sessions use the rest of it")]
#[path = "../../../signaling/tests/wire/mod.rs"]
mod wire;

const SOUND: &[u8] = include_bytes!("../../../signaling/tests/sounds/chromium.webm");
