//! What was heard, on one timeline, in Ogg/Opus files.
//!
//! Owns where in the file each voice goes, so that pauses stay as long as they were. Mixed: all
//! voices decoded and encoded again into one file. Split: one file per participant, its packets
//! untouched.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use hearth_protocol::ParticipantNumber;
use opus::{Application, Bitrate, Channels, Encoder};

use crate::{Decoded, Error, Heard, OggWriter, SAMPLE_RATE};

/// Sound is written so much later than it came, so that late packets find their place, samples.
const HOLD: u64 = 14_400;
/// A voice that is off by more is put where it came in, samples.
const DRIFT: u64 = 9_600;
/// Files of one recording.
const FILES: usize = 256;
/// Samples per frame of a mixed recording: 20 ms.
const FRAME: usize = 960;

/// Where one voice stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    slot: u32,
    timestamp: u32,
    /// Where `timestamp` is in the recording, samples.
    position: u64,
}

/// Maps what was heard onto the recording.
#[derive(Debug)]
struct Timeline {
    began: Instant,
    places: HashMap<ParticipantNumber, Place>,
}

impl Timeline {
    fn new(began: Instant) -> Self {
        Self { began, places: HashMap::new() }
    }

    fn elapsed(&self, at: Instant) -> u64 {
        let elapsed = at.saturating_duration_since(self.began);
        (elapsed.as_secs_f64() * f64::from(SAMPLE_RATE)) as u64
    }

    /// Where the packet goes, samples from the beginning: by its timestamp while the voice goes
    /// on in its slot, else by when it came.
    fn place(&mut self, heard: &Heard) -> u64 {
        let came = self.elapsed(heard.at);
        let by_timestamp = self.places.get(&heard.from).and_then(|place| {
            let ahead = heard.timestamp.wrapping_sub(place.timestamp);
            let goes_on = place.slot == heard.slot && ahead < u32::MAX / 2;
            goes_on.then(|| place.position + u64::from(ahead))
        });
        let position = by_timestamp.filter(|at| at.abs_diff(came) <= DRIFT).unwrap_or(came);
        let place = Place { slot: heard.slot, timestamp: heard.timestamp, position };
        if self.places.len() >= FILES && !self.places.contains_key(&heard.from) {
            self.places.clear();
        }
        self.places.insert(heard.from, place);
        position
    }
}

/// One file with everybody in it.
pub struct MixedRecording {
    timeline: Timeline,
    decoded: Decoded,
    encoder: Encoder,
    file: OggWriter,
    /// Samples from the file's end on; bounded by [`HOLD`] and what a packet brings.
    ahead: Vec<i32>,
}

impl MixedRecording {
    /// Creates the file; its time begins now.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Audio)?;
        encoder.set_bitrate(Bitrate::Bits(64_000))?;
        Ok(Self {
            timeline: Timeline::new(Instant::now()),
            decoded: Decoded::default(),
            encoder,
            file: OggWriter::create(path, 1)?,
            ahead: Vec::new(),
        })
    }

    /// Adds what was heard, and writes what is old enough.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Sound`].
    pub fn add(&mut self, heard: &Heard) -> Result<(), Error> {
        let pcm = self.decoded.decode(heard)?;
        let position = self.timeline.place(heard);
        // What fills a hole lies before the packet.
        let filled = pcm.len().saturating_sub(heard.samples as usize) as u64;
        let written = self.file.position();
        let start = position.saturating_sub(filled);
        let skipped = written.saturating_sub(start) as usize;
        let from = start.saturating_sub(written) as usize;
        for (offset, sample) in pcm.iter().skip(skipped).enumerate() {
            let at = from + offset;
            if at >= self.ahead.len() {
                self.ahead.resize(at + 1, 0);
            }
            self.ahead[at] += i32::from(*sample);
        }
        self.write(heard.at)
    }

    /// Writes what is old enough; to be called every now and then while nobody speaks.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Sound`].
    pub fn write(&mut self, now: Instant) -> Result<(), Error> {
        self.write_until(self.timeline.elapsed(now).saturating_sub(HOLD))
    }

    /// Writes everything up to `now` and completes the file. Returns how long it is.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Sound`].
    pub fn finish(mut self, now: Instant) -> Result<Duration, Error> {
        let end = self.file.position() + self.ahead.len() as u64;
        self.write_until(end.max(self.timeline.elapsed(now)) + FRAME as u64 - 1)?;
        let length = length(self.file.position());
        self.file.finish()?;
        Ok(length)
    }

    fn write_until(&mut self, until: u64) -> Result<(), Error> {
        while self.file.position() + FRAME as u64 <= until {
            let sounding = self.ahead.len().min(FRAME);
            let mut pcm = [0_i16; FRAME];
            for (out, mixed) in pcm.iter_mut().zip(self.ahead.drain(..sounding)) {
                *out = mixed.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
            }
            let opus = self.encoder.encode_vec(&pcm, 1000)?;
            self.file.write(&opus, FRAME as u32)?;
        }
        Ok(())
    }
}

/// One file per participant.
pub struct SplitRecording {
    /// `voice.ogg` becomes `voice-7.ogg`.
    pattern: PathBuf,
    timeline: Timeline,
    files: HashMap<ParticipantNumber, OggWriter>,
}

impl SplitRecording {
    /// Files are created as people are heard, beside `pattern` and named after it; all begin now.
    #[must_use]
    pub fn new(pattern: impl AsRef<Path>) -> Self {
        let pattern = pattern.as_ref().to_owned();
        Self { pattern, timeline: Timeline::new(Instant::now()), files: HashMap::new() }
    }

    /// The file of one participant.
    #[must_use]
    pub fn path(&self, of: ParticipantNumber) -> PathBuf {
        let stem = self.pattern.file_stem().unwrap_or_default().to_string_lossy();
        self.pattern.with_file_name(format!("{stem}-{}.ogg", of.0))
    }

    /// Adds what was heard; silence where it was not.
    ///
    /// # Errors
    /// [`Error::File`]; a 257th participant has no file.
    pub fn add(&mut self, heard: &Heard) -> Result<(), Error> {
        let position = self.timeline.place(heard);
        if !self.files.contains_key(&heard.from) {
            let path = self.path(heard.from);
            if self.files.len() >= FILES {
                return Err(Error::file(&path, "too many participants for one recording"));
            }
            self.files.insert(heard.from, OggWriter::create(path, 2)?);
        }
        let Some(file) = self.files.get_mut(&heard.from) else { return Ok(()) };
        file.silence_until(position)?;
        file.write(&heard.opus, heard.samples)
    }

    /// Fills every file up to `now` and completes it. Returns who was heard, and in which file.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(mut self, now: Instant) -> Result<Vec<(ParticipantNumber, PathBuf)>, Error> {
        let end = self.timeline.elapsed(now);
        let mut written = Vec::new();
        for (number, mut file) in std::mem::take(&mut self.files) {
            file.silence_until(end)?;
            file.finish()?;
            written.push((number, self.path(number)));
        }
        written.sort();
        Ok(written)
    }
}

fn length(samples: u64) -> Duration {
    Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use bytes::Bytes;

    use crate::{OggReader, Source, Tone, share_of_tone};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("hearth-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn read(path: &Path) -> Vec<i16> {
        let mut reader = OggReader::open(path).unwrap();
        let mut decoder = opus::Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap();
        let mut pcm = Vec::new();
        while let Some(frame) = reader.next().unwrap() {
            let mut out = [0; 5760];
            let decoded = decoder.decode(frame.opus(), &mut out, false).unwrap();
            pcm.extend_from_slice(&out[..decoded]);
        }
        pcm
    }

    fn heard(tone: &mut Tone, from: u32, began: Instant, frame: u32, first: u32) -> Heard {
        Heard {
            from: ParticipantNumber(from),
            opus: Bytes::copy_from_slice(tone.next().unwrap().unwrap().opus()),
            samples: 960,
            lost: 0,
            slot: from,
            timestamp: 5_000 + frame * 960,
            at: began + Duration::from_millis(u64::from(first + frame) * 20 + u64::from(frame % 3)),
        }
    }

    #[test]
    fn a_mix_keeps_voices_and_pauses_in_time() {
        let folder = folder("mixed");
        let path = folder.join("mix.ogg");
        let mut recording = MixedRecording::create(&path).unwrap();
        let began = recording.timeline.began;
        let (mut low, mut high) = (Tone::new(440.0, 0.3).unwrap(), Tone::new(880.0, 0.3).unwrap());
        // Half a second of silence, a second of the one, then both for half a second.
        for frame in 0..75 {
            recording.add(&heard(&mut low, 1, began, frame, 25)).unwrap();
            if frame >= 50 {
                recording.add(&heard(&mut high, 2, began, frame - 50, 75)).unwrap();
            }
            assert!(recording.ahead.len() as u64 <= HOLD + 5760);
        }
        let length = recording.finish(began + Duration::from_millis(2_500)).unwrap();
        assert_eq!(length, Duration::from_millis(2_500));
        let pcm = read(&path);
        assert_eq!(pcm.len(), 120_000);
        assert_eq!(share_of_tone(&pcm[..20_000], 440.0), 0.0);
        assert!(share_of_tone(&pcm[30_000..70_000], 440.0) > 0.9);
        let both = &pcm[76_000..95_000];
        assert!(share_of_tone(both, 440.0) > 0.35 && share_of_tone(both, 880.0) > 0.35);
        assert!(pcm[100_000..].iter().all(|sample| sample.abs() < 30));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn split_files_hold_untouched_packets_in_time() {
        let folder = folder("split");
        let mut recording = SplitRecording::new(folder.join("voice.ogg"));
        let began = recording.timeline.began;
        let mut tone = Tone::new(440.0, 0.3).unwrap();
        for frame in (0..50).chain(100..150) {
            recording.add(&heard(&mut tone, 7, began, frame, 25)).unwrap();
        }
        let files = recording.finish(began + Duration::from_secs(4)).unwrap();
        assert_eq!(files, [(ParticipantNumber(7), folder.join("voice-7.ogg"))]);
        let pcm = read(&files[0].1);
        assert_eq!(pcm.len(), 192_000);
        assert!(share_of_tone(&pcm[26_000..70_000], 440.0) > 0.9);
        assert!(pcm[80_000..115_000].iter().all(|sample| sample.abs() < 30));
        assert!(share_of_tone(&pcm[122_000..160_000], 440.0) > 0.9);
        fs::remove_dir_all(folder).unwrap();
    }
}
