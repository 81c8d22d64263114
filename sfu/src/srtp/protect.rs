//! Protection of what we send.

use super::{SrtpError, cipher::Cipher};
use crate::packet::FIXED_HEADER_LEN;

/// Bytes of an RTCP packet that stay in the clear (RFC 3711 §3.4).
pub(super) const RTCP_CLEAR_LEN: usize = 8;
/// The bit that says "encrypted" in front of the SRTCP index (RFC 3711 §3.4).
pub(super) const RTCP_ENCRYPTED: u32 = 1 << 31;

/// Encrypts and authenticates packets for one peer.
pub struct Protect {
    rtp: Cipher,
    /// Apart, for it is seldom needed: legs lie the closer in memory.
    rtcp: Box<Cipher>,
    /// The index of the next RTCP packet.
    rtcp_index: u32,
}

impl Protect {
    pub(super) fn new(rtp: Cipher, rtcp: Cipher) -> Self {
        Self { rtp, rtcp: Box::new(rtcp), rtcp_index: 0 }
    }

    /// Protects the RTP packet in `buffer[..len]`, whose header is `header_len` bytes long, in
    /// place; its tag follows it. Returns the length with the tag.
    ///
    /// `index` is roll-over counter and sequence number (RFC 3711 §3.3.1); one index must not be
    /// used twice with one SSRC and different packets. Callers keep room for
    /// [`super::MAX_RTP_OVERHEAD`] bytes after the packet; without room, or if the lengths
    /// contradict each other, nothing is made and 0 is returned.
    pub fn rtp(&self, index: u64, buffer: &mut [u8], header_len: usize, len: usize) -> usize {
        let total = len + self.rtp.tag_len();
        if header_len < FIXED_HEADER_LEN || header_len > len || total > buffer.len() {
            return 0;
        }
        let (packet, tag) = buffer[..total].split_at_mut(len);
        let (header, payload) = packet.split_at_mut(header_len);
        let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        match &self.rtp {
            Cipher::Gcm(gcm) => match gcm.seal(gcm.nonce(ssrc, index), header, payload) {
                Some(made) => tag.copy_from_slice(made.as_ref()),
                None => return 0,
            },
            Cipher::Cm(cm) => {
                cm.apply_keystream(ssrc, index, payload);
                let rollover = (index >> 16) as u32;
                tag.copy_from_slice(&cm.tag([packet, &rollover.to_be_bytes()]));
            }
        }
        total
    }

    /// Protects the compound RTCP packet in `buffer[..len]` in place and returns its new length:
    /// at most [`super::MAX_RTCP_OVERHEAD`] bytes more.
    ///
    /// # Errors
    /// [`SrtpError::Malformed`] if there is no RTCP header, [`SrtpError::NoRoom`],
    /// [`SrtpError::KeyUsedUp`].
    pub fn rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let tag_len = self.rtcp.tag_len();
        let total = len + 4 + tag_len;
        if len < RTCP_CLEAR_LEN {
            return Err(SrtpError::Malformed);
        }
        if total > buffer.len() {
            return Err(SrtpError::NoRoom);
        }
        if self.rtcp_index >= RTCP_ENCRYPTED {
            return Err(SrtpError::KeyUsedUp);
        }
        let index = self.rtcp_index;
        let trailer = (RTCP_ENCRYPTED | index).to_be_bytes();
        let (packet, after) = buffer[..total].split_at_mut(len);
        let (header, payload) = packet.split_at_mut(RTCP_CLEAR_LEN);
        let ssrc = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        match &*self.rtcp {
            Cipher::Gcm(gcm) => {
                // Tag, then index; both and the header are authenticated (RFC 7714 §9.3).
                let mut aad = [0; RTCP_CLEAR_LEN + 4];
                aad[..RTCP_CLEAR_LEN].copy_from_slice(header);
                aad[RTCP_CLEAR_LEN..].copy_from_slice(&trailer);
                let nonce = gcm.nonce(ssrc, u64::from(index));
                let tag = gcm.seal(nonce, &aad, payload).ok_or(SrtpError::Malformed)?;
                after[..tag_len].copy_from_slice(tag.as_ref());
                after[tag_len..].copy_from_slice(&trailer);
            }
            Cipher::Cm(cm) => {
                // Index, then tag (RFC 3711 §3.4).
                cm.apply_keystream(ssrc, u64::from(index), payload);
                after[..4].copy_from_slice(&trailer);
                after[4..].copy_from_slice(&cm.tag([packet, &trailer]));
            }
        }
        self.rtcp_index += 1;
        Ok(total)
    }
}
