//! What people and rooms may be called, when two names are the same, and who holds which.
//!
//! Owns the rules of every short text that one person shows to others. Never stores anything.

mod taken;

use hearth_protocol::{Avatar, ErrorCode, Fault};
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiControl, DefaultIgnorableCodePoint, Emoji, EmojiComponent, ExtendedPictographic,
        GeneralCategory, GeneralCategoryGroup,
    },
};
use unicode_segmentation::UnicodeSegmentation as _;

pub(crate) use taken::{Ask, NotTaken};
pub use taken::{NameClaim, Names};

/// Fewest and most characters (scalar values after NFC) of a person's name.
pub const PERSON_CHARS: std::ops::RangeInclusive<usize> = 2..=20;
/// Most characters of a room's name.
pub const ROOM_CHARS: usize = 30;
/// Most characters of a room's topic.
pub const TOPIC_CHARS: usize = 200;
/// Most characters of what somebody says of themselves.
pub const STATUS_CHARS: usize = 80;
/// Longest emoji, bytes.
pub const EMOJI_BYTES: usize = 32;
/// Marks that one letter may carry; the scripts that stack most need four.
const MARKS: usize = 4;

/// A person's name as it is shown: trimmed, NFC, single spaces.
///
/// # Errors
/// `name_invalid`, with what is allowed.
pub fn person(raw: &str) -> Result<String, Fault> {
    let invalid = || {
        Fault::new(
            ErrorCode::NameInvalid,
            "A name has 2–20 letters or digits of any script; space, _, - and . may stand between.",
        )
    };
    // No honest name is so long; the rest is not worth the work of looking at it.
    if raw.len() > 512 {
        return Err(invalid());
    }
    let name = tidy(raw);
    let categories = CodePointMapData::<GeneralCategory>::new();
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let mut marks = MARKS;
    for c in name.chars() {
        let category = categories.get(c);
        if invisible.contains(c) {
            return Err(invalid());
        } else if GeneralCategoryGroup::Letter.contains(category)
            || category == GeneralCategory::DecimalNumber
        {
            marks = 0;
        } else if GeneralCategoryGroup::Mark.contains(category) && marks < MARKS {
            marks += 1;
        } else if matches!(c, ' ' | '_' | '-' | '.') {
            marks = MARKS;
        } else {
            return Err(invalid());
        }
    }
    let visible = name.chars().any(|c| !matches!(c, ' ' | '_' | '-' | '.'));
    if visible && PERSON_CHARS.contains(&name.chars().count()) { Ok(name) } else { Err(invalid()) }
}

/// A room's name as it is shown.
///
/// # Errors
/// `room_invalid`, with what is allowed.
pub fn room(raw: &str) -> Result<String, Fault> {
    let name = line(raw, ROOM_CHARS);
    name.filter(|name| !name.is_empty()).ok_or_else(|| {
        Fault::new(ErrorCode::RoomInvalid, "A room's name has 1–30 visible characters.")
    })
}

/// A room's topic as it is shown; `None` if nothing is left of it.
///
/// # Errors
/// `room_invalid`, with what is allowed.
pub fn topic(raw: &str) -> Result<Option<String>, Fault> {
    match line(raw, TOPIC_CHARS) {
        Some(topic) => Ok(Some(topic).filter(|topic| !topic.is_empty())),
        None => Err(Fault::new(ErrorCode::RoomInvalid, "A topic has at most 200 characters.")),
    }
}

/// What somebody says of themselves, as it is shown; `None` if nothing is left of it.
///
/// # Errors
/// `name_invalid`, with what is allowed.
pub fn status(raw: &str) -> Result<Option<String>, Fault> {
    match line(raw, STATUS_CHARS) {
        Some(status) => Ok(Some(status).filter(|status| !status.is_empty())),
        None => Err(Fault::new(ErrorCode::NameInvalid, "A status has at most 80 characters.")),
    }
}

/// Whether this is one emoji.
#[must_use]
pub fn is_emoji(text: &str) -> bool {
    let emoji = CodePointSetData::new::<Emoji>();
    let component = CodePointSetData::new::<EmojiComponent>();
    let pictograph = CodePointSetData::new::<ExtendedPictographic>();
    let letters = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
    let drawn = text.chars().any(|c| pictograph.contains(c));
    let flag = text.chars().count() == 2 && text.chars().all(letters);
    let keycap = text.ends_with('\u{20E3}') && text.starts_with(|c| emoji.contains(c));
    text.len() <= EMOJI_BYTES
        && text.chars().all(|c| emoji.contains(c) || component.contains(c))
        && (drawn || flag || keycap)
        && text.graphemes(true).count() == 1
}

/// An avatar that can be drawn.
///
/// # Errors
/// `name_invalid`, with what is allowed.
pub fn avatar(avatar: Avatar) -> Result<Avatar, Fault> {
    if avatar.coat > 7 || avatar.emoji.as_deref().is_some_and(|emoji| !is_emoji(emoji)) {
        return Err(Fault::new(
            ErrorCode::NameInvalid,
            "An avatar has a coat from 0 to 7 and at most one emoji.",
        ));
    }
    Ok(avatar)
}

/// What is equal for names that people would take for the same: compatibility forms, case and
/// spacing do not count.
#[must_use]
pub fn fold(name: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let folded = CaseMapper::new();
    let folded = folded.fold_string(&nfkc.normalize(name)).into_owned();
    tidy(&nfkc.normalize(&folded))
}

fn tidy(raw: &str) -> String {
    let spaced = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    ComposingNormalizerBorrowed::new_nfc().normalize(&spaced).into_owned()
}

/// One visible line of at most `max` characters, or `None`.
fn line(raw: &str, max: usize) -> Option<String> {
    if raw.len() > max * 32 {
        return None;
    }
    let text = tidy(raw);
    let categories = CodePointMapData::<GeneralCategory>::new();
    let bidi = CodePointSetData::new::<BidiControl>();
    let ok = text.chars().all(|c| match categories.get(c) {
        GeneralCategory::Control
        | GeneralCategory::Surrogate
        | GeneralCategory::PrivateUse
        | GeneralCategory::Unassigned => false,
        // Joiners hold emoji and some scripts together; the rest of the invisible has no business.
        GeneralCategory::Format => {
            matches!(c, '\u{200C}' | '\u{200D}' | '\u{E0020}'..='\u{E007F}') && !bidi.contains(c)
        }
        _ => true,
    });
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let visible = text.is_empty() || text.chars().any(|c| !invisible.contains(c) && c != ' ');
    (ok && visible && text.chars().count() <= max).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_taken() {
        for (raw, shown) in [
            ("Ana", "Ana"),
            ("  Bo  B. ", "Bo B."),
            ("re\u{301}ne\u{301}", "ré\u{6e}é"),
            ("Ольга_1", "Ольга_1"),
            ("王小明", "王小明"),
            ("नमस्ते", "नमस्ते"),
            ("สวัสดี", "สวัสดี"),
            ("محمد", "محمد"),
            ("٣٤", "٣٤"),
            ("a-", "a-"),
            ("12345678901234567890", "12345678901234567890"),
        ] {
            assert_eq!(person(raw).as_deref(), Ok(shown), "{raw}");
        }
    }

    #[test]
    fn names_that_deceive_or_break_are_refused() {
        for raw in [
            "",
            "a",
            " a ",
            "..",
            "a\u{200B}b",
            "a\u{200D}b",
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{7}b",
            "a\u{FEFF}b",
            "a\u{AD}b",
            "a\u{FE0F}b",
            "a\u{3164}b",
            "a\u{115F}b",
            "\u{301}ab",
            "a \u{301}b",
            "<b>",
            "a@b",
            "a/b",
            "😀😀",
            "ab²",
            "x\u{301}\u{302}\u{303}\u{304}\u{305}b",
            "123456789012345678901",
        ] {
            let fault = person(raw).map_err(|fault| fault.code);
            assert_eq!(fault, Err(ErrorCode::NameInvalid), "{raw:?}");
        }
        assert!(person(&"x".repeat(1_000_000)).is_err());
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for (a, b) in [
            ("Ana", "aNA"),
            ("STRASSE", "straße"),
            ("Ａｎａ", "ana"),
            ("re\u{301}", "RÉ"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("a b", "A   b"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("Ana"), fold("Anna"));
    }

    #[test]
    fn one_emoji_is_one_emoji() {
        for text in ["💬", "👩‍🚀", "🇮🇸", "❤️", "1️⃣", "👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
        {
            assert!(is_emoji(text), "{text}");
        }
        for text in ["", "a", "1", "#", "💬💬", "💬a", "\u{200D}", "<", "🇮", "\u{20E3}"] {
            assert!(!is_emoji(text), "{text:?}");
        }
        assert!(!is_emoji(&"👩‍🚀".repeat(9)));
    }

    #[test]
    fn rooms_and_topics_are_one_visible_line() {
        assert_eq!(room("  Quiet   corner ").as_deref(), Ok("Quiet corner"));
        assert_eq!(room("🎮 Games <3").as_deref(), Ok("🎮 Games <3"));
        for raw in ["", "   ", "\u{200D}", "a\u{202E}b", "a\u{0}b", &"x".repeat(31)] {
            assert!(room(raw).is_err(), "{raw:?}");
        }
        assert_eq!(topic("  "), Ok(None));
        assert!(topic(&"x".repeat(201)).is_err());
    }
}
