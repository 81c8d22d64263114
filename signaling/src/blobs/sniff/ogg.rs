//! Ogg (RFC 3533) with one logical bitstream of Opus (RFC 7845) or Vorbis.

use std::time::Duration;

use super::{NotSound, time};

const FIRST_PAGE: u8 = 0x02;
const HEAD_BYTES: usize = 27;

struct Codec {
    rate: u64,
    /// Samples at the beginning that are not played.
    skipped: u64,
}

/// How long the sound is.
pub(super) fn length(mut bytes: &[u8]) -> Result<Duration, NotSound> {
    let mut codec = None;
    let mut last = 0;
    while !bytes.is_empty() {
        let (page, rest) = page(bytes).ok_or(NotSound::Damaged)?;
        if page.is_first != codec.is_none() {
            return Err(if page.is_first { NotSound::Mixed } else { NotSound::Damaged });
        }
        if page.is_first {
            codec = Some(codec_of(page.body).ok_or(NotSound::Mixed)?);
        }
        last = last.max(page.position.unwrap_or(0));
        bytes = rest;
    }
    match codec {
        Some(codec) if last > 0 => Ok(time(last.saturating_sub(codec.skipped), codec.rate)),
        _ => Err(NotSound::Damaged),
    }
}

struct Page<'a> {
    is_first: bool,
    /// Samples up to its end; none where no packet ends on it.
    position: Option<u64>,
    body: &'a [u8],
}

/// The page at the beginning (RFC 3533 §6), and what comes after it.
fn page(bytes: &[u8]) -> Option<(Page<'_>, &[u8])> {
    let head = bytes.first_chunk::<HEAD_BYTES>().filter(|head| head.starts_with(b"OggS\0"))?;
    let table = bytes.get(HEAD_BYTES..HEAD_BYTES + usize::from(head[26]))?;
    let size: usize = table.iter().copied().map(usize::from).sum();
    let (body, rest) = bytes[HEAD_BYTES + table.len()..].split_at_checked(size)?;
    let position = i64::from_le_bytes(*head[6..].first_chunk()?);
    let is_first = head[5] & FIRST_PAGE != 0;
    Some((Page { is_first, position: u64::try_from(position).ok(), body }, rest))
}

fn codec_of(packet: &[u8]) -> Option<Codec> {
    if packet.starts_with(b"OpusHead") {
        // RFC 7845 §4, §5.1: positions are at 48 kHz whatever the input was.
        let skipped = u16::from_le_bytes(*packet.get(10..)?.first_chunk()?);
        return Some(Codec { rate: 48_000, skipped: skipped.into() });
    }
    if packet.starts_with(b"\x01vorbis") {
        let rate = u32::from_le_bytes(*packet.get(12..)?.first_chunk()?);
        return Some(Codec { rate: rate.into(), skipped: 0 });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("../../../tests/sounds/firefox.ogg");

    #[test]
    fn the_last_position_counts() {
        let mut long = RECORDED.to_vec();
        let page = long.windows(4).rposition(|four| four == b"OggS").unwrap();
        long[page + 6..page + 14].copy_from_slice(&(48_000_u64 * 3600).to_le_bytes());
        assert_eq!(length(&long).unwrap().as_secs(), 3599);
    }

    #[test]
    fn a_second_bitstream_is_refused() {
        assert_eq!(length(&[RECORDED, RECORDED].concat()), Err(NotSound::Mixed));
        let mut other = RECORDED.to_vec();
        let head = other.windows(8).position(|eight| eight == b"OpusHead").unwrap();
        other[head..head + 8].copy_from_slice(b"\x80theora\0");
        assert_eq!(length(&other), Err(NotSound::Mixed));
    }
}
