//! What can go wrong, as stable codes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A refusal. `code` is for programs and stable; `message` is for people and may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Fault {
    /// What kind of refusal this is.
    pub code: ErrorCode,
    /// What happened and what to do next, in English.
    pub message: String,
    /// With `rate_limited`, `busy` and `banned`: when trying again makes sense, ms from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_after_ms: Option<u32>,
}

impl Fault {
    /// A refusal with its text.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None }
    }

    /// A refusal that passes by itself after a time.
    pub fn passing(code: ErrorCode, message: impl Into<String>, after: Duration) -> Self {
        // Rounded up: whoever waits for as long as they were told is not refused again.
        let after = u32::try_from(after.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1);
        Self { code, message: message.into(), retry_after_ms: Some(after) }
    }
}

/// The stable codes of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, or not of the shape that the message's type asks for.
    BadMessage,
    /// The message's type is not known here.
    UnknownType,
    /// `hello` must come first, and once.
    HelloExpected,
    /// The token is not known, or guests are not allowed.
    Unauthorized,
    /// The name is not 2–20 letters, digits, spaces, `_`, `-` or `.`; or the avatar is not allowed.
    NameInvalid,
    /// Somebody who is online has this name.
    NameTaken,
    /// The room's name, icon, topic, size or password is not allowed; or
    /// the reason or time of a ban.
    RoomInvalid,
    /// A room of that name exists.
    RoomExists,
    /// There is no such room.
    RoomNotFound,
    /// The room has as many participants as it takes.
    RoomFull,
    /// One was banned from the room; see `retry_after_ms`, if it ends by itself.
    Banned,
    /// The room asks for a password, and none or another one was given.
    WrongPassword,
    /// The server has as many rooms as it takes.
    TooManyRooms,
    /// This asks for a room that the session is in.
    NotInRoom,
    /// This asks for voice that the session has.
    NotInVoice,
    /// There is no such participant in the room.
    ParticipantNotFound,
    /// The offer is not SDP, has no audio section, or cannot be met; the message says what.
    OfferInvalid,
    /// One's role does not allow this here, or one reads there only from within.
    Forbidden,
    /// The text is empty or too long, or the id, reply, mention or emoji is not allowed.
    MessageInvalid,
    /// Another message was sent with the same id.
    MessageConflict,
    /// There is no such message, or not any more.
    MessageNotFound,
    /// There are as many different emoji under the message as there may be.
    TooManyReactions,
    /// Nobody else of that identity is known here.
    PersonNotFound,
    /// The person is not here; they find a missed call.
    PersonOffline,
    /// The person has another call; they find a missed call.
    PersonBusy,
    /// The person is on another node than oneself, and voices do not cross; they find a missed call.
    PersonElsewhere,
    /// One has a call already.
    InCall,
    /// There is no such call of one's own, or not any more.
    CallNotFound,
    /// The sound is too large, too long or not of a kind that is taken.
    BlobInvalid,
    /// There is no such sound for this person.
    BlobNotFound,
    /// More than the rate allows; see `retry_after_ms`.
    RateLimited,
    /// The server is full or stopping; see `retry_after_ms`.
    Busy,
    /// A fault of the server's own.
    Internal,
}

/// Why the server closed a WebSocket: close codes of the private range (RFC 6455 §7.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// No `hello` in time, or something else first.
    HelloExpected,
    /// Nothing was heard for `dead_after`.
    Silent,
    /// More was waiting than a slow reader may leave waiting.
    SlowReader,
    /// The same identity came in elsewhere; do not reconnect by yourself.
    Replaced,
    /// The server is stopping; reconnect after a moment.
    ShuttingDown,
    /// The token is not known; forget it and come in anew.
    Unauthorized,
    /// Too many messages that made no sense.
    Abusive,
    /// The server has as many sessions as it takes.
    Busy,
}

impl ErrorCode {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadMessage => "bad_message",
            Self::UnknownType => "unknown_type",
            Self::HelloExpected => "hello_expected",
            Self::Unauthorized => "unauthorized",
            Self::NameInvalid => "name_invalid",
            Self::NameTaken => "name_taken",
            Self::RoomInvalid => "room_invalid",
            Self::RoomExists => "room_exists",
            Self::RoomNotFound => "room_not_found",
            Self::RoomFull => "room_full",
            Self::Banned => "banned",
            Self::WrongPassword => "wrong_password",
            Self::TooManyRooms => "too_many_rooms",
            Self::NotInRoom => "not_in_room",
            Self::NotInVoice => "not_in_voice",
            Self::ParticipantNotFound => "participant_not_found",
            Self::OfferInvalid => "offer_invalid",
            Self::Forbidden => "forbidden",
            Self::MessageInvalid => "message_invalid",
            Self::MessageConflict => "message_conflict",
            Self::MessageNotFound => "message_not_found",
            Self::TooManyReactions => "too_many_reactions",
            Self::PersonNotFound => "person_not_found",
            Self::PersonOffline => "person_offline",
            Self::PersonBusy => "person_busy",
            Self::PersonElsewhere => "person_elsewhere",
            Self::InCall => "in_call",
            Self::CallNotFound => "call_not_found",
            Self::BlobInvalid => "blob_invalid",
            Self::BlobNotFound => "blob_not_found",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }
}

impl CloseCode {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::HelloExpected,
        Self::Silent,
        Self::SlowReader,
        Self::Replaced,
        Self::ShuttingDown,
        Self::Unauthorized,
        Self::Abusive,
        Self::Busy,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::HelloExpected => 4001,
            Self::Silent => 4002,
            Self::SlowReader => 4003,
            Self::Replaced => 4004,
            Self::ShuttingDown => 4005,
            Self::Unauthorized => 4006,
            Self::Abusive => 4007,
            Self::Busy => 4008,
        }
    }

    /// The reason text that goes with it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::HelloExpected => "hello expected",
            Self::Silent => "silent for too long",
            Self::SlowReader => "reads too slowly",
            Self::Replaced => "opened elsewhere",
            Self::ShuttingDown => "server is stopping",
            Self::Unauthorized => "token not known",
            Self::Abusive => "too many bad messages",
            Self::Busy => "server is full",
        }
    }
}
