//! The one thread that writes.
//!
//! Owns the writing connection and the queue before it. Takes all that waits into one transaction,
//! each piece of work in a savepoint of its own, commits, and only then answers: the waiting of
//! many for the disk is one. Answers nothing as kept once the disk has failed: what failed to
//! reach it may look written to a second attempt, so that the file is opened anew first.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    people,
    readers::Readers,
    rooms, schema,
    trouble::{Gravity, Trouble},
    wal,
};
use crate::store::StoreError;

/// How often the thread looks around when nothing waits, and tries again after a failure.
const IDLE: Duration = Duration::from_secs(1);
/// After so many pieces of work the write-ahead log goes into the file: a few MiB.
const CHECKPOINT_WORKS: usize = 1_000;

/// The near end of the thread. Dropping it writes what waits and closes the file.
pub(super) struct Writer {
    queue: Option<SyncSender<Ask>>,
    thread: Option<JoinHandle<()>>,
    refusing: Arc<Mutex<Option<String>>>,
    timeout: Duration,
}

/// What the thread is asked.
enum Ask {
    /// To do this and answer when it is kept.
    Work(Work),
    /// To remember, when it writes next, that this identity was seen as the n-th.
    Seen(String, u64),
}

/// Given a connection it is done, without one it is not; either way the answer is to be given.
type Work = Box<dyn FnOnce(Option<&Connection>) -> (Verdict, Answer) + Send>;
/// Told whether the commit succeeded.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What becomes of a piece of work.
enum Verdict {
    Keep,
    Undo,
    Trouble(Gravity, StoreError),
}

impl Writer {
    /// Starts the thread on a connection that was opened to write.
    pub(super) fn start(
        connection: Connection,
        path: PathBuf,
        readers: Arc<Readers>,
        settings: &hearth_config::Store,
    ) -> std::io::Result<Self> {
        let (queue, asked) = sync_channel(settings.queue);
        let refusing = Arc::default();
        let desk = Desk {
            connection: Some(connection),
            path,
            readers,
            refusing: Arc::clone(&refusing),
            batch: settings.batch,
            seen: Vec::new(),
            unchecked: 0,
            clearing: true,
            failed_at: None,
        };
        let thread =
            std::thread::Builder::new().name("store".into()).spawn(move || desk.run(&asked))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), refusing, timeout: settings.timeout })
    }

    /// Does `work`, and answers once it is on the disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = connection.map_or(Err(UNDONE), work);
            let verdict = match &result {
                Ok(_) => Verdict::Keep,
                Err(Trouble::Refused(_)) => Verdict::Undo,
                Err(trouble) => Verdict::Trouble(trouble.gravity(), trouble.refusal()),
            };
            let result = result.map_err(|trouble| trouble.refusal());
            let answer: Answer = Box::new(move |committed| {
                // Whoever asked may have gone.
                let _ = answer.send(committed.and(result));
            });
            (verdict, answer)
        });
        self.ask(Ask::Work(work))?;
        match tokio::time::timeout(self.timeout, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::Unavailable("the work was broken off".into())),
            Err(_) => Err(StoreError::Unavailable("the disk does not answer".into())),
        }
    }

    /// Remembers a sighting; it may be forgotten in a crash.
    pub(super) fn see(&self, identity: String, sighting: u64) {
        if self.ask(Ask::Seen(identity, sighting)).is_err() {
            metrics::counter!("hearth_store_sightings_lost_total").increment(1);
        }
    }

    /// Why nothing is written at present, if so.
    pub(super) fn refusing(&self) -> Option<String> {
        self.refusing.lock().clone()
    }

    fn ask(&self, ask: Ask) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Unavailable("closed".into()))?;
        queue.try_send(ask).map_err(|_| {
            metrics::counter!("hearth_store_refused_total").increment(1);
            StoreError::Unavailable("too much waits to be written".into())
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The far end.
struct Desk {
    /// `None` after a failure, until the file was opened anew.
    connection: Option<Connection>,
    path: PathBuf,
    readers: Arc<Readers>,
    refusing: Arc<Mutex<Option<String>>>,
    batch: usize,
    seen: Vec<(String, u64)>,
    /// Pieces of work since the write-ahead log last went into the file.
    unchecked: usize,
    /// Whether logs of deleted rooms may be left to clear away.
    clearing: bool,
    failed_at: Option<Instant>,
}

impl Desk {
    fn run(mut self, asked: &Receiver<Ask>) {
        loop {
            let wait = if self.clearing { Duration::ZERO } else { IDLE };
            match asked.recv_timeout(wait) {
                Ok(first) => self.take(first, asked),
                Err(RecvTimeoutError::Timeout) => self.look_around(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if self.unchecked > 0 {
            self.checkpoint();
        }
    }

    /// Does what waits, as one.
    fn take(&mut self, first: Ask, asked: &Receiver<Ask>) {
        let mut works = Vec::new();
        let mut next = Some(first);
        while let Some(ask) = next {
            match ask {
                Ask::Work(work) => works.push(work),
                Ask::Seen(identity, sighting) => self.seen.push((identity, sighting)),
            }
            if works.len() + self.seen.len() >= self.batch {
                break;
            }
            next = asked.try_recv().ok();
        }
        if works.is_empty() && self.seen.len() < self.batch {
            return;
        }
        if self.connection.is_none() {
            self.open_anew();
        }
        let count = works.len();
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        metrics::histogram!("hearth_store_batch_writes").record(count as f64);
        let mut answers = Vec::with_capacity(count);
        let committed = self.commit(works, &mut answers);
        for answer in answers {
            answer(committed.clone());
        }
        self.unchecked += count;
        self.clearing = committed.is_ok();
        if committed.is_ok() && self.unchecked >= CHECKPOINT_WORKS {
            self.checkpoint();
        }
    }

    fn commit(&mut self, works: Vec<Work>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let seen = std::mem::take(&mut self.seen);
        let result = match &self.connection {
            Some(connection) => {
                let result = transact(connection, seen, works, answers);
                if result.is_err() && !connection.is_autocommit() {
                    // If even this fails, so will the next transaction.
                    let _ = connection.execute_batch("ROLLBACK");
                }
                result
            }
            None => {
                // Each gets to know why, without having been done.
                let reason = self.refusing.lock().clone().unwrap_or_default();
                answers.extend(works.into_iter().map(|work| work(None).1));
                return Err(StoreError::Unavailable(reason));
            }
        };
        self.note(result)
    }

    /// Draws the conclusions from how a transaction went.
    fn note(&mut self, result: Result<(), (Gravity, StoreError)>) -> Result<(), StoreError> {
        match result {
            Ok(()) => {
                if self.refusing.lock().take().is_some() {
                    tracing::info!("the store writes again");
                }
                Ok(())
            }
            Err((gravity, error)) => {
                metrics::counter!("hearth_store_failures_total").increment(1);
                if self.refusing.lock().replace(error.to_string()).is_none() {
                    tracing::error!(%error, ?gravity, "the store cannot write");
                }
                if gravity == Gravity::Broken {
                    self.connection = None;
                    self.failed_at = Some(Instant::now());
                }
                Err(error)
            }
        }
    }

    /// Nothing waits: the time for what nobody waits for.
    fn look_around(&mut self) {
        let Some(connection) = &self.connection else { return self.open_anew() };
        if self.refusing.lock().is_some() {
            let probe = connection
                .execute("UPDATE meta SET value = value + 1 WHERE key = 'probe'", [])
                .map(|_| ())
                .map_err(|error| grave(&error.into()));
            let _ = self.note(probe);
        } else if self.clearing {
            let cleared = rooms::clear_away(connection).map_err(|trouble| grave(&trouble));
            if let Ok(more) = cleared {
                self.clearing = more;
                self.unchecked += usize::from(more);
            } else {
                self.clearing = false;
            }
            let _ = self.note(cleared.map(|_| ()));
        } else if self.unchecked > 0 {
            self.checkpoint();
        }
    }

    /// Moves the write-ahead log into the file. A failure to reach the disk here is as grave as
    /// one at a commit.
    fn checkpoint(&mut self) {
        let Some(connection) = &self.connection else { return };
        self.unchecked = 0;
        let moved = checkpoint(connection, "PASSIVE").map_err(|trouble| grave(&trouble));
        // A full disk keeps what is in the write-ahead log; commits will tell.
        if !matches!(moved, Err((Gravity::One | Gravity::Full, _))) {
            let _ = self.note(moved);
        }
    }

    /// After a failure. What the system has in memory may differ from what is on the disk, so
    /// nothing that was open stays open, and all of the write-ahead log is written once more: where
    /// it is, and then into the file, before anything follows it.
    fn open_anew(&mut self) {
        if self.failed_at.is_some_and(|at| at.elapsed() < IDLE) {
            return;
        }
        self.failed_at = Some(Instant::now());
        self.readers.close();
        let opened = wal::write_anew(&self.path)
            .and_then(|()| schema::open_to_write(&self.path))
            .and_then(|connection| checkpoint(&connection, "TRUNCATE").map(|()| connection));
        self.readers.open();
        match opened {
            Ok(connection) => {
                self.connection = Some(connection);
                self.failed_at = None;
                let _ = self.note(Ok(()));
            }
            Err(trouble) => {
                let error = trouble.refusal();
                tracing::warn!(%error, "the store cannot be opened again yet");
                *self.refusing.lock() = Some(error.to_string());
            }
        }
    }
}

/// One transaction. Of work that cannot be kept for its own reasons, nothing stays; any other
/// trouble fails all.
fn transact(
    connection: &Connection,
    seen: Vec<(String, u64)>,
    works: Vec<Work>,
    answers: &mut Vec<Answer>,
) -> Result<(), (Gravity, StoreError)> {
    let run = |sql| -> Result<(), (Gravity, StoreError)> {
        let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(|_| ()).map_err(|error| grave(&error.into()))
    };
    let mut result = run("BEGIN IMMEDIATE");
    for (identity, sighting) in seen {
        if result.is_ok() {
            result = people::see(connection, &identity, sighting).map_err(|t| grave(&t));
        }
    }
    for work in works {
        if result.is_err() {
            answers.push(work(None).1);
            continue;
        }
        result = run("SAVEPOINT work").and_then(|()| {
            // A panic is a bug in this piece of work, and of nobody else's concern.
            let done = catch_unwind(AssertUnwindSafe(|| work(Some(connection))));
            let (verdict, answer) = done.map_or((Verdict::Undo, None), |(v, a)| (v, Some(a)));
            answers.extend(answer);
            match verdict {
                Verdict::Keep => run("RELEASE work"),
                Verdict::Undo | Verdict::Trouble(Gravity::One, _) => {
                    run("ROLLBACK TO work").and_then(|()| run("RELEASE work"))
                }
                Verdict::Trouble(gravity, error) => Err((gravity, error)),
            }
        });
    }
    result.and_then(|()| {
        // Whatever a commit fails with, but for a full disk, nobody knows what was kept.
        run("COMMIT").map_err(|(gravity, error)| match gravity {
            Gravity::Full => (gravity, error),
            Gravity::One | Gravity::Broken => (Gravity::Broken, error),
        })
    })
}

/// Of work that was not even tried; its answer is that of the transaction.
const UNDONE: Trouble = Trouble::Record("the transaction failed");

fn grave(trouble: &Trouble) -> (Gravity, StoreError) {
    (trouble.gravity(), trouble.refusal())
}

fn checkpoint(connection: &Connection, mode: &str) -> Result<(), Trouble> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let busy: bool = connection.query_row(&sql, [], |row| row.get(0))?;
    if busy && mode != "PASSIVE" {
        return Err(Trouble::Record("the file is in use elsewhere"));
    }
    Ok(())
}
