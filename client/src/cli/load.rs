//! `load`: see [`hearth_client::load`].

use clap::Args;

use super::Server;

#[derive(Debug, Args)]
pub(crate) struct Load {}

pub(crate) async fn run(_server: &Server, _load: &Load) -> anyhow::Result<()> {
    anyhow::bail!("not yet")
}
