//! The native client of Hearth: for bots, players, recorders and measurements.
//!
//! Owns the other end of everything that a server offers: a [`Connection`] (one session, which
//! comes back by itself when it is cut), the [`Room`] it walked into, the [`Chat`] there or with
//! somebody, the [`Voice`] in that room with its [`Speaker`] and its [`Listening`], and sound in and
//! out of files. Knows the protocol
//! and nothing of the server's insides. Never decides anything the server decides, never mixes
//! on the live path, and keeps no sound longer than its small bounds say.
//!
//! ```no_run
//! # async fn example() -> Result<(), hearth_client::Error> {
//! use hearth_client::{Connection, Room, Setup, Tone, Voice, Who};
//!
//! let connection = Connection::open("http://localhost:8080", Who::guest("Bell")).await?;
//! let room = Room::join(&connection, "general").await?;
//! let voice = Voice::join(&room, Setup::default()).await?;
//! if let Some(speaker) = voice.speaker() {
//!     speaker.play(Tone::new(440.0, 0.3)?, Some(std::time::Duration::from_secs(3))).await?;
//! }
//! voice.leave().await?;
//! connection.close().await;
//! # Ok(())
//! # }
//! ```

mod backoff;
mod chat;
pub mod chat_load;
mod connection;
mod decoded;
mod error;
mod event;
mod frame;
mod jitter;
mod level;
mod link;
mod listening;
pub mod load;
mod ogg_file;
mod people;
mod reading;
mod recording;
mod room;
mod sound;
mod speaker;
mod tone;
mod voice;
mod wav_file;

pub use chat::{Chat, Page};
pub use connection::{Connection, Who};
pub use decoded::{Decoded, SAMPLE_RATE};
pub use error::Error;
pub use event::Event;
pub use frame::{Endless, Frame, SILENCE, Source};
pub use listening::{Heard, Listening};
pub use ogg_file::{OggReader, OggWriter};
pub use people::People;
pub use reading::{News, Reading};
pub use recording::{MixedRecording, SplitRecording};
pub use room::Room;
pub use sound::{Sound, download};
pub use speaker::Speaker;
pub use tone::{Tone, share_of_tone};
pub use voice::{Path, Setup, Voice};
pub use wav_file::WavFile;

/// The protocol's own words, as they appear in this library's interface.
pub use hearth_protocol as protocol;
