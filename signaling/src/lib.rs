//! The signaling server of Hearth: rooms, people and what they say to each other, but for the
//! voices themselves, which the media plane (`hearth-sfu`) carries.
//!
//! A message's way: `session` (decode) → the noun it is about (check, decide, commit) →
//! `backplane` → outboxes → sockets. Serialised once, never waiting for a slow reader.

pub mod advertise;
pub mod app;
pub mod backplane;
pub mod blobs;
mod call;
mod chat;
mod clock;
pub mod connections;
mod direct;
pub mod grants;
pub mod http;
pub mod identity;
mod lanes;
pub mod limits;
pub mod list;
pub mod logs;
pub mod media;
pub mod metrics;
mod moderation;
pub mod names;
mod numbers;
mod openapi;
pub mod origin;
pub mod outbox;
pub mod pages;
pub mod passwords;
pub mod presence;
mod profile;
pub mod refusal;
pub mod rest;
pub mod room;
pub mod rooms;
pub mod roster;
pub mod server;
pub mod session;
pub mod sign_in;
pub mod socketio;
pub mod store;
mod walk;
pub mod whip;

pub use app::App;
