//! Offer and answer (RFC 8866, RFC 8829): what a peer wants, and what it gets.
//!
//! [`Offer::parse`] takes an offer apart into what the media plane needs and refuses everything
//! that cannot work, saying what is wrong; [`answer`] writes the answer. Both are pure. Nothing
//! here opens a transport, and nothing of an offer is repeated in an answer but checked tokens.
//!
//! The offer is read line by line without a general SDP library: of SDP's grammar an SFU needs a
//! dozen attributes, and offers come from strangers, so that one pass over borrowed lines with its
//! bounds in sight is less than a tree of owned strings that has to be searched again. Answers are
//! read back by such a library in the tests.

mod answer;
mod fingerprint;
mod offer;
mod section;

pub use self::{
    answer::{AnswerParameters, answer},
    fingerprint::Fingerprint,
    offer::Offer,
    section::{Audio, Section},
};

/// The most media sections that are taken, whatever their kind.
pub const MAX_SECTIONS: usize = 64;
/// The longest `a=mid`, bytes.
pub const MAX_MID_BYTES: usize = 32;
/// Fingerprints that are looked at in one offer.
pub const MAX_FINGERPRINTS: usize = 4;
