//! All peers of a load and their sessions.
//!
//! Owns bringing everybody in, the measured window, and everybody's leaving. Never interprets what
//! was counted.

use std::{
    io,
    net::IpAddr,
    time::{Duration, Instant},
};

use hearth_protocol::{Ack, ClientMessage, CreateRoom, VoiceJoin};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::{sleep, sleep_until, timeout},
};

use super::{
    Plan, failed,
    histogram::Histogram,
    media::{Media, Member, Pace, Progress},
    peer::{Peer, Shared},
    proc::Usage,
    tally::{Tally, Window},
};
use crate::{Connection, Error, Room, Who};

/// Joins that may be under way at once.
const JOINING: usize = 32;
/// All peers must be connected so long after the last join.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);
/// Between the last join and the window.
const SETTLE: Duration = Duration::from_secs(1);
/// What is under way at the window's end gets so long to arrive.
const DRAIN: Duration = Duration::from_millis(500);

/// The server's own use at the ends of the joins and of the window.
pub(super) struct Measured {
    pub(super) joined: Option<Usage>,
    /// Packets received until then.
    pub(super) joined_rtp: u64,
    pub(super) start: Option<Usage>,
    pub(super) end: Option<Usage>,
    pub(super) seconds: f64,
}

/// All peers and their sessions.
pub(super) struct Crowd {
    epoch: Instant,
    sending: Media,
    receiving: Media,
    connections: Vec<Connection>,
    pub(super) slots: u8,
}

impl Crowd {
    pub(super) fn start(plan: &Plan) -> Result<Self, Error> {
        let epoch = Instant::now();
        let pace = Pace { rate: plan.rate, payload: plan.payload };
        let publishers = plan.publishers * plan.rooms;
        let start = || Media::start(epoch, pace, publishers).map_err(|error| failed(&error));
        let (sending, receiving) = (start()?, start()?);
        Ok(Self { epoch, sending, receiving, connections: Vec::new(), slots: 0 })
    }

    /// Brings everybody in: first who talks, then who listens.
    pub(super) async fn join(
        &mut self,
        plan: &Plan,
        told: &mut impl FnMut(&str),
    ) -> Result<(), Error> {
        let shared = Shared::new()?;
        let server = address(&plan.server).await;
        let rooms = self.rooms(plan).await?;
        let per_room = |count: u32, talks: bool| {
            let rooms = &rooms;
            (0..count * plan.rooms).map(move |n| {
                (n, (n % plan.rooms) as usize, talks, &rooms[(n % plan.rooms) as usize])
            })
        };
        for (count, talks) in [(plan.publishers, true), (plan.subscribers, false)] {
            let media = if talks { &self.sending } else { &self.receiving };
            let mut joining = JoinSet::new();
            let begin = tokio::time::Instant::now();
            for (n, room, talks, id) in per_room(count, talks) {
                // Somewhere within its own share of time, so that joins do not keep step with
                // the packets; who is in meanwhile goes to work at once.
                let share =
                    (f64::from(n) + rand::random::<f64>()) / f64::from(plan.joins_per_second);
                let due = sleep_until(begin + Duration::from_secs_f64(share));
                tokio::pin!(due);
                loop {
                    tokio::select! {
                        biased;
                        Some(joined) = joining.join_next() => {
                            admit(joined, media, &mut self.connections)?;
                        }
                        () = &mut due, if joining.len() < JOINING => break,
                    }
                }
                if n % 50 == 49 {
                    told(&format!("joining: {} in", self.connections.len()));
                }
                let entry = Entry {
                    server: plan.server.clone(),
                    address: server,
                    shared: shared.clone(),
                    room: room as u32,
                    id: id.clone(),
                    publisher: talks.then_some(n),
                    slots: if talks { Some(0) } else { plan.slots },
                };
                joining.spawn(entry.join());
            }
            while let Some(joined) = joining.join_next().await {
                admit(joined, media, &mut self.connections)?;
            }
            let everybody = (count * plan.rooms) as usize;
            arrived(media.progress(), everybody, !talks && plan.publishers > 0).await?;
        }
        self.slots =
            plan.slots.or_else(|| self.connections.first().map(|c| c.welcome().slots)).unwrap_or(0);
        Ok(())
    }

    /// The ids of the rooms, which are created if need be.
    async fn rooms(&mut self, plan: &Plan) -> Result<Vec<String>, Error> {
        if let (Some(room), 1) = (&plan.room, plan.rooms) {
            return Ok(vec![room.clone()]);
        }
        let connection = Connection::open(&plan.server, guest()).await?;
        let there = Room::list(&connection).await?;
        let mut ids = Vec::new();
        for n in 1..=plan.rooms {
            let name = format!("{} {n}", plan.room.as_deref().unwrap_or("Load"));
            let known = there.iter().find(|room| room.name == name).map(|room| room.id.0.clone());
            ids.push(match known {
                Some(id) => id,
                None => create(&connection, name).await?,
            });
        }
        connection.close().await;
        Ok(ids)
    }

    /// Measures a window.
    pub(super) async fn measure(
        &self,
        plan: &Plan,
        told: &mut impl FnMut(&str),
    ) -> Result<Measured, Error> {
        let joined_rtp = self.receiving.progress().borrow().rtp;
        let joined = plan.usage()?;
        sleep(SETTLE).await;
        let from = self.epoch.elapsed();
        let window = Window { from, until: from + plan.duration };
        self.sending.measure(window);
        self.receiving.measure(window);
        let began = tokio::time::Instant::now();
        let start = plan.usage()?;
        let mut next = began;
        while next < began + plan.duration {
            next = (next + Duration::from_secs(5)).min(began + plan.duration);
            sleep_until(next).await;
            told(&format!(
                "measuring: {} of {} s",
                began.elapsed().as_secs(),
                plan.duration.as_secs()
            ));
        }
        let end = plan.usage()?;
        let seconds = began.elapsed().as_secs_f64();
        sleep(DRAIN).await;
        Ok(Measured { joined, joined_rtp, start, end, seconds })
    }

    /// Everybody leaves.
    pub(super) async fn leave(self) -> Result<(Tally, Joins), Error> {
        let (sending, receiving) = (self.sending.progress(), self.receiving.progress());
        let stopping = tokio::task::spawn_blocking(move || -> io::Result<Tally> {
            let mut tally = self.sending.stop()?;
            tally.merge(&self.receiving.stop()?);
            Ok(tally)
        });
        let tally =
            stopping.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        let mut closing = JoinSet::new();
        for connection in self.connections {
            closing.spawn(connection.close());
        }
        closing.join_all().await;
        let mut joins = Joins::default();
        for progress in [sending.borrow(), receiving.borrow()] {
            joins.to_connected.merge(&progress.to_connected);
            joins.to_first_packet.merge(&progress.to_first_packet);
        }
        Ok((tally, joins))
    }
}

/// How long everybody took to come in.
#[derive(Default)]
pub(super) struct Joins {
    pub(super) to_connected: Histogram,
    pub(super) to_first_packet: Histogram,
}

/// One peer on its way in.
struct Entry {
    server: String,
    address: Option<IpAddr>,
    shared: Shared,
    room: u32,
    id: String,
    publisher: Option<u32>,
    slots: Option<u8>,
}

impl Entry {
    async fn join(self) -> Result<(Connection, Member), Error> {
        let connection = Connection::open(&self.server, guest()).await?;
        let slots = self.slots.unwrap_or(connection.welcome().slots);
        let began = Instant::now();
        Room::join(&connection, &self.id).await?;
        let talks = self.publisher.is_some();
        let (mut peer, offer) = Peer::new(&self.shared, talks, slots, began)?;
        let join = VoiceJoin { offer, muted: false, deafened: false };
        match connection.request(ClientMessage::VoiceJoin(join)).await? {
            Ack::Voice(voice) => peer.answer(&voice.answer, self.address, Instant::now())?,
            other => return Err(Error::Unexpected(format!("{other:?}"))),
        }
        Ok((connection, Member { peer, room: self.room, publisher: self.publisher, began }))
    }
}

fn admit(
    joined: Result<Result<(Connection, Member), Error>, JoinError>,
    media: &Media,
    connections: &mut Vec<Connection>,
) -> Result<(), Error> {
    let (connection, member) = joined.map_err(|error| failed(&error))??;
    media.join(member);
    connections.push(connection);
    Ok(())
}

/// Waits until all peers are connected, and hear something if they should.
async fn arrived(
    mut progress: watch::Receiver<Progress>,
    all: usize,
    hear: bool,
) -> Result<(), Error> {
    let there =
        |now: &Progress| now.connected >= all && (!hear || now.heard >= all) || now.failed > 0;
    // Whether in time or not: what counts is how far they are now.
    let _ = timeout(CONNECT_WITHIN, progress.wait_for(there)).await.is_ok();
    if there(&progress.borrow()) && progress.borrow().failed == 0 {
        return Ok(());
    }
    let Progress { connected, heard, failed, failure, .. } = progress.borrow().clone();
    let why = failure.unwrap_or_else(|| "no reason is known".into());
    Err(Error::Voice(format!(
        "of {all} peers {connected} connected, {heard} heard something, {failed} failed: {why}"
    )))
}

async fn create(connection: &Connection, name: String) -> Result<String, Error> {
    let room = CreateRoom { name, icon: "🧪".into(), ..CreateRoom::default() };
    match connection.request(ClientMessage::RoomCreate(room)).await? {
        Ack::RoomCreate { room } => Ok(room.id.0),
        other => Err(Error::Unexpected(format!("{other:?}"))),
    }
}

/// A guest nobody else is.
fn guest() -> Who {
    Who::guest(&format!("load {:012x}", rand::random::<u64>() >> 16))
}

/// Where the server's name leads, to choose among its media addresses.
async fn address(server: &str) -> Option<IpAddr> {
    let url = url::Url::parse(server).ok()?;
    let port = url.port_or_known_default()?;
    let mut found = tokio::net::lookup_host((url.host_str()?, port)).await.ok()?;
    found.next().map(|address| address.ip())
}
