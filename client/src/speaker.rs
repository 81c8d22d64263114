//! The sending side of a voice.
//!
//! Owns the RTP timeline (RFC 7587) and the pace. Packets pass through unchanged; never encodes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rtc::rtp::{
    Header, Packet,
    extension::{HeaderExtension, audio_level_extension::AudioLevelExtension},
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

use crate::{Error, Frame, SAMPLE_RATE, Source};

/// The payload type that the offer gives to Opus.
pub(crate) const PAYLOAD_TYPE: u8 = 111;

/// Sound that is late by more is not caught up with.
const LATE: Duration = Duration::from_millis(200);

/// Sends Opus frames. Cheap to clone; all clones share one timeline.
#[derive(Clone)]
pub struct Speaker {
    track: Arc<TrackLocalStaticRTP>,
    ssrc: u32,
    muted: Arc<AtomicBool>,
    /// Whether the other end takes the audio level (RFC 6464).
    levels: bool,
    timeline: Arc<Mutex<Timeline>>,
}

/// Where the RTP sequence and timestamp stand.
struct Timeline {
    sequence: u16,
    timestamp: u32,
    /// When the last frame was due to end.
    ends: Option<Instant>,
}

impl Timeline {
    /// The timestamp of a frame that is sent `now`, and whether it begins a talkspurt.
    /// Time goes on in pauses, in steps of the frame (RFC 3550 §5.1).
    fn advance(&mut self, now: Instant, frame: &Frame) -> (u32, bool) {
        let pause = self.ends.map(|ends| now.saturating_duration_since(ends));
        let begins = pause.is_none_or(|pause| pause > LATE);
        if let (true, Some(pause)) = (begins, pause) {
            let frames = (pause.as_secs_f64() / frame.duration().as_secs_f64()).round() as u32;
            self.timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(frame.samples()));
        }
        let at = self.timestamp;
        self.timestamp = at.wrapping_add(frame.samples());
        let starts = if begins { now } else { self.ends.unwrap_or(now) };
        self.ends = Some(starts + frame.duration());
        (at, begins)
    }
}

impl Speaker {
    pub(crate) fn new(
        track: Arc<TrackLocalStaticRTP>,
        ssrc: u32,
        muted: Arc<AtomicBool>,
        levels: bool,
    ) -> Self {
        let timeline = Timeline { sequence: rand::random(), timestamp: rand::random(), ends: None };
        Self { track, ssrc, muted, levels, timeline: Arc::new(Mutex::new(timeline)) }
    }

    /// Sends one frame now; the caller keeps the pace. While muted nothing is sent, and time
    /// goes on.
    ///
    /// # Errors
    /// [`Error::Voice`] once the voice has ended.
    pub async fn send(&self, frame: &Frame) -> Result<(), Error> {
        let mut timeline = self.timeline.lock().await;
        if self.muted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (timestamp, marker) = timeline.advance(Instant::now(), frame);
        let header = Header {
            version: 2,
            marker,
            payload_type: PAYLOAD_TYPE,
            sequence_number: timeline.sequence,
            timestamp,
            ssrc: self.ssrc,
            ..Header::default()
        };
        timeline.sequence = timeline.sequence.wrapping_add(1);
        let voice = frame.level() < 127;
        let level =
            HeaderExtension::AudioLevel(AudioLevelExtension { level: frame.level(), voice });
        let packet = Packet { header, payload: frame.opus().clone() };
        let extensions = if self.levels { std::slice::from_ref(&level) } else { &[] };
        Ok(self.track.write_rtp_with_extensions(packet, extensions).await?)
    }

    /// Sends what `source` gives, at its own pace, to its end or for as long as `limit`.
    /// Returns how long it sounded.
    ///
    /// # Errors
    /// Those of the source; [`Error::Voice`] once the voice has ended.
    pub async fn play(
        &self,
        mut source: impl Source,
        limit: Option<Duration>,
    ) -> Result<Duration, Error> {
        let mut due = Instant::now();
        let mut samples = 0_u64;
        let played =
            |samples: u64| Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE));
        while limit.is_none_or(|limit| played(samples) < limit) {
            let Some(frame) = source.next()? else { break };
            sleep_until(due).await;
            self.send(&frame).await?;
            samples += u64::from(frame.samples());
            due += frame.duration();
            if due + LATE < Instant::now() {
                due = Instant::now();
            }
        }
        sleep_until(due).await;
        Ok(played(samples))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::SILENCE;

    use super::*;

    #[tokio::test]
    async fn time_goes_on_in_pauses_and_a_talkspurt_is_marked() {
        let frame = Frame::new(Bytes::from_static(&SILENCE), 127).unwrap();
        let mut timeline = Timeline { sequence: 0, timestamp: 100, ends: None };
        let now = Instant::now();
        let after = |ms| now + Duration::from_millis(ms);
        assert_eq!(timeline.advance(now, &frame), (100, true));
        assert_eq!(timeline.advance(after(23), &frame), (1_060, false), "jitter is not a pause");
        assert_eq!(timeline.advance(after(1_040), &frame), (2_020 + 50 * 960, true));
    }
}
