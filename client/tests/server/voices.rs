//! A room's voices in miniature: one independent peer connection per participant, and every packet
//! of one goes to all others, under its talker's number.
//!
//! Owns the media end of the miniature server. One slot per listener; enough for one talker at a
//! time, or for two who listen to each other.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

use std::sync::Arc;

use hearth_protocol::{
    Ack, CatchUp, ClientMessage, ParticipantNumber, ReadMark, Role, RoomId, RoomSnapshot,
    RoomSummary, ServerMessage, VoiceAnswer,
};
use rtc::{
    media_stream::MediaStreamTrack,
    peer_connection::{configuration::media_engine::MIME_TYPE_OPUS, transport::RTCDtlsRole},
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
    },
};
use tokio::sync::{Mutex, mpsc};
use webrtc::{
    media_stream::{
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
        RTCIceGatheringState, RTCSessionDescription, SettingEngineBuilder,
    },
};

use crate::server::{Server, Session};

/// Everybody's slot.
#[derive(Clone, Default)]
pub(crate) struct Voices(Arc<Mutex<Vec<Slot>>>);

/// Where one participant hears another.
struct Slot {
    listener: u32,
    track: Arc<TrackLocalStaticRTP>,
}

/// What one participant's peer connection tells.
struct Listener {
    voices: Voices,
    number: u32,
    gathered: mpsc::Sender<()>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Listener {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.gathered.try_send(());
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let (voices, number) = (self.voices.clone(), self.number);
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                let TrackRemoteEvent::OnRtpPacket(mut packet) = event else { continue };
                packet.header.csrc = vec![number];
                packet.header.extension = false;
                packet.header.extensions.clear();
                for Slot { listener, track } in voices.0.lock().await.iter() {
                    if *listener != number {
                        packet.header.ssrc = 1000 + listener;
                        // A listener who has left hears nothing.
                        let _ = track.write_rtp(packet.clone()).await;
                    }
                }
            }
        });
    }
}

impl Voices {
    /// Answers an offer; the peer connection lives until it is closed.
    async fn answer(&self, number: u32, offer: String) -> (Arc<dyn PeerConnection>, String) {
        let codec = RTCRtpCodec {
            mime_type: MIME_TYPE_OPUS.into(),
            clock_rate: 48_000,
            channels: 2,
            ..Default::default()
        };
        let ssrc = Some(1000 + number);
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters { ssrc, ..Default::default() },
            codec,
            ..Default::default()
        };
        let name = || String::from("slot");
        let track =
            MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![coding]);
        let slot = Arc::new(TrackLocalStaticRTP::new(track));
        let (gathered, mut complete) = mpsc::channel(1);
        let mut engine = MediaEngine::default();
        engine.register_default_codecs().unwrap();
        let settings =
            SettingEngineBuilder::new().with_answering_dtls_role(RTCDtlsRole::Server).build();
        let path = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_setting_engine(settings)
            .with_handler(Arc::new(Listener { voices: self.clone(), number, gathered }))
            .with_udp_addrs(vec!["0.0.0.0:0"])
            .build()
            .await
            .unwrap();
        let listens = offer.contains("a=recvonly");
        if listens {
            path.add_track(Arc::clone(&slot) as Arc<dyn TrackLocal>).await.unwrap();
        }
        path.set_remote_description(RTCSessionDescription::offer(offer).unwrap()).await.unwrap();
        let answer = path.create_answer(None).await.unwrap();
        path.set_local_description(answer).await.unwrap();
        complete.recv().await.unwrap();
        let answer = path.local_description().await.unwrap().sdp;
        if listens {
            self.0.lock().await.push(Slot { listener: number, track: slot });
        }
        (Arc::new(path), answer)
    }

    /// Serves everybody who comes in, and tells what they asked.
    pub(crate) async fn serve(self, server: Server, asked: mpsc::Sender<(u32, ClientMessage)>) {
        for number in 1.. {
            let (_, session) = server.greet(false, 10_000).await;
            tokio::spawn(self.clone().attend(session, number, asked.clone()));
        }
    }

    async fn attend(
        self,
        mut session: Session,
        number: u32,
        asked: mpsc::Sender<(u32, ClientMessage)>,
    ) {
        let mut path = None;
        while let Some(request) = session.asked().await {
            let result = match &request.message {
                ClientMessage::RoomJoin(_) => Ack::RoomJoin { snapshot: snapshot(number) },
                ClientMessage::VoiceJoin(join) => {
                    let (opened, answer) = self.answer(number, join.offer.clone()).await;
                    path = Some(opened);
                    Ack::Voice(VoiceAnswer { answer })
                }
                _ => Ack::Done {},
            };
            // A test that does not count what is asked reads nothing.
            let _ = asked.try_send((number, request.message));
            session.say(&ServerMessage::Ack { id: request.id, result }).await;
        }
        if let Some(path) = path {
            path.close().await.unwrap();
        }
    }
}

fn snapshot(number: u32) -> Box<RoomSnapshot> {
    Box::new(RoomSnapshot {
        room: RoomSummary {
            id: RoomId("general".into()),
            name: "General".into(),
            icon: "💬".into(),
            topic: None,
            max_participants: None,
            locked: false,
            hidden: false,
            messages: 0,
            count: number,
            participants: Vec::new(),
        },
        you: ParticipantNumber(number),
        role: Role::Member,
        chat: CatchUp::Replay { entries: Vec::new() },
        read: ReadMark::default(),
    })
}
