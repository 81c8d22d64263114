//! The core of one worker. It carries no voice yet: every offer is refused as for a full server.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Command, Counters, Event, Identity, Join, JoinError, NtpClock,
    outlet::{Outlet, Path},
};

/// Rooms and peers of one worker.
#[derive(Debug, Default)]
pub struct Sfu {
    counters: Counters,
    refused: std::collections::VecDeque<Event>,
}

#[allow(unused_variables, missing_docs, reason = "the core is being built")]
impl Sfu {
    pub fn new(
        settings: hearth_config::Sfu,
        candidates: Vec<SocketAddr>,
        identity: Arc<Identity>,
        clock: NtpClock,
        now: Instant,
    ) -> Self {
        Self::default()
    }

    pub fn handle_command(&mut self, now: Instant, command: Command, out: &mut impl Outlet) {
        if let Command::Join(Join { peer, .. }) | Command::Restart { peer, .. } = command {
            self.counters.joins_refused += 1;
            self.refused.push_back(Event::Answer { peer, answer: Err(JoinError::Full) });
        }
    }

    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: &Path,
        waited: Duration,
        datagram: &mut [u8],
        out: &mut impl Outlet,
    ) {
    }

    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outlet) {}

    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.refused.pop_front()
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    pub fn close(&mut self, now: Instant, out: &mut impl Outlet) {}
}
