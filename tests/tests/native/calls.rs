//! A call between two people who talk already: their voices go along, and nobody else hears them.

use hearth_protocol::{Ack, ClientMessage, StartCall, ThisCall};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_in_a_call_hear_each_other_and_those_outside_hear_nothing() {
    let server = Server::start(&[]);
    let ana = Person::enter(&server, "Ana", Setup::default()).await;
    let bo = Person::enter(&server, "Bo", Setup::default()).await;
    let cy = Person::enter(&server, "Cy", Setup::default()).await;
    let _speaking = [ana.speak(440.0), bo.speak(620.0)];
    let (mut ana_hears, mut bo_hears) = (ana.voice.listening(), bo.voice.listening());
    let mut cy_hears = cy.voice.listening();
    second(&mut cy_hears, ana.number()).await;
    second(&mut cy_hears, bo.number()).await;

    let person = bo.connection.welcome().identity.clone();
    let start = ClientMessage::CallStart(StartCall { person });
    let ack = ana.connection.request(start).await.unwrap();
    let Ack::Call { call } = ack else { panic!("{ack:?}") };
    let this = || ThisCall { call: call.call.clone() };
    bo.connection.request(ClientMessage::CallAccept(this())).await.unwrap();
    let ana_there = ana.room.walk_to(&call.room.0).await.unwrap();
    let bo_there = bo.room.walk_to(&call.room.0).await.unwrap();
    let (low, high) = tokio::join!(
        second(&mut bo_hears, ana_there.you()),
        second(&mut ana_hears, bo_there.you())
    );
    assert!(share_of_tone(&low, 440.0) > 0.9, "{}", share_of_tone(&low, 440.0));
    assert!(share_of_tone(&high, 620.0) > 0.9, "{}", share_of_tone(&high, 620.0));
    for number in [ana.number(), bo.number(), ana_there.you(), bo_there.you()] {
        silence(&mut cy_hears, number).await;
    }
    let alone = |people: &hearth_client::People| {
        people.named("Ana").is_none() && people.named("Bo").is_none()
    };
    timeout(SOON, cy.room.until(alone)).await.unwrap().unwrap();

    // Hanging up ends both voices.
    ana.connection.request(ClientMessage::CallEnd(this())).await.unwrap();
    for person in [&ana, &bo] {
        let mut people = person.connection.people();
        timeout(SOON, people.wait_for(Option::is_none)).await.unwrap().unwrap();
        assert!(person.voice.restart().await.is_err(), "the voice has ended");
    }
}
