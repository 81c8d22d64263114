//! Addresses of sounds that can be played without a header or a cookie: `?ticket=…`.
//!
//! Owns their signature. A ticket names one sound and the session that it was given to; it opens
//! what that person may hear at the time, nothing else, and nothing once the session is over.

use std::sync::Arc;

use hearth_protocol::{BlobId, IdentityId, SessionId};
use ring::{
    hmac::{self, HMAC_SHA256, Key, Tag},
    rand::SystemRandom,
};

use crate::{
    identity::{hex, random_hex},
    roster::{Roster, Session},
};

/// Signs tickets, with a key that never leaves the process.
pub(crate) struct Tickets(Key);

impl Default for Tickets {
    fn default() -> Self {
        let key = Key::generate(HMAC_SHA256, &SystemRandom::new());
        Self(key.unwrap_or_else(|_| Key::new(HMAC_SHA256, random_hex::<32>().as_bytes())))
    }
}

impl Tickets {
    /// The path by which `session` can play `blob`.
    pub(crate) fn path(&self, session: &Session, blob: &BlobId) -> String {
        let tag = self.tag(&session.id, blob);
        format!("/api/blobs/{blob}?ticket={}.{}", session.identity, hex(tag.as_ref()))
    }

    /// Who holds the ticket for this sound, if they are still there.
    pub(super) fn holder(
        &self,
        ticket: &str,
        blob: &BlobId,
        roster: &Roster,
    ) -> Option<Arc<Session>> {
        let (identity, signature) = ticket.split_once('.')?;
        let session = roster.of(&IdentityId(identity.to_owned()))?;
        let tag = bytes(signature)?;
        hmac::verify(&self.0, &said(&session.id, blob), &tag).ok()?;
        Some(session)
    }

    fn tag(&self, session: &SessionId, blob: &BlobId) -> Tag {
        hmac::sign(&self.0, &said(session, blob))
    }
}

/// Both are of one length, so that they cannot be parted otherwise.
fn said(session: &SessionId, blob: &BlobId) -> Vec<u8> {
    format!("{session}.{blob}").into_bytes()
}

/// What hexadecimal digits mean.
fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    let pairs = (0..32).map(|n| u8::from_str_radix(&hexadecimal[2 * n..2 * n + 2], 16).ok());
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::Ear;

    #[test]
    fn a_ticket_opens_one_sound_for_one_session_while_it_lasts() {
        let (tickets, roster) = (Tickets::default(), Roster::new(10, Arc::default()));
        let (ana, bo) = (Ear::new("ana").session, Ear::new("bo").session);
        roster.enter(Arc::clone(&ana)).unwrap();
        roster.enter(Arc::clone(&bo)).unwrap();
        let [one, other] = ["1", "2"].map(|digit| BlobId(digit.repeat(32)));
        let path = tickets.path(&ana, &one);
        let ticket = path.split_once("?ticket=").unwrap().1;
        let holder = |ticket: &str, blob| tickets.holder(ticket, blob, &roster);
        assert_eq!(holder(ticket, &one).unwrap().identity, ana.identity);
        assert!(holder(ticket, &other).is_none());
        let stolen = ticket.replacen("ana", "bo", 1);
        assert!(holder(&stolen, &one).is_none());
        assert!(Tickets::default().holder(ticket, &one, &roster).is_none());
        for bad in ["", ".", "ana", "ana.", "ana.zz", &format!("ana.{}", "é".repeat(32))] {
            assert!(holder(bad, &one).is_none(), "{bad}");
        }
        roster.remove(&ana);
        assert!(holder(ticket, &one).is_none());
    }
}
