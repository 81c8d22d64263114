//! What an upload is, told from its bytes alone: a sound that every browser plays, or nothing.
//!
//! Owns the list of what is taken, and the proof that a file is one container from its first byte
//! to its last, with one track of sound in it: what begins or goes on as something else is no
//! sound. Never looks at names or declared types, never trusts a size, never decodes.

mod mp4;
mod ogg;
mod webm;

use std::time::Duration;

/// As many bytes of a file as tell how it begins.
pub const HEAD_BYTES: usize = 16;

/// A container that browsers record in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// WebM (a profile of Matroska, RFC 9559).
    WebM,
    /// Ogg (RFC 3533).
    Ogg,
    /// MP4 (ISO/IEC 14496-12).
    Mp4,
}

/// Why an upload is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSound {
    /// It begins as none of the containers.
    #[error("this is no WebM, Ogg or MP4")]
    Unknown,
    /// It does not go on as it begins, or there is something before, between or after.
    #[error("this cannot be read as what it begins as")]
    Damaged,
    /// It is not one track of sound, or not in a codec that is taken.
    #[error("a sound is one track of Opus, Vorbis or AAC and nothing else")]
    Mixed,
}

impl Container {
    /// The container of which these are the first bytes; 16 are enough.
    #[must_use]
    pub fn begins(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Self::WebM),
            [b'O', b'g', b'g', b'S', 0, ..] => Some(Self::Ogg),
            // A length that fits a list of brands: no text begins so.
            [0, 0, 0..=1, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The container that is served as this media type.
    #[must_use]
    pub fn of_mime(mime: &str) -> Option<Self> {
        [Self::WebM, Self::Ogg, Self::Mp4].into_iter().find(|it| it.mime() == mime)
    }

    /// The media type it is served as.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::WebM => "audio/webm",
            Self::Ogg => "audio/ogg",
            Self::Mp4 => "audio/mp4",
        }
    }

    /// The ending of a file that is saved.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::WebM => "webm",
            Self::Ogg => "ogg",
            Self::Mp4 => "m4a",
        }
    }
}

/// What the whole of a file is, and how long it says to be: by its head and by its packets,
/// whichever is more. The last packet counts as nothing where its length is not told.
///
/// # Errors
/// If it is not taken.
pub fn sound(bytes: &[u8]) -> Result<(Container, Duration), NotSound> {
    let container = Container::begins(bytes).ok_or(NotSound::Unknown)?;
    let length = match container {
        Container::WebM => webm::length(bytes),
        Container::Ogg => ogg::length(bytes),
        Container::Mp4 => mp4::length(bytes),
    };
    Ok((container, length?))
}

/// `ticks` of a clock that has `per_second`; what does not fit is longer than anything.
fn time(ticks: u64, per_second: u64) -> Duration {
    let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(per_second.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A big-endian number of up to 8 bytes.
fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: [(&[u8], Container); 4] = [
        (include_bytes!("../../tests/sounds/chromium.webm"), Container::WebM),
        (include_bytes!("../../tests/sounds/firefox.webm"), Container::WebM),
        (include_bytes!("../../tests/sounds/firefox.ogg"), Container::Ogg),
        (include_bytes!("../../tests/sounds/chromium.mp4"), Container::Mp4),
    ];

    #[test]
    fn what_browsers_record_is_known_and_has_its_length() {
        for (bytes, container) in RECORDED {
            // They were recorded for a second and a half.
            let (found, length) = sound(bytes).unwrap();
            assert_eq!(found, container);
            assert!((1.2..1.8).contains(&length.as_secs_f64()), "{container:?} {length:?}");
            assert_eq!(Container::begins(&bytes[..16]), Some(container));
            assert_eq!(Container::of_mime(container.mime()), Some(container));
        }
    }

    #[test]
    fn whatever_comes_before_or_after_it_is_refused() {
        for (bytes, container) in RECORDED {
            for other in [
                &b"<script>alert(1)</script>"[..],
                b"PK\x03\x04 an archive",
                b"%PDF-1.7",
                b"\0",
                b"GIF89a",
                b"\0\0\0\x10html<script>",
                b"\x19\x41\xA4\x69\x88<script>",
            ] {
                assert!(sound(&[other, bytes].concat()).is_err(), "{container:?}");
                let after = sound(&[bytes, other].concat());
                assert_eq!(after, Err(NotSound::Damaged), "{container:?} {other:?}");
            }
            // Nor is a part of one a whole.
            assert_eq!(sound(&bytes[..bytes.len() - 3]), Err(NotSound::Damaged), "{container:?}");
        }
    }

    #[test]
    fn other_things_are_no_sound() {
        for other in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"\xff\xfb\x90\x64",
            b"ID3\x04\0\0",
            b"fLaC",
            b"OggS",
            b"\x1a\x45\xdf\xa3",
            b"\0\0\0\x08ftyp\0\0\0\x01",
            b"\0\0\0\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(sound(other).is_err(), "{other:?}");
        }
        let (webm, _) = RECORDED[0];
        let at = webm.windows(4).position(|part| part == b"webm").unwrap();
        let mut other = webm.to_vec();
        other[at..at + 4].copy_from_slice(b"html");
        assert_eq!(sound(&other), Err(NotSound::Damaged));
    }

    #[test]
    fn moving_pictures_are_refused() {
        for bytes in [
            &include_bytes!("../../tests/sounds/chromium-video.webm")[..],
            include_bytes!("../../tests/sounds/chromium-video.mp4"),
        ] {
            assert_eq!(sound(bytes), Err(NotSound::Mixed));
        }
    }

    #[test]
    fn no_bytes_bring_it_down() {
        for (bytes, _) in RECORDED {
            for at in 0..bytes.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut damaged = bytes.to_vec();
                    damaged[at] = value;
                    let _ = sound(&damaged);
                }
                let _ = sound(&bytes[..at]);
            }
        }
    }
}
