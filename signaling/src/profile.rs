//! How somebody is shown, changed while they are here.
//!
//! Owns the order: rate, is it well-formed, is the name free, keep, then tell those who see them.

use std::sync::Arc;

use hearth_protocol::{Ack, Fault, ServerMessage, SetProfile};

use crate::{
    App,
    backplane::Event,
    direct,
    identity::Entrant,
    roster::{Place, Session},
};

/// `profile:set`.
///
/// # Errors
/// `name_invalid`, `name_taken`, `unauthorized` if the server has forgotten the person,
/// `rate_limited`, `busy`.
pub(crate) async fn set(app: &Arc<App>, session: &Session, ask: SetProfile) -> Result<Ack, Fault> {
    app.limits.chat(&session.identity)?;
    let before = session.who();
    let (who, claim) = app.identities.change(&session.identity, ask).await?;
    let person = who.person();
    {
        // Ordered with the session's coming and going: a room shows nobody as they were before.
        let place = session.place.lock();
        *session.who.write() = Arc::new(who.clone());
        // The name before is free from here on.
        *session.claim.lock() = claim;
        if let Place::Inside(number) = *place {
            app.presence.redraw(number, &who);
        }
        if *place != Place::Ended {
            app.roster.redrawn(session);
        }
    }
    if *before != who {
        tell_acquaintances(app, session, &who).await;
    }
    Ok(Ack::Profile { person })
}

/// A store that does not answer costs them only what they see with the next list.
async fn tell_acquaintances(app: &Arc<App>, session: &Session, who: &Entrant) {
    for identity in direct::acquaintances(app, session).await.unwrap_or_default() {
        let message = ServerMessage::DirectPerson { person: who.person() };
        app.publish(Event::Person { identity, message });
    }
}
