//! The real program against people who want what is not theirs, or too much.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod person;
mod uploads;

const SOUND: &[u8] = include_bytes!("../../../signaling/tests/sounds/chromium.webm");
