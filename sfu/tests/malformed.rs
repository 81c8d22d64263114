//! Bad input through every parser: each is an error or is passed over, never a panic.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its failure")]
#![allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]

mod dice;

use std::{net::SocketAddr, time::Instant};

use dice::Dice;
use hearth_sfu::{
    packet::RtpHeader,
    rtcp::{Compound, NtpClock, Reception, ReportBlock, SenderReport, Writer},
    sdp::{AnswerParameters, Fingerprint, Offer, answer},
    srtp::{self, Profile, Protect, SrtpError, Unprotect},
};

const PROFILES: [Profile; 3] =
    [Profile::AeadAes256Gcm, Profile::AeadAes128Gcm, Profile::Aes128CmHmacSha1_80];
/// First bytes of STUN, DTLS, RTP, RTCP, ChannelData and nothing (RFC 7983).
const CLASSES: [[u8; 2]; 6] = [[0, 1], [22, 0xfe], [0x90, 111], [0x81, 201], [0x40, 0], [0xff, 0]];

const OFFERS: [&str; 4] = [
    include_str!("offers/chromium-join.sdp"),
    include_str!("offers/firefox-join.sdp"),
    include_str!("offers/chromium-whep.sdp"),
    include_str!("offers/aiortc.sdp"),
];

fn pair(profile: Profile) -> (Protect, Unprotect) {
    let material: Vec<u8> = (0..profile.material_len()).map(|n| n as u8).collect();
    let (ours, _) = srtp::keys(profile, &material, true).unwrap();
    let (_, theirs) = srtp::keys(profile, &material, false).unwrap();
    (ours, theirs)
}

fn plain(seq: u16) -> Vec<u8> {
    let mut packet = vec![0x90, 111, 0, 0, 0, 0, 3, 0xc0, 0, 0, 0, 7, 0xbe, 0xde, 0, 1];
    packet[2..4].copy_from_slice(&seq.to_be_bytes());
    packet.extend([0x10, 30, 0, 0]);
    packet.extend([0x55; 60]);
    packet
}

fn protected(protect: &Protect, index: u64) -> Vec<u8> {
    let mut packet = plain(index as u16);
    let len = packet.len();
    packet.resize(len + 16, 0);
    let total = protect.rtp(index, &mut packet, 20, len);
    packet.truncate(total);
    packet
}

fn report(now: Instant) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut writer = Writer::new(&mut buffer);
    let mut reception = Reception::new(9, 48_000, 1, now);
    reception.packet(1, 0, now);
    let block = reception.report(now);
    let ntp = NtpClock::new(now).at(now);
    let sender = SenderReport { ssrc: 7, ntp, rtp_timestamp: 1, packets: 2, octets: 3 };
    writer.sender_report(&sender, &[block]).unwrap();
    writer.receiver_report(7, &[ReportBlock { cumulative_lost: -5, ..block }]).unwrap();
    writer.cname(7, "slot1").unwrap();
    writer.bye(7).unwrap();
    let len = writer.len();
    buffer[..len].to_vec()
}

fn drive(unprotect: &mut Unprotect, bytes: &[u8]) {
    if let Ok(header) = RtpHeader::parse(bytes) {
        assert!(header.len <= bytes.len());
        assert!(header.csrcs(bytes).count() <= 15);
        for id in 0..=255 {
            let _ = header.audio_level(bytes, id);
        }
        let _ = header.payload(bytes);
    }
    if let Ok(compound) = Compound::parse(bytes) {
        assert!(compound.items().count() <= bytes.len());
    }
    assert!(unprotect.rtp(&mut bytes.to_vec()).is_err(), "a forged packet was taken");
    assert!(unprotect.rtcp(&mut bytes.to_vec()).is_err(), "a forged report was taken");
}

#[test]
fn every_length_of_every_class_is_refused() {
    for profile in PROFILES {
        let (_, mut unprotect) = pair(profile);
        for class in CLASSES {
            for len in 0..=64 {
                for fill in [0x00, 0x5a, 0xff] {
                    let mut bytes = vec![fill; len];
                    for (byte, first) in bytes.iter_mut().zip(class) {
                        *byte = first;
                    }
                    drive(&mut unprotect, &bytes);
                }
            }
        }
    }
}

#[test]
fn what_was_protected_comes_back_once_over_the_roll_over() {
    for profile in PROFILES {
        let (protect, mut unprotect) = pair(profile);
        for index in 65_000..66_200 {
            let packet = protected(&protect, index);
            let mut once = packet.clone();
            let taken = unprotect.rtp(&mut once).unwrap();
            assert_eq!((taken.index, taken.header.ssrc), (index, 7));
            assert_eq!(once[..taken.payload.end], plain(index as u16));
            assert_eq!(unprotect.rtp(&mut packet.clone()), Err(SrtpError::Replayed));
        }
        let old = protected(&protect, 66_199 - 128);
        assert_eq!(unprotect.rtp(&mut old.clone()), Err(SrtpError::TooOld));
    }
}

#[test]
fn every_truncation_and_every_changed_bit_is_refused_without_a_trace() {
    for profile in PROFILES {
        let (mut protect, mut unprotect) = pair(profile);
        let packet = protected(&protect, 5);
        let mut rtcp = report(Instant::now());
        let len = rtcp.len();
        rtcp.resize(len + 20, 0);
        let total = protect.rtcp(&mut rtcp, len).unwrap();
        rtcp.truncate(total);
        for whole in [&packet, &rtcp] {
            for len in 0..whole.len() {
                drive(&mut unprotect, &whole[..len]);
            }
            for bit in 0..8 * whole.len() {
                let mut changed = whole.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                drive(&mut unprotect, &changed);
            }
        }
        assert!(!unprotect.knows(7), "a forgery left a trace");
        assert_eq!(unprotect.rtcp(&mut rtcp.clone()), Ok(len));
        assert_eq!(unprotect.rtcp(&mut rtcp.clone()), Err(SrtpError::Replayed));
        assert!(unprotect.rtp(&mut packet.clone()).is_ok());
    }
}

#[test]
fn mutated_packets_never_panic() {
    let mut dice = Dice(0x5eed);
    let (protect, mut unprotect) = pair(Profile::AeadAes128Gcm);
    let seeds = [plain(1), protected(&protect, 9), report(Instant::now())];
    for round in 0..100_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        bytes.truncate(1 + dice.roll(bytes.len()));
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(bytes.len());
            bytes[at] = dice.roll(256) as u8;
        }
        if let Ok(header) = RtpHeader::parse(&bytes) {
            let _ = header.audio_level(&bytes, 1);
            let _ = header.payload(&bytes);
        }
        if let Ok(compound) = Compound::parse(&bytes) {
            compound.items().for_each(drop);
        }
        let _ = unprotect.rtp(&mut bytes.clone());
        let _ = unprotect.rtcp(&mut bytes);
    }
}

#[test]
fn offers_of_real_stacks_are_answered_and_their_ruins_never_panic() {
    let fingerprint = Fingerprint::sha256_of(b"ours");
    let candidates: [SocketAddr; 1] = ["192.0.2.2:8080".parse().unwrap()];
    let parameters = AnswerParameters {
        session_id: 1,
        version: 1,
        ufrag: "ours",
        pwd: "0123456789012345678901",
        fingerprint: &fingerprint,
        candidates: &candidates,
        slot_ssrcs: &[1, 2, 3],
    };
    let expected = [(111, true, 2), (109, true, 2), (111, false, 1), (96, true, 2)];
    let mut dice = Dice(0x0ffe);
    for (text, (opus, speaks, slots)) in OFFERS.into_iter().zip(expected) {
        let offer = Offer::parse(text, 8).unwrap();
        assert_eq!(offer.sending().is_some(), speaks);
        assert_eq!(offer.slots().count(), slots);
        assert!(offer.slots().all(|(_, audio)| audio.opus == opus && audio.audio_level.is_some()));
        assert_eq!(Offer::parse(&text.replace('\n', "\r\n"), 8).unwrap(), offer);
        assert_eq!(Offer::parse(text, 1).unwrap().slots().count(), 1);
        let written = answer(&offer, &parameters);
        let sections = written.matches("m=").count();
        assert_eq!(sections, offer.sections.len());
        assert_eq!(written.matches("a=ssrc:").count(), slots);
        // Read by a library that is not ours.
        let read = sdp::SessionDescription::try_from(written).unwrap();
        assert_eq!(read.media_descriptions.len(), sections);
        for _ in 0..5_000 {
            let mut bytes = text.as_bytes().to_vec();
            bytes.truncate(1 + dice.roll(bytes.len()));
            for _ in 0..=dice.roll(6) {
                let at = dice.roll(bytes.len());
                bytes[at] = b"\n:= 019aAm/\r;"[dice.roll(13)];
            }
            if let Ok(offer) = Offer::parse(&String::from_utf8_lossy(&bytes), 8) {
                let _ = answer(&offer, &parameters);
            }
        }
    }
}

#[test]
fn offers_that_cannot_be_met_say_why() {
    let good = OFFERS[0];
    let refused = |text: &str| Offer::parse(text, 8).unwrap_err().to_string();
    for (text, why) in [
        (String::new(), "not SDP"),
        ("hello".into(), "not SDP"),
        ("v=0\nhello".into(), "line 2"),
        ("v=0\ns=-".into(), "no audio"),
        (good.replace("m=audio", "m=video"), "no audio"),
        (good.replace("opus", "speex"), "no audio"),
        (good.replace("a=ice-ufrag", "a=x"), "no ICE"),
        (good.replace("a=fingerprint", "a=x"), "fingerprint"),
        (good.replace("a=group:BUNDLE", "a=x:"), "BUNDLE"),
        (good.replace("a=rtcp-mux", "a=x"), "rtcp-mux"),
        (good.replace("a=setup:actpass", "a=setup:holdconn"), "a=setup"),
        (good.replace("a=mid:1", "a=mid:0"), "same a=mid"),
        (format!("{good}{}", "m=audio 9 RTP/SAVPF 0\n".repeat(200)), "too many media sections"),
        ("v=0\n".repeat(300_000), "longer than 65536 bytes"),
    ] {
        let said = refused(&text);
        assert!(said.contains(why), "{said} instead of {why}");
    }
}
