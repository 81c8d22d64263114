//! Bad input at every public door of a running server, beside a live call: a clear error or
//! silence, counted, and nobody else affected.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is the report")]

mod datagrams;
mod messages;
mod offers;
mod scene;
mod sockets;
mod stun;
