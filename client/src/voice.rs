//! Live voice in a room: one PeerConnection, negotiated once.
//!
//! Owns the negotiation (one sending and K receiving audio sections), the path's state and its
//! repair by ICE restart. People coming and going touch nothing here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hearth_protocol::{
    Ack, BlockParticipant, ClientMessage, IceParameters, ParticipantNumber, VoiceAnswer,
    VoiceDeafen, VoiceJoin, VoiceMute, VoiceRestart,
};
use rtc::{
    media_stream::MediaStreamTrack,
    peer_connection::configuration::{
        RTCOfferOptions, interceptor_registry::configure_rtcp_reports, media_engine::MIME_TYPE_OPUS,
    },
    rtp_transceiver::{
        RTCRtpTransceiverDirection, RTCRtpTransceiverInit,
        rtp_sender::{
            RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
            RTCRtpHeaderExtensionCapability, RtpCodecKind,
        },
    },
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use webrtc::{
    media_stream::{
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::TrackRemote,
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
        RTCConfigurationBuilder, RTCIceServer, RTCPeerConnectionState, RTCSessionDescription,
        Registry, SettingEngineBuilder,
    },
};

use crate::{Connection, Error, Listening, Room, Speaker, listening::Ear, speaker::PAYLOAD_TYPE};

const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const SDES_MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// A voice that is not connected by then is given up, s.
const CONNECT_WITHIN_S: u64 = 20;
/// A broken path is given so long to heal by itself before it is restarted.
const HEAL: Duration = Duration::from_secs(2);
/// Restarts in a row before a broken path is left alone.
const RESTARTS: u32 = 5;
/// Between connectivity checks. The library's own 200 ms cost every join two of them.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// Checks per candidate: 6 s of them.
const CHECKS: u16 = 300;

/// How to come in.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Has something to say; else listens only.
    pub speaks: bool,
    /// Comes in muted.
    pub muted: bool,
    /// Comes in deafened.
    pub deafened: bool,
    /// Receiving sections to offer, 0–32; `None`: as many as the server recommends (K).
    pub slots: Option<u8>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { speaks: true, muted: false, deafened: false, slots: None }
    }
}

/// The state of the way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Not yet.
    Connecting,
    /// Media can flow.
    Connected,
    /// Nothing gets through; it is being repaired.
    Broken,
    /// It is over.
    Closed,
}

/// A voice in a room. Dropping it closes the path; [`Voice::leave`] also tells the server.
pub struct Voice {
    connection: Connection,
    path: Arc<dyn PeerConnection>,
    state: watch::Receiver<Path>,
    speaker: Option<Speaker>,
    muted: Arc<AtomicBool>,
    ear: Ear,
}

impl Voice {
    /// Joins the voice of a room and waits until media can flow.
    ///
    /// # Errors
    /// [`Error::Refused`] with `offer_invalid` or `busy`; [`Error::Voice`] if no path is found
    /// within 20 s.
    pub async fn join(room: &Room, setup: Setup) -> Result<Self, Error> {
        let connection = room.connection().clone();
        let welcome = connection.welcome();
        let ear = Ear::new();
        let (state_now, state) = watch::channel(Path::Connecting);
        let events = Arc::new(Events { state: state_now, ear: ear.clone() });
        let path = peer_connection(&welcome.ice, events).await?;
        let muted = Arc::new(AtomicBool::new(setup.muted));
        let microphone = if setup.speaks {
            let ssrc = rand::random_range(1..=u32::MAX);
            let track = Arc::new(TrackLocalStaticRTP::new(microphone(ssrc)));
            let sending = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Sendonly,
                ..Default::default()
            };
            let sent = Arc::clone(&track) as Arc<dyn TrackLocal>;
            path.add_transceiver_from_track(sent, Some(sending)).await?;
            Some((track, ssrc))
        } else {
            None
        };
        for _ in 0..setup.slots.unwrap_or(welcome.slots).min(32) {
            let receiving = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Recvonly,
                ..Default::default()
            };
            path.add_transceiver_from_kind(RtpCodecKind::Audio, Some(receiving)).await?;
        }
        let offer = offer(&*path, false).await?;
        let Setup { muted: comes_muted, deafened, .. } = setup;
        let asked = ClientMessage::VoiceJoin(VoiceJoin { offer, muted: comes_muted, deafened });
        let answer = negotiate(&connection, &*path, asked).await?;
        // An extension that the other end did not take must not be sent.
        let levels = answer.contains(AUDIO_LEVEL);
        let speaker =
            microphone.map(|(track, ssrc)| Speaker::new(track, ssrc, Arc::clone(&muted), levels));
        let mut voice = Self { connection, path, state, speaker, muted, ear };
        voice.connected().await?;
        tokio::spawn(repair(
            voice.connection.clone(),
            Arc::downgrade(&voice.path),
            voice.state.clone(),
        ));
        Ok(voice)
    }

    /// The sending side; `None` for who listens only.
    #[must_use]
    pub fn speaker(&self) -> Option<Speaker> {
        self.speaker.clone()
    }

    /// The receiving side, from now on.
    #[must_use]
    pub fn listening(&self) -> Listening {
        self.ear.listening()
    }

    /// The state of the path, now and as it changes.
    #[must_use]
    pub fn path(&self) -> watch::Receiver<Path> {
        self.state.clone()
    }

    /// Mutes or unmutes: nothing is sent, and the others see it.
    ///
    /// # Errors
    /// Those of [`Connection::request`]; muting holds even then.
    pub async fn mute(&self, muted: bool) -> Result<(), Error> {
        self.muted.store(muted, Ordering::Relaxed);
        let asked = ClientMessage::VoiceMute(VoiceMute { muted });
        self.connection.request(asked).await.map(drop)
    }

    /// Deafens or undeafens: the server sends nothing, and the others see it.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn deafen(&self, deafened: bool) -> Result<(), Error> {
        let asked = ClientMessage::VoiceDeafen(VoiceDeafen { deafened });
        self.connection.request(asked).await.map(drop)
    }

    /// "Mute for me": the server stops or resumes sending one participant's voice.
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub async fn block(&self, number: ParticipantNumber, blocked: bool) -> Result<(), Error> {
        let asked = ClientMessage::VoiceBlock(BlockParticipant { number, blocked });
        self.connection.request(asked).await.map(drop)
    }

    /// Opens a new path for the same voice (ICE restart, RFC 8445 §2.4), from new sockets: after
    /// a change of network. Audio goes on over the old path meanwhile. Happens by itself when
    /// the path breaks.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Voice`].
    pub async fn restart(&self) -> Result<(), Error> {
        restart(&self.connection, &*self.path).await
    }

    /// Leaves the voice and stays in the room.
    ///
    /// # Errors
    /// Those of [`Connection::request`]; the path is closed even then.
    pub async fn leave(self) -> Result<(), Error> {
        let told = self.connection.request(ClientMessage::VoiceLeave {}).await.map(drop);
        self.path.close().await?;
        told
    }

    async fn connected(&mut self) -> Result<(), Error> {
        let within = Duration::from_secs(CONNECT_WITHIN_S);
        let done = |path: &Path| matches!(path, Path::Connected | Path::Closed);
        match timeout(within, self.state.wait_for(done)).await.map(|state| state.map(|s| *s)) {
            Ok(Ok(Path::Connected)) => Ok(()),
            Ok(_) => Err(Error::Voice("the path was closed before it connected".into())),
            Err(_) => Err(Error::Voice(format!("no path to the server in {CONNECT_WITHIN_S} s"))),
        }
    }
}

/// What the peer connection tells.
struct Events {
    state: watch::Sender<Path>,
    ear: Ear,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let path = match state {
            RTCPeerConnectionState::Connected => Path::Connected,
            RTCPeerConnectionState::Disconnected | RTCPeerConnectionState::Failed => Path::Broken,
            RTCPeerConnectionState::Closed => Path::Closed,
            _ => return,
        };
        self.state.send_replace(path);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        tokio::spawn(self.ear.clone().attend(track));
    }
}

/// A peer connection that speaks Opus and nothing else.
async fn peer_connection(
    ice: &IceParameters,
    events: Arc<Events>,
) -> Result<Arc<dyn PeerConnection>, Error> {
    let mut engine = MediaEngine::default();
    let opus = RTCRtpCodecParameters { rtp_codec: opus(), payload_type: PAYLOAD_TYPE };
    engine.register_codec(opus, RtpCodecKind::Audio)?;
    for uri in [AUDIO_LEVEL, SDES_MID] {
        let extension = RTCRtpHeaderExtensionCapability { uri: uri.into() };
        engine.register_header_extension(extension, RtpCodecKind::Audio, None)?;
    }
    let settings = SettingEngineBuilder::new()
        .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS))
        .with_include_loopback_candidate(true)
        .with_discard_local_candidates_during_ice_restart(true)
        .build();
    let servers = ice.servers.iter().map(|server| RTCIceServer {
        urls: server.urls.clone(),
        username: server.username.clone().unwrap_or_default(),
        credential: server.credential.clone().unwrap_or_default(),
    });
    let configuration =
        RTCConfigurationBuilder::default().with_ice_servers(servers.collect()).build();
    let path = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_media_engine(engine)
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .with_setting_engine(settings)
        .with_handler(events)
        .with_udp_addrs(vec!["0.0.0.0:0", "127.0.0.1:0", "[::]:0", "[::1]:0"])
        .build()
        .await?;
    Ok(Arc::new(path))
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.into(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1;stereo=1".into(),
        rtcp_feedback: Vec::new(),
    }
}

fn microphone(ssrc: u32) -> MediaStreamTrack {
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: opus(),
        ..Default::default()
    };
    let name = || String::from("microphone");
    MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![coding])
}

/// An offer without waiting for candidates: the server learns addresses from the checks.
async fn offer(path: &dyn PeerConnection, ice_restart: bool) -> Result<String, Error> {
    let options = RTCOfferOptions { ice_restart };
    let offer = path.create_offer(Some(options)).await?;
    path.set_local_description(offer.clone()).await?;
    Ok(offer.sdp)
}

async fn negotiate(
    connection: &Connection,
    path: &dyn PeerConnection,
    asked: ClientMessage,
) -> Result<String, Error> {
    match connection.request(asked).await? {
        Ack::Voice(VoiceAnswer { answer }) => {
            path.set_remote_description(RTCSessionDescription::answer(answer.clone())?).await?;
            Ok(answer)
        }
        other => Err(Error::Unexpected(format!("{other:?}"))),
    }
}

async fn restart(connection: &Connection, path: &dyn PeerConnection) -> Result<(), Error> {
    let offer = offer(path, true).await?;
    negotiate(connection, path, ClientMessage::VoiceRestart(VoiceRestart { offer })).await.map(drop)
}

/// Restarts a path that breaks and does not heal by itself.
async fn repair(
    connection: Connection,
    path: std::sync::Weak<dyn PeerConnection>,
    mut state: watch::Receiver<Path>,
) {
    let mut restarts = 0;
    loop {
        let broken = |path: &Path| matches!(path, Path::Broken | Path::Closed);
        match state.wait_for(broken).await.map(|state| *state) {
            Ok(Path::Broken) => {}
            _ => return,
        }
        let healed = timeout(HEAL, state.wait_for(|path| *path != Path::Broken));
        if healed.await.is_ok() {
            restarts = 0;
            continue;
        }
        let Some(path) = path.upgrade() else { return };
        restarts += 1;
        if restarts > RESTARTS {
            return;
        }
        if let Err(error) = restart(&connection, &*path).await {
            tracing::debug!(%error, "the path could not be restarted");
        }
        drop(path);
        sleep(HEAL).await;
    }
}
