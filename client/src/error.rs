//! What can go wrong for the native client, as values.
//!
//! Owns the texts for people. Never carries a token or a password.

use hearth_protocol::Fault;

/// Why something could not be done.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's address is not an `http:`, `https:`, `ws:` or `wss:` URL.
    #[error("not a server address: {0}")]
    BadAddress(String),
    /// No session could be opened.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server refused what was asked.
    #[error("refused: {}", .0.message)]
    Refused(Fault),
    /// The server closed the session for good (RFC 6455 §7.4).
    #[error("the server closed the session ({code}): {reason}")]
    Closed {
        /// The WebSocket close code.
        code: u16,
        /// The server's words.
        reason: String,
    },
    /// The session was cut before the answer came, and could not be resumed: what was asked may
    /// or may not have been done.
    #[error("the session was lost before the answer came")]
    Cut,
    /// No answer came in time.
    #[error("no answer within {0} s")]
    TimedOut(u64),
    /// The server's answer is not of the kind that was asked for.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
    /// The media connection failed.
    #[error("voice: {0}")]
    Voice(String),
    /// A sound could not be encoded or decoded.
    #[error("sound: {0}")]
    Sound(String),
    /// The server refused a sound, or to give one (the status of HTTP).
    #[error("refused ({status}): {why}")]
    Rejected {
        /// The status.
        status: u16,
        /// The server's words.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: String,
        /// What happened.
        why: String,
    },
}

impl Error {
    /// The stable code of a refusal, if this is one.
    #[must_use]
    pub fn code(&self) -> Option<hearth_protocol::ErrorCode> {
        match self {
            Self::Refused(fault) => Some(fault.code),
            _ => None,
        }
    }

    pub(crate) fn file(path: &std::path::Path, why: impl std::fmt::Display) -> Self {
        Self::File { path: path.display().to_string(), why: why.to_string() }
    }
}

impl From<opus::Error> for Error {
    fn from(error: opus::Error) -> Self {
        Self::Sound(error.to_string())
    }
}

impl From<rtc::shared::error::Error> for Error {
    fn from(error: rtc::shared::error::Error) -> Self {
        Self::Voice(error.to_string())
    }
}
