//! `chat`: a room's chat in a terminal, or over pipes.
//!
//! Owns what is typed and what is shown of what happens. Nothing that others wrote reaches the
//! terminal but letters: no control characters.

use std::{
    collections::HashMap,
    io::{self, BufRead, IsTerminal, Write},
    time::Duration,
};

use clap::Args;
use hearth_client::{
    Chat, Connection, Error, Event, News, Page, Reading, Room,
    protocol::{
        Body, Change, ChatMessage, Conversation, Entry, IdentityId, Reaction, ServerMessage,
    },
};
use tokio::{
    sync::{broadcast, mpsc},
    time::{MissedTickBehavior, interval},
};

use super::Server;

/// Messages shown at first, and with each `/history`.
const PAGE: u16 = 20;
/// How often it is told how far one has read.
const READ_EVERY: Duration = Duration::from_secs(2);

const HELP: &str = "\
/dm NAME TEXT    write to somebody alone    /react N EMOJI     react to message N
/edit N TEXT     change a message of yours  /unreact N EMOJI   take that back
/delete N        take a message away        /history           show older messages
/search WORDS    look for messages          /who               who is here
/quit            leave";

#[derive(Debug, Args)]
pub(crate) struct ChatRoom {
    /// The room's id
    room: String,
}

pub(crate) async fn run(server: &Server, wanted: &ChatRoom) -> anyhow::Result<()> {
    let connection = server.open().await?;
    let talked = talk(server, &connection, &wanted.room).await;
    connection.close().await;
    Ok(talked?)
}

async fn talk(server: &Server, connection: &Connection, room: &str) -> Result<(), Error> {
    let room = Room::join(connection, room).await?;
    let chat = Chat::room(connection, &room.id().0);
    // Before the first page, so that nothing between two people is missed.
    let mut events = connection.events();
    let (history, mut reading) = Reading::open(&chat, PAGE).await?;
    let mut desk = Desk { json: server.json, room, oldest: u64::MAX, names: HashMap::new(), chat };
    desk.page(&history.messages);
    let (mut read, mut typed) = (0, lines());
    let mut tick = interval(READ_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            news = reading.next() => desk.show(news?),
            event = events.recv() => match event {
                Ok(event) => desk.hear(&event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Err(Error::Cut),
            },
            line = typed.recv() => match line {
                // What was asked last has been answered: every line is done before the next.
                None => break,
                Some(line) => match desk.obey(line.trim()).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(Error::Refused(fault)) => desk.note(&fault.message),
                    Err(error) => return Err(error),
                },
            },
            _ = tick.tick() => {
                let seq = reading.position().seq;
                if seq > read {
                    desk.chat.read(seq).await?;
                    read = seq;
                }
            }
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    Ok(())
}

/// What is typed, line by line. Its thread ends with the process: reading cannot be broken off.
fn lines() -> mpsc::Receiver<String> {
    let (typed, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if typed.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

struct Desk {
    json: bool,
    room: Room,
    chat: Chat,
    /// The oldest message shown.
    oldest: u64,
    /// Of those who wrote something.
    names: HashMap<IdentityId, String>,
}

impl Desk {
    /// Does what a line says. False at `/quit`.
    async fn obey(&mut self, line: &str) -> Result<bool, Error> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, second) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let number = first.trim_start_matches('#').parse::<u64>();
        match (command, number) {
            ("", _) => {}
            ("/quit", _) => return Ok(false),
            ("/help", _) => self.note(HELP),
            ("/who", _) => self.who(),
            ("/history", _) => self.older().await?,
            ("/search", _) if !first.is_empty() => self.search(rest.trim()).await?,
            ("/dm", _) if !second.is_empty() => self.whisper(first, second).await?,
            ("/react" | "/unreact", Ok(of)) if !second.is_empty() => {
                self.chat.react(of, second.trim(), command == "/react").await?;
            }
            ("/edit", Ok(of)) if !second.is_empty() => self.chat.edit(of, second).await?,
            ("/delete", Ok(of)) => self.chat.delete(of).await?,
            _ if command.starts_with('/') => self.note(HELP),
            _ => drop(self.chat.say(line).await?),
        }
        Ok(true)
    }

    fn who(&self) {
        let people = self.room.people();
        let people = people.borrow();
        let names = people.iter().flat_map(|now| now.present.values().map(|it| it.name.as_str()));
        self.note(&format!("here: {}", names.collect::<Vec<_>>().join(", ")));
    }

    async fn older(&mut self) -> Result<(), Error> {
        let history = self.chat.history(Page::Before(self.oldest), PAGE).await?;
        if history.messages.is_empty() {
            self.note("there is nothing older");
        }
        self.page(&history.messages);
        Ok(())
    }

    async fn search(&mut self, words: &str) -> Result<(), Error> {
        let found = self.chat.search(words, None).await?;
        self.note(&format!("found: {}", found.hits.len()));
        for hit in found.hits.iter().rev() {
            self.message(&hit.conversation, &hit.message);
        }
        Ok(())
    }

    /// Writes to one person alone, who is here or was talked to before.
    async fn whisper(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let here = self
            .room
            .people()
            .borrow()
            .as_ref()
            .and_then(|now| now.named(name).map(|participant| participant.identity.clone()));
        let known = match here {
            Some(identity) => Some(identity),
            None => {
                let directs = Chat::directs(self.chat.connection()).await?;
                let found = directs.into_iter().find(|direct| direct.person.name == name);
                found.map(|direct| direct.person.identity)
            }
        };
        match known {
            Some(identity) => {
                Chat::with(self.chat.connection(), identity).say(text).await.map(drop)
            }
            None => {
                self.note(&format!("nobody here is called {name}"));
                Ok(())
            }
        }
    }

    fn page(&mut self, messages: &[ChatMessage]) {
        let conversation = self.chat.conversation().clone();
        for message in messages {
            self.oldest = self.oldest.min(message.seq);
            self.message(&conversation, message);
        }
    }

    fn show(&mut self, news: News) {
        match news {
            News::Entry(entry) => self.entry(&self.chat.conversation().clone(), &entry),
            News::Gap(history) | News::Reset(history) => {
                self.note("something may be missing here");
                self.page(&history.messages);
            }
            News::Typing { name, typing: true } if io::stdout().is_terminal() => {
                self.note(&format!("{name} is typing…"));
            }
            _ => {}
        }
    }

    /// What happens elsewhere than in the room's chat.
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Told(told) => {
                if let ServerMessage::ChatEntry { conversation, entry } = &**told
                    && matches!(conversation, Conversation::Person(_))
                {
                    self.entry(conversation, entry);
                }
            }
            Event::Cut => self.note("the connection is cut; coming back…"),
            Event::Resumed | Event::Anew => self.note("back again"),
            _ => {}
        }
    }

    fn entry(&mut self, conversation: &Conversation, entry: &Entry) {
        if self.json {
            print(&serde_json::json!({ "conversation": conversation, "entry": entry }).to_string());
            return;
        }
        match &entry.change {
            Change::Message { message } => self.message(conversation, message),
            Change::Edited { of, text, .. } => print(&format!("#{of} now says: {}", plain(text))),
            Change::Deleted { of, by } => print(&format!("#{of} was deleted by {}", self.name(by))),
            Change::Reacted { of, by, emoji, on, reactions } => {
                let what = if *on { "reacted to" } else { "took a reaction back from" };
                let (who, all) = (self.name(by), shown(reactions));
                print(&format!("{} {who} {what} #{of}{all}", plain(emoji)));
            }
        }
    }

    fn message(&mut self, conversation: &Conversation, message: &ChatMessage) {
        let ChatMessage { seq, author, body, reply_to, reactions, .. } = message;
        self.names.insert(author.identity.clone(), author.name.clone());
        if self.json {
            print(
                &serde_json::json!({ "conversation": conversation, "message": message })
                    .to_string(),
            );
            return;
        }
        let alone = matches!(conversation, Conversation::Person(_));
        let place = if alone { " (to one alone)" } else { "" };
        let reply = reply_to.map_or(String::new(), |to| format!(" (to #{to})"));
        let said = match body {
            Body::Text { text } => plain(text),
            Body::Voice { blob, duration_ms, .. } => {
                format!("🎤 {:.1} s, sound {blob}", f64::from(*duration_ms) / 1e3)
            }
            Body::System { event } => format!("({event:?})"),
            Body::Deleted { .. } => "(deleted)".into(),
        };
        let edited = if message.edited_at_ms.is_some() { " (edited)" } else { "" };
        let name = plain(&author.name);
        print(&format!("#{seq} {name}{place}{reply}: {said}{edited}{}", shown(reactions)));
    }

    fn name(&self, identity: &IdentityId) -> String {
        let people = self.room.people();
        let people = people.borrow();
        let mut here = people.iter().flat_map(|now| now.present.values());
        let here = here.find(|it| it.identity == *identity).map(|it| it.name.as_str());
        plain(here.or(self.names.get(identity).map(String::as_str)).unwrap_or("somebody"))
    }

    /// A word of the program's own.
    fn note(&self, text: &str) {
        super::say(&text.lines().map(|line| format!("-- {line}")).collect::<Vec<_>>().join("\n"));
    }
}

fn shown(reactions: &[Reaction]) -> String {
    reactions.iter().map(|it| format!("  {} {}", plain(&it.emoji), it.count)).collect()
}

/// Letters alone: what others wrote moves no cursor.
fn plain(text: &str) -> String {
    text.replace('\n', "\n    ").chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// If nobody reads it, nothing is lost.
fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_moves_no_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb\u{7}\nc"), "a[2Jb\n    c");
    }
}
