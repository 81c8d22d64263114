//! What is told of how packets arrive.

use std::time::Duration;

use hearth_sfu::{
    Command, Event, Quality,
    rtcp::{Item, ReportBlock, SenderReport},
};

use crate::{browser::Browser, wire::World};

fn sender_reports(browser: &Browser) -> Vec<SenderReport> {
    let reports = browser.reports.iter();
    reports
        .filter_map(|item| match item {
            Item::Sender(report) => Some(*report),
            _ => None,
        })
        .collect()
}

fn blocks(browser: &Browser) -> Vec<ReportBlock> {
    let reports = browser.reports.iter();
    reports
        .filter_map(|item| match item {
            Item::Block { block, .. } => Some(*block),
            _ => None,
        })
        .collect()
}

/// A listener's report on one slot.
fn block(ssrc: u32, fraction_lost: u8, last_report: u32, delay: u32) -> ReportBlock {
    ReportBlock {
        ssrc,
        fraction_lost,
        cumulative_lost: 10,
        highest: 100,
        jitter: 480,
        last_report,
        delay,
    }
}

#[test]
fn sender_reports_tell_the_slots_own_time() {
    let mut world = World::connected(2, 2);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_secs(5));
    let listener = &world.browsers[1];
    let reports = sender_reports(listener);
    assert!((4..=6).contains(&reports.len()), "{}", reports.len());
    let heard = listener.heard.last().unwrap();
    for pair in reports.windows(2) {
        let seconds = (pair[1].ntp - pair[0].ntp) as f64 / f64::from(u32::MAX);
        let ticks = f64::from(pair[1].rtp_timestamp.wrapping_sub(pair[0].rtp_timestamp));
        assert!((ticks / 48_000.0 - seconds).abs() < 0.03, "{ticks} in {seconds} s");
    }
    let last = reports.last().unwrap();
    assert_eq!(last.ssrc, heard.ssrc);
    assert_eq!(last.octets, last.packets * 6);
    assert!(sender_reports(&world.browsers[0]).is_empty(), "it was sent nothing");
}

#[test]
fn the_talker_is_told_the_loss_of_the_worst_listener() {
    let mut world = World::connected(3, 2);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_secs(3));
    assert!(blocks(&world.browsers[0]).iter().all(|block| block.fraction_lost == 0));
    assert_eq!(blocks(&world.browsers[0]).last().unwrap().ssrc, 7001);
    for (listener, lost) in [(1, 10), (2, 77)] {
        let ssrc = world.browsers[listener].heard.last().unwrap().ssrc;
        let path = world.browsers[listener].path;
        let report = world.browsers[listener].report(&[block(ssrc, lost, 0, 0)]);
        world.inject(&path, &report);
    }
    world.advance(Duration::from_millis(1100));
    assert_eq!(blocks(&world.browsers[0]).last().unwrap().fraction_lost, 77);
    // And no longer than it is news.
    world.advance(Duration::from_secs(8));
    assert_eq!(blocks(&world.browsers[0]).last().unwrap().fraction_lost, 0);
}

#[test]
fn the_talker_is_told_what_was_lost_on_its_own_way() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.loss_percent = 25;
    world.advance(Duration::from_secs(8));
    let lost: Vec<f32> = blocks(&world.browsers[0]).iter().map(ReportBlock::loss).collect();
    let mean = lost.iter().sum::<f32>() / lost.len() as f32;
    assert!((0.1..0.4).contains(&mean), "{lost:?}");
}

#[test]
fn quality_tells_of_both_legs() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(2500));
    let listener = world.browsers[1].id;
    let report = *sender_reports(&world.browsers[1]).last().unwrap();
    // Answered at once, so the round trip is the time since the report was made.
    let ssrc = report.ssrc;
    let last_report = (report.ntp >> 16) as u32;
    let path = world.browsers[1].path;
    let answer = world.browsers[1].report(&[block(ssrc, 64, last_report, 0)]);
    world.inject(&path, &answer);
    world.advance(Duration::from_millis(2100));
    let quality = world.events.iter().rev().find_map(|(_, event)| match event {
        Event::Quality { peer, quality, .. } if *peer == listener => Some(*quality),
        _ => None,
    });
    let quality = quality.unwrap();
    assert!(quality.rtt.unwrap() < Duration::from_secs(1));
    assert_eq!((quality.down_loss, quality.down_jitter), (0.25, Duration::from_millis(10)));
    let told = world.events.iter().filter(|(_, event)| matches!(event, Event::Quality { .. }));
    let told = told.count();
    assert!((4..=6).contains(&told), "{told} for two peers in under six seconds");
}

/// What is told last of a peer: its figures, and whom it does not receive.
fn quality(world: &World, browser: usize) -> (Quality, Vec<u32>) {
    let id = world.browsers[browser].id;
    let told = world.events.iter().rev().find_map(|(_, event)| match event {
        Event::Quality { peer, quality, unheard } if *peer == id => Some((*quality, unheard)),
        _ => None,
    });
    let (quality, unheard) = told.unwrap();
    (quality, unheard.iter().map(|number| number.0).collect())
}

/// The listener reports on the slot in which it heard last, that it got as far as `highest`.
fn report_as_far_as(world: &mut World, listener: usize, highest: u32) {
    let ssrc = world.browsers[listener].heard.last().unwrap().ssrc;
    let path = world.browsers[listener].path;
    let reported = ReportBlock { highest, ..block(ssrc, 0, 0, 0) };
    let report = world.browsers[listener].report(&[reported]);
    world.inject(&path, &report);
}

#[test]
fn whoever_reports_no_progress_does_not_receive_the_talker_until_it_does_again() {
    let mut world = World::connected(2, 2);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    for (highest, lost) in [(50, false), (100, false), (100, true), (100, true), (200, false)] {
        world.advance(Duration::from_secs(3));
        report_as_far_as(&mut world, 1, highest);
        world.advance(Duration::from_millis(2100));
        let (figures, unheard) = quality(&world, 1);
        assert_eq!(unheard, if lost { vec![1] } else { vec![] }, "as far as {highest}");
        assert_eq!((figures.deaf, figures.silent), (lost, false), "as far as {highest}");
    }
}

#[test]
fn reports_that_cease_tell_it_later_and_only_of_those_who_report() {
    let mut world = World::connected(3, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_secs(2));
    report_as_far_as(&mut world, 1, 50);
    world.advance(Duration::from_secs(15));
    assert_eq!(quality(&world, 1).1, Vec::<u32>::new(), "a report or two may be lost");
    world.advance(Duration::from_secs(15));
    assert_eq!(quality(&world, 1).1, [1]);
    assert_eq!(quality(&world, 2).1, Vec::<u32>::new(), "it never reports");
}

#[test]
fn a_pause_and_a_talker_who_ceases_are_no_lost_voices() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_secs(2));
    report_as_far_as(&mut world, 1, 100);
    let now = world.now;
    world.browsers[0].hush(now);
    for _ in 0..5 {
        world.advance(Duration::from_secs(3));
        report_as_far_as(&mut world, 1, 100);
    }
    world.advance(Duration::from_millis(2100));
    assert_eq!(quality(&world, 1), (quality(&world, 1).0, vec![]));
    assert!(!quality(&world, 1).0.deaf);
}

#[test]
fn only_who_should_be_heard_is_silent() {
    let mut world = World::connected(3, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.browsers[1].speak(Some(30), now);
    world.advance(Duration::from_secs(3));
    let muted = world.browsers[1].id;
    world.command(Command::Mute { peer: muted, muted: true });
    for browser in &mut world.browsers {
        browser.alive = false;
    }
    world.advance(Duration::from_secs(9));
    assert!(!quality(&world, 0).0.silent, "a browser without sound is silent for as long");
    world.advance(Duration::from_secs(4));
    let silent: Vec<bool> = (0..3).map(|at| quality(&world, at).0.silent).collect();
    assert_eq!(silent, [true, false, false]);
}
