//! One peer of a load: ICE, DTLS and SRTP over one socket of its own.
//!
//! Owns the transport from offer to close, sans-IO but for its socket. The server's certificate
//! is checked against the answer; every packet is authenticated. Never decodes sound.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Instant,
};

use bytes::BytesMut;
use dimpl::{Config, Dtls, DtlsCertificate, Output};
use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol, stun};
use socket2::SockRef;

use super::{
    reports::Reports,
    sdp::{Answer, Offer},
    srtp::Srtp,
};
use crate::Error;

/// UDP receive buffer of a peer: a second of 32 slots, bytes.
const RECEIVE_BUFFER: usize = 1 << 20;

/// What all peers share: a configuration costs a millisecond of self-checks.
#[derive(Clone)]
pub(crate) struct Shared {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    fingerprint: String,
}

impl Shared {
    pub(crate) fn new() -> Result<Self, Error> {
        let certificate = dimpl::certificate::generate_self_signed_certificate()
            .map_err(|error| Error::Voice(error.to_string()))?;
        let fingerprint = certificate.fingerprint_str();
        Ok(Self { config: Arc::new(Config::default()), certificate, fingerprint })
    }
}

/// What a datagram was.
pub(crate) enum Arrived {
    /// Nothing to count: ICE or DTLS.
    Transport,
    /// An authentic RTP packet, decrypted, with its header.
    Rtp(BytesMut),
    /// An authentic RTCP packet.
    Rtcp,
    /// Not authentic, repeated, or before the keys.
    Refused,
}

/// A peer from its offer on.
pub(crate) struct Peer {
    ice: IceAgent,
    dtls: Dtls,
    srtp: Option<Srtp>,
    /// There is none until the answer.
    socket: Option<UdpSocket>,
    local: SocketAddr,
    remote: SocketAddr,
    fingerprint: String,
    verified: bool,
    nominated: bool,
    dtls_due: Option<Instant>,
    reports: Reports,
    pub(crate) ssrc: Option<u32>,
    /// Closed by the server.
    pub(crate) closed: bool,
}

impl Peer {
    /// A peer and its offer; `sends`: with a sending section.
    pub(crate) fn new(
        shared: &Shared,
        sends: bool,
        slots: u8,
        now: Instant,
    ) -> Result<(Self, String), Error> {
        let credentials = IceCreds::new();
        let ssrc = sends.then(|| rand::random_range(1..=u32::MAX));
        let fingerprint = &shared.fingerprint;
        let offer = Offer { credentials: &credentials, fingerprint, ssrc, slots }.text()?;
        let mut ice = IceAgent::new(credentials);
        ice.set_controlling(true);
        ice.set_timing_advance(std::time::Duration::from_millis(1));
        let mut dtls = Dtls::new_12(Arc::clone(&shared.config), shared.certificate.clone(), now);
        dtls.set_active(true);
        let unspecified = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let peer = Self {
            ice,
            dtls,
            srtp: None,
            socket: None,
            local: unspecified,
            remote: unspecified,
            fingerprint: String::new(),
            verified: false,
            nominated: false,
            dtls_due: None,
            reports: Reports::default(),
            ssrc,
            closed: false,
        };
        Ok((peer, offer))
    }

    /// Takes the answer, opens the socket and sends the first check.
    pub(crate) fn answer(
        &mut self,
        answer: &str,
        server: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Error> {
        let answer = Answer::parse(answer)?;
        let remote = answer
            .nearest(server)
            .ok_or_else(|| Error::Voice("the answer has no UDP address".into()))?;
        let failed = |error: &dyn std::fmt::Display| Error::Voice(error.to_string());
        let any: SocketAddr = match remote {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).map_err(|error| failed(&error))?;
        SockRef::from(&socket)
            .set_recv_buffer_size(RECEIVE_BUFFER)
            .map_err(|error| failed(&error))?;
        socket.set_nonblocking(true).map_err(|error| failed(&error))?;
        socket.connect(remote).map_err(|error| failed(&error))?;
        self.local = socket.local_addr().map_err(|error| failed(&error))?;
        self.remote = remote;
        self.socket = Some(socket);
        self.fingerprint = answer.fingerprint;
        self.ice.set_remote_credentials(answer.credentials);
        let local = Candidate::host(self.local, Protocol::Udp).map_err(|error| failed(&error))?;
        self.ice.add_local_candidate(local);
        if let Some(nearest) = answer.candidates.into_iter().find(|c| c.addr() == remote) {
            self.ice.add_remote_candidate(nearest);
        }
        self.handle_timeout(now)
    }

    pub(crate) fn socket(&self) -> Option<&UdpSocket> {
        self.socket.as_ref()
    }

    /// Whether media can flow.
    pub(crate) fn is_connected(&self) -> bool {
        self.srtp.is_some()
    }

    /// Takes a datagram (RFC 7983).
    pub(crate) fn handle_datagram(
        &mut self,
        datagram: &[u8],
        now: Instant,
    ) -> Result<Arrived, Error> {
        let arrived = match datagram.first() {
            Some(0..=3) => {
                if let Ok(message) = stun::StunMessage::parse(datagram) {
                    let (source, destination) = (self.remote, self.local);
                    let packet =
                        stun::StunPacket { proto: Protocol::Udp, source, destination, message };
                    self.ice.handle_packet(now, packet);
                }
                Arrived::Transport
            }
            Some(20..=63) => {
                self.dtls.handle_packet(datagram).map_err(failed)?;
                Arrived::Transport
            }
            Some(128..=191) => return Ok(self.unprotect(datagram, now)),
            _ => Arrived::Refused,
        };
        self.handle_timeout(now)?;
        Ok(arrived)
    }

    fn unprotect(&mut self, datagram: &[u8], now: Instant) -> Arrived {
        let Some(srtp) = &mut self.srtp else { return Arrived::Refused };
        // RFC 5761 §4.
        if matches!(datagram.get(1), Some(192..=223)) {
            let Ok(packet) = srtp.unprotect_rtcp(datagram) else { return Arrived::Refused };
            self.reports.told(packet, now);
            return Arrived::Rtcp;
        }
        let Ok(packet) = srtp.unprotect(datagram) else { return Arrived::Refused };
        self.reports.received(&packet, now);
        Arrived::Rtp(packet)
    }

    /// Sends an RTP packet, protected.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<(), Error> {
        let Some(srtp) = &mut self.srtp else { return Ok(()) };
        let protected = srtp.protect(packet)?;
        self.transmit(&protected);
        Ok(())
    }

    /// Lets time pass: checks, retransmissions, and what comes of them.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.ice.handle_timeout(now);
        while let Some(transmit) = self.ice.poll_transmit() {
            self.transmit(&transmit.contents);
        }
        while let Some(event) = self.ice.poll_event() {
            if let IceAgentEvent::NominatedSend { .. } = event {
                self.nominated = true;
            }
        }
        if self.nominated {
            self.dtls.handle_timeout(now).map_err(failed)?;
            self.drain_dtls()?;
        }
        if let Some(srtp) = &mut self.srtp {
            for report in self.reports.poll(self.ssrc, now)? {
                let protected = srtp.protect_rtcp(&report)?;
                if let Some(socket) = &self.socket {
                    let _ = socket.send(&protected);
                }
            }
        }
        Ok(())
    }

    /// When [`Peer::handle_timeout`] is next needed.
    pub(crate) fn due(&mut self) -> Option<Instant> {
        let dtls = self.dtls_due.filter(|_| self.srtp.is_none());
        self.ice.poll_timeout().into_iter().chain(dtls).chain(self.reports.due()).min()
    }

    /// Says goodbye to the server.
    pub(crate) fn close(&mut self) {
        if self.dtls.close().is_ok() {
            // The socket goes away next; what cannot be sent now need not be.
            let _ = self.drain_dtls();
        }
    }

    fn drain_dtls(&mut self) -> Result<(), Error> {
        let mut buffer = [0; 2048];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => {
                    if let Some(socket) = &self.socket {
                        let _ = socket.send(packet);
                    }
                }
                Output::PeerCert(der) => {
                    let fingerprint = dimpl::certificate::calculate_fingerprint(der);
                    let found = dimpl::certificate::format_fingerprint(&fingerprint);
                    self.verified = found.eq_ignore_ascii_case(&self.fingerprint);
                }
                Output::KeyingMaterial(material, profile) => {
                    if !self.verified {
                        return Err(Error::Voice("the certificate is not the answer's".into()));
                    }
                    self.srtp = Some(Srtp::new(profile, &material)?);
                }
                Output::CloseNotify => self.closed = true,
                Output::Timeout(due) => {
                    self.dtls_due = Some(due);
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Sends; a datagram that the kernel does not take is lost, as on any network.
    fn transmit(&self, datagram: &[u8]) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(datagram);
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Voice(error.to_string())
}
