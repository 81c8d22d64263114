//! Certificate fingerprints (RFC 8122).

use std::fmt;

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

/// The hash of a certificate, as an offer tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    hash: Hash,
    digest: Vec<u8>,
}

/// Hash functions that are strong enough, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

impl Fingerprint {
    /// The SHA-256 fingerprint of a certificate.
    #[must_use]
    pub fn sha256_of(certificate_der: &[u8]) -> Self {
        let digest = digest(&SHA256, certificate_der).as_ref().to_vec();
        Self { hash: Hash::Sha256, digest }
    }

    /// Whether `certificate_der` is the certificate meant by `offered`, a list of fingerprints:
    /// one of those with the strongest hash must be its own (RFC 8122 §5).
    #[must_use]
    pub fn any_matches(offered: &[Self], certificate_der: &[u8]) -> bool {
        let Some(strongest) = offered.iter().map(|offered| offered.hash).max() else {
            return false;
        };
        let found = digest(strongest.algorithm(), certificate_der);
        offered.iter().any(|offered| offered.hash == strongest && offered.digest == found.as_ref())
    }

    /// The value of an `a=fingerprint`. `None` if it is malformed or its hash is too weak.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (name, bytes) = value.split_once(' ')?;
        let hash = match name.to_ascii_lowercase().as_str() {
            "sha-256" => Hash::Sha256,
            "sha-384" => Hash::Sha384,
            "sha-512" => Hash::Sha512,
            _ => return None,
        };
        let mut digest = Vec::with_capacity(hash.algorithm().output_len());
        for byte in bytes.trim_end().split(':') {
            if byte.len() != 2 || digest.len() == hash.algorithm().output_len() {
                return None;
            }
            digest.push(u8::from_str_radix(byte, 16).ok().filter(|_| !byte.starts_with('+'))?);
        }
        (digest.len() == hash.algorithm().output_len()).then_some(Self { hash, digest })
    }
}

/// As in `a=fingerprint`.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.hash {
            Hash::Sha256 => "sha-256",
            Hash::Sha384 => "sha-384",
            Hash::Sha512 => "sha-512",
        })?;
        for (position, byte) in self.digest.iter().enumerate() {
            let separator = if position == 0 { ' ' } else { ':' };
            write!(f, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        let made = Fingerprint::sha256_of(b"certificate");
        assert_eq!(Fingerprint::parse(&made.to_string()), Some(made.clone()));
        assert_eq!(Fingerprint::parse(&made.to_string().to_lowercase()), Some(made.clone()));
        assert!(Fingerprint::any_matches(std::slice::from_ref(&made), b"certificate"));
        assert!(!Fingerprint::any_matches(&[made], b"another"));
        assert!(!Fingerprint::any_matches(&[], b"certificate"));
    }

    #[test]
    fn refuses_malformed_and_weak_ones() {
        let whole = Fingerprint::sha256_of(b"certificate").to_string();
        for len in 0..whole.len() {
            assert_eq!(Fingerprint::parse(&whole[..len]), None);
        }
        assert_eq!(Fingerprint::parse(&format!("{whole}:00")), None);
        assert_eq!(Fingerprint::parse(&whole.replacen("sha-256", "sha-1", 1)), None);
        assert_eq!(Fingerprint::parse(&whole.replacen("sha-256", "sha-512", 1)), None);
        let signed = format!("sha-256 {}+1", "00:".repeat(31));
        assert_eq!(Fingerprint::parse(&signed), None);
    }

    #[test]
    fn the_strongest_hash_decides() {
        let weaker = Fingerprint::sha256_of(b"certificate");
        let wrong = Fingerprint { hash: Hash::Sha512, digest: vec![0; 64] };
        assert!(!Fingerprint::any_matches(&[weaker.clone(), wrong.clone()], b"certificate"));
        let digest = digest(&SHA512, b"certificate").as_ref().to_vec();
        let right = Fingerprint { hash: Hash::Sha512, digest };
        assert!(Fingerprint::any_matches(&[weaker, wrong, right], b"certificate"));
    }
}
