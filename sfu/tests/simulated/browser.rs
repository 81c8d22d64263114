//! The other end of the wire: checks by `is`, DTLS by `dimpl`, and SRTP over what they agree on.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use dimpl::{Config, Dtls, DtlsCertificate, Output};
use hearth_sfu::{
    Answer, ParticipantNumber, PeerId, RoomId,
    outlet::{LocalAddr, Path},
    packet::RtpHeader,
    rtcp::{Compound, Item, ReportBlock, Writer},
    sdp::Fingerprint,
    srtp::{self, Profile, Protect, Unprotect},
};
use is::stun::{StunMessage, TransId};
use ring::hmac;

pub(crate) const FRAME: Duration = Duration::from_millis(20);
const FIRST_CHECKS: Duration = Duration::from_millis(50);

/// One packet, as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) ssrc: u32,
    pub(crate) talker: u32,
    pub(crate) index: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) level: Option<u8>,
    pub(crate) mid: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
}

/// What a browser says, every 20 ms.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    pub(crate) ssrc: u32,
    /// −dBov; no extension if there is none.
    pub(crate) level: Option<u8>,
    next_index: u64,
    next_timestamp: u32,
    next_at: Instant,
}

pub(crate) struct Browser {
    pub(crate) id: PeerId,
    pub(crate) number: ParticipantNumber,
    pub(crate) room: RoomId,
    pub(crate) path: Path,
    pub(crate) slots: usize,
    /// Whether it looks after its transport at all.
    pub(crate) alive: bool,
    pub(crate) checks: bool,
    pub(crate) use_candidate: bool,
    pub(crate) check_interval: Duration,
    pub(crate) ufrag: String,
    pub(crate) answer: Option<Answer>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) reports: Vec<Item>,
    /// The DTLS association was closed by the other side.
    pub(crate) dismissed: bool,
    /// Responses to checks.
    pub(crate) responses: usize,
    pub(crate) profile: Option<Profile>,
    /// It waits for the core's ClientHello.
    passive: bool,
    certificate: DtlsCertificate,
    dtls: Dtls,
    dtls_due: Option<Instant>,
    started: bool,
    keys: Option<(Protect, Unprotect)>,
    speech: Option<Speech>,
    next_check: Instant,
}

fn sha1(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    let mut signing =
        hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key));
    parts.iter().for_each(|part| signing.update(part));
    signing.sign().as_ref().try_into().unwrap()
}

impl Browser {
    pub(crate) fn new(number: u32, slots: usize, now: Instant) -> Self {
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let config = Arc::new(Config::builder().mtu(1200).build().unwrap());
        let mut dtls = Dtls::new_auto(config, certificate.clone(), now);
        dtls.set_active(true);
        Self {
            id: PeerId(u64::from(number)),
            number: ParticipantNumber(number),
            room: RoomId(1),
            path: Path {
                local: LocalAddr { ip: "192.0.2.1".parse().unwrap(), interface: 0 },
                remote: SocketAddr::new(
                    "198.51.100.7".parse().unwrap(),
                    u16::try_from(20_000 + number).unwrap(),
                ),
            },
            slots,
            alive: true,
            checks: true,
            use_candidate: true,
            check_interval: Duration::from_millis(2500),
            ufrag: format!("them{number}"),
            answer: None,
            heard: Vec::new(),
            reports: Vec::new(),
            dismissed: false,
            responses: 0,
            profile: None,
            passive: false,
            certificate,
            dtls,
            dtls_due: None,
            started: false,
            keys: None,
            speech: None,
            next_check: now,
        }
    }

    /// Makes it offer to be the passive side of DTLS alone, as FFmpeg does.
    pub(crate) fn waits_for_hello(mut self, now: Instant) -> Self {
        let config = Arc::new(Config::builder().mtu(1200).build().unwrap());
        self.dtls = Dtls::new_auto(config, self.certificate.clone(), now);
        self.passive = true;
        self
    }

    pub(crate) fn offer(&self) -> String {
        self.offer_with(&Fingerprint::sha256_of(&self.certificate.certificate))
    }

    pub(crate) fn offer_with(&self, fingerprint: &Fingerprint) -> String {
        let mids: Vec<String> = (0..=self.slots).map(|mid| mid.to_string()).collect();
        let mut offer = format!(
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n",
            mids.join(" ")
        );
        for (mid, direction) in
            mids.iter().zip(std::iter::once("sendonly").chain(std::iter::repeat("recvonly")))
        {
            offer.push_str(&format!(
                "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\n\
                 a=ice-pwd:aPasswordOfTwentyFourChars\r\na=fingerprint:{fingerprint}\r\n\
                 a=setup:{}\r\na=mid:{mid}\r\n\
                 a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
                 a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na={direction}\r\n\
                 a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n",
                self.ufrag,
                if self.passive { "passive" } else { "actpass" },
            ));
        }
        offer
    }

    /// The values of an attribute of the answer, in order.
    fn attribute(&self, name: &str) -> Vec<&str> {
        let sdp = self.answer.as_ref().map_or("", |answer| &answer.sdp);
        let prefix = format!("a={name}:");
        sdp.lines().filter_map(|line| line.strip_prefix(&prefix)).collect()
    }

    /// The SSRC of each slot.
    pub(crate) fn slot_ssrcs(&self) -> Vec<u32> {
        let ssrc = |value: &&str| value.split(' ').next().unwrap().parse().unwrap();
        self.attribute("ssrc").iter().map(ssrc).collect()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.keys.is_some()
    }

    /// Begins to speak now, or changes how.
    pub(crate) fn speak(&mut self, level: Option<u8>, now: Instant) {
        let ssrc = 7000 + self.number.0;
        match &mut self.speech {
            Some(speech) => speech.level = level,
            None => {
                let next_timestamp = ssrc.wrapping_mul(77_777);
                let next_index = u64::from(self.number.0) * 1000;
                self.speech =
                    Some(Speech { ssrc, level, next_index, next_timestamp, next_at: now });
            }
        }
        if let Some(speech) = &mut self.speech
            && speech.next_at < now
        {
            let missed = now.duration_since(speech.next_at).as_micros() as u32;
            speech.next_timestamp = speech.next_timestamp.wrapping_add(missed / 1000 * 48);
            speech.next_at = now;
        }
    }

    /// Sends no more, until [`Browser::speak`].
    pub(crate) fn hush(&mut self, now: Instant) {
        if let Some(speech) = &mut self.speech {
            // Far away, but remembered.
            speech.next_at = speech.next_at.max(now) + Duration::from_secs(1 << 30);
        }
    }

    /// Speaks again after [`Browser::hush`], with the sequence going on.
    pub(crate) fn resume(&mut self, now: Instant) {
        if let Some(speech) = &mut self.speech {
            speech.next_at = now;
        }
    }

    pub(crate) fn speech(&mut self) -> &mut Speech {
        self.speech.as_mut().unwrap()
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        if !self.alive || self.answer.is_none() {
            return None;
        }
        let check = self.checks.then_some(self.next_check);
        let dtls = self.dtls_due.filter(|_| self.started);
        let speech = self.speech.as_ref().map(|s| s.next_at).filter(|_| self.keys.is_some());
        [check, dtls, speech].into_iter().flatten().min()
    }

    /// Does what is due; returns what it sends.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        if self.checks && self.next_check <= now {
            let pause = if self.responses == 0 { FIRST_CHECKS } else { self.check_interval };
            self.next_check = now + pause;
            sent.push(self.check());
        }
        if self.started && self.dtls_due.is_some_and(|due| due <= now) {
            self.dtls.handle_timeout(now).unwrap();
            self.drain(&mut sent);
        }
        if self.keys.is_some()
            && let Some(speech) = &mut self.speech
            && speech.next_at <= now
        {
            speech.next_at += FRAME;
            let number = self.number.0 as u8;
            sent.push(self.packet(&[0xf8, number, 1, 2, 3, 4]).unwrap());
        }
        sent
    }

    /// Asks for a check soon.
    pub(crate) fn check_at(&mut self, at: Instant) {
        self.next_check = at;
    }

    pub(crate) fn check(&self) -> Vec<u8> {
        let (ufrag, password) = (self.attribute("ice-ufrag"), self.attribute("ice-pwd"));
        let username = format!("{}:{}", ufrag[0], self.ufrag);
        let mut bytes = vec![0; 256];
        let request = StunMessage::binding_request(
            &username,
            TransId::new(),
            true,
            7,
            100,
            self.use_candidate,
        );
        let len = request.to_bytes(Some(password[0].as_bytes()), &mut bytes, sha1).unwrap();
        bytes.truncate(len);
        bytes
    }

    /// The next packet of its speech, protected, with `payload`; none before DTLS is done.
    pub(crate) fn packet(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let (protect, _) = self.keys.as_ref()?;
        let speech = self.speech.as_mut()?;
        let mut packet = vec![0x80, 111];
        packet.extend((speech.next_index as u16).to_be_bytes());
        packet.extend(speech.next_timestamp.to_be_bytes());
        packet.extend(speech.ssrc.to_be_bytes());
        if let Some(level) = speech.level {
            packet[0] |= 0x10;
            packet.extend([0xbe, 0xde, 0, 1, 0x10, level, 0, 0]);
        }
        let header_len = packet.len();
        packet.extend(payload);
        let len = packet.len();
        packet.resize(len + srtp::MAX_RTP_OVERHEAD, 0);
        let total = protect.rtp(speech.next_index, &mut packet, header_len, len);
        packet.truncate(total);
        speech.next_index += 1;
        speech.next_timestamp = speech.next_timestamp.wrapping_add(960);
        Some(packet)
    }

    /// A receiver report, protected.
    pub(crate) fn report(&mut self, blocks: &[ReportBlock]) -> Vec<u8> {
        let mut packet = vec![0; 1400];
        let mut writer = Writer::new(&mut packet);
        writer.receiver_report(9000 + self.number.0, blocks).unwrap();
        let len = writer.len();
        let (protect, _) = self.keys.as_mut().unwrap();
        let total = protect.rtcp(&mut packet, len).unwrap();
        packet.truncate(total);
        packet
    }

    /// Says goodbye by DTLS.
    pub(crate) fn close(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        self.dtls.handle_timeout(now).unwrap();
        self.dtls.close().unwrap();
        self.drain(&mut sent);
        self.alive = false;
        sent
    }

    /// Takes a datagram; returns what it sends.
    pub(crate) fn receive(&mut self, now: Instant, mut datagram: Vec<u8>) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        if !self.alive {
            return sent;
        }
        match datagram[0] {
            0..=3 => {
                let response = StunMessage::parse(&datagram).unwrap();
                let passwords = self.attribute("ice-pwd");
                let holds = |password: &&str| response.verify(password.as_bytes(), sha1);
                if response.is_successful_binding_response() && passwords.first().is_some_and(holds)
                {
                    assert_eq!(response.mapped_address(), Some(self.path.remote));
                    self.responses += 1;
                    if !self.started {
                        self.started = true;
                        self.dtls.handle_timeout(now).unwrap();
                        self.drain(&mut sent);
                    }
                }
            }
            20..=63 => {
                self.dtls.handle_timeout(now).unwrap();
                // The handshake's end decides; what cannot be read is not.
                let _ = self.dtls.handle_packet(&datagram);
                self.drain(&mut sent);
            }
            _ if (192..=223).contains(&datagram[1]) => {
                let Some((_, unprotect)) = &mut self.keys else { return sent };
                let len = unprotect.rtcp(&mut datagram).unwrap();
                self.reports.extend(Compound::parse(&datagram[..len]).unwrap().items());
            }
            _ => self.hear(now, datagram),
        }
        sent
    }

    fn hear(&mut self, now: Instant, mut datagram: Vec<u8>) {
        let (_, unprotect) = self.keys.as_mut().expect("media came before the keys");
        let packet = unprotect.rtp(&mut datagram).unwrap();
        let header: &RtpHeader = &packet.header;
        assert_eq!(header.payload_type, 111);
        self.heard.push(Heard {
            at: now,
            ssrc: header.ssrc,
            talker: header.csrcs(&datagram).next().unwrap(),
            index: packet.index,
            timestamp: header.timestamp,
            marker: header.marker,
            level: header.audio_level(&datagram, 1).map(|level| level.level),
            mid: header.extension(&datagram, 4).map(<[u8]>::to_vec),
            payload: datagram[packet.payload.clone()].to_vec(),
        });
    }

    fn drain(&mut self, sent: &mut Vec<Vec<u8>>) {
        let mut buffer = vec![0; 2048];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => sent.push(packet.to_vec()),
                Output::KeyingMaterial(material, profile) => {
                    let profile = Profile::try_from(profile).unwrap();
                    self.profile = Some(profile);
                    self.keys = Some(srtp::keys(profile, &material, self.passive).unwrap());
                }
                Output::CloseNotify => self.dismissed = true,
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::Timeout(at) => {
                    self.dtls_due = Some(at);
                    return;
                }
                _ => {}
            }
        }
    }

    /// The numbers of those heard since `since`, sorted, each once.
    pub(crate) fn talkers_since(&self, since: Instant) -> Vec<u32> {
        let heard = self.heard.iter().filter(|heard| heard.at >= since && heard.payload.len() > 3);
        let mut talkers: Vec<u32> = heard.map(|heard| heard.talker).collect();
        talkers.sort_unstable();
        talkers.dedup();
        talkers
    }
}
