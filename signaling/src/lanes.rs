//! The order in which what is written is told: that of the log, whichever way it came here.
//!
//! Appends end in any order, and on another node's word they may come twice or not at all. A lane
//! tells each entry of its log once and in order, waits for those that are missing and fetches
//! them after a moment. Owns where each log was last told; never decides who hears of it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use dashmap::DashMap;
use hearth_protocol::{Body, CatchUp, Change, Entry, History, Position};
use parking_lot::{Mutex, MutexGuard};

use crate::store::{LogHead, LogKey, Store, StoreError};

/// Entries that may wait for one before them.
const MAX_EARLY: usize = 1024;
/// Frames kept for those who are just coming in.
const RECENT: usize = 64;
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
    mending: bool,
}

/// Tells one entry to whoever is to know; the frame comes back that those inside got.
/// The second number is how many messages were ever written.
pub(crate) type Tell<'a> = &'a (dyn Fn(&LogKey, &Entry, u64) -> Option<Utf8Bytes> + Sync);

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
        let heads = self.store.heads(std::slice::from_ref(log)).await?;
        let head = heads.into_iter().next().ok_or(StoreError::Missing)?;
        Ok(self.begin(log, head))
    }

    /// The lane of a log, if it has begun.
    pub(crate) fn get(&self, log: &LogKey) -> Option<Arc<Lane>> {
        self.lanes.get(log).map(|lane| Arc::clone(&lane))
    }

    /// The lane of a log that is known to stand at `head`, unless it has begun already.
    pub(crate) fn begin(&self, log: &LogKey, head: LogHead) -> Arc<Lane> {
        let lane = self.lanes.entry(log.clone()).or_insert_with(|| {
            let told = Told {
                position: head.position,
                messages: head.messages,
                early: BTreeMap::new(),
                recent: VecDeque::new(),
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
                || !lane.told.lock().early.is_empty()
        });
    }

    /// Takes an entry that was stored: told now, or once those before it are there. True: some
    /// are missing, and it is on the caller to [`mend`](Self::mend).
    #[must_use]
    pub(crate) fn take(&self, lane: &Lane, epoch: &str, entry: Entry, tell: Tell<'_>) -> bool {
        let mut told = lane.told.lock();
        if epoch == told.position.epoch && entry.seq <= told.position.seq {
            return false;
        }
        if told.early.len() < MAX_EARLY {
            told.early.insert(entry.seq, entry);
        }
        if epoch == told.position.epoch {
            told.drain(&lane.log, tell);
        }
        !told.early.is_empty() && !std::mem::replace(&mut told.mending, true)
    }

    /// After a moment, fetches what is missing and tells it. Ends when nothing is.
    pub(crate) async fn mend(&self, lane: &Lane, tell: Tell<'_>) {
        let mut pause = PATIENCE;
        loop {
            tokio::time::sleep(pause).await;
            let from = {
                let mut told = lane.told.lock();
                if told.early.is_empty() {
                    told.mending = false;
                    return;
                }
                told.position.clone()
            };
            metrics::counter!("hearth_chat_mended_total").increment(1);
            match self.fetch(lane, &from, tell).await {
                Ok(()) => pause = PATIENCE,
                Err(StoreError::Unavailable(_)) => pause = RETRY,
                Err(_) => {
                    // The log is gone, and with it whoever waited.
                    let mut told = lane.told.lock();
                    told.early.clear();
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
            let from = lane.position();
            match self.fetch(lane, &from, tell).await {
                Err(StoreError::Unavailable(_)) => {}
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Tells what the log has after `from` and was not told.
    ///
    /// # Errors
    /// The store does not answer, or the log is gone.
    pub(crate) async fn fetch(
        &self,
        lane: &Lane,
        from: &Position,
        tell: Tell<'_>,
    ) -> Result<(), StoreError> {
        let caught_up = self.store.catch_up(&lane.log, from, FETCH).await?;
        let mut told = lane.told.lock();
        match caught_up {
            CatchUp::Replay { entries } => {
                for entry in entries {
                    if entry.seq > told.position.seq {
                        told.early.insert(entry.seq, entry);
                    }
                }
                told.drain(&lane.log, tell);
                // What the log does not have was not stored.
            }
            // The readers see the hole with the next entry, and ask for what they missed.
            CatchUp::Gap { history } | CatchUp::Reset { history } => told.jump(history),
        }
        Ok(())
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

    fn drain(&mut self, log: &LogKey, tell: Tell<'_>) {
        while let Some(entry) = self.early.remove(&(self.position.seq + 1)) {
            self.position.seq = entry.seq;
            self.position.tag = entry.tag;
            self.messages += u64::from(is_message(&entry.change));
            if let Some(frame) = tell(log, &entry, self.messages) {
                if self.recent.len() == RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back((entry.seq, frame));
            }
        }
    }

    fn jump(&mut self, history: History) {
        self.position = history.position;
        self.recent.clear();
        let after = self.position.seq + 1;
        self.early = self.early.split_off(&after);
    }
}

/// What happened is no message of anybody's.
fn is_message(change: &Change) -> bool {
    matches!(change, Change::Message { message } if !matches!(message.body, Body::System { .. }))
}
