//! Sound in WAV files, encoded as it is read.
//!
//! Owns the encoder. Takes the sample rates that Opus takes (8, 12, 16, 24, 48 kHz), one or two
//! channels; never resamples.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use hound::{SampleFormat, WavReader};
use opus::{Application, Channels, Encoder};

use crate::{Error, Frame, Source, level};

/// A WAV file as a source of Opus frames of 20 ms.
pub struct WavFile {
    path: PathBuf,
    samples: WavReader<BufReader<File>>,
    encoder: Encoder,
}

impl WavFile {
    /// Opens a file and checks its format.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read or is of a format that would need resampling.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let samples = WavReader::open(&path).map_err(|error| Error::file(&path, error))?;
        let spec = samples.spec();
        let channels = match spec.channels {
            1 => Channels::Mono,
            2 => Channels::Stereo,
            more => return Err(Error::file(&path, format!("{more} channels; 1 or 2 can be sent"))),
        };
        if ![8_000, 12_000, 16_000, 24_000, 48_000].contains(&spec.sample_rate) {
            let rate = spec.sample_rate;
            let why = format!("{rate} Hz; 8, 12, 16, 24 or 48 kHz can be sent: convert it first");
            return Err(Error::file(&path, why));
        }
        let encoder = Encoder::new(spec.sample_rate, channels, Application::Audio)?;
        Ok(Self { path, samples, encoder })
    }
}

impl Source for WavFile {
    fn next(&mut self) -> Result<Option<Frame>, Error> {
        let spec = self.samples.spec();
        let wanted = spec.sample_rate as usize / 50 * usize::from(spec.channels);
        let bad = |error: hound::Error| Error::file(&self.path, error);
        let mut pcm: Vec<i16> = match spec.sample_format {
            SampleFormat::Int => {
                let shift = i32::from(spec.bits_per_sample) - 16;
                let to_16 = |s: i32| if shift >= 0 { s >> shift } else { s << -shift };
                let read = self.samples.samples::<i32>().take(wanted);
                read.map(|s| s.map(|s| to_16(s) as i16)).collect::<Result<_, _>>().map_err(bad)?
            }
            SampleFormat::Float => {
                let read = self.samples.samples::<f32>().take(wanted);
                read.map(|s| s.map(|s| (s.clamp(-1.0, 1.0) * 32767.0) as i16))
                    .collect::<Result<_, _>>()
                    .map_err(bad)?
            }
        };
        if pcm.is_empty() {
            return Ok(None);
        }
        pcm.resize(wanted, 0);
        let opus = self.encoder.encode_vec(&pcm, 1000)?;
        Frame::new(Bytes::from(opus), level::of(&pcm)).map(Some)
    }

    fn rewind(&mut self) -> Result<(), Error> {
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};

    use super::*;

    fn written(rate: u32) -> PathBuf {
        let path = std::env::temp_dir().join(format!("hearth-{rate}-{}.wav", std::process::id()));
        let spec = WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for n in 0..rate / 10 {
            writer.write_sample((8_000.0 * (f64::from(n) * 0.1).sin()) as i16).unwrap();
        }
        writer.finalize().unwrap();
        path
    }

    #[test]
    fn a_tenth_of_a_second_is_five_frames() {
        let path = written(16_000);
        let mut wav = WavFile::open(&path).unwrap();
        for _ in 0..5 {
            let frame = wav.next().unwrap().unwrap();
            assert_eq!(frame.samples(), 960);
            assert!((14..=17).contains(&frame.level()), "{}", frame.level());
        }
        assert!(wav.next().unwrap().is_none());
        wav.rewind().unwrap();
        assert!(wav.next().unwrap().is_some());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_needs_resampling_is_refused() {
        let path = written(44_100);
        assert!(matches!(WavFile::open(&path), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
