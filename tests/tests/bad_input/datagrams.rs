//! At the UDP port.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::timeout;

use crate::{
    offers::{open_whip, value_of},
    scene::{Scene, stays_silent},
    stun,
};

/// A record with the beginning of a ClientHello (RFC 6347 §4.1), enough to make a server answer
/// that takes DTLS from anybody.
fn client_hello() -> Vec<u8> {
    let body_len = 200_u16;
    let mut record = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend((body_len + 12).to_be_bytes());
    record.extend([1, 0, 0, body_len as u8, 0, 0, 0, 0, 0, 0, 0, body_len as u8]);
    record.extend([0xfe, 0xfd]);
    record.resize(record.len() + body_len as usize - 2, 0x5a);
    record
}

fn rtp(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 111];
    packet.extend(sequence.to_be_bytes());
    packet.extend(9_600_u32.to_be_bytes());
    packet.extend(0x0bad_cafe_u32.to_be_bytes());
    packet.resize(120, 0x77);
    packet
}

#[tokio::test]
async fn garbage_of_every_length_and_class_is_counted_and_not_answered() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let mut random = StdRng::seed_from_u64(1);
    let before = scene.counted("bad_").await;
    let mut sent = 0.0;
    for length in 0..=64 {
        for first in [0_u8, 1, 3, 4, 19, 20, 63, 64, 79, 80, 127, 128, 191, 192, 255] {
            let mut datagram: Vec<u8> = (0..length).map(|_| random.random()).collect();
            if let Some(byte) = datagram.first_mut() {
                *byte = first;
            }
            stranger.send(&datagram).await.unwrap();
            // One that no class takes.
            sent += f64::from(u8::from(length == 0 || (4..=19).contains(&first) || first >= 192));
        }
    }
    stays_silent(&stranger).await;
    scene.counts("bad_", before + sent).await;
    scene.is_intact().await;
}

#[tokio::test]
async fn a_flood_of_garbage_does_not_drown_a_call() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let flood = tokio::spawn(async move {
        let mut random = StdRng::seed_from_u64(2);
        let mut datagram = [0; 160];
        random.fill(&mut datagram);
        for _ in 0..30_000 {
            datagram[0] = random.random();
            let _ = stranger.send(&datagram).await;
            tokio::task::yield_now().await;
        }
        stranger
    });
    let time = Duration::from_secs(2);
    scene.listen(time).await.is_whole(time);
    stays_silent(&flood.await.unwrap()).await;
}

#[tokio::test]
async fn dtls_from_an_unchecked_address_gets_no_answer() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let before = scene.counted("dtls_unchecked").await;
    for _ in 0..500 {
        stranger.send(&client_hello()).await.unwrap();
    }
    stays_silent(&stranger).await;
    scene.counts("dtls_unchecked", before + 500.0).await;
    scene.is_intact().await;
}

#[tokio::test]
async fn rtp_from_an_unknown_address_is_nobodys() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let before = scene.counted("media_unknown").await;
    for sequence in 0..500 {
        stranger.send(&rtp(sequence)).await.unwrap();
    }
    stays_silent(&stranger).await;
    scene.counts("media_unknown", before + 500.0).await;
    scene.is_intact().await;
}

#[tokio::test]
async fn checks_for_nobody_or_without_integrity_get_no_answer() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let unknown = scene.counted("stun_unknown").await;
    stranger.send(&stun::check("nobody", "me", "guess")).await.unwrap();
    stays_silent(&stranger).await;
    scene.counts("stun_unknown", unknown + 1.0).await;

    let forged = scene.counted("stun_forged").await;
    let answer = open_whip(&scene).await;
    let ufrag = value_of(&answer, "a=ice-ufrag:");
    stranger.send(&stun::check(ufrag, "strg", "not-the-password-of-this-peer")).await.unwrap();
    stays_silent(&stranger).await;
    scene.counts("stun_forged", forged + 1.0).await;
    scene.is_intact().await;
}

#[tokio::test]
async fn rtp_before_dtls_is_dropped_from_a_checked_address_too() {
    let mut scene = Scene::start(&[]).await;
    let stranger = scene.stranger().await;
    let answer = open_whip(&scene).await;
    let (ufrag, password) = (value_of(&answer, "a=ice-ufrag:"), value_of(&answer, "a=ice-pwd:"));
    stranger.send(&stun::check(ufrag, "strg", password)).await.unwrap();
    let mut buffer = [0; 2048];
    let len = timeout(Duration::from_secs(2), stranger.recv(&mut buffer)).await.unwrap().unwrap();
    assert!(stun::is_success(&buffer[..len]), "the check was right and is not answered");

    let before = scene.counted("media_unknown").await + scene.counted("rtp_forged").await;
    for sequence in 0..100 {
        stranger.send(&rtp(sequence)).await.unwrap();
    }
    stays_silent(&stranger).await;
    let mut after = before;
    for _ in 0..100 {
        after = scene.counted("media_unknown").await + scene.counted("rtp_forged").await;
        if after >= before + 100.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(after >= before + 100.0, "{before} before, {after} after 100 packets");
    // Ana still hears one voice only.
    scene.is_intact().await;
    let got = scene.listen(Duration::from_secs(1)).await;
    assert!(got.packets < 75, "{got:?} in a second: more than Bo's");
}
