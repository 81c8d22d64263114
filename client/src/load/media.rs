//! One media thread of a load: many peers, one epoll, an even pace.
//!
//! Owns its peers' sockets and its tally. Told what to do over a bounded channel; tells how far
//! the peers are through a watch. Never waits for anything but its sockets and its clock.

use std::{
    io::{self, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    histogram::Histogram,
    packet::{self, Stamp},
    peer::{Arrived, Peer},
    socket::{Batch, Epoll, thread_cpu},
    tally::{Seen, Tally, Window},
};

/// The token of the waking socket.
const WAKE: u64 = u64::MAX;
/// Peers without urgent timers are looked after this often.
const ROUND: Duration = Duration::from_millis(10);
/// Orders that may wait.
const ORDERS: usize = 1024;

/// How packets are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Packets per second and publisher.
    pub(crate) rate: u32,
    /// Payload, bytes.
    pub(crate) payload: usize,
}

/// A peer with its place in the load.
pub(crate) struct Member {
    pub(crate) peer: Peer,
    /// In which of the load's rooms.
    pub(crate) room: u32,
    /// The how manieth publisher of the load, below 65,536; `None` for a subscriber.
    pub(crate) publisher: Option<u32>,
    /// When its signaling began.
    pub(crate) began: Instant,
}

/// How far the peers are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) connected: usize,
    pub(crate) heard: usize,
    pub(crate) failed: usize,
    /// From the beginning of signaling to the keys.
    pub(crate) to_connected: Histogram,
    /// From the beginning of signaling to the first packet.
    pub(crate) to_first_packet: Histogram,
    /// Why the last one failed.
    pub(crate) failure: Option<String>,
    /// RTP packets received so far.
    pub(crate) rtp: u64,
}

enum Order {
    Join(Box<Member>),
    Measure(Window),
    Stop,
}

/// The thread, as its owner holds it.
pub(crate) struct Media {
    orders: SyncSender<Order>,
    wake: UnixStream,
    progress: watch::Receiver<Progress>,
    thread: JoinHandle<io::Result<Tally>>,
}

impl Media {
    /// `epoch`: when the load began. `publishers`: how many there will be in all, to spread them.
    pub(crate) fn start(epoch: Instant, pace: Pace, publishers: u32) -> io::Result<Self> {
        let (orders, ordered) = sync_channel(ORDERS);
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let (progress_now, progress) = watch::channel(Progress::default());
        let epoll = Epoll::new()?;
        epoll.watch(woken.as_fd(), WAKE)?;
        let worker = Worker {
            epoch,
            pace,
            publishers: publishers.max(1),
            epoll,
            woken,
            ordered,
            progress: progress_now,
            batch: Batch::new(),
            members: Vec::new(),
            tally: Tally::default(),
            window: Window::default(),
            cpu_at_start: None,
            measured: false,
            next_round: epoch,
        };
        let thread = thread::Builder::new().name("load-media".into()).spawn(|| worker.run())?;
        Ok(Self { orders, wake, progress, thread })
    }

    pub(crate) fn join(&self, member: Member) {
        self.order(Order::Join(Box::new(member)));
    }

    pub(crate) fn measure(&self, window: Window) {
        self.order(Order::Measure(window));
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Closes all peers and returns what was counted.
    pub(crate) fn stop(self) -> io::Result<Tally> {
        self.order(Order::Stop);
        self.thread.join().map_err(|_| io::Error::other("the media thread failed"))?
    }

    fn order(&self, order: Order) {
        // A thread that ended reports why when it is joined.
        let _ = self.orders.send(order);
        let _ = (&self.wake).write(&[0]);
    }
}

/// A member at work.
struct Active {
    member: Member,
    seen: Seen,
    /// When the next packet is due.
    due: Instant,
    count: u64,
    connected: bool,
    heard: bool,
    failed: bool,
}

struct Worker {
    epoch: Instant,
    pace: Pace,
    publishers: u32,
    epoll: Epoll,
    woken: UnixStream,
    ordered: Receiver<Order>,
    progress: watch::Sender<Progress>,
    batch: Batch,
    members: Vec<Active>,
    tally: Tally,
    window: Window,
    cpu_at_start: Option<Duration>,
    measured: bool,
    next_round: Instant,
}

impl Worker {
    fn run(mut self) -> io::Result<Tally> {
        let mut ready = Vec::new();
        loop {
            let now = Instant::now();
            let wait = self.next_due().saturating_duration_since(now);
            ready.clear();
            ready.extend(self.epoll.wait(wait)?);
            for token in &ready {
                match usize::try_from(*token) {
                    Ok(index) if index < self.members.len() => self.read(index),
                    _ => {
                        let _ = self.woken.read(&mut [0; 64]);
                    }
                }
            }
            loop {
                match self.ordered.try_recv() {
                    Ok(Order::Join(member)) => self.join(*member)?,
                    Ok(Order::Measure(window)) => self.window = window,
                    Err(TryRecvError::Empty) => break,
                    Ok(Order::Stop) | Err(TryRecvError::Disconnected) => {
                        for active in &mut self.members {
                            active.member.peer.close();
                        }
                        return Ok(self.tally);
                    }
                }
            }
            self.publish();
            self.look_after();
            self.watch_window();
        }
    }

    fn next_due(&self) -> Instant {
        let due = self.members.iter().filter(|a| a.publishes()).map(|a| a.due).min();
        due.map_or(self.next_round, |due| due.min(self.next_round))
    }

    fn join(&mut self, member: Member) -> io::Result<()> {
        if let Some(socket) = member.peer.socket() {
            self.epoll.watch(socket.as_fd(), self.members.len() as u64)?;
        }
        // Publishers are spread evenly over the period.
        let period = self.period();
        let phase = period * member.publisher.unwrap_or(0) / self.publishers;
        let periods = (self.epoch.elapsed().as_nanos() / period.as_nanos()) as u32 + 1;
        let due = self.epoch + period * periods + phase;
        self.members.push(Active {
            member,
            seen: Seen::default(),
            due,
            count: 0,
            connected: false,
            heard: false,
            failed: false,
        });
        // What came between the first check and now.
        self.read(self.members.len() - 1);
        self.next_round = Instant::now();
        Ok(())
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1) / self.pace.rate.max(1)
    }

    /// Reads what one peer's socket has.
    fn read(&mut self, index: usize) {
        let Self { members, batch, tally, .. } = self;
        let active = &mut members[index];
        let Some(socket) = active.member.peer.socket() else { return };
        let received = batch.receive(socket).unwrap_or(0);
        let now = Instant::now();
        let since = now.duration_since(self.epoch);
        for n in 0..received {
            let datagram = batch.datagram(n);
            match active.member.peer.handle_datagram(datagram, now) {
                Ok(Arrived::Transport) => {}
                Ok(Arrived::Rtcp) => tally.rtcp += 1,
                Ok(Arrived::Refused) => tally.refused += 1,
                Ok(Arrived::Rtp(packet)) => {
                    tally.rtp += 1;
                    let Some(stamp) = packet::read(&packet) else { continue };
                    if !active.heard {
                        active.heard = true;
                        let took = now.duration_since(active.member.began);
                        self.progress.send_modify(|progress| {
                            progress.heard += 1;
                            progress.to_first_packet.add(took);
                        });
                    }
                    if !self.window.contains(stamp.sent) {
                        continue;
                    }
                    if !active.seen.first(&stamp) {
                        tally.duplicates += 1;
                    } else if stamp.publisher >> 16 != active.member.room {
                        tally.foreign += 1;
                    } else {
                        tally.received += 1;
                        tally.bytes += datagram.len() as u64;
                        tally.latency.add(since.saturating_sub(stamp.sent));
                    }
                }
                Err(error) => return fail(active, tally, &self.progress, &error.to_string()),
            }
        }
        self.settle(index, now);
    }

    /// Notes what became of a peer.
    fn settle(&mut self, index: usize, now: Instant) {
        let active = &mut self.members[index];
        if !active.connected && active.member.peer.is_connected() {
            active.connected = true;
            let took = now.duration_since(active.member.began);
            self.progress.send_modify(|progress| {
                progress.connected += 1;
                progress.to_connected.add(took);
            });
        }
        if active.member.peer.closed && !active.failed {
            fail(active, &mut self.tally, &self.progress, "closed by the server");
        }
    }

    /// Sends what is due.
    fn publish(&mut self) {
        let period = self.period();
        let Self { members, tally, window, epoch, pace, .. } = self;
        for active in members.iter_mut().filter(|active| active.publishes()) {
            let Some(publisher) = active.member.publisher else { continue };
            let Some(ssrc) = active.member.peer.ssrc else { continue };
            let mut now = Instant::now();
            while active.due <= now {
                let stamp = Stamp {
                    publisher: active.member.room << 16 | publisher,
                    count: active.count,
                    sent: now.duration_since(*epoch),
                };
                let packet = packet::write(ssrc, pace.rate, pace.payload, stamp);
                // A context that cannot encrypt any more sends nothing; the loss is counted.
                let _ = active.member.peer.send(&packet);
                active.count += 1;
                if window.contains(stamp.sent) {
                    tally.sent += 1;
                    tally.late += u64::from(now.duration_since(active.due) > period);
                }
                active.due += period;
                now = Instant::now();
            }
        }
    }

    /// Lets time pass for the peers whose time it is.
    fn look_after(&mut self) {
        let now = Instant::now();
        if now < self.next_round {
            return;
        }
        self.next_round = now + ROUND;
        for index in 0..self.members.len() {
            let active = &mut self.members[index];
            if active.failed {
                continue;
            }
            if active.member.peer.due().is_some_and(|due| due <= now)
                && let Err(error) = active.member.peer.handle_timeout(now)
            {
                fail(active, &mut self.tally, &self.progress, &error.to_string());
                continue;
            }
            if !active.connected {
                let due = active.member.peer.due().unwrap_or(now + ROUND);
                // Never sooner than a millisecond, so that nothing spins.
                let due = due.max(now + Duration::from_millis(1));
                self.next_round = self.next_round.min(due);
            }
            self.settle(index, now);
        }
        let rtp = self.tally.rtp;
        self.progress.send_if_modified(|progress| {
            progress.rtp = rtp;
            false
        });
    }

    /// Takes this thread's CPU time at both ends of the window.
    fn watch_window(&mut self) {
        let now = self.epoch.elapsed();
        if self.measured || self.window.until.is_zero() || now < self.window.from {
            return;
        }
        let start = *self.cpu_at_start.get_or_insert_with(thread_cpu);
        if now >= self.window.until {
            self.tally.cpu = thread_cpu() - start;
            self.measured = true;
        }
    }
}

impl Active {
    fn publishes(&self) -> bool {
        self.connected && !self.failed && self.member.publisher.is_some()
    }
}

fn fail(active: &mut Active, tally: &mut Tally, progress: &watch::Sender<Progress>, why: &str) {
    if active.failed {
        return;
    }
    active.failed = true;
    tally.failed += 1;
    progress.send_modify(|progress| {
        progress.failed += 1;
        progress.failure = Some(why.to_owned());
    });
}
