//! Getting connected, staying so, and going.

use std::time::Duration;

use hearth_config::DtlsVersion;
use hearth_sfu::{CloseReason, Command, Event, JoinError, sdp::Fingerprint};

use crate::{
    browser::{Browser, FRAME},
    wire::{World, settings},
};

#[test]
fn connects_with_every_version_of_dtls() {
    for (version, name, profile) in [
        (DtlsVersion::V12, "DTLS 1.2", Some("SRTP_AEAD_AES_256_GCM")),
        (DtlsVersion::V13, "DTLS 1.3", None),
        (DtlsVersion::Auto, "DTLS 1.3", None),
    ] {
        let mut world = World::with(version, settings());
        let start = world.now;
        world.join(1, 2);
        world.advance(Duration::from_secs(1));
        let (at, transport) = world.transport(world.browsers[0].id).unwrap();
        assert_eq!(transport.dtls, name);
        assert!(profile.is_none_or(|profile| profile == transport.srtp), "{}", transport.srtp);
        assert_eq!(Some(transport.srtp), world.browsers[0].profile.map(|profile| profile.name()));
        assert_eq!(transport.remote, world.browsers[0].path.remote);
        assert!(at.duration_since(start) < Duration::from_millis(100));
    }
}

#[test]
fn says_hello_first_to_a_peer_that_waits_for_it() {
    for (version, name) in [
        (DtlsVersion::V12, "DTLS 1.2"),
        (DtlsVersion::V13, "DTLS 1.3"),
        (DtlsVersion::Auto, "DTLS 1.3"),
    ] {
        let mut world = World::with(version, settings());
        (world.loss_percent, world.jitter) = (10, Duration::from_millis(20));
        let now = world.now;
        world.join(1, 1);
        let browser = Browser::new(2, 1, now).waits_for_hello(now);
        let offer = browser.offer();
        world.join_as(browser, offer.clone());
        let sdp = &world.browsers[1].answer.as_ref().unwrap().sdp;
        assert!(sdp.contains("a=setup:active") && !sdp.contains("a=setup:passive"), "{sdp}");
        world.advance(Duration::from_secs(10));
        let (_, transport) = world.transport(world.browsers[1].id).unwrap();
        assert_eq!(transport.dtls, name);
        (world.loss_percent, world.jitter) = (0, Duration::ZERO);
        // Both ways.
        let since = world.now;
        world.browsers.iter_mut().for_each(|browser| browser.speak(Some(20), since));
        world.advance(Duration::from_secs(1));
        assert_eq!(world.browsers[0].talkers_since(since), [2]);
        assert_eq!(world.browsers[1].talkers_since(since), [1]);
        // A restart changes no role, whatever it offers.
        let offer = offer.replace("a=setup:passive", "a=setup:actpass");
        let restart = Command::Restart { peer: world.browsers[1].id, offer };
        world.command(restart);
        let sdp = &world.browsers[1].answer.as_ref().unwrap().sdp;
        assert!(sdp.contains("a=setup:active") && !sdp.contains("a=setup:passive"), "{sdp}");
    }
}

#[test]
fn who_waits_for_hello_with_another_certificate_gets_no_media() {
    let mut world = World::connected(1, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    let browser = Browser::new(2, 1, now).waits_for_hello(now);
    let offer = browser.offer_with(&Fingerprint::sha256_of(b"another"));
    let (id, remote) = (browser.id, browser.path.remote);
    world.join_as(browser, offer);
    world.advance(Duration::from_secs(5));
    assert_eq!(world.closed(id).unwrap().1, CloseReason::FingerprintMismatch);
    assert_eq!(world.media_to.get(&remote), None);
}

#[test]
fn connects_through_loss_and_disorder() {
    let mut took: Vec<Duration> = Vec::new();
    for version in [DtlsVersion::V12, DtlsVersion::Auto] {
        let mut world = World::with(version, settings());
        (world.loss_percent, world.jitter) = (20, Duration::from_millis(50));
        let start = world.now;
        for number in 1..=20 {
            world.join(number, 1);
        }
        world.advance(Duration::from_secs(15));
        // About one handshake in a thousand loses so many flights that it is still under way.
        let at = |browser: &Browser| world.transport(browser.id).map_or(world.now, |(at, _)| at);
        took.extend(world.browsers.iter().map(|browser| at(browser).duration_since(start)));
    }
    took.sort_unstable();
    assert!(took[took.len() * 95 / 100] < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_peer_that_falls_silent_is_gone_when_consent_expires() {
    let mut world = World::connected(2, 1);
    let start = world.now;
    world.browsers[1].alive = false;
    world.browsers[0].speak(Some(20), start);
    world.advance(Duration::from_secs(30));
    let (at, reason) = world.closed(world.browsers[1].id).unwrap();
    assert_eq!(reason, CloseReason::ConsentExpired);
    let silent = at.duration_since(start);
    assert!(silent <= settings().consent_timeout, "{silent:?}");
    assert!(silent >= settings().consent_timeout - Duration::from_secs(3), "{silent:?}");
    // Nothing more is sent there, not even a goodbye (RFC 7675 §5.1).
    let remote = world.browsers[1].path.remote;
    let sent = world.datagrams_to[&remote];
    world.advance(Duration::from_secs(5));
    assert_eq!(world.datagrams_to[&remote], sent);
    assert_eq!(world.closed(world.browsers[0].id), None);
}

#[test]
fn who_is_heard_has_not_left_though_its_checks_are_lost() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.browsers[0].checks = false;
    world.advance(settings().consent_timeout * 3);
    assert_eq!(world.closed(world.browsers[0].id), None);
    let hushed = world.now;
    world.browsers[0].hush(hushed);
    world.advance(settings().consent_timeout * 2);
    let (at, reason) = world.closed(world.browsers[0].id).unwrap();
    assert_eq!(reason, CloseReason::ConsentExpired);
    // Peers are looked after every 50 ms.
    let late = Duration::from_millis(50);
    assert!(at.duration_since(hushed) <= settings().consent_timeout + FRAME + late);
}

#[test]
fn ten_minutes_at_a_loss_of_thirty_percent_end_no_call() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    for browser in &mut world.browsers {
        // As seldom as Firefox.
        browser.check_interval = Duration::from_secs(6);
    }
    (world.loss_percent, world.jitter) = (30, Duration::from_millis(50));
    for _ in 0..600 {
        world.advance(Duration::from_secs(1));
        let path = world.browsers[1].path;
        let report = world.browsers[1].report(&[]);
        world.send(path, report);
    }
    assert!(world.browsers.iter().all(|browser| world.closed(browser.id).is_none()));
    let since = world.now;
    world.advance(Duration::from_secs(1));
    assert_eq!(world.browsers[1].talkers_since(since), [1]);
}

#[test]
fn a_peer_that_never_connects_is_given_up() {
    let mut world = World::new();
    let start = world.now;
    world.join(1, 1);
    world.browsers[0].checks = false;
    world.advance(Duration::from_secs(60));
    let (at, reason) = world.closed(world.browsers[0].id).unwrap();
    assert_eq!(reason, CloseReason::NeverConnected);
    assert_eq!(at.duration_since(start), settings().join_timeout);
    assert!(world.datagrams_to.is_empty());
}

#[test]
fn a_goodbye_ends_the_call_either_way() {
    let mut world = World::connected(2, 1);
    let start = world.now;
    world.close(0);
    world.advance(Duration::from_millis(100));
    let (at, reason) = world.closed(world.browsers[0].id).unwrap();
    assert_eq!(reason, CloseReason::Closed);
    assert!(at.duration_since(start) < Duration::from_millis(20));

    world.command(Command::Leave { peer: world.browsers[1].id });
    world.advance(Duration::from_millis(100));
    assert!(world.browsers[1].dismissed);
    assert_eq!(world.closed(world.browsers[1].id), None, "it was asked to leave");
    assert_eq!(world.core.counters().closed, 2);
}

#[test]
fn the_first_check_is_enough_and_no_nomination_is_waited_for() {
    let mut world = World::new();
    world.join(1, 1);
    world.browsers[0].use_candidate = false;
    world.advance(Duration::from_millis(200));
    assert!(world.browsers[0].is_connected());
}

#[test]
fn a_changed_address_is_followed_with_the_next_packet() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    for browser in &mut world.browsers {
        browser.speak(Some(20), now);
        browser.checks = false;
    }
    world.advance(Duration::from_millis(500));
    let moved = world.now;
    world.browsers[0].path.remote.set_port(40_000);
    world.advance(Duration::from_millis(200));
    let heard = &world.browsers[0].heard;
    let first = heard.iter().find(|heard| heard.at > moved).unwrap().at;
    assert!(first.duration_since(moved) <= FRAME * 3, "{:?}", first.duration_since(moved));
    assert_eq!(world.core.counters().rebound, 1);
    assert_eq!(world.browsers[1].talkers_since(moved), [1]);
}

#[test]
fn a_listener_that_moves_is_followed_by_its_checks() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    // As Firefox: consent checks never nominate.
    world.browsers[1].use_candidate = false;
    world.advance(Duration::from_millis(500));
    let moved = world.now;
    world.browsers[1].path.remote.set_port(40_000);
    world.browsers[1].check_at(moved);
    world.advance(Duration::from_secs(5));
    let first = world.browsers[1].heard.iter().find(|heard| heard.at > moved).unwrap().at;
    assert!(first.duration_since(moved) < Duration::from_secs(4));
}

#[test]
fn an_ice_restart_costs_no_packet() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(500));
    let old = world.browsers[1].answer.clone().unwrap();
    let old_check = world.browsers[1].check();
    let path = world.browsers[1].path;
    world.browsers[1].ufrag = "anew".into();
    let (peer, offer) = (world.browsers[1].id, world.browsers[1].offer());
    world.command(Command::Restart { peer, offer });
    assert_ne!(world.browsers[1].answer.as_ref().unwrap().sdp, old.sdp);
    assert_eq!(world.browsers[1].answer.as_ref().unwrap().slots, 1);

    // Until the new credentials are used the old ones hold.
    let checks = world.core.counters().ice_checks;
    world.inject(&path, &old_check);
    assert_eq!(world.core.counters().ice_checks, checks + 1);
    world.browsers[1].path.remote.set_port(40_000);
    world.browsers[1].check_at(world.now);
    world.advance(Duration::from_millis(500));
    let heard = &world.browsers[1].heard;
    let gap = heard.windows(2).map(|pair| pair[1].at - pair[0].at).max().unwrap();
    assert!(gap <= FRAME * 2, "{gap:?}");
    world.inject(&path, &old_check);
    assert_eq!(world.core.counters().stun_unknown, 1, "the old ones are forgotten");
    world.advance(Duration::from_secs(20));
    assert_eq!(world.closed(peer), None);
}

#[test]
fn a_restart_may_ask_for_music_in_place_of_a_voice() {
    let mut world = World::connected(1, 1);
    let (peer, voice) = (world.browsers[0].id, world.browsers[0].offer());
    let asked = "a=fmtp:111 stereo=1;maxaveragebitrate=128000\r\n";
    let opus = "a=rtpmap:111 opus/48000/2\r\n";
    let music = voice.replacen(opus, &format!("{opus}{asked}"), 1);
    for (offer, stereo) in [(music, true), (voice, false)] {
        world.command(Command::Restart { peer, offer });
        let (_, event) = world.events.last().unwrap();
        let Event::Answer { answer: Ok(answer), .. } = event else { panic!("{event:?}") };
        assert_eq!(answer.sdp.contains(";stereo=1;maxaveragebitrate=128000"), stereo);
    }
}

#[test]
fn a_restart_must_be_of_the_same_call() {
    let mut world = World::connected(1, 1);
    let stranger = Browser::new(9, 1, world.now);
    let peer = world.browsers[0].id;
    world.command(Command::Restart { peer, offer: stranger.offer() });
    let (_, event) = world.events.last().unwrap();
    assert!(matches!(event, Event::Answer { answer: Err(JoinError::Invalid(_)), .. }), "{event:?}");
    world.command(Command::Restart { peer: stranger.id, offer: stranger.offer() });
    let (_, event) = world.events.last().unwrap();
    assert!(matches!(event, Event::Answer { answer: Err(JoinError::NoSuchPeer), .. }));
    world.advance(Duration::from_secs(20));
    assert_eq!(world.closed(peer), None);
}

#[test]
fn replies_leave_from_the_address_that_was_asked() {
    let mut world = World::new();
    for (number, local, remote) in [
        (1, "192.0.2.1", "198.51.100.9"),
        (2, "2001:db8::1", "2001:db8::77"),
        (3, "127.0.0.1", "127.0.0.1"),
    ] {
        let mut browser = Browser::new(number, 2, world.now);
        browser.path.local.ip = local.parse().unwrap();
        browser.path.remote.set_ip(remote.parse().unwrap());
        let offer = browser.offer();
        world.join_as(browser, offer);
    }
    world.advance(Duration::from_secs(1));
    // The wire takes nothing from another address to the browser.
    assert!(world.browsers.iter().all(Browser::is_connected));
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(200));
    assert!(world.browsers[1..].iter().all(|browser| browser.talkers_since(now) == [1]));
    let (_, transport) = world.transport(world.browsers[1].id).unwrap();
    assert_eq!(transport.local, "[2001:db8::1]:9000".parse().unwrap());
}

#[test]
fn as_many_join_as_the_settings_allow() {
    let mut world =
        World::with(DtlsVersion::V12, hearth_config::Sfu { max_peers: 2, ..settings() });
    world.join(1, 1);
    world.join(2, 1);
    let refused = world.join(3, 1);
    assert_eq!(world.browsers[refused].answer, None);
    assert!(matches!(
        world.events.last(),
        Some((_, Event::Answer { answer: Err(JoinError::Full), .. }))
    ));
    world.command(Command::Leave { peer: world.browsers[0].id });
    let admitted = world.join(4, 1);
    assert!(world.browsers[admitted].answer.is_some());
    assert_eq!((world.core.counters().joins, world.core.counters().joins_refused), (3, 1));
}

#[test]
fn connected_peers_that_say_nothing_cost_few_wakeups() {
    let mut world = World::connected(10, 1);
    world.advance(Duration::from_secs(5));
    world.wakeups = 0;
    world.advance(Duration::from_secs(10));
    // One per peer and second for reports.
    assert!(world.wakeups <= 110, "{}", world.wakeups);
}

#[test]
fn the_worker_says_goodbye_to_everybody() {
    let mut world = World::connected(3, 1);
    let mut sent = crate::wire::Sent::default();
    world.core.close(world.now, &mut sent);
    let mut remotes: Vec<_> = sent.0.iter().map(|(path, ..)| path.remote).collect();
    remotes.sort_unstable();
    remotes.dedup();
    assert_eq!(remotes.len(), 3);
    assert_eq!(world.core.poll_event(), None);
}
