//! What a forwarded packet takes from the allocator: nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its failure")]
#![allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]
#![allow(dead_code, reason = "of the simulated browsers only a part is needed here")]

#[path = "simulated/browser.rs"]
mod browser;
#[path = "simulated/stage.rs"]
mod stage;
#[path = "simulated/wire.rs"]
mod wire;

use stage::{Count, Stage};

/// Frames that each talker sends while it is counted: two rounds of reports and more.
const FRAMES: usize = 125;

#[test]
fn one_talker_and_two_hundred_listeners() {
    forwards_without_allocating(1, 200);
}

#[test]
fn ten_talkers_and_twenty_listeners() {
    forwards_without_allocating(10, 20);
}

fn forwards_without_allocating(talkers: u32, listeners: u32) {
    let mut stage = Stage::new(talkers, listeners);
    let mut speech = stage.speech(FRAMES);
    let mut sent = Count::default();
    let allocated = allocation_counter::measure(|| stage.forward(&mut speech, &mut sent));
    // Listeners hear every talker, and talkers each other.
    let heard = talkers * (listeners + talkers - 1);
    assert!(sent.media == FRAMES * heard as usize, "{sent:?}");
    assert!(sent.control >= 2 * (talkers + listeners) as usize, "{sent:?}");
    assert_eq!(allocated.count_total, 0, "{allocated:?} for {sent:?}");
}
