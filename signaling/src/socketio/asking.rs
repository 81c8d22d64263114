//! What an event asks for, as requests of the native protocol.
//!
//! Owns the mapping alone. Rates, rights and bounds are those of the commands.

use std::{convert::Infallible, sync::Arc};

use axum::body::Bytes;
use hearth_protocol::{
    AskHistory, ClientMessage, Conversation, CreateRoom, ErrorCode, Fault, JoinRoom, MessageId,
    React, Request, RequestId, SendText, SendVoice, StartCall, ThisCall, Typing, VoiceMute,
};
use serde_json::json;

use super::{
    base,
    connection::{Connection, Member},
    event::{self, Event, To},
    message::{self, View},
    mirror::{Answer, Asked, Out},
    relay, speech,
};
use crate::{
    blobs::NotKept,
    chat,
    clock::millis,
    identity::{Admitted, random_hex},
    names, session,
};

/// The page knows nothing of how loud a sound is over its length: an even line.
const PEAKS: [u8; 1] = [128];

/// Whoever comes in by a name that somebody has gets a number behind it, up to this one.
const MOST_NAMESAKES: usize = 20;

impl Connection {
    /// Does what an event asks for. What comes back is sent at once; the answers to requests come
    /// by the outbox, in their place.
    pub(super) async fn carry_out(
        &mut self,
        name: &str,
        text: String,
        ack: Option<i64>,
    ) -> Result<Vec<Out>, Fault> {
        self.check_rate()?;
        let event = self.read(name, text).await?;
        let asked = |answer| Asked { event: name.to_owned(), ack, answer };
        match event {
            Event::Join { room, name, password } => {
                self.come_in(name).await?;
                let ask = JoinRoom { room, with_voice: false, position: None, password };
                self.request(ClientMessage::RoomJoin(ask), asked(Answer::Joined)).await?;
            }
            Event::Online { name } => {
                self.come_in(name).await?;
                let view = &self.member()?.view;
                let mut out = vec![Out::Event("presence:list", self.mirror.presence(view))];
                let answer = json!({"ok": true, "user": speech::own(view)});
                out.extend(ack.map(|ack| Out::Ack(ack, answer)));
                return Ok(out);
            }
            Event::Rooms if self.member.is_none() => return Ok(vec![self.open_rooms(ack)]),
            Event::Rooms => {
                self.request(ClientMessage::RoomList {}, asked(Answer::Rooms)).await?;
            }
            Event::Leave => {
                self.request(ClientMessage::RoomLeave {}, asked(Answer::Left)).await?;
            }
            Event::Create { name, icon } => {
                let ask = CreateRoom { name, icon, ..CreateRoom::default() };
                self.request(ClientMessage::RoomCreate(ask), asked(Answer::Created)).await?;
            }
            Event::Write { to, text } => {
                let conversation = self.conversation(to)?;
                let answer = asked(Answer::Sent(conversation.clone()));
                let message = MessageId(random_hex::<16>());
                let (reply_to, mentions) = (None, Vec::new());
                let ask = SendText { conversation, message, text, reply_to, mentions };
                self.request(ClientMessage::ChatSend(ask), answer).await?;
            }
            Event::Say { to, sound } => {
                let conversation = self.conversation(to)?;
                let answer = asked(Answer::Sent(conversation.clone()));
                let ask = self.keep(conversation, sound).await?;
                self.request(ClientMessage::ChatVoice(ask), answer).await?;
            }
            Event::History { of, before, limit } => {
                let conversation = self.conversation(of)?;
                let answer = asked(Answer::History(conversation.clone()));
                let ask = AskHistory { conversation, before, after: None, around: None, limit };
                self.request(ClientMessage::ChatHistory(ask), answer).await?;
            }
            Event::React { message, emoji, on } => {
                let (conversation, of) = message::meant(&message)?;
                let on = match on {
                    Some(on) => on,
                    None => !self.has_reacted(&conversation, of, &emoji).await?,
                };
                let ask = React { conversation, of, emoji, on };
                self.request(ClientMessage::ChatReact(ask), asked(Answer::Done)).await?;
            }
            Event::Typing { to, typing } => {
                let conversation = self.conversation(to)?;
                let ask = Typing { conversation, typing };
                self.request(ClientMessage::ChatTyping(ask), asked(Answer::Done)).await?;
            }
            Event::Mute(muted) => {
                self.take_voice()?;
                let ask = VoiceMute { muted };
                self.request(ClientMessage::VoiceMute(ask), asked(Answer::Done)).await?;
            }
            Event::Speaking(speaking) => {
                self.take_voice()?;
                if let Some(number) = self.member()?.voice {
                    self.scene.app.presence.speaking(number, speaking);
                }
                return Ok(done(ack));
            }
            Event::Ring { to } => {
                let person = self.scene.directory.whose(&to)?;
                let answer = asked(Answer::Rung { to, person: person.clone() });
                self.request(ClientMessage::CallStart(StartCall { person }), answer).await?;
            }
            Event::Accept { to } => {
                let ask = self.call_with(&to)?;
                self.request(ClientMessage::CallAccept(ask), asked(Answer::Accepted)).await?;
            }
            Event::Reject { to } => {
                let ask = self.call_with(&to)?;
                self.request(ClientMessage::CallDecline(ask), asked(Answer::Done)).await?;
            }
            Event::HangUp { to } => {
                let ask = self.call_with(&to)?;
                self.request(ClientMessage::CallEnd(ask), asked(Answer::Done)).await?;
            }
            Event::Relay { event, to, payload } => {
                let to = self.scene.directory.whose(&to)?;
                relay::carry(&self.member()?.view, event, &to, payload)?;
                return Ok(done(ack));
            }
        }
        Ok(Vec::new())
    }

    /// Every event counts, as every message does.
    fn check_rate(&self) -> Result<(), Fault> {
        match &self.member {
            Some(member) => self.scene.app.limits.message(&member.view.session.identity),
            None => self.scene.app.limits.http(self.from),
        }
    }

    /// Reads an event; a long one away from the threads that everybody shares.
    async fn read(&self, name: &str, text: String) -> Result<Event, Fault> {
        let most = self.scene.app.settings.session.message_bytes;
        if text.len() <= most {
            return event::read(name, &text);
        }
        if !event::carries_sound(name) {
            let message = format!("This event has at most {most} bytes.");
            return Err(Fault::new(ErrorCode::BadMessage, message));
        }
        let name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || event::read(&name, &text)).await;
        read.unwrap_or_else(|_| Err(Fault::new(ErrorCode::Internal, "The sound was not read.")))
    }

    /// Asks for something; the answer comes by the outbox.
    async fn request(&mut self, message: ClientMessage, asked: Asked) -> Result<(), Fault> {
        let id = self.mirror.ask(asked);
        let member = self.member()?;
        session::perform(&member.view.session, Request { id, message }, &self.scene.app).await;
        Ok(())
    }

    /// The session, once there is one.
    fn member(&self) -> Result<&Member, Fault> {
        self.member.as_ref().ok_or_else(|| {
            let message = "Say who you are first: `room:join` with `user.name`, or `user:online`.";
            Fault::new(ErrorCode::HelloExpected, message)
        })
    }

    /// Comes in as a guest of that name, or as whoever the token says. Once: the name is that of
    /// the first time.
    async fn come_in(&mut self, name: Option<String>) -> Result<(), Fault> {
        if self.member.is_some() {
            return Ok(());
        }
        let app = &self.scene.app;
        app.limits.hello(self.from)?;
        let admitted = self.admit(name).await?;
        let token = admitted.token.clone();
        let (session, line) = session::begin(RequestId(0), admitted, self.from, app)?;
        self.scene.directory.enter(&session.identity, &self.socket.id.to_string());
        let base = base(self.socket.req_parts());
        let view = View { scene: Arc::clone(&self.scene), session, base, token };
        self.member = Some(Member { view, line, voice: None });
        let asked = Asked { event: "rooms:list".into(), ack: None, answer: Answer::Rooms };
        self.request(ClientMessage::RoomList {}, asked).await
    }

    /// A name that somebody has gets a number: the pages of the dialect know no unique names.
    async fn admit(&self, name: Option<String>) -> Result<Admitted, Fault> {
        let identities = &self.scene.app.identities;
        let token = self.token.as_ref();
        let mut admitted = identities.admit(token, name.as_deref(), None).await;
        let Some(name) = name else { return admitted };
        for number in 2..=MOST_NAMESAKES {
            match &admitted {
                Err(fault) if fault.code == ErrorCode::NameTaken => {}
                _ => break,
            }
            let suffix = format!(" {number}");
            let room = names::PERSON_CHARS.end() - suffix.len();
            let short: String = name.trim().chars().take(room).collect();
            let numbered = format!("{}{suffix}", short.trim_end());
            admitted = identities.admit(token, Some(&numbered), None).await;
        }
        admitted
    }

    /// The rooms that everybody sees, as `GET /api/rooms` tells them.
    fn open_rooms(&self, ack: Option<i64>) -> Out {
        let rooms = self.scene.app.presence.rooms().all();
        let open = rooms.iter().filter(|room| !room.record().hidden);
        let shown = open.map(|room| {
            let record = room.record();
            json!({
                "id": room.id(), "name": record.name, "icon": record.icon, "users": room.count(),
            })
        });
        let shown = shown.collect();
        match ack {
            Some(ack) => Out::Ack(ack, shown),
            None => Out::Event("rooms:list", shown),
        }
    }

    /// Where something is written or read.
    fn conversation(&self, to: To) -> Result<Conversation, Fault> {
        match to {
            To::Room(Some(room)) => Ok(Conversation::Room(room)),
            To::Room(None) => {
                let inside = self.mirror.inside.as_ref().ok_or_else(crate::room::not_in_room)?;
                Ok(Conversation::Room(inside.room.clone()))
            }
            To::Person(address) => Ok(Conversation::Person(self.scene.directory.whose(&address)?)),
        }
    }

    /// The call that one has with whoever has this address.
    fn call_with(&self, address: &str) -> Result<ThisCall, Fault> {
        let other = self.scene.directory.whose(address)?;
        let own = &self.member()?.view.session.identity;
        Ok(ThisCall { call: self.scene.app.calls.between(own, &other)? })
    }

    /// Keeps a sound, to be sent.
    async fn keep(&self, conversation: Conversation, sound: Vec<u8>) -> Result<SendVoice, Fault> {
        let app = &self.scene.app;
        let owner = &self.member()?.view.session.identity;
        let body = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from(sound))]);
        let kept = app.blobs.keep(owner, body, &app.limits).await.map_err(|why| match why {
            NotKept::Refused(fault) => fault,
            why => Fault::new(ErrorCode::BlobInvalid, format!("The sound was refused: {why}.")),
        })?;
        let longest = millis(app.settings.blobs.max_duration);
        let duration = millis(kept.length).clamp(1, longest);
        Ok(SendVoice {
            conversation,
            message: MessageId(random_hex::<16>()),
            blob: kept.id,
            duration_ms: u32::try_from(duration).unwrap_or(u32::MAX),
            peaks: PEAKS.to_vec(),
            reply_to: None,
        })
    }

    /// Whether one's own reaction is there: the dialect toggles, the protocol says what is wanted.
    async fn has_reacted(
        &self,
        conversation: &Conversation,
        of: u64,
        emoji: &str,
    ) -> Result<bool, Fault> {
        let session = &self.member()?.view.session;
        let ask = AskHistory {
            conversation: conversation.clone(),
            before: None,
            after: None,
            around: Some(of),
            limit: Some(1),
        };
        let history = chat::history(&self.scene.app, session, ask).await?;
        let reactions =
            history.messages.iter().filter(|it| it.seq == of).flat_map(|it| &it.reactions);
        let mut same = reactions.filter(|reaction| reaction.emoji == emoji);
        Ok(same.any(|reaction| reaction.by.contains(&session.identity)))
    }

    /// The page has a microphone, though not one that this server hears: from then on it can be
    /// muted, and seen speaking.
    fn take_voice(&mut self) -> Result<(), Fault> {
        let inside = self.mirror.inside.as_ref().ok_or_else(crate::room::not_in_room)?;
        let (you, app) = (inside.you, &self.scene.app);
        if let Some(member) = &mut self.member
            && member.voice != Some(you)
        {
            app.presence.voice_joined(you, false, false)?;
            member.voice = Some(you);
        }
        Ok(())
    }
}

/// The answer, where one is waited for.
fn done(ack: Option<i64>) -> Vec<Out> {
    ack.map(|ack| Out::Ack(ack, json!({"ok": true}))).into_iter().collect()
}
