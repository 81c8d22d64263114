//! The whole control surface: what may be asked of the media plane, and what it tells.
//!
//! Names here are numbers: the media plane knows no room names, people or JSON.

use std::{net::SocketAddr, time::Duration};

/// A room. Its owner outside gives the number; rooms are pinned to workers by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId(pub u64);

/// One participant's transport. Never reused while the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

/// Who speaks: the CSRC of forwarded packets (RFC 3550 §5.1). Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParticipantNumber(pub u32);

/// Asked of a worker. Each names its peer; one for a peer that is gone is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A new peer with its offer. Answered by [`Event::Answer`].
    Join(Join),
    /// A new offer with new ICE credentials for the same DTLS association (RFC 8445 §2.4).
    /// Answered by [`Event::Answer`].
    Restart {
        /// Whose.
        peer: PeerId,
        /// SDP.
        offer: String,
    },
    /// While muted, nothing of the peer's is forwarded.
    Mute {
        /// Whose.
        peer: PeerId,
        /// The state wanted.
        muted: bool,
    },
    /// While deafened, nothing is sent to the peer.
    Deafen {
        /// Whose.
        peer: PeerId,
        /// The state wanted.
        deafened: bool,
    },
    /// While blocked, the talker's voice is not sent to this listener.
    Block {
        /// Who listens.
        peer: PeerId,
        /// Whose voice.
        talker: ParticipantNumber,
        /// The state wanted.
        blocked: bool,
    },
    /// Into another room, without a new negotiation.
    Move {
        /// Who.
        peer: PeerId,
        /// Where to.
        room: RoomId,
        /// The participant number there.
        number: ParticipantNumber,
    },
    /// The peer goes; a DTLS close_notify is sent.
    Leave {
        /// Who.
        peer: PeerId,
    },
}

/// See [`Command::Join`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The new peer.
    pub peer: PeerId,
    /// Its room; made if it is not there.
    pub room: RoomId,
    /// Its name in the audio.
    pub number: ParticipantNumber,
    /// SDP, at most `sdp::MAX_OFFER_BYTES`.
    pub offer: String,
    /// Starts muted.
    pub muted: bool,
    /// Starts deafened.
    pub deafened: bool,
}

/// Told by a worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The answer to an offer, or why there is none. After an error to a `Join` the peer is gone.
    Answer {
        /// Whose.
        peer: PeerId,
        /// SDP, or why not.
        answer: Result<Answer, JoinError>,
    },
    /// Media can flow.
    Connected {
        /// Whose.
        peer: PeerId,
        /// How.
        transport: Transport,
    },
    /// The peer began or ceased to speak.
    Speaking {
        /// Who.
        peer: PeerId,
        /// Now.
        speaking: bool,
    },
    /// The state of one peer's two legs; every [`Quality::INTERVAL`].
    Quality {
        /// Whose.
        peer: PeerId,
        /// Now.
        quality: Quality,
        /// Whose voice is sent to the peer without any of it arriving, by its reports.
        unheard: Vec<ParticipantNumber>,
    },
    /// The peer is gone, without having been asked to leave.
    Closed {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// SDP.
    pub sdp: String,
    /// Whether the offer has a sending audio section.
    pub speaks: bool,
    /// How many slots it got.
    pub slots: usize,
}

/// Why an offer cannot be met. The texts are for the person who made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The offer is longer than [`crate::MAX_OFFER_BYTES`].
    #[error("the offer is longer than {limit} bytes")]
    TooLong {
        /// What is taken.
        limit: usize,
    },
    /// Not SDP, or a line that is needed is missing or wrong.
    #[error("the offer cannot be used: {0}")]
    Invalid(String),
    /// As many peers as the settings allow are here, or the worker is overloaded.
    #[error("the server has no room for another voice now")]
    Full,
    /// There is no such peer to restart.
    #[error("there is no such voice connection")]
    NoSuchPeer,
}

/// How a peer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// Where its packets come from.
    pub remote: SocketAddr,
    /// Which of our addresses it uses.
    pub local: SocketAddr,
    /// `DTLS 1.2` or `DTLS 1.3`.
    pub dtls: &'static str,
    /// The SRTP protection profile, as named by RFC 5764 and RFC 7714.
    pub srtp: &'static str,
}

/// Figures about one peer's two legs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// Round trip to the peer; from receiver reports, else from ICE.
    pub rtt: Option<Duration>,
    /// Lost of what the peer sent, since the last event; 0–1.
    pub up_loss: f32,
    /// Jitter of what the peer sent (RFC 3550 §6.4.1).
    pub up_jitter: Duration,
    /// Lost of what was sent to the peer, by its receiver reports; 0–1.
    pub down_loss: f32,
    /// Jitter of what was sent to the peer, by its receiver reports.
    pub down_jitter: Duration,
    /// Nothing at all has come from the peer for [`Quality::SILENT_AFTER`], though it spoke
    /// before and is not muted.
    pub silent: bool,
    /// Nothing of what is sent to the peer arrives.
    pub deaf: bool,
}

impl Quality {
    /// How often figures are told.
    pub const INTERVAL: Duration = Duration::from_secs(2);
    /// Longer than a browser that sends no sound is silent between two checks, one of them lost.
    pub const SILENT_AFTER: Duration = Duration::from_secs(10);
}

/// Why a peer is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// DTLS close_notify.
    Closed,
    /// Neither a check nor media for too long: nothing that shows consent (RFC 7675).
    ConsentExpired,
    /// Not connected in time.
    NeverConnected,
    /// DTLS failed.
    HandshakeFailed,
    /// The certificate is not the one in the offer.
    FingerprintMismatch,
    /// No SRTP profile in common.
    NoCommonProfile,
    /// The worker gave it up after a fault of its own.
    Fault,
}
