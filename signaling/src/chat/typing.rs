//! Who is typing: told to the others there, kept nowhere.
//!
//! Owns how often it is told. It expires at the readers by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_protocol::{Conversation, Fault, ServerMessage, Typing};

use super::conversation::{With, to_write};
use crate::{App, backplane::Event, roster::Session};

/// Readers forget it after 5 s: whoever goes on typing is told of again in time.
const AGAIN: Duration = Duration::from_secs(3);

/// What somebody last said of their typing.
#[derive(Debug)]
pub(crate) struct Typist {
    conversation: Conversation,
    typing: bool,
    told: Instant,
}

/// `chat:typing`.
///
/// # Errors
/// As one may not write there.
pub(crate) async fn typing(app: &Arc<App>, session: &Session, ask: Typing) -> Result<(), Fault> {
    let scene = to_write(app, session, &ask.conversation).await?;
    {
        let mut typist = session.typist.lock();
        let known = typist.as_ref().is_some_and(|last| {
            last.conversation == ask.conversation
                && last.typing == ask.typing
                && (!ask.typing || last.told.elapsed() < AGAIN)
        });
        if known {
            return Ok(());
        }
        *typist = Some(Typist {
            conversation: ask.conversation.clone(),
            typing: ask.typing,
            told: Instant::now(),
        });
    }
    let author = session.author();
    let (identity, name) = (author.identity, author.name);
    let told = |conversation| ServerMessage::ChatTyping {
        conversation,
        identity: identity.clone(),
        name,
        typing: ask.typing,
    };
    match scene.with {
        With::Room(room) => {
            // In a crowd nobody could read it anyway.
            if !room.is_crowd() {
                app.publish(Event::Room {
                    room: room.id().clone(),
                    message: told(ask.conversation),
                    but: Some(session.identity.clone()),
                });
            }
        }
        With::Person(other) => {
            let message = told(Conversation::Person(session.identity.clone()));
            app.publish(Event::Person { identity: other, message });
        }
    }
    Ok(())
}
