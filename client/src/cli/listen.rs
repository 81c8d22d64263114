//! `listen`: writes what is heard in a room into Ogg/Opus files.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use hearth_client::{Error, Heard, Listening, MixedRecording, Room, Setup, SplitRecording, Voice};
use serde_json::json;
use tokio::time::{interval, sleep};

use super::{Server, say, with_progress};

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The room's id
    room: String,
    /// The Ogg/Opus file to write
    #[arg(long, value_name = "FILE.ogg")]
    to: PathBuf,
    /// Stop after so long, s; otherwise at Ctrl-C
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// One file per participant (FILE-7.ogg), packets untouched, instead of one mixed file
    #[arg(long)]
    per_participant: bool,
}

enum Recording {
    Mixed(Box<MixedRecording>),
    Split(SplitRecording),
}

pub(crate) async fn run(server: &Server, listen: &Listen) -> anyhow::Result<()> {
    let limit = listen.seconds.map(Duration::try_from_secs_f64).transpose()?;
    let connection = server.open().await?;
    let written = async {
        let room = Room::join(&connection, &listen.room).await?;
        let voice = Voice::join(&room, Setup { speaks: false, ..Setup::default() }).await?;
        let mut listening = voice.listening();
        let mut recording = if listen.per_participant {
            Recording::Split(SplitRecording::new(&listen.to))
        } else {
            Recording::Mixed(Box::new(MixedRecording::create(&listen.to)?))
        };
        let recorded = tokio::select! {
            ended = with_progress("listening", limit, record(&mut listening, &mut recording)) => ended,
            () = sleep(limit.unwrap_or(Duration::MAX)) => Ok(()),
            _ = tokio::signal::ctrl_c() => Ok(()),
        };
        if listening.missed() > 0 {
            say(&format!("{} packets came faster than they could be written", listening.missed()));
        }
        let left = voice.leave().await;
        let files = recording.finish(&listen.to)?;
        recorded.and(left).map(|()| files)
    };
    let written: Result<Vec<PathBuf>, Error> = written.await;
    connection.close().await;
    let files: Vec<String> = written?.iter().map(|path| path.display().to_string()).collect();
    Ok(server.print(&json!({ "files": files }), &files.join("\n"))?)
}

/// Records until the voice ends.
async fn record(listening: &mut Listening, recording: &mut Recording) -> Result<(), Error> {
    let mut tick = interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            heard = listening.next() => match heard {
                Some(heard) => recording.add(&heard)?,
                None => return Err(Error::Voice("the voice was ended by the server".into())),
            },
            _ = tick.tick() => recording.write()?,
        }
    }
}

impl Recording {
    fn add(&mut self, heard: &Heard) -> Result<(), Error> {
        match self {
            Self::Mixed(mixed) => mixed.add(heard),
            Self::Split(split) => split.add(heard),
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        match self {
            Self::Mixed(mixed) => mixed.write(Instant::now()),
            Self::Split(_) => Ok(()),
        }
    }

    fn finish(self, to: &Path) -> Result<Vec<PathBuf>, Error> {
        match self {
            Self::Mixed(mixed) => mixed.finish(Instant::now()).map(|_| vec![to.to_owned()]),
            Self::Split(split) => {
                split.finish(Instant::now()).map(|files| files.into_iter().map(|f| f.1).collect())
            }
        }
    }
}
