//! SRTP and SRTCP (RFC 3711, RFC 7714) over keys from DTLS (RFC 5764).
//!
//! [`keys`] makes the two halves of one peer's protection: [`Protect`] for what we send and
//! [`Unprotect`] for what it sends, which owns the replay windows. Both work in place and never
//! allocate. Nothing here sends, and nothing changes before a packet has authenticated.

mod cipher;
mod derive;
mod protect;
mod replay;
mod unprotect;
#[cfg(test)]
mod vectors;

pub use self::{
    derive::keys,
    protect::Protect,
    unprotect::{MAX_SOURCES, Unprotect, Unprotected},
};

use dimpl::SrtpProfile;

use crate::packet::PacketError;

/// How packets are encrypted and authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// RFC 7714.
    AeadAes256Gcm,
    /// RFC 7714.
    AeadAes128Gcm,
    /// RFC 3711 with a tag of 80 bits.
    Aes128CmHmacSha1_80,
}

/// The most that protection adds to an RTP packet, bytes: a GCM tag.
pub const MAX_RTP_OVERHEAD: usize = 16;

/// The most that protection adds to an RTCP packet, bytes: a GCM tag and the index.
pub const MAX_RTCP_OVERHEAD: usize = 16 + 4;

impl Profile {
    /// As registered by RFC 5764 §4.1.2 and RFC 7714 §14.2.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Self::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Self::Aes128CmHmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
        }
    }

    /// What protection adds to an RTP packet, bytes.
    #[must_use]
    pub fn tag_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 16,
            Self::Aes128CmHmacSha1_80 => 10,
        }
    }

    /// The master key, bytes.
    fn key_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm => 32,
            Self::AeadAes128Gcm | Self::Aes128CmHmacSha1_80 => 16,
        }
    }

    /// The master salt, bytes.
    fn salt_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 12,
            Self::Aes128CmHmacSha1_80 => 14,
        }
    }

    /// What [`keys`] needs from the DTLS exporter, bytes.
    #[must_use]
    pub fn material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }
}

impl TryFrom<SrtpProfile> for Profile {
    type Error = SrtpError;

    fn try_from(profile: SrtpProfile) -> Result<Self, SrtpError> {
        #[allow(unreachable_patterns, reason = "the enum may grow")]
        match profile {
            SrtpProfile::AEAD_AES_256_GCM => Ok(Self::AeadAes256Gcm),
            SrtpProfile::AEAD_AES_128_GCM => Ok(Self::AeadAes128Gcm),
            SrtpProfile::AES128_CM_SHA1_80 => Ok(Self::Aes128CmHmacSha1_80),
            _ => Err(SrtpError::Profile),
        }
    }
}

/// Why a packet is not taken or not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SrtpError {
    /// Not RTP at all.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// Shorter than header and tag, or not RTCP.
    #[error("the packet is too short or not RTCP")]
    Malformed,
    /// The tag is wrong: made with another key, or changed on the way.
    #[error("the packet does not authenticate")]
    Tag,
    /// Had before.
    #[error("the packet was received before")]
    Replayed,
    /// Older than the replay window: cannot be told from a replay.
    #[error("the packet is older than the replay window")]
    TooOld,
    /// SRTCP without encryption, which no profile of ours allows.
    #[error("the RTCP packet is not encrypted")]
    NotEncrypted,
    /// There is no room for the tag.
    #[error("the buffer has no room for the tag")]
    NoRoom,
    /// 2³¹ RTCP packets were sent with one key (RFC 3711 §9.2).
    #[error("the key is used up")]
    KeyUsedUp,
    /// The keying material has another length than the profile needs.
    #[error("the keying material does not fit the profile")]
    Material,
    /// A profile that is not spoken here.
    #[error("the SRTP profile is not known")]
    Profile,
}
