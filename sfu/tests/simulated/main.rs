//! The core with a simulated wire and simulated time: nothing here waits, and every run is alike.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its failure")]
#![allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]

mod browser;
#[path = "../dice/mod.rs"]
mod dice;
mod hostile;
mod mutated;
mod reports;
mod transport;
mod voice;
mod wire;
