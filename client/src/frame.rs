//! One piece of encoded sound, and where such pieces come from.
//!
//! Owns the bounds of what may be sent. Never decodes.

use std::time::Duration;

use bytes::Bytes;
use opus::packet;

use crate::{Error, SAMPLE_RATE};

/// One Opus frame of silence, 20 ms (RFC 6716 §3.1: CELT, fullband, mono).
pub const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// The largest Opus packet that still fits into one datagram on every path, bytes.
const MAX_BYTES: usize = 1200;

/// An Opus packet as it goes into one RTP packet (RFC 7587).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    opus: Bytes,
    samples: u32,
    level: u8,
}

impl Frame {
    /// `opus` is one Opus packet (RFC 6716 §3) of at most 1,200 bytes; `level` how loud it is,
    /// −dBov (RFC 6464): 0 is the loudest, 127 silence.
    ///
    /// # Errors
    /// [`Error::Sound`] if it is not an Opus packet or too large.
    pub fn new(opus: Bytes, level: u8) -> Result<Self, Error> {
        if opus.len() > MAX_BYTES {
            let size = opus.len();
            return Err(Error::Sound(format!("an Opus packet of {size} bytes; {MAX_BYTES} fit")));
        }
        let samples = packet::get_nb_samples(&opus, SAMPLE_RATE)?;
        let samples = u32::try_from(samples).map_err(|_| Error::Sound("too long".into()))?;
        Ok(Self { opus, samples, level: level.min(127) })
    }

    /// The Opus packet.
    #[must_use]
    pub fn opus(&self) -> &Bytes {
        &self.opus
    }

    /// How long it sounds, samples at 48 kHz; 120–5,760.
    #[must_use]
    pub fn samples(&self) -> u32 {
        self.samples
    }

    /// How long it sounds.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs(1) * self.samples / SAMPLE_RATE
    }

    /// How loud it is, −dBov; 0–127.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }
}

/// Where frames come from, one after the other: a file, a tone, a voice of the caller's own.
pub trait Source: Send {
    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Sound`]; the source is then at its end.
    fn next(&mut self) -> Result<Option<Frame>, Error>;

    /// Back to the beginning.
    ///
    /// # Errors
    /// [`Error::File`].
    fn rewind(&mut self) -> Result<(), Error>;
}

impl Source for Box<dyn Source> {
    fn next(&mut self) -> Result<Option<Frame>, Error> {
        (**self).next()
    }

    fn rewind(&mut self) -> Result<(), Error> {
        (**self).rewind()
    }
}

/// A source that begins again at its end. One that is empty stays at its end.
pub struct Endless<S>(pub S);

impl<S: Source> Source for Endless<S> {
    fn next(&mut self) -> Result<Option<Frame>, Error> {
        if let Some(frame) = self.0.next()? {
            return Ok(Some(frame));
        }
        self.0.rewind()?;
        self.0.next()
    }

    fn rewind(&mut self) -> Result<(), Error> {
        self.0.rewind()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_knows_its_length() {
        let frame = Frame::new(Bytes::from_static(&SILENCE), 127).unwrap();
        assert_eq!(frame.samples(), 960);
        assert_eq!(frame.duration(), Duration::from_millis(20));
    }

    #[test]
    fn what_is_not_opus_or_too_large_is_refused() {
        assert!(Frame::new(Bytes::new(), 0).is_err());
        assert!(Frame::new(Bytes::from(vec![0xf8; MAX_BYTES + 1]), 0).is_err());
    }
}
