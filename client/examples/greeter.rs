//! A bot that greets: whoever walks into the room hears a short tone, and whoever speaks hears
//! their own words come back, so that people can try their microphones.
//!
//! `cargo run -p hearth-client --example greeter -- http://localhost:8080 general`

use std::{env, time::Duration};

use hearth_client::{
    Connection, Error, Event, Frame, Room, Setup, Tone, Voice, Who, protocol::ServerMessage,
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = env::args().skip(1);
    let server = arguments.next().unwrap_or_else(|| "http://localhost:8080".into());
    let room = arguments.next().unwrap_or_else(|| "general".into());

    let connection = Connection::open(&server, Who::guest("Greeter")).await?;
    let mut events = connection.events();
    let room = Room::join(&connection, &room).await?;
    let voice = Voice::join(&room, Setup::default()).await?;
    let mut listening = voice.listening();
    let Some(speaker) = voice.speaker() else { return Ok(()) };
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(Event::Told(told)) if matches!(&*told, ServerMessage::RoomDelta { present, .. } if !present.is_empty()) => {
                    let tone = Tone::new(660.0, 0.2)?;
                    speaker.play(tone, Some(Duration::from_millis(400))).await?;
                }
                Ok(Event::Anew) => break,
                Ok(Event::Ended(error)) => return Err(error),
                _ => {}
            },
            heard = listening.next() => match heard {
                Some(heard) => speaker.send(&Frame::new(heard.opus, 20)?).await?,
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    voice.leave().await?;
    connection.close().await;
    Ok(())
}
