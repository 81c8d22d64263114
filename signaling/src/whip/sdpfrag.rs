//! SDP fragments of ICE (RFC 8840): what WHIP and WHEP exchange by `PATCH`.
//!
//! Owns reading a fragment, putting its credentials into the offer that a resource began with,
//! and making the fragment that answers a restart. Never judges candidates: this server is
//! ICE-lite and learns addresses from authenticated checks alone.

use std::fmt::Write as _;

/// The credentials of a fragment, or of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// 4–256 ice-chars (RFC 8839 §5.4).
    pub ufrag: String,
    /// 22–256 ice-chars.
    pub pwd: String,
}

/// Why a fragment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// A line that no fragment has.
    #[error("line {0} is not one of an SDP fragment (RFC 8840 §9)")]
    Line(usize),
    /// No ice-ufrag and ice-pwd, or they are not well-formed.
    #[error("the fragment has no usable ice-ufrag and ice-pwd")]
    Credentials,
}

impl Credentials {
    /// Of a fragment; its candidates are read over.
    ///
    /// # Errors
    /// See [`FragmentError`].
    pub fn of_fragment(fragment: &str) -> Result<Self, FragmentError> {
        for (number, line) in fragment.lines().enumerate() {
            let known = line.is_empty()
                || line.starts_with("m=")
                || line.starts_with("a=") && line.is_ascii()
                || ["v=", "o=", "s=", "t=", "c="].iter().any(|start| line.starts_with(start));
            if !known {
                return Err(FragmentError::Line(number + 1));
            }
        }
        Self::of_description(fragment).ok_or(FragmentError::Credentials)
    }

    /// The first ones of a description.
    #[must_use]
    pub fn of_description(sdp: &str) -> Option<Self> {
        let value = |name: &str, least: usize| {
            let value = sdp.lines().find_map(|line| line.strip_prefix(name))?.trim_end();
            let ice_char = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            let good = (least..=256).contains(&value.len()) && value.chars().all(ice_char);
            good.then(|| value.to_owned())
        };
        Some(Self { ufrag: value("a=ice-ufrag:", 4)?, pwd: value("a=ice-pwd:", 22)? })
    }

    /// `offer` with these credentials in place of its own, and without its candidates.
    #[must_use]
    pub fn put_into(&self, offer: &str) -> String {
        let mut renewed = String::with_capacity(offer.len() + 64);
        for line in offer.lines() {
            if line.starts_with("a=ice-ufrag:") {
                let _ = write!(renewed, "a=ice-ufrag:{}\r\n", self.ufrag);
            } else if line.starts_with("a=ice-pwd:") {
                let _ = write!(renewed, "a=ice-pwd:{}\r\n", self.pwd);
            } else if !line.starts_with("a=candidate:") && !line.starts_with("a=end-of-candidates")
            {
                let _ = write!(renewed, "{line}\r\n");
            }
        }
        renewed
    }
}

/// The fragment that answers a restart: the answer's credentials and the candidates of its first
/// section (all sections are bundled).
#[must_use]
pub(crate) fn of_answer(answer: &str) -> Option<String> {
    let credentials = Credentials::of_description(answer)?;
    let mut fragment = String::from("a=ice-lite\r\n");
    let _ =
        write!(fragment, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", credentials.ufrag, credentials.pwd);
    let mut sections = 0;
    for line in answer.lines() {
        if line.starts_with("m=") {
            sections += 1;
        }
        let wanted = line.starts_with("m=")
            || line.starts_with("a=mid:")
            || line.starts_with("a=candidate:")
            || line.starts_with("a=end-of-candidates");
        if sections == 1 && wanted {
            let _ = write!(fragment, "{line}\r\n");
        }
    }
    Some(fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGMENT: &str = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        m=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n\
        a=end-of-candidates\r\n";

    #[test]
    fn a_fragment_gives_its_credentials() {
        let credentials = Credentials::of_fragment(FRAGMENT).unwrap();
        assert_eq!(credentials.ufrag, "EsAw");
        assert_eq!(credentials.pwd, "P2uYro0UCOQ4zxjKXaWCBui1");
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        assert_eq!(Credentials::of_fragment("{}"), Err(FragmentError::Line(1)));
        assert_eq!(Credentials::of_fragment(""), Err(FragmentError::Credentials));
        for (ufrag, pwd) in [
            ("abc", "P2uYro0UCOQ4zxjKXaWCBui1"),
            ("EsAw", "short"),
            ("E!Aw", "P2uYro0UCOQ4zxjKXaWCBui1"),
        ] {
            let fragment = format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\n");
            assert_eq!(Credentials::of_fragment(&fragment), Err(FragmentError::Credentials));
        }
    }

    #[test]
    fn a_restart_changes_the_credentials_of_every_section_and_nothing_else() {
        let offer = "v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
            a=ice-ufrag:old1\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:old1\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\n";
        let renewed = Credentials::of_fragment(FRAGMENT).unwrap().put_into(offer);
        assert_eq!(renewed.matches("a=ice-ufrag:EsAw\r\n").count(), 2);
        assert!(!renewed.contains("old1") && !renewed.contains("candidate"));
        assert_eq!(renewed.lines().count(), offer.lines().count() - 1);
    }

    #[test]
    fn the_answering_fragment_has_credentials_and_candidates_of_one_section() {
        let answer = "v=0\r\na=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\n\
            a=ice-ufrag:srvr\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbbbb\r\na=fingerprint:sha-256 00\r\n\
            a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:b\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n";
        let fragment = of_answer(answer).unwrap();
        assert_eq!(
            fragment,
            "a=ice-lite\r\na=ice-ufrag:srvr\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbbbb\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\n\
             a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n"
        );
    }

    #[test]
    fn ruins_of_a_fragment_never_panic() {
        for end in 0..FRAGMENT.len() {
            let _ = Credentials::of_fragment(&FRAGMENT[..end]);
            let _ = of_answer(&FRAGMENT[..end]);
            for byte in [0, b'\r', b'\n', b':', b'=', b' ', 0x7f] {
                let mut ruin = FRAGMENT.as_bytes().to_vec();
                ruin[end] = byte;
                let ruin = String::from_utf8(ruin).unwrap();
                if let Ok(credentials) = Credentials::of_fragment(&ruin) {
                    assert!(credentials.put_into(&ruin).contains(&credentials.ufrag));
                }
                let _ = of_answer(&ruin);
            }
        }
    }
}
