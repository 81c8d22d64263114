//! What moderators take is taken from the audio itself, whatever those say whom it is taken from.

use hearth_client::People;
use hearth_protocol::{
    Ack, Ban, ClientMessage, CreateRoom, IdentityId, Kick, Move, RoomId, ServerDeafen, ServerMute,
};

use super::*;

/// Somebody who owns a room and moderates it from within, without a voice.
struct Owner {
    connection: Connection,
    room: Room,
}

impl Owner {
    async fn new(server: &Server, room: &str) -> Self {
        let url = format!("http://{}", server.http());
        let connection = Connection::open(&url, Who::guest("Owner")).await.unwrap();
        let create = CreateRoom { name: room.into(), icon: "🌿".into(), ..CreateRoom::default() };
        let ack = connection.request(ClientMessage::RoomCreate(create)).await.unwrap();
        let Ack::RoomCreate { room } = ack else { panic!("{ack:?}") };
        let room = Room::join(&connection, &room.id.0).await.unwrap();
        Self { connection, room }
    }

    async fn asks(&self, message: ClientMessage) {
        self.connection.request(message).await.unwrap();
    }

    async fn mutes(&self, number: ParticipantNumber, muted: bool) {
        self.asks(ClientMessage::RoomMute(ServerMute { number, muted })).await;
    }

    async fn deafens(&self, number: ParticipantNumber, deafened: bool) {
        self.asks(ClientMessage::RoomDeafen(ServerDeafen { number, deafened })).await;
    }
}

impl Person {
    fn identity(&self) -> IdentityId {
        self.connection.welcome().identity.clone()
    }

    /// Waits until this person is in no room any more.
    async fn sent_out(&self) {
        let mut people = self.room.people();
        timeout(SOON, people.wait_for(Option::is_none)).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_takes_the_voice_and_the_hearing_and_gives_them_back() {
    let server = Server::start(&[]);
    let owner = Owner::new(&server, "Den").await;
    let bo = Person::enter_room(&server, "Bo", "den", Setup::default()).await;
    let cy = Person::enter_room(&server, "Cy", "den", Setup::default()).await;
    let _speaking = bo.speak(440.0);
    let mut cy_hears = cy.voice.listening();
    second(&mut cy_hears, bo.number()).await;

    owner.mutes(bo.number(), true).await;
    silence(&mut cy_hears, bo.number()).await;
    let taken = |people: &People| {
        let bo = people.named("Bo").map(|bo| bo.voice);
        bo.is_some_and(|voice| voice.server_muted && !voice.muted && !voice.speaking)
    };
    timeout(SOON, cy.room.until(taken)).await.unwrap().unwrap();
    // Nor by switching the own microphone, nor by another voice, nor by coming in anew.
    bo.voice.mute(true).await.unwrap();
    bo.voice.mute(false).await.unwrap();
    silence(&mut cy_hears, bo.number()).await;
    let Person { connection, room, voice } = bo;
    voice.leave().await.unwrap();
    room.leave().await.unwrap();
    let room = Room::join(&connection, "den").await.unwrap();
    let voice = Voice::join(&room, Setup::default()).await.unwrap();
    let bo = Person { connection, room, voice };
    let _speaking = bo.speak(440.0);
    timeout(SOON, cy.room.until(taken)).await.unwrap().unwrap();
    silence(&mut cy_hears, bo.number()).await;
    owner.mutes(bo.number(), false).await;
    second(&mut cy_hears, bo.number()).await;

    owner.deafens(cy.number(), true).await;
    silence(&mut cy_hears, bo.number()).await;
    cy.voice.deafen(true).await.unwrap();
    cy.voice.deafen(false).await.unwrap();
    silence(&mut cy_hears, bo.number()).await;
    owner.deafens(cy.number(), false).await;
    second(&mut cy_hears, bo.number()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_taken_elsewhere_talks_there_and_whoever_is_sent_out_nowhere() {
    let server = Server::start(&[]);
    let owner = Owner::new(&server, "Den").await;
    let bo = Person::enter_room(&server, "Bo", "den", Setup::default()).await;
    let cy = Person::enter_room(&server, "Cy", "den", Setup::default()).await;
    let dee = Person::enter_room(&server, "Dee", "music", Setup::default()).await;
    let _speaking = [bo.speak(440.0), cy.speak(620.0)];
    let (mut cy_hears, mut dee_hears) = (cy.voice.listening(), dee.voice.listening());
    second(&mut cy_hears, bo.number()).await;

    // Into the other room, with the same voice; first muted here, which does not follow.
    owner.mutes(bo.number(), true).await;
    let walk = Move { number: bo.number(), room: RoomId("music".into()) };
    owner.asks(ClientMessage::RoomMove(walk)).await;
    let arrived = |people: &People| people.named("Bo").is_some_and(|bo| bo.voice.connected);
    let there = timeout(SOON, dee.room.until(arrived)).await.unwrap().unwrap();
    let number = there.named("Bo").unwrap().number;
    let low = second(&mut dee_hears, number).await;
    assert!(share_of_tone(&low, 440.0) > 0.9, "{}", share_of_tone(&low, 440.0));
    silence(&mut cy_hears, bo.number()).await;
    let own = bo.room.people().borrow().clone().unwrap();
    assert_eq!((own.room.0.as_str(), own.you), ("music", number));

    // Back, and out of the room.
    let room = Room::join(&bo.connection, "music").await.unwrap().walk_to("den").await.unwrap();
    owner.mutes(room.you(), false).await;
    second(&mut cy_hears, room.you()).await;
    owner.asks(ClientMessage::RoomKick(Kick { number: room.you(), reason: None })).await;
    bo.sent_out().await;
    silence(&mut cy_hears, room.you()).await;
    let gone = |people: &People| people.named("Bo").is_none();
    timeout(SOON, owner.room.until(gone)).await.unwrap().unwrap();
    assert!(bo.voice.restart().await.is_err(), "the voice has ended");

    // Banned: neither talks nor listens, nor comes back.
    let ban =
        Ban { room: RoomId("den".into()), identity: cy.identity(), for_ms: None, reason: None };
    owner.asks(ClientMessage::RoomBan(ban)).await;
    cy.sent_out().await;
    assert!(cy.voice.restart().await.is_err(), "the voice has ended");
    let back = Room::join(&cy.connection, "den").await.unwrap_err();
    assert_eq!(back.code(), Some(ErrorCode::Banned));
}
