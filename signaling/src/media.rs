//! The sole translator between the protocol and the media plane.
//!
//! Owns which peer is whose, the numbers that rooms have in the media plane, and the offers that
//! wait for an answer. Never touches a packet, and never waits for the media plane longer than
//! [`ANSWER_TIMEOUT`].

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hearth_protocol::{
    ErrorCode, Fault, ParticipantNumber, RoomId, VoiceAnswer, VoiceClosedReason, VoiceJoin,
};
use hearth_sfu as sfu;
use sfu::{Answer, Command, JoinError, PeerId};
use tokio::sync::oneshot;

/// How long an offer waits for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// When it makes sense to try again after the media plane was full.
const RETRY_AFTER_MS: u32 = 2_000;

/// Hands a command to the media plane; `false`: its queue is full.
type Sender = Box<dyn Fn(Command) -> bool + Send + Sync>;

/// The voices of all participants.
pub struct Media {
    send: Sender,
    max_peers: usize,
    voices: Mutex<Voices>,
}

#[derive(Default)]
struct Voices {
    last_peer: u64,
    last_room: u64,
    /// Rooms with a voice in them: the number and how many voices.
    rooms: HashMap<RoomId, (sfu::RoomId, usize)>,
    by_number: HashMap<ParticipantNumber, Voice>,
    by_peer: HashMap<PeerId, ParticipantNumber>,
    /// What did not fit into the media plane's queue and must not be lost. States are absolute,
    /// so there is at most one of a kind for each voice.
    late: VecDeque<Command>,
}

struct Voice {
    peer: PeerId,
    room: RoomId,
    /// Whether its offer has a microphone in it; known from the answer on.
    speaks: bool,
    answered: bool,
    waiting: Option<oneshot::Sender<Result<Answer, JoinError>>>,
}

/// What a media event means for a participant.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// Media flows.
    Connected {
        /// Whose.
        number: ParticipantNumber,
        /// Whether there is a microphone in it.
        speaks: bool,
    },
    /// Began or ceased to speak.
    Speaking {
        /// Who.
        number: ParticipantNumber,
        /// Now.
        speaking: bool,
    },
    /// The voice ended without anybody's asking.
    Closed {
        /// Whose.
        number: ParticipantNumber,
        /// Why.
        reason: VoiceClosedReason,
    },
}

impl Media {
    /// Sends its commands through `send`, which says `false` when the queue is full.
    pub fn new(max_peers: usize, send: impl Fn(Command) -> bool + Send + Sync + 'static) -> Self {
        Self { send: Box::new(send), max_peers, voices: Mutex::default() }
    }

    /// A new voice for the participant, in place of the one it has.
    ///
    /// # Errors
    /// The offer cannot be met, the server is full, or the participant left meanwhile.
    pub async fn join(
        &self,
        number: ParticipantNumber,
        room: &RoomId,
        request: VoiceJoin,
    ) -> Result<VoiceAnswer, Fault> {
        let answer = self.negotiate(number, room, request).await?;
        Ok(VoiceAnswer { answer: answer.sdp })
    }

    /// As [`join`](Self::join), also telling what the offer held.
    ///
    /// # Errors
    /// As `join`.
    pub async fn negotiate(
        &self,
        number: ParticipantNumber,
        room: &RoomId,
        request: VoiceJoin,
    ) -> Result<Answer, Fault> {
        let (sender, answer) = oneshot::channel();
        let peer = {
            let mut voices = self.voices();
            self.end(&mut voices, number);
            if voices.by_number.len() >= self.max_peers {
                return Err(full());
            }
            let peer = voices.open(number, room, sender);
            let join = sfu::Join {
                peer,
                room: voices.rooms[room].0,
                number: sfu::ParticipantNumber(number.0),
                offer: request.offer,
                muted: request.muted,
                deafened: request.deafened,
            };
            // Behind what is late: a join must not overtake the leave before it.
            if !voices.late.is_empty() || !(self.send)(Command::Join(join)) {
                voices.close(number);
                return Err(full());
            }
            peer
        };
        let answer = answered(answer).await;
        if answer.as_ref().is_err_and(|fault| fault.code == ErrorCode::Busy) {
            let mut voices = self.voices();
            if voices.number(peer).is_some() {
                self.end(&mut voices, number);
            }
        }
        answer
    }

    /// A new path for the same voice (ICE restart).
    ///
    /// # Errors
    /// There is no voice, another offer is under way, or the offer cannot be met.
    pub async fn restart(
        &self,
        number: ParticipantNumber,
        offer: String,
    ) -> Result<VoiceAnswer, Fault> {
        let (sender, answer) = oneshot::channel();
        {
            let mut voices = self.voices();
            let late = !voices.late.is_empty();
            let voice = voices.by_number.get_mut(&number).ok_or_else(not_in_voice)?;
            if voice.waiting.as_ref().is_some_and(|waiting| !waiting.is_closed()) {
                return Err(busy("another offer of this voice waits for its answer"));
            }
            if late || !(self.send)(Command::Restart { peer: voice.peer, offer }) {
                return Err(full());
            }
            voice.waiting = Some(sender);
        }
        Ok(VoiceAnswer { answer: answered(answer).await?.sdp })
    }

    /// While muted, nothing of the participant's is forwarded.
    pub fn mute(&self, number: ParticipantNumber, muted: bool) {
        self.tell(number, |peer| Command::Mute { peer, muted });
    }

    /// While deafened, nothing is sent to the participant.
    pub fn deafen(&self, number: ParticipantNumber, deafened: bool) {
        self.tell(number, |peer| Command::Deafen { peer, deafened });
    }

    /// Stops or resumes sending the talker's voice to this participant.
    pub fn block(&self, number: ParticipantNumber, talker: ParticipantNumber, blocked: bool) {
        let talker = sfu::ParticipantNumber(talker.0);
        self.tell(number, |peer| Command::Block { peer, talker, blocked });
    }

    /// Into another room with the same voice; the number there may be another.
    pub fn move_to(&self, number: ParticipantNumber, room: &RoomId, there: ParticipantNumber) {
        let mut voices = self.voices();
        let Some(mut voice) = voices.take(number) else { return };
        let peer = voice.peer;
        voice.room = room.clone();
        let room = voices.enter(room);
        voices.by_peer.insert(peer, there);
        voices.by_number.insert(there, voice);
        let number = sfu::ParticipantNumber(there.0);
        self.deliver(&mut voices, Command::Move { peer, room, number });
    }

    /// Ends the participant's voice, if there is one.
    pub fn leave(&self, number: ParticipantNumber) {
        let mut voices = self.voices();
        self.end(&mut voices, number);
    }

    /// Ends every voice, so that each is told.
    pub fn leave_all(&self) {
        let mut voices = self.voices();
        let numbers: Vec<_> = voices.by_number.keys().copied().collect();
        for number in numbers {
            self.end(&mut voices, number);
        }
    }

    /// How many voices there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.voices().by_number.len()
    }

    /// Takes an event of the media plane: resolves answers, and says what else it means.
    pub fn take(&self, event: sfu::Event) -> Option<Happened> {
        let mut voices = self.voices();
        match event {
            sfu::Event::Answer { peer, answer } => {
                let number = voices.number(peer)?;
                let voice = voices.by_number.get_mut(&number)?;
                let refused_join = answer.is_err() && !voice.answered;
                if let Ok(answer) = &answer {
                    voice.speaks = answer.speaks;
                    voice.answered = true;
                }
                if let Some(waiting) = voice.waiting.take() {
                    let _ = waiting.send(answer);
                }
                if refused_join {
                    voices.close(number);
                }
                None
            }
            sfu::Event::Connected { peer, transport } => {
                let number = voices.number(peer)?;
                let speaks = voices.by_number.get(&number)?.speaks;
                metrics::counter!(
                    "hearth_media_connections_total",
                    "dtls" => transport.dtls, "srtp" => transport.srtp
                )
                .increment(1);
                tracing::info!(number = number.0, remote = %transport.remote, local = %transport.local, dtls = transport.dtls, srtp = transport.srtp, "voice connected");
                Some(Happened::Connected { number, speaks })
            }
            sfu::Event::Speaking { peer, speaking } => {
                Some(Happened::Speaking { number: voices.number(peer)?, speaking })
            }
            sfu::Event::Quality { quality, .. } => {
                record(&quality);
                None
            }
            sfu::Event::Closed { peer, reason } => {
                let number = voices.number(peer)?;
                voices.close(number);
                let (reason, label) = closed(reason);
                metrics::counter!("hearth_media_closed_total", "reason" => label).increment(1);
                tracing::info!(number = number.0, reason = label, "voice closed");
                Some(Happened::Closed { number, reason })
            }
        }
    }

    /// Sends what did not fit before; `false`: some of it still does not.
    pub fn catch_up(&self) -> bool {
        let mut voices = self.voices();
        while let Some(command) = voices.late.front() {
            if !(self.send)(command.clone()) {
                return false;
            }
            voices.late.pop_front();
        }
        true
    }

    fn tell(&self, number: ParticipantNumber, command: impl FnOnce(PeerId) -> Command) {
        let mut voices = self.voices();
        let Some(peer) = voices.by_number.get(&number).map(|voice| voice.peer) else { return };
        self.deliver(&mut voices, command(peer));
    }

    fn end(&self, voices: &mut Voices, number: ParticipantNumber) {
        if let Some(peer) = voices.close(number) {
            self.deliver(voices, Command::Leave { peer });
        }
    }

    /// In order, and never lost: what does not fit now goes out with [`catch_up`](Self::catch_up).
    fn deliver(&self, voices: &mut Voices, command: Command) {
        if voices.late.is_empty() && (self.send)(command.clone()) {
            return;
        }
        metrics::counter!("hearth_media_commands_late_total").increment(1);
        voices.late.retain(|earlier| !supersedes(&command, earlier));
        voices.late.push_back(command);
    }

    fn voices(&self) -> MutexGuard<'_, Voices> {
        // A panic under this short lock leaves maps that are still whole.
        self.voices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Voices {
    fn open(
        &mut self,
        number: ParticipantNumber,
        room: &RoomId,
        waiting: oneshot::Sender<Result<Answer, JoinError>>,
    ) -> PeerId {
        self.last_peer += 1;
        let peer = PeerId(self.last_peer);
        self.enter(room);
        let voice = Voice {
            peer,
            room: room.clone(),
            speaks: false,
            answered: false,
            waiting: Some(waiting),
        };
        self.by_peer.insert(peer, number);
        self.by_number.insert(number, voice);
        peer
    }

    fn close(&mut self, number: ParticipantNumber) -> Option<PeerId> {
        self.take(number).map(|voice| voice.peer)
    }

    fn take(&mut self, number: ParticipantNumber) -> Option<Voice> {
        let voice = self.by_number.remove(&number)?;
        self.by_peer.remove(&voice.peer);
        if let Some((_, count)) = self.rooms.get_mut(&voice.room) {
            *count -= 1;
            if *count == 0 {
                self.rooms.remove(&voice.room);
            }
        }
        Some(voice)
    }

    /// Counts a voice into the room, which gets a number with its first.
    fn enter(&mut self, room: &RoomId) -> sfu::RoomId {
        if let Some((number, count)) = self.rooms.get_mut(room) {
            *count += 1;
            return *number;
        }
        self.last_room += 1;
        let number = sfu::RoomId(self.last_room);
        self.rooms.insert(room.clone(), (number, 1));
        number
    }

    fn number(&self, peer: PeerId) -> Option<ParticipantNumber> {
        self.by_peer.get(&peer).copied()
    }
}

/// Whether `later` makes `earlier` needless.
fn supersedes(later: &Command, earlier: &Command) -> bool {
    match (later, earlier) {
        (Command::Leave { peer }, Command::Mute { peer: of, .. })
        | (Command::Leave { peer }, Command::Deafen { peer: of, .. })
        | (Command::Leave { peer }, Command::Block { peer: of, .. })
        | (Command::Leave { peer }, Command::Move { peer: of, .. })
        | (Command::Leave { peer }, Command::Leave { peer: of })
        | (Command::Mute { peer, .. }, Command::Mute { peer: of, .. })
        | (Command::Deafen { peer, .. }, Command::Deafen { peer: of, .. })
        | (Command::Move { peer, .. }, Command::Move { peer: of, .. }) => peer == of,
        (Command::Block { peer, talker, .. }, Command::Block { peer: of, talker: whose, .. }) => {
            peer == of && talker == whose
        }
        _ => false,
    }
}

async fn answered(waiting: oneshot::Receiver<Result<Answer, JoinError>>) -> Result<Answer, Fault> {
    match tokio::time::timeout(ANSWER_TIMEOUT, waiting).await {
        Ok(Ok(answer)) => answer.map_err(|error| match error {
            JoinError::Full => full(),
            JoinError::NoSuchPeer => not_in_voice(),
            JoinError::TooLong { .. } | JoinError::Invalid(_) => Fault {
                code: ErrorCode::OfferInvalid,
                message: error.to_string(),
                retry_after_ms: None,
            },
        }),
        Ok(Err(_)) => Err(not_in_voice()),
        Err(_) => Err(busy("the media plane did not answer in time")),
    }
}

fn full() -> Fault {
    busy(&JoinError::Full.to_string())
}

fn busy(message: &str) -> Fault {
    metrics::counter!("hearth_media_busy_total").increment(1);
    Fault { code: ErrorCode::Busy, message: message.into(), retry_after_ms: Some(RETRY_AFTER_MS) }
}

fn not_in_voice() -> Fault {
    Fault {
        code: ErrorCode::NotInVoice,
        message: "there is no voice connection; join the voice first".into(),
        retry_after_ms: None,
    }
}

fn closed(reason: sfu::CloseReason) -> (VoiceClosedReason, &'static str) {
    match reason {
        sfu::CloseReason::Closed => (VoiceClosedReason::Closed, "closed"),
        sfu::CloseReason::ConsentExpired => (VoiceClosedReason::ConsentExpired, "consent_expired"),
        sfu::CloseReason::NeverConnected => (VoiceClosedReason::NeverConnected, "never_connected"),
        sfu::CloseReason::HandshakeFailed => {
            (VoiceClosedReason::HandshakeFailed, "handshake_failed")
        }
        sfu::CloseReason::FingerprintMismatch => {
            (VoiceClosedReason::FingerprintMismatch, "fingerprint_mismatch")
        }
        sfu::CloseReason::NoCommonProfile => {
            (VoiceClosedReason::NoCommonProfile, "no_common_profile")
        }
        sfu::CloseReason::Fault => (VoiceClosedReason::ServerStopped, "fault"),
    }
}

fn record(quality: &sfu::Quality) {
    if let Some(rtt) = quality.rtt {
        metrics::histogram!("hearth_media_rtt_seconds").record(rtt);
    }
    metrics::histogram!("hearth_media_loss_ratio", "leg" => "up").record(quality.up_loss);
    metrics::histogram!("hearth_media_loss_ratio", "leg" => "down").record(quality.down_loss);
    metrics::histogram!("hearth_media_jitter_seconds", "leg" => "up").record(quality.up_jitter);
    metrics::histogram!("hearth_media_jitter_seconds", "leg" => "down").record(quality.down_jitter);
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
                    log.lock().unwrap().push(command);
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
            self.sent.lock().unwrap().clone()
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
        assert_eq!(plane.media.count(), 0);
    }

    #[tokio::test]
    async fn rooms_keep_their_number_while_somebody_talks_in_them() {
        let plane = Plane::new(10);
        let (a, b, c) =
            (plane.join(1, "a").await, plane.join(2, "a").await, plane.join(3, "b").await);
        assert_eq!(a.room, b.room);
        assert_ne!(a.room, c.room);
        plane.media.move_to(ParticipantNumber(3), &RoomId("a".into()), ParticipantNumber(4));
        let moved = Command::Move { peer: c.peer, room: a.room, number: sfu::ParticipantNumber(4) };
        assert_eq!(plane.sent().pop(), Some(moved));
        plane.media.leave(ParticipantNumber(4));
        assert_eq!(plane.sent().pop(), Some(Command::Leave { peer: c.peer }));
        plane.media.leave_all();
        assert!(plane.media.voices().rooms.is_empty());
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
        assert_eq!(plane.media.count(), 1);
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
        assert_eq!(plane.media.count(), 0);

        let peer = plane.join(2, "a").await.peer;
        let media = plane.media.clone();
        let restart =
            tokio::spawn(async move { media.restart(ParticipantNumber(2), "x".into()).await });
        while !matches!(plane.sent().last(), Some(Command::Restart { .. })) {
            tokio::task::yield_now().await;
        }
        plane.answer(peer, Err(JoinError::Invalid("other fingerprint".into())));
        assert_eq!(restart.await.unwrap().unwrap_err().code, ErrorCode::OfferInvalid);
        assert_eq!(plane.media.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_comes_is_a_busy_server_and_no_voice() {
        let plane = Plane::new(10);
        let join = plane.begin(1, "a").await;
        let fault = join.await.unwrap().unwrap_err();
        assert_eq!(fault.code, ErrorCode::Busy);
        assert!(fault.retry_after_ms.is_some());
        assert!(matches!(plane.sent().pop(), Some(Command::Leave { .. })));
        assert_eq!(plane.media.count(), 0);
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
            plane.media.mute(ParticipantNumber(1), muted);
        }
        plane.media.leave(ParticipantNumber(2));
        assert!(!plane.media.catch_up());
        assert_eq!(plane.media.voices().late.len(), 2);
        plane.full.store(false, Ordering::Relaxed);
        assert!(plane.media.catch_up());
        let sent = plane.sent();
        let tail = &sent[sent.len() - 2..];
        assert_eq!(tail[0], Command::Mute { peer: one.peer, muted: true });
        assert!(matches!(tail[1], Command::Leave { .. }));
    }
}
