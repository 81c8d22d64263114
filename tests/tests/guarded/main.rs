//! The real program against people who want what is not theirs, or too much.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]
#![allow(clippy::print_stdout, reason = "what was skipped is part of the report")]

#[path = "../../../signaling/tests/paths/mod.rs"]
mod asked;
mod paths;
#[path = "../durability/strace.rs"]
mod strace;
mod uploads;
#[allow(dead_code, reason = "the tests of sessions use the rest of it")]
#[path = "../../../signaling/tests/wire/mod.rs"]
mod wire;

const SOUND: &[u8] = include_bytes!("../../../signaling/tests/sounds/chromium.webm");
