//! What is told of how packets arrive.

use std::time::Duration;

use hearth_sfu::{
    Event,
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
        Event::Quality { peer, quality } if *peer == listener => Some(*quality),
        _ => None,
    });
    let quality = quality.unwrap();
    assert!(quality.rtt.unwrap() < Duration::from_secs(1));
    assert_eq!((quality.down_loss, quality.down_jitter), (0.25, Duration::from_millis(10)));
    let told = world.events.iter().filter(|(_, event)| matches!(event, Event::Quality { .. }));
    let told = told.count();
    assert!((4..=6).contains(&told), "{told} for two peers in under six seconds");
}
