//! `load`: many voices, and what they cost the server. See [`hearth_client::load`].

use std::time::Duration;

use clap::Args;
use hearth_client::load::{self, Plan};

use super::{Server, say};

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Peers that only talk, per room
    #[arg(long, default_value_t = 1, value_name = "P")]
    publishers: u32,
    /// Peers that only listen, per room
    #[arg(long, default_value_t = 20, value_name = "S")]
    subscribers: u32,
    /// How long to measure, s
    #[arg(long, default_value_t = 10.0, value_name = "N")]
    seconds: f64,
    /// The room's id; by default a room "Load 1" is used or created
    #[arg(long)]
    room: Option<String>,
    /// Rooms, each with all its publishers and subscribers
    #[arg(long, default_value_t = 1, value_name = "N")]
    rooms: u32,
    /// Packets per second and publisher
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Payload of each packet, bytes
    #[arg(long, default_value_t = 100, value_name = "BYTES")]
    payload: usize,
    /// Receiving sections of each subscriber; by default as many as the server recommends
    #[arg(long, value_name = "K")]
    slots: Option<u8>,
    /// Joins begun per second
    #[arg(long, default_value_t = 50, value_name = "N")]
    joins_per_second: u32,
    /// The server's process, to measure its CPU and memory beside the sendmmsg(64) floor
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
}

pub(crate) async fn run(server: &Server, load: &Load) -> anyhow::Result<()> {
    let plan = Plan {
        server: server.server.clone(),
        publishers: load.publishers,
        subscribers: load.subscribers,
        duration: Duration::try_from_secs_f64(load.seconds)?,
        room: load.room.clone(),
        rooms: load.rooms,
        rate: load.rate,
        payload: load.payload,
        slots: load.slots,
        joins_per_second: load.joins_per_second,
        server_pid: load.server_pid,
    };
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    let report = load::run(&plan, say, stop).await?;
    Ok(server.print(&serde_json::to_value(&report)?, &report.to_string())?)
}
