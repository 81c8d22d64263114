//! Who may not: forged, replayed and stray datagrams, and certificates that are others'.

use std::time::Duration;

use hearth_sfu::{CloseReason, sdp::Fingerprint};

use crate::{
    browser::Browser,
    wire::{Sent, World, settings},
};

#[test]
fn a_wrong_fingerprint_gets_no_media_either_way() {
    let mut world = World::connected(1, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    let mut liar = Browser::new(2, 1, now);
    liar.speak(Some(10), now);
    let offer = liar.offer_with(&Fingerprint::sha256_of(b"another certificate"));
    let liar = world.join_as(liar, offer);
    world.advance(Duration::from_secs(2));
    let id = world.browsers[liar].id;
    assert_eq!(world.closed(id).map(|(_, reason)| reason), Some(CloseReason::FingerprintMismatch));
    assert_eq!(world.transport(id), None);
    assert_eq!(world.media_to.get(&world.browsers[liar].path.remote), None);
    assert!(world.browsers[0].heard.is_empty());
}

#[test]
fn dtls_from_an_address_without_a_check_is_not_even_looked_at() {
    let mut world = World::new();
    world.join(1, 1);
    world.advance(Duration::from_millis(1));
    let mut stray = world.browsers[0].path;
    stray.remote.set_port(1);
    let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50];
    hello.resize(63, 1);
    for _ in 0..100 {
        world.inject(&stray, &hello);
    }
    assert_eq!(world.core.counters().dtls_unchecked, 100);
    assert_eq!(world.datagrams_to.get(&stray.remote), None);
    world.advance(Duration::from_secs(1));
    assert!(world.browsers[0].is_connected());
}

/// Datagrams of all classes and lengths that mean nothing.
fn junk() -> impl Iterator<Item = Vec<u8>> {
    let classes = [0_u8, 1, 20, 21, 22, 23, 25, 63, 64, 128, 144, 255];
    let all = classes.into_iter().flat_map(|class| (1..80).map(move |len| (class, len)));
    let junk = |(class, len): (u8, usize)| {
        let mut junk = vec![class; len];
        junk[len - 1] = 0xfd;
        junk
    };
    all.map(junk).chain([Vec::new()])
}

#[test]
fn junk_from_the_peers_own_address_does_not_end_the_call() {
    let mut world = World::connected(2, 1);
    let (now, path) = (world.now, world.browsers[0].path);
    world.browsers[0].speak(Some(20), now);
    junk().for_each(|junk| world.inject(&path, &junk));
    world.advance(Duration::from_millis(500));
    assert_eq!(world.closed(world.browsers[0].id), None);
    assert_eq!(world.browsers[1].talkers_since(now), [1]);
    assert!(world.core.counters().bad_class > 0);
}

#[test]
fn junk_does_not_disturb_a_handshake() {
    let mut world = World::new();
    world.join(1, 1);
    let path = world.browsers[0].path;
    let mut junk = junk();
    for _ in 0..50 {
        junk.by_ref().take(20).for_each(|junk| world.inject(&path, &junk));
        world.advance(Duration::from_millis(1));
    }
    assert_eq!(world.closed(world.browsers[0].id), None);
    assert!(world.browsers[0].is_connected());
}

#[test]
fn media_before_dtls_and_from_strangers_is_nobodys() {
    let mut world = World::new();
    world.join(1, 1);
    let mut rtp = vec![0x80, 111];
    rtp.resize(80, 7);
    let path = world.browsers[0].path;
    world.inject(&path, &rtp);
    world.advance(Duration::from_secs(1));
    let mut stranger = path;
    stranger.remote.set_port(1);
    world.inject(&stranger, &rtp);
    let mut rtcp = rtp.clone();
    rtcp[1] = 201;
    world.inject(&stranger, &rtcp);
    assert_eq!(world.core.counters().media_unknown, 3);
    assert_eq!(world.datagrams_to.get(&stranger.remote), None);
}

#[test]
fn replays_and_forgeries_are_not_forwarded_and_move_nobody() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(100));
    let path = world.browsers[0].path;
    let packet = world.browsers[0].packet(&[0xf8, 1, 9, 9, 9]).unwrap();
    world.inject(&path, &packet);
    world.advance(Duration::from_millis(10));
    let mut thief = path;
    thief.remote.set_port(666);
    let forwarded = world.core.counters().rtp_forwarded;
    let mut forged = packet.clone();
    *forged.last_mut().unwrap() ^= 1;
    forged[3] = forged[3].wrapping_add(1);
    for _ in 0..200 {
        world.inject(&thief, &packet);
        world.inject(&path, &packet);
        world.inject(&thief, &forged);
        world.inject(&path, &forged);
    }
    let counters = world.core.counters();
    assert_eq!((counters.rtp_forwarded, counters.rtp_forged), (forwarded, 800));
    assert_eq!(counters.rebound, 0);
    assert_eq!(world.datagrams_to.get(&thief.remote), None);
    let later = world.now;
    world.advance(Duration::from_millis(200));
    assert_eq!(world.browsers[1].talkers_since(later), [1]);
}

#[test]
fn a_peer_cannot_take_the_address_that_another_lives_at() {
    let mut world = World::connected(3, 2);
    let now = world.now;
    for browser in &mut world.browsers {
        browser.speak(Some(20), now);
    }
    world.advance(Duration::from_millis(200));
    // The third sends its own checks, in the name of the second's address.
    let victim = world.browsers[1].path;
    world.browsers[1].check_at(world.now);
    world.advance(Duration::from_millis(20));
    for _ in 0..10 {
        let check = world.browsers[2].check();
        world.inject(&victim, &check);
        world.advance(Duration::from_millis(20));
    }
    let since = world.now;
    world.advance(Duration::from_millis(500));
    assert_eq!(world.browsers[1].talkers_since(since), [1, 3]);
    assert_eq!(world.browsers[0].talkers_since(since), [2, 3], "it is heard as before");
    assert_eq!(world.closed(world.browsers[1].id), None);
}

#[test]
fn checks_with_the_wrong_password_are_not_answered() {
    let mut world = World::new();
    world.join(1, 1);
    let path = world.browsers[0].path;
    let mut check = world.browsers[0].check();
    // Keep the fingerprint true: a flipped bit of integrity, and a name that nobody has.
    world.browsers[0].answer.as_mut().unwrap().sdp =
        world.browsers[0].answer.as_ref().unwrap().sdp.replace("a=ice-pwd:", "a=ice-pwd:x");
    let forged = world.browsers[0].check();
    world.inject(&path, &forged);
    check[30] ^= 1;
    world.inject(&path, &check);
    let counters = world.core.counters();
    assert_eq!((counters.stun_forged, counters.bad_stun), (1, 1));
    assert!(world.datagrams_to.is_empty());
}

#[test]
fn media_that_waited_too_long_is_dropped_and_checks_are_not() {
    let mut world = World::connected(2, 1);
    let now = world.now;
    world.browsers[0].speak(Some(20), now);
    world.advance(Duration::from_millis(100));
    let path = world.browsers[0].path;
    let mut packet = world.browsers[0].packet(&[0xf8, 1, 9, 9, 9]).unwrap();
    let mut check = world.browsers[0].check();
    let mut sent = Sent::default();
    let waited = settings().queue + Duration::from_millis(1);
    world.core.handle_datagram(world.now, &path, waited, &mut packet, &mut sent);
    assert!(sent.0.is_empty());
    assert_eq!(world.core.counters().dropped_waiting, 1);
    world.core.handle_datagram(world.now, &path, waited, &mut check, &mut sent);
    assert_eq!(sent.0.len(), 1);
}
