//! Redis comes back with less than it had acknowledged, or with nothing: what is written from then on
//! is told, and readers learn that what they knew is not there any more.

use hearth_client::{Chat, Connection, News, Reading, Room, Who};
use hearth_protocol::{Body, Change, ChatMessage};
use serde_json::json;
use tokio::time::timeout;

use super::{
    house::{HEALED_BY, House, done, node},
    wire::Wire,
};

/// Somebody in a room who reads along.
struct Reader {
    _connection: Connection,
    _room: Room,
    chat: Chat,
    reading: Reading,
}

impl Reader {
    async fn enter(address: std::net::SocketAddr, name: &str, room: &str) -> Self {
        let url = format!("http://{address}");
        let connection = Connection::open(&url, Who::guest(name)).await.unwrap();
        let entered = Room::join(&connection, room).await.unwrap();
        let chat = Chat::room(&connection, room);
        let (_, reading) = Reading::open(&chat, 50).await.unwrap();
        Self { _connection: connection, _room: entered, chat, reading }
    }

    /// Reads up to a text; whether the log was told anew before it.
    async fn reads(&mut self, text: &str) -> bool {
        let mut reset = false;
        let read = async {
            loop {
                match self.reading.next().await.unwrap() {
                    News::Entry(entry) => {
                        if let Change::Message { message } = &entry.change
                            && said(message) == text
                        {
                            return;
                        }
                    }
                    News::Reset(history) => {
                        reset = true;
                        if history.messages.iter().any(|message| said(message) == text) {
                            return;
                        }
                    }
                    _ => {}
                }
            }
        };
        timeout(HEALED_BY, read).await.unwrap_or_else(|_| panic!("{text} was not told"));
        reset
    }
}

fn said(message: &ChatMessage) -> &str {
    match &message.body {
        Body::Text { text } => text,
        _ => "",
    }
}

#[tokio::test]
async fn what_is_written_after_the_end_was_lost_is_told() {
    let mut house = House::start().await;
    let mut ana = Reader::enter(house.a.http(), "Ana", "general").await;
    let mut bo = Reader::enter(house.b.http(), "Bo", "general").await;
    ana.chat.say("kept").await.unwrap();
    house.redis.keep();
    for n in 1..=5 {
        ana.chat.say(&format!("lost {n}")).await.unwrap();
    }
    for reader in [&mut ana, &mut bo] {
        assert!(!reader.reads("lost 5").await);
    }

    house.redis.lose();
    let after = bo.chat.say("after").await.unwrap();
    assert_eq!(after.position.seq, 2);
    for reader in [&mut ana, &mut bo] {
        assert!(reader.reads("after").await, "not told anew");
    }
    ana.chat.say("next").await.unwrap();
    for reader in [&mut ana, &mut bo] {
        assert!(!reader.reads("next").await, "told anew twice");
    }
}

#[tokio::test]
async fn a_redis_that_lost_everything_begins_again_with_the_rooms() {
    let mut house = House::start().await;
    let mut maker = Wire::guest(house.a.http(), "Maker").await;
    let made = json!({ "type": "room:create", "name": "Quiet Corner", "icon": "🌿" });
    done(&mut maker, made).await;
    let mut ana = Reader::enter(house.a.http(), "Ana", "quiet-corner").await;
    let mut bo = Reader::enter(house.b.http(), "Bo", "quiet-corner").await;
    for n in 1..=3 {
        ana.chat.say(&format!("lost {n}")).await.unwrap();
    }
    for reader in [&mut ana, &mut bo] {
        assert!(!reader.reads("lost 3").await);
    }

    house.redis.lose();
    let after = bo.chat.say("after").await.unwrap();
    assert_eq!(after.position.seq, 1);
    for reader in [&mut ana, &mut bo] {
        assert!(reader.reads("after").await, "not told anew");
    }
    ana.chat.say("next").await.unwrap();
    for reader in [&mut ana, &mut bo] {
        assert!(!reader.reads("next").await);
    }
    // Whoever starts now finds the room as well.
    let third = node(&house.redis);
    let cy = Reader::enter(third.http(), "Cy", "quiet-corner").await;
    cy.chat.say("hello").await.unwrap();
    for reader in [&mut ana, &mut bo] {
        assert!(!reader.reads("hello").await);
    }
}
