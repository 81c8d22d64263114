//! What a page says: the name of an event and its one payload, as the dialect has them.
//!
//! Owns the shapes and the bounds of what comes in. Never believes what a payload says about who
//! sends it, and never decides whether it may be done.

use std::{borrow::Cow, marker::PhantomData};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hearth_protocol::{ErrorCode, Fault, Password, RoomId};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// The icon of rooms that are created without one.
const ICON: &str = "💬";

/// One event.
#[derive(Debug)]
pub(super) enum Event {
    Join { room: RoomId, name: Option<String>, password: Option<Password> },
    Online { name: Option<String> },
    Leave,
    Rooms,
    Create { name: String, icon: String },
    Write { to: To, text: String },
    Say { to: To, sound: Vec<u8> },
    History { of: To, before: Option<u64>, limit: Option<u16> },
    React { message: String, emoji: String, on: Option<bool> },
    Typing { to: To, typing: bool },
    Speaking(bool),
    Mute(bool),
    Ring { to: String },
    Accept { to: String },
    Reject { to: String },
    HangUp { to: String },
    Relay { event: &'static str, to: String, payload: Map<String, Value> },
}

/// Where something is written or read.
#[derive(Debug, Clone)]
pub(super) enum To {
    /// In this room, or the one that one is in.
    Room(Option<RoomId>),
    /// Between oneself and whoever has this address.
    Person(String),
}

/// The name of the event in `text`, if it is one.
pub(super) fn name(text: &str) -> Option<String> {
    let Args::<IgnoredAny> { name, .. } = serde_json::from_str(text).ok()?;
    Some(name)
}

/// Whether such an event may be as long as a sound.
pub(super) fn carries_sound(name: &str) -> bool {
    matches!(name, "chat:send:voice" | "dm:send:voice")
}

/// Reads the event in `text`, a JSON array of its name and payload.
///
/// # Errors
/// `bad_message`, `unknown_type`; `blob_invalid` if a sound is no `data:` URL in base64.
pub(super) fn read(name: &str, text: &str) -> Result<Event, Fault> {
    Ok(match name {
        "room:join" => {
            let Join { room, person, password } = payload(name, text)?;
            Event::Join { room, name: person.and_then(Named::name), password }
        }
        "user:online" => {
            let Online { name } = payload(name, text)?;
            Event::Online { name }
        }
        "room:leave" => Event::Leave,
        "rooms:list" => Event::Rooms,
        "rooms:create" => {
            let Create { name, icon } = payload(name, text)?;
            Event::Create { name, icon: icon.unwrap_or_else(|| ICON.to_owned()) }
        }
        "chat:message" | "chat:send" => {
            let Write { room, text, .. } = payload(name, text)?;
            Event::Write { to: To::Room(room), text }
        }
        "chat:direct" | "dm:send" => {
            let Write { to, text, .. } = payload(name, text)?;
            Event::Write { to: person(name, to)?, text }
        }
        "chat:send:voice" => {
            let Say { room, audio, .. } = payload(name, text)?;
            Event::Say { to: To::Room(room), sound: sound(&audio)? }
        }
        "dm:send:voice" => {
            let Say { to, audio, .. } = payload(name, text)?;
            Event::Say { to: person(name, to)?, sound: sound(&audio)? }
        }
        "chat:history" => {
            let Past { room, before, limit, .. } = payload(name, text)?;
            Event::History { of: To::Room(room), before, limit }
        }
        "dm:history" => {
            let Past { to, before, limit, .. } = payload(name, text)?;
            Event::History { of: person(name, to)?, before, limit }
        }
        "chat:reaction" | "chat:react" | "dm:react" => {
            let React { message, emoji, on } = payload(name, text)?;
            Event::React { message, emoji, on }
        }
        "chat:typing" => {
            let Typing { typing, to } = payload(name, text)?;
            Event::Typing { to: to.map_or(To::Room(None), To::Person), typing }
        }
        "presence:speaking" => Event::Speaking(payload::<Speaking>(name, text)?.speaking),
        "presence:mute" => Event::Mute(payload::<Mute>(name, text)?.muted),
        "call:request" => Event::Ring { to: payload::<Call>(name, text)?.to },
        "call:accept" => Event::Accept { to: payload::<Call>(name, text)?.to },
        "call:reject" => Event::Reject { to: payload::<Call>(name, text)?.to },
        // The page of the older chat says by itself that it has rung for long enough.
        "call:end" | "call:timeout" => Event::HangUp { to: payload::<Call>(name, text)?.to },
        "webrtc:offer" => relay("webrtc:offer", text)?,
        "webrtc:answer" => relay("webrtc:answer", text)?,
        "webrtc:ice" => relay("webrtc:ice", text)?,
        _ => {
            let message = "Events of this name are not known here. SOCKETIO.md lists them.";
            return Err(Fault::new(ErrorCode::UnknownType, message));
        }
    })
}

fn payload<'a, T: Deserialize<'a>>(name: &str, text: &'a str) -> Result<T, Fault> {
    let args: Args<T> = serde_json::from_str(text).map_err(|error| unreadable(name, &error))?;
    args.payload.ok_or_else(|| unreadable(name, &"it comes with an object"))
}

fn unreadable(name: &str, why: &dyn std::fmt::Display) -> Fault {
    Fault::new(ErrorCode::BadMessage, format!("`{name}` cannot be read: {why}."))
}

fn person(name: &str, to: Option<String>) -> Result<To, Fault> {
    to.map(To::Person).ok_or_else(|| unreadable(name, &"it says to whom"))
}

fn relay(event: &'static str, text: &str) -> Result<Event, Fault> {
    let mut payload: Map<String, Value> = payload(event, text)?;
    let Some(Value::String(to)) = payload.remove("to") else {
        return Err(unreadable(event, &"it says to whom"));
    };
    Ok(Event::Relay { event, to, payload })
}

/// The bytes of a `data:` URL in base64. What it says of its type is not looked at.
fn sound(url: &str) -> Result<Vec<u8>, Fault> {
    let encoded = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let encoded = encoded.filter(|(head, _)| head.ends_with(";base64"));
    let bytes = encoded.and_then(|(_, encoded)| STANDARD.decode(encoded).ok());
    bytes.ok_or_else(|| {
        Fault::new(ErrorCode::BlobInvalid, "A sound comes as a `data:` URL in base64.")
    })
}

/// The elements of an event: its name, its payload, and whatever follows.
struct Args<T> {
    name: String,
    payload: Option<T>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Args<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = Args<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of an event and an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Args<T>, A::Error> {
                let name = seq.next_element()?;
                let name = name.ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
                let payload = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Args { name, payload })
            }
        }

        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

#[derive(Deserialize)]
struct Join {
    #[serde(rename = "roomId")]
    room: RoomId,
    #[serde(rename = "user")]
    person: Option<Named>,
    password: Option<Password>,
}

/// Somebody, as an object or by the name alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Alone(String),
    Object { name: Option<String> },
}

impl Named {
    fn name(self) -> Option<String> {
        match self {
            Self::Alone(name) => Some(name),
            Self::Object { name } => name,
        }
    }
}

#[derive(Deserialize)]
struct Online {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Create {
    name: String,
    icon: Option<String>,
}

#[derive(Deserialize)]
struct Write {
    #[serde(rename = "roomId")]
    room: Option<RoomId>,
    #[serde(alias = "toUser")]
    to: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Say<'a> {
    #[serde(rename = "roomId")]
    room: Option<RoomId>,
    #[serde(alias = "toUser")]
    to: Option<String>,
    #[serde(borrow)]
    audio: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Past {
    #[serde(rename = "roomId")]
    room: Option<RoomId>,
    #[serde(rename = "withUser", alias = "with")]
    to: Option<String>,
    before: Option<u64>,
    limit: Option<u16>,
}

#[derive(Deserialize)]
struct React {
    #[serde(rename = "messageId")]
    message: String,
    emoji: String,
    on: Option<bool>,
}

#[derive(Deserialize)]
struct Typing {
    #[serde(rename = "isTyping")]
    typing: bool,
    to: Option<String>,
}

#[derive(Deserialize)]
struct Speaking {
    #[serde(rename = "isSpeaking")]
    speaking: bool,
}

#[derive(Deserialize)]
struct Mute {
    muted: bool,
}

#[derive(Deserialize)]
struct Call {
    to: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Event, Fault> {
        read(&name(text).unwrap(), text)
    }

    fn code(text: &str) -> ErrorCode {
        parsed(text).unwrap_err().code
    }

    #[test]
    fn what_used_to_end_a_server_is_an_error() {
        for text in [
            r#"["chat:send"]"#,
            r#"["chat:send",{"text":5}]"#,
            r#"["room:join"]"#,
            r#"["webrtc:offer",{}]"#,
            r#"["call:request"]"#,
            r#"["chat:send",null]"#,
            r#"["room:join",[[[[]]]]]"#,
            r#"["presence:mute",{"muted":"yes"}]"#,
            r#"["dm:send",{"text":"to nobody"}]"#,
        ] {
            assert_eq!(code(text), ErrorCode::BadMessage, "{text}");
        }
        assert_eq!(code(r#"["disconnect"]"#), ErrorCode::UnknownType);
        for text in ["", "{}", "[]", "[5]", "[[]]", r#"["chat:send""#] {
            assert!(name(text).is_none(), "{text}");
        }
    }

    #[test]
    fn both_names_and_both_forms_mean_the_same() {
        for text in [
            r#"["chat:message",{"roomId":"general","text":"Hi","user":{"name":"x"}}]"#,
            r#"["chat:send",{"roomId":"general","text":"Hi"},"and more"]"#,
        ] {
            let Event::Write { to: To::Room(Some(room)), text } = parsed(text).unwrap() else {
                panic!("{text}")
            };
            assert_eq!((room.0.as_str(), text.as_str()), ("general", "Hi"));
        }
        for text in [
            r#"["room:join",{"roomId":"general","user":{"name":"Ana"}}]"#,
            r#"["room:join",{"roomId":"general","user":"Ana"}]"#,
        ] {
            let Event::Join { name, .. } = parsed(text).unwrap() else { panic!("{text}") };
            assert_eq!(name.as_deref(), Some("Ana"));
        }
    }

    #[test]
    fn a_sound_is_a_url_in_base64() {
        let of = |audio: &str| parsed(&format!(r#"["chat:send:voice",{{"audio":"{audio}"}}]"#));
        let Event::Say { sound, .. } = of("data:audio/webm;codecs=opus;base64,AQID").unwrap()
        else {
            panic!()
        };
        assert_eq!(sound, [1, 2, 3]);
        for bad in ["", "AQID", "data:audio/webm,AQID", "data:;base64,A*", "https://x/;base64,AQID"]
        {
            assert_eq!(of(bad).unwrap_err().code, ErrorCode::BlobInvalid, "{bad}");
        }
    }
}
