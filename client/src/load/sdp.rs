//! The offer of a load's peer, and what it needs of the answer (RFC 8829).
//!
//! Owns a few lines of text. Pure.

use std::{fmt::Write, net::SocketAddr};

use is::{Candidate, IceCreds};

use super::packet::{LEVEL_ID, PAYLOAD_TYPE};
use crate::Error;

/// What is offered.
pub(crate) struct Offer<'a> {
    pub(crate) credentials: &'a IceCreds,
    /// `AB:CD:…`, SHA-256.
    pub(crate) fingerprint: &'a str,
    /// The SSRC of the sending section, if there is one.
    pub(crate) ssrc: Option<u32>,
    /// Receiving sections.
    pub(crate) slots: u8,
}

impl Offer<'_> {
    pub(crate) fn text(&self) -> Result<String, Error> {
        let sections = usize::from(self.slots) + usize::from(self.ssrc.is_some());
        let mids: Vec<String> = (0..sections).map(|mid| mid.to_string()).collect();
        let mut text = String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
        let written = (|| {
            write!(text, "a=group:BUNDLE {}\r\n", mids.join(" "))?;
            for mid in &mids {
                let sends = self.ssrc.filter(|_| mid == "0");
                self.section(&mut text, mid, sends)?;
            }
            Ok(())
        })();
        written.map_err(|error: std::fmt::Error| Error::Voice(error.to_string()))?;
        Ok(text)
    }

    fn section(&self, text: &mut String, mid: &str, ssrc: Option<u32>) -> std::fmt::Result {
        let IceCreds { ufrag, pass } = self.credentials;
        let fingerprint = self.fingerprint;
        write!(text, "m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}\r\nc=IN IP4 0.0.0.0\r\n")?;
        write!(text, "a=mid:{mid}\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{pass}\r\n")?;
        write!(text, "a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\na=rtcp-mux\r\n")?;
        write!(text, "a=rtpmap:{PAYLOAD_TYPE} opus/48000/2\r\n")?;
        write!(text, "a=fmtp:{PAYLOAD_TYPE} minptime=10;useinbandfec=1\r\n")?;
        write!(text, "a=extmap:{LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n")?;
        match ssrc {
            Some(ssrc) => write!(text, "a=sendonly\r\na=ssrc:{ssrc} cname:load\r\n"),
            None => write!(text, "a=recvonly\r\n"),
        }
    }
}

/// What is needed of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) credentials: IceCreds,
    /// `AB:CD:…`, SHA-256, in capitals.
    pub(crate) fingerprint: String,
    /// The server's UDP addresses, as told.
    pub(crate) candidates: Vec<Candidate>,
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let line = |name: &'static str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            found.map(str::trim).ok_or_else(|| Error::Voice(format!("the answer has no {name}")))
        };
        let mut candidates: Vec<Candidate> = Vec::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("a=candidate:")) {
            if let Ok(candidate) = Candidate::from_sdp_string(&format!("candidate:{}", line.trim()))
                && candidate.proto() == is::Protocol::Udp
                && !candidates.iter().any(|known| known.addr() == candidate.addr())
            {
                candidates.push(candidate);
            }
        }
        Ok(Self {
            credentials: IceCreds {
                ufrag: line("a=ice-ufrag:")?.to_owned(),
                pass: line("a=ice-pwd:")?.to_owned(),
            },
            fingerprint: line("a=fingerprint:sha-256 ")?.to_ascii_uppercase(),
            candidates,
        })
    }

    /// The address to load: that of the signaling server if it is among them, else the first of
    /// IPv4, else any.
    pub(crate) fn nearest(&self, server: Option<std::net::IpAddr>) -> Option<SocketAddr> {
        let addresses = || self.candidates.iter().map(Candidate::addr);
        addresses()
            .find(|address| Some(address.ip()) == server)
            .or_else(|| addresses().find(SocketAddr::is_ipv4))
            .or_else(|| addresses().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\na=ice-lite\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecret\r\n\
        a=fingerprint:sha-256 ab:cd\r\n\
        a=candidate:1 1 udp 2130706431 2001:db8::1 19001 typ host\r\n\
        a=candidate:2 1 udp 2130706430 192.0.2.2 19001 typ host\r\n\
        a=candidate:2 1 udp 2130706430 192.0.2.2 19001 typ host\r\n\
        a=candidate:3 1 tcp 2130706429 192.0.2.2 19001 typ host tcptype passive\r\n";

    #[test]
    fn an_answer_gives_what_is_needed() {
        let answer = Answer::parse(ANSWER).unwrap();
        assert_eq!(answer.fingerprint, "AB:CD");
        assert_eq!(answer.credentials.ufrag, "abcd");
        assert_eq!(answer.candidates.len(), 2);
        assert_eq!(answer.nearest(None), Some("192.0.2.2:19001".parse().unwrap()));
        let six = "2001:db8::1".parse().unwrap();
        assert_eq!(answer.nearest(Some(six)), Some("[2001:db8::1]:19001".parse().unwrap()));
        assert!(Answer::parse("v=0\r\n").is_err());
    }

    #[test]
    fn an_offer_has_its_sections() {
        let credentials = IceCreds::new();
        let offer =
            Offer { credentials: &credentials, fingerprint: "AB:CD", ssrc: Some(5), slots: 2 };
        let text = offer.text().unwrap();
        assert_eq!(text.matches("m=audio").count(), 3);
        assert_eq!(text.matches("a=sendonly").count(), 1);
        assert!(text.contains("a=group:BUNDLE 0 1 2\r\n"));
        assert!(text.contains("a=ssrc:5 "));
    }
}
