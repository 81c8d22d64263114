//! The voices that came by WHIP or WHEP.
//!
//! Owns which resource is which participant, the offer that each began with and the tag of its
//! ICE session. A resource ends when it is deleted, when its peer closes or falls silent, or when
//! the server stops; its participant leaves then, once.

use std::{net::IpAddr, sync::Arc};

use axum::http::HeaderValue;
use dashmap::DashMap;
use hearth_protocol::{
    ErrorCode, Fault, LeftReason, ParticipantNumber, RoomId, VoiceClosedReason, VoiceJoin,
    VoiceRestart,
};
use parking_lot::Mutex;

use super::{
    Direction,
    sdpfrag::{self, Credentials},
};
use crate::{
    App,
    identity::{Admitted, random_hex},
    names::NameClaim,
};

/// All of them; as many at most as the media plane takes peers.
pub struct Resources {
    app: Arc<App>,
    by_id: DashMap<String, Arc<Resource>>,
}

/// One voice.
pub struct Resource {
    number: ParticipantNumber,
    /// The name is taken as long as the resource lives.
    _claim: NameClaim,
    ice: Mutex<Ice>,
}

struct Ice {
    offer: String,
    etag: String,
}

/// What became of an offer.
pub struct Opened {
    /// 128 random bits: whoever knows it may change and end the resource.
    pub id: String,
    /// Tags the ICE session.
    pub etag: String,
    /// SDP.
    pub answer: String,
}

/// What became of a restart.
pub struct Restarted {
    /// Tags the new ICE session.
    pub etag: String,
    /// An SDP fragment.
    pub fragment: String,
}

/// A participant that leaves again unless its voice comes about; also when whoever asked hangs up
/// in the middle.
struct Entered<'a> {
    app: &'a App,
    number: Option<ParticipantNumber>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.app.leave_room(number, LeftReason::Left);
        }
    }
}

impl Resources {
    /// None yet.
    pub fn new(app: Arc<App>) -> Arc<Self> {
        Arc::new(Self { app, by_id: DashMap::new() })
    }

    /// Lets somebody into the room and gives them a voice.
    ///
    /// # Errors
    /// As a room and the media plane refuse; `offer_invalid` if the offer's direction is not
    /// that of the protocol.
    pub async fn open(
        self: &Arc<Self>,
        direction: Direction,
        room: &RoomId,
        admitted: Admitted,
        from: IpAddr,
        offer: String,
    ) -> Result<Opened, Fault> {
        let app = &self.app;
        let number = app.presence.enter(room, admitted.who, from)?;
        let mut entered = Entered { app, number: Some(number) };
        app.presence.voice_joined(number, false, false)?;
        let join = VoiceJoin { offer: offer.clone(), muted: false, deafened: false };
        let (answer, ended) = app.media.negotiate(number, room, join).await?;
        match direction {
            Direction::Talks if !answer.speaks => {
                return Err(wrong_direction("WHIP takes an offer with a sending audio section"));
            }
            Direction::Listens if answer.speaks || answer.slots == 0 => {
                return Err(wrong_direction(
                    "WHEP takes an offer with receiving audio sections only",
                ));
            }
            _ => {}
        }
        // A moderator may have taken voice or hearing before there was one.
        app.settle_voice(number);
        entered.number = None;
        let id = random_hex::<16>();
        let etag = new_etag();
        let ice = Mutex::new(Ice { offer, etag: etag.clone() });
        let resource = Resource { number, _claim: admitted.claim, ice };
        self.by_id.insert(id.clone(), Arc::new(resource));
        self.count();
        let (resources, ending) = (Arc::clone(self), id.clone());
        tokio::spawn(async move {
            // Resolves whichever way the voice ends; without a reason it was ended here.
            let reason = match ended.await {
                Ok(VoiceClosedReason::Closed) | Err(_) => LeftReason::Left,
                Ok(_) => LeftReason::Lost,
            };
            resources.end(&ending, reason);
        });
        // Whoever ends all of them may have done so before this one was there.
        if let Err(stopping) = app.takes_more() {
            self.close(&id);
            return Err(stopping);
        }
        Ok(Opened { id, etag, answer: answer.sdp })
    }

    /// The resource of that id.
    pub fn find(&self, id: &str) -> Option<Arc<Resource>> {
        self.by_id.get(id).map(|resource| Arc::clone(&resource))
    }

    /// New ICE credentials for the same voice.
    ///
    /// # Errors
    /// As the media plane refuses.
    pub async fn restart(
        &self,
        resource: &Resource,
        credentials: &Credentials,
    ) -> Result<Restarted, Fault> {
        let offer = credentials.put_into(&resource.ice.lock().offer);
        let restart = VoiceRestart { offer: offer.clone() };
        let answer = self.app.media.restart(resource.number, restart).await?.answer;
        let fragment = sdpfrag::of_answer(&answer).ok_or_else(|| {
            Fault::new(ErrorCode::Internal, "The media plane's answer has no ICE credentials.")
        })?;
        let etag = new_etag();
        *resource.ice.lock() = Ice { offer, etag: etag.clone() };
        Ok(Restarted { etag, fragment })
    }

    /// Ends a resource; `false`: there is none.
    pub fn close(&self, id: &str) -> bool {
        self.end(id, LeftReason::Left)
    }

    /// Ends all of them.
    pub fn close_all(&self) {
        let ids: Vec<_> = self.by_id.iter().map(|entry| entry.key().clone()).collect();
        for id in ids {
            self.close(&id);
        }
    }

    fn end(&self, id: &str, reason: LeftReason) -> bool {
        let Some((_, resource)) = self.by_id.remove(id) else { return false };
        self.app.leave_room(resource.number, reason);
        self.count();
        true
    }

    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn count(&self) {
        metrics::gauge!("hearth_whip_resources").set(self.by_id.len() as f64);
    }
}

impl Resource {
    /// Whether the entity tag is that of the present ICE session.
    pub fn has_etag(&self, tag: &HeaderValue) -> bool {
        tag == self.ice.lock().etag.as_str()
    }

    /// Whether these are the other end's present credentials.
    pub fn is_current(&self, credentials: &Credentials) -> bool {
        Credentials::of_description(&self.ice.lock().offer).as_ref() == Some(credentials)
    }
}

fn new_etag() -> String {
    format!("\"{}\"", random_hex::<8>())
}

fn wrong_direction(message: &str) -> Fault {
    Fault::new(ErrorCode::OfferInvalid, message)
}
