//! What a chat message may say.
//!
//! Owns the rules of texts, message ids, emoji and mentions. Never looks at who writes.

use hearth_protocol::{Fault, IdentityId, MessageId};

use super::invalid;
use crate::identity::is_hex_id;

/// Most characters (scalar values) of a message, after trimming.
pub(crate) const CHARS: usize = 4_000;
/// Most people mentioned in a message.
pub(super) const MENTIONS: usize = 20;
/// Most different emoji under a message.
pub(super) const EMOJI: usize = 20;

/// The text as it is kept: trimmed, one kind of line end, and of control characters only line
/// ends and tabs.
pub(super) fn tidy(raw: &str) -> Result<String, Fault> {
    let wrong = || invalid("A message has 1–4,000 characters.");
    let text: String = raw
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim();
    if text.is_empty() || text.chars().count() > CHARS {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

/// Refuses what is not 32 lower-case hexadecimal digits.
pub(super) fn check_id(id: &MessageId) -> Result<(), Fault> {
    if is_hex_id(&id.0) {
        return Ok(());
    }
    Err(invalid("A message's id is 32 random hexadecimal digits, in lower case."))
}

/// Everybody mentioned, once.
pub(super) fn mentions(mut raw: Vec<IdentityId>) -> Result<Vec<IdentityId>, Fault> {
    raw.sort_unstable();
    raw.dedup();
    if raw.len() > MENTIONS {
        return Err(invalid("A message mentions at most 20 people."));
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_rid_of_what_cannot_be_seen() {
        for (raw, kept) in [
            ("  hello \n", "hello"),
            ("a\r\nb\rc\td", "a\nb\nc\td"),
            ("a\u{0}b\u{7}c\u{85}d", "abcd"),
            ("<b>&amp;</b>", "<b>&amp;</b>"),
            ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"),
        ] {
            assert_eq!(tidy(raw).unwrap(), kept);
        }
        for raw in ["", "   ", "\n\t", "\u{0}\u{1}"] {
            assert!(tidy(raw).is_err(), "{raw:?}");
        }
        assert_eq!(tidy(&"ü".repeat(CHARS)).unwrap().chars().count(), CHARS);
        assert!(tidy(&"ü".repeat(CHARS + 1)).is_err());
    }

    #[test]
    fn ids_are_32_digits() {
        assert!(check_id(&MessageId("0123456789abcdef0123456789abcdef".into())).is_ok());
        for bad in ["", "0", "0123456789ABCDEF0123456789ABCDEF", &"g".repeat(32), &"0".repeat(33)] {
            assert!(check_id(&MessageId(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn whoever_is_mentioned_twice_is_mentioned() {
        let ids = |n: usize| (0..n).map(|i| IdentityId(format!("{i:032x}"))).collect::<Vec<_>>();
        let twice = [ids(20), ids(20)].concat();
        let mut once = mentions(twice).unwrap();
        once.sort_unstable();
        assert_eq!(once, ids(20));
        assert!(mentions(ids(21)).is_err());
    }
}
