//! Live voice against an echo: an independent peer connection that answers the offer and sends
//! every packet back in a slot, under a talker's number of its own.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod server;

use std::{sync::Arc, time::Duration};

use hearth_client::{Connection, Decoded, Path, Room, Setup, Tone, Voice, Who, share_of_tone};
use hearth_protocol::{
    Ack, ClientMessage, ParticipantNumber, RoomId, RoomSnapshot, RoomSummary, ServerMessage,
    VoiceAnswer,
};
use rtc::{
    media_stream::MediaStreamTrack,
    peer_connection::configuration::media_engine::MIME_TYPE_OPUS,
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
    },
};
use server::{Server, Session};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use webrtc::{
    media_stream::{
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
        RTCIceGatheringState, RTCSessionDescription,
    },
};

const TALKER: u32 = 77;

/// What the echo's peer connection tells.
struct Echo {
    slot: Arc<TrackLocalStaticRTP>,
    gathered: mpsc::Sender<()>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Echo {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.gathered.try_send(());
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let slot = Arc::clone(&self.slot);
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(mut packet) = event {
                    packet.header.ssrc = TALKER;
                    packet.header.csrc = vec![TALKER];
                    packet.header.extension = false;
                    packet.header.extensions.clear();
                    let _ = slot.write_rtp(packet).await;
                }
            }
        });
    }
}

async fn echo() -> (Arc<dyn PeerConnection>, mpsc::Receiver<()>) {
    let codec = RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.into(),
        clock_rate: 48_000,
        channels: 2,
        ..Default::default()
    };
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(TALKER), ..Default::default() },
        codec,
        ..Default::default()
    };
    let name = || String::from("slot");
    let track = MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![coding]);
    let slot = Arc::new(TrackLocalStaticRTP::new(track));
    let (gathered, complete) = mpsc::channel(1);
    let mut engine = MediaEngine::default();
    engine.register_default_codecs().unwrap();
    let path = PeerConnectionBuilder::new()
        .with_media_engine(engine)
        .with_handler(Arc::new(Echo { slot: Arc::clone(&slot), gathered }))
        .with_udp_addrs(vec!["0.0.0.0:0"])
        .build()
        .await
        .unwrap();
    path.add_track(slot as Arc<dyn TrackLocal>).await.unwrap();
    (Arc::new(path), complete)
}

/// Plays the server: a room of one, whose voice is the echo.
async fn serve(mut session: Session, seen: mpsc::Sender<ClientMessage>) {
    let (path, mut complete) = echo().await;
    while let Some(request) = session.asked().await {
        let result = match &request.message {
            ClientMessage::RoomJoin(_) => Ack::RoomJoin {
                snapshot: Box::new(RoomSnapshot {
                    room: RoomSummary {
                        id: RoomId("general".into()),
                        name: "General".into(),
                        icon: "💬".into(),
                        topic: None,
                        max_participants: None,
                        count: 0,
                        participants: Vec::new(),
                    },
                    you: ParticipantNumber(1),
                }),
            },
            ClientMessage::VoiceJoin(join) => {
                let offer = RTCSessionDescription::offer(join.offer.clone()).unwrap();
                path.set_remote_description(offer).await.unwrap();
                let answer = path.create_answer(None).await.unwrap();
                path.set_local_description(answer).await.unwrap();
                complete.recv().await.unwrap();
                Ack::Voice(VoiceAnswer { answer: path.local_description().await.unwrap().sdp })
            }
            _ => Ack::Done {},
        };
        let _ = seen.send(request.message).await;
        session.say(&ServerMessage::Ack { id: request.id, result }).await;
    }
    path.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tone_comes_back_under_its_talkers_number_and_muting_stops_it() {
    timeout(Duration::from_secs(30), talk_to_the_echo()).await.unwrap();
}

async fn talk_to_the_echo() {
    let server = Server::start().await;
    let url = server.url();
    let (connection, (_, session)) =
        tokio::join!(Connection::open(&url, Who::guest("Bell")), server.greet(false, 10_000));
    let (seen, mut asked) = mpsc::channel(16);
    let serving = tokio::spawn(serve(session, seen));

    let connection = connection.unwrap();
    let room = Room::join(&connection, "general").await.unwrap();
    let voice = Voice::join(&room, Setup::default()).await.unwrap();
    assert_eq!(*voice.path().borrow(), Path::Connected);

    let mut listening = voice.listening();
    let speaker = voice.speaker().unwrap();
    let tone = Tone::new(523.0, 0.3).unwrap();
    let playing = tokio::spawn(async move { speaker.play(tone, None).await });
    let mut decoded = Decoded::default();
    let mut pcm = Vec::new();
    while pcm.len() < 48_000 {
        let heard = listening.next().await.unwrap();
        assert_eq!(heard.from, ParticipantNumber(TALKER));
        pcm.extend(decoded.decode(&heard).unwrap());
    }
    let share = share_of_tone(&pcm[9_600..], 523.0);
    assert!(share > 0.9, "{share}");

    voice.mute(true).await.unwrap();
    // What is under way may still arrive; then silence.
    let muted = Instant::now();
    while timeout(Duration::from_millis(300), listening.next()).await.is_ok() {
        assert!(muted.elapsed() < Duration::from_secs(5), "never silent");
    }

    voice.mute(false).await.unwrap();
    assert!(listening.next().await.is_some());
    voice.leave().await.unwrap();
    assert!(listening.next().await.is_none());
    assert!(playing.await.unwrap().is_err(), "nothing is sent after leaving");
    connection.close().await;
    serving.await.unwrap();

    let mut kinds = Vec::new();
    while let Some(message) = asked.recv().await {
        kinds.push(serde_json::to_value(message).unwrap()["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        kinds,
        ["room:join", "voice:join", "voice:mute", "voice:mute", "voice:leave", "room:leave"]
    );
}
