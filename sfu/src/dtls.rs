//! One peer's DTLS association: a thin shell around `dimpl`.
//!
//! Owns the rule that no key leaves it before the peer's certificate was found to be the one in
//! the offer (RFC 8827 §6.5): `dimpl` itself takes any.

use std::{sync::Arc, time::Instant};

use dimpl::{Config, Dtls, DtlsCertificate, KeyingMaterial, Output, ProtocolVersion, SrtpProfile};
use hearth_config::DtlsVersion;

use crate::{outlet::MAX_DATAGRAM, sdp::Fingerprint};

/// The largest record that is sent, bytes; small enough for any path.
const MTU: usize = 1200;

/// What all DTLS associations of a process share: making it costs about a millisecond.
pub struct Identity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    version: DtlsVersion,
}

impl Identity {
    /// A new self-signed certificate.
    ///
    /// # Errors
    /// The cryptographic library failed its self-checks, or has no randomness.
    pub fn new(version: DtlsVersion) -> Result<Self, IdentityError> {
        let config = Config::builder()
            .mtu(MTU)
            // DTLS is taken from ICE-checked addresses only, so the cookie would prove nothing
            // more, and without it a handshake at 20 % loss takes 142 ms instead of 365.
            .use_server_cookie(false)
            .build()?;
        let certificate = dimpl::certificate::generate_self_signed_certificate()
            .map_err(|_| IdentityError::Certificate)?;
        Ok(Self { config: Arc::new(config), certificate, version })
    }

    /// Of the certificate: the answer's `a=fingerprint` (RFC 8122 §5).
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::sha256_of(&self.certificate.certificate)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Of the library.
    #[error("DTLS cannot be set up: {0}")]
    Config(#[from] dimpl::Error),
    /// Of the generation.
    #[error("no DTLS certificate could be made")]
    Certificate,
}

/// What an association came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The certificate is not the one in the offer.
    FingerprintMismatch,
    /// No SRTP profile in common.
    NoCommonProfile,
    /// Anything else that `dimpl` gives up for.
    Failed,
}

/// What came of a datagram or of time.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing yet, or nothing more.
    Waiting,
    /// The handshake is done and the certificate is the right one.
    Connected {
        /// For SRTP (RFC 5764 §4.2).
        material: KeyingMaterial,
        /// Agreed on.
        profile: SrtpProfile,
        /// `DTLS 1.2` or `DTLS 1.3`.
        version: &'static str,
    },
    /// The peer said goodbye.
    Closed,
    /// The association is of no more use.
    Failed(Failure),
}

/// Our side of an association: the passive one, unless the peer wants to be that.
pub(crate) struct Association {
    dtls: Dtls,
    /// Ours is the active side.
    active: bool,
    certificate_matches: bool,
    connected: bool,
    /// When [`Association::handle_timeout`] is due.
    timeout: Option<Instant>,
}

impl Association {
    /// `active`: the ClientHello comes from us, with the first [`Association::handle_timeout`].
    pub(crate) fn new(identity: &Identity, active: bool, now: Instant) -> Self {
        let config = Arc::clone(&identity.config);
        let certificate = identity.certificate.clone();
        let mut dtls = match identity.version {
            DtlsVersion::V12 => Dtls::new_12(config, certificate, now),
            DtlsVersion::V13 => Dtls::new_13(config, certificate, now),
            DtlsVersion::Auto => Dtls::new_auto(config, certificate, now),
        };
        dtls.set_active(active);
        Self { dtls, active, certificate_matches: false, connected: false, timeout: None }
    }

    /// Takes a datagram from an ICE-checked address. `matches` judges the peer's certificate
    /// (DER), `send` gets what is to be sent.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &[u8],
        matches: impl Fn(&[u8]) -> bool,
        send: impl FnMut(&[u8]),
    ) -> Step {
        if self.dtls.handle_timeout(now).and_then(|()| self.dtls.handle_packet(datagram)).is_err() {
            return Step::Failed(Failure::Failed);
        }
        self.drain(matches, send)
    }

    /// Retransmits if it is time.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        matches: impl Fn(&[u8]) -> bool,
        send: impl FnMut(&[u8]),
    ) -> Step {
        if self.dtls.handle_timeout(now).is_err() {
            return Step::Failed(Failure::Failed);
        }
        self.drain(matches, send)
    }

    /// When [`Association::handle_timeout`] is due.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Whether the ClientHello is ours to send.
    pub(crate) fn is_active(&self) -> bool {
        self.active
    }

    /// Whether nothing has happened yet.
    pub(crate) fn is_new(&self) -> bool {
        self.timeout.is_none()
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self, now: Instant, send: impl FnMut(&[u8])) {
        // Failing to say goodbye changes nothing: the peer goes.
        if self.dtls.handle_timeout(now).and_then(|()| self.dtls.close()).is_ok() {
            self.drain(|_| true, send);
        }
    }

    fn drain(&mut self, matches: impl Fn(&[u8]) -> bool, mut send: impl FnMut(&[u8])) -> Step {
        let mut buffer = [0; MAX_DATAGRAM];
        let mut longer = Vec::new();
        let mut keys = None;
        let mut finished = false;
        let mut closed = false;
        loop {
            let buffer = if longer.is_empty() { &mut buffer[..] } else { &mut longer[..] };
            match self.dtls.poll_output(buffer) {
                Output::Packet(packet) => send(packet),
                Output::PeerCert(certificate) => {
                    self.certificate_matches = matches(certificate);
                    if !self.certificate_matches {
                        return Step::Failed(Failure::FingerprintMismatch);
                    }
                }
                Output::Connected => finished = true,
                Output::KeyingMaterial(material, profile) => keys = Some((material, profile)),
                Output::CloseNotify => closed = true,
                Output::BufferTooSmall { needed } => {
                    // A certificate may be longer than a datagram; the bound is dimpl's own.
                    if needed <= buffer.len() {
                        return Step::Failed(Failure::Failed);
                    }
                    longer.resize(needed, 0);
                }
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    break;
                }
                // There are no data channels, so application data is nothing to us.
                _ => {}
            }
        }
        if closed {
            return Step::Closed;
        }
        if !finished || self.connected {
            return Step::Waiting;
        }
        self.connected = true;
        match keys {
            _ if !self.certificate_matches => Step::Failed(Failure::FingerprintMismatch),
            None => Step::Failed(Failure::NoCommonProfile),
            Some((material, profile)) => Step::Connected {
                material,
                profile,
                version: match self.dtls.protocol_version() {
                    Some(ProtocolVersion::DTLS1_3) => "DTLS 1.3",
                    _ => "DTLS 1.2",
                },
            },
        }
    }
}
