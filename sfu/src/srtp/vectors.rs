//! The packets of RFC 7714 §16 and §17, sealed and opened byte for byte.
//!
//! The RFC gives session keys, so these go around the key derivation, which has vectors of its own.

use ring::aead::{AES_128_GCM, AES_256_GCM, Algorithm, LessSafeKey, UnboundKey};

use super::{
    Protect, Unprotect,
    cipher::{Cipher, Gcm},
};
use crate::packet::FIXED_HEADER_LEN;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// "Quid pro quo".
const SALT: [u8; 12] = *b"Quid pro quo";

/// §16: sequence number 0xf17b of SSRC 0x5501a0b2, "Gallia est omnis divisa in partes tres".
const RTP: &str = "8040f17b8041f8d35501a0b2\
    47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
/// §16.1.1.
const SRTP_128: &str = "8040f17b8041f8d35501a0b2\
    f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833\
    899d7f27beb16a9152cf765ee4390cce";
/// §16.2.1.
const SRTP_256: &str = "8040f17b8041f8d35501a0b2\
    32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b\
    7aa3db36dfffd6b0f9bb7878d7a76c13";

/// What §17.1 and §17.2 encrypt; the packet printed before them is another.
const RTCP: &str = "81c8000d4d617273\
    4e5450314e545032525450200000042a0000e9304c756e61\
    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
const RTCP_INDEX: u32 = 0x5d4;
/// §17.1.
const SRTCP_128: &str = "81c8000d4d617273\
    63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b\
    c84aa45896cf4d2fc5abf87245d9eade800005d4";
/// §17.2.
const SRTCP_256: &str = "81c8000d4d617273\
    d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad\
    1d1eb30c4446839f57ff6f6cb26ac3be800005d4";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn cipher(algorithm: &'static Algorithm) -> Cipher {
    let key = &bytes(KEY)[..algorithm.key_len()];
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
    Cipher::Gcm(Gcm { key, salt: SALT })
}

#[test]
fn rtp_of_the_rfc() {
    for (algorithm, sealed) in [(&AES_128_GCM, SRTP_128), (&AES_256_GCM, SRTP_256)] {
        let (plain, sealed) = (bytes(RTP), bytes(sealed));
        let protect = Protect::new(cipher(algorithm), cipher(algorithm));
        let mut buffer = plain.clone();
        buffer.resize(sealed.len(), 0);
        let len = protect.rtp(0xf17b, &mut buffer, FIXED_HEADER_LEN, plain.len());
        assert_eq!(buffer[..len], sealed);

        let mut unprotect = Unprotect::new(cipher(algorithm), cipher(algorithm));
        let opened = unprotect.rtp(&mut buffer).unwrap();
        assert_eq!(opened.index, 0xf17b);
        assert_eq!(buffer[opened.payload], plain[FIXED_HEADER_LEN..]);
    }
}

#[test]
fn rtcp_of_the_rfc() {
    for (algorithm, sealed) in [(&AES_128_GCM, SRTCP_128), (&AES_256_GCM, SRTCP_256)] {
        let (plain, sealed) = (bytes(RTCP), bytes(sealed));
        let mut protect = Protect::new(cipher(algorithm), cipher(algorithm));
        let mut buffer = Vec::new();
        let mut len = 0;
        for _ in 0..=RTCP_INDEX {
            buffer.clone_from(&plain);
            buffer.resize(sealed.len(), 0);
            len = protect.rtcp(&mut buffer, plain.len()).unwrap();
        }
        assert_eq!(buffer[..len], sealed);

        let mut unprotect = Unprotect::new(cipher(algorithm), cipher(algorithm));
        let len = unprotect.rtcp(&mut buffer).unwrap();
        assert_eq!(buffer[..len], plain);
    }
}
