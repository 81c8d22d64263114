//! Names of things. All are strings on the wire, but for the two small numbers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A room: the slug of its first name; never changes. 1–64 bytes of `a–z 0–9 -` and letters.
    RoomId
}
text_id! {
    /// Who somebody is, across rooms, sessions and names. Public; 32 hexadecimal digits.
    IdentityId
}
text_id! {
    /// One session, as named in `hello.resume`. Useless without the identity's token.
    SessionId
}

text_id! {
    /// A chat message: chosen at random by whoever sends it; 32 hexadecimal digits.
    MessageId
}
text_id! {
    /// A sound that was uploaded; 32 hexadecimal digits.
    BlobId
}
text_id! {
    /// A call; 32 hexadecimal digits.
    CallId
}

/// The bearer token that says who acts. Secret: it prints as `…`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What whoever walks into a locked room says. Secret: it prints as `…`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Chosen by whoever asks; comes back in the answer. Unique among the requests under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct RequestId(pub u32);

/// A participant in its room: also the CSRC of every packet of its voice (RFC 3550 §5.1).
/// Never 0, never reused while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct ParticipantNumber(pub u32);
