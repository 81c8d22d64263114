//! A tone: the simplest voice, and how to recognise it in what was heard.
//!
//! Owns its encoder and phase. The tone has no end and no beginning.

use std::f64::consts::TAU;

use bytes::Bytes;
use opus::{Application, Channels, Encoder};

use crate::{Error, Frame, SAMPLE_RATE, Source, level};

/// Samples per frame: 20 ms.
const FRAME: usize = 960;

/// A sine, encoded as Opus in frames of 20 ms.
#[derive(Debug)]
pub struct Tone {
    encoder: Encoder,
    step: f64,
    phase: f64,
    amplitude: f64,
}

impl Tone {
    /// `hz` 20–20,000; `amplitude` 0–1 of full scale.
    ///
    /// # Errors
    /// [`Error::Sound`] if either is out of its bounds.
    pub fn new(hz: f64, amplitude: f64) -> Result<Self, Error> {
        if !(20.0..=20_000.0).contains(&hz) || !(0.0..=1.0).contains(&amplitude) {
            return Err(Error::Sound("a tone is of 20–20,000 Hz and of amplitude 0–1".into()));
        }
        let encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Audio)?;
        let step = TAU * hz / f64::from(SAMPLE_RATE);
        Ok(Self { encoder, step, phase: 0.0, amplitude: amplitude * f64::from(i16::MAX) })
    }
}

impl Source for Tone {
    fn next(&mut self) -> Result<Option<Frame>, Error> {
        let mut pcm = [0_i16; FRAME];
        for sample in &mut pcm {
            *sample = (self.phase.sin() * self.amplitude) as i16;
            self.phase = (self.phase + self.step) % TAU;
        }
        let opus = self.encoder.encode_vec(&pcm, 400)?;
        Frame::new(Bytes::from(opus), level::of(&pcm)).map(Some)
    }

    fn rewind(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// How much of the energy of `pcm` (48 kHz) is a tone of `hz`, 0–1 (Goertzel). Near 1 for a pure
/// tone, near 0 for silence, noise and other tones; sharper the longer the sound.
#[must_use]
pub fn share_of_tone(pcm: &[i16], hz: f64) -> f64 {
    let energy: f64 = pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy == 0.0 {
        return 0.0;
    }
    let coefficient = 2.0 * (TAU * hz / f64::from(SAMPLE_RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in pcm {
        (last, before) = (f64::from(*sample) + coefficient * last - before, last);
    }
    let power = last * last + before * before - coefficient * last * before;
    power / (energy * pcm.len() as f64 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_survives_opus_and_is_told_from_others() {
        let mut tone = Tone::new(440.0, 0.5).unwrap();
        let mut pcm = Vec::new();
        let mut decoder = opus::Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap();
        for _ in 0..50 {
            let frame = tone.next().unwrap().unwrap();
            assert_eq!(frame.samples(), 960);
            assert_eq!(frame.level(), 9, "half of full scale, as a sine: −9 dBov");
            let mut out = [0; FRAME];
            assert_eq!(decoder.decode(frame.opus(), &mut out, false).unwrap(), FRAME);
            pcm.extend_from_slice(&out);
        }
        let heard = &pcm[9600..];
        assert!(share_of_tone(heard, 440.0) > 0.9, "{}", share_of_tone(heard, 440.0));
        assert!(share_of_tone(heard, 620.0) < 0.01);
        assert_eq!(share_of_tone(&[0; 960], 440.0), 0.0);
    }

    #[test]
    fn out_of_bounds_is_refused() {
        assert!(Tone::new(10.0, 0.5).is_err());
        assert!(Tone::new(440.0, 1.5).is_err());
    }
}
