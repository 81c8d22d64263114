//! WebM with one track of Opus or Vorbis: EBML (RFC 8794), Matroska (RFC 9559).

use std::time::Duration;

use super::{NotSound, number, time};

const EBML: u32 = 0x1A45_DFA3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
/// Called Info there.
const HEAD: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const CLUSTER: u32 = 0x1F43_B675;
const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const BLOCK_DURATION: u32 = 0x9B;
/// What else a recording may have: `SeekHead`, Cues, Tags; Position, `PrevSize`; Void, CRC-32.
/// Attachments are none of them.
const PASSED_OVER: [u32; 7] = [0x114D_9B74, 0x1C53_BB6B, 0x1254_C367, 0xA7, 0xAB, 0xEC, 0xBF];

const NANOS_PER_TICK: u64 = 1_000_000;

/// What was read so far.
struct Reading {
    nanos_per_tick: u64,
    tracks: usize,
    cluster: u64,
    blocks: u64,
    /// Ticks.
    last: u64,
    /// Ticks, as the head claims.
    claimed: u64,
}

/// How long the sound is.
pub(super) fn length(bytes: &[u8]) -> Result<Duration, NotSound> {
    let (head, rest) = sized(bytes).filter(|(it, _)| it.id == EBML).ok_or(NotSound::Damaged)?;
    if child(head.body, DOC_TYPE)? != Some(b"webm") {
        return Err(NotSound::Damaged);
    }
    let (segment, size, mut rest) = opening(rest).ok_or(NotSound::Damaged)?;
    if segment != SEGMENT || size.is_some_and(|size| size != rest.len()) {
        return Err(NotSound::Damaged);
    }
    let mut reading = Reading {
        nanos_per_tick: NANOS_PER_TICK,
        tracks: 0,
        cluster: 0,
        blocks: 0,
        last: 0,
        claimed: 0,
    };
    // A cluster of unknown size ends where the next child of the segment begins: all clusters are
    // opened, and both kinds of children are taken in one walk.
    while let Some((id, _, body)) = opening(rest) {
        if id == CLUSTER {
            rest = body;
            continue;
        }
        let Some((element, after)) = sized(rest) else { break };
        reading.take(&element)?;
        rest = after;
    }
    if !rest.is_empty() || reading.blocks == 0 {
        return Err(NotSound::Damaged);
    }
    if reading.tracks != 1 {
        return Err(NotSound::Mixed);
    }
    let ticks = reading.last.max(reading.claimed);
    Ok(time(ticks.saturating_mul(reading.nanos_per_tick), 1_000_000_000))
}

impl Reading {
    fn take(&mut self, element: &Element<'_>) -> Result<(), NotSound> {
        let body = element.body;
        match element.id {
            HEAD => {
                if let Some(scale) = child(body, TIMESTAMP_SCALE)? {
                    self.nanos_per_tick = number(scale).ok_or(NotSound::Damaged)?;
                }
                if let Some(duration) = child(body, DURATION)? {
                    self.claimed = float(duration).ok_or(NotSound::Damaged)?;
                }
            }
            TRACKS => {
                for track in children(body).filter(|it| is(it, TRACK_ENTRY)) {
                    self.tracks += 1;
                    let track = track?.body;
                    let codec = child(track, CODEC_ID)?.unwrap_or_default();
                    // RFC 9559 §5.1.4.1.3: 2 is audio.
                    if child(track, TRACK_TYPE)? != Some(&[2])
                        || !matches!(codec, b"A_OPUS" | b"A_VORBIS")
                    {
                        return Err(NotSound::Mixed);
                    }
                }
            }
            TIMESTAMP => self.cluster = number(body).ok_or(NotSound::Damaged)?,
            SIMPLE_BLOCK => self.block(body, 0)?,
            BLOCK_GROUP => {
                let duration = child(body, BLOCK_DURATION)?.map_or(Some(0), number);
                let block = child(body, BLOCK)?.ok_or(NotSound::Damaged)?;
                self.block(block, duration.ok_or(NotSound::Damaged)?)?;
            }
            other if PASSED_OVER.contains(&other) => {}
            _ => return Err(NotSound::Damaged),
        }
        Ok(())
    }

    /// A block: the number of its track, its time after the cluster's, flags, frames.
    fn block(&mut self, body: &[u8], duration: u64) -> Result<(), NotSound> {
        let (_, body) = varint(body).ok_or(NotSound::Damaged)?;
        let after =
            body.first_chunk().map(|it| i16::from_be_bytes(*it)).ok_or(NotSound::Damaged)?;
        self.blocks += 1;
        let at = self.cluster.saturating_add_signed(after.into()).saturating_add(duration);
        self.last = self.last.max(at);
        Ok(())
    }
}

/// An element whose size is known.
struct Element<'a> {
    id: u32,
    body: &'a [u8],
}

/// The id and size of an element, and what comes after them. The size is `None` where it is said
/// to be unknown.
fn opening(bytes: &[u8]) -> Option<(u32, Option<usize>, &[u8])> {
    let length = usize::try_from(bytes.first()?.leading_zeros() + 1).ok()?;
    let (id, rest) = bytes.split_at_checked(length).filter(|_| length <= 4)?;
    let (size, rest) = varint(rest)?;
    let size = match size {
        Some(size) => Some(usize::try_from(size).ok()?),
        None => None,
    };
    Some((u32::try_from(number(id)?).ok()?, size, rest))
}

/// The element at the beginning, and what comes after it.
fn sized(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (id, size, rest) = opening(bytes)?;
    let (body, rest) = rest.split_at_checked(size?)?;
    Some((Element { id, body }, rest))
}

/// A number of 1–8 bytes that tells its own length (RFC 8794 §4); `None` for all ones.
fn varint(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let length = usize::try_from(bytes.first()?.leading_zeros() + 1).ok()?;
    let (all, rest) = bytes.split_at_checked(length).filter(|_| length <= 8)?;
    let mask = (1 << (7 * length)) - 1;
    let value = number(all)? & mask;
    Some(((value != mask).then_some(value), rest))
}

/// What is in an element that holds others; ends with an error where it cannot be read on.
fn children(mut bytes: &[u8]) -> impl Iterator<Item = Result<Element<'_>, NotSound>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let Some((element, rest)) = sized(bytes) else {
            bytes = &[];
            return Some(Err(NotSound::Damaged));
        };
        bytes = rest;
        Some(Ok(element))
    })
}

fn is(element: &Result<Element<'_>, NotSound>, id: u32) -> bool {
    element.as_ref().map_or(true, |element| element.id == id)
}

/// The body of the first child of that id.
fn child(body: &[u8], id: u32) -> Result<Option<&[u8]>, NotSound> {
    let found = children(body).find(|it| is(it, id)).transpose()?;
    Ok(found.map(|element| element.body))
}

/// A float of 0, 4 or 8 bytes, as whole ticks.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn float(bytes: &[u8]) -> Option<u64> {
    match bytes.len() {
        0 => Some(0),
        4 => bytes.first_chunk().map(|it| f32::from_be_bytes(*it) as u64),
        8 => bytes.first_chunk().map(|it| f64::from_be_bytes(*it) as u64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("../../../tests/sounds/chromium.webm");

    #[test]
    fn the_time_of_the_clusters_counts() {
        let mut long = RECORDED.to_vec();
        let cluster = long.windows(4).position(|id| id == b"\x1F\x43\xB6\x75").unwrap();
        let time = cluster + long[cluster..].iter().position(|&byte| byte == 0xE7).unwrap();
        let size = usize::from(long[time + 1] & 0x7F);
        long.splice(time + 1..time + 2 + size, [0x84, 0, 0x10, 0, 0]);
        assert!(length(&long).unwrap() > Duration::from_millis(0x10_0000));
    }

    #[test]
    fn what_the_head_claims_counts() {
        let mut long = RECORDED.to_vec();
        let info = long.windows(4).position(|id| id == b"\x15\x49\xA9\x66").unwrap();
        // The segment is of unknown size, as live recordings are: only Info grows.
        let (_, size, _) = opening(&long[info..]).unwrap();
        let grown = u32::try_from(size.unwrap() + 7).unwrap() | 0x1000_0000;
        let body = RECORDED[info..].len() - opening(&RECORDED[info..]).unwrap().2.len() + info;
        let mut claim = vec![0x44, 0x89, 0x84];
        claim.extend(1e9_f32.to_be_bytes());
        long.splice(info + 4..body, grown.to_be_bytes().into_iter().chain(claim));
        assert_eq!(length(&long), Ok(Duration::from_secs(1_000_000)));
    }

    #[test]
    fn a_claim_of_four_gigabytes_is_damaged() {
        let cluster = RECORDED.windows(4).position(|id| id == b"\x1F\x43\xB6\x75").unwrap();
        let mut long = RECORDED[..cluster].to_vec();
        long.extend(b"\xA3\x08\x00\x00\x01\x00\x00\x00\x00\x81\0\0\0");
        assert_eq!(length(&long), Err(NotSound::Damaged));
        long.truncate(cluster);
        long.extend(b"\xA3\x01\x00\x00\x01\x00\x00\x00\x00\x81\0\0\0");
        assert_eq!(length(&long), Err(NotSound::Damaged));
    }
}
