//! The promises of the ranking, by example and over random rooms.

use super::*;
use proptest::prelude::*;

const HOLD: Duration = Duration::from_millis(400);
const FRAME: Duration = Duration::from_millis(20);

fn number(n: u32) -> ParticipantNumber {
    ParticipantNumber(n)
}

/// A room on simulated time: everybody sends a packet every 20 ms.
struct Room {
    speakers: Speakers,
    now: Instant,
    changes: usize,
}

impl Room {
    fn new(slots: usize) -> Self {
        let speakers = Speakers::new(slots, HOLD, 50);
        Self { speakers, now: Instant::now(), changes: 0 }
    }

    /// One frame, in which the n-th participant sends at the n-th level; `None` sends nothing.
    fn frame(&mut self, levels: &[Option<u8>]) {
        for (n, level) in (1..).zip(levels) {
            if level.is_some() {
                let change = self.speakers.packet(number(n), *level, self.now);
                self.changes += usize::from(change.ranking);
            }
        }
        self.now += FRAME;
        self.changes += usize::from(self.speakers.expire(self.now, &mut Vec::new()));
    }

    fn frames(&mut self, count: usize, levels: &[Option<u8>]) {
        for _ in 0..count {
            self.frame(levels);
        }
    }

    /// The first n.
    fn first(&self, n: usize) -> Vec<u32> {
        let mut first: Vec<_> = self.speakers.loudest().take(n).map(|number| number.0).collect();
        first.sort_unstable();
        first
    }
}

#[test]
fn few_are_all_heard_however_quiet() {
    let mut room = Room::new(3);
    room.frames(100, &[Some(20), Some(127), Some(90)]);
    assert_eq!(room.first(3), [1, 2, 3]);
}

#[test]
fn the_loudest_hold_the_places_and_ties_do_not_move() {
    let mut room = Room::new(2);
    room.frames(50, &[Some(40), Some(40), Some(40), Some(40)]);
    assert_eq!(room.first(2), [1, 2]);
    room.changes = 0;
    room.frames(500, &[Some(40), Some(41), Some(38), Some(36)]);
    assert_eq!(room.first(2), [1, 2], "no one is louder by the margin");
    assert_eq!(room.changes, 0);
    room.frames(20, &[Some(40), Some(41), Some(30), Some(36)]);
    assert_eq!(room.first(2), [1, 3], "the quieter one makes room");
}

#[test]
fn an_onset_is_heard_within_three_packets() {
    let mut room = Room::new(1);
    room.frames(100, &[Some(80), Some(75), Some(127)]);
    assert_eq!(room.first(1), [1]);
    room.frames(3, &[Some(80), Some(75), Some(25)]);
    assert_eq!(room.first(1), [3]);
}

#[test]
fn a_click_takes_no_place_from_a_talker() {
    let mut room = Room::new(1);
    room.frames(50, &[Some(35), Some(127)]);
    room.frame(&[Some(35), Some(10)]);
    room.frames(50, &[Some(35), Some(127)]);
    assert_eq!(room.first(1), [1]);
}

#[test]
fn a_pause_shorter_than_the_hold_keeps_the_place() {
    let mut room = Room::new(1);
    room.frames(50, &[Some(30), Some(60)]);
    room.frames(19, &[Some(127), Some(60)]);
    assert_eq!(room.first(1), [1]);
    room.frames(19, &[Some(127), Some(60)]);
    assert_eq!(room.first(1), [2], "and a longer one does not");
}

#[test]
fn who_ceases_to_send_makes_room_after_the_hold() {
    let mut room = Room::new(1);
    room.frames(10, &[Some(30), None, Some(60)]);
    room.frames(10, &[None, Some(127), Some(60)]);
    assert_eq!(room.first(1), [1]);
    room.frames(25, &[None, Some(127), Some(60)]);
    assert_eq!(room.first(1), [3]);
    assert_eq!(room.first(9), [2, 3]);
    let nobody = [None, None, None];
    room.frames(50, &nobody);
    assert_eq!(room.first(9), [0; 0]);
    assert_eq!(room.speakers.next_expiry(), None, "nothing is left to wait for");
}

#[test]
fn the_removed_are_replaced_by_the_loudest_behind_them() {
    let mut room = Room::new(1);
    let levels = [Some(20), Some(30), Some(40), Some(60), Some(45)];
    room.frames(100, &levels);
    assert_eq!(room.first(3), [1, 2, 3]);
    assert!(room.speakers.remove(number(2)).ranking);
    assert_eq!(room.first(1), [1]);
    assert_eq!(room.first(3), [1, 3, 5]);
    assert_eq!(room.speakers.remove(number(2)), Change::default());
    assert!(!room.speakers.remove(number(4)).ranking, "was not ranked");
}

#[test]
fn senders_without_a_level_talk_when_they_send() {
    let mut speakers = Speakers::new(1, HOLD, 50);
    let now = Instant::now();
    assert_eq!(speakers.packet(number(1), Some(90), now).speaking, None);
    assert_eq!(speakers.packet(number(2), None, now).speaking, None);
    assert_eq!(speakers.packet(number(2), None, now + FRAME).speaking, Some(true));
    assert_eq!(speakers.loudest().next(), Some(number(2)));
}

#[test]
fn speaking_begins_at_the_second_packet_and_ends_after_the_release() {
    let mut speakers = Speakers::new(1, HOLD, 50);
    let start = Instant::now();
    let mut ceased = Vec::new();
    assert_eq!(speakers.packet(number(1), Some(50), start).speaking, None);
    assert_eq!(speakers.packet(number(1), Some(50), start + FRAME).speaking, Some(true));
    assert_eq!(speakers.packet(number(1), Some(51), start + FRAME * 2).speaking, None);
    let end = start + FRAME + SPEAKING_RELEASE;
    speakers.expire(end - Duration::from_millis(1), &mut ceased);
    assert!(ceased.is_empty() && speakers.is_speaking(number(1)));
    assert_eq!(speakers.next_expiry(), Some(end));
    speakers.expire(end, &mut ceased);
    assert_eq!(ceased, [number(1)]);
    assert!(!speakers.is_speaking(number(1)));
    // By packets of silence alone.
    for n in 0..2 {
        let _ = speakers.packet(number(1), Some(0), end + FRAME * n);
    }
    let quiet = speakers.packet(number(1), Some(127), end + SPEAKING_RELEASE + FRAME);
    assert_eq!(quiet.speaking, Some(false));
    // By being muted.
    for n in 0..2 {
        let _ = speakers.packet(number(1), Some(0), end + FRAME * n);
    }
    assert_eq!(speakers.remove(number(1)).speaking, Some(false));
}

#[test]
fn slots_are_kept_and_filled() {
    let all = [1, 2, 3, 4, 5].map(number);
    let mut slots = [None; 3];
    assert!(assign(all.into_iter(), |_| true, &mut slots));
    assert_eq!(slots, [Some(number(1)), Some(number(2)), Some(number(3))]);
    // A talker hears the others; 1 leaves its slot and 3 and 2 stay where they are.
    assert!(assign(all.into_iter(), |n| n != number(1), &mut slots));
    assert_eq!(slots, [Some(number(4)), Some(number(2)), Some(number(3))]);
    assert!(!assign([3, 4, 2].map(number).into_iter(), |_| true, &mut slots));
    assert!(assign([5].map(number).into_iter(), |_| true, &mut slots));
    assert_eq!(slots, [Some(number(5)), None, None]);
    assert!(!assign(all.into_iter(), |_| true, &mut []));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever is louder than another by more than twice the margin, for a second, is before it,
    /// wherever the listener's slots end; nobody is ranked twice, and no more than allowed.
    #[test]
    fn the_loudest_win_within_a_second(
        slots in 1_usize..6,
        before in proptest::collection::vec(proptest::option::of(0_u8..=127), 0..24),
        levels in proptest::collection::vec(0_u8..=127, 1..24),
    ) {
        let mut room = Room::new(slots);
        room.frames(60, &before);
        room.frames(75, &levels.iter().copied().map(Some).collect::<Vec<_>>());
        let ranked: Vec<u32> = room.speakers.loudest().map(|number| number.0).collect();
        prop_assert_eq!(ranked.len(), levels.len().min(room.speakers.depth()));
        let level = |number: &u32| levels.get(*number as usize - 1).copied().unwrap_or(127);
        for n in 1..=ranked.len() {
            let quietest = ranked[..n].iter().map(level).max().unwrap();
            let out = (1..=levels.len() as u32).filter(|number| !ranked[..n].contains(number));
            if let Some(loudest_out) = out.map(|number| level(&number)).min() {
                prop_assert!(
                    f32::from(quietest) <= f32::from(loudest_out) + 2.0 * MARGIN_DB,
                    "{n}: −{quietest} dBov is in, −{loudest_out} is not"
                );
            }
        }
    }

    /// Levels that stay within the margin change nothing once everybody has settled.
    #[test]
    fn nothing_flaps_within_the_margin(
        slots in 1_usize..4,
        middle in 10_u8..100,
        wobble in proptest::collection::vec(proptest::collection::vec(0_u8..6, 12), 100),
    ) {
        let mut room = Room::new(slots);
        room.frames(50, &[Some(middle); 12]);
        room.changes = 0;
        for frame in wobble {
            let levels: Vec<_> = frame.iter().map(|wobble| Some(middle + wobble)).collect();
            room.frame(&levels);
        }
        prop_assert_eq!(room.changes, 0);
    }

    /// Whatever happens, the books agree, and every listener hears exactly as many as it can.
    #[test]
    fn the_books_agree(
        steps in proptest::collection::vec((1_u32..20, 0_u8..=140, 0_u64..300), 1..300),
    ) {
        let mut speakers = Speakers::new(3, HOLD, 50);
        let mut now = Instant::now();
        let mut slots = [None; 3];
        let mut ceased = Vec::new();
        for (who, level, pause_ms) in steps {
            let before: Vec<_> = speakers.loudest().collect();
            let changed = match level {
                0..=127 => speakers.packet(number(who), Some(level), now).ranking,
                128..=133 => speakers.remove(number(who)).ranking,
                _ => {
                    now += Duration::from_millis(pause_ms);
                    speakers.expire(now, &mut ceased)
                }
            };
            let after: Vec<_> = speakers.loudest().collect();
            prop_assert_eq!(changed, before != after);
            prop_assert_eq!(speakers.places.len(), speakers.ranking.len());
            for (place, talker) in speakers.ranking.iter().enumerate() {
                prop_assert_eq!(speakers.places.get(&talker.number), Some(&place));
            }
            let own = number(1);
            assign(speakers.loudest(), |other| other != own, &mut slots);
            let mut heard: Vec<_> = slots.iter().flatten().collect();
            let others = speakers.ranking.iter().filter(|talker| talker.number != own).count();
            prop_assert_eq!(heard.len(), others.min(3));
            heard.sort_unstable();
            heard.dedup();
            prop_assert_eq!(heard.len(), others.min(3));
            prop_assert!(!slots.contains(&Some(own)));
        }
    }
}
