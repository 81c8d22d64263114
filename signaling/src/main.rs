//! The program `hearth`: reads the settings, starts the server, stops it when it is told to.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use hearth_config::Settings;
use hearth_signaling::{logs, server::Server, store};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Voice rooms that you host yourself.
///
/// Without a file it serves on port 8080. Every setting is documented in config/default.toml and
/// can also come from the environment, as HEARTH_SECTION__KEY.
#[derive(Debug, Parser)]
#[command(name = "hearth", version)]
struct Arguments {
    /// The settings; without it, hearth.toml in the working folder if there is one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Task {
    /// Print the settings in force, without secrets, and exit
    Config,
}

/// The exit code for settings that cannot be used, as clap's for arguments.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match hearth_config::load(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(error) => return fail(&error, USAGE),
    };
    if let Some(Task::Config) = arguments.task {
        say(&settings.to_toml());
        return ExitCode::SUCCESS;
    }
    if let Err(reason) = logs::start(&settings.log) {
        return fail(&reason, USAGE);
    }
    match serve(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}"), 1),
    }
}

#[tokio::main]
async fn serve(settings: Settings) -> anyhow::Result<()> {
    // Before anything else, so that no signal falls into the time of starting.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    // Most systems give 1024 at first, and let every program have more that asks for it. Where it
    // may not, fewer people fit, and the accept loop says so.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let store = store::open(&settings).await?;
    let server = tokio::select! {
        server = Server::start(settings, store) => server?,
        () = either(&mut interrupt, &mut terminate) => return Ok(()),
    };
    announce(&server);
    let stop = async move {
        either(&mut interrupt, &mut terminate).await;
        say("stopping; once more to stop at once\n");
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(1);
        });
    };
    server.run(stop).await;
    Ok(())
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
    }
}

fn announce(server: &Server) {
    let mut text = format!("Hearth {}\n", env!("CARGO_PKG_VERSION"));
    let urls = server.urls();
    for url in &urls {
        text += &format!("listening on {url}\n");
    }
    if let Some(address) = server.voice_address() {
        text += &format!("voice on UDP port {}\n", address.port());
    }
    if urls.iter().any(|url| !url.starts_with("http://localhost")) {
        text += "Browsers give the microphone only to https:// and to localhost: for others to \
                 talk, put a TLS proxy in front.\n";
    }
    say(&text);
}

fn fail(reason: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "hearth: {reason}");
    ExitCode::from(code)
}

/// To standard output; that nobody reads it (any more) is no reason to end.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
