//! Who hears whom, and how it sounds.

use std::{collections::BTreeMap, time::Duration};

use hearth_config::DtlsVersion;
use hearth_sfu::{Command, ParticipantNumber, RoomId};

use crate::{
    browser::{Browser, FRAME, Heard},
    wire::{World, settings},
};

/// What each slot of a browser played, in order of arrival.
fn by_slot(browser: &Browser) -> BTreeMap<u32, Vec<&Heard>> {
    let mut slots: BTreeMap<u32, Vec<&Heard>> = BTreeMap::new();
    for heard in &browser.heard {
        slots.entry(heard.ssrc).or_default().push(heard);
    }
    slots
}

#[test]
fn everybody_hears_everybody_else_in_slots_of_their_own() {
    let mut world = World::connected(3, 4);
    let now = world.now;
    for (at, browser) in world.browsers.iter_mut().enumerate() {
        browser.speak(Some(20 + at as u8), now);
    }
    world.advance(Duration::from_secs(1));
    for browser in &world.browsers {
        let number = browser.number.0;
        let others: Vec<u32> = (1..=3).filter(|other| *other != number).collect();
        assert_eq!(browser.talkers_since(now), others);
        for (ssrc, slot) in by_slot(browser) {
            let talker = slot[0].talker;
            assert!(slot.len() >= 48, "{}", slot.len());
            let position = browser.slot_ssrcs().iter().position(|known| *known == ssrc).unwrap();
            let mid = (position + 1).to_string().into_bytes();
            for heard in &slot {
                assert_eq!(heard.talker, talker, "slots do not change hands without need");
                assert_eq!(heard.payload, [0xf8, talker as u8, 1, 2, 3, 4]);
                assert_eq!(heard.level, Some(19 + talker as u8));
                assert_eq!(heard.mid.as_deref(), Some(&mid[..]));
            }
            for pair in slot.windows(2) {
                assert_eq!(pair[1].index, pair[0].index + 1);
                assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(960));
                assert!(!pair[1].marker);
            }
            assert!(slot[0].marker);
        }
    }
}

#[test]
fn a_newcomer_hears_those_who_speak_already() {
    let mut world = World::connected(1, 2);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_secs(1));
    let joined = world.now;
    let newcomer = world.join(2, 2);
    world.advance(Duration::from_millis(200));
    let first = world.browsers[newcomer].heard.first().unwrap().at;
    assert!(first.duration_since(joined) < Duration::from_millis(100));
}

#[test]
fn a_slot_that_changes_hands_goes_on_without_a_break() {
    let mut world = World::connected(3, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(500));
    let now = world.now;
    world.browsers[0].hush(now);
    world.advance(Duration::from_millis(330));
    let now = world.now;
    world.browsers[1].speak(Some(20), now);
    world.advance(Duration::from_secs(1));
    let heard = &world.browsers[2].heard;
    let turns: Vec<u32> = {
        let mut turns: Vec<u32> = heard.iter().map(|heard| heard.talker).collect();
        turns.dedup();
        turns
    };
    assert_eq!(turns, [1, 2]);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].index, pair[0].index + 1);
        let ticks = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        let frames = (pair[1].at - pair[0].at).as_secs_f64() / FRAME.as_secs_f64();
        assert_eq!(f64::from(ticks) / 960.0, frames.round().max(1.0));
    }
    let change = heard.iter().position(|heard| heard.talker == 2).unwrap();
    assert!(heard[change].marker);
}

#[test]
fn a_talker_that_is_muted_ends_with_one_frame_of_silence() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(510));
    let peer = world.browsers[0].id;
    let muted = world.now;
    world.command(Command::Mute { peer, muted: true });
    world.advance(Duration::from_secs(1));
    let after: Vec<&Heard> = world.browsers[1].heard.iter().filter(|h| h.at > muted).collect();
    let [silence] = after[..] else { panic!("{after:?}") };
    assert_eq!((&silence.payload[..], silence.talker), (&[0xf8, 0xff, 0xfe][..], 1));
    assert!(world.core.counters().dropped_muted >= 49);
    assert_eq!(world.speaking(peer, now), [true, false]);

    let unmuted = world.now;
    world.command(Command::Mute { peer, muted: false });
    world.advance(Duration::from_millis(200));
    assert_eq!(world.browsers[1].talkers_since(unmuted), [1]);
    let indices: Vec<u64> = world.browsers[1].heard.iter().map(|heard| heard.index).collect();
    assert!(indices.windows(2).all(|pair| pair[1] == pair[0] + 1), "{indices:?}");
}

#[test]
fn the_loudest_are_heard_and_nobody_waits_for_a_slot_in_vain() {
    let mut world = World::with(DtlsVersion::V12, hearth_config::Sfu { slots: 2, ..settings() });
    for number in 1..=6 {
        world.join(number, 2);
    }
    world.advance(Duration::from_secs(1));
    let now = world.now;
    for browser in &mut world.browsers {
        let level = if browser.number.0 <= 2 { 20 } else { 60 };
        browser.speak(Some(level), now);
    }
    world.advance(Duration::from_secs(2));
    let settled = world.now;
    world.advance(Duration::from_millis(500));
    assert_eq!(world.browsers[5].talkers_since(settled), [1, 2]);
    let first = world.browsers[0].talkers_since(settled);
    assert!(first.len() == 2 && first.contains(&2) && !first.contains(&1), "{first:?}");
    // The loud go quiet, and another gets loud.
    let now = world.now;
    world.browsers[0].speak(Some(100), now);
    world.browsers[3].speak(Some(10), now);
    world.advance(Duration::from_secs(1));
    let later = world.now;
    world.advance(Duration::from_millis(500));
    assert_eq!(world.browsers[5].talkers_since(later), [2, 4]);
    assert!(world.core.counters().dropped_quiet > 0);
}

#[test]
fn who_tells_no_level_is_heard_when_it_sends() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(None, now);
    world.advance(Duration::from_millis(500));
    let heard = &world.browsers[1].heard;
    assert!(heard.len() > 20);
    assert!(heard.iter().all(|heard| heard.level.is_none()));
    assert_eq!(world.speaking(world.browsers[0].id, now), [true]);
}

#[test]
fn what_is_wished_before_the_connection_holds_after_it() {
    let mut world = World::connected(2, 2);
    let now = world.now;
    world.browsers.iter_mut().for_each(|browser| browser.speak(Some(20), now));
    for number in [3, 4] {
        world.join(number, 2);
    }
    let [blocks, deaf] = [world.browsers[2].id, world.browsers[3].id];
    for (talker, blocked) in [(1, true), (2, true), (2, false)] {
        let talker = ParticipantNumber(talker);
        world.command(Command::Block { peer: blocks, talker, blocked });
    }
    world.command(Command::Deafen { peer: deaf, deafened: true });
    world.advance(Duration::from_secs(1));
    assert!(world.browsers[3].is_connected());
    assert_eq!(world.browsers[2].talkers_since(now), [2]);
    assert_eq!(world.browsers[3].talkers_since(now), []);

    // And can be taken back; and there is an end to whom one can block.
    let since = world.now;
    let talker = ParticipantNumber(1);
    world.command(Command::Block { peer: blocks, talker, blocked: false });
    world.command(Command::Deafen { peer: deaf, deafened: false });
    for talker in (100..2000).map(ParticipantNumber) {
        world.command(Command::Block { peer: blocks, talker, blocked: true });
    }
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[2].talkers_since(since), [1, 2]);
    assert_eq!(world.browsers[3].talkers_since(since), [1, 2]);
    assert_eq!(world.core.counters().blocks_refused, 1900 - 1024);
}

#[test]
fn who_is_deafened_is_sent_nothing_and_who_is_blocked_is_not_heard() {
    let mut world = World::connected(3, 2);
    let now = world.now;
    for browser in &mut world.browsers {
        browser.speak(Some(20), now);
    }
    world.advance(Duration::from_millis(300));
    let peer = world.browsers[2].id;
    world.command(Command::Block { peer, talker: ParticipantNumber(1), blocked: true });
    world.advance(Duration::from_millis(20));
    let blocked = world.now;
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[2].talkers_since(blocked), [2]);
    assert_eq!(world.browsers[1].talkers_since(blocked), [1, 3]);
    world.command(Command::Block { peer, talker: ParticipantNumber(1), blocked: false });
    let unblocked = world.now;
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[2].talkers_since(unblocked), [1, 2]);

    world.command(Command::Deafen { peer, deafened: true });
    world.advance(Duration::from_millis(20));
    let remote = world.browsers[2].path.remote;
    let before = world.media_to[&remote];
    let deafened = world.now;
    world.advance(Duration::from_millis(500));
    assert_eq!(world.media_to[&remote], before);
    assert_eq!(world.browsers[1].talkers_since(deafened), [1, 3], "it is heard all the same");
    world.command(Command::Deafen { peer, deafened: false });
    let again = world.now;
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[2].talkers_since(again), [1, 2]);
    for slot in by_slot(&world.browsers[2]).values() {
        assert!(slot.windows(2).all(|pair| pair[1].index == pair[0].index + 1));
    }
}

#[test]
fn rooms_are_apart_and_one_walks_between_them_without_a_negotiation() {
    let mut world = World::connected(2, 2);
    let mut third = Browser::new(3, 2, world.now);
    third.room = RoomId(2);
    let offer = third.offer();
    world.join_as(third, offer);
    world.advance(Duration::from_secs(1));
    let now = world.now;
    for browser in &mut world.browsers {
        browser.speak(Some(20), now);
    }
    world.advance(Duration::from_millis(300));
    assert!(world.browsers[2].heard.is_empty());
    assert_eq!(world.browsers[0].talkers_since(now), [2]);

    let (peer, answers) = (world.browsers[1].id, world.browsers[1].answer.clone());
    let moved = world.now;
    world.command(Command::Move { peer, room: RoomId(2), number: ParticipantNumber(22) });
    assert_eq!(world.speaking(peer, moved), [false], "it speaks in the old room no more");
    world.advance(Duration::from_millis(20));
    let since = world.now;
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[0].talkers_since(since), [0_u32; 0]);
    assert_eq!(world.browsers[1].talkers_since(since), [3]);
    assert_eq!(world.browsers[2].talkers_since(since), [22]);
    assert_eq!(world.speaking(peer, moved), [false, true]);
    assert_eq!(world.browsers[1].answer, answers);
    for slot in by_slot(&world.browsers[1]).values() {
        assert!(slot.windows(2).all(|pair| pair[1].index == pair[0].index + 1));
    }
}

#[test]
fn who_leaves_or_ceases_to_send_is_no_longer_speaking() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(500));
    let now = world.now;
    let peer = world.browsers[0].id;
    world.browsers[0].hush(now);
    world.advance(Duration::from_millis(400));
    assert_eq!(world.speaking(peer, now), []);
    world.advance(Duration::from_millis(200));
    assert_eq!(world.speaking(peer, now), [false]);
    world.advance(Duration::from_secs(1));
    let last = world.browsers[1].heard.last().unwrap();
    assert_eq!(last.payload, [0xf8, 0xff, 0xfe], "its slot was released");
    let again = world.now;
    world.browsers[0].resume(again);
    world.advance(Duration::from_millis(100));
    assert_eq!(world.browsers[1].talkers_since(again), [1]);
}

#[test]
fn loss_on_the_way_in_stays_visible_and_disorder_is_kept_in_place() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(100));
    let path = world.browsers[0].path;
    let now = world.now;
    world.browsers[0].hush(now);
    let packets: Vec<Vec<u8>> =
        (0..6).map(|n| world.browsers[0].packet(&[0xf8, 1, 9, 9, n]).unwrap()).collect();
    world.advance(Duration::from_millis(50));
    let before = world.browsers[1].heard.len();
    let newest = world.browsers[1].heard.last().unwrap().index;
    for at in [0, 3, 2, 5] {
        world.inject(&path, &packets[at]);
    }
    world.advance(Duration::from_millis(10));
    let heard = &world.browsers[1].heard[before..];
    let indices: Vec<u64> = heard.iter().map(|heard| heard.index - newest).collect();
    assert_eq!(indices, [1, 4, 3, 6]);
}

#[test]
fn a_source_that_comes_back_never_uses_an_index_again() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(100));
    let path = world.browsers[0].path;
    let original = world.browsers[0].speech().clone();
    let remembered = world.browsers[0].packet(&[0xf8, 1, 9, 9, 1]).unwrap();
    world.inject(&path, &remembered);
    // So many other sources that its replay window is forgotten; then the same again. A browser
    // that did so would be after the listener's keys.
    for other in 0..20 {
        world.browsers[0].speech().ssrc = 50_000 + other;
        let packet = world.browsers[0].packet(&[0xf8, 1, 9, 9, 2]).unwrap();
        world.inject(&path, &packet);
    }
    *world.browsers[0].speech() = original;
    let other = world.browsers[0].packet(&[0xf8, 1, 9, 9, 3]).unwrap();
    world.inject(&path, &other);
    world.advance(Duration::from_millis(100));
    let heard = &world.browsers[1].heard;
    let mut indices: Vec<u64> = heard.iter().map(|heard| heard.index).collect();
    indices.sort_unstable();
    let count = indices.len();
    indices.dedup();
    assert_eq!(indices.len(), count);
    assert!(heard.iter().any(|heard| heard.payload.last() == Some(&3)));
}

#[test]
fn who_takes_no_slots_speaks_and_who_has_nothing_to_say_listens() {
    let mut world = World::new();
    world.join(1, 0);
    world.join(2, 3);
    world.advance(Duration::from_secs(1));
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(300));
    assert_eq!(world.browsers[1].talkers_since(now), [1]);
    assert_eq!(world.browsers[0].answer.as_ref().unwrap().slots, 0);
    assert!(world.browsers[0].answer.as_ref().unwrap().speaks);
}
