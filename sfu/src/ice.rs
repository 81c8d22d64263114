//! ICE-lite (RFC 8445 §2.5): credentials, and the answer to a connectivity check.
//!
//! A lite agent sends no checks and keeps no pairs, so all of it is this: read a STUN binding
//! request, check its integrity, answer. Never allocates for what comes from the network.

use std::net::{IpAddr, SocketAddr};

use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

const HEADER_LEN: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;

const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;

const INTEGRITY_LEN: usize = 20;
/// RFC 8489 §14.7.
const FINGERPRINT_XOR: u32 = 0x5354_554e;
/// Room for the longest response: header, mapped address or error, integrity, fingerprint.
pub(crate) const MAX_RESPONSE: usize = 96;

/// Our half of a check's username: eight ice-chars that only one peer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ufrag([u8; 8]);

impl Ufrag {
    pub(crate) fn as_str(&self) -> &str {
        // Only ICE_CHARS are ever in it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What both sides of one ICE generation know.
pub(crate) struct Credentials {
    /// Ours.
    pub(crate) ufrag: Ufrag,
    /// Ours; checks are keyed with it.
    pub(crate) password: String,
    remote_ufrag: String,
    key: hmac::Key,
}

impl Credentials {
    /// New random ones (RFC 8445 §5.3: 24 bits at least for the ufrag, 128 for the password).
    ///
    /// # Errors
    /// The system has no randomness.
    pub(crate) fn new(
        random: &SystemRandom,
        remote_ufrag: &str,
    ) -> Result<Self, ring::error::Unspecified> {
        let ufrag: [u8; 8] = ice_chars(random)?;
        let password: [u8; 24] = ice_chars(random)?;
        Ok(Self {
            ufrag: Ufrag(ufrag),
            password: String::from_utf8_lossy(&password).into_owned(),
            remote_ufrag: remote_ufrag.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &password),
        })
    }

    /// Whether the check was made for this generation and by who knows its password.
    pub(crate) fn authenticate(&self, check: &Check, datagram: &mut [u8]) -> bool {
        let Some(username) = datagram.get(check.username.clone()) else { return false };
        let (ours, theirs) = username.split_at(self.ufrag.0.len().min(username.len()));
        if ours != self.ufrag.0 || theirs.strip_prefix(b":") != Some(self.remote_ufrag.as_bytes()) {
            return false;
        }
        // The length in the header counts up to the integrity attribute only (RFC 8489 §14.5).
        let sent = [datagram[2], datagram[3]];
        let counted = check.integrity + 4 + INTEGRITY_LEN - HEADER_LEN;
        let Ok(counted) = u16::try_from(counted) else { return false };
        datagram[2..4].copy_from_slice(&counted.to_be_bytes());
        let tag = check.integrity + 4;
        let holds = hmac::verify(
            &self.key,
            &datagram[..check.integrity],
            &datagram[tag..tag + INTEGRITY_LEN],
        )
        .is_ok();
        datagram[2..4].copy_from_slice(&sent);
        holds
    }

    /// Writes the answer to an authenticated check; returns its length.
    pub(crate) fn respond(&self, check: &Check, remote: SocketAddr, buffer: &mut [u8]) -> usize {
        let mut response = Response { buffer, len: 0 };
        if check.controlled {
            // A lite agent is always the controlled one (RFC 8445 §7.3.1.1).
            response.header(BINDING_ERROR, &check.transaction);
            response.attribute(ERROR_CODE, b"\0\0\x04\x57Role Conflict");
        } else {
            response.header(BINDING_SUCCESS, &check.transaction);
            response.xor_mapped_address(remote, &check.transaction);
        }
        response.seal(&self.key)
    }
}

/// A binding request, read but not yet believed. Holds positions in its datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// Who is asked.
    pub(crate) ufrag: Ufrag,
    /// The pair is nominated (RFC 8445 §7.3.1.5).
    pub(crate) use_candidate: bool,
    controlled: bool,
    transaction: [u8; 12],
    username: std::ops::Range<usize>,
    /// Where the MESSAGE-INTEGRITY attribute begins.
    integrity: usize,
}

impl Check {
    /// Reads a binding request (RFC 8489 §5, §14).
    ///
    /// # Errors
    /// It is malformed, has no USERNAME of ours or no MESSAGE-INTEGRITY, or its FINGERPRINT is
    /// missing or wrong.
    pub(crate) fn read(datagram: &[u8]) -> Result<Self, BadCheck> {
        let Some((header, attributes)) = datagram.split_first_chunk::<HEADER_LEN>() else {
            return Err(BadCheck);
        };
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if header[..2] != BINDING_REQUEST.to_be_bytes()
            || header[4..8] != MAGIC_COOKIE
            || length != attributes.len()
            || !length.is_multiple_of(4)
        {
            return Err(BadCheck);
        }
        let mut transaction = [0; 12];
        transaction.copy_from_slice(&header[8..]);

        let mut username = None;
        let mut integrity = None;
        let mut fingerprint = false;
        let mut use_candidate = false;
        let mut controlled = false;
        let mut at = HEADER_LEN;
        while at < datagram.len() {
            let Some(&[t0, t1, l0, l1]) = datagram.get(at..).and_then(|rest| rest.first_chunk())
            else {
                return Err(BadCheck);
            };
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            let Some(value) = datagram.get(at + 4..at + 4 + len) else { return Err(BadCheck) };
            match u16::from_be_bytes([t0, t1]) {
                // What follows the integrity is not covered by it, and ignored (RFC 8489 §14.5).
                FINGERPRINT => {
                    let is = crc32(&datagram[..at]) ^ FINGERPRINT_XOR;
                    if value != is.to_be_bytes() || at + 8 != datagram.len() {
                        return Err(BadCheck);
                    }
                    fingerprint = true;
                }
                _ if integrity.is_some() => {}
                USERNAME => username = Some(at + 4..at + 4 + len),
                MESSAGE_INTEGRITY if len == INTEGRITY_LEN => integrity = Some(at),
                MESSAGE_INTEGRITY => return Err(BadCheck),
                USE_CANDIDATE => use_candidate = true,
                ICE_CONTROLLED => controlled = true,
                _ => {}
            }
            at += 4 + len.next_multiple_of(4);
        }
        let (Some(username), Some(integrity), true) = (username, integrity, fingerprint) else {
            return Err(BadCheck);
        };
        let Some(&ufrag) = datagram[username.clone()].first_chunk() else { return Err(BadCheck) };
        let ufrag = Ufrag(ufrag);
        Ok(Self { ufrag, use_candidate, controlled, transaction, username, integrity })
    }
}

/// The datagram is not a connectivity check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadCheck;

struct Response<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl Response<'_> {
    fn header(&mut self, kind: u16, transaction: &[u8; 12]) {
        self.write(&kind.to_be_bytes());
        self.write(&[0, 0]);
        self.write(&MAGIC_COOKIE);
        self.write(transaction);
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.write(&kind.to_be_bytes());
        self.write(&(value.len() as u16).to_be_bytes());
        self.write(value);
        self.write(&[0; 3][..value.len().next_multiple_of(4) - value.len()]);
    }

    fn xor_mapped_address(&mut self, address: SocketAddr, transaction: &[u8; 12]) {
        let mut mask = [0; 16];
        mask[..4].copy_from_slice(&MAGIC_COOKIE);
        mask[4..].copy_from_slice(transaction);
        let mut value = [0; 20];
        let (family, len) = match address.ip() {
            IpAddr::V4(ip) => {
                value[4..8].copy_from_slice(&ip.octets());
                (1, 8)
            }
            IpAddr::V6(ip) => {
                value[4..].copy_from_slice(&ip.octets());
                (2, 20)
            }
        };
        value[1] = family;
        value[2..4].copy_from_slice(&address.port().to_be_bytes());
        for (byte, mask) in value[2..4].iter_mut().zip(mask) {
            *byte ^= mask;
        }
        for (byte, mask) in value[4..].iter_mut().zip(mask) {
            *byte ^= mask;
        }
        self.attribute(XOR_MAPPED_ADDRESS, &value[..len]);
    }

    /// Adds integrity and fingerprint (RFC 8489 §14.5, §14.7).
    fn seal(mut self, key: &hmac::Key) -> usize {
        self.set_length(self.len + 4 + INTEGRITY_LEN);
        let tag = hmac::sign(key, &self.buffer[..self.len]);
        self.attribute(MESSAGE_INTEGRITY, tag.as_ref());
        self.set_length(self.len + 8);
        let fingerprint = crc32(&self.buffer[..self.len]) ^ FINGERPRINT_XOR;
        self.attribute(FINGERPRINT, &fingerprint.to_be_bytes());
        self.len
    }

    fn set_length(&mut self, end: usize) {
        self.buffer[2..4].copy_from_slice(&((end - HEADER_LEN) as u16).to_be_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        self.buffer[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

/// RFC 8445 §5.3: ALPHA, DIGIT, "+" and "/"; 64 of them, so no bias.
fn ice_chars<const N: usize>(random: &SystemRandom) -> Result<[u8; N], ring::error::Unspecified> {
    const ICE_CHARS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut chars = [0; N];
    random.fill(&mut chars)?;
    Ok(chars.map(|byte| ICE_CHARS[usize::from(byte & 63)]))
}

/// CRC-32 of ITU V.42, as FINGERPRINT wants it.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut crc = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
                bit += 1;
            }
            table[byte] = crc;
            byte += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::{BadCheck, Check, Credentials, MAX_RESPONSE};
    use is::stun::{StunMessage, TransId};
    use ring::{hmac, rand::SystemRandom};

    fn sha1(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let mut signing = hmac::Context::with_key(&key);
        parts.iter().for_each(|part| signing.update(part));
        signing.sign().as_ref().try_into().unwrap()
    }

    fn request(ours: &Credentials, theirs: &str, controlling: bool, password: &str) -> Vec<u8> {
        let username = format!("{}:{theirs}", ours.ufrag.as_str());
        let mut bytes = vec![0; 256];
        let len =
            StunMessage::binding_request(&username, TransId::new(), controlling, 7, 100, true)
                .to_bytes(Some(password.as_bytes()), &mut bytes, sha1)
                .unwrap();
        bytes.truncate(len);
        bytes
    }

    #[test]
    fn answers_as_another_implementation_expects() {
        let ours = Credentials::new(&SystemRandom::new(), "their").unwrap();
        let mut datagram = request(&ours, "their", true, &ours.password);
        let before = datagram.clone();
        let check = Check::read(&datagram).unwrap();
        assert_eq!(check.ufrag, ours.ufrag);
        assert!(check.use_candidate);
        assert!(ours.authenticate(&check, &mut datagram));
        assert_eq!(datagram, before, "the datagram is left as it was");

        for remote in ["192.0.2.9:4711", "[2001:db8::17]:9"] {
            let remote = remote.parse().unwrap();
            let mut buffer = [0; MAX_RESPONSE];
            let len = ours.respond(&check, remote, &mut buffer);
            let response = StunMessage::parse(&buffer[..len]).unwrap();
            assert!(response.is_successful_binding_response());
            assert_eq!(response.mapped_address(), Some(remote));
            assert!(response.verify(ours.password.as_bytes(), sha1));
            let request = StunMessage::parse(&datagram).unwrap();
            assert_eq!(response.trans_id(), request.trans_id());
        }
    }

    #[test]
    fn a_controlled_peer_is_told_of_the_conflict() {
        let ours = Credentials::new(&SystemRandom::new(), "their").unwrap();
        let datagram = request(&ours, "their", false, &ours.password);
        let check = Check::read(&datagram).unwrap();
        let mut buffer = [0; MAX_RESPONSE];
        let len = ours.respond(&check, "192.0.2.9:4711".parse().unwrap(), &mut buffer);
        let response = StunMessage::parse(&buffer[..len]).unwrap();
        assert_eq!(response.error_code().map(|(code, _)| code), Some(487));
    }

    #[test]
    fn only_who_knows_the_password_and_both_names_is_believed() {
        let ours = Credentials::new(&SystemRandom::new(), "their").unwrap();
        for mut forged in [
            request(&ours, "their", true, "another password"),
            request(&ours, "there", true, &ours.password),
            request(&ours, "", true, &ours.password),
        ] {
            let check = Check::read(&forged).unwrap();
            assert!(!ours.authenticate(&check, &mut forged));
        }
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let ours = Credentials::new(&SystemRandom::new(), "their").unwrap();
        let good = request(&ours, "their", true, &ours.password);
        for len in 0..good.len() {
            assert_eq!(Check::read(&good[..len]), Err(BadCheck));
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            if let Ok(check) = Check::read(&bad) {
                assert!(!ours.authenticate(&check, &mut bad), "byte {at}");
            }
        }
    }
}
