//! What is measured of every voice, for whoever watches the server.
//!
//! Owns the names. Says nothing of anybody in particular.

use hearth_protocol::VoiceClosedReason;
use hearth_sfu::{CloseReason, Quality};

/// Takes one peer's figures in.
pub(super) fn record(quality: &Quality) {
    if let Some(rtt) = quality.rtt {
        metrics::histogram!("hearth_media_rtt_seconds").record(rtt);
    }
    metrics::histogram!("hearth_media_loss_ratio", "leg" => "up").record(quality.up_loss);
    metrics::histogram!("hearth_media_loss_ratio", "leg" => "down").record(quality.down_loss);
    metrics::histogram!("hearth_media_jitter_seconds", "leg" => "up").record(quality.up_jitter);
    metrics::histogram!("hearth_media_jitter_seconds", "leg" => "down").record(quality.down_jitter);
}

/// Why a voice ended: for its owner, and as a label.
pub(super) fn closed(reason: CloseReason) -> (VoiceClosedReason, &'static str) {
    match reason {
        CloseReason::Closed => (VoiceClosedReason::Closed, "closed"),
        CloseReason::ConsentExpired => (VoiceClosedReason::ConsentExpired, "consent_expired"),
        CloseReason::NeverConnected => (VoiceClosedReason::NeverConnected, "never_connected"),
        CloseReason::HandshakeFailed => (VoiceClosedReason::HandshakeFailed, "handshake_failed"),
        CloseReason::FingerprintMismatch => {
            (VoiceClosedReason::FingerprintMismatch, "fingerprint_mismatch")
        }
        CloseReason::NoCommonProfile => (VoiceClosedReason::NoCommonProfile, "no_common_profile"),
        CloseReason::Fault => (VoiceClosedReason::ServerStopped, "fault"),
    }
}
