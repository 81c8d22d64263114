//! `talk`: speaks a file or a tone into a room.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use hearth_client::{Endless, Error, OggReader, Room, Setup, Source, Tone, Voice, WavFile};
use serde_json::json;

use super::{Server, with_progress};

#[derive(Debug, Args)]
pub(crate) struct Talk {
    /// The room's id
    room: String,
    /// An Ogg/Opus file (packets pass through unchanged) or a WAV file (8, 12, 16, 24, 48 kHz)
    #[arg(required_unless_present = "tone", conflicts_with = "tone")]
    file: Option<PathBuf>,
    /// A tone instead of a file, Hz
    #[arg(long, value_name = "HZ")]
    tone: Option<f64>,
    /// Stop after so long, s
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// From the beginning again at the end of the file
    #[arg(long = "loop")]
    again: bool,
}

pub(crate) async fn run(server: &Server, talk: &Talk) -> anyhow::Result<()> {
    let limit = talk.seconds.map(Duration::try_from_secs_f64).transpose()?;
    let source = talk.source()?;
    let connection = server.open().await?;
    let talked = async {
        let room = Room::join(&connection, &talk.room).await?;
        let voice = Voice::join(&room, Setup { slots: Some(0), ..Setup::default() }).await?;
        let speaker = voice.speaker().ok_or(Error::Voice("listens only".into()))?;
        let played = tokio::select! {
            played = with_progress("talking", limit, speaker.play(source, limit)) => played,
            _ = tokio::signal::ctrl_c() => Ok(Duration::ZERO),
        };
        voice.leave().await?;
        played
    };
    let talked = talked.await;
    connection.close().await;
    let seconds = talked?.as_secs_f64();
    Ok(server.print(&json!({ "seconds": seconds }), &format!("talked for {seconds:.1} s"))?)
}

impl Talk {
    fn source(&self) -> Result<Box<dyn Source>, Error> {
        if let Some(hz) = self.tone {
            return Ok(Box::new(Tone::new(hz, 0.3)?));
        }
        let path = self.file.clone().unwrap_or_default();
        let wav = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
        let source: Box<dyn Source> =
            if wav { Box::new(WavFile::open(path)?) } else { Box::new(OggReader::open(path)?) };
        Ok(if self.again { Box::new(Endless(source)) } else { source })
    }
}
