//! What it costs to forward one packet: authenticate, decrypt, and protect it for each listener.
//!
//! `cargo bench -p hearth-sfu` prints the time per packet in, and the packets out per second.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is the report")]
#![allow(clippy::disallowed_methods, reason = "there must be some instant to begin at")]
#![allow(dead_code, reason = "of the simulated browsers only a part is needed here")]

#[path = "../tests/simulated/browser.rs"]
mod browser;
#[path = "../tests/simulated/stage.rs"]
mod stage;
#[path = "../tests/simulated/wire.rs"]
mod wire;

use std::cell::RefCell;

use divan::{Bencher, counter::ItemsCount};
use stage::{Count, Stage};

/// More than a core's own caches hold, bytes.
const OTHERS: usize = 64 << 20;

fn main() {
    divan::main();
}

/// As fast as it goes.
#[divan::bench(args = [1, 10, 100])]
fn one_packet_to(bencher: Bencher<'_, '_>, listeners: u32) {
    forward(bencher, listeners, || ());
}

/// After the processor's caches were used for something else, as between two packets of a call.
#[divan::bench(args = [1, 10, 100], sample_size = 1)]
fn one_packet_after_a_pause_to(bencher: Bencher<'_, '_>, listeners: u32) {
    let mut others = vec![1_u8; OTHERS];
    forward(bencher, listeners, move || {
        others.iter_mut().for_each(|byte| *byte = byte.wrapping_mul(3));
        divan::black_box(&others);
    });
}

fn forward(bencher: Bencher<'_, '_>, listeners: u32, mut pause: impl FnMut()) {
    let stage = RefCell::new(Stage::new(1, listeners));
    let mut sent = Count::default();
    bencher
        .counter(ItemsCount::new(listeners))
        .with_inputs(|| {
            let spoken = stage.borrow_mut().speech(1);
            pause();
            spoken
        })
        .bench_local_refs(|spoken| stage.borrow_mut().forward(spoken, &mut sent));
}
