//! Somebody who writes, and what became of what they wrote.
//!
//! Owns the outbox: a message that was not acknowledged is sent again with the same id, and the
//! next one is written only then. At the end everything acknowledged must be there, once and under
//! the number that was told.

use std::{collections::BTreeMap, time::Duration};

use hearth_client::{Chat, Connection, Error, Page, Room, Who};
use hearth_protocol::{Body, ChatMessage, ErrorCode, SendText, Sent};
use tokio::time::sleep;

/// Between two attempts.
const AGAIN_AFTER: Duration = Duration::from_millis(20);

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) chat: Chat,
    name: String,
    count: u32,
    /// By number in the log, the ids.
    pub(crate) acknowledged: BTreeMap<u64, String>,
    /// Sent, and neither acknowledged nor given up.
    outbox: Option<SendText>,
}

impl Writer {
    pub(crate) async fn enter(server: &str, name: &str) -> Self {
        let connection = Connection::open(server, Who::guest(name)).await.unwrap();
        Room::join(&connection, "general").await.unwrap();
        let chat = Chat::room(&connection, "general");
        let acknowledged = BTreeMap::new();
        Self { connection, chat, name: name.into(), count: 0, acknowledged, outbox: None }
    }

    /// One attempt to have the next message, or the last one again, acknowledged.
    pub(crate) async fn attempt(&mut self) -> Result<u64, Error> {
        let text = self.outbox.take().unwrap_or_else(|| self.next());
        match self.chat.attempt(text.clone()).await {
            Ok(Sent { message, position, .. }) => {
                let before = self.acknowledged.insert(position.seq, message.0);
                assert_eq!(before, None, "{} was given twice", position.seq);
                Ok(position.seq)
            }
            Err(error) => {
                self.outbox = Some(text);
                Err(error)
            }
        }
    }

    /// Has one more message acknowledged, whatever happens meanwhile to the server or the session.
    pub(crate) async fn write(&mut self) -> u64 {
        loop {
            match self.attempt().await {
                Ok(seq) => return seq,
                // The session began anew.
                Err(error) if error.code() == Some(ErrorCode::NotInRoom) => {
                    let _ = Room::join(&self.connection, "general").await;
                }
                Err(Error::Refused(fault)) => assert_eq!(fault.code, ErrorCode::Busy, "{fault:?}"),
                Err(Error::Cut | Error::TimedOut(_)) => {
                    assert!(!self.connection.is_over(), "the session is over");
                }
                Err(error) => panic!("{error}"),
            }
            sleep(AGAIN_AFTER).await;
        }
    }

    fn next(&mut self) -> SendText {
        self.count += 1;
        SendText {
            conversation: self.chat.conversation().clone(),
            message: hearth_protocol::MessageId(format!("{:032x}", rand::random::<u128>())),
            text: format!("{} writes {}", self.name, self.count),
            reply_to: None,
            mentions: Vec::new(),
        }
    }
}

/// Fails unless the history is what the writers know: everything acknowledged once and under its
/// number, of what was not at most once, nothing else, no gap. Returns it.
pub(crate) async fn check(chat: &Chat, writers: &[Writer]) -> Vec<ChatMessage> {
    let (mut before, mut history) = (u64::MAX >> 11, Vec::new());
    loop {
        let page = chat.history(Page::Before(before), 100).await.unwrap();
        let Some(first) = page.messages.first() else { break };
        before = first.seq;
        history.splice(0..0, page.messages);
    }
    let numbers = history.iter().map(|message| message.seq);
    assert!(numbers.eq(1..=history.len() as u64), "there is a gap");
    let mut ids: Vec<_> = history.iter().map(|message| &message.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), history.len(), "a message is there twice");
    let mut open = 0;
    for writer in writers {
        for (seq, id) in &writer.acknowledged {
            let stored = &history[usize::try_from(*seq).unwrap() - 1];
            assert_eq!(&stored.id.0, id, "{} lost what was acknowledged as {seq}", writer.name);
        }
        open += usize::from(writer.outbox.is_some());
        // Each one's own in the order of writing.
        let own = history.iter().filter(|message| message.author.name == writer.name);
        for (message, n) in own.zip(1..) {
            let Body::Text { text } = &message.body else { panic!("{message:?}") };
            assert_eq!(*text, format!("{} writes {n}", writer.name));
        }
    }
    let known: usize = writers.iter().map(|writer| writer.acknowledged.len()).sum();
    assert!((known..=known + open).contains(&history.len()), "{known} of {}", history.len());
    history
}
