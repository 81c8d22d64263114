//! Authentication and decryption of what one peer sends.

use std::ops::Range;

use super::{
    SrtpError,
    cipher::Cipher,
    protect::{RTCP_CLEAR_LEN, RTCP_ENCRYPTED},
    replay::Windows,
};
use crate::packet::RtpHeader;

/// How many sources of one peer are told apart; one more takes the place of the one that was
/// silent longest, once it has authenticated.
pub const MAX_SOURCES: usize = 8;

/// Authenticates and decrypts the packets of one peer; owns its replay windows.
pub struct Unprotect {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_windows: Windows<MAX_SOURCES>,
    rtcp_windows: Windows<MAX_SOURCES>,
}

/// An RTP packet that has authenticated, was not there before and is decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprotected {
    /// Its header.
    pub header: RtpHeader,
    /// Roll-over counter and sequence number (RFC 3711 §3.3.1).
    pub index: u64,
    /// Where its payload is, without padding and tag. Never before the header's end.
    pub payload: Range<usize>,
}

impl Unprotect {
    pub(super) fn new(rtp: Cipher, rtcp: Cipher) -> Self {
        Self { rtp, rtcp, rtp_windows: Windows::new(), rtcp_windows: Windows::new() }
    }

    /// Authenticates and decrypts `packet` in place.
    ///
    /// # Errors
    /// Whatever is wrong with the packet. Then nothing of our state has changed, so that the
    /// packet tells nothing about its sender; the bytes of `packet` may have.
    pub fn rtp(&mut self, packet: &mut [u8]) -> Result<Unprotected, SrtpError> {
        let header = RtpHeader::parse(packet)?;
        let end = packet.len().checked_sub(self.rtp.tag_len()).ok_or(SrtpError::Malformed)?;
        if end < header.len {
            return Err(SrtpError::Malformed);
        }
        let index = self.rtp_windows.estimate(header.ssrc, header.seq);
        self.rtp_windows.check(header.ssrc, index)?;
        match &self.rtp {
            Cipher::Gcm(gcm) => {
                let (clear, rest) = packet.split_at_mut(header.len);
                gcm.open(gcm.nonce(header.ssrc, index), clear, rest).ok_or(SrtpError::Tag)?;
            }
            Cipher::Cm(cm) => {
                let (authenticated, tag) = packet.split_at_mut(end);
                let rollover = ((index >> 16) as u32).to_be_bytes();
                if !cm.verify([authenticated, &rollover], tag) {
                    return Err(SrtpError::Tag);
                }
                cm.apply_keystream(header.ssrc, index, &mut authenticated[header.len..]);
            }
        }
        let payload = header.payload(&packet[..end])?;
        self.rtp_windows.accept(header.ssrc, index);
        Ok(Unprotected { header, index, payload })
    }

    /// Authenticates and decrypts the compound RTCP `packet` in place and returns its length:
    /// `packet[..length]` is plain RTCP.
    ///
    /// # Errors
    /// As [`Self::rtp`].
    pub fn rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let tag_len = self.rtcp.tag_len();
        let end = packet.len().checked_sub(tag_len + 4).ok_or(SrtpError::Malformed)?;
        if end < RTCP_CLEAR_LEN || packet[0] >> 6 != 2 {
            return Err(SrtpError::Malformed);
        }
        let ssrc = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        let trailer_at = match &self.rtcp {
            Cipher::Gcm(_) => end + tag_len,
            Cipher::Cm(_) => end,
        };
        let mut trailer = [0; 4];
        trailer.copy_from_slice(&packet[trailer_at..trailer_at + 4]);
        let word = u32::from_be_bytes(trailer);
        if word & RTCP_ENCRYPTED == 0 {
            return Err(SrtpError::NotEncrypted);
        }
        let index = u64::from(word & !RTCP_ENCRYPTED);
        self.rtcp_windows.check(ssrc, index)?;
        match &self.rtcp {
            Cipher::Gcm(gcm) => {
                let mut aad = [0; RTCP_CLEAR_LEN + 4];
                aad[..RTCP_CLEAR_LEN].copy_from_slice(&packet[..RTCP_CLEAR_LEN]);
                aad[RTCP_CLEAR_LEN..].copy_from_slice(&trailer);
                let text_and_tag = &mut packet[RTCP_CLEAR_LEN..trailer_at];
                gcm.open(gcm.nonce(ssrc, index), &aad, text_and_tag).ok_or(SrtpError::Tag)?;
            }
            Cipher::Cm(cm) => {
                let (authenticated, tag) = packet.split_at_mut(end + 4);
                if !cm.verify([authenticated, &[]], tag) {
                    return Err(SrtpError::Tag);
                }
                cm.apply_keystream(ssrc, index, &mut authenticated[RTCP_CLEAR_LEN..end]);
            }
        }
        self.rtcp_windows.accept(ssrc, index);
        Ok(end)
    }

    /// Whether RTP or RTCP packets of `ssrc` have authenticated, and it was not replaced since.
    #[must_use]
    pub fn knows(&self, ssrc: u32) -> bool {
        self.rtp_windows.knows(ssrc) || self.rtcp_windows.knows(ssrc)
    }
}
