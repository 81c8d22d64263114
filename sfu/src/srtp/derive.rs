//! Session keys from the DTLS exporter: RFC 5764 §4.2 and RFC 3711 §4.3.

use aes::{Aes128Enc, Aes256Enc, cipher::KeyInit};
use hmac::Hmac;
use ring::aead::{AES_128_GCM, AES_256_GCM, Algorithm, LessSafeKey, UnboundKey};

use super::{
    Profile, Protect, SrtpError, Unprotect,
    cipher::{Cipher, Cm, Gcm, apply_keystream},
};

/// The two halves of one peer's protection, from the `material` that DTLS exports under
/// `EXTRACTOR-dtls_srtp`: client key, server key, client salt, server salt.
///
/// # Errors
/// [`SrtpError::Material`] if `material` is not exactly [`Profile::material_len`] bytes.
pub fn keys(
    profile: Profile,
    material: &[u8],
    we_are_dtls_server: bool,
) -> Result<(Protect, Unprotect), SrtpError> {
    if material.len() != profile.material_len() {
        return Err(SrtpError::Material);
    }
    let (keys, salts) = material.split_at(2 * profile.key_len());
    let (client_key, server_key) = keys.split_at(profile.key_len());
    let (client_salt, server_salt) = salts.split_at(profile.salt_len());
    let client = Master { profile, key: client_key, salt: client_salt };
    let server = Master { profile, key: server_key, salt: server_salt };
    let (ours, theirs) = if we_are_dtls_server { (server, client) } else { (client, server) };
    Ok((
        Protect::new(ours.cipher(Leg::Rtp)?, ours.cipher(Leg::Rtcp)?),
        Unprotect::new(theirs.cipher(Leg::Rtp)?, theirs.cipher(Leg::Rtcp)?),
    ))
}

/// What a session key is for; the value is added to the label (RFC 3711 §4.3.1, §4.3.2).
#[derive(Clone, Copy)]
pub(super) enum Leg {
    Rtp = 0,
    Rtcp = 3,
}

/// Master key and salt of one direction.
pub(super) struct Master<'m> {
    pub(super) profile: Profile,
    pub(super) key: &'m [u8],
    pub(super) salt: &'m [u8],
}

impl Master<'_> {
    pub(super) fn cipher(&self, leg: Leg) -> Result<Cipher, SrtpError> {
        let mut key = [0; 32];
        let key = &mut key[..self.profile.key_len()];
        self.derive(leg as u8, key)?;
        Ok(match self.profile {
            Profile::AeadAes256Gcm => Cipher::Gcm(self.gcm(leg, &AES_256_GCM, key)?),
            Profile::AeadAes128Gcm => Cipher::Gcm(self.gcm(leg, &AES_128_GCM, key)?),
            Profile::Aes128CmHmacSha1_80 => {
                let mut mac_key = [0; 20];
                self.derive(leg as u8 + 1, &mut mac_key)?;
                let mut salt = [0; 14];
                self.derive(leg as u8 + 2, &mut salt)?;
                Cipher::Cm(Cm {
                    key: Aes128Enc::new_from_slice(key).map_err(|_| SrtpError::Material)?,
                    mac: Hmac::new_from_slice(&mac_key).map_err(|_| SrtpError::Material)?,
                    salt,
                })
            }
        })
    }

    fn gcm(&self, leg: Leg, algorithm: &'static Algorithm, key: &[u8]) -> Result<Gcm, SrtpError> {
        let mut salt = [0; 12];
        self.derive(leg as u8 + 2, &mut salt)?;
        let key = UnboundKey::new(algorithm, key).map_err(|_| SrtpError::Material)?;
        Ok(Gcm { key: LessSafeKey::new(key), salt })
    }

    /// AES-CM as the pseudo-random function (RFC 3711 §4.3.3, RFC 6188 §3) with a key derivation
    /// rate of 0. Salts of 12 bytes are padded with zeros (RFC 7714 §11).
    fn derive(&self, label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
        let mut salt = [0; 16];
        salt[..self.salt.len()].copy_from_slice(self.salt);
        let counter = u128::from_be_bytes(salt) ^ (u128::from(label) << 64);
        out.fill(0);
        match self.profile {
            Profile::AeadAes256Gcm => {
                let key = Aes256Enc::new_from_slice(self.key).map_err(|_| SrtpError::Material)?;
                apply_keystream(&key, counter, out);
            }
            Profile::AeadAes128Gcm | Profile::Aes128CmHmacSha1_80 => {
                let key = Aes128Enc::new_from_slice(self.key).map_err(|_| SrtpError::Material)?;
                apply_keystream(&key, counter, out);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3711 appendix B.3.
    #[test]
    fn key_derivation_of_the_rfc() {
        let key = 0xE1F97A0D3E018BE0D64FA32C06DE4139_u128.to_be_bytes();
        let salt = &0x0EC675AD498AFEEBB6960B3AABE6_u128.to_be_bytes()[2..];
        let master = Master { profile: Profile::Aes128CmHmacSha1_80, key: &key, salt };
        let mut cipher_key = [0; 16];
        master.derive(0, &mut cipher_key).unwrap();
        assert_eq!(u128::from_be_bytes(cipher_key), 0xC61E7A93744F39EE10734AFE3FF7A087);
        let mut session_salt = [0; 14];
        master.derive(2, &mut session_salt).unwrap();
        assert_eq!(session_salt, 0x30CBBC08863D8C85D49DB34A9AE1_u128.to_be_bytes()[2..]);
        let mut auth_key = [0; 94];
        master.derive(1, &mut auth_key).unwrap();
        let expected: [u128; 5] = [
            0xCEBE321F6FF7716B6FD4AB49AF256A15,
            0x6D38BAA48F0A0ACF3C34E2359E6CDBCE,
            0xE049646C43D9327AD175578EF7227098,
            0x6371C10C9A369AC2F94A8C5FBCDDDC25,
            0x6D6E919A48B610EF17C2041E47403576,
        ];
        for (chunk, expected) in auth_key.chunks_exact(16).zip(expected) {
            assert_eq!(chunk, expected.to_be_bytes());
        }
        assert_eq!(auth_key[80..], 0x6B68642C59BBFC2F34DB60DBDFB2_u128.to_be_bytes()[2..]);
    }

    #[test]
    fn material_must_fit() {
        for profile in
            [Profile::AeadAes256Gcm, Profile::AeadAes128Gcm, Profile::Aes128CmHmacSha1_80]
        {
            for len in 0..=100 {
                let made = keys(profile, &vec![1; len], true);
                assert_eq!(made.is_ok(), len == profile.material_len(), "{profile:?} {len}");
            }
        }
    }
}
