//! `send` and `voice-message`: one message into a room.

use std::path::PathBuf;

use clap::Args;
use hearth_client::{Chat, Connection, Error, Room, Sound, protocol::Sent};

use super::Server;

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The room's id
    room: String,
    /// What to write
    text: String,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceMessage {
    /// The room's id
    room: String,
    /// An Ogg/Opus file
    #[arg(value_name = "FILE.ogg")]
    file: PathBuf,
}

pub(crate) async fn text(server: &Server, send: &Send) -> anyhow::Result<()> {
    let write = async |connection: &Connection| {
        Room::join(connection, &send.room).await?;
        Chat::room(connection, &send.room).say(&send.text).await
    };
    sent(server, write).await
}

pub(crate) async fn sound(server: &Server, message: &VoiceMessage) -> anyhow::Result<()> {
    let sound = Sound::open(&message.file)?;
    let write = async |connection: &Connection| {
        Room::join(connection, &message.room).await?;
        let blob = sound.upload(connection).await?;
        Chat::room(connection, &message.room).send_sound(blob, &sound).await
    };
    sent(server, write).await
}

/// Writes, and says under which number it is stored.
async fn sent(
    server: &Server,
    write: impl AsyncFnOnce(&Connection) -> Result<Sent, Error>,
) -> anyhow::Result<()> {
    let connection = server.open().await?;
    let sent = write(&connection).await;
    connection.close().await;
    let sent = sent?;
    let text = format!("stored as #{}", sent.position.seq);
    Ok(server.print(&serde_json::to_value(&sent)?, &text)?)
}
