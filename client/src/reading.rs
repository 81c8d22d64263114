//! Following a conversation: every entry once and in order, whatever happens to the session.
//!
//! Owns the position up to which everything was told. A hole (an outage, a slow reader, another
//! node) is filled by asking; what comes twice is told once. Never keeps what it told.

use std::collections::VecDeque;

use hearth_protocol::{CatchUp, Conversation, Entry, History, Position, ServerMessage};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Chat, Error, Event, Page, Room};

/// Follows a conversation from where it stood when it was opened.
#[derive(Debug)]
pub struct Reading {
    chat: Chat,
    events: broadcast::Receiver<Event>,
    position: Position,
    ready: VecDeque<News>,
    /// Whether something may have been missed that no hole shows.
    stale: bool,
    /// Whether the session began anew, in no room.
    outside: bool,
}

/// What is new in a conversation.
#[allow(clippy::large_enum_variant, reason = "almost all news are entries")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum News {
    /// The next entry.
    Entry(Entry),
    /// So much was missed that it is not told again: these are the newest, and older ones are had
    /// by asking for pages.
    Gap(History),
    /// The log is another one, or not what was told before: forget it, this is how it stands.
    Reset(History),
    /// Somebody is typing, or is not any more.
    Typing {
        /// As shown.
        name: String,
        /// The state now.
        typing: bool,
    },
}

impl Reading {
    /// The newest messages, at most `limit` (1–100), and what comes after them.
    ///
    /// # Errors
    /// Those of [`crate::Connection::request`].
    pub async fn open(chat: &Chat, limit: u16) -> Result<(History, Self), Error> {
        // Before the question, so that nothing is missed between.
        let events = chat.connection().events();
        let history = chat.history(Page::Newest, limit).await?;
        let position = history.position.clone();
        Ok((
            history,
            Self {
                chat: chat.clone(),
                events,
                position,
                ready: VecDeque::new(),
                stale: false,
                outside: false,
            },
        ))
    }

    /// How far everything was told.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Waits for what is next. Whoever gives up waiting misses nothing.
    ///
    /// # Errors
    /// [`Error::Cut`] and others when the session is over; [`Error::Refused`] when one may no
    /// longer read here.
    pub async fn next(&mut self) -> Result<News, Error> {
        loop {
            if let Some(news) = self.ready.pop_front() {
                return Ok(news);
            }
            // First noted, then done: whoever gives up waiting in between finds it noted.
            if self.outside {
                if let Conversation::Room(room) = self.chat.conversation() {
                    Room::join(self.chat.connection(), &room.0).await?;
                }
                self.outside = false;
            }
            if self.stale {
                self.fill().await?;
                continue;
            }
            match self.events.recv().await {
                Ok(Event::Told(told)) => match &*told {
                    ServerMessage::ChatEntry { conversation, entry }
                        if conversation == self.chat.conversation() =>
                    {
                        self.take(entry);
                    }
                    ServerMessage::ChatAnew { conversation }
                        if conversation == self.chat.conversation() =>
                    {
                        self.stale = true;
                    }
                    ServerMessage::ChatTyping { conversation, name, typing, .. }
                        if conversation == self.chat.conversation() =>
                    {
                        return Ok(News::Typing { name: name.clone(), typing: *typing });
                    }
                    _ => {}
                },
                Ok(Event::Anew) => (self.outside, self.stale) = (true, true),
                Err(RecvError::Lagged(_)) => self.stale = true,
                Ok(Event::Ended(error)) => return Err(error),
                Err(RecvError::Closed) => return Err(Error::Cut),
                Ok(Event::Cut | Event::Resumed) => {}
            }
        }
    }

    fn take(&mut self, entry: &Entry) {
        if entry.seq == self.position.seq + 1 {
            self.tell(entry.clone());
        } else if entry.seq > self.position.seq {
            self.stale = true;
        }
    }

    fn tell(&mut self, entry: Entry) {
        self.position.seq = entry.seq;
        self.position.tag = entry.tag;
        self.ready.push_back(News::Entry(entry));
    }

    async fn fill(&mut self) -> Result<(), Error> {
        match self.chat.catch_up(self.position.clone()).await? {
            CatchUp::Replay { entries } => {
                for entry in entries {
                    if entry.seq == self.position.seq + 1 {
                        self.tell(entry);
                    }
                }
            }
            CatchUp::Gap { history } => {
                self.position = history.position.clone();
                self.ready.push_back(News::Gap(history));
            }
            CatchUp::Reset { history } => {
                self.position = history.position.clone();
                self.ready.push_back(News::Reset(history));
            }
        }
        self.stale = false;
        Ok(())
    }
}
