//! Sound in Ogg/Opus files (RFC 7845).
//!
//! Owns reading packets as they are, and writing packets as they are. Never re-encodes.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ogg::{PacketReader, PacketWriter, writing::PacketWriteEndInfo};
use opus::{Channels, Decoder};

use crate::{Error, Frame, SAMPLE_RATE, SILENCE, Source, level};

/// What an encoder of 48 kHz looks ahead, samples: to be skipped at the beginning (§5.1).
const PRE_SKIP: u16 = 312;
/// The longest Opus packet, samples per channel: 120 ms.
const LONGEST: usize = 5760;
/// A page is closed after so much sound, samples: what a crash can cost.
const PAGE: u64 = 48_000;

/// Reads the packets of an Ogg/Opus file, unchanged.
pub struct OggReader {
    path: PathBuf,
    packets: PacketReader<BufReader<File>>,
    /// Tells how loud each packet is; the packets themselves are passed on as they are.
    meter: Decoder,
}

impl OggReader {
    /// Opens a file and checks its head.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, or is not Ogg/Opus of one or two channels.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path).map_err(|error| Error::file(&path, error))?;
        let mut packets = PacketReader::new(BufReader::new(file));
        let head = packets.read_packet().map_err(|error| Error::file(&path, error))?;
        match head {
            Some(packet) if is_head(&packet.data) => {
                let meter = Decoder::new(SAMPLE_RATE, Channels::Mono)?;
                Ok(Self { path, packets, meter })
            }
            _ => Err(Error::file(&path, "not an Ogg/Opus file of one or two channels")),
        }
    }
}

/// Whether this is an identification header that can be sent as one voice (§5.1).
fn is_head(packet: &[u8]) -> bool {
    packet.starts_with(b"OpusHead")
        && packet.len() >= 19
        && packet[8] < 16
        && (1..=2).contains(&packet[9])
        && packet[18] == 0
}

impl Source for OggReader {
    fn next(&mut self) -> Result<Option<Frame>, Error> {
        loop {
            let packet =
                self.packets.read_packet().map_err(|error| Error::file(&self.path, error))?;
            let Some(packet) = packet else { return Ok(None) };
            // Chained files repeat their headers.
            if packet.data.starts_with(b"OpusHead") || packet.data.starts_with(b"OpusTags") {
                continue;
            }
            let mut pcm = [0; LONGEST];
            let samples = self.meter.decode(&packet.data, &mut pcm, false)?;
            return Frame::new(Bytes::from(packet.data), level::of(&pcm[..samples])).map(Some);
        }
    }

    fn rewind(&mut self) -> Result<(), Error> {
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

/// Writes packets into an Ogg/Opus file. [`OggWriter::finish`] makes it complete; without it the
/// file plays up to its last whole page.
pub struct OggWriter {
    path: PathBuf,
    packets: PacketWriter<'static, BufWriter<File>>,
    serial: u32,
    /// Held back, because the last packet of a file is marked.
    last: Option<Vec<u8>>,
    /// End of the last packet, samples at 48 kHz.
    position: u64,
    /// Where the last page ended.
    paged: u64,
}

impl OggWriter {
    /// Creates a file, or empties one. `channels` 1–2.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn create(path: impl AsRef<Path>, channels: u8) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let file = File::create(&path).map_err(|error| Error::file(&path, error))?;
        let mut packets = PacketWriter::new(BufWriter::new(file));
        let serial = rand::random();
        let mut head = b"OpusHead\x01".to_vec();
        head.push(channels);
        head.extend_from_slice(&PRE_SKIP.to_le_bytes());
        head.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        head.extend_from_slice(&[0, 0, 0]);
        let mut tags = b"OpusTags".to_vec();
        for text in ["Hearth", ""] {
            tags.extend_from_slice(&(text.len() as u32).to_le_bytes());
            tags.extend_from_slice(text.as_bytes());
        }
        for header in [head, tags] {
            packets
                .write_packet(header, serial, PacketWriteEndInfo::EndPage, 0)
                .map_err(|error| Error::file(&path, error))?;
        }
        Ok(Self { path, packets, serial, last: None, position: 0, paged: 0 })
    }

    /// Where the next packet goes, samples at 48 kHz from the beginning.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Appends one Opus packet that sounds for `samples` at 48 kHz.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn write(&mut self, opus: &[u8], samples: u32) -> Result<(), Error> {
        let end = if self.position - self.paged >= PAGE {
            self.paged = self.position;
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        self.flush(end)?;
        self.last = Some(opus.to_vec());
        self.position += u64::from(samples);
        Ok(())
    }

    /// Appends silence up to `position` (samples at 48 kHz), in steps of 20 ms: ends at most 20 ms
    /// before it.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn silence_until(&mut self, position: u64) -> Result<(), Error> {
        while self.position + 960 <= position {
            self.write(&SILENCE, 960)?;
        }
        Ok(())
    }

    /// Completes the file. An empty one gets 20 ms of silence, since a file has a last packet.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(mut self) -> Result<(), Error> {
        if self.last.is_none() {
            self.write(&SILENCE, 960)?;
        }
        self.flush(PacketWriteEndInfo::EndStream)?;
        self.packets.inner_mut().flush().map_err(|error| Error::file(&self.path, error))
    }

    fn flush(&mut self, end: PacketWriteEndInfo) -> Result<(), Error> {
        let Some(packet) = self.last.take() else { return Ok(()) };
        self.packets
            .write_packet(packet, self.serial, end, self.position)
            .map_err(|error| Error::file(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tone, share_of_tone};

    use super::*;

    #[test]
    fn what_is_written_is_read_back_unchanged() {
        let folder = std::env::temp_dir().join(format!("hearth-ogg-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("tone.ogg");
        let mut tone = Tone::new(523.0, 0.4).unwrap();
        let mut writer = OggWriter::create(&path, 1).unwrap();
        writer.silence_until(4_800).unwrap();
        let frames: Vec<Frame> = (0..120).map(|_| tone.next().unwrap().unwrap()).collect();
        for frame in &frames {
            writer.write(frame.opus(), frame.samples()).unwrap();
        }
        assert_eq!(writer.position(), 4_800 + 120 * 960);
        writer.finish().unwrap();

        let mut reader = OggReader::open(&path).unwrap();
        for round in 0..2 {
            for _ in 0..5 {
                assert_eq!(reader.next().unwrap().unwrap().level(), 127, "round {round}");
            }
            let mut decoder = Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap();
            let mut pcm = Vec::new();
            for frame in &frames {
                let read = reader.next().unwrap().unwrap();
                assert_eq!(read.opus(), frame.opus());
                let mut out = [0; 960];
                decoder.decode(read.opus(), &mut out, false).unwrap();
                pcm.extend_from_slice(&out);
            }
            assert!(share_of_tone(&pcm[4_800..], 523.0) > 0.9);
            assert!(reader.next().unwrap().is_none());
            reader.rewind().unwrap();
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_not_ogg_opus_is_refused() {
        let path = std::env::temp_dir().join(format!("hearth-not-ogg-{}", std::process::id()));
        std::fs::write(&path, b"RIFF....WAVE").unwrap();
        assert!(matches!(OggReader::open(&path), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
