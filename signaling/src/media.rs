//! The sole translator between the protocol and the media plane.
//!
//! Owns the media plane's handle, and through `voices` which peer is whose. Never touches a packet,
//! and waits for the media plane no longer than [`ANSWER_TIMEOUT`].

mod audibility;
mod figures;
mod line;
mod measured;
mod voices;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hearth_config::Settings;

use hearth_protocol::{
    ErrorCode, Fault, IceParameters, LineState, ParticipantNumber, RoomId, VoiceAnswer,
    VoiceClosedReason, VoiceJoin, VoiceQuality, VoiceRestart, VoiceState,
};
use hearth_sfu as sfu;
use parking_lot::Mutex;
use sfu::{Answer, Command, JoinError, PeerId, run};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::{
    advertise::{self, AdvertiseError},
    presence::Presence,
};
use voices::Voices;

/// How long an offer waits for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// When it makes sense to try again after the media plane was full.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Events that may wait; the media plane keeps those that find no room.
const MAX_EVENTS: usize = 4096;

/// How soon commands that did not fit are offered again.
const CATCH_UP: Duration = Duration::from_millis(5);

/// Hands a command to the media plane; `false`: its queue is full.
type Outlet = Box<dyn Fn(Command) -> bool + Send + Sync>;

/// The voices of all participants.
pub struct Media {
    outlet: Outlet,
    max_peers: usize,
    voices: Mutex<Voices>,
    plane: Option<Arc<run::Handle>>,
    /// Some command did not fit and waits.
    fell_behind: Notify,
}

/// What the media plane tells, until somebody [follows](Media::follow) it.
pub struct Events(mpsc::Receiver<sfu::Event>);

/// Why there is no media plane.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The UDP port cannot be had.
    #[error("cannot take voice on UDP {address}: {reason}")]
    Port {
        /// As set.
        address: SocketAddr,
        /// What the system said, and what to do.
        reason: String,
    },
    /// An address cannot be advertised.
    #[error(transparent)]
    Address(#[from] AdvertiseError),
    /// The worker does not start.
    #[error("the media plane does not start: {0}")]
    Start(io::Error),
}

/// What a media event means for a participant.
#[derive(Debug, Clone, PartialEq)]
enum Happened {
    /// Media flows. `speaks`: there is a microphone in it.
    Connected { number: ParticipantNumber, speaks: bool },
    /// Began or ceased to speak.
    Speaking { number: ParticipantNumber, speaking: bool },
    /// How the line is, and what its owner is to be told of it.
    Quality { number: ParticipantNumber, line: Option<LineState>, told: Option<VoiceQuality> },
    /// The voice ended without anybody's asking.
    Closed { number: ParticipantNumber, reason: VoiceClosedReason },
}

impl Media {
    fn new(max_peers: usize, outlet: impl Fn(Command) -> bool + Send + Sync + 'static) -> Self {
        Self {
            outlet: Box::new(outlet),
            max_peers,
            voices: Mutex::default(),
            plane: None,
            fell_behind: Notify::new(),
        }
    }

    /// Takes the UDP port and starts the media plane.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn start(settings: &Settings) -> Result<(Self, Events), MediaError> {
        let address = settings.sfu_listen();
        let bound = run::bind(settings.sfu.clone(), address).map_err(|error| MediaError::Port {
            address,
            reason: crate::server::advice(&error, address),
        })?;
        let candidates = advertise::addresses(&settings.sfu, bound.local_addr()).await?;
        tracing::info!(address = %bound.local_addr(), ?candidates, "taking voice");
        let (telling, events) = mpsc::channel(MAX_EVENTS);
        let on_event =
            move |event| telling.try_send(event).map_err(mpsc::error::TrySendError::into_inner);
        let plane = Arc::new(bound.start(candidates, on_event).map_err(MediaError::Start)?);
        let outlet = Arc::clone(&plane);
        let mut media =
            Self::new(settings.sfu.max_peers, move |command| outlet.send(command).is_ok());
        media.plane = Some(plane);
        Ok((media, Events(events)))
    }

    /// Tells `presence` what happens to voices, until the media plane ends.
    pub async fn follow(&self, events: Events, presence: &Presence) {
        let Events(mut events) = events;
        loop {
            let behind = !self.catch_up();
            let event = tokio::select! {
                event = events.recv() => event,
                () = self.fell_behind.notified() => continue,
                () = tokio::time::sleep(CATCH_UP), if behind => continue,
            };
            let Some(event) = event else { return };
            match self.take(event) {
                Some(Happened::Connected { number, speaks }) => {
                    presence.voice_connected(number, speaks);
                }
                Some(Happened::Speaking { number, speaking }) => {
                    presence.speaking(number, speaking);
                }
                Some(Happened::Quality { number, line, told }) => {
                    presence.voice_quality(number, line, told);
                }
                Some(Happened::Closed { number, reason }) => {
                    presence.voice_closed(number, reason);
                }
                None => {}
            }
        }
    }

    /// Where media is taken.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.plane.as_ref().map(|plane| plane.local_addr())
    }

    /// Whether the media plane runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.plane.as_ref().is_some_and(|plane| plane.is_alive())
    }

    /// How many voices there are, connected or on their way.
    #[must_use]
    pub fn voices(&self) -> usize {
        self.voices.lock().len()
    }

    /// The media plane's figures in the text format of Prometheus.
    #[must_use]
    pub fn figures(&self) -> String {
        self.plane
            .as_ref()
            .map(|plane| figures::render(&plane.counters(), &plane.latency()))
            .unwrap_or_default()
    }

    /// Says goodbye to every voice and waits for the media plane's end.
    pub async fn stop(&self) {
        if let Some(plane) = self.plane.clone() {
            // Only fails if stopping panicked, which the log tells.
            let _ = tokio::task::spawn_blocking(move || plane.stop()).await;
        }
    }

    /// What a media connection needs to know beforehand. The server is ICE-lite and reachable
    /// itself, so there is nothing to ask.
    #[must_use]
    pub fn ice(&self) -> IceParameters {
        IceParameters { servers: Vec::new() }
    }

    /// A new voice for the participant, in place of the one it has.
    ///
    /// # Errors
    /// `offer_invalid`; `busy` if the server is full; `not_in_voice` if the participant left
    /// meanwhile.
    pub async fn join(
        &self,
        number: ParticipantNumber,
        room: &RoomId,
        join: VoiceJoin,
    ) -> Result<VoiceAnswer, Fault> {
        let (answer, _) = self.negotiate(number, room, join).await?;
        Ok(VoiceAnswer { answer: answer.sdp })
    }

    /// As [`join`](Self::join), also telling what the offer held and when the voice ends: with a
    /// reason by itself, without one because it was ended.
    ///
    /// # Errors
    /// As `join`.
    pub async fn negotiate(
        &self,
        number: ParticipantNumber,
        room: &RoomId,
        join: VoiceJoin,
    ) -> Result<(Answer, oneshot::Receiver<VoiceClosedReason>), Fault> {
        let begun = {
            let mut voices = self.voices.lock();
            self.end(&mut voices, number);
            // Behind what is late: a join must not overtake the leave before it.
            if voices.len() >= self.max_peers || !voices.late.is_empty() {
                return Err(full());
            }
            let begun = voices.begin(number, room);
            let join = sfu::Join {
                peer: begun.peer,
                room: begun.room,
                number: sfu::ParticipantNumber(number.0),
                offer: join.offer,
                muted: join.muted,
                deafened: join.deafened,
            };
            if !(self.outlet)(Command::Join(join)) {
                voices.take(number);
                return Err(full());
            }
            begun
        };
        match answered(begun.answer).await {
            Ok(answer) => Ok((answer, begun.ended)),
            Err(fault) => {
                let mut voices = self.voices.lock();
                if voices.number(begun.peer) == Some(number) {
                    self.end(&mut voices, number);
                }
                Err(fault)
            }
        }
    }

    /// A new path for the same voice (ICE restart).
    ///
    /// # Errors
    /// `not_in_voice`, `offer_invalid`; `busy` while another offer waits for its answer.
    pub async fn restart(
        &self,
        number: ParticipantNumber,
        restart: VoiceRestart,
    ) -> Result<VoiceAnswer, Fault> {
        let answer = {
            let mut voices = self.voices.lock();
            let late = !voices.late.is_empty();
            let voice = voices.voice(number).ok_or_else(not_in_voice)?;
            if voice.waiting.as_ref().is_some_and(|waiting| !waiting.is_closed()) {
                return Err(busy("Another offer of this voice waits for its answer."));
            }
            let command = Command::Restart { peer: voice.peer, offer: restart.offer };
            if late || !(self.outlet)(command) {
                return Err(full());
            }
            let (waiting, answer) = oneshot::channel();
            voice.waiting = Some(waiting);
            answer
        };
        Ok(VoiceAnswer { answer: answered(answer).await?.sdp })
    }

    /// Makes the participant's voice what `now` says that it is to be: muted by whomever, nothing
    /// of it is forwarded; deafened by whomever, nothing is sent to it. What is told last was also
    /// asked last, whoever changes it meanwhile.
    pub fn settle(&self, number: ParticipantNumber, now: impl FnOnce() -> Option<VoiceState>) {
        let mut voices = self.voices.lock();
        let Some(peer) = voices.voice(number).map(|voice| voice.peer) else { return };
        let Some(now) = now() else { return };
        let muted = now.muted || now.server_muted;
        self.deliver(&mut voices, Command::Mute { peer, muted });
        let deafened = now.deafened || now.server_deafened;
        self.deliver(&mut voices, Command::Deafen { peer, deafened });
    }

    /// While blocked, the talker's voice is not sent to this listener.
    pub fn block(&self, listener: ParticipantNumber, talker: ParticipantNumber, blocked: bool) {
        let talker = sfu::ParticipantNumber(talker.0);
        self.tell(listener, |peer| Command::Block { peer, talker, blocked });
    }

    /// Takes the voice along into another room, where the participant has another number.
    pub fn move_to(&self, from: ParticipantNumber, to: ParticipantNumber, room: &RoomId) {
        let mut voices = self.voices.lock();
        let Some((peer, room)) = voices.transfer(from, to, room) else { return };
        let number = sfu::ParticipantNumber(to.0);
        self.deliver(&mut voices, Command::Move { peer, room, number });
    }

    /// Ends the participant's voice, if there is one.
    pub fn leave(&self, number: ParticipantNumber) {
        let mut voices = self.voices.lock();
        self.end(&mut voices, number);
    }

    /// Takes an event of the media plane: resolves answers, and says what else it means.
    fn take(&self, event: sfu::Event) -> Option<Happened> {
        let mut voices = self.voices.lock();
        match event {
            sfu::Event::Answer { peer, answer } => {
                let number = voices.number(peer)?;
                let voice = voices.voice(number)?;
                let refused = answer.is_err() && !voice.answered;
                if let Ok(answer) = &answer {
                    voice.speaks = answer.speaks;
                    voice.answered = true;
                }
                if let Some(waiting) = voice.waiting.take() {
                    // Whoever asked may have gone; the voice then ends by not connecting.
                    let _ = waiting.send(answer);
                }
                if refused {
                    voices.take(number);
                }
                None
            }
            sfu::Event::Connected { peer, transport } => {
                let number = voices.number(peer)?;
                let speaks = voices.voice(number)?.speaks;
                let (dtls, srtp) = (transport.dtls, transport.srtp);
                metrics::counter!("hearth_media_connections_total", "dtls" => dtls, "srtp" => srtp)
                    .increment(1);
                let (remote, local) = (transport.remote, transport.local);
                tracing::info!(number = number.0, %remote, %local, dtls, srtp, "voice connected");
                Some(Happened::Connected { number, speaks })
            }
            sfu::Event::Speaking { peer, speaking } => {
                Some(Happened::Speaking { number: voices.number(peer)?, speaking })
            }
            sfu::Event::Quality { peer, quality, unheard } => {
                measured::record(&quality);
                let number = voices.number(peer)?;
                let unheard = unheard.into_iter().map(|talker| ParticipantNumber(talker.0));
                voices.audibility.set(number, unheard.collect());
                let (unheard, deaf) =
                    (voices.audibility.unheard(number), voices.audibility.deaf(number));
                let at = &mut voices.voice(number)?.line;
                let line = at.take(&quality);
                let told = at.tell(&quality, line, unheard, deaf);
                Some(Happened::Quality { number, line, told })
            }
            sfu::Event::Closed { peer, reason } => {
                let number = voices.number(peer)?;
                let (reason, label) = measured::closed(reason);
                voices.take(number)?.tell_ended(reason);
                metrics::counter!("hearth_media_closed_total", "reason" => label).increment(1);
                tracing::info!(number = number.0, reason = label, "voice closed");
                Some(Happened::Closed { number, reason })
            }
        }
    }

    /// Sends what did not fit before; `false`: some of it still does not.
    fn catch_up(&self) -> bool {
        let mut voices = self.voices.lock();
        while let Some(command) = voices.late.front() {
            if !(self.outlet)(command.clone()) {
                return false;
            }
            voices.late.pop_front();
        }
        true
    }

    fn tell(&self, number: ParticipantNumber, command: impl FnOnce(PeerId) -> Command) {
        let mut voices = self.voices.lock();
        let Some(peer) = voices.voice(number).map(|voice| voice.peer) else { return };
        self.deliver(&mut voices, command(peer));
    }

    fn end(&self, voices: &mut Voices, number: ParticipantNumber) {
        if let Some(voice) = voices.take(number) {
            self.deliver(voices, Command::Leave { peer: voice.peer });
        }
    }

    /// In order, and never lost: what does not fit now goes out with [`catch_up`](Self::catch_up).
    fn deliver(&self, voices: &mut Voices, command: Command) {
        if voices.late.is_empty() && (self.outlet)(command.clone()) {
            return;
        }
        metrics::counter!("hearth_media_commands_late_total").increment(1);
        voices.postpone(command);
        self.fell_behind.notify_one();
    }
}

async fn answered(waiting: oneshot::Receiver<Result<Answer, JoinError>>) -> Result<Answer, Fault> {
    match tokio::time::timeout(ANSWER_TIMEOUT, waiting).await {
        Ok(Ok(answer)) => answer.map_err(|error| match error {
            JoinError::Full => full(),
            JoinError::NoSuchPeer => not_in_voice(),
            JoinError::TooLong { .. } | JoinError::Invalid(_) => {
                Fault::new(ErrorCode::OfferInvalid, error.to_string())
            }
        }),
        Ok(Err(_)) => Err(not_in_voice()),
        Err(_) => Err(busy("The media plane did not answer in time.")),
    }
}

fn full() -> Fault {
    busy("The server has no room for another voice now.")
}

fn busy(message: &str) -> Fault {
    metrics::counter!("hearth_media_busy_total").increment(1);
    Fault::passing(ErrorCode::Busy, message, RETRY_AFTER)
}

fn not_in_voice() -> Fault {
    Fault::new(ErrorCode::NotInVoice, "There is no voice connection. Join the voice first.")
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// A media plane whose commands are kept and whose answers the test gives.
    struct Plane {
        media: Arc<Media>,
        sent: Arc<Mutex<Vec<Command>>>,
        full: Arc<AtomicBool>,
    }

    impl Plane {
        fn new(max_peers: usize) -> Self {
            let sent = Arc::new(Mutex::new(Vec::new()));
            let full = Arc::new(AtomicBool::new(false));
            let (log, refuse) = (sent.clone(), full.clone());
            let media = Arc::new(Media::new(max_peers, move |command| {
                let taken = !refuse.load(Ordering::Relaxed);
                if taken {
                    log.lock().push(command);
                }
                taken
            }));
            Self { media, sent, full }
        }

        /// Starts a join and returns once its command is out.
        async fn begin(
            &self,
            number: u32,
            room: &str,
        ) -> tokio::task::JoinHandle<Result<VoiceAnswer, Fault>> {
            let before = self.sent().len();
            let (media, room) = (self.media.clone(), RoomId(room.into()));
            let join = tokio::spawn(async move {
                let request = VoiceJoin { offer: "v=0".into(), muted: true, deafened: false };
                media.join(ParticipantNumber(number), &room, request).await
            });
            while self.sent().len() == before && !join.is_finished() {
                tokio::task::yield_now().await;
            }
            join
        }

        async fn join(&self, number: u32, room: &str) -> sfu::Join {
            let join = self.begin(number, room).await;
            let Some(Command::Join(command)) = self.sent().pop() else { panic!("no join") };
            self.answer(command.peer, Ok(accepted()));
            assert_eq!(join.await.unwrap().unwrap().answer, "the answer");
            command
        }

        fn answer(&self, peer: PeerId, answer: Result<Answer, JoinError>) {
            assert_eq!(self.media.take(sfu::Event::Answer { peer, answer }), None);
        }

        fn sent(&self) -> Vec<Command> {
            self.sent.lock().clone()
        }
    }

    fn accepted() -> Answer {
        Answer { sdp: "the answer".into(), speaks: true, slots: 8 }
    }

    #[tokio::test]
    async fn a_join_is_one_command_and_its_events_come_back_by_participant() {
        let plane = Plane::new(10);
        let join = plane.join(7, "general").await;
        assert_eq!(join.number, sfu::ParticipantNumber(7));
        assert!(join.muted && !join.deafened);
        let peer = join.peer;
        let transport = sfu::Transport {
            remote: "192.0.2.1:1".parse().unwrap(),
            local: "192.0.2.2:2".parse().unwrap(),
            dtls: "DTLS 1.2",
            srtp: "AEAD_AES_256_GCM",
        };
        let number = ParticipantNumber(7);
        assert_eq!(
            plane.media.take(sfu::Event::Connected { peer, transport }),
            Some(Happened::Connected { number, speaks: true })
        );
        assert_eq!(
            plane.media.take(sfu::Event::Speaking { peer, speaking: true }),
            Some(Happened::Speaking { number, speaking: true })
        );
        let reason = sfu::CloseReason::ConsentExpired;
        assert_eq!(
            plane.media.take(sfu::Event::Closed { peer, reason }),
            Some(Happened::Closed { number, reason: VoiceClosedReason::ConsentExpired })
        );
        assert_eq!(plane.media.take(sfu::Event::Closed { peer, reason }), None);
        assert_eq!(plane.media.voices.lock().len(), 0);
    }

    #[tokio::test]
    async fn rooms_keep_their_number_while_somebody_talks_in_them() {
        let plane = Plane::new(10);
        let (a, b, c) =
            (plane.join(1, "a").await, plane.join(2, "a").await, plane.join(3, "b").await);
        assert_eq!(a.room, b.room);
        assert_ne!(a.room, c.room);
        plane.media.move_to(ParticipantNumber(3), ParticipantNumber(4), &RoomId("a".into()));
        let moved = Command::Move { peer: c.peer, room: a.room, number: sfu::ParticipantNumber(4) };
        assert_eq!(plane.sent().pop(), Some(moved));
        plane.media.leave(ParticipantNumber(4));
        assert_eq!(plane.sent().pop(), Some(Command::Leave { peer: c.peer }));
        let anew = plane.join(5, "b").await;
        assert!(anew.room != a.room && anew.room != c.room);
    }

    #[tokio::test]
    async fn a_second_join_replaces_the_first() {
        let plane = Plane::new(1);
        let first = plane.begin(1, "a").await;
        let Some(Command::Join(join)) = plane.sent().pop() else { panic!() };
        let second = plane.join(1, "a").await;
        assert_ne!(join.peer, second.peer);
        assert!(plane.sent().contains(&Command::Leave { peer: join.peer }));
        assert_eq!(first.await.unwrap().unwrap_err().code, ErrorCode::NotInVoice);
        assert_eq!(plane.media.voices.lock().len(), 1);
    }

    #[tokio::test]
    async fn a_refused_offer_leaves_no_voice_but_a_refused_restart_does() {
        let plane = Plane::new(10);
        let join = plane.begin(1, "a").await;
        let Some(Command::Join(command)) = plane.sent().pop() else { panic!() };
        plane.answer(command.peer, Err(JoinError::Invalid("no audio".into())));
        let fault = join.await.unwrap().unwrap_err();
        assert_eq!(fault.code, ErrorCode::OfferInvalid);
        assert!(fault.message.contains("no audio"));
        assert_eq!(plane.media.voices.lock().len(), 0);

        let peer = plane.join(2, "a").await.peer;
        let media = plane.media.clone();
        let restart = tokio::spawn(async move {
            media.restart(ParticipantNumber(2), VoiceRestart { offer: "x".into() }).await
        });
        while !matches!(plane.sent().last(), Some(Command::Restart { .. })) {
            tokio::task::yield_now().await;
        }
        plane.answer(peer, Err(JoinError::Invalid("other fingerprint".into())));
        assert_eq!(restart.await.unwrap().unwrap_err().code, ErrorCode::OfferInvalid);
        assert_eq!(plane.media.voices.lock().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_comes_is_a_busy_server_and_no_voice() {
        let plane = Plane::new(10);
        let join = plane.begin(1, "a").await;
        let fault = join.await.unwrap().unwrap_err();
        assert_eq!(fault.code, ErrorCode::Busy);
        assert!(fault.retry_after_ms.is_some());
        assert!(matches!(plane.sent().pop(), Some(Command::Leave { .. })));
        assert_eq!(plane.media.voices.lock().len(), 0);
    }

    #[tokio::test]
    async fn a_full_server_refuses_joins_but_loses_no_mute() {
        let plane = Plane::new(2);
        let one = plane.join(1, "a").await;
        plane.join(2, "a").await;
        let refused = plane.begin(3, "a").await.await.unwrap().unwrap_err();
        assert_eq!(refused.code, ErrorCode::Busy);

        plane.full.store(true, Ordering::Relaxed);
        for muted in [true, false, true] {
            let now = VoiceState { muted, ..VoiceState::default() };
            plane.media.settle(ParticipantNumber(1), || Some(now));
        }
        plane.media.leave(ParticipantNumber(2));
        assert!(!plane.media.catch_up());
        assert_eq!(plane.media.voices.lock().late.len(), 3);
        plane.full.store(false, Ordering::Relaxed);
        assert!(plane.media.catch_up());
        let sent = plane.sent();
        let tail = &sent[sent.len() - 3..];
        assert_eq!(tail[0], Command::Mute { peer: one.peer, muted: true });
        assert_eq!(tail[1], Command::Deafen { peer: one.peer, deafened: false });
        assert!(matches!(tail[2], Command::Leave { .. }));
    }
}
