//! What is written in a room or between two people.
//!
//! Owns asking: to write, change, react, read and find. A message that was not answered is sent
//! again with the same id until it is acknowledged or refused, so that it is stored once. Never
//! keeps what was written; [`crate::Reading`] follows it.

use std::time::Duration;

use hearth_protocol::{
    Ack, AskCatchUp, AskHistory, AskSearch, BlobId, CatchUp, ClientMessage, Conversation,
    DeleteMessage, DirectSummary, EditMessage, ErrorCode, Found, History, IdentityId, MarkRead,
    MessageId, Position, React, ReadMark, RoomId, SendText, SendVoice, Sent, Typing,
};
use tokio::time::{Instant, sleep};

use crate::{Connection, Error, Sound, backoff::Backoff};

/// A message that is not stored by then is given up; sent again by hand, it needs its id.
const STORED_WITHIN: Duration = Duration::from_secs(120);

/// A conversation, as one of those in it has it. To write in a room one must be inside.
#[derive(Debug, Clone)]
pub struct Chat {
    connection: Connection,
    conversation: Conversation,
}

/// Which messages of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    Newest,
    /// The newest of those before this number.
    Before(u64),
    /// The oldest of those after this number.
    After(u64),
    /// Those on both sides of this number, and the one of it.
    Around(u64),
}

impl Chat {
    /// What is written in a room.
    #[must_use]
    pub fn room(connection: &Connection, room: &str) -> Self {
        Self::of(connection, Conversation::Room(RoomId(room.to_owned())))
    }

    /// What is written between oneself and somebody.
    #[must_use]
    pub fn with(connection: &Connection, person: IdentityId) -> Self {
        Self::of(connection, Conversation::Person(person))
    }

    /// Any conversation.
    #[must_use]
    pub fn of(connection: &Connection, conversation: Conversation) -> Self {
        Self { connection: connection.clone(), conversation }
    }

    /// Where this is.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// The session.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Writes a text; returns when it is stored.
    ///
    /// # Errors
    /// As [`Chat::send`].
    pub async fn say(&self, text: &str) -> Result<Sent, Error> {
        self.send(SendText {
            conversation: self.conversation.clone(),
            message: new_id(),
            text: text.to_owned(),
            reply_to: None,
            mentions: Vec::new(),
        })
        .await
    }

    /// Writes a text as it is given, here or elsewhere; returns when it is stored. Sent again with
    /// the same id, whatever happened, it is stored once.
    ///
    /// # Errors
    /// [`Error::Refused`] for good, say with `message_invalid`, `not_in_room` or
    /// `message_conflict`; the last error if it is not stored within 120 s.
    pub async fn send(&self, text: SendText) -> Result<Sent, Error> {
        self.store(ClientMessage::ChatSend(text)).await
    }

    /// As [`Chat::send`], but asks once and not again: whoever keeps an outbox of their own decides
    /// when.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn attempt(&self, text: SendText) -> Result<Sent, Error> {
        self.ask(ClientMessage::ChatSend(text)).await
    }

    /// Sends a sound that was uploaded by oneself; returns when it is stored.
    ///
    /// # Errors
    /// As [`Chat::send`], and `blob_not_found`.
    pub async fn send_sound(&self, blob: BlobId, sound: &Sound) -> Result<Sent, Error> {
        self.store(ClientMessage::ChatVoice(SendVoice {
            conversation: self.conversation.clone(),
            message: new_id(),
            blob,
            duration_ms: sound.duration_ms,
            peaks: sound.peaks.clone(),
            reply_to: None,
        }))
        .await
    }

    /// Gives a text message of one's own another text.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn edit(&self, of: u64, text: &str) -> Result<(), Error> {
        let conversation = self.conversation.clone();
        let edit = EditMessage { conversation, of, text: text.to_owned(), mentions: Vec::new() };
        self.connection.request(ClientMessage::ChatEdit(edit)).await.map(drop)
    }

    /// Takes a message away.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn delete(&self, of: u64) -> Result<(), Error> {
        let delete = DeleteMessage { conversation: self.conversation.clone(), of };
        self.connection.request(ClientMessage::ChatDelete(delete)).await.map(drop)
    }

    /// Has one's reaction there or not.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn react(&self, of: u64, emoji: &str, on: bool) -> Result<(), Error> {
        let conversation = self.conversation.clone();
        let react = React { conversation, of, emoji: emoji.to_owned(), on };
        self.connection.request(ClientMessage::ChatReact(react)).await.map(drop)
    }

    /// Says that one is typing, or is not any more. Expires after 5 s.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn typing(&self, typing: bool) -> Result<(), Error> {
        let typing = Typing { conversation: self.conversation.clone(), typing };
        self.connection.request(ClientMessage::ChatTyping(typing)).await.map(drop)
    }

    /// Says that one has read up to this number; what is unread then.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn read(&self, seq: u64) -> Result<ReadMark, Error> {
        let read = MarkRead { conversation: self.conversation.clone(), seq };
        match self.connection.request(ClientMessage::ChatRead(read)).await? {
            Ack::Read(mark) => Ok(mark),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// Messages as they are now; at most `limit`, 1–100.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn history(&self, page: Page, limit: u16) -> Result<History, Error> {
        let (mut before, mut after, mut around) = (None, None, None);
        match page {
            Page::Newest => {}
            Page::Before(seq) => before = Some(seq),
            Page::After(seq) => after = Some(seq),
            Page::Around(seq) => around = Some(seq),
        }
        let conversation = self.conversation.clone();
        let ask = AskHistory { conversation, before, after, around, limit: Some(limit) };
        match self.connection.request(ClientMessage::ChatHistory(ask)).await? {
            Ack::History(history) => Ok(history),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// What came after a position.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn catch_up(&self, position: Position) -> Result<CatchUp, Error> {
        let ask = AskCatchUp { conversation: self.conversation.clone(), position };
        match self.connection.request(ClientMessage::ChatCatchUp(ask)).await? {
            Ack::CatchUp(caught) => Ok(caught),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// Looks here for messages with all of these words, the newest first; `next` is from the page
    /// before.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn search(&self, words: &str, next: Option<String>) -> Result<Found, Error> {
        let ask = AskSearch {
            words: words.to_owned(),
            conversation: Some(self.conversation.clone()),
            author: None,
            before_ms: None,
            after_ms: None,
            next,
            limit: None,
        };
        match self.connection.request(ClientMessage::ChatSearch(ask)).await? {
            Ack::Found(found) => Ok(found),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// One's conversations with others, the newest first.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn directs(connection: &Connection) -> Result<Vec<DirectSummary>, Error> {
        match connection.request(ClientMessage::DirectList {}).await? {
            Ack::DirectList { conversations } => Ok(conversations),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    async fn ask(&self, message: ClientMessage) -> Result<Sent, Error> {
        match self.connection.request(message).await? {
            Ack::Sent(sent) => Ok(sent),
            other => Err(Error::Unexpected(format!("{other:?}"))),
        }
    }

    /// Asks again with the same id for as long as it may still be stored.
    async fn store(&self, message: ClientMessage) -> Result<Sent, Error> {
        let (began, mut backoff) = (Instant::now(), Backoff::default());
        loop {
            let error = match self.ask(message.clone()).await {
                Ok(sent) => return Ok(sent),
                Err(error) => error,
            };
            let wait = match &error {
                Error::Cut | Error::TimedOut(_) => Duration::ZERO,
                Error::Refused(fault)
                    if matches!(fault.code, ErrorCode::Busy | ErrorCode::RateLimited) =>
                {
                    Duration::from_millis(fault.retry_after_ms.unwrap_or(0).into())
                }
                _ => return Err(error),
            };
            if began.elapsed() + wait > STORED_WITHIN || self.connection.is_over() {
                return Err(error);
            }
            sleep(wait.max(backoff.next(rand::random()))).await;
        }
    }
}

/// An id that nobody else makes.
pub(crate) fn new_id() -> MessageId {
    MessageId(format!("{:032x}", rand::random::<u128>()))
}
