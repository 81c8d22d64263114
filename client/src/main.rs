//! The command line of the native client: `hearth-client --help`.

mod cli;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Talk, listen, write and measure in the rooms of a Hearth server
#[derive(Debug, Parser)]
#[command(name = "hearth-client", version)]
struct Arguments {
    #[command(flatten)]
    server: cli::Server,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the rooms and who is in them
    Rooms,
    /// Speak a file or a tone into a room
    Talk(cli::talk::Talk),
    /// Write what is heard in a room into Ogg/Opus files
    Listen(cli::listen::Listen),
    /// Chat in a room: shows what is written, writes what is typed; `/help` says more
    Chat(cli::chat::ChatRoom),
    /// Write one message into a room
    Send(cli::send::Send),
    /// Send a recording into a room
    VoiceMessage(cli::send::VoiceMessage),
    /// Load a server with many voices and measure it
    Load(cli::load::Load),
    /// Load a server with many who write and read, and measure it
    LoadChat(cli::load_chat::LoadChat),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error,webrtc=off,rtc=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Arguments { server, command } = Arguments::parse();
    let done = match &command {
        Command::Rooms => cli::rooms::run(&server).await,
        Command::Talk(talk) => cli::talk::run(&server, talk).await,
        Command::Listen(listen) => cli::listen::run(&server, listen).await,
        Command::Chat(chat) => cli::chat::run(&server, chat).await,
        Command::Send(send) => cli::send::text(&server, send).await,
        Command::VoiceMessage(message) => cli::send::sound(&server, message).await,
        Command::Load(load) => cli::load::run(&server, load).await,
        Command::LoadChat(load) => cli::load_chat::run(&server, load).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!(?error);
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "hearth-client: {error}");
            ExitCode::FAILURE
        }
    }
}
