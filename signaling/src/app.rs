//! Everything that the server holds together, shared by every session and every HTTP route.
//!
//! Owns the parts and the two clocks (the list of rooms, the sweeping of rates); starts and stops
//! them. Decides nothing about any one of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_config::Settings;
use hearth_protocol::{CloseCode, ErrorCode, Fault, LeftReason, ParticipantNumber};
use tokio::sync::watch;

use crate::{
    backplane::{Answer, Backplane, Event, Mirror, NodeId, Order},
    blobs::{Blobs, BlobsError},
    call::Exchange,
    clock::millis,
    identity::Identities,
    lanes::Lanes,
    limits::Limits,
    list::List,
    media::{Media, MediaError},
    presence::Presence,
    rooms::Rooms,
    roster::{Place, Roster, Session},
    sign_in::{SignIn, SignInError},
    store::{LogKey, Store, StoreError},
};

/// How often the rates forget those who have not asked for long.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The shared parts.
pub struct App {
    /// Every setting.
    pub settings: Settings,
    /// What "acknowledged" means, as `hello` tells it.
    pub durability: &'static str,
    /// When the server started.
    pub started: Instant,
    /// Lets people in.
    pub identities: Identities,
    /// Who is online.
    pub roster: Roster,
    /// Who is where, and the rooms.
    pub presence: Arc<Presence>,
    /// The list of rooms as it is told.
    pub list: List,
    /// How fast somebody may ask.
    pub limits: Limits,
    /// The sounds of voice messages.
    pub blobs: Blobs,
    /// The media plane.
    pub media: Media,
    /// What outlives a session.
    pub store: Arc<dyn Store>,
    /// In which order what is written is told.
    pub(crate) lanes: Lanes,
    /// Who calls whom.
    pub(crate) calls: Exchange,
    backplane: Backplane,
    /// What the other nodes are to know of this one.
    pub(crate) mirror: Arc<Mirror>,
    ending: watch::Sender<Ending>,
}

/// How far a stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Nobody has asked for one.
    No,
    /// Nobody new is let in; who talks may go on.
    Draining,
    /// Everybody goes.
    Now,
}

/// How often a server that drains looks whether anybody still talks.
const DRAIN_INTERVAL: Duration = Duration::from_millis(100);

/// When trying again makes sense: by then another process may have taken over.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Why the parts cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The media plane does not start.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The store does not answer.
    #[error("the store does not answer: {0}")]
    Store(#[from] StoreError),
    /// Nobody could sign in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// There is no place for sounds.
    #[error(transparent)]
    Blobs(#[from] BlobsError),
}

impl App {
    /// Starts the media plane, loads the rooms and starts the clocks, which run until
    /// [`App::stop`].
    ///
    /// # Errors
    /// The media plane does not start, or the store does not answer.
    pub async fn start(settings: Settings, store: Arc<dyn Store>) -> Result<Arc<Self>, AppError> {
        let sign_in = SignIn::new(&settings.auth)?;
        let (media, events) = Media::start(&settings).await?;
        let backplane = Backplane::open(&settings).await?;
        let mirror = backplane.mirror();
        let rooms = Rooms::load_for(&settings, Arc::clone(&store), Arc::clone(&mirror)).await?;
        let presence = Arc::new(Presence::with_numbers(Arc::new(rooms), backplane.numbers()));
        let blobs = Blobs::open(&settings, Arc::clone(&store))?;
        let lanes = Lanes::new(Arc::clone(&store));
        begin_lanes(&presence, &lanes, &*store).await?;
        let app = Arc::new(Self {
            durability: store.durability(),
            started: Instant::now(),
            identities: Identities::new(
                Arc::clone(&store),
                backplane.names(),
                &settings.guests,
                sign_in,
            ),
            store,
            lanes,
            calls: Exchange::default(),
            roster: Roster::new(settings.session.max_sessions, Arc::clone(&mirror)),
            mirror,
            backplane,
            list: List::new(Arc::clone(&presence)),
            presence,
            limits: Limits::new(&settings.limits),
            blobs,
            media,
            ending: watch::Sender::new(Ending::No),
            settings,
        });
        app.backplane.start(&app);
        tokio::spawn(Arc::clone(&app).tick());
        let sweeper = Arc::clone(&app);
        tokio::spawn(async move {
            tokio::select! {
                () = sweeper.blobs.sweep_forever() => {}
                () = sweeper.stopping() => {}
            }
        });
        let follower = Arc::clone(&app);
        tokio::spawn(async move { follower.media.follow(events, &follower.presence).await });
        Ok(app)
    }

    /// Lets nobody new in, and waits until nobody talks any more, or for `server.drain_ms`.
    pub async fn drain(&self) {
        self.ending.send_replace(Ending::Draining);
        let limit = self.settings.server.drain;
        if limit.is_zero() || self.media.voices() == 0 {
            return;
        }
        tracing::info!(voices = self.media.voices(), limit_ms = millis(limit), "draining");
        let silence = async {
            let mut look = tokio::time::interval(DRAIN_INTERVAL);
            while self.media.voices() > 0 {
                look.tick().await;
            }
        };
        if tokio::time::timeout(limit, silence).await.is_err() {
            tracing::warn!(voices = self.media.voices(), "some still talk; they are cut off");
        }
    }

    /// Closes every session and lets nobody in any more.
    pub fn stop(&self) {
        self.ending.send_replace(Ending::Now);
        for session in self.roster.all() {
            self.end(&session, CloseCode::ShuttingDown, LeftReason::Lost);
        }
    }

    /// Whether the server is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.ending.borrow() == Ending::Now
    }

    /// Whether somebody new may come in, or begin to talk.
    ///
    /// # Errors
    /// `busy`: the server is stopping or about to.
    pub fn takes_more(&self) -> Result<(), Fault> {
        if *self.ending.borrow() == Ending::No {
            return Ok(());
        }
        Err(Fault::passing(ErrorCode::Busy, "The server is stopping. Try again.", RETRY_AFTER))
    }

    /// Waits until the server is stopping.
    pub async fn stopping(&self) {
        let _ = self.ending.subscribe().wait_for(|ending| *ending == Ending::Now).await;
    }

    /// Takes an event to everybody who is to know of it, on every node. Never waits.
    pub fn publish(self: &Arc<Self>, event: Event) {
        self.backplane.publish(event, self);
    }

    /// Whether this is the node of that name.
    pub(crate) fn is_node(&self, node: &NodeId) -> bool {
        self.backplane.is(node)
    }

    /// Has another node do something, and waits for what comes of it.
    ///
    /// # Errors
    /// Those of the other node; `busy` if it does not answer within `nodes.answer_ms`.
    pub(crate) async fn order(&self, to: &NodeId, order: Order) -> Answer {
        self.backplane.order(to, order).await
    }

    /// Another node has answered an order.
    pub(crate) fn answered(&self, id: u64, answer: Answer) {
        self.backplane.answered(id, answer);
    }

    /// Tells the other nodes that this one has [stopped](Self::stop).
    pub(crate) async fn farewell(&self) {
        self.backplane.farewell().await;
    }

    /// Takes a participant out of its room and ends its voice. Does so once.
    pub fn leave_room(&self, number: ParticipantNumber, reason: LeftReason) {
        let room = self.presence.room_of(number);
        if self.presence.leave(number, reason).is_some() {
            self.media.leave(number);
            if let Some(room) = room {
                self.calls.left(&room);
            }
        }
    }

    /// Makes the media plane do what everybody knows of a participant's voice.
    pub(crate) fn settle_voice(&self, number: ParticipantNumber) {
        let now = || self.presence.participant(number).map(|participant| participant.voice);
        self.media.settle(number, now);
    }

    /// Ends a session for good, once: it leaves its room and frees its name.
    pub(crate) fn end(&self, session: &Arc<Session>, code: CloseCode, reason: LeftReason) {
        let place = std::mem::replace(&mut *session.place.lock(), Place::Ended);
        if place == Place::Ended {
            return;
        }
        if let Place::Inside(number) = place {
            self.leave_room(number, reason);
        }
        self.calls.gone(&session.identity);
        self.list.forget(session);
        self.roster.remove(session);
        session.outbox.end(code);
    }

    async fn tick(self: Arc<Self>) {
        let mut list = tokio::time::interval(self.settings.rooms.list_interval);
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        list.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = list.tick() => self.list.tell_changes(),
                _ = sweep.tick() => {
                    self.limits.sweep();
                    self.lanes.sweep();
                }
                () = self.stopping() => return,
            }
        }
    }
}

/// The lanes of all rooms, from where their logs stand.
async fn begin_lanes(
    presence: &Presence,
    lanes: &Lanes,
    store: &dyn Store,
) -> Result<(), StoreError> {
    let rooms = presence.rooms().all();
    let logs: Vec<_> = rooms.iter().map(|room| LogKey::Room(room.id().clone())).collect();
    for ((room, log), head) in rooms.iter().zip(&logs).zip(store.heads(&logs).await?) {
        presence.wrote(room, head.messages);
        lanes.begin(log, head);
    }
    Ok(())
}
