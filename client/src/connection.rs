//! One session with a server, as its owner holds it.
//!
//! Owns asking and being told. The session itself (socket, heartbeat, coming back) lives in
//! `link.rs`; this never touches a socket.

use std::{fmt, time::Duration};

use hearth_protocol::{Ack, Avatar, ClientMessage, Hello, PROTOCOL_VERSION, Token, Welcome};
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    time::timeout,
};
use url::Url;

use crate::{
    Error, Event, People,
    link::{Ask, Link, Reply},
};

/// An answer that has not come by then will not be waited for, s.
const ANSWER_WITHIN_S: u64 = 20;
/// Requests that may wait to be sent.
const ASKS: usize = 64;
/// Events that a slow reader may leave unread before it misses the oldest.
const EVENTS: usize = 1024;

/// Who one wants to be.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// A guest's name, 2–20 characters; with a token: a new name.
    pub name: Option<String>,
    /// From an earlier [`Connection::welcome`]: one is who one was.
    pub token: Option<Token>,
    /// How one is drawn.
    pub avatar: Option<Avatar>,
}

impl Who {
    /// A new guest.
    #[must_use]
    pub fn guest(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }
}

/// A session. Cheap to clone; it ends with [`Connection::close`] or with its last clone.
#[derive(Clone)]
pub struct Connection {
    url: Url,
    asks: mpsc::Sender<Ask>,
    events: broadcast::Sender<Event>,
    welcome: watch::Receiver<Welcome>,
    people: watch::Receiver<Option<People>>,
}

impl Connection {
    /// Opens a session. `server` is what one would type into a browser:
    /// `http://localhost:8080`, `https://voice.example`.
    ///
    /// # Errors
    /// [`Error::BadAddress`], [`Error::Unreachable`] (not tried again), [`Error::Refused`] with
    /// `name_invalid`, `name_taken`, `unauthorized` or `busy`.
    pub async fn open(server: &str, who: Who) -> Result<Self, Error> {
        let url = websocket_url(server)?;
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            token: who.token,
            name: who.name,
            avatar: who.avatar,
            resume: None,
        };
        let (asks, asked) = mpsc::channel(ASKS);
        let (events, _) = broadcast::channel(EVENTS);
        let (people_now, people) = watch::channel(None);
        let (link, welcome) =
            Link::open(url.clone(), hello, asked, events.clone(), people_now).await?;
        tokio::spawn(link.run());
        Ok(Self { url, asks, events, welcome, people })
    }

    /// What the server said at hello: who one is, what holds here. Changes when the session
    /// begins anew.
    #[must_use]
    pub fn welcome(&self) -> Welcome {
        self.welcome.borrow().clone()
    }

    /// The feed of events, from now on. Bounded: who lags by more than 1,024 events is told how
    /// many it missed, and nobody else waits for it.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The people in the room that one is in, complete at every moment.
    #[must_use]
    pub fn people(&self) -> watch::Receiver<Option<People>> {
        self.people.clone()
    }

    /// Asks, and waits for the answer. During an outage the question waits to be sent.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::TimedOut`] after 20 s; [`Error::Cut`] when the session was
    /// lost and began anew before the answer came; [`Error::Closed`] when it is over.
    pub async fn request(&self, message: ClientMessage) -> Result<Ack, Error> {
        match self.ask(|answer| Ask::Request { message, answer }).await? {
            Reply::Ack(ack) => Ok(ack),
            Reply::Pong => Err(Error::Unexpected("pong".into())),
        }
    }

    /// Measures the round trip to the server over the session.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn ping(&self) -> Result<Duration, Error> {
        let started = tokio::time::Instant::now();
        self.ask(|answer| Ask::Ping { answer }).await?;
        Ok(started.elapsed())
    }

    /// Drops the socket without a goodbye and comes back, as after a change of network.
    pub async fn reconnect(&self) {
        let _ = self.asks.send(Ask::Reconnect).await;
    }

    /// Leaves the room and says goodbye; returns when the server has heard it, or after 2 s.
    pub async fn close(self) {
        let (done, heard) = oneshot::channel();
        if self.asks.send(Ask::Close { done }).await.is_ok() {
            let _ = timeout(Duration::from_secs(2), heard).await;
        }
    }

    /// Whether it ended and will not come back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.asks.is_closed()
    }

    /// Where something of the server's is over HTTP.
    pub(crate) fn address(&self, path: &str) -> Result<Url, Error> {
        let bad = || Error::BadAddress(self.url.to_string());
        let mut url = self.url.clone();
        let scheme = if url.scheme() == "wss" { "https" } else { "http" };
        url.set_scheme(scheme).map_err(|()| bad())?;
        // `/ws` is the last part.
        url.join(path).map_err(|_| bad())
    }

    async fn ask(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<Reply, Error>>) -> Ask,
    ) -> Result<Reply, Error> {
        let (answer, answered) = oneshot::channel();
        let whole = async {
            self.asks.send(ask(answer)).await.map_err(|_| Error::Cut)?;
            answered.await.map_err(|_| Error::Cut)?
        };
        timeout(Duration::from_secs(ANSWER_WITHIN_S), whole)
            .await
            .map_err(|_| Error::TimedOut(ANSWER_WITHIN_S))?
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("name", &self.welcome.borrow().name).finish()
    }
}

/// Where the session is: `/ws` below the server's address.
fn websocket_url(server: &str) -> Result<Url, Error> {
    let bad = || Error::BadAddress(server.to_owned());
    let mut url = Url::parse(server).map_err(|_| bad())?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return Err(bad()),
    };
    url.set_scheme(scheme).map_err(|()| bad())?;
    if url.host().is_none() {
        return Err(bad());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with("/ws") {
        url.set_path(&format!("{path}/ws"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_as_in_a_browser() {
        let found = |server| websocket_url(server).map(|url| url.to_string());
        assert_eq!(found("http://localhost:8080").unwrap(), "ws://localhost:8080/ws");
        assert_eq!(found("https://voice.example/").unwrap(), "wss://voice.example/ws");
        assert_eq!(found("https://voice.example/hearth").unwrap(), "wss://voice.example/hearth/ws");
        assert_eq!(found("wss://voice.example/ws").unwrap(), "wss://voice.example/ws");
        for bad in ["", "localhost:8080", "ftp://x", "http://"] {
            assert!(matches!(found(bad), Err(Error::BadAddress(_))), "{bad}");
        }
    }
}
