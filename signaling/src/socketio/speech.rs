//! What the server says, in the dialect.
//!
//! Owns which message becomes which events. What a page of the dialect has no ear for (read
//! receipts, mentions elsewhere, negotiated voice) is not told.

use hearth_protocol::{
    Ack, CallEnded, CallId, CatchUp, Change, ChatMessage, Conversation, Entry, ErrorCode, Fault,
    History, Person, RoomSnapshot, SentOut, ServerMessage,
};
use serde_json::{Value, json};

use super::{
    message::{self, View},
    mirror::{Answer, Asked, Mirror, Out},
};
use crate::session;

/// Says one message of the server.
pub(super) fn say(mirror: &mut Mirror, view: &View, message: ServerMessage) -> Vec<Out> {
    let mut out = Vec::new();
    match message {
        ServerMessage::Ack { id, result } => {
            if let Some(asked) = mirror.answered(id) {
                answer(mirror, view, asked, result, &mut out);
            }
        }
        ServerMessage::Error { id, fault } => match id.and_then(|id| mirror.answered(id)) {
            Some(asked) => refused(view, asked, &fault, &mut out),
            None => out.push(failed("", None, &fault)),
        },
        ServerMessage::RoomListDelta { changes } => {
            if mirror.change_rooms(changes) {
                out.push(Out::Event("rooms:list", mirror.rooms()));
            }
        }
        ServerMessage::RoomAnew { summary } => {
            mirror.set_people(&summary);
            out.push(Out::Event("room:users", mirror.people(view)));
        }
        ServerMessage::RoomDelta { room, present, left } => {
            present.into_iter().for_each(|who| mirror.came(&room, who));
            left.iter().for_each(|gone| mirror.went(&room, gone.number));
            out.push(Out::Event("room:users", mirror.people(view)));
            out.push(Out::Event("presence:list", mirror.presence(view)));
        }
        ServerMessage::RoomSentOut { out: why, .. } => {
            mirror.leave();
            out.push(Out::Event("room:users", json!([])));
            out.push(Out::Event("error", json!({"message": sent_out(&why), "error": "sent_out"})));
        }
        ServerMessage::RoomMoved { snapshot, .. } => {
            mirror.enter(&snapshot);
            tell_room(mirror, view, &snapshot, &mut out);
        }
        ServerMessage::ParticipantVoice { room, number, voice } => {
            let Some(before) = mirror.set_voice(&room, number, voice) else { return out };
            if before.speaking != voice.speaking {
                out.push(Out::Event("presence:speaking:list", mirror.speaking(view)));
            }
            if before.muted != voice.muted {
                out.push(Out::Event("presence:list", mirror.presence(view)));
            }
        }
        ServerMessage::ChatEntry { conversation, entry } => {
            tell_entry(view, &conversation, entry, &mut out);
        }
        ServerMessage::ChatTyping { conversation, identity, name, typing } => {
            out.push(typist(view, &conversation, &identity, &name, typing));
            mirror.typing(&conversation, identity, &name, typing);
        }
        ServerMessage::CallRinging { call } => {
            mirror.call_began(&call);
            out.push(Out::Event("call:incoming", of_call(view, &call.call, &call.person)));
        }
        ServerMessage::CallAccepted { call } => {
            out.push(Out::Event("call:accepted", of_call(view, &call.call, &call.person)));
        }
        ServerMessage::CallEnded { call, how } => {
            let event = match how {
                CallEnded::HungUp => "call:ended",
                CallEnded::Declined => "call:rejected",
                CallEnded::Missed => "call:timeout",
            };
            let other = mirror.call_ended(&call);
            out.extend(other.map(|other| Out::Event(event, of_call(view, &call, &other))));
        }
        ServerMessage::Hello { .. }
        | ServerMessage::Pong { .. }
        | ServerMessage::RoomCount { .. }
        | ServerMessage::RoomRole { .. }
        | ServerMessage::ChatAnew { .. }
        | ServerMessage::ChatMention { .. }
        | ServerMessage::DirectReceipt { .. }
        | ServerMessage::DirectPerson { .. }
        | ServerMessage::VoiceQuality(_)
        | ServerMessage::VoiceClosed { .. } => {}
    }
    out
}

/// Those who have not said for long that they are typing.
pub(super) fn say_silence(mirror: &mut Mirror, view: &View) -> Vec<Out> {
    let silent = mirror.silence().into_iter();
    silent.map(|(of, identity, name)| typist(view, &of, &identity, &name, false)).collect()
}

/// A refusal: the answer where one is waited for, else the event `error`.
pub(super) fn refuse(event: &str, ack: Option<i64>, fault: Fault) -> Out {
    let ServerMessage::Error { fault, .. } = session::refusal(None, fault) else {
        return Out::Event("error", json!({}));
    };
    failed(event, ack, &fault)
}

/// Whoever cannot be rung is told of as the dialect does; the answer, where one is waited for, says
/// no as well.
fn refused(view: &View, asked: Asked, fault: &Fault, out: &mut Vec<Out>) {
    let Asked { event, ack, answer } = asked;
    if let Answer::Rung { to, person } = answer
        && matches!(fault.code, ErrorCode::PersonOffline | ErrorCode::PersonBusy)
    {
        let address = view.address_of(&person);
        let shown = json!({"to": to, "socketId": address, "reason": fault.code.as_str()});
        out.push(Out::Event("call:unavailable", shown));
        if ack.is_none() {
            return;
        }
    }
    out.push(failed(&event, ack, fault));
}

fn failed(event: &str, ack: Option<i64>, fault: &Fault) -> Out {
    let mut shown = json!({"error": fault.code.as_str(), "message": fault.message});
    if let Some(after) = fault.retry_after_ms {
        shown["retryAfterMs"] = json!(after);
    }
    match ack {
        Some(ack) => {
            shown["ok"] = json!(false);
            Out::Ack(ack, shown)
        }
        None => {
            shown["event"] = json!(event);
            Out::Event("error", shown)
        }
    }
}

fn answer(mirror: &mut Mirror, view: &View, asked: Asked, result: Ack, out: &mut Vec<Out>) {
    let mut answer = json!({"ok": true});
    match (asked.answer, result) {
        (Answer::Joined, Ack::RoomJoin { snapshot }) => {
            mirror.enter(&snapshot);
            tell_room(mirror, view, &snapshot, out);
            answer["roomId"] = json!(snapshot.room.id);
            answer["users"] = mirror.people(view);
            answer["user"] = own(view);
        }
        (Answer::Rooms, Ack::RoomList { rooms, .. }) => {
            mirror.set_rooms(rooms);
            answer = mirror.rooms();
            if asked.ack.is_none() {
                out.push(Out::Event("rooms:list", mirror.rooms()));
            }
        }
        (Answer::Created, Ack::RoomCreate { room }) => {
            answer["room"] = super::mirror::room(room);
        }
        (Answer::Sent(conversation), Ack::Sent(sent)) => {
            answer["id"] = json!(message::id(&conversation, sent.position.seq));
            answer["createdAt"] = json!(sent.at_ms);
        }
        (Answer::History(conversation), Ack::History(history)) => {
            let messages = view.messages(&conversation, &history.messages);
            answer["history"] = messages.clone();
            answer["more"] = json!(history.more_before);
            out.push(match conversation {
                Conversation::Room(_) => Out::Event("chat:history", messages),
                Conversation::Person(other) => {
                    let with = view.address_of(&other);
                    let shown = json!({"dmId": other, "withUser": with, "history": messages});
                    Out::Event("dm:history", shown)
                }
            });
        }
        (Answer::Rung { .. }, Ack::Call { call }) => {
            mirror.call_began(&call);
            view.scene.app.calls.talks_apart(&call.call, &view.session.identity);
            answer["callId"] = json!(call.call);
        }
        (Answer::Accepted, Ack::Call { call }) => {
            view.scene.app.calls.talks_apart(&call.call, &view.session.identity);
            answer["callId"] = json!(call.call);
        }
        (Answer::Left, _) => {
            mirror.leave();
            out.push(Out::Event("room:users", json!([])));
        }
        _ => {}
    }
    out.extend(asked.ack.map(|ack| Out::Ack(ack, answer)));
}

/// Oneself, and what proves it the next time.
pub(super) fn own(view: &View) -> Value {
    let who = view.session.who();
    let address = view.address_of(&who.identity);
    json!({
        "name": who.name, "socketId": address, "identity": who.identity, "token": view.token,
    })
}

/// A call, and the other of it.
fn of_call(view: &View, call: &CallId, other: &Person) -> Value {
    json!({"from": view.address_of(&other.identity), "user": other.name, "callId": call})
}

/// What is told of a room on walking in.
fn tell_room(mirror: &Mirror, view: &View, snapshot: &RoomSnapshot, out: &mut Vec<Out>) {
    out.push(Out::Event("room:users", mirror.people(view)));
    out.push(Out::Event("presence:list", mirror.presence(view)));
    if let CatchUp::Gap { history: History { messages, .. } }
    | CatchUp::Reset { history: History { messages, .. } } = &snapshot.chat
    {
        let conversation = Conversation::Room(snapshot.room.id.clone());
        out.push(Out::Event("chat:history", view.messages(&conversation, messages)));
    }
}

fn tell_entry(view: &View, conversation: &Conversation, entry: Entry, out: &mut Vec<Out>) {
    let id = |of| message::id(conversation, of);
    let in_room = matches!(conversation, Conversation::Room(_));
    match entry.change {
        Change::Message { message } if in_room => {
            let shown = view.message(conversation, &message);
            out.extend(shown.map(|shown| Out::Event("chat:message", shown)));
        }
        Change::Message { message } => tell_direct(view, conversation, &message, out),
        Change::Edited { of, text, .. } => {
            out.push(Out::Event("chat:edited", json!({"messageId": id(of), "text": text})));
        }
        Change::Deleted { of, .. } => {
            out.push(Out::Event("chat:deleted", json!({"messageId": id(of)})));
        }
        Change::Reacted { of, by, emoji, on, reactions } => {
            let (id, all) = (id(of), view.reactions(&reactions));
            let one = json!({
                "messageId": id, "emoji": emoji, "user": view.name_of(&by),
                "from": view.address_of(&by), "on": on, "reactions": all,
            });
            if in_room {
                let update = json!({"messageId": id, "reactions": all});
                out.push(Out::Event("chat:reaction:update", update));
                out.push(Out::Event("chat:reaction", one));
            } else {
                out.push(Out::Event("dm:reaction", one));
            }
        }
    }
}

/// Both names of it; the older one is for whoever receives it alone.
fn tell_direct(
    view: &View,
    conversation: &Conversation,
    message: &ChatMessage,
    out: &mut Vec<Out>,
) {
    let Some(shown) = view.message(conversation, message) else { return };
    if message.author.identity != view.session.identity {
        out.push(Out::Event("chat:direct:received", shown.clone()));
    }
    out.push(Out::Event("dm:message", shown));
}

fn typist(
    view: &View,
    conversation: &Conversation,
    identity: &hearth_protocol::IdentityId,
    name: &str,
    typing: bool,
) -> Out {
    let address = view.address_of(identity);
    let mut shown = json!({"socketId": address, "user": name, "isTyping": typing});
    match conversation {
        Conversation::Room(room) => shown["roomId"] = json!(room),
        Conversation::Person(other) => shown["dmId"] = json!(other),
    }
    Out::Event("chat:typing:status", shown)
}

fn sent_out(why: &SentOut) -> String {
    match why {
        SentOut::Kicked { by, .. } => format!("{by} sent you out of the room."),
        SentOut::Banned { by, .. } => format!("{by} sent you out of the room, for good."),
        SentOut::Deleted {} => "The room is gone.".into(),
        SentOut::CallEnded {} => "The call is over.".into(),
    }
}
