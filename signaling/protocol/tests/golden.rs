//! Every message has one golden file in `tests/golden`, and `PROTOCOL.md` shows exactly those.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::{collections::BTreeMap, fs};

use hearth_protocol::{Ack, ClientMessage, CloseCode, ErrorCode, Request, ServerMessage};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
const PROTOCOL: &str = include_str!("../../PROTOCOL.md");

/// The names of an enum's variants, and the name of a value's: the compiler sees to it that none
/// is missing.
macro_rules! names {
    ($names:ident, $name_of:ident, $enum:ident { $($variant:ident => $name:literal,)+ }) => {
        const $names: &[&str] = &[$($name),+];
        fn $name_of(value: &$enum) -> &'static str {
            match value { $($enum::$variant { .. } => $name,)+ }
        }
    };
}

names!(REQUESTS, request_name, ClientMessage {
    Hello => "hello",
    Ping => "ping",
    RoomList => "room:list",
    RoomCreate => "room:create",
    RoomJoin => "room:join",
    RoomLeave => "room:leave",
    RoomEdit => "room:edit",
    RoomDelete => "room:delete",
    RoomRole => "room:role",
    RoomKick => "room:kick",
    RoomBan => "room:ban",
    RoomUnban => "room:unban",
    RoomBans => "room:bans",
    RoomMute => "room:mute",
    RoomDeafen => "room:deafen",
    RoomMove => "room:move",
    VoiceJoin => "voice:join",
    VoiceRestart => "voice:restart",
    VoiceMute => "voice:mute",
    VoiceDeafen => "voice:deafen",
    VoiceBlock => "voice:block",
    VoiceLeave => "voice:leave",
    ChatSend => "chat:send",
    ChatVoice => "chat:voice",
    ChatEdit => "chat:edit",
    ChatDelete => "chat:delete",
    ChatReact => "chat:react",
    ChatTyping => "chat:typing",
    ChatRead => "chat:read",
    ChatHistory => "chat:history",
    ChatCatchUp => "chat:catch_up",
    ChatSearch => "chat:search",
    DirectList => "direct:list",
    ProfileSet => "profile:set",
    CallStart => "call:start",
    CallAccept => "call:accept",
    CallDecline => "call:decline",
    CallEnd => "call:end",
});

names!(RESPONSES, response_name, ServerMessage {
    Hello => "hello",
    Pong => "pong",
    Ack => "ack",
    Error => "error",
    RoomListDelta => "room:list:delta",
    RoomAnew => "room:anew",
    RoomCount => "room:count",
    RoomDelta => "room:delta",
    RoomSentOut => "room:sent_out",
    RoomMoved => "room:moved",
    RoomRole => "room:role",
    ParticipantVoice => "participant:voice",
    ChatEntry => "chat:entry",
    ChatAnew => "chat:anew",
    ChatTyping => "chat:typing",
    ChatMention => "chat:mention",
    DirectReceipt => "direct:receipt",
    DirectPerson => "direct:person",
    CallRinging => "call:ringing",
    CallAccepted => "call:accepted",
    CallEnded => "call:ended",
    VoiceQuality => "voice:quality",
    VoiceClosed => "voice:closed",
});

names!(ACKS, ack_name, Ack {
    Done => "done",
    RoomList => "room:list",
    RoomCreate => "room:create",
    RoomJoin => "room:join",
    RoomBans => "room:bans",
    Sent => "chat:sent",
    History => "chat:history",
    CatchUp => "chat:catch_up",
    Found => "chat:search",
    Read => "chat:read",
    DirectList => "direct:list",
    Profile => "profile:set",
    Call => "call",
    Voice => "voice",
});

names!(CODES, code_name, ErrorCode {
    BadMessage => "bad_message",
    UnknownType => "unknown_type",
    HelloExpected => "hello_expected",
    Unauthorized => "unauthorized",
    NameInvalid => "name_invalid",
    NameTaken => "name_taken",
    RoomInvalid => "room_invalid",
    RoomExists => "room_exists",
    RoomNotFound => "room_not_found",
    RoomFull => "room_full",
    Banned => "banned",
    WrongPassword => "wrong_password",
    TooManyRooms => "too_many_rooms",
    NotInRoom => "not_in_room",
    NotInVoice => "not_in_voice",
    ParticipantNotFound => "participant_not_found",
    OfferInvalid => "offer_invalid",
    Forbidden => "forbidden",
    MessageInvalid => "message_invalid",
    MessageConflict => "message_conflict",
    MessageNotFound => "message_not_found",
    TooManyReactions => "too_many_reactions",
    PersonNotFound => "person_not_found",
    PersonOffline => "person_offline",
    PersonBusy => "person_busy",
    PersonElsewhere => "person_elsewhere",
    InCall => "in_call",
    CallNotFound => "call_not_found",
    BlobInvalid => "blob_invalid",
    BlobNotFound => "blob_not_found",
    RateLimited => "rate_limited",
    Busy => "busy",
    Internal => "internal",
});

fn golden() -> BTreeMap<String, String> {
    fs::read_dir(GOLDEN)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            assert_eq!(path.extension(), Some("json".as_ref()), "{}", path.display());
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn file(side: &str, name: &str) -> String {
    format!("{side}-{}", name.replace(':', "-"))
}

/// Decodes, and sees that nothing was lost or added on the way back.
fn there_and_back<T: Serialize + DeserializeOwned>(name: &str, text: &str) -> T {
    let decoded: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let golden: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&decoded).unwrap(), golden, "{name}");
    decoded
}

#[test]
fn every_message_has_one_golden_file() {
    let requests = REQUESTS.iter().map(|name| file("client", name));
    let responses = RESPONSES.iter().filter(|name| **name != "ack");
    let acks = ACKS.iter().map(|name| file("server-ack", name));
    let mut expected: Vec<_> =
        requests.chain(responses.map(|name| file("server", name))).chain(acks).collect();
    expected.sort();
    assert_eq!(golden().into_keys().collect::<Vec<_>>(), expected);
}

#[test]
fn every_golden_file_is_the_message_that_it_is_named_for() {
    for (name, text) in golden() {
        let wire: Value = serde_json::from_str(&text).unwrap();
        if name.starts_with("client-") {
            let request: Request = there_and_back(&name, &text);
            let kind = request_name(&request.message);
            assert_eq!((wire["type"].as_str(), file("client", kind)), (Some(kind), name));
        } else {
            let message: ServerMessage = there_and_back(&name, &text);
            let kind = response_name(&message);
            assert_eq!(wire["type"], kind, "{name}");
            match &message {
                ServerMessage::Ack { result, .. } => {
                    let of = ack_name(result);
                    assert_eq!(wire["result"]["of"], of, "{name}");
                    assert_eq!(file("server-ack", of), name);
                }
                _ => assert_eq!(file("server", kind), name),
            }
        }
    }
}

#[test]
fn the_known_types_are_those_of_the_requests() {
    assert_eq!(ClientMessage::TYPES, REQUESTS);
}

#[test]
fn the_description_shows_every_golden_file_and_nothing_else() {
    let mut shown: Vec<_> = PROTOCOL
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0.to_owned())
        .collect();
    let mut golden: Vec<_> = golden().into_values().collect();
    shown.sort();
    golden.sort();
    assert_eq!(shown, golden);
}

#[test]
fn the_description_lists_every_message_and_every_code() {
    for name in REQUESTS.iter().chain(RESPONSES) {
        assert!(PROTOCOL.contains(&format!("\n### `{name}`\n")), "{name}");
    }
    for name in CODES {
        let code: ErrorCode = serde_json::from_value(Value::from(*name)).unwrap();
        assert_eq!((code.as_str(), code_name(&code)), (*name, *name));
        assert!(PROTOCOL.contains(&format!("\n| `{name}` |")), "{name}");
    }
    for code in CloseCode::ALL {
        assert!(PROTOCOL.contains(&format!("\n| {} |", code.number())), "{code:?}");
    }
}
