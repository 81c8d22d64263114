//! The command line: what each command does with the library.
//!
//! Owns arguments, progress and the last word; results go to standard output, everything else to
//! standard error.

pub(crate) mod chat;
pub(crate) mod listen;
pub(crate) mod load;
pub(crate) mod load_chat;
pub(crate) mod rooms;
pub(crate) mod send;
pub(crate) mod talk;

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use hearth_client::{Connection, Error, Who, protocol::Token};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Where to, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server, as in a browser
    #[arg(long, default_value = "http://localhost:8080", value_name = "URL", global = true)]
    pub(crate) server: String,
    /// The name to come in under; 2–20 characters
    #[arg(long, global = true)]
    name: Option<String>,
    /// The token of an earlier visit: come in as who one was
    #[arg(long, env = "HEARTH_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Server {
    /// Opens a session; without a name or token as a guest of some number.
    pub(crate) async fn open(&self) -> Result<Connection, Error> {
        let name = match (&self.name, &self.token) {
            (None, None) => Some(format!("guest-{:04}", rand::random_range(0..10_000))),
            (name, _) => name.clone(),
        };
        let token = self.token.clone().map(Token);
        Connection::open(&self.server, Who { name, token, avatar: None }).await
    }

    /// Prints a result: as JSON, or as the text.
    pub(crate) fn print(&self, json: &serde_json::Value, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json { writeln!(out, "{json}") } else { writeln!(out, "{text}") }
    }
}

/// Tells on standard error, every 5 s, that something goes on; until `done` is.
pub(crate) async fn with_progress<T>(
    what: &str,
    whole: Option<Duration>,
    done: impl Future<Output = T>,
) -> T {
    let began = Instant::now();
    let mut tick = interval(Duration::from_secs(5));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tick.reset();
    tokio::pin!(done);
    loop {
        tokio::select! {
            result = &mut done => return result,
            _ = tick.tick() => {
                let gone = began.elapsed().as_secs();
                let of = whole.map_or(String::new(), |whole| format!(" of {}", whole.as_secs()));
                say(&format!("{what}: {gone}{of} s"));
            }
        }
    }
}

/// One line on standard error. If nobody reads it, nothing is lost.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
