//! The other nodes, as far as they are known here.
//!
//! Owns who is on which of them, by what they tell, and the numbers that show whether something of
//! it was missed: then they are asked for everything. Never decides that one is dead.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_protocol::{CloseCode, IdentityId, LeftReason, Participant, ParticipantNumber, RoomId};

use tokio::task::JoinHandle;

use super::{
    deliver,
    mirror::Mirror,
    news::{News, NodeId, Online, Part, Telling},
};
use crate::{App, moderation, room::Room};

/// Most nodes beside this one; further ones are not heard.
const NODES: usize = 256;

/// How long to wait for an answer before a node is asked again, and how often at most everything
/// is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Everybody elsewhere.
#[derive(Default)]
pub(super) struct Neighbours {
    known: HashMap<NodeId, Neighbour>,
    /// The greatest number of a participant that was heard of.
    pub(super) seen: u32,
    /// There are other rooms than are known here.
    pub(super) rooms: bool,
    /// Rooms from which others are banned than is known here.
    pub(super) bans: BTreeSet<RoomId>,
    /// Something may have been written that was not heard of, or somebody banned.
    pub(super) logs: bool,
    /// Looks for it in conversations between two, and at the bans of every room.
    pub(super) looking: Option<JoinHandle<()>>,
    /// Somebody asked for everything.
    asked: bool,
    answered: Option<Instant>,
}

/// One node.
struct Neighbour {
    /// What it tells next.
    next: u64,
    /// Something was missed, and it is asked for everything.
    missed: bool,
    asked: Option<Instant>,
    present: HashMap<ParticipantNumber, (RoomId, Participant)>,
    online: HashMap<IdentityId, u64>,
    /// What it has told of everybody so far.
    parts: Option<Part>,
}

impl Neighbours {
    /// Whether there is something to mend.
    pub(super) fn missed_something(&self) -> bool {
        self.rooms || self.logs || !self.bans.is_empty()
    }

    /// The nodes.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        self.known.keys().cloned().collect()
    }

    /// Hears what a node tells.
    pub(super) fn hear(&mut self, telling: Telling, app: &Arc<App>) {
        let Telling { node, number, news } = telling;
        if !self.known.contains_key(&node) {
            if self.known.len() >= NODES {
                metrics::counter!("hearth_news_missed_total").increment(1);
                return;
            }
            tracing::info!(%node, "another node is here");
            self.known.insert(node.clone(), Neighbour::new());
            self.count();
        }
        let Some(neighbour) = self.known.get_mut(&node) else { return };
        let expected = if news.is_empty() { number + 1 } else { number };
        if neighbour.next != expected {
            metrics::counter!("hearth_news_holes_total").increment(1);
            neighbour.missed = true;
            neighbour.parts = None;
        }
        neighbour.next = number + 1;
        for news in news {
            self.apply(&node, news, app);
        }
        self.ask(&app.mirror);
    }

    /// Asks those of whom something was missed, and answers those who ask; to be called now and
    /// then.
    pub(super) fn ask(&mut self, mirror: &Mirror) {
        let late = |at: Option<Instant>| at.is_none_or(|at| at.elapsed() >= PATIENCE);
        for (node, neighbour) in &mut self.known {
            if neighbour.missed && late(neighbour.asked) {
                neighbour.asked = Some(Instant::now());
                mirror.ask(node);
            }
        }
        if self.asked && late(self.answered) {
            self.asked = false;
            self.answered = Some(Instant::now());
            mirror.everybody();
        }
    }

    /// A node is dead: its people are gone.
    pub(super) fn bury(&mut self, node: &NodeId, app: &App) {
        let Some(neighbour) = self.known.remove(node) else { return };
        tracing::warn!(%node, people = neighbour.present.len(), "another node is gone");
        for (number, (room, _)) in neighbour.present {
            app.presence.left_elsewhere(&room, number, LeftReason::Lost);
        }
        for (identity, serial) in neighbour.online {
            app.roster.offline_elsewhere(&identity, serial);
        }
        if self.known.is_empty() {
            app.mirror.alone();
        }
        self.count();
    }

    /// A room is new here: those who are known to be in it are let in.
    pub(super) fn fill(&self, room: &Room, app: &App) {
        for (node, neighbour) in &self.known {
            for (_, participant) in neighbour.present.values().filter(|(in_, _)| in_ == room.id()) {
                app.presence.present_elsewhere(node, room.id(), participant.clone());
            }
        }
    }

    fn apply(&mut self, node: &NodeId, news: News, app: &Arc<App>) {
        let Some(neighbour) = self.known.get_mut(node) else { return };
        match news {
            News::Happened(event) => deliver(*event, app),
            News::Present { room, participant } => {
                self.seen = self.seen.max(participant.number.0);
                neighbour.present(node, room, participant, app);
            }
            News::Left { number, reason } => neighbour.left(number, reason, app),
            News::Online(online) => neighbour.online(node, online, app),
            News::Offline { identity, serial } => neighbour.offline(&identity, serial, app),
            News::Rooms => self.rooms = true,
            News::Bans { room } => {
                self.bans.insert(room);
            }
            News::Order { to, id, order } if app.is_node(&to) => {
                // A walk waits for the store; what is told meanwhile is not to wait for it.
                let (app, node) = (Arc::clone(app), node.clone());
                tokio::spawn(async move {
                    let answer = moderation::obey(&app, order).await;
                    app.mirror.answer(node, id, answer);
                });
            }
            News::Answer { to, id, answer } if app.is_node(&to) => app.answered(id, answer),
            News::Order { .. } | News::Answer { .. } => {}
            News::Ask { of } => self.asked |= app.is_node(&of),
            News::Everybody(part) => {
                let first = part.first;
                if first {
                    neighbour.parts = Some(Part::default());
                }
                let Some(parts) = &mut neighbour.parts else { return };
                parts.present.extend(part.present);
                parts.online.extend(part.online);
                if part.last {
                    let whole = neighbour.parts.take().unwrap_or_default();
                    let seen = whole.present.iter().map(|(_, it)| it.number.0).max();
                    self.seen = self.seen.max(seen.unwrap_or(0));
                    neighbour.everybody(node, whole, app);
                    // What was said meanwhile may have been missed as well.
                    self.rooms = true;
                    self.logs = true;
                }
            }
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn count(&self) {
        metrics::gauge!("hearth_other_nodes").set(self.known.len() as f64);
    }
}

impl Neighbour {
    fn new() -> Self {
        Self {
            next: 0,
            missed: true,
            asked: None,
            present: HashMap::new(),
            online: HashMap::new(),
            parts: None,
        }
    }

    fn present(&mut self, node: &NodeId, room: RoomId, mut participant: Participant, app: &App) {
        participant.elsewhere = true;
        app.presence.present_elsewhere(node, &room, participant.clone());
        self.present.insert(participant.number, (room, participant));
    }

    fn left(&mut self, number: ParticipantNumber, reason: LeftReason, app: &App) {
        if let Some((room, _)) = self.present.remove(&number) {
            app.presence.left_elsewhere(&room, number, reason);
        }
    }

    fn online(&mut self, node: &NodeId, Online { who, serial }: Online, app: &App) {
        let identity = who.identity.clone();
        // One identity has one session: the newer stays, here as there.
        if let Some(session) = app.roster.of(&identity)
            && session.serial < serial
        {
            app.end(&session, CloseCode::Replaced, LeftReason::Left);
        }
        app.roster.online_elsewhere(node, who, serial);
        self.online.insert(identity, serial);
    }

    fn offline(&mut self, identity: &IdentityId, serial: u64, app: &App) {
        if self.online.get(identity) == Some(&serial) {
            self.online.remove(identity);
        }
        app.roster.offline_elsewhere(identity, serial);
    }

    /// Takes everything that the node tells of its people in place of what was known.
    fn everybody(&mut self, node: &NodeId, whole: Part, app: &App) {
        self.missed = false;
        let present: HashSet<_> = whole.present.iter().map(|(_, it)| it.number).collect();
        let online: HashMap<_, _> =
            whole.online.iter().map(|it| (it.who.identity.clone(), it.serial)).collect();
        let gone: Vec<_> =
            self.present.keys().filter(|it| !present.contains(it)).copied().collect();
        gone.into_iter().for_each(|number| self.left(number, LeftReason::Left, app));
        for (identity, serial) in std::mem::take(&mut self.online) {
            if online.get(&identity) != Some(&serial) {
                app.roster.offline_elsewhere(&identity, serial);
            }
        }
        whole.present.into_iter().for_each(|(room, it)| self.present(node, room, it, app));
        whole.online.into_iter().for_each(|it| self.online(node, it, app));
    }
}
