//! One slot of one listener: the header that its packets get, and how sequence numbers and
//! timestamps go on when the talker changes.
//!
//! Owns the rule that no index of a slot is ever used twice: with GCM a second packet under one
//! nonce would give the key away. Pure: never sends and never encrypts.

use std::time::{Duration, Instant};

use crate::{
    control::ParticipantNumber,
    packet::FIXED_HEADER_LEN,
    rtcp::{OPUS_CLOCK_HZ, SenderReport},
};

/// Fixed part, one CSRC, and the mid and audio level in one-byte form (RFC 8285 §4.2).
pub(crate) const MAX_HEADER_LEN: usize = FIXED_HEADER_LEN + 4 + 4 + 20;
/// The longest mid that the one-byte form takes, bytes. A longer one is not sent: the SSRC, which
/// the answer tells too, has to do.
const MAX_MID_LEN: usize = 16;
/// A jump ahead by more packets is no loss but a source that began anew (RFC 3550 §A.1). Passed
/// on, several of them would put the listener's roll-over counter out of step with ours.
const MAX_JUMP: u64 = 1000;
/// 20 ms of silence in Opus (RFC 6716 §3.1).
pub(crate) const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
const SILENCE_TICKS: u32 = 960;

/// A talker's packet, authenticated and decrypted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice<'p> {
    pub(crate) number: ParticipantNumber,
    /// Changes with the talker's SSRC, and is never used again in the worker.
    pub(crate) source: u64,
    /// Roll-over counter and sequence number.
    pub(crate) index: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// The byte of RFC 6464, if the talker tells it.
    pub(crate) level: Option<u8>,
    /// What it lasts, in 1/48000 s.
    pub(crate) ticks: u32,
    pub(crate) payload: &'p [u8],
}

/// Where a packet goes in the slot's own sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
}

/// See the top of this file.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    ssrc: u32,
    template: [u8; MAX_HEADER_LEN],
    header_len: usize,
    /// Where the audio level is written, if the listener takes it.
    level_at: Option<usize>,
    mapping: Option<Mapping>,
    /// The highest index used so far.
    newest: u64,
    last: Option<Last>,
    packets: u32,
    octets: u32,
    /// `packets` when the last sender report was made.
    reported: u32,
}

/// How one source is translated.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    number: ParticipantNumber,
    source: u64,
    /// What comes before it belongs before the change, and would use indices again.
    first: u64,
    newest: u64,
    index_offset: u64,
    timestamp_offset: u32,
}

/// The newest packet.
#[derive(Debug, Clone, Copy)]
struct Last {
    timestamp: u32,
    ticks: u32,
    at: Instant,
}

/// What the listener negotiated for a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotFormat<'a> {
    pub(crate) payload_type: u8,
    pub(crate) mid: &'a str,
    pub(crate) mid_extension: Option<u8>,
    pub(crate) audio_level: Option<u8>,
}

impl Slot {
    /// An empty slot whose first packet has the sequence number `first_seq`, below 2¹⁵, so that
    /// losing it cannot hide a roll-over (RFC 3711 §3.3.1).
    pub(crate) fn new(ssrc: u32, first_seq: u16, format: &SlotFormat<'_>) -> Self {
        let mut template = [0; MAX_HEADER_LEN];
        template[0] = 0x81;
        template[1] = format.payload_type & 0x7f;
        template[8..12].copy_from_slice(&ssrc.to_be_bytes());
        let elements = FIXED_HEADER_LEN + 4 + 4;
        let mut end = elements;
        let mid = format.mid.as_bytes();
        if let Some(id) = format.mid_extension
            && (1..=MAX_MID_LEN).contains(&mid.len())
        {
            template[end] = id << 4 | (mid.len() - 1) as u8;
            template[end + 1..end + 1 + mid.len()].copy_from_slice(mid);
            end += 1 + mid.len();
        }
        let level_at = format.audio_level.map(|id| {
            template[end] = id << 4;
            end += 2;
            end - 2
        });
        let header_len = if end == elements {
            FIXED_HEADER_LEN + 4
        } else {
            end = elements + (end - elements).next_multiple_of(4);
            template[0] |= 0x10;
            template[16..18].copy_from_slice(&[0xbe, 0xde]);
            template[19] = ((end - elements) / 4) as u8;
            end
        };
        Self {
            ssrc,
            template,
            header_len,
            level_at,
            mapping: None,
            newest: u64::from(first_seq & 0x7fff),
            last: None,
            packets: 0,
            octets: 0,
            reported: 0,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// How many packets were sent in it; wraps.
    pub(crate) fn packets(&self) -> u32 {
        self.packets
    }

    /// Finds the place of `voice`, and none if it came too late for one.
    pub(crate) fn place(&mut self, voice: &Voice<'_>, now: Instant) -> Option<Place> {
        let begins = match &self.mapping {
            Some(mapping) if mapping.source == voice.source => {
                if voice.index < mapping.first {
                    return None;
                }
                voice.index > mapping.newest + MAX_JUMP
            }
            _ => true,
        };
        if begins {
            self.mapping = Some(Mapping {
                number: voice.number,
                source: voice.source,
                first: voice.index,
                newest: voice.index,
                index_offset: (self.newest + 1).wrapping_sub(voice.index),
                timestamp_offset: self.next_timestamp(now).wrapping_sub(voice.timestamp),
            });
        }
        let mapping = self.mapping.as_mut()?;
        let place = Place {
            index: voice.index.wrapping_add(mapping.index_offset),
            timestamp: voice.timestamp.wrapping_add(mapping.timestamp_offset),
            marker: voice.marker || begins,
        };
        mapping.newest = mapping.newest.max(voice.index);
        self.count(&place, voice.ticks, voice.payload.len(), now);
        Some(place)
    }

    /// Ends the talker's turn: the place of one frame of silence, so that the listener's decoder
    /// does not stretch the last sound, and whose it is. Nothing if no talker was heard.
    pub(crate) fn release(&mut self, now: Instant) -> Option<(ParticipantNumber, Place)> {
        let number = self.mapping.take()?.number;
        let place =
            Place { index: self.newest + 1, timestamp: self.next_timestamp(now), marker: false };
        self.count(&place, SILENCE_TICKS, SILENCE.len(), now);
        Some((number, place))
    }

    /// Writes the packet and returns the length of its header and its own; nothing if it does not
    /// fit with a tag after it, which callers exclude.
    pub(crate) fn write(
        &self,
        place: &Place,
        number: ParticipantNumber,
        level: Option<u8>,
        payload: &[u8],
        buffer: &mut [u8],
    ) -> Option<(usize, usize)> {
        let len = self.header_len + payload.len();
        let packet = buffer.get_mut(..len)?;
        let (header, body) = packet.split_at_mut(self.header_len);
        header.copy_from_slice(&self.template[..self.header_len]);
        header[1] |= u8::from(place.marker) << 7;
        header[2..4].copy_from_slice(&(place.index as u16).to_be_bytes());
        header[4..8].copy_from_slice(&place.timestamp.to_be_bytes());
        header[12..16].copy_from_slice(&number.0.to_be_bytes());
        if let Some(at) = self.level_at {
            match level {
                Some(level) => header[at + 1] = level,
                // An id of 0 is padding: a talker that tells no level is not given one.
                None => header[at] = 0,
            }
        }
        body.copy_from_slice(payload);
        Some((self.header_len, len))
    }

    /// A sender report, if anything was sent since the last one.
    pub(crate) fn report(&mut self, ntp: u64, now: Instant) -> Option<SenderReport> {
        let last = self.last.filter(|_| self.reported != self.packets)?;
        self.reported = self.packets;
        let elapsed = ticks_of(now.saturating_duration_since(last.at));
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp,
            rtp_timestamp: last.timestamp.wrapping_add(elapsed as u32),
            packets: self.packets,
            octets: self.octets,
        })
    }

    /// Wall time since the last packet, rounded to whole packets, at least one: no gap and no
    /// overlap at a change of talker, and no delay that stays after a pause.
    fn next_timestamp(&self, now: Instant) -> u32 {
        let Some(last) = self.last else { return 0 };
        let ticks = u64::from(last.ticks.max(1));
        let elapsed = ticks_of(now.saturating_duration_since(last.at));
        let packets = ((elapsed + ticks / 2) / ticks).max(1);
        last.timestamp.wrapping_add((packets * ticks) as u32)
    }

    fn count(&mut self, place: &Place, ticks: u32, octets: usize, now: Instant) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
        if place.index > self.newest || self.last.is_none() {
            self.newest = self.newest.max(place.index);
            self.last = Some(Last { timestamp: place.timestamp, ticks, at: now });
        }
    }
}

fn ticks_of(time: Duration) -> u64 {
    time.as_micros() as u64 * u64::from(OPUS_CLOCK_HZ) / 1_000_000
}

/// What an Opus packet lasts, in 1/48000 s (RFC 6716 §3.1); at most 120 ms.
pub(crate) fn opus_ticks(payload: &[u8]) -> u32 {
    let Some(&toc) = payload.first() else { return SILENCE_TICKS };
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1).map_or(1, |count| count & 0x3f)).max(1),
    };
    (frame * frames).min(5760)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]
mod tests {
    use super::*;
    use crate::packet::RtpHeader;

    const FRAME: Duration = Duration::from_millis(20);

    fn slot() -> Slot {
        let format = SlotFormat {
            payload_type: 111,
            mid: "3",
            mid_extension: Some(4),
            audio_level: Some(1),
        };
        Slot::new(0xcafe, 0x7ffe, &format)
    }

    fn voice(source: u64, index: u64) -> Voice<'static> {
        Voice {
            number: ParticipantNumber(7),
            source,
            index,
            timestamp: 5_000_u32.wrapping_add(index as u32 * 960),
            marker: false,
            level: Some(30),
            ticks: 960,
            payload: &[0xf8, 1, 2],
        }
    }

    #[test]
    fn a_change_of_talker_leaves_no_gap() {
        let (mut slot, start) = (slot(), Instant::now());
        let first = slot.place(&voice(1, 65_000), start).unwrap();
        assert_eq!((first.index, first.timestamp, first.marker), (0x7fff, 0, true));
        let second = slot.place(&voice(1, 65_001), start + FRAME).unwrap();
        assert_eq!((second.index, second.timestamp, second.marker), (0x8000, 960, false));
        // Another talker 27 ms later: rounded to one packet.
        let changed = slot.place(&voice(2, 9), start + FRAME + Duration::from_millis(27)).unwrap();
        assert_eq!((changed.index, changed.timestamp, changed.marker), (0x8001, 1920, true));
        // And after a pause the wall clock counts.
        let later = start + FRAME * 2 + Duration::from_secs(15);
        let paused = slot.place(&voice(1, 66_000), later).unwrap();
        assert_eq!((paused.index, paused.timestamp), (0x8002, 1920 + 750 * 960));
    }

    #[test]
    fn holes_and_order_are_kept_within_a_source_and_no_index_is_used_twice() {
        let (mut slot, now) = (slot(), Instant::now());
        let mut used = std::collections::HashSet::new();
        for index in [100, 103, 101, 99, 104] {
            let place = slot.place(&voice(1, index), now);
            assert_eq!(place.is_some(), index >= 100, "{index}");
            assert!(place.is_none_or(|place| used.insert(place.index)));
            if let Some(place) = place {
                assert_eq!(place.index, 0x7fff + index - 100);
            }
        }
        assert!(used.insert(slot.release(now).unwrap().1.index));
        assert_eq!(slot.release(now), None, "one frame of silence is enough");
        for (source, index) in [(2, 7), (1, 104), (1, 102), (1, 105), (1, 105 + 5000)] {
            if let Some(place) = slot.place(&voice(source, index), now) {
                assert!(used.insert(place.index), "{source} {index}");
            }
        }
        assert_eq!(used.iter().max(), Some(&(0x7fff + 4 + 5)), "a jump is not passed on");
    }

    #[test]
    fn the_header_says_what_was_negotiated() {
        let (mut slot, now) = (slot(), Instant::now());
        let voice = voice(1, 5);
        let place = slot.place(&voice, now).unwrap();
        let mut buffer = [0xee; 200];
        let (header_len, len) =
            slot.write(&place, voice.number, voice.level, voice.payload, &mut buffer).unwrap();
        let packet = &buffer[..len];
        let header = RtpHeader::parse(packet).unwrap();
        assert_eq!((header.len, len), (header_len, header_len + 3));
        assert_eq!((header.payload_type, header.ssrc, header.seq), (111, 0xcafe, 0x7fff));
        assert_eq!(header.csrcs(packet).collect::<Vec<_>>(), [7]);
        assert_eq!(header.extension(packet, 4), Some(&b"3"[..]));
        assert_eq!(header.extension(packet, 1), Some(&[30][..]));
        let (_, len) = slot.write(&place, voice.number, None, voice.payload, &mut buffer).unwrap();
        let header = RtpHeader::parse(&buffer[..len]).unwrap();
        assert_eq!(header.extension(&buffer[..len], 1), None);

        let bare = SlotFormat { payload_type: 96, mid: "", mid_extension: None, audio_level: None };
        let bare = Slot::new(1, 0, &bare);
        let (header_len, _) = bare.write(&place, voice.number, None, &[], &mut buffer).unwrap();
        assert_eq!(header_len, 16);
    }

    #[test]
    fn reports_only_what_is_new() {
        let (mut slot, now) = (slot(), Instant::now());
        assert_eq!(slot.report(1, now), None);
        slot.place(&voice(1, 5), now).unwrap();
        let report = slot.report(1, now + FRAME).unwrap();
        assert_eq!((report.packets, report.octets, report.rtp_timestamp), (1, 3, 960));
        assert_eq!(slot.report(2, now + FRAME), None);
    }

    #[test]
    fn knows_how_long_opus_lasts() {
        for (payload, ticks) in [
            (&[0xf8][..], 960),
            (&[0x78], 960),
            (&[0x18], 2880),
            (&[0xf1], 960),
            (&[0xfb, 0x03], 2880),
            (&[0x1b, 0x3f], 5760),
            (&[], 960),
        ] {
            assert_eq!(opus_ticks(payload), ticks, "{payload:?}");
        }
    }
}
