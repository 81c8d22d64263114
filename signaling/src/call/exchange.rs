//! Which calls there are, and who is in which.
//!
//! Owns the rule that a person has one call at most, and that a call ends once, by whatever comes
//! first. Tells nobody: whoever follows a [`Line`] hears how it ended.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    sync::Arc,
};

use hearth_protocol::{CallEnded, CallId, ErrorCode, Fault, IdentityId, RoomId};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

use crate::{
    identity::{Entrant, random_hex},
    room::Room,
};

/// Every call, ringing or under way. Bounded by the sessions: each has one at most.
#[derive(Debug, Default)]
pub(crate) struct Exchange(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    calls: HashMap<CallId, Arc<Line>>,
    of: HashMap<IdentityId, Arc<Line>>,
    of_room: HashMap<RoomId, Arc<Line>>,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: CallId,
    pub(crate) room: RoomId,
    pub(crate) caller: Entrant,
    pub(crate) callee: Entrant,
    pub(crate) began: Instant,
    /// Which of the two talk by a way of their own, and do not walk into the room.
    apart: Mutex<BTreeSet<IdentityId>>,
    state: watch::Sender<State>,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ringing,
    /// Since when the two may talk.
    Accepted(Instant),
    /// How it ended; if it was accepted, after how long.
    Over(CallEnded, Option<Duration>),
}

impl Exchange {
    /// Begins to ring.
    ///
    /// # Errors
    /// `in_call` if the caller has a call, `person_busy` if the other has.
    pub(crate) fn begin(&self, caller: Entrant, callee: Entrant) -> Result<Arc<Line>, Fault> {
        let id = CallId(random_hex::<16>());
        let line = Arc::new(Line {
            room: RoomId(format!("call-{id}")),
            id,
            caller,
            callee,
            began: Instant::now(),
            apart: Mutex::default(),
            state: watch::Sender::new(State::Ringing),
        });
        let mut table = self.0.lock();
        if table.of.contains_key(&line.caller.identity) {
            return Err(Fault::new(ErrorCode::InCall, "You have a call. End it first."));
        }
        match table.of.entry(line.callee.identity.clone()) {
            Entry::Occupied(_) => {
                let message = format!("{} is in another call.", line.callee.name);
                return Err(Fault::new(ErrorCode::PersonBusy, message));
            }
            Entry::Vacant(free) => free.insert(Arc::clone(&line)),
        };
        table.of.insert(line.caller.identity.clone(), Arc::clone(&line));
        table.of_room.insert(line.room.clone(), Arc::clone(&line));
        table.calls.insert(line.id.clone(), Arc::clone(&line));
        Ok(line)
    }

    /// A call of this person's.
    ///
    /// # Errors
    /// `call_not_found`, also for those whose call it is not.
    pub(crate) fn find(&self, call: &CallId, who: &IdentityId) -> Result<Arc<Line>, Fault> {
        let found = self.0.lock().calls.get(call).map(Arc::clone);
        found.filter(|line| line.is_of(who)).ok_or_else(over)
    }

    /// The call between two people.
    ///
    /// # Errors
    /// `call_not_found`.
    pub(crate) fn between(&self, one: &IdentityId, other: &IdentityId) -> Result<CallId, Fault> {
        self.line_between(one, other).map(|line| line.id.clone()).ok_or_else(over)
    }

    /// Whether two people are in an accepted call with each other.
    pub(crate) fn joins(&self, one: &IdentityId, other: &IdentityId) -> bool {
        let line = self.line_between(one, other);
        line.is_some_and(|line| matches!(line.state(), State::Accepted(_)))
    }

    fn line_between(&self, one: &IdentityId, other: &IdentityId) -> Option<Arc<Line>> {
        let table = self.0.lock();
        table.of.get(one).filter(|line| one != other && line.is_of(other)).map(Arc::clone)
    }

    /// Somebody will not walk into the room of their call, and is in the call all the same.
    pub(crate) fn talks_apart(&self, call: &CallId, who: &IdentityId) {
        if let Ok(line) = self.find(call, who) {
            line.apart.lock().insert(who.clone());
        }
    }

    /// The two may talk from now on. False: they could already.
    ///
    /// # Errors
    /// `call_not_found` if it is over.
    pub(crate) fn accept(&self, line: &Line) -> Result<bool, Fault> {
        // The lock orders this with the end.
        let _table = self.0.lock();
        let state = *line.state.borrow();
        match state {
            State::Ringing => {
                line.state.send_replace(State::Accepted(Instant::now()));
                Ok(true)
            }
            State::Accepted(_) => Ok(false),
            State::Over(..) => Err(over()),
        }
    }

    /// Whether somebody may walk into the room of a call; `None` if it is none.
    pub(crate) fn admits(&self, room: &RoomId, who: &IdentityId) -> Option<bool> {
        let table = self.0.lock();
        let line = table.of_room.get(room)?;
        Some(line.is_of(who) && matches!(line.state(), State::Accepted(_)))
    }

    /// Ends a call, once, unless `how` has nothing to say; both may have another from here on.
    pub(crate) fn end(&self, line: &Line, how: impl FnOnce(State) -> Option<CallEnded>) {
        let mut table = self.0.lock();
        let state = *line.state.borrow();
        if matches!(state, State::Over(..)) {
            return;
        }
        let Some(how) = how(state) else { return };
        table.calls.remove(&line.id);
        table.of_room.remove(&line.room);
        table.of.remove(&line.caller.identity);
        table.of.remove(&line.callee.identity);
        let lasted = match state {
            State::Accepted(since) => Some(since.elapsed()),
            State::Ringing | State::Over(..) => None,
        };
        line.state.send_replace(State::Over(how, lasted));
    }

    /// Somebody walked out of a room: if it is that of a call, this ends it.
    pub(crate) fn left(&self, room: &Room) {
        let line = self.0.lock().of_room.get(room.id()).map(Arc::clone);
        if let Some(line) = line {
            self.end(&line, undeclined);
        }
    }

    /// Somebody is not online any more.
    pub(crate) fn gone(&self, who: &IdentityId) {
        let line = self.0.lock().of.get(who).map(Arc::clone);
        if let Some(line) = line {
            self.end(&line, undeclined);
        }
    }
}

impl Line {
    pub(crate) fn is_of(&self, who: &IdentityId) -> bool {
        self.caller.identity == *who || self.callee.identity == *who
    }

    /// Whether somebody is in the call without being in its room.
    pub(crate) fn is_apart(&self, who: &IdentityId) -> bool {
        self.apart.lock().contains(who)
    }

    /// How far it has come.
    pub(crate) fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Waits until it is over.
    pub(crate) async fn over(&self) {
        // The sender lives as long as the line.
        let _ = self.state.subscribe().wait_for(|state| matches!(state, State::Over(..))).await;
    }
}

/// How a call ends that nobody declined.
pub(crate) fn undeclined(state: State) -> Option<CallEnded> {
    Some(if state == State::Ringing { CallEnded::Missed } else { CallEnded::HungUp })
}

fn over() -> Fault {
    Fault::new(ErrorCode::CallNotFound, "There is no such call, or not any more.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::entrant;

    #[test]
    fn a_person_has_one_call_and_it_ends_once() {
        let exchange = Exchange::default();
        let begin = |one, other| exchange.begin(entrant(one), entrant(other));
        let code = |refused: Result<Arc<Line>, Fault>| refused.unwrap_err().code;
        let line = begin("ana", "bo").unwrap();
        assert_eq!(code(begin("ana", "cy")), ErrorCode::InCall);
        assert_eq!(code(begin("bo", "ana")), ErrorCode::InCall);
        assert_eq!(code(begin("cy", "ana")), ErrorCode::PersonBusy);
        assert_eq!(code(begin("cy", "bo")), ErrorCode::PersonBusy);

        let (ana, cy) = (IdentityId("ana".into()), IdentityId("cy".into()));
        assert!(exchange.find(&line.id, &ana).is_ok());
        assert_eq!(code(exchange.find(&line.id, &cy)), ErrorCode::CallNotFound);
        assert!(exchange.accept(&line).unwrap());
        assert!(!exchange.accept(&line).unwrap());
        exchange.end(&line, |state: State| (state == State::Ringing).then_some(CallEnded::Missed));
        assert!(matches!(line.state(), State::Accepted(_)));
        exchange.gone(&ana);
        exchange.end(&line, |_| Some(CallEnded::Declined));
        assert!(matches!(line.state(), State::Over(CallEnded::HungUp, Some(_))));
        assert!(exchange.accept(&line).is_err() && exchange.find(&line.id, &ana).is_err());

        let again = begin("cy", "ana").unwrap();
        exchange.gone(&ana);
        assert_eq!(again.state(), State::Over(CallEnded::Missed, None));
        let table = exchange.0.lock();
        assert!(table.calls.is_empty() && table.of.is_empty() && table.of_room.is_empty());
    }
}
