//! The shell around the core: the only part with a socket, a clock and threads.
//!
//! One thread per worker: wait, `recvmmsg`, core, `sendmmsg`. Commands come by a bounded queue and
//! a wake-up, events go to whoever started it. Rooms are pinned to workers; there is one now. Owns
//! nothing of what the core decides.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the part with the clock, the threads and the socket"
)]

mod batch;
mod latency;
mod socket;
mod waker;

use std::{
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use batch::Batch;
pub use latency::{LATENCY_BOUNDS_US, Latency};
use socket::{Inbox, UdpPort};
use waker::Waker;

use crate::{Command, Counters, Event, Identity, NtpClock, Sfu, outlet::Path};

/// Commands that may wait for a worker.
const MAX_COMMANDS: usize = 4096;
/// Commands that are carried out between two looks at the socket.
const COMMANDS_A_TURN: usize = 64;
/// Batches that are received between two looks at the commands.
const BATCHES_A_TURN: usize = 8;
/// How soon an event that nobody took is offered again.
const EVENT_RETRY: Duration = Duration::from_millis(5);
const LATENCY_CELLS: usize = LATENCY_BOUNDS_US.len() + 2;

/// A media plane that holds its port but does not serve yet.
#[derive(Debug)]
pub struct Bound {
    settings: hearth_config::Sfu,
    port: UdpPort,
    address: SocketAddr,
}

/// Takes the UDP port. `[::]` takes IPv4 too.
///
/// # Errors
/// The port cannot be had.
pub fn bind(settings: hearth_config::Sfu, listen: SocketAddr) -> io::Result<Bound> {
    let port = UdpPort::bind(listen, settings.receive_buffer_bytes, settings.send_buffer_bytes)?;
    let address = port.local_addr()?;
    Ok(Bound { settings, port, address })
}

impl Bound {
    /// Where datagrams are taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Starts the worker. `candidates` are the addresses that answers advertise. `on_event` is
    /// called on the worker's thread and must not wait; an event that it gives back is offered
    /// again a little later.
    ///
    /// # Errors
    /// No certificate could be made, or the system gives no thread or wake-up.
    pub fn start(
        self,
        candidates: Vec<SocketAddr>,
        on_event: impl FnMut(Event) -> Result<(), Event> + Send + 'static,
    ) -> io::Result<Handle> {
        let Self { settings, port, address } = self;
        let identity = Arc::new(Identity::new(settings.dtls).map_err(io::Error::other)?);
        let waker = Arc::new(Waker::new()?);
        let published = Arc::new(Published::default());
        let (sender, inputs) = sync_channel(MAX_COMMANDS);
        let now = Instant::now();
        let queue = settings.queue;
        let worker = Worker {
            core: Sfu::new(settings, candidates, identity, NtpClock::new(now), now),
            batch: Batch::new(port, queue, now)?,
            inbox: Inbox::new(address),
            inputs,
            waker: Arc::clone(&waker),
            published: Arc::clone(&published),
            on_event,
            held: None,
        };
        let thread =
            std::thread::Builder::new().name("media".into()).spawn(move || worker.run())?;
        Ok(Handle { sender, waker, published, address, thread: Mutex::new(Some(thread)) })
    }
}

/// A running media plane.
#[derive(Debug)]
pub struct Handle {
    sender: SyncSender<Input>,
    waker: Arc<Waker>,
    published: Arc<Published>,
    address: SocketAddr,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The worker has as many commands waiting as it takes, or is gone. The command comes back.
#[derive(Debug)]
pub struct Full(pub Command);

#[derive(Debug)]
enum Input {
    Command(Command),
    Stop,
}

impl Handle {
    /// Hands a command to the worker. Never waits.
    ///
    /// # Errors
    /// [`Full`].
    pub fn send(&self, command: Command) -> Result<(), Full> {
        match self.sender.try_send(Input::Command(command)) {
            Err(
                TrySendError::Full(Input::Command(command))
                | TrySendError::Disconnected(Input::Command(command)),
            ) => Err(Full(command)),
            _ => {
                self.waker.wake();
                Ok(())
            }
        }
    }

    /// Where datagrams are taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The totals, as of the worker's last turn.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters::from_values(std::array::from_fn(|at| {
            self.published.counters[at].load(Ordering::Relaxed)
        }))
    }

    /// How long forwarded packets were inside, as of the worker's last turn.
    #[must_use]
    pub fn latency(&self) -> Latency {
        let cell = |at: usize| self.published.latency[at].load(Ordering::Relaxed);
        Latency { counts: std::array::from_fn(cell), sum_us: cell(LATENCY_CELLS - 1) }
    }

    /// Whether the worker still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.thread().as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Says goodbye to every peer and waits for the worker's end. Once; later calls do nothing.
    pub fn stop(&self) {
        let Some(thread) = self.thread().take() else { return };
        // Wake first: a worker whose queue is full empties it then. It may be gone already.
        self.waker.wake();
        if self.sender.send(Input::Stop).is_ok() {
            self.waker.wake();
        }
        if thread.join().is_err() {
            tracing::error!("the media worker had panicked");
        }
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the worker lets others see. Each figure for itself: they need not be of one moment.
#[derive(Debug)]
struct Published {
    counters: [AtomicU64; Counters::NAMES.len()],
    latency: [AtomicU64; LATENCY_CELLS],
}

impl Default for Published {
    fn default() -> Self {
        Self {
            counters: [const { AtomicU64::new(0) }; Counters::NAMES.len()],
            latency: [const { AtomicU64::new(0) }; LATENCY_CELLS],
        }
    }
}

struct Worker<E> {
    core: Sfu,
    batch: Batch,
    inbox: Inbox,
    inputs: Receiver<Input>,
    waker: Arc<Waker>,
    published: Arc<Published>,
    on_event: E,
    /// An event that nobody took yet.
    held: Option<Event>,
}

impl<E: FnMut(Event) -> Result<(), Event>> Worker<E> {
    fn run(mut self) {
        let mut more_commands = false;
        loop {
            let timeout = if more_commands { Some(Duration::ZERO) } else { self.timeout() };
            waker::wait(self.batch.port(), &self.waker, self.batch.is_waiting(), timeout);
            let now = Instant::now();
            match self.take_commands(now) {
                Some(more) => more_commands = more,
                None => return self.stop(now),
            }
            self.take_datagrams();
            let now = Instant::now();
            if self.core.poll_timeout().is_some_and(|due| due <= now) {
                self.batch.begin(now, Duration::ZERO);
                self.core.handle_timeout(now, &mut self.batch);
            }
            self.batch.flush(now);
            self.tell_events();
            self.publish();
        }
    }

    fn timeout(&self) -> Option<Duration> {
        let due = self.core.poll_timeout().map(|due| due.saturating_duration_since(Instant::now()));
        let retry = self.held.is_some().then_some(EVENT_RETRY);
        due.into_iter().chain(retry).min()
    }

    /// Whether there may be more; nothing if this is the end.
    fn take_commands(&mut self, now: Instant) -> Option<bool> {
        for _ in 0..COMMANDS_A_TURN {
            match self.inputs.try_recv() {
                Ok(Input::Command(command)) => {
                    self.batch.begin(now, Duration::ZERO);
                    let (core, batch) = (&mut self.core, &mut self.batch);
                    survive(core, batch, now, |core, batch| {
                        core.handle_command(now, command, batch)
                    });
                }
                Err(TryRecvError::Empty) => return Some(false),
                Ok(Input::Stop) | Err(TryRecvError::Disconnected) => return None,
            }
        }
        Some(true)
    }

    fn take_datagrams(&mut self) {
        for _ in 0..BATCHES_A_TURN {
            let (received, more) = match self.inbox.receive(self.batch.port()) {
                Ok(received) => received,
                Err(error) => {
                    if error.kind() != io::ErrorKind::WouldBlock {
                        tracing::debug!(%error, "cannot receive");
                    }
                    return;
                }
            };
            let now = Instant::now();
            let wall_now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            for at in 0..received {
                let Some(arrival) = self.inbox.arrival(at, wall_now) else { continue };
                let counters = self.core.counters_mut();
                counters.datagrams_in += 1;
                counters.bytes_in += arrival.datagram.len() as u64;
                if arrival.truncated {
                    counters.bad_class += 1;
                    continue;
                }
                self.batch.begin(now, arrival.waited);
                let (path, batch): (Path, _) = (arrival.path, &mut self.batch);
                survive(&mut self.core, batch, now, |core, batch| {
                    core.handle_datagram(now, &path, arrival.waited, arrival.datagram, batch);
                });
            }
            self.batch.flush(Instant::now());
            if !more {
                return;
            }
        }
    }

    fn tell_events(&mut self) {
        while let Some(event) = self.held.take().or_else(|| self.core.poll_event()) {
            if let Err(event) = (self.on_event)(event) {
                self.held = Some(event);
                return;
            }
        }
    }

    fn publish(&mut self) {
        let sent = std::mem::take(&mut self.batch.sent);
        let counters = self.core.counters_mut();
        counters.datagrams_out += sent.datagrams_out;
        counters.bytes_out += sent.bytes_out;
        counters.send_errors += sent.send_errors;
        counters.dropped_unsent += sent.dropped_unsent;
        counters.kernel_dropped = self.inbox.kernel_dropped;
        for (cell, value) in self.published.counters.iter().zip(counters.values()) {
            cell.store(value, Ordering::Relaxed);
        }
        let latency = &self.batch.latency;
        let values = latency.counts.iter().chain([&latency.sum_us]);
        for (cell, value) in self.published.latency.iter().zip(values) {
            cell.store(*value, Ordering::Relaxed);
        }
    }

    fn stop(mut self, now: Instant) {
        self.batch.begin(now, Duration::ZERO);
        self.core.close(now, &mut self.batch);
        self.batch.flush(now);
        self.tell_events();
        self.publish();
    }
}

/// A panic is a fault of ours, and costs what was being handled, never the process. Where we test
/// ourselves it ends the test.
fn survive(
    core: &mut Sfu,
    batch: &mut Batch,
    now: Instant,
    handle: impl FnOnce(&mut Sfu, &mut Batch),
) {
    if cfg!(debug_assertions) {
        return handle(core, batch);
    }
    if catch_unwind(AssertUnwindSafe(|| handle(core, batch))).is_err() {
        tracing::error!("the media plane had a fault of its own and went on");
        core.recover(now, batch);
    }
}
