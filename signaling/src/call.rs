//! Calls between two people: ringing, answering, and the room in which they talk.
//!
//! Owns what is told to the two, what is written down between them, and the room's beginning and
//! end. The voices are those of any room, which the two walk into like into any other.

mod exchange;

use std::{collections::BTreeMap, sync::Arc};

use hearth_protocol::{
    Call, CallEnded, ErrorCode, Fault, IdentityId, SentOut, ServerMessage, StartCall, SystemEvent,
    ThisCall,
};

use crate::{
    App,
    backplane::Event,
    chat,
    clock::{millis, now_ms},
    identity::{Entrant, unavailable},
    moderation,
    roster::Session,
    store::{LogKey, RoomRecord},
};
pub(crate) use exchange::Exchange;
use exchange::{Line, State, undeclined};

/// `call:start`. Whoever is not there or busy finds a missed call.
///
/// # Errors
/// `person_not_found`, `person_offline`, `person_elsewhere`, `person_busy`, `in_call`, `rate_limited`,
/// `busy`.
pub(crate) async fn start(
    app: &Arc<App>,
    session: &Session,
    ask: StartCall,
) -> Result<Call, Fault> {
    app.limits.call(&session.identity)?;
    app.takes_more()?;
    let caller = Entrant::clone(&session.who());
    let callee = match app.roster.of(&ask.person) {
        Some(there) if ask.person != session.identity => Entrant::clone(&there.who()),
        _ => return Err(not_there(app, &caller, &ask.person).await),
    };
    let line = match app.calls.begin(caller.clone(), callee) {
        Ok(line) => line,
        Err(fault) => {
            if fault.code == ErrorCode::PersonBusy {
                note(app, &caller, &ask.person, SystemEvent::MissedCall {}).await;
            }
            return Err(fault);
        }
    };
    metrics::counter!("hearth_calls_total").increment(1);
    // Nobody is admitted before the call is accepted.
    app.presence.rooms().open_private(record(&line));
    tokio::spawn(follow(Arc::clone(app), Arc::clone(&line)));
    let call = seen_by(&line, &line.callee, app);
    tell(app, &line.callee, ServerMessage::CallRinging { call });
    Ok(seen_by(&line, &line.caller, app))
}

/// `call:accept`, by whom it rings at. From now on the two may walk into its room.
///
/// # Errors
/// `call_not_found`; `forbidden` to the caller.
pub(crate) fn accept(app: &Arc<App>, session: &Session, ask: &ThisCall) -> Result<Call, Fault> {
    let line = app.calls.find(&ask.call, &session.identity)?;
    if line.callee.identity != session.identity {
        return Err(Fault::new(ErrorCode::Forbidden, "The other accepts a call, not the caller."));
    }
    if app.calls.accept(&line)? {
        let call = seen_by(&line, &line.caller, app);
        tell(app, &line.caller, ServerMessage::CallAccepted { call });
    }
    Ok(seen_by(&line, &line.callee, app))
}

/// `call:decline` and `call:end`: whoever does it, in whichever state.
///
/// # Errors
/// `call_not_found`.
pub(crate) fn end(app: &App, session: &Session, ask: &ThisCall) -> Result<(), Fault> {
    let line = app.calls.find(&ask.call, &session.identity)?;
    app.calls.end(&line, |state| match state {
        State::Ringing if line.callee.identity == session.identity => Some(CallEnded::Declined),
        state => undeclined(state),
    });
    Ok(())
}

/// From the first ring to the end, which is told and written down here alone.
async fn follow(app: Arc<App>, line: Arc<Line>) {
    let ring = app.settings.calls.ring;
    if tokio::time::timeout(ring, line.over()).await.is_err() {
        let missed = |state: State| (state == State::Ringing).then_some(CallEnded::Missed);
        app.calls.end(&line, missed);
    }
    // Whoever accepts walks in soon, or has gone.
    if tokio::time::timeout(ring, line.over()).await.is_err() && !both_there(&app, &line) {
        app.calls.end(&line, undeclined);
    }
    line.over().await;
    let State::Over(how, lasted) = line.state() else { return };

    if let Some(room) = app.presence.rooms().close_private(&line.room) {
        for number in room.close() {
            moderation::send_out(&app, &room, number, SentOut::CallEnded {});
        }
    }
    app.lanes.forget(&LogKey::Room(line.room.clone()));
    for person in [&line.caller, &line.callee] {
        tell(&app, person, ServerMessage::CallEnded { call: line.id.clone(), how });
    }
    let event = match lasted {
        Some(lasted) => SystemEvent::Call { duration_ms: millis(lasted) },
        None => SystemEvent::MissedCall {},
    };
    note(&app, &line.caller, &line.callee.identity, event).await;
}

fn both_there(app: &App, line: &Line) -> bool {
    let Some(room) = app.presence.rooms().find(&line.room) else { return false };
    let inside = room.summary().participants;
    let is_there = |who: &Entrant| {
        line.is_apart(&who.identity) || inside.iter().any(|it| it.identity == who.identity)
    };
    is_there(&line.caller) && is_there(&line.callee)
}

/// Why somebody cannot be called who is not on this node.
async fn not_there(app: &Arc<App>, caller: &Entrant, person: &IdentityId) -> Fault {
    let nobody =
        || Fault::new(ErrorCode::PersonNotFound, "Nobody else of that identity is known here.");
    if *person == caller.identity {
        return nobody();
    }
    if let Some(online) = app.roster.online(person) {
        note(app, caller, person, SystemEvent::MissedCall {}).await;
        let message = format!(
            "{} is on another node of this server, where your voice does not reach. They will find \
             your call.",
            online.name
        );
        return Fault::new(ErrorCode::PersonElsewhere, message);
    }
    match app.store.person(person).await {
        Ok(Some(known)) => {
            note(app, caller, person, SystemEvent::MissedCall {}).await;
            let message = format!("{} is not here. They will find your call.", known.name);
            Fault::new(ErrorCode::PersonOffline, message)
        }
        Ok(None) => nobody(),
        Err(error) => unavailable(&error),
    }
}

async fn note(app: &Arc<App>, by: &Entrant, other: &IdentityId, event: SystemEvent) {
    let log = LogKey::direct(by.identity.clone(), other.clone());
    chat::note_in(app, &log, by.author(), event).await;
}

fn tell(app: &Arc<App>, whom: &Entrant, message: ServerMessage) {
    app.publish(Event::Person { identity: whom.identity.clone(), message });
}

/// The call as one of the two has it.
fn seen_by(line: &Line, who: &Entrant, app: &App) -> Call {
    let other = if line.caller.identity == who.identity { &line.callee } else { &line.caller };
    let rings = match line.state() {
        State::Ringing => app.settings.calls.ring.saturating_sub(line.began.elapsed()),
        State::Accepted(_) | State::Over(..) => std::time::Duration::ZERO,
    };
    Call {
        call: line.id.clone(),
        person: other.person(),
        room: line.room.clone(),
        rings_ms: u32::try_from(rings.as_millis()).unwrap_or(u32::MAX),
    }
}

/// The room of a call: for the two alone, and kept nowhere.
fn record(line: &Line) -> RoomRecord {
    RoomRecord {
        id: line.room.clone(),
        name: "Call".into(),
        icon: "📞".into(),
        topic: None,
        max_participants: None,
        owner: None,
        password: None,
        hidden: true,
        roles: BTreeMap::new(),
        at_ms: now_ms(),
    }
}
