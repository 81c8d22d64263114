//! SRTP of a load's peer: an implementation independent of the server's.
//!
//! Owns one set of keys per direction, made from the keying material of DTLS (RFC 5764 §4.2).

use bytes::BytesMut;
use dimpl::SrtpProfile;
use srtp::{context::Context, option, protection_profile::ProtectionProfile};

use crate::Error;

/// Packets that may come out of order before they count as repeated.
const WINDOW: usize = 128;

/// The two directions of a peer.
pub(crate) struct Srtp {
    outbound: Context,
    inbound: Context,
}

impl Srtp {
    /// For the DTLS client's end.
    pub(crate) fn new(profile: SrtpProfile, material: &[u8]) -> Result<Self, Error> {
        let (profile, key, salt) = match profile {
            SrtpProfile::AEAD_AES_256_GCM => (ProtectionProfile::AeadAes256Gcm, 32, 12),
            SrtpProfile::AEAD_AES_128_GCM => (ProtectionProfile::AeadAes128Gcm, 16, 12),
            SrtpProfile::AES128_CM_SHA1_80 => (ProtectionProfile::Aes128CmHmacSha1_80, 16, 14),
            other => return Err(Error::Voice(format!("SRTP profile {other}"))),
        };
        if material.len() < 2 * (key + salt) {
            return Err(Error::Voice("too little keying material".into()));
        }
        let (own_key, rest) = material.split_at(key);
        let (server_key, rest) = rest.split_at(key);
        let (own_salt, rest) = rest.split_at(salt);
        let server_salt = &rest[..salt];
        let provider = rtc::crypto::default_provider()
            .map_err(|error| Error::Voice(format!("no cryptography: {error}")))?;
        let keyed = |key, salt| {
            Context::new(
                key,
                salt,
                profile,
                Some(option::srtp_replay_protection(WINDOW)),
                Some(option::srtcp_replay_protection(WINDOW)),
                provider.crypto(),
            )
            .map_err(|error| Error::Voice(error.to_string()))
        };
        Ok(Self { outbound: keyed(own_key, own_salt)?, inbound: keyed(server_key, server_salt)? })
    }

    pub(crate) fn protect(&mut self, packet: &[u8]) -> Result<BytesMut, Error> {
        Ok(self.outbound.encrypt_rtp(packet)?)
    }

    pub(crate) fn protect_rtcp(&mut self, packet: &[u8]) -> Result<BytesMut, Error> {
        Ok(self.outbound.encrypt_rtcp(packet)?)
    }

    /// Authenticates and decrypts an RTP packet; an error if it is forged or repeated.
    pub(crate) fn unprotect(&mut self, packet: &[u8]) -> Result<BytesMut, Error> {
        Ok(self.inbound.decrypt_rtp(packet)?)
    }

    /// Authenticates and decrypts an RTCP packet.
    pub(crate) fn unprotect_rtcp(&mut self, packet: &[u8]) -> Result<BytesMut, Error> {
        Ok(self.inbound.decrypt_rtcp(packet)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_and_repeated_packets_are_refused() {
        let material: Vec<u8> = (0..88).collect();
        // The server's keys are the client's, seen from the other end.
        let mut swapped = material.clone();
        swapped[..32].copy_from_slice(&material[32..64]);
        swapped[32..64].copy_from_slice(&material[..32]);
        swapped[64..76].copy_from_slice(&material[76..]);
        swapped[76..].copy_from_slice(&material[64..76]);
        let mut here = Srtp::new(SrtpProfile::AEAD_AES_256_GCM, &material).unwrap();
        let mut there = Srtp::new(SrtpProfile::AEAD_AES_256_GCM, &swapped).unwrap();
        let mut plain = vec![0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9];
        plain.extend_from_slice(b"sound");
        let packet = there.protect(&plain).unwrap();
        let mut forged = packet.clone();
        forged[13] ^= 1;
        assert!(here.unprotect(&forged).is_err());
        assert_eq!(here.unprotect(&packet).unwrap(), plain);
        assert!(here.unprotect(&packet).is_err(), "repeated");
        assert!(Srtp::new(SrtpProfile::AEAD_AES_256_GCM, &material[..50]).is_err());
    }
}
