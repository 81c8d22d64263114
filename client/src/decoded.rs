//! What was heard, as samples.
//!
//! Owns one decoder per talker, so that a voice stays whole when it changes its slot. Fills holes
//! by Opus' own means: the redundancy in the next packet, else concealment (RFC 6716 §2.1.7).

use std::collections::HashMap;

use hearth_protocol::ParticipantNumber;
use opus::{Channels, Decoder};

use crate::{Error, Heard};

/// Everything here is at 48 kHz.
pub const SAMPLE_RATE: u32 = 48_000;

/// Talkers whose decoders are kept; beyond, the one longest unheard is forgotten.
const TALKERS: usize = 64;
/// Missing packets that are filled in; more would only prolong the last sound.
const FILLED: u16 = 5;
/// The longest Opus packet, samples: 120 ms.
const LONGEST: usize = 5760;

/// Decodes what is heard, mono at 48 kHz.
#[derive(Default)]
pub struct Decoded {
    talkers: HashMap<ParticipantNumber, Talker>,
    /// Counts packets, to know who was heard last.
    turn: u64,
}

struct Talker {
    decoder: Decoder,
    turn: u64,
}

impl Decoded {
    /// The samples of one packet, after those that fill the hole before it. A packet that is
    /// not understood becomes concealment.
    ///
    /// # Errors
    /// [`Error::Sound`] if no decoder can be made.
    pub fn decode(&mut self, heard: &Heard) -> Result<Vec<i16>, Error> {
        self.turn += 1;
        if !self.talkers.contains_key(&heard.from) {
            self.make_place();
            let decoder = Decoder::new(SAMPLE_RATE, Channels::Mono)?;
            self.talkers.insert(heard.from, Talker { decoder, turn: 0 });
        }
        let Some(talker) = self.talkers.get_mut(&heard.from) else { return Ok(Vec::new()) };
        talker.turn = self.turn;
        let samples = (heard.samples as usize).min(LONGEST);
        let mut pcm = Vec::with_capacity(samples * (1 + usize::from(heard.lost.min(FILLED))));
        for missing in (1..=heard.lost.min(FILLED)).rev() {
            let redundancy: &[u8] = if missing == 1 { &heard.opus } else { &[] };
            talker.fill(redundancy, samples, &mut pcm);
        }
        let mut out = [0; LONGEST];
        match talker.decoder.decode(&heard.opus, &mut out, false) {
            Ok(decoded) => pcm.extend_from_slice(&out[..decoded]),
            Err(_) => talker.fill(&[], samples, &mut pcm),
        }
        Ok(pcm)
    }

    fn make_place(&mut self) {
        if self.talkers.len() >= TALKERS
            && let Some(oldest) = self.talkers.iter().min_by_key(|(_, t)| t.turn).map(|(n, _)| *n)
        {
            self.talkers.remove(&oldest);
        }
    }
}

impl Talker {
    fn fill(&mut self, redundancy: &[u8], samples: usize, pcm: &mut Vec<i16>) {
        let mut out = [0; LONGEST];
        let filled = self.decoder.decode(redundancy, &mut out[..samples], !redundancy.is_empty());
        let filled = filled.unwrap_or(samples).min(samples);
        pcm.extend_from_slice(&out[..filled]);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;

    use crate::{Source, Tone, share_of_tone};

    use super::*;

    fn heard(from: u32, opus: Bytes, lost: u16) -> Heard {
        Heard {
            from: ParticipantNumber(from),
            opus,
            samples: 960,
            lost,
            slot: 1,
            timestamp: 0,
            at: Instant::now(),
        }
    }

    #[test]
    fn a_hole_is_filled_and_bounded() {
        let mut tone = Tone::new(440.0, 0.5).unwrap();
        let mut decoded = Decoded::default();
        let mut pcm = Vec::new();
        for n in 0..50 {
            let frame = tone.next().unwrap().unwrap();
            match n {
                20 | 21 => continue,
                22 => {
                    let filled = decoded.decode(&heard(1, frame.opus().clone(), 2)).unwrap();
                    assert_eq!(filled.len(), 3 * 960);
                    pcm.extend(filled);
                }
                _ => pcm.extend(decoded.decode(&heard(1, frame.opus().clone(), 0)).unwrap()),
            }
        }
        assert_eq!(pcm.len(), 50 * 960);
        assert!(share_of_tone(&pcm[9_600..], 440.0) > 0.8);
        let frame = tone.next().unwrap().unwrap();
        let most = decoded.decode(&heard(1, frame.opus().clone(), u16::MAX)).unwrap();
        assert_eq!(most.len(), (usize::from(FILLED) + 1) * 960);
    }

    #[test]
    fn what_is_not_understood_is_concealed_and_talkers_are_bounded() {
        let mut decoded = Decoded::default();
        let broken = Bytes::from_static(&[0xff, 0xff]);
        for from in 0..200 {
            assert_eq!(decoded.decode(&heard(from, broken.clone(), 0)).unwrap().len(), 960);
        }
        assert_eq!(decoded.talkers.len(), TALKERS);
    }
}
