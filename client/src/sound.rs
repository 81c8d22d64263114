//! Recorded sounds: what one is, bringing it to a server and getting it from there.
//!
//! Owns the bytes, the length and the picture of loudness of one recording. Never re-encodes.

use std::{path::Path, time::Duration};

use hearth_protocol::BlobId;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;

use crate::{Connection, Error, OggReader, Source};

/// Values of loudness, as many as a message takes.
const PEAKS: usize = 64;
/// An upload or download that takes longer is given up.
const WITHIN: Duration = Duration::from_secs(120);

/// A recording that can be sent as a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    bytes: Vec<u8>,
    /// How long it is, ms.
    pub duration_ms: u32,
    /// How loud it is over its length: 1–64 values of 0–255.
    pub peaks: Vec<u8>,
}

/// What the server says of a sound that it keeps.
#[derive(Deserialize)]
struct Kept {
    blob: BlobId,
}

/// What the server says when it refuses.
#[derive(Deserialize)]
struct Problem {
    error: String,
    #[serde(default)]
    details: String,
}

impl Sound {
    /// Reads an Ogg/Opus file.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read or is no such file; [`Error::Sound`] if it is broken.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
        let mut packets = OggReader::open(path)?;
        let (mut samples, mut levels) = (0_u64, Vec::new());
        while let Some(frame) = packets.next()? {
            samples += u64::from(frame.samples());
            // Of −dBov: 0 is loudest, 127 is silence.
            levels.push(255 - 2 * frame.level().min(127));
        }
        if levels.is_empty() {
            return Err(Error::file(path, "there is no sound in it"));
        }
        let length = levels.len().min(PEAKS);
        let loudest = |n: usize| {
            let part = n * levels.len() / length..(n + 1) * levels.len() / length;
            levels[part].iter().copied().max().unwrap_or(0)
        };
        let peaks = (0..length).map(loudest).collect();
        let duration_ms = u32::try_from(samples / 48).unwrap_or(u32::MAX).max(1);
        Ok(Self { bytes, duration_ms, peaks })
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Brings it to the server, where it stays for as long as a message uses it.
    ///
    /// # Errors
    /// [`Error::Unreachable`]; [`Error::Rejected`] if it is too large, too long or of a kind that
    /// is not taken there, or there were too many.
    pub async fn upload(&self, connection: &Connection) -> Result<BlobId, Error> {
        let url = connection.address("api/blobs")?;
        let asked = http()?.post(url).bearer_auth(&connection.welcome().token.0);
        let answer = asked.body(self.bytes.clone()).send().await.map_err(unreachable)?;
        let answer = accepted(answer, StatusCode::CREATED).await?;
        let kept: Kept = answer.json().await.map_err(unreachable)?;
        Ok(kept.blob)
    }
}

/// The bytes of a sound in a message that one may read.
///
/// # Errors
/// [`Error::Unreachable`]; [`Error::Rejected`] if there is no such sound for oneself.
pub async fn download(connection: &Connection, blob: &BlobId) -> Result<Vec<u8>, Error> {
    let url = connection.address(&format!("api/blobs/{blob}"))?;
    let asked = http()?.get(url).bearer_auth(&connection.welcome().token.0);
    let answer = accepted(asked.send().await.map_err(unreachable)?, StatusCode::OK).await?;
    Ok(answer.bytes().await.map_err(unreachable)?.to_vec())
}

fn http() -> Result<Client, Error> {
    Client::builder().timeout(WITHIN).build().map_err(unreachable)
}

async fn accepted(answer: Response, wanted: StatusCode) -> Result<Response, Error> {
    let status = answer.status();
    if status == wanted {
        return Ok(answer);
    }
    let why = match answer.json::<Problem>().await {
        Ok(Problem { error, details }) => format!("{error}: {details}"),
        Err(_) => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    Err(Error::Rejected { status: status.as_u16(), why })
}

fn unreachable(error: reqwest::Error) -> Error {
    Error::Unreachable(error.to_string())
}
