//! `load-chat`: many who write and read, and what they cost the server. See
//! [`hearth_client::chat_load`].

use std::time::Duration;

use clap::Args;
use hearth_client::chat_load::{self, Plan};

use super::{Server, say};

#[derive(Debug, Args)]
pub(crate) struct LoadChat {
    /// People who write and read, per room
    #[arg(long, default_value_t = 5, value_name = "N")]
    senders: u32,
    /// People who only read, per room
    #[arg(long, default_value_t = 200, value_name = "M")]
    readers: u32,
    /// Messages per second in each room, by all senders together
    #[arg(long, default_value_t = 50, value_name = "R")]
    rate: u32,
    /// How long to measure, s
    #[arg(long, default_value_t = 10.0, value_name = "S")]
    seconds: f64,
    /// Rooms, each with all its senders and readers
    #[arg(long, default_value_t = 1, value_name = "N")]
    rooms: u32,
    /// The server's process, to measure its CPU
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Instead: so many people join one room at once; counts what all of them receive
    #[arg(long, value_name = "N")]
    join_storm: Option<u32>,
}

pub(crate) async fn run(server: &Server, load: &LoadChat) -> anyhow::Result<()> {
    let address = server.server.clone();
    let (json, text) = if let Some(people) = load.join_storm {
        let storm = move || chat_load::storm(&address, people, say);
        let storm = tokio::task::spawn_blocking(storm).await??;
        (serde_json::to_value(&storm)?, storm.to_string())
    } else {
        let plan = Plan {
            server: address,
            senders: load.senders,
            readers: load.readers,
            rate: load.rate,
            duration: Duration::try_from_secs_f64(load.seconds)?,
            rooms: load.rooms,
            server_pid: load.server_pid,
        };
        let report = tokio::task::spawn_blocking(move || chat_load::run(&plan, say)).await??;
        (serde_json::to_value(&report)?, report.to_string())
    };
    Ok(server.print(&json, &text)?)
}
