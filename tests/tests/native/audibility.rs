//! Who does not receive whom is told to both sides, over a path that for a while goes one way only.

use hearth_client::{Event, Setup};
use hearth_protocol::{LineState, ServerMessage, VoiceQuality};
use hearth_tests::{Server, UdpProxy};
use tokio::{sync::broadcast::Receiver, time::timeout};

use super::{Person, SOON, second};

/// Waits until the person is told of their voice what fits.
async fn told(events: &mut Receiver<Event>, fits: impl Fn(&VoiceQuality) -> bool) -> VoiceQuality {
    let telling = async {
        loop {
            if let Event::Told(message) = events.recv().await.unwrap()
                && let ServerMessage::VoiceQuality(quality) = &*message
                && fits(quality)
            {
                return quality.clone();
            }
        }
    };
    timeout(SOON, telling).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_hear_of_a_cut_leg_and_nobody_of_a_muted_person() {
    let path = UdpProxy::bind(7).await.unwrap();
    let server = Server::start(&[
        ("sfu.public_addresses", &format!("[\"{}\"]", path.address())),
        ("sfu.advertise_local", "false"),
        ("sfu.consent_timeout_ms", "60000"),
    ]);
    path.lead_to(server.udp());
    let ana = Person::enter(&server, "Ana", Setup::default()).await;
    let bo = Person::enter(&server, "Bo", Setup { speaks: false, ..Setup::default() }).await;
    let muted = Setup { muted: true, ..Setup::default() };
    let cy = Person::enter(&server, "Cy", muted).await;
    let (mut to_ana, mut to_bo) = (ana.connection.events(), bo.connection.events());
    let _speaking = ana.speak(440.0);
    second(&mut bo.voice.listening(), ana.number()).await;
    let fine = told(&mut to_ana, |_| true).await;
    assert!(fine.deaf.is_empty() && fine.unheard.is_empty() && !fine.restart, "{fine:?}");

    path.deafen(true);
    let deaf = told(&mut to_ana, |told| told.deaf.contains(&bo.number())).await;
    assert!(deaf.unheard.is_empty(), "nobody else speaks: {deaf:?}");
    let unheard = told(&mut to_bo, |told| !told.unheard.is_empty()).await;
    assert_eq!(unheard.unheard, [ana.number()], "Cy is muted");
    assert!(unheard.restart && unheard.deaf.is_empty(), "{unheard:?}");
    let lost = |people: &hearth_client::People| {
        people.named("Bo").is_some_and(|bo| bo.voice.line == Some(LineState::Lost))
    };
    timeout(SOON, ana.room.until(lost)).await.unwrap().unwrap();

    path.deafen(false);
    told(&mut to_ana, |told| told.deaf.is_empty()).await;
    told(&mut to_bo, |told| told.unheard.is_empty() && !told.restart).await;
    let whole = |people: &hearth_client::People| {
        people.present.values().all(|person| person.voice.line != Some(LineState::Lost))
    };
    timeout(SOON, ana.room.until(whole)).await.unwrap().unwrap();
    for person in [ana, bo, cy] {
        person.leave().await;
    }
}
