//! Binding requests (RFC 8489, RFC 8445), written by hand.

use ring::hmac;

const COOKIE: u32 = 0x2112_a442;

/// A check for `ufrag` from a peer that calls itself `theirs`, signed with `password`, or with
/// nothing that holds.
pub(crate) fn check(ufrag: &str, theirs: &str, password: &str) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0];
    message.extend(COOKIE.to_be_bytes());
    message.extend(*b"bad-input-no");
    attribute(&mut message, 0x0006, format!("{ufrag}:{theirs}").as_bytes());
    attribute(&mut message, 0x0024, &0x6e00_01ff_u32.to_be_bytes()); // PRIORITY
    attribute(&mut message, 0x802a, &7_u64.to_be_bytes()); // ICE-CONTROLLING
    attribute(&mut message, 0x0025, &[]); // USE-CANDIDATE
    set_length(&mut message, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let tag = hmac::sign(&key, &message);
    attribute(&mut message, 0x0008, tag.as_ref());
    set_length(&mut message, 8);
    let fingerprint = crc32(&message) ^ 0x5354_554e;
    attribute(&mut message, 0x8028, &fingerprint.to_be_bytes());
    set_length(&mut message, 0);
    message
}

pub(crate) fn is_success(datagram: &[u8]) -> bool {
    datagram.starts_with(&[0x01, 0x01])
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend((value.len() as u16).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

/// The length as it will be with `more` bytes.
fn set_length(message: &mut [u8], more: usize) {
    let length = (message.len() - 20 + more) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
