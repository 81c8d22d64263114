//! The RTP packets of a load: who sent which packet when, in the payload.
//!
//! Owns the layout. Pure. The payload begins like an Opus packet, so that the server sees the
//! duration it expects; nobody decodes it.

use std::time::Duration;

/// Bytes of a payload that are needed for the stamp.
pub(crate) const SMALLEST: usize = 25;
/// The header extension id of the audio level in our offers (RFC 6464).
pub(crate) const LEVEL_ID: u8 = 1;
/// The payload type of Opus in our offers.
pub(crate) const PAYLOAD_TYPE: u8 = 111;

const MAGIC: [u8; 4] = *b"HLD1";

/// What a payload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Who sent it.
    pub(crate) publisher: u32,
    /// The how manieth of that publisher's.
    pub(crate) count: u64,
    /// When, since the load began.
    pub(crate) sent: Duration,
}

/// Writes a packet: RTP header (RFC 3550 §5.1), audio level, stamped payload of `size` bytes.
pub(crate) fn write(ssrc: u32, rate: u32, size: usize, stamp: Stamp) -> Vec<u8> {
    let mut packet = Vec::with_capacity(20 + size + 16);
    packet.extend_from_slice(&[0x90, PAYLOAD_TYPE | if stamp.count == 0 { 0x80 } else { 0 }]);
    packet.extend_from_slice(&(stamp.count as u16).to_be_bytes());
    let step = 48_000 / u64::from(rate.max(1));
    packet.extend_from_slice(&((stamp.count * step) as u32).to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    // One one-byte extension (RFC 8285 §4.2): voice, −20 dBov.
    packet.extend_from_slice(&[0xbe, 0xde, 0, 1, LEVEL_ID << 4, 0x80 | 20, 0, 0]);
    packet.push(toc(rate));
    packet.extend_from_slice(&MAGIC);
    packet.extend_from_slice(&stamp.publisher.to_be_bytes());
    packet.extend_from_slice(&stamp.count.to_be_bytes());
    packet.extend_from_slice(&(stamp.sent.as_nanos() as u64).to_be_bytes());
    packet.resize(20 + size.max(SMALLEST), 0x55);
    packet
}

/// Reads the stamp of a decrypted RTP packet; `None` for anything else, like the server's own
/// frames of silence.
pub(crate) fn read(packet: &[u8]) -> Option<Stamp> {
    let first = *packet.first()?;
    let mut at = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = packet.get(at + 2..at + 4)?;
        at += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let payload = packet.get(at..at + SMALLEST)?;
    if payload[1..5] != MAGIC {
        return None;
    }
    let number = |from: usize| {
        let bytes = payload[from..from + 8].iter();
        bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    Some(Stamp {
        publisher: (number(5) >> 32) as u32,
        count: number(9),
        sent: Duration::from_nanos(number(17)),
    })
}

/// The first byte of an Opus packet of that duration (RFC 6716 §3.1: CELT, fullband, mono).
fn toc(rate: u32) -> u8 {
    match rate {
        0..=50 => 0xf8,
        51..=100 => 0xf0,
        101..=200 => 0xe8,
        _ => 0xe0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let stamp =
            Stamp { publisher: 7, count: 70_000, sent: Duration::from_nanos(12_345_678_901) };
        let packet = write(1, 50, 100, stamp);
        assert_eq!(packet.len(), 120);
        assert_eq!(read(&packet), Some(stamp));
        for length in 0..45 {
            assert_eq!(read(&packet[..length]), None);
        }
    }

    #[test]
    fn what_the_server_says_of_its_own_is_not_ours() {
        let mut packet = vec![0; 60];
        packet[0] = 0x80;
        assert_eq!(read(&packet), None);
    }
}
