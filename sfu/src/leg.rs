//! The way to one listener: its slots, the keys that packets to it are protected with, and what
//! it reports of what arrived.
//!
//! Owns everything that is read and written per forwarded packet, so that a room's legs lie side
//! by side in memory.

use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use crate::{
    ahead,
    control::{ParticipantNumber, PeerId},
    counters::Counters,
    outlet::{Kind, MAX_DATAGRAM, Outlet, Path},
    rewrite::{MAX_HEADER_LEN, Place, SILENCE, Slot, Voice},
    rtcp::{OPUS_CLOCK_HZ, ReportBlock, RtcpError, Writer},
    speakers,
    srtp::{MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, Protect},
};

/// The longest payload that is forwarded, bytes.
pub(crate) const MAX_PAYLOAD_LEN: usize = MAX_DATAGRAM - MAX_HEADER_LEN - MAX_RTP_OVERHEAD;
/// How long a listener's report counts. Browsers report every 2.5 to 7.5 s.
const REPORT_LIFE: Duration = Duration::from_secs(8);
/// A report that has seen none of so many packets tells that the slot does not arrive: they are a
/// second of voice, longer than any sensible way.
const UNSEEN: u32 = 50;
/// So many packets without any report on the slot tell it too, if the listener reports at all:
/// 20 s of voice, in which several reports would have to be lost.
const UNREPORTED: u32 = 1000;
/// Our name in RTCP; says nothing about us (RFC 7022).
const CNAME: &str = "hearth";

/// See the top of this file.
pub(crate) struct Leg {
    pub(crate) peer: PeerId,
    pub(crate) number: ParticipantNumber,
    pub(crate) path: Path,
    pub(crate) deafened: bool,
    pub(crate) blocked: FxHashSet<ParticipantNumber>,
    /// Whose each slot is. Apart from the slots, since every packet looks for its own.
    holders: Vec<Option<ParticipantNumber>>,
    slots: Vec<Slot>,
    protect: Protect,
    /// The newest report on each slot.
    reports: Vec<Option<Report>>,
    rtt: Option<Duration>,
}

/// What a listener told of a slot.
#[derive(Debug, Clone, Copy)]
struct Report {
    block: ReportBlock,
    at: Instant,
    /// How many packets the slot had then sent.
    sent: u32,
    /// It saw nothing of what was sent since the report before.
    stalled: bool,
}

impl Leg {
    pub(crate) fn new(
        peer: PeerId,
        number: ParticipantNumber,
        path: Path,
        slots: Vec<Slot>,
        protect: Protect,
    ) -> Self {
        Self {
            peer,
            number,
            path,
            deafened: false,
            blocked: FxHashSet::default(),
            holders: vec![None; slots.len()],
            reports: vec![None; slots.len()],
            slots,
            protect,
            rtt: None,
        }
    }

    /// Fetches what [`Leg::forward`] will need but for the slot, whose place is not known yet.
    #[inline]
    pub(crate) fn fetch(&self) {
        ahead::fetch(self);
        ahead::fetch(&self.holders[..]);
    }

    /// The slot that `number` holds here.
    pub(crate) fn slot_of(&self, number: ParticipantNumber) -> Option<usize> {
        self.holders.iter().position(|holder| *holder == Some(number))
    }

    /// Fetches the slot too.
    #[inline]
    pub(crate) fn fetch_slot(&self, slot: usize) {
        if let Some(slot) = self.slots.get(slot) {
            ahead::fetch(slot);
        }
    }

    /// Sends `voice` in `slot`, which its talker holds.
    pub(crate) fn forward(
        &mut self,
        slot: usize,
        voice: &Voice<'_>,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let Some(at) = self.slots.get_mut(slot) else { return };
        let Some(place) = at.place(voice, now) else {
            counters.dropped_late += 1;
            return;
        };
        self.send(slot, &place, voice.number, voice.level, voice.payload, counters, out);
    }

    /// Gives the slots to those who are heard now; those left empty fall silent.
    pub(crate) fn assign(
        &mut self,
        loudest: impl Iterator<Item = ParticipantNumber> + Clone,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        if self.deafened {
            return;
        }
        let Self { number: own, blocked, holders, .. } = self;
        if speakers::assign(loudest, |number| number != *own && !blocked.contains(&number), holders)
        {
            for slot in 0..self.slots.len() {
                if self.holders[slot].is_none() {
                    self.silence(slot, now, counters, out);
                }
            }
        }
    }

    /// Ends what is heard, for the listener is deafened or goes elsewhere.
    pub(crate) fn release(&mut self, now: Instant, counters: &mut Counters, out: &mut impl Outlet) {
        for slot in 0..self.slots.len() {
            self.silence(slot, now, counters, out);
        }
        self.holders.fill(None);
    }

    /// Takes note of what the listener reports.
    pub(crate) fn report(&mut self, block: &ReportBlock, ntp: u64, now: Instant) {
        if let Some(slot) = self.slots.iter().position(|slot| slot.ssrc() == block.ssrc) {
            let sent = self.slots[slot].packets();
            let stalled = self.reports[slot].is_some_and(|before| {
                let more = sent.wrapping_sub(before.sent);
                block.highest == before.block.highest && (before.stalled || more >= UNSEEN)
            });
            self.reports[slot] = Some(Report { block: *block, at: now, sent, stalled });
            self.rtt = block.rtt(ntp).or(self.rtt);
        }
    }

    /// What the listener lately reported to have lost of `number`'s voice, in 1/256.
    pub(crate) fn lost_of(&self, number: ParticipantNumber, now: Instant) -> u8 {
        self.slot_of(number).and_then(|slot| self.fresh(slot, now)).map_or(0, |b| b.fraction_lost)
    }

    /// Round trip, loss (0–1) and jitter, the worst of the slots that were reported on lately.
    pub(crate) fn quality(&self, now: Instant) -> (Option<Duration>, f32, Duration) {
        let fresh = || (0..self.slots.len()).filter_map(|slot| self.fresh(slot, now));
        let loss = fresh().map(|block| block.loss()).fold(0.0, f32::max);
        let jitter = fresh().map(|block| block.jitter_time(OPUS_CLOCK_HZ)).max();
        (self.rtt, loss, jitter.unwrap_or_default())
    }

    /// Whose voice does not arrive, and whether that is all that is sent. `silent`: nothing comes
    /// from the listener, no report either.
    pub(crate) fn unheard(&self, silent: bool) -> (Vec<ParticipantNumber>, bool) {
        let held = || self.holders.iter().enumerate().filter_map(|(at, who)| Some((at, (*who)?)));
        let unheard = held().filter(|(slot, _)| silent || self.is_lost(*slot));
        let unheard: Vec<_> = unheard.map(|(_, number)| number).collect();
        let deaf = !unheard.is_empty() && unheard.len() == held().count();
        (unheard, deaf)
    }

    fn is_lost(&self, slot: usize) -> bool {
        let sent = self.slots[slot].packets();
        match &self.reports[slot] {
            Some(report) => report.stalled || sent.wrapping_sub(report.sent) >= UNREPORTED,
            None => sent >= UNREPORTED && self.reports.iter().any(Option::is_some),
        }
    }

    /// Sends reports: on each slot that was of use, and on the listener's own voice, `about`.
    pub(crate) fn send_reports(
        &mut self,
        about: Option<ReportBlock>,
        own_ssrc: u32,
        ntp: u64,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let Self { slots, protect, path, .. } = self;
        out.send(path, Kind::Control, |buffer| {
            let room = MAX_DATAGRAM - MAX_RTCP_OVERHEAD;
            let mut writer = Writer::new(&mut buffer[..room]);
            // Reports on 32 slots, the most there are, fit.
            let written: Result<(), RtcpError> = (|| {
                let blocks = about.as_slice();
                let mut first = None;
                for slot in slots {
                    if let Some(report) = slot.report(ntp, now) {
                        writer
                            .sender_report(&report, if first.is_none() { blocks } else { &[] })?;
                        first = first.or(Some(report.ssrc));
                    }
                }
                if first.is_none() && !blocks.is_empty() {
                    writer.receiver_report(own_ssrc, blocks)?;
                    first = Some(own_ssrc);
                }
                first.map_or(Ok(()), |ssrc| writer.cname(ssrc, CNAME))
            })();
            let len = writer.len();
            if len == 0 || written.is_err() {
                return 0;
            }
            counters.rtcp_out += 1;
            protect.rtcp(buffer, len).unwrap_or(0)
        });
    }

    fn fresh(&self, slot: usize, now: Instant) -> Option<&ReportBlock> {
        let report = self.reports.get(slot)?.as_ref()?;
        (now < report.at + REPORT_LIFE).then_some(&report.block)
    }

    fn silence(
        &mut self,
        slot: usize,
        now: Instant,
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let Some((number, place)) = self.slots[slot].release(now) else { return };
        self.send(slot, &place, number, Some(127), &SILENCE, counters, out);
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one packet, and where it goes")]
    fn send(
        &mut self,
        slot: usize,
        place: &Place,
        number: ParticipantNumber,
        level: Option<u8>,
        payload: &[u8],
        counters: &mut Counters,
        out: &mut impl Outlet,
    ) {
        let (slot, protect) = (&self.slots[slot], &self.protect);
        out.send(&self.path, Kind::Media, |buffer| {
            let Some((header_len, len)) = slot.write(place, number, level, payload, buffer) else {
                return 0;
            };
            protect.rtp(place.index, buffer, header_len, len)
        });
        counters.rtp_forwarded += 1;
    }
}
