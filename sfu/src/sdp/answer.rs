//! The answer.

use std::{fmt::Write, net::SocketAddr};

use super::{fingerprint::Fingerprint, offer::Offer, section::Section};

/// What an answer tells of us.
#[derive(Debug, Clone, Copy)]
pub struct AnswerParameters<'a> {
    /// Names the connection; the same in all its answers. At most 2⁶² (RFC 8829 §5.2.1).
    pub session_id: u64,
    /// 1 in the first answer of a connection; grows by one with each.
    pub version: u64,
    /// Our ICE user fragment.
    pub ufrag: &'a str,
    /// Our ICE password.
    pub pwd: &'a str,
    /// Of our certificate.
    pub fingerprint: &'a Fingerprint,
    /// Our UDP addresses, the preferred first.
    pub candidates: &'a [SocketAddr],
    /// The SSRC of each slot, in the order of [`Offer::slots`]. Slots without one are answered
    /// `inactive`.
    pub slot_ssrcs: &'a [u32],
}

/// Writes the answer to `offer`.
///
/// Everything about the transport is repeated in every section, since some stacks read only the
/// last and others only the first; a slot has its `a=ssrc` beside the mid extension for those that
/// tell sections apart by SSRC.
#[must_use]
pub fn answer(offer: &Offer, parameters: &AnswerParameters<'_>) -> String {
    let mut sdp = String::with_capacity(512 + 1024 * offer.sections.len());
    // Writing to a String does not fail.
    let _ = write(&mut sdp, offer, parameters);
    sdp
}

fn write(sdp: &mut String, offer: &Offer, parameters: &AnswerParameters<'_>) -> std::fmt::Result {
    let AnswerParameters { session_id, version, .. } = parameters;
    write!(sdp, "v=0\r\no=- {session_id} {version} IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")?;
    let mut taken = offer.sections.iter().filter(|section| section.audio.is_some()).peekable();
    if taken.peek().is_some_and(|section| !section.mid.is_empty()) {
        write!(sdp, "a=group:BUNDLE")?;
        for section in taken {
            write!(sdp, " {}", section.mid)?;
        }
        write!(sdp, "\r\n")?;
    }
    write!(sdp, "a=ice-lite\r\n")?;
    let mut slot = 0;
    for section in &offer.sections {
        write_section(sdp, section, offer.passive, parameters, &mut slot)?;
    }
    Ok(())
}

fn write_section(
    sdp: &mut String,
    section: &Section,
    active: bool,
    parameters: &AnswerParameters<'_>,
    slot: &mut usize,
) -> std::fmt::Result {
    let Section { mid, audio, media, protocol, formats } = section;
    let Some(audio) = audio else {
        write!(sdp, "m={media} 0 {protocol} {formats}\r\nc=IN IP4 0.0.0.0\r\n")?;
        write_mid(sdp, mid)?;
        return write!(sdp, "a=inactive\r\n");
    };
    let opus = audio.opus;
    write!(sdp, "m={media} 9 {protocol} {opus}\r\nc=IN IP4 0.0.0.0\r\n")?;
    write_mid(sdp, mid)?;
    let AnswerParameters { ufrag, pwd, fingerprint, .. } = parameters;
    write!(sdp, "a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\na=fingerprint:{fingerprint}\r\n")?;
    write!(sdp, "a=setup:{}\r\n", if active { "active" } else { "passive" })?;
    if let Some(id) = audio.audio_level {
        write!(sdp, "a=extmap:{id} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n")?;
    }
    if let Some(id) = audio.mid_extension {
        write!(sdp, "a=extmap:{id} urn:ietf:params:rtp-hdrext:sdes:mid\r\n")?;
    }
    write!(sdp, "a=rtcp-mux\r\na=rtpmap:{opus} opus/48000/2\r\n")?;
    write!(sdp, "a=fmtp:{opus} minptime=10;useinbandfec=1")?;
    if audio.stereo {
        write!(sdp, ";stereo=1")?;
    }
    if let Some(rate) = audio.max_average_bitrate {
        write!(sdp, ";maxaveragebitrate={rate}")?;
    }
    write!(sdp, "\r\n")?;
    if let Some(ptime) = audio.ptime_ms {
        write!(sdp, "a=ptime:{ptime}\r\n")?;
    }
    let ssrc = if audio.receives {
        *slot += 1;
        parameters.slot_ssrcs.get(*slot - 1)
    } else {
        None
    };
    let direction = match (audio.sends, ssrc.is_some()) {
        (true, true) => "sendrecv",
        (true, false) => "recvonly",
        (false, true) => "sendonly",
        (false, false) => "inactive",
    };
    write!(sdp, "a={direction}\r\n")?;
    if let Some(ssrc) = ssrc {
        // A name of its own for each slot: sounds with one name would be kept in step.
        write!(sdp, "a=msid:slot{slot} slot{slot}\r\na=ssrc:{ssrc} cname:slot{slot}\r\n")?;
    }
    for (position, candidate) in parameters.candidates.iter().enumerate() {
        // Host candidates of component 1, each preferred to the next (RFC 8445 §5.1.2.1).
        let local_preference = u32::from(u16::MAX).saturating_sub(position as u32);
        let priority = (126 << 24) | (local_preference << 8) | 255;
        let (foundation, ip, port) = (position + 1, candidate.ip(), candidate.port());
        write!(sdp, "a=candidate:{foundation} 1 udp {priority} {ip} {port} typ host\r\n")?;
    }
    write!(sdp, "a=end-of-candidates\r\n")
}

fn write_mid(sdp: &mut String, mid: &str) -> std::fmt::Result {
    if mid.is_empty() { Ok(()) } else { write!(sdp, "a=mid:{mid}\r\n") }
}
