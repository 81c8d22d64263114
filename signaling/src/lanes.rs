//! The order in which what is written is told: that of the log, whichever way it came here.
//!
//! Appends end in any order, and on another node's word they may come twice or not at all. A lane
//! tells each entry of its log once and in order, waits for those that are missing and fetches
//! them after a moment. A log may go back, where the store lost its end: what does not fit what was
//! told is looked up, and the lane begins anew from where the log stands. Owns where each log was
//! last told; never decides who hears of it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use dashmap::DashMap;
use hearth_protocol::{Body, CatchUp, Change, Entry, Position};
use parking_lot::{Mutex, MutexGuard};

use crate::store::{LogHead, LogKey, Store, StoreError};

#[cfg(test)]
mod tests;

/// Entries that may wait for one before them.
const MAX_EARLY: usize = 1024;
/// Frames kept for those who are just coming in.
const RECENT: usize = 64;
/// Entries of which it is known which they were, so that one that comes twice is told from another
/// of the same number.
const REMEMBERED: usize = 256;
/// How long a missing entry is waited for before it is fetched.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long to wait after the store did not answer.
const RETRY: Duration = Duration::from_secs(1);
/// Entries fetched at once.
const FETCH: usize = 200;

/// The lanes of all logs that somebody here has to do with.
pub(crate) struct Lanes {
    store: Arc<dyn Store>,
    lanes: DashMap<LogKey, Arc<Lane>>,
}

/// One log's.
pub(crate) struct Lane {
    log: LogKey,
    told: Mutex<Told>,
}

/// How far a log was told.
pub(crate) struct Told {
    position: Position,
    messages: u64,
    early: BTreeMap<u64, Entry>,
    recent: VecDeque<(u64, Utf8Bytes)>,
    /// Number and tag of what was told last.
    remembered: VecDeque<(u64, u32)>,
    /// How often the log went back.
    life: u64,
    /// Something came that does not fit what was told.
    doubted: bool,
    mending: bool,
}

/// What is told of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) enum News<'a> {
    /// Its next entry.
    Entry(&'a Entry),
    /// That what was told of it is not all, or not what is there.
    Anew,
}

/// Tells something to whoever is to know; the frame of an entry comes back that those inside got.
/// The number is how many messages were ever written.
pub(crate) type Tell<'a> = &'a (dyn Fn(&LogKey, News<'_>, u64) -> Option<Utf8Bytes> + Sync);

/// What the store has after a position.
enum Found {
    Entries(Vec<Entry>),
    /// Too much to tell; where the log stands.
    Gap(LogHead),
    /// The position is not in the log; where that stands.
    Reset(LogHead),
}

impl Lanes {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, lanes: DashMap::new() }
    }

    /// The lane of a log, which begins where the log stands now.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn open(&self, log: &LogKey) -> Result<Arc<Lane>, StoreError> {
        if let Some(lane) = self.lanes.get(log) {
            return Ok(Arc::clone(&lane));
        }
        Ok(self.begin(log, self.head(log).await?))
    }

    /// The lane of a log, if it has begun.
    pub(crate) fn get(&self, log: &LogKey) -> Option<Arc<Lane>> {
        self.lanes.get(log).map(|lane| Arc::clone(&lane))
    }

    /// The lane of a log that is known to stand at `head`, unless it has begun already.
    pub(crate) fn begin(&self, log: &LogKey, head: LogHead) -> Arc<Lane> {
        let lane = self.lanes.entry(log.clone()).or_insert_with(|| {
            let told = Told {
                remembered: VecDeque::from([(head.position.seq, head.position.tag)]),
                position: head.position,
                messages: head.messages,
                early: BTreeMap::new(),
                recent: VecDeque::new(),
                life: 0,
                doubted: false,
                mending: false,
            };
            Arc::new(Lane { log: log.clone(), told: Mutex::new(told) })
        });
        Arc::clone(&lane)
    }

    /// All lanes.
    pub(crate) fn all(&self) -> Vec<Arc<Lane>> {
        self.lanes.iter().map(|lane| Arc::clone(&lane)).collect()
    }

    /// Forgets the lane of a log that is gone.
    pub(crate) fn forget(&self, log: &LogKey) {
        self.lanes.remove(log);
    }

    /// Forgets the lanes of those conversations between two in which nothing is under way.
    pub(crate) fn sweep(&self) {
        self.lanes.retain(|log, lane| {
            matches!(log, LogKey::Room(_))
                || Arc::strong_count(lane) > 1
                || lane.told.lock().is_unsettled()
        });
    }

    /// Takes an entry that was stored: told now, or once those before it are there. True: some
    /// are missing or it does not fit, and it is on the caller to [`mend`](Self::mend).
    #[must_use]
    pub(crate) fn take(&self, lane: &Lane, epoch: &str, entry: Entry, tell: Tell<'_>) -> bool {
        let mut told = lane.told.lock();
        if epoch != told.position.epoch || told.contradicts(&entry) {
            told.doubted = true;
        } else if entry.seq > told.position.seq {
            if told.early.len() < MAX_EARLY {
                told.early.insert(entry.seq, entry);
            }
            told.drain(&lane.log, tell);
        }
        told.is_unsettled() && !std::mem::replace(&mut told.mending, true)
    }

    /// After a moment, fetches what is missing and tells it. Ends when nothing is.
    pub(crate) async fn mend(&self, lane: &Lane, tell: Tell<'_>) {
        let mut pause = PATIENCE;
        loop {
            tokio::time::sleep(pause).await;
            {
                let mut told = lane.told.lock();
                if !told.is_unsettled() {
                    told.mending = false;
                    return;
                }
            }
            metrics::counter!("hearth_chat_mended_total").increment(1);
            match self.fetch(lane, tell).await {
                Ok(()) => pause = PATIENCE,
                Err(StoreError::Unavailable(_)) => pause = RETRY,
                Err(_) => {
                    // The log is gone, and with it whoever waited.
                    let mut told = lane.told.lock();
                    told.early.clear();
                    told.doubted = false;
                    told.mending = false;
                    return;
                }
            }
        }
    }

    /// Tells what the log has and was not told, after an append of which nobody knows what became
    /// of it: as soon as the store answers again.
    pub(crate) async fn look_again(&self, lane: &Lane, tell: Tell<'_>) {
        loop {
            tokio::time::sleep(RETRY).await;
            match self.fetch(lane, tell).await {
                Err(StoreError::Unavailable(_)) => {}
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Tells what the log has and was not told, or that it is not what was told.
    ///
    /// # Errors
    /// The store does not answer, or the log is gone.
    pub(crate) async fn fetch(&self, lane: &Lane, tell: Tell<'_>) -> Result<(), StoreError> {
        let (from, life, doubted) = {
            let mut told = lane.told.lock();
            (told.position.clone(), told.life, std::mem::take(&mut told.doubted))
        };
        let found = self.find(&lane.log, &from).await;
        let mut told = lane.told.lock();
        let found = found.inspect_err(|_| told.doubted |= doubted)?;
        if told.life != life {
            // What was found is of a log that went back meanwhile.
            return Ok(());
        }
        match found {
            Found::Entries(entries) => {
                for entry in entries {
                    if entry.seq > told.position.seq {
                        told.early.insert(entry.seq, entry);
                    }
                }
                told.drain(&lane.log, tell);
                // What the log does not have was not stored.
            }
            Found::Gap(head) => {
                if head.position.seq > told.position.seq {
                    told.jump(head);
                    tell(&lane.log, News::Anew, told.messages);
                }
            }
            Found::Reset(head) => {
                tracing::warn!(
                    told = from.seq,
                    stands = head.position.seq,
                    "a log is not what was told of it: the store lost its end"
                );
                metrics::counter!("hearth_chat_logs_reset_total").increment(1);
                told.life += 1;
                // What waited may be of the log as it was; what is of this one is in the store.
                told.doubted = !told.early.is_empty() || told.position != from;
                told.early.clear();
                told.jump(head);
                tell(&lane.log, News::Anew, told.messages);
            }
        }
        Ok(())
    }

    async fn find(&self, log: &LogKey, from: &Position) -> Result<Found, StoreError> {
        match self.store.catch_up(log, from, FETCH).await? {
            CatchUp::Replay { entries } => Ok(Found::Entries(entries)),
            CatchUp::Gap { .. } => Ok(Found::Gap(self.head(log).await?)),
            CatchUp::Reset { .. } => match self.head(log).await? {
                // A room's log has its epoch from the beginning to the end.
                head if head.position.epoch.is_empty() => Err(StoreError::Missing),
                head => Ok(Found::Reset(head)),
            },
        }
    }

    async fn head(&self, log: &LogKey) -> Result<LogHead, StoreError> {
        let heads = self.store.heads(std::slice::from_ref(log)).await?;
        heads.into_iter().next().ok_or(StoreError::Missing)
    }
}

impl Lane {
    /// Whose it is.
    pub(crate) fn log(&self) -> &LogKey {
        &self.log
    }

    /// Where the log was last told.
    pub(crate) fn position(&self) -> Position {
        self.told.lock().position.clone()
    }

    /// While this is held, nothing more is told.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Told> {
        self.told.lock()
    }
}

impl Told {
    /// What was told after `seq`, or the end of it: whoever gets it sees what is missing.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = Utf8Bytes> {
        self.recent.iter().filter(move |(of, _)| *of > seq).map(|(_, frame)| frame.clone())
    }

    /// Whether something is missing or in doubt.
    fn is_unsettled(&self) -> bool {
        self.doubted || !self.early.is_empty()
    }

    /// Whether it may be another entry than the one that was told under its number.
    fn contradicts(&self, entry: &Entry) -> bool {
        if entry.seq > self.position.seq {
            return false;
        }
        let told = self.remembered.iter().rev().find(|(seq, _)| *seq == entry.seq);
        told.is_none_or(|(_, tag)| *tag != entry.tag)
    }

    fn drain(&mut self, log: &LogKey, tell: Tell<'_>) {
        while let Some(entry) = self.early.remove(&(self.position.seq + 1)) {
            self.position.seq = entry.seq;
            self.position.tag = entry.tag;
            self.messages += u64::from(is_message(&entry.change));
            push(&mut self.remembered, REMEMBERED, (entry.seq, entry.tag));
            if let Some(frame) = tell(log, News::Entry(&entry), self.messages) {
                push(&mut self.recent, RECENT, (entry.seq, frame));
            }
        }
    }

    fn jump(&mut self, head: LogHead) {
        self.recent.clear();
        self.remembered.clear();
        self.early = self.early.split_off(&(head.position.seq + 1));
        self.remembered.push_back((head.position.seq, head.position.tag));
        self.position = head.position;
        self.messages = head.messages;
    }
}

fn push<T>(list: &mut VecDeque<T>, most: usize, new: T) {
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(new);
}

/// What happened is no message of anybody's.
fn is_message(change: &Change) -> bool {
    matches!(change, Change::Message { message } if !matches!(message.body, Body::System { .. }))
}
