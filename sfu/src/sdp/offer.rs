//! What a peer offers.

use super::{
    MAX_SECTIONS,
    fingerprint::Fingerprint,
    section::{Audio, Direction, Draft, Section, Transport},
};
use crate::{MAX_OFFER_BYTES, control::JoinError};

/// An offer that can be answered.
///
/// How the sections are taken: the first audio section in which the peer sends is its voice. A
/// `sendrecv` section is that and a slot at once, as for a peer that did nothing but add its
/// microphone. Every section in which the peer receives is a slot, up to the number allowed; all
/// that is too much is answered `inactive`, so that the negotiation holds. What is not Opus audio
/// is refused (port 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The peer's ICE user fragment.
    pub ufrag: String,
    /// The peer's ICE password.
    pub pwd: String,
    /// Of the peer's certificate; at least one. See [`Fingerprint::any_matches`].
    pub fingerprints: Vec<Fingerprint>,
    /// The peer waits for our ClientHello (`a=setup:passive`, RFC 8842); else it sends its own.
    pub passive: bool,
    /// All sections, in the order of the offer.
    pub sections: Vec<Section>,
}

impl Offer {
    /// Reads an offer, for at most `max_slots` slots.
    ///
    /// # Errors
    /// [`JoinError::TooLong`] beyond [`MAX_OFFER_BYTES`], and [`JoinError::Invalid`] for all that
    /// cannot be answered, with what is wrong.
    pub fn parse(text: &str, max_slots: usize) -> Result<Self, JoinError> {
        if text.len() > MAX_OFFER_BYTES {
            return Err(JoinError::TooLong { limit: MAX_OFFER_BYTES });
        }
        Lines::read(text)?.offer(max_slots).map_err(invalid)
    }

    /// Whether the certificate (DER) is the one that was offered.
    #[must_use]
    pub fn has_certificate(&self, certificate_der: &[u8]) -> bool {
        Fingerprint::any_matches(&self.fingerprints, certificate_der)
    }

    /// The section in which the peer sends its voice.
    #[must_use]
    pub fn sending(&self) -> Option<(&Section, &Audio)> {
        self.audio().find(|(_, audio)| audio.sends)
    }

    /// The slots, in order: a slot's number is its position here.
    pub fn slots(&self) -> impl Iterator<Item = (&Section, &Audio)> {
        self.audio().filter(|(_, audio)| audio.receives)
    }

    /// Whether `next` only restarts ICE of the connection that this offer made (RFC 8445 §9).
    ///
    /// The ICE credentials may change, and what is asked of Opus. Certificate and sections must
    /// not: the DTLS association and the slots live on.
    ///
    /// # Errors
    /// [`JoinError::Invalid`] with what has changed.
    pub fn check_restart(&self, next: &Self) -> Result<(), JoinError> {
        if self.fingerprints != next.fingerprints {
            return Err(invalid("the certificate has changed; join again"));
        }
        let continued = |(before, next): (&Section, &Section)| next.continues(before);
        if self.sections.len() != next.sections.len()
            || !self.sections.iter().zip(&next.sections).all(continued)
        {
            return Err(invalid("the media sections have changed; join again"));
        }
        Ok(())
    }

    fn audio(&self) -> impl Iterator<Item = (&Section, &Audio)> {
        self.sections.iter().filter_map(|section| Some((section, section.audio.as_ref()?)))
    }
}

/// The lines of an offer, sorted into sections.
struct Lines<'o> {
    transport: Transport<'o>,
    direction: Option<Direction>,
    bundle: Option<&'o str>,
    sections: Vec<Draft<'o>>,
}

impl<'o> Lines<'o> {
    fn read(text: &'o str) -> Result<Self, JoinError> {
        let mut lines = Self {
            transport: Transport::default(),
            direction: None,
            bundle: None,
            sections: Vec::new(),
        };
        let text = text.trim_end_matches(['\r', '\n']);
        for (position, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            lines
                .take(position, line)
                .map_err(|wrong| JoinError::Invalid(format!("{wrong} (line {})", position + 1)))?;
        }
        Ok(lines)
    }

    fn take(&mut self, position: usize, line: &'o str) -> Result<(), &'static str> {
        if position == 0 {
            return if line == "v=0" { Ok(()) } else { Err("it is not SDP") };
        }
        let (kind, value) = match line.split_once('=') {
            Some((kind, value))
                if kind.len() == 1 && kind.bytes().all(|b| b.is_ascii_lowercase()) =>
            {
                (kind, value)
            }
            _ => return Err("it is not SDP"),
        };
        match kind {
            "m" if self.sections.len() == MAX_SECTIONS => Err("it has too many media sections"),
            "m" => {
                self.sections.push(Draft::parse(value)?);
                Ok(())
            }
            "a" => {
                let (name, value) = value.split_once(':').unwrap_or((value, ""));
                match self.sections.last_mut() {
                    Some(section) => section.attribute(name, value),
                    None => self.attribute(name, value),
                }
            }
            _ => Ok(()),
        }
    }

    fn attribute(&mut self, name: &str, value: &'o str) -> Result<(), &'static str> {
        match name {
            "ice-lite" => return Err("both sides would be ICE-lite"),
            "group" => {
                if let Some(mids) = value.strip_prefix("BUNDLE") {
                    self.bundle = self.bundle.or(Some(mids));
                }
            }
            "sendrecv" | "sendonly" | "recvonly" | "inactive" => {
                self.direction = Direction::parse(name);
            }
            _ => {
                self.transport.attribute(name, value)?;
            }
        }
        Ok(())
    }

    fn offer(&self, max_slots: usize) -> Result<Offer, &'static str> {
        let mut sections = Vec::with_capacity(self.sections.len());
        let (mut speaks, mut slots) = (false, 0);
        for draft in &self.sections {
            let mut audio = draft.audio();
            if let Some(audio) = &mut audio {
                if !draft.rtcp_mux {
                    return Err("an audio section has no a=rtcp-mux");
                }
                let direction = draft.direction.or(self.direction).unwrap_or(Direction::SendRecv);
                audio.sends = direction.sends() && !speaks;
                audio.receives = direction.receives() && slots < max_slots;
                speaks |= audio.sends;
                slots += usize::from(audio.receives);
            }
            let mid = draft.mid.unwrap_or_default();
            if sections.iter().any(|other: &Section| other.mid == mid) {
                return Err("two media sections have the same a=mid, or none");
            }
            sections.push(Section {
                mid: mid.to_owned(),
                audio,
                media: draft.media.to_owned(),
                protocol: draft.protocol.to_owned(),
                formats: draft.formats.to_owned(),
            });
        }
        self.check_bundle(&sections)?;
        // Those of the first section that is taken count; where it says nothing, as a bundle-only
        // section does, those of the session or of the section that it is bundled with do.
        let taken =
            self.sections.iter().zip(&sections).filter(|(_, section)| section.audio.is_some());
        let sources = || {
            let taken = taken.clone().map(|(draft, _)| &draft.transport);
            let others = self.sections.iter().map(|draft| &draft.transport);
            taken.take(1).chain([&self.transport]).chain(others)
        };
        let setup = sources().find_map(|transport| transport.setup).unwrap_or("active");
        if !["active", "actpass", "passive"].contains(&setup) {
            return Err("its a=setup must be actpass, active or passive");
        }
        let ice = sources().find_map(|transport| Some((transport.ufrag?, transport.pwd?)));
        let (ufrag, pwd) = ice.ok_or("it has no ICE credentials (a=ice-ufrag, a=ice-pwd)")?;
        let fingerprints = sources()
            .map(|transport| &transport.fingerprints)
            .find(|fingerprints| !fingerprints.is_empty())
            .ok_or("it has no certificate fingerprint with SHA-256, SHA-384 or SHA-512")?;
        Ok(Offer {
            ufrag: ufrag.to_owned(),
            pwd: pwd.to_owned(),
            fingerprints: fingerprints.clone(),
            passive: setup == "passive",
            sections,
        })
    }

    /// Whether there is audio, and all of it on one transport (RFC 9143).
    fn check_bundle(&self, sections: &[Section]) -> Result<(), &'static str> {
        let mut taken = sections.iter().filter(|section| section.audio.is_some()).peekable();
        if taken.peek().is_none() {
            return Err("it has no audio section with Opus");
        }
        let bundled = |mid: &str| {
            self.bundle.is_some_and(|mids| mids.split(' ').any(|bundled| bundled == mid))
        };
        if sections.len() > 1 && !taken.all(|section| bundled(&section.mid)) {
            return Err("its audio sections are not in one a=group:BUNDLE");
        }
        Ok(())
    }
}

fn invalid(wrong: &'static str) -> JoinError {
    JoinError::Invalid(wrong.to_owned())
}
