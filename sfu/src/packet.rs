//! What an RTP packet says in the clear: its header and header extensions.
//!
//! [`RtpHeader::parse`] checks everything it can see without keys and copies nothing: the packet
//! stays with its owner, and lookups take it again. This file never decrypts and never writes.

use std::ops::Range;

/// The fixed part of an RTP header, bytes (RFC 3550 §5.1).
pub const FIXED_HEADER_LEN: usize = 12;

/// The fields of an RTP header (RFC 3550 §5.1) whose extension, if any, is well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    /// Whether padding ends the payload.
    pub padding: bool,
    /// In Opus: the first packet after silence (RFC 7587 §4.1).
    pub marker: bool,
    /// 0–127.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: u16,
    /// In units of the payload's clock: 1/48000 s for Opus.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
    /// Bytes up to the payload: fixed part, CSRCs and extension.
    pub len: usize,
    csrc_count: u8,
    form: ExtensionForm,
}

/// How a header extension is laid out (RFC 8285 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExtensionForm {
    /// There is none, or one of another profile, which is passed over.
    None,
    OneByte,
    TwoByte,
}

/// Why a packet is not RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PacketError {
    /// Shorter than the header that it announces.
    #[error("the packet ends within its header")]
    Short,
    /// Not version 2.
    #[error("the packet is not of RTP version 2")]
    Version,
    /// An element of the header extension runs over its end (RFC 8285 §4.2, §4.3).
    #[error("a header extension runs over its end")]
    Extension,
    /// The padding is 0 bytes or longer than the payload (RFC 3550 §5.1).
    #[error("the padding is longer than the payload")]
    Padding,
}

/// Loudness of one packet (RFC 6464).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioLevel {
    /// Whether the sender believes that it carries speech; senders that do not know say no.
    pub voice: bool,
    /// −dBov: 0 is the loudest, 127 is silence.
    pub level: u8,
}

impl RtpHeader {
    /// Reads the header at the front of `packet`.
    ///
    /// # Errors
    /// For whatever is not RFC 3550 §5.1 with extensions of RFC 8285. An extension of another
    /// profile is skipped as a whole.
    pub fn parse(packet: &[u8]) -> Result<Self, PacketError> {
        let Some((fixed, _)) = packet.split_first_chunk::<FIXED_HEADER_LEN>() else {
            return Err(PacketError::Short);
        };
        let [b0, b1, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *fixed;
        if b0 >> 6 != 2 {
            return Err(PacketError::Version);
        }
        let csrc_count = b0 & 0x0f;
        let mut len = FIXED_HEADER_LEN + 4 * usize::from(csrc_count);
        let mut form = ExtensionForm::None;
        if b0 & 0x10 != 0 {
            let (profile, words) = match packet.get(len..len + 4) {
                Some(&[p0, p1, w0, w1]) => {
                    (u16::from_be_bytes([p0, p1]), u16::from_be_bytes([w0, w1]))
                }
                _ => return Err(PacketError::Short),
            };
            let elements = len + 4..len + 4 + 4 * usize::from(words);
            len = elements.end;
            form = match profile {
                0xbede => ExtensionForm::OneByte,
                0x1000..=0x100f => ExtensionForm::TwoByte,
                _ => ExtensionForm::None,
            };
            let elements = packet.get(elements).ok_or(PacketError::Short)?;
            Elements { rest: elements, form }.try_for_each(|element| element.map(|_| ()))?;
        }
        if packet.len() < len {
            return Err(PacketError::Short);
        }
        Ok(Self {
            padding: b0 & 0x20 != 0,
            marker: b1 & 0x80 != 0,
            payload_type: b1 & 0x7f,
            seq: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
            len,
            csrc_count,
            form,
        })
    }

    /// The contributing sources named in `packet`, whose header this is.
    pub fn csrcs<'p>(&self, packet: &'p [u8]) -> impl Iterator<Item = u32> + use<'p> {
        let end = FIXED_HEADER_LEN + 4 * usize::from(self.csrc_count);
        let (sources, _) = packet.get(FIXED_HEADER_LEN..end).unwrap_or(&[]).as_chunks::<4>();
        sources.iter().map(|source| u32::from_be_bytes(*source))
    }

    /// The header extension of `packet`, whose header this is, that was negotiated as `id`.
    #[must_use]
    pub fn extension<'p>(&self, packet: &'p [u8], id: u8) -> Option<&'p [u8]> {
        if self.form == ExtensionForm::None {
            return None;
        }
        let start = FIXED_HEADER_LEN + 4 * usize::from(self.csrc_count) + 4;
        Elements { rest: packet.get(start..self.len)?, form: self.form }
            .map_while(Result::ok)
            .find_map(|(found, value)| (found == id).then_some(value))
    }

    /// The RFC 6464 level of `packet`, whose header this is, in the extension negotiated as `id`.
    #[must_use]
    pub fn audio_level(&self, packet: &[u8], id: u8) -> Option<AudioLevel> {
        let byte = *self.extension(packet, id)?.first()?;
        Some(AudioLevel { voice: byte & 0x80 != 0, level: byte & 0x7f })
    }

    /// Where the payload of the decrypted `packet`, whose header this is, lies without padding.
    ///
    /// # Errors
    /// [`PacketError::Padding`].
    pub fn payload(&self, packet: &[u8]) -> Result<Range<usize>, PacketError> {
        let padding = if self.padding {
            match packet.last() {
                Some(0) | None => return Err(PacketError::Padding),
                Some(&padding) => usize::from(padding),
            }
        } else {
            0
        };
        match packet.len().checked_sub(padding) {
            Some(end) if end >= self.len => Ok(self.len..end),
            _ => Err(PacketError::Padding),
        }
    }
}

/// The elements of one header extension, in order; ends after an error.
struct Elements<'p> {
    rest: &'p [u8],
    form: ExtensionForm,
}

impl<'p> Iterator for Elements<'p> {
    type Item = Result<(u8, &'p [u8]), PacketError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            let (id, len, rest) = match self.form {
                ExtensionForm::None => return None,
                ExtensionForm::OneByte => {
                    let (id, length) = (first >> 4, first & 0x0f);
                    // 15 is reserved and id 0 has no length: both end the whole (RFC 8285 §4.2).
                    if id == 15 || (id == 0 && length != 0) {
                        self.rest = &[];
                        return None;
                    }
                    (id, usize::from(length) + 1, rest)
                }
                ExtensionForm::TwoByte if first == 0 => (0, 0, rest),
                ExtensionForm::TwoByte => {
                    let Some((&length, rest)) = rest.split_first() else {
                        self.rest = &[];
                        return Some(Err(PacketError::Extension));
                    };
                    (first, usize::from(length), rest)
                }
            };
            if id == 0 {
                self.rest = rest;
                continue;
            }
            let Some((value, rest)) = rest.split_at_checked(len) else {
                self.rest = &[];
                return Some(Err(PacketError::Extension));
            };
            self.rest = rest;
            return Some(Ok((id, value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: [u8; 12] = [0x80, 0xef, 0x12, 0x34, 0, 0, 0x03, 0xc0, 0xca, 0xfe, 0xba, 0xbe];

    /// A packet with `elements` in an extension of `profile`.
    fn extended(profile: u16, elements: &[u8]) -> Vec<u8> {
        assert_eq!(elements.len() % 4, 0, "extensions are whole words");
        let mut packet = FIXED.to_vec();
        packet[0] |= 0x10;
        packet.extend(profile.to_be_bytes());
        packet.extend(((elements.len() / 4) as u16).to_be_bytes());
        packet.extend(elements);
        packet
    }

    #[test]
    fn reads_the_fixed_part() {
        let header = RtpHeader::parse(&FIXED).unwrap();
        assert!(header.marker && !header.padding);
        assert_eq!((header.payload_type, header.seq), (111, 0x1234));
        assert_eq!((header.timestamp, header.ssrc), (960, 0xcafe_babe));
        assert_eq!(header.len, 12);
        assert_eq!(header.payload(&FIXED), Ok(12..12));
    }

    #[test]
    fn reads_contributing_sources() {
        let mut packet = FIXED.to_vec();
        packet[0] |= 2;
        assert_eq!(RtpHeader::parse(&packet), Err(PacketError::Short));
        packet.extend([0, 0, 0, 7, 0, 0, 1, 0]);
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(header.csrcs(&packet).collect::<Vec<_>>(), [7, 256]);
        assert_eq!(header.len, 20);
    }

    #[test]
    fn finds_one_byte_extensions() {
        // id 4 "1", padding, id 1 level 127 with voice, id 9 of two bytes.
        let packet = extended(0xbede, &[0x40, b'1', 0, 0x10, 0xff, 0x91, 7, 8]);
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(header.extension(&packet, 4), Some(&b"1"[..]));
        assert_eq!(header.extension(&packet, 9), Some(&[7, 8][..]));
        assert_eq!(header.audio_level(&packet, 1), Some(AudioLevel { voice: true, level: 127 }));
        assert_eq!(header.extension(&packet, 2), None);
        assert_eq!(header.extension(&packet, 0), None);
    }

    #[test]
    fn finds_two_byte_extensions() {
        let packet = extended(0x1000, &[1, 1, 30, 0, 200, 0, 20, 2, 5, 6, 0, 0]);
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(header.audio_level(&packet, 1), Some(AudioLevel { voice: false, level: 30 }));
        assert_eq!(header.extension(&packet, 200), Some(&[][..]));
        assert_eq!(header.audio_level(&packet, 200), None);
        assert_eq!(header.extension(&packet, 20), Some(&[5, 6][..]));
    }

    #[test]
    fn stops_at_reserved_elements() {
        for stop in [0xf0, 0x03] {
            let packet = extended(0xbede, &[stop, 9, 0x10, 30]);
            let header = RtpHeader::parse(&packet).unwrap();
            assert_eq!(header.extension(&packet, 1), None);
        }
        let other = extended(0xabcd, &[0x10, 30, 0, 0]);
        assert_eq!(RtpHeader::parse(&other).unwrap().extension(&other, 1), None);
    }

    #[test]
    fn refuses_what_runs_over() {
        let one_byte = extended(0xbede, &[0x10, 30, 0x43, 1]);
        assert_eq!(RtpHeader::parse(&one_byte), Err(PacketError::Extension));
        let two_byte = extended(0x1000, &[1, 3, 0, 0]);
        assert_eq!(RtpHeader::parse(&two_byte), Err(PacketError::Extension));
        let cut = extended(0x1000, &[1, 1, 0, 1]);
        assert_eq!(RtpHeader::parse(&cut), Err(PacketError::Extension));
        let mut other_version = FIXED;
        other_version[0] = 0x40;
        assert_eq!(RtpHeader::parse(&other_version), Err(PacketError::Version));
    }

    #[test]
    fn refuses_every_truncation() {
        let mut packet = extended(0xbede, &[0x10, 30, 0x40, b'1']);
        packet[0] |= 1;
        packet.splice(12..12, [0, 0, 0, 7]);
        for len in 0..packet.len() {
            assert_eq!(RtpHeader::parse(&packet[..len]), Err(PacketError::Short), "{len}");
        }
        assert!(RtpHeader::parse(&packet).is_ok());
    }

    #[test]
    fn takes_padding_off() {
        let mut packet = FIXED.to_vec();
        packet[0] |= 0x20;
        let header = RtpHeader::parse(&packet).unwrap();
        packet.extend([1, 2, 3, 0, 2]);
        assert_eq!(header.payload(&packet), Ok(12..15));
        packet[16] = 5;
        assert_eq!(header.payload(&packet), Ok(12..12));
        for wrong in [0, 6, 255] {
            packet[16] = wrong;
            assert_eq!(header.payload(&packet), Err(PacketError::Padding));
        }
    }
}
