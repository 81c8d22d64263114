//! One media section of an offer (RFC 8866 §5.14).

use super::{MAX_FINGERPRINTS, MAX_MID_BYTES, fingerprint::Fingerprint};

/// A media section, in the order of the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `a=mid`; empty if the offer has a single section without one.
    pub mid: String,
    /// What becomes of it; `None` if it is refused.
    pub audio: Option<Audio>,
    /// As in `m=`: "audio", "video", "application".
    pub(super) media: String,
    /// As in `m=`.
    pub(super) protocol: String,
    /// As in `m=`, separated by spaces.
    pub(super) formats: String,
}

impl Section {
    /// Whether this is `before` once more, but for what is asked of Opus: no packet of ours depends
    /// on that.
    pub(super) fn continues(&self, before: &Self) -> bool {
        let bare = |section: &Self| {
            let mut section = section.clone();
            if let Some(audio) = &mut section.audio {
                (audio.stereo, audio.max_average_bitrate, audio.ptime_ms) = (false, None, None);
            }
            section
        };
        bare(self) == bare(before)
    }
}

/// What is taken of an audio section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Whether the peer's voice comes from this section. So it is in one section at most.
    pub sends: bool,
    /// Whether it is a slot. [`super::Offer::slots`] numbers them.
    pub receives: bool,
    /// Payload type of Opus.
    pub opus: u8,
    /// Payload type of RED (RFC 2198) around Opus.
    pub red: Option<u8>,
    /// `stereo=1` was offered.
    pub stereo: bool,
    /// `maxaveragebitrate` that was offered, bit/s; 6,000–510,000 (RFC 7587 §6.1).
    pub max_average_bitrate: Option<u32>,
    /// `a=ptime`, ms; 3–120 (RFC 7587 §6.1).
    pub ptime_ms: Option<u8>,
    /// Extension id of `ssrc-audio-level` (RFC 6464), 1–14.
    pub audio_level: Option<u8>,
    /// Extension id of `csrc-audio-level` (RFC 6465), 1–14.
    pub csrc_audio_level: Option<u8>,
    /// Extension id of `sdes:mid` (RFC 9143 §15), 1–14.
    pub mid_extension: Option<u8>,
}

/// `a=ice-ufrag` and `a=ice-pwd`, where they are told.
#[derive(Debug, Clone, Default)]
pub(super) struct Transport<'o> {
    pub(super) ufrag: Option<&'o str>,
    pub(super) pwd: Option<&'o str>,
    pub(super) setup: Option<&'o str>,
    pub(super) fingerprints: Vec<Fingerprint>,
}

/// A section while its lines are read.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft<'o> {
    pub(super) media: &'o str,
    pub(super) protocol: &'o str,
    pub(super) formats: &'o str,
    pub(super) port: u16,
    pub(super) bundle_only: bool,
    pub(super) mid: Option<&'o str>,
    pub(super) transport: Transport<'o>,
    pub(super) rtcp_mux: bool,
    pub(super) direction: Option<Direction>,
    ptime_ms: Option<u8>,
    audio_level: Option<u8>,
    csrc_audio_level: Option<u8>,
    mid_extension: Option<u8>,
    /// Payload types of Opus and of RED; in the order of their `a=rtpmap`.
    opus: Vec<u8>,
    red: Vec<u8>,
    fmtp: Vec<(u8, &'o str)>,
}

/// `a=sendrecv` and its like, as the peer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "sendrecv" => Self::SendRecv,
            "sendonly" => Self::SendOnly,
            "recvonly" => Self::RecvOnly,
            "inactive" => Self::Inactive,
            _ => return None,
        })
    }

    pub(super) fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub(super) fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

impl<'o> Transport<'o> {
    /// Takes the attribute if it is one of the transport's.
    pub(super) fn attribute(&mut self, name: &str, value: &'o str) -> Result<bool, &'static str> {
        match name {
            "ice-ufrag" if ice_chars(value, 4) => self.ufrag = Some(value),
            "ice-pwd" if ice_chars(value, 22) => self.pwd = Some(value),
            "ice-ufrag" | "ice-pwd" => return Err("an ice-ufrag or ice-pwd is malformed"),
            "setup" => self.setup = Some(value),
            "fingerprint" => {
                if self.fingerprints.len() < MAX_FINGERPRINTS {
                    self.fingerprints.extend(Fingerprint::parse(value));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'o> Draft<'o> {
    /// From the value of an `m=` line.
    pub(super) fn parse(value: &'o str) -> Result<Self, &'static str> {
        let malformed = "an m= line is malformed";
        let mut fields = value.splitn(4, ' ');
        let mut field = || fields.next().filter(|field| !field.is_empty()).ok_or(malformed);
        let (media, port, protocol, formats) = (field()?, field()?, field()?, field()?);
        let port = port.split_once('/').map_or(port, |(port, _count)| port);
        let port = port.parse().map_err(|_| malformed)?;
        if ![media, protocol, formats].iter().all(|text| text.bytes().all(is_field_byte)) {
            return Err(malformed);
        }
        Ok(Self { media, protocol, formats, port, ..Self::default() })
    }

    /// Takes one attribute; those that are not known are passed over, as SDP wants it.
    pub(super) fn attribute(&mut self, name: &str, value: &'o str) -> Result<(), &'static str> {
        match name {
            "mid" => {
                if value.is_empty()
                    || value.len() > MAX_MID_BYTES
                    || !value.bytes().all(is_token_byte)
                {
                    return Err("an a=mid is malformed or too long");
                }
                self.mid = Some(value);
            }
            "bundle-only" => self.bundle_only = true,
            "rtcp-mux" => self.rtcp_mux = true,
            "sendrecv" | "sendonly" | "recvonly" | "inactive" => {
                self.direction = Direction::parse(name);
            }
            "ptime" => {
                self.ptime_ms = value.parse().ok().filter(|ptime| (3..=120).contains(ptime));
            }
            "extmap" => self.extension(value),
            "rtpmap" => self.codec(value),
            "fmtp" => {
                if let Some((payload_type, parameters)) = numbered(value) {
                    self.fmtp.push((payload_type, parameters));
                }
            }
            _ => {
                self.transport.attribute(name, value)?;
            }
        }
        Ok(())
    }

    /// `a=extmap:1 uri` or `a=extmap:1/sendonly uri`. Ids that need the two-byte form are not
    /// used: every packet would grow.
    fn extension(&mut self, value: &str) {
        let mut fields = value.split(' ');
        let (Some(id), Some(uri)) = (fields.next(), fields.next()) else { return };
        let id = id.split_once('/').map_or(id, |(id, _direction)| id);
        let Some(id) = id.parse().ok().filter(|id| (1..=14).contains(id)) else { return };
        match uri {
            "urn:ietf:params:rtp-hdrext:ssrc-audio-level" => self.audio_level = Some(id),
            "urn:ietf:params:rtp-hdrext:csrc-audio-level" => self.csrc_audio_level = Some(id),
            "urn:ietf:params:rtp-hdrext:sdes:mid" => self.mid_extension = Some(id),
            _ => {}
        }
    }

    fn codec(&mut self, value: &str) {
        let Some((payload_type, codec)) = numbered(value) else { return };
        let offered = |format: &str| format.parse() == Ok(payload_type);
        if !self.formats.split(' ').any(offered) {
            return;
        }
        if codec.eq_ignore_ascii_case("opus/48000/2") {
            self.opus.push(payload_type);
        } else if codec.eq_ignore_ascii_case("red/48000/2") {
            self.red.push(payload_type);
        }
    }

    /// What is taken of the section, apart from its direction: `None` for what is refused.
    pub(super) fn audio(&self) -> Option<Audio> {
        let refused = self.port == 0 && !self.bundle_only;
        let rtp = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF", "TCP/TLS/RTP/SAVPF"];
        if refused || self.media != "audio" || !rtp.contains(&self.protocol) {
            return None;
        }
        let opus = *self.opus.first()?;
        let carries_opus = |red: u8| {
            let blocks = self.fmtp.iter().find(|(payload_type, _)| *payload_type == red);
            blocks
                .is_none_or(|(_, blocks)| blocks.split('/').all(|block| block.parse() == Ok(opus)))
        };
        let parameter = |wanted: &str| {
            let of_opus = self.fmtp.iter().filter(|(payload_type, _)| *payload_type == opus);
            of_opus
                .flat_map(|(_, parameters)| parameters.split(';'))
                .filter_map(|parameter| parameter.trim().split_once('='))
                .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
        };
        Some(Audio {
            sends: false,
            receives: false,
            opus,
            red: self.red.iter().copied().find(|red| carries_opus(*red)),
            stereo: parameter("stereo") == Some("1"),
            max_average_bitrate: parameter("maxaveragebitrate")
                .and_then(|rate| rate.parse().ok())
                .filter(|rate| (6_000..=510_000).contains(rate)),
            ptime_ms: self.ptime_ms,
            audio_level: self.audio_level,
            csrc_audio_level: self.csrc_audio_level,
            mid_extension: self.mid_extension,
        })
    }
}

/// `111 opus/48000/2`: a payload type and what is said of it.
fn numbered(value: &str) -> Option<(u8, &str)> {
    let (payload_type, rest) = value.split_once(' ')?;
    Some((payload_type.parse().ok().filter(|number| *number < 128)?, rest.trim()))
}

/// RFC 8839 §5.4.
fn ice_chars(value: &str, least: usize) -> bool {
    (least..=256).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

/// RFC 8866 §9, `token-char`.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte)
}

fn is_field_byte(byte: u8) -> bool {
    is_token_byte(byte) || b"/ ".contains(&byte)
}
