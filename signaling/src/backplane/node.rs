//! This process as one of several nodes on one Redis.
//!
//! Owns the tasks that tell, hear and renew, and what is done where something was missed. Nothing
//! of it waits for anybody's request, and nobody's voice waits for it: while Redis is down people
//! here go on among themselves, and those elsewhere stay as they were last known.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use hearth_config::Settings;
use redis::Client;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{
    mending,
    mirror::Mirror,
    neighbours::Neighbours,
    news::{NodeId, Telling},
    orders::Orders,
    registry::Registry,
    subscription::Subscription,
};
use crate::{
    App, chat,
    names::Names,
    numbers::Numbers,
    store::{Link, StoreError},
};

/// Requests to Redis at a time.
const ASKERS: usize = 64;

/// How soon what did not go is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// One of several.
pub(crate) struct Node {
    registry: Registry,
    redis: Client,
    pub(super) mirror: Arc<Mirror>,
    pub(super) names: Arc<Names>,
    pub(super) numbers: Arc<Numbers>,
    pub(super) orders: Orders,
    lease: Duration,
    /// The greatest number of a participant that was heard of.
    seen: AtomicU32,
}

impl Node {
    /// A node that has its lease and its first numbers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if Redis does not answer.
    pub(super) async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let url = settings.store.redis_url.expose();
        let (id, lease) = (NodeId::new(), settings.nodes.lease);
        let node = Self {
            registry: Registry::new(Link::new(url, ASKERS)?, id.clone(), lease),
            redis: Subscription::at(url)?,
            mirror: Arc::new(Mirror::of(id, settings.nodes.queue)),
            names: Arc::new(Names::shared()),
            numbers: Arc::new(Numbers::shared()),
            orders: Orders::new(settings.nodes.answer),
            lease,
            seen: AtomicU32::new(0),
        };
        node.registry.renew().await?;
        node.registry.sweep().await?;
        node.registry.number(&node.numbers, 0).await?;
        Ok(node)
    }

    /// Whether this is the node of that name.
    pub(super) fn is(&self, id: &NodeId) -> bool {
        self.registry.node == *id
    }

    /// Starts everything that goes on until the server stops.
    pub(super) fn start(self: &Arc<Self>, app: &Arc<App>) {
        let node = Arc::clone(self);
        until_stop(app, async move { node.tell().await });
        let (node, heard_by) = (Arc::clone(self), Arc::clone(app));
        until_stop(app, async move { node.hear(&heard_by).await });
        let node = Arc::clone(self);
        until_stop(app, async move { node.registry.follow(&node.names).await });
        let node = Arc::clone(self);
        until_stop(app, async move { node.number().await });
        let checked = Arc::clone(app);
        until_stop(app, async move { chat::check_forever(&checked).await });
    }

    /// The last words: that everybody has left, and that this node is no more.
    pub(super) async fn farewell(&self) {
        let last = async {
            while let Some(telling) = self.mirror.next() {
                self.registry.publish(&telling).await?;
            }
            self.registry.end().await
        };
        if !matches!(tokio::time::timeout(FAREWELL, last).await, Ok(Ok(()))) {
            tracing::warn!("the other nodes could not be told that this one stops");
        }
    }

    /// Renews the lease and tells what there is to tell.
    async fn tell(&self) {
        let mut beat = interval(self.beat());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = beat.tick() => self.renew().await,
                () = self.mirror.waiting() => {
                    if let Some(telling) = self.mirror.next()
                        && let Err(error) = self.registry.publish(&telling).await
                    {
                        // The others see from the next number that they missed it.
                        tracing::debug!(%error, "the other nodes could not be told something");
                    }
                }
            }
        }
    }

    async fn renew(&self) {
        let renewed = self.registry.renew().await;
        if matches!(renewed, Ok(true)) {
            tracing::warn!("this node's lease had ended, and it has another");
            self.names.ask_again();
        }
        if renewed.is_ok()
            && let Some(nothing) = self.mirror.nothing_more()
        {
            // If it is not heard either, the next one will be.
            let _ = self.registry.publish(&nothing).await;
        }
    }

    /// Hears what the others tell, sees who of them is dead, and mends what was missed.
    async fn hear(self: &Arc<Self>, app: &Arc<App>) {
        let mut others = Neighbours::default();
        let mut subscription = None;
        // When this node last heard itself, and when a lease last could not be looked at.
        let (mut own, mut blind) = (Instant::now(), None);
        let mut beat = interval(self.beat());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                telling = next(&mut subscription) => match telling {
                    Some(telling) if self.is(&telling.node) => own = Instant::now(),
                    Some(telling) => {
                        others.hear(telling, app);
                        self.seen.fetch_max(others.seen, Ordering::Relaxed);
                        if others.missed_something() {
                            mending::mend(&mut others, app).await;
                        }
                    }
                    None => subscription = None,
                },
                _ = beat.tick() => {
                    // A subscription that is lost without a word brings nothing, not even one's own.
                    if subscription.is_none() || own.elapsed() > 3 * self.beat() {
                        subscription = Subscription::open(&self.redis).await.ok();
                        own = Instant::now();
                        // Redis may be another since, or have lost its end.
                        others.logs |= subscription.is_some();
                    }
                    self.bury(&mut others, &mut blind, app).await;
                    others.ask(&self.mirror);
                    if others.missed_something() {
                        mending::mend(&mut others, app).await;
                    }
                }
            }
        }
    }

    /// Buries the nodes whose lease has ended. While Redis was down nobody could renew theirs:
    /// afterwards they all have the time of a lease to do so.
    async fn bury(&self, others: &mut Neighbours, blind: &mut Option<Instant>, app: &App) {
        let Ok(dead) = self.registry.dead(&others.nodes()).await else {
            *blind = Some(Instant::now());
            return;
        };
        if dead.is_empty() || blind.is_some_and(|at| at.elapsed() < self.lease) {
            return;
        }
        dead.iter().for_each(|node| others.bury(node, app));
        // What it held is free for the taking anyway: to forget it is only tidy.
        let _ = self.registry.sweep().await;
    }

    /// Fetches numbers before they are used up.
    async fn number(&self) {
        loop {
            self.numbers.low().await;
            let seen = self.seen.load(Ordering::Relaxed);
            if let Err(error) = self.registry.number(&self.numbers, seen).await {
                tracing::warn!(%error, "no numbers for participants");
                sleep(RETRY).await;
            }
        }
    }

    fn beat(&self) -> Duration {
        self.lease / 3
    }
}

fn until_stop(app: &Arc<App>, task: impl Future<Output = ()> + Send + 'static) {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        tokio::select! {
            () = task => {}
            () = app.stopping() => {}
        }
    });
}

/// What is told next; waits forever where nothing is subscribed.
async fn next(subscription: &mut Option<Subscription>) -> Option<Telling> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}
