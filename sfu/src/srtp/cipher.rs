//! The keyed transforms: AES-GCM (RFC 7714 §8–9) and AES-CM with HMAC-SHA1 (RFC 3711 §4).
//!
//! A [`Cipher`] holds the session keys of one direction of RTP or RTCP, expanded once. It knows
//! nothing of packets: callers say what is authenticated, what is encrypted, and the nonce.

use aes::{
    Aes128Enc,
    cipher::{Array, BlockCipherEncrypt},
};
use hmac::{Hmac, Mac};
use ring::aead::{Aad, LessSafeKey, Nonce, Tag};
use sha1::Sha1;

/// The tag of AES128_CM_HMAC_SHA1_80, bytes.
pub(super) const CM_TAG_LEN: usize = 10;
/// The tag of AES-GCM, bytes.
pub(super) const GCM_TAG_LEN: usize = 16;

/// Session keys of one direction.
#[allow(clippy::large_enum_variant, reason = "the larger one is what nearly every peer has")]
pub(super) enum Cipher {
    Gcm(Gcm),
    Cm(Cm),
}

/// AES-GCM with its salt.
pub(super) struct Gcm {
    pub(super) key: LessSafeKey,
    pub(super) salt: [u8; 12],
}

/// AES counter mode and HMAC-SHA1 with their salt.
pub(super) struct Cm {
    pub(super) key: Aes128Enc,
    pub(super) mac: Hmac<Sha1>,
    pub(super) salt: [u8; 14],
}

impl Cipher {
    pub(super) fn tag_len(&self) -> usize {
        match self {
            Self::Gcm(_) => GCM_TAG_LEN,
            Self::Cm(_) => CM_TAG_LEN,
        }
    }
}

impl Gcm {
    /// The nonce of RFC 7714 §8.1 and §9.1: two zero bytes, SSRC and a 48-bit index, salted.
    pub(super) fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let counter = (u128::from(ssrc) << 48) | u128::from(index & 0xffff_ffff_ffff);
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&counter.to_be_bytes()[4..]);
        for (byte, salt) in nonce.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    /// Encrypts `text` in place; `None` only for texts longer than GCM allows.
    pub(super) fn seal(&self, nonce: Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
        self.key.seal_in_place_separate_tag(nonce, Aad::from(aad), text).ok()
    }

    /// Decrypts `text_and_tag` in place; `None` if the tag is wrong.
    pub(super) fn open(&self, nonce: Nonce, aad: &[u8], text_and_tag: &mut [u8]) -> Option<()> {
        self.key.open_in_place(nonce, Aad::from(aad), text_and_tag).ok().map(|_| ())
    }
}

impl Cm {
    /// Encrypts or decrypts `text` in place with the key of `ssrc` and `index` (RFC 3711 §4.1.1).
    pub(super) fn apply_keystream(&self, ssrc: u32, index: u64, text: &mut [u8]) {
        let mut salt = [0; 16];
        salt[..14].copy_from_slice(&self.salt);
        let counter =
            u128::from_be_bytes(salt) ^ (u128::from(ssrc) << 64) ^ (u128::from(index) << 16);
        apply_keystream(&self.key, counter, text);
    }

    /// The tag over `parts` one after the other (RFC 3711 §4.2).
    pub(super) fn tag(&self, parts: [&[u8]; 2]) -> [u8; CM_TAG_LEN] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        let mut tag = [0; CM_TAG_LEN];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..CM_TAG_LEN]);
        tag
    }

    /// Whether `tag` is the tag over `parts`; in constant time.
    pub(super) fn verify(&self, parts: [&[u8]; 2], tag: &[u8]) -> bool {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        tag.len() == CM_TAG_LEN && mac.verify_truncated_left(tag).is_ok()
    }
}

/// Counter mode (NIST SP 800-38A §6.5) from `counter` on, eight blocks at a time: as many as the
/// hardware keeps in flight, and enough for 20 ms of Opus at once.
pub(super) fn apply_keystream<C>(key: &C, mut counter: u128, text: &mut [u8])
where
    C: BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>,
{
    for batch in text.chunks_mut(8 * 16) {
        let mut blocks = [Array::from([0; 16]); 8];
        let used = &mut blocks[..batch.len().div_ceil(16)];
        for block in used.iter_mut() {
            *block = Array::from(counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        key.encrypt_blocks(used);
        for (byte, key) in batch.iter_mut().zip(used.iter().flatten()) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::cipher::KeyInit;

    /// RFC 3711 appendix B.2.
    #[test]
    fn counter_mode_of_the_rfc() {
        let key = 0x2B7E151628AED2A6ABF7158809CF4F3C_u128.to_be_bytes();
        let key = Aes128Enc::new(&Array::from(key));
        let mut keystream = [0; 16 * 0xff02];
        apply_keystream(&key, 0xF0F1F2F3F4F5F6F7F8F9FAFBFCFD0000, &mut keystream);
        let block = |n: usize| u128::from_be_bytes(keystream[16 * n..][..16].try_into().unwrap());
        assert_eq!(block(0), 0xE03EAD0935C95E80E166B16DD92B4EB4);
        assert_eq!(block(1), 0xD23513162B02D0F72A43A2FE4A5F97AB);
        assert_eq!(block(2), 0x41E95B3BB0A2E8DD477901E4FCA894C0);
        assert_eq!(block(0xfeff), 0xEC8CDF7398607CB0F2D21675EA9EA1E4);
        assert_eq!(block(0xff00), 0x362B7C3C6773516318A077D7FC5073AE);
        assert_eq!(block(0xff01), 0x6A2CC3787889374FBEB4C81B17BA6C44);
    }

    #[test]
    fn any_length_is_encrypted_alike() {
        let key = Aes128Enc::new(&Array::from([7; 16]));
        let mut whole = [0; 300];
        apply_keystream(&key, u128::MAX - 3, &mut whole);
        for len in 0..whole.len() {
            let mut part = vec![0; len];
            apply_keystream(&key, u128::MAX - 3, &mut part);
            assert_eq!(part, whole[..len], "{len}");
        }
    }
}
