//! Messages changed by seeded dice: each is read as what it says or refused, never a panic.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

#[path = "../../../sfu/tests/dice/mod.rs"]
mod dice;

use std::{
    fs,
    time::{Duration, Instant},
};

use dice::Dice;
use hearth_protocol::{Request, ServerMessage};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
/// What may be put in anywhere.
const PIECES: [&str; 16] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    "null",
    "true",
    "-1",
    "1e999",
    "99999999999999999999",
    "\u{1f468}\u{200d}\u{1f469}",
];

/// Both readers, as the server and the native client use them. Returns whether it was a request.
fn read(text: &str) -> bool {
    let began = Instant::now();
    let request = serde_json::from_str::<Request>(text);
    let _ = serde_json::from_str::<ServerMessage>(text);
    assert!(began.elapsed() < Duration::from_secs(1), "{text}");
    if let Ok(request) = &request {
        // What was read can be written, and is then read alike.
        let written = serde_json::to_string(request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&written).unwrap(), *request);
    }
    request.is_ok()
}

#[test]
fn ruins_of_messages_never_panic() {
    let mut dice = Dice(0x5eed_0003);
    let (mut read_ones, mut refused) = (0, 0);
    for file in fs::read_dir(GOLDEN).unwrap() {
        let golden = fs::read_to_string(file.unwrap().path()).unwrap();
        for end in golden.char_indices().map(|(end, _)| end).take(2000) {
            read(&golden[..end]);
        }
        for _ in 0..1000 {
            let mut characters: Vec<char> = golden.chars().collect();
            for _ in 0..=dice.roll(3) {
                let at = dice.roll(characters.len());
                match dice.roll(3) {
                    0 => drop(characters.remove(at)),
                    1 => characters[at] = char::from(dice.roll(128) as u8),
                    _ => drop(characters.splice(at..at, PIECES[dice.roll(16)].chars())),
                }
            }
            let text: String = characters.into_iter().collect();
            if read(&text) { read_ones += 1 } else { refused += 1 }
        }
    }
    assert!(read_ones > 100 && refused > 10_000, "{read_ones} read, {refused} refused");
}

#[test]
fn what_is_deep_or_long_is_refused_at_once() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 128, 10_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(!read(&deep));
            read(&format!("{{\"id\":1,\"type\":\"ping\",\"x\":{deep}}}"));
            assert!(!read(&format!("{{\"id\":1,\"type\":\"room:join\",\"room\":{deep}}}")));
        }
    }
    let long = "x".repeat(1 << 20);
    assert!(!read(&long));
    read(&format!("{{\"id\":1,\"type\":\"ping\",\"{long}\":\"{long}\"}}"));
    assert!(!read(&format!("{{\"id\":{},\"type\":\"ping\"}}", "9".repeat(1 << 16))));
}
