//! MP4 (ISO/IEC 14496-12), whole or in fragments, with one track of Opus or AAC.

use std::time::Duration;

use super::{NotSound, number, time};

/// What else may lie beside: nothing that holds other things than sound.
const PASSED_OVER: [&[u8; 4]; 9] =
    [b"ftyp", b"mdat", b"mfra", b"free", b"skip", b"sidx", b"styp", b"prft", b"wide"];

/// Flags of `tfhd` and `trun` (§8.8.7, §8.8.8): which fields are there.
mod flag {
    pub(super) const BASE_OFFSET: u64 = 0x1;
    pub(super) const DESCRIPTION: u64 = 0x2;
    pub(super) const DEFAULT_DURATION: u64 = 0x8;
    pub(super) const RUN_OFFSET: u64 = 0x1;
    pub(super) const FIRST_FLAGS: u64 = 0x4;
    pub(super) const DURATIONS: u64 = 0x100;
    pub(super) const PER_SAMPLE: [u64; 4] = [DURATIONS, 0x200, 0x400, 0x800];
}

/// The one track.
struct Track {
    /// Ticks per second.
    rate: u64,
    /// Ticks; of all that is known.
    length: u64,
    /// Ticks of a sample of a fragment that says nothing else.
    sample: u64,
    /// Ticks up to the end of the last fragment.
    end: u64,
}

/// How long the sound is.
pub(super) fn length(bytes: &[u8]) -> Result<Duration, NotSound> {
    let mut track: Option<Track> = None;
    for part in boxes(bytes) {
        let (kind, body) = part?;
        match (kind, track.as_mut()) {
            (b"moov", None) => track = Some(movie(body)?),
            (b"moof", Some(track)) => {
                for fragment in all(body, b"traf") {
                    track.fragment(fragment?)?;
                }
            }
            _ if PASSED_OVER.contains(&kind) => {}
            _ => return Err(NotSound::Damaged),
        }
    }
    match track {
        Some(track) if track.length > 0 => Ok(time(track.length, track.rate)),
        _ => Err(NotSound::Damaged),
    }
}

fn movie(body: &[u8]) -> Result<Track, NotSound> {
    let mut tracks = all(body, b"trak");
    let (Some(track), None) = (tracks.next(), tracks.next()) else { return Err(NotSound::Mixed) };
    let media = one(track?, b"mdia")?;
    if one(media, b"hdlr")?.get(8..12) != Some(b"soun") {
        return Err(NotSound::Mixed);
    }
    let entries = one(one(one(media, b"minf")?, b"stbl")?, b"stsd")?;
    for entry in boxes(entries.get(8..).ok_or(NotSound::Damaged)?) {
        if !matches!(entry?.0, b"Opus" | b"mp4a") {
            return Err(NotSound::Mixed);
        }
    }
    let head = Fields::of(one(media, b"mdhd")?)?;
    // Version 1 has wider times (§8.4.2).
    let (times, width) = if head.version == 1 { (16, 8) } else { (8, 4) };
    let rate = head.number(times, 4)?;
    let length = head.number(times + 4, width)?;
    let unknown = u64::MAX >> (64 - 8 * width);
    let sample = match all(body, b"mvex").next() {
        Some(fragments) => Fields::of(one(fragments?, b"trex")?)?.number(8, 4)?,
        None => 0,
    };
    Ok(Track { rate, length: if length == unknown { 0 } else { length }, sample, end: 0 })
}

impl Track {
    fn fragment(&mut self, body: &[u8]) -> Result<(), NotSound> {
        let head = Fields::of(one(body, b"tfhd")?)?;
        let before = [(flag::BASE_OFFSET, 8), (flag::DESCRIPTION, 4)];
        let before: usize = before.iter().filter(|it| head.flags & it.0 != 0).map(|it| it.1).sum();
        let sample = match head.flags & flag::DEFAULT_DURATION {
            0 => self.sample,
            _ => head.number(4 + before, 4)?,
        };
        if let Some(begins) = all(body, b"tfdt").next() {
            let begins = Fields::of(begins?)?;
            self.end = begins.number(0, if begins.version == 1 { 8 } else { 4 })?;
        }
        for run in all(body, b"trun") {
            self.end = self.end.saturating_add(run_length(&Fields::of(run?)?, sample)?);
        }
        self.length = self.length.max(self.end);
        Ok(())
    }
}

/// Ticks of a run of samples.
fn run_length(run: &Fields<'_>, sample: u64) -> Result<u64, NotSound> {
    let count = run.number(0, 4)?;
    if run.flags & flag::DURATIONS == 0 {
        return Ok(count.saturating_mul(sample));
    }
    let before = [flag::RUN_OFFSET, flag::FIRST_FLAGS];
    let first = 4 + 4 * before.iter().filter(|it| run.flags & **it != 0).count();
    let width = 4 * flag::PER_SAMPLE.iter().filter(|it| run.flags & **it != 0).count();
    let samples = run.rest.get(first..).ok_or(NotSound::Damaged)?.chunks_exact(width);
    if (samples.len() as u64) < count {
        return Err(NotSound::Damaged);
    }
    // The duration is the first field of a sample.
    let durations = samples.filter_map(|sample| number(sample.get(..4)?));
    Ok(durations.fold(0, u64::saturating_add))
}

/// A box that begins with a version and flags (§4.2).
struct Fields<'a> {
    version: u8,
    flags: u64,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(body: &'a [u8]) -> Result<Self, NotSound> {
        let (head, rest) = body.split_first_chunk::<4>().ok_or(NotSound::Damaged)?;
        let flags = number(&head[1..]).ok_or(NotSound::Damaged)?;
        Ok(Self { version: head[0], flags, rest })
    }

    /// The number of `width` bytes at an offset after the flags.
    fn number(&self, at: usize, width: usize) -> Result<u64, NotSound> {
        self.rest.get(at..at + width).and_then(number).ok_or(NotSound::Damaged)
    }
}

/// A box's kind and body.
type Part<'a> = Result<(&'a [u8; 4], &'a [u8]), NotSound>;

/// The boxes side by side; ends with an error where it cannot be read on.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let Some((kind, body, rest)) = box_of(bytes) else {
            bytes = &[];
            return Some(Err(NotSound::Damaged));
        };
        bytes = rest;
        Some(Ok((kind, body)))
    })
}

/// The box at the beginning (§4.2), and what comes after it.
fn box_of(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let size = number(bytes.get(..4)?)?;
    let kind = bytes.get(4..)?.first_chunk()?;
    let (head, size) = match size {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(number(bytes.get(8..16)?)?).ok()?),
        size => (8, usize::try_from(size).ok()?),
    };
    let (part, rest) = bytes.split_at_checked(size)?;
    Some((kind, part.get(head..)?, rest))
}

/// The bodies of the boxes of that kind.
fn all<'a>(bytes: &'a [u8], kind: &'a [u8; 4]) -> impl Iterator<Item = Result<&'a [u8], NotSound>> {
    boxes(bytes).filter_map(move |part| match part {
        Ok((found, body)) => (found == kind).then_some(Ok(body)),
        Err(error) => Some(Err(error)),
    })
}

/// The body of the first box of that kind, which must be there.
fn one<'a>(bytes: &'a [u8], kind: &'a [u8; 4]) -> Result<&'a [u8], NotSound> {
    all(bytes, kind).next().ok_or(NotSound::Damaged)?
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("../../../tests/sounds/chromium.mp4");

    fn after(kind: &[u8; 4]) -> usize {
        RECORDED.windows(4).position(|four| four == kind).unwrap() + 4
    }

    #[test]
    fn the_time_of_the_fragments_counts() {
        let mut long = RECORDED.to_vec();
        let at = after(b"tfdt");
        assert_eq!(long[at], 1);
        long[at + 4..at + 12].copy_from_slice(&(48_000_u64 * 7200).to_be_bytes());
        assert_eq!(length(&long).unwrap().as_secs(), 7200);
    }

    #[test]
    fn what_the_head_claims_counts() {
        let mut long = RECORDED.to_vec();
        let at = after(b"mdhd");
        let wide = usize::from(long[at]) * 8;
        long[at + 16 + wide..at + 20 + wide].copy_from_slice(&[0x7f, 0, 0, 0]);
        assert!(length(&long).unwrap().as_secs() > 40_000);
    }

    #[test]
    fn other_tracks_and_boxes_are_refused() {
        for (kind, other, error) in [
            (b"soun", b"vide", NotSound::Mixed),
            (b"Opus", b"avc1", NotSound::Mixed),
            (b"mdat", b"html", NotSound::Damaged),
            (b"moov", b"free", NotSound::Damaged),
        ] {
            let mut changed = RECORDED.to_vec();
            let at = after(kind);
            changed[at - 4..at].copy_from_slice(other);
            assert_eq!(length(&changed), Err(error), "{kind:?}");
        }
    }
}
