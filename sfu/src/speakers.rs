//! Who is heard: the loudest of a room, without flapping, and who is speaking.
//!
//! [`Speakers`] ranks everybody who sends in one room. A listener with n slots hears the first n of
//! the ranking that it may hear, which [`assign`] maps to its slots without moving anybody who
//! stays. The ranking goes on to [`Speakers::depth`], twice the slots and one more: a talker does not
//! hear itself and still gets its slots full of others, and so does a listener who blocks up to as
//! many as it has slots. While fewer people send than there are slots, all of them are heard,
//! loud or not.
//!
//! A ranking, not a set, because listeners may have fewer slots than the room allows: for every n
//! the first n are the n loudest, within [`MARGIN_DB`]. A talker rises by taking the place of the
//! quietest before it, so that nobody else moves. Loudness climbs within a few packets, is kept for
//! the hold time after it was last reached, and then falls.
//!
//! Pure: no clock, no sending; allocates only when somebody begins to send.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::control::ParticipantNumber;

/// Somebody must be so much louder to take another's place, dB.
pub const MARGIN_DB: f32 = 6.0;
/// Silence after which somebody is no longer speaking.
pub const SPEAKING_RELEASE: Duration = Duration::from_millis(500);
/// Packets of speech, one after the other, until somebody is speaking: a click is none.
pub const SPEAKING_ONSET_PACKETS: u8 = 2;
/// The level taken for senders that tell none, −dBov: quiet speech.
const UNTOLD_LEVEL: u8 = 40;
/// The share of a rise that one packet makes up for: 7/8 within three packets.
const ATTACK: f32 = 0.5;
/// The share of a fall, after the hold time: half within seven packets.
const RELEASE: f32 = 0.1;

/// The senders of one room.
#[derive(Debug)]
pub struct Speakers {
    depth: usize,
    hold: Duration,
    speaking_level: u8,
    /// The first `depth` are in order; the order of the others means nothing.
    ranking: Vec<Talker>,
    places: HashMap<ParticipantNumber, usize>,
    /// Nothing expires before; packets may have put it off since.
    next_expiry: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Talker {
    number: ParticipantNumber,
    /// 0 (silence) to 127 (the loudest), dB.
    loudness: f32,
    last_packet: Instant,
    /// When the loudness was last reached, within the margin.
    last_loud: Instant,
    last_speech: Instant,
    /// Packets of speech without another between them; saturates.
    speech_packets: u8,
    speaking: bool,
}

/// What one packet, or its absence, has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct Change {
    /// Listeners' slots are to be assigned anew.
    pub ranking: bool,
    /// The talker has begun or ceased to speak.
    pub speaking: Option<bool>,
}

impl Speakers {
    /// Nobody, yet. `slots` is the most that a listener has; a place is kept for `hold` after its
    /// holder has fallen silent or ceased to send; packets quieter than `speaking_level`, in −dBov,
    /// are no speech.
    #[must_use]
    pub fn new(slots: usize, hold: Duration, speaking_level: u8) -> Self {
        let depth = 2 * slots + 1;
        Self {
            depth,
            hold,
            speaking_level,
            ranking: Vec::new(),
            places: HashMap::new(),
            next_expiry: None,
        }
    }

    /// How many are ranked; see the top of this file.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Those who may be heard, the loudest first: at most [`Self::depth`].
    pub fn loudest(&self) -> impl Iterator<Item = ParticipantNumber> + Clone + '_ {
        self.ranking.iter().take(self.depth).map(|talker| talker.number)
    }

    /// Whether `number` is speaking: by its latest packets, until [`Self::expire`] tells otherwise.
    #[must_use]
    pub fn is_speaking(&self, number: ParticipantNumber) -> bool {
        self.places.get(&number).is_some_and(|place| self.ranking[*place].speaking)
    }

    /// A packet of `number` has arrived. `level` is its RFC 6464 level in −dBov; a sender that
    /// tells none talks when it sends.
    pub fn packet(&mut self, number: ParticipantNumber, level: Option<u8>, now: Instant) -> Change {
        let level = level.unwrap_or(UNTOLD_LEVEL.min(self.speaking_level));
        let mut ranking = false;
        let place = *self.places.entry(number).or_insert_with(|| {
            self.ranking.push(Talker::new(number, now));
            ranking = self.ranking.len() <= self.depth;
            self.ranking.len() - 1
        });
        let talker = &mut self.ranking[place];
        talker.last_packet = now;
        talker.hear(127.0 - f32::from(level.min(127)), self.hold, now);
        let speaking = talker.speak(level <= self.speaking_level, now);
        let expiry = talker.expiry(self.hold);
        self.next_expiry = Some(self.next_expiry.map_or(expiry, |next| next.min(expiry)));
        ranking |= self.rise(place);
        Change { ranking, speaking }
    }

    /// `number` sends no more: it has left, or is muted.
    pub fn remove(&mut self, number: ParticipantNumber) -> Change {
        let Some(&place) = self.places.get(&number) else {
            return Change::default();
        };
        let ceased = self.ranking[place].speaking.then_some(false);
        self.remove_from(place);
        Change { ranking: place < self.depth, speaking: ceased }
    }

    /// When to call [`Self::expire`]; it may find nothing to do then, but never has something to
    /// do before.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Instant> {
        self.next_expiry
    }

    /// Lets go of those who have not sent for the hold time, and appends to `ceased` those who
    /// have just ceased to speak. Returns whether the ranking has changed. Costs nothing before
    /// [`Self::next_expiry`].
    pub fn expire(&mut self, now: Instant, ceased: &mut Vec<ParticipantNumber>) -> bool {
        if self.next_expiry.is_none_or(|next| now < next) {
            return false;
        }
        let mut changed = false;
        for place in (0..self.ranking.len()).rev() {
            let talker = &mut self.ranking[place];
            if talker.speaking && now >= talker.last_speech + SPEAKING_RELEASE {
                talker.speaking = false;
                ceased.push(talker.number);
            }
            if !talker.speaking && now >= talker.last_packet + self.hold {
                changed |= place < self.depth;
                self.remove_from(place);
            }
        }
        self.next_expiry = self.ranking.iter().map(|talker| talker.expiry(self.hold)).min();
        changed
    }

    /// Lets the talker at `place` take the place of the quietest before it, as long as that is
    /// quieter by the margin. Returns whether it did.
    fn rise(&mut self, mut place: usize) -> bool {
        let loudness = self.ranking[place].loudness;
        let start = place;
        loop {
            let before = &self.ranking[..place.min(self.depth)];
            // Of equals the last.
            let quietest = before
                .iter()
                .enumerate()
                .rev()
                .min_by(|(_, a), (_, b)| a.loudness.total_cmp(&b.loudness));
            match quietest {
                Some((other, talker)) if talker.loudness + MARGIN_DB < loudness => {
                    self.swap(other, place);
                    place = other;
                }
                _ => return place != start,
            }
        }
    }

    fn remove_from(&mut self, place: usize) {
        let last = self.ranking.len() - 1;
        let last_ranked = last.min(self.depth - 1);
        let mut place = place;
        // Those behind it move up, the loudest of the unranked comes in at the end.
        while place < last_ranked {
            self.swap(place, place + 1);
            place += 1;
        }
        if place == self.depth - 1 {
            let unranked = self.ranking.iter().enumerate().skip(self.depth);
            let loudest = unranked.max_by(|(_, a), (_, b)| a.loudness.total_cmp(&b.loudness));
            if let Some((loudest, _)) = loudest {
                self.swap(place, loudest);
                place = loudest;
            }
        }
        self.swap(place, last);
        if let Some(removed) = self.ranking.pop() {
            self.places.remove(&removed.number);
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.ranking.swap(one, other);
        self.places.insert(self.ranking[one].number, one);
        self.places.insert(self.ranking[other].number, other);
    }
}

impl Talker {
    fn new(number: ParticipantNumber, now: Instant) -> Self {
        Self {
            number,
            loudness: 0.0,
            last_packet: now,
            last_loud: now,
            last_speech: now,
            speech_packets: 0,
            speaking: false,
        }
    }

    fn hear(&mut self, loudness: f32, hold: Duration, now: Instant) {
        if loudness >= self.loudness - MARGIN_DB {
            self.last_loud = now;
        }
        if loudness > self.loudness {
            self.loudness += (loudness - self.loudness) * ATTACK;
        } else if now >= self.last_loud + hold {
            self.loudness += (loudness - self.loudness) * RELEASE;
        }
    }

    fn speak(&mut self, speech: bool, now: Instant) -> Option<bool> {
        let before = self.speaking;
        if speech {
            self.speech_packets = self.speech_packets.saturating_add(1);
            self.last_speech = now;
            self.speaking |= self.speech_packets >= SPEAKING_ONSET_PACKETS;
        } else {
            self.speech_packets = 0;
            self.speaking &= now < self.last_speech + SPEAKING_RELEASE;
        }
        (before != self.speaking).then_some(self.speaking)
    }

    fn expiry(&self, hold: Duration) -> Instant {
        let speech_ends = self.last_speech + SPEAKING_RELEASE;
        if self.speaking { speech_ends } else { self.last_packet + hold }
    }
}

/// Gives the slots of one listener to the first of `loudest` that it `hears`. Who stays keeps its
/// slot; a slot is empty only if nobody is left for it. Returns whether anything has changed.
pub fn assign(
    loudest: impl Iterator<Item = ParticipantNumber> + Clone,
    hears: impl Fn(ParticipantNumber) -> bool,
    slots: &mut [Option<ParticipantNumber>],
) -> bool {
    let chosen = loudest.filter(|number| hears(*number)).take(slots.len());
    let mut changed = false;
    for slot in slots.iter_mut() {
        if let Some(holder) = *slot
            && !chosen.clone().any(|number| number == holder)
        {
            *slot = None;
            changed = true;
        }
    }
    for number in chosen {
        if slots.contains(&Some(number)) {
            continue;
        }
        // There is one: there are no more chosen than slots, and every holder is chosen.
        if let Some(free) = slots.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(number);
            changed = true;
        }
    }
    changed
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin at")]
mod tests;
