//! What is written in rooms and between people: may this person, is it well-formed, store, tell.
//!
//! Owns the rules of chat; everything else that chat needs is the store's (what is there), the
//! lanes' (in which order it is told) and the backplane's (to whom). Never tells anything that is
//! not stored, but for who is typing.

mod checking;
mod conversation;
mod mention;
mod reading;
mod telling;
mod text;
mod typing;
mod writing;

pub(crate) use checking::{check, check_forever};
pub(crate) use conversation::may_read;
pub(crate) use text::CHARS;

pub(crate) use reading::{begin, catch_up, history, last_told, mark_read, search};
pub(crate) use telling::{take_entry, tell_again};
pub(crate) use typing::{Typist, typing};
pub(crate) use writing::{delete, edit, note, note_in, react, send, send_voice};

use hearth_protocol::{ErrorCode, Fault};

use crate::{identity::unavailable, store::StoreError};

fn invalid(message: &str) -> Fault {
    Fault::new(ErrorCode::MessageInvalid, message)
}

fn no_message() -> Fault {
    Fault::new(ErrorCode::MessageNotFound, "This message does not exist, or not any more.")
}

/// What a refusal of the store means to whoever wrote or reads.
fn refused(error: StoreError) -> Fault {
    match error {
        StoreError::Missing => no_message(),
        StoreError::Conflict => {
            Fault::new(ErrorCode::MessageConflict, "Another message was sent with this id.")
        }
        StoreError::Full => Fault::new(
            ErrorCode::TooManyReactions,
            "There are as many different emoji under this message as there may be.",
        ),
        StoreError::Exists | StoreError::Unavailable(_) => unavailable(&error),
    }
}
