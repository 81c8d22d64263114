//! The receiving side of a voice: whose sound it is, in order.
//!
//! Owns putting each slot's packets into order and naming their talker by the CSRC. Never waits
//! for who reads it: who lags by more than [`UNREAD`] packets misses the oldest.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hearth_protocol::ParticipantNumber;
use opus::packet;
use rtc::rtp;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::timeout_at,
};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use crate::{SAMPLE_RATE, jitter::Jitter};

/// Packets that may wait for a reader.
const UNREAD: usize = 2048;

/// One Opus packet of one participant, in order within its slot.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Whose voice: the CSRC (RFC 3550 §5.1).
    pub from: ParticipantNumber,
    /// The Opus packet, unchanged.
    pub opus: Bytes,
    /// How long it sounds, samples at 48 kHz.
    pub samples: u32,
    /// Packets of the same talker that are missing right before this one.
    pub lost: u16,
    /// The SSRC of the slot.
    pub slot: u32,
    /// The RTP timestamp in the slot, samples at 48 kHz.
    pub timestamp: u32,
    /// When it came out of the ordering.
    pub at: Instant,
}

/// What one hears. Each reader gets everything from the moment it began.
pub struct Listening {
    heard: broadcast::Receiver<Heard>,
    missed: u64,
}

impl Listening {
    /// The next packet of anybody; `None` once the voice has ended.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.heard.recv().await {
                Ok(heard) => return Some(heard),
                Err(RecvError::Lagged(missed)) => self.missed += missed,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// How many packets this reader was too slow for.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

/// Where all slots' packets come together.
#[derive(Clone)]
pub(crate) struct Ear(broadcast::Sender<Heard>);

impl Ear {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(UNREAD).0)
    }

    pub(crate) fn listening(&self) -> Listening {
        Listening { heard: self.0.subscribe(), missed: 0 }
    }

    /// Listens to one slot until it ends.
    pub(crate) async fn attend(self, track: Arc<dyn TrackRemote>) {
        let mut jitter = Jitter::default();
        let mut slot = Slot::default();
        loop {
            let due = jitter.due().unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            match timeout_at(due.into(), track.poll()).await {
                Ok(Some(TrackRemoteEvent::OnRtpPacket(packet))) => {
                    jitter.push(Instant::now(), packet.header.sequence_number, packet);
                }
                Ok(None | Some(TrackRemoteEvent::OnEnded)) => return,
                Ok(Some(_)) | Err(_) => {}
            }
            let now = Instant::now();
            while let Some((lost, packet)) = jitter.pop(now) {
                if let Some(heard) = slot.name(now, lost, packet) {
                    // Nobody reads at the moment: nothing to do.
                    let _ = self.0.send(heard);
                }
            }
        }
    }
}

/// Who had the slot last.
#[derive(Default)]
struct Slot {
    talker: Option<ParticipantNumber>,
}

impl Slot {
    fn name(&mut self, at: Instant, lost: u16, packet: rtp::Packet) -> Option<Heard> {
        let from = ParticipantNumber(*packet.header.csrc.first()?);
        let same = self.talker.replace(from) == Some(from);
        let samples = packet::get_nb_samples(&packet.payload, SAMPLE_RATE).ok()?;
        Some(Heard {
            from,
            samples: u32::try_from(samples).ok()?,
            lost: if same { lost } else { 0 },
            slot: packet.header.ssrc,
            timestamp: packet.header.timestamp,
            opus: packet.payload,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::SILENCE;

    use super::*;

    fn packet(csrc: &[u32], payload: &'static [u8]) -> rtp::Packet {
        let header = rtp::Header { csrc: csrc.to_vec(), ..Default::default() };
        rtp::Packet { header, payload: Bytes::from_static(payload) }
    }

    #[test]
    fn the_talker_is_the_csrc_and_a_loss_belongs_to_it_only_if_it_had_the_slot() {
        let (mut slot, now) = (Slot::default(), Instant::now());
        let mut name = |lost, csrc| slot.name(now, lost, packet(csrc, &SILENCE));
        let first = name(3, &[7]).unwrap();
        assert_eq!((first.from, first.lost, first.samples), (ParticipantNumber(7), 0, 960));
        assert_eq!(name(3, &[7]).unwrap().lost, 3);
        assert_eq!(name(3, &[8]).unwrap().lost, 0);
        assert!(name(0, &[]).is_none(), "without a name it is nobody's");
    }

    #[test]
    fn what_is_not_opus_is_left_out() {
        assert!(Slot::default().name(Instant::now(), 0, packet(&[7], &[])).is_none());
    }
}
