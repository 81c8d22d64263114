//! Live voice: negotiation and its switches.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ParticipantNumber;

/// What a media connection needs to know beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IceParameters {
    /// For `RTCConfiguration.iceServers`; empty where the server's own address suffices.
    pub servers: Vec<IceServer>,
}

/// One entry of `RTCConfiguration.iceServers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IceServer {
    /// `stun:` or `turn:` URLs.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub credential: Option<String>,
}

/// `voice:join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceJoin {
    /// SDP: at most one sending audio section and up to K receiving ones, bundled.
    pub offer: String,
    /// Comes in muted.
    #[serde(default)]
    pub muted: bool,
    /// Comes in deafened.
    #[serde(default)]
    pub deafened: bool,
}

/// `voice:restart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceRestart {
    /// The same SDP with new ICE credentials.
    pub offer: String,
}

/// The answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceAnswer {
    /// SDP.
    pub answer: String,
}

/// `voice:mute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceMute {
    /// The state wanted.
    pub muted: bool,
}

/// `voice:deafen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceDeafen {
    /// The state wanted.
    pub deafened: bool,
}

/// `voice:block`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlockParticipant {
    /// Whose voice.
    pub number: ParticipantNumber,
    /// The state wanted.
    pub blocked: bool,
}

/// How one's own voice gets through. Lists are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VoiceQuality {
    /// Round trip between one and the server, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rtt_ms: Option<u32>,
    /// What one sends, as it arrives at the server.
    pub up: Leg,
    /// What one is sent, by one's own reports.
    pub down: Leg,
    /// Whose voice is sent to one without arriving; at most as many as there are slots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<ParticipantNumber>>")]
    pub unheard: Vec<ParticipantNumber>,
    /// Who is sent one's voice without its arriving; at most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<ParticipantNumber>>")]
    pub deaf: Vec<ParticipantNumber>,
    /// Nothing gets through, one way at least: a `voice:restart` is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub restart: bool,
}

/// One direction between a participant and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Leg {
    /// Lost, ‰, smoothed over some seconds; 0–1000.
    pub loss_permille: u16,
    /// RFC 3550 §6.4.1, ms.
    pub jitter_ms: u32,
}

/// Why a voice ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VoiceClosedReason {
    /// The media connection was closed from the other end.
    Closed,
    /// No consent check came for too long (RFC 7675).
    ConsentExpired,
    /// It never connected.
    NeverConnected,
    /// DTLS failed.
    HandshakeFailed,
    /// The certificate was not the one in the offer.
    FingerprintMismatch,
    /// No SRTP profile in common.
    NoCommonProfile,
    /// The server is stopping or failed.
    ServerStopped,
}
