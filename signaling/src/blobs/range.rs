//! Which part of a sound is asked for: `Range` and `If-Range` (RFC 9110 §13.1.5, §14.2).
//!
//! Owns the reading of one byte range. Several at once are not served: the whole is, as is allowed.

use std::ops::Range;

use axum::http::{
    HeaderMap,
    header::{IF_RANGE, RANGE},
};

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything.
    Whole,
    /// These bytes, of which there is at least one.
    Part(Range<u64>),
    /// What is not there.
    Nowhere,
}

/// What is wanted of `size` bytes with this entity tag.
pub(super) fn wanted(headers: &HeaderMap, size: u64, etag: &str) -> Wanted {
    let mut ranges = headers.get_all(RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Wanted::Whole };
    if headers.get(IF_RANGE).is_some_and(|tag| tag != etag) {
        return Wanted::Whole;
    }
    let Ok(range) = range.to_str() else { return Wanted::Whole };
    match parse(range) {
        None => Wanted::Whole,
        Some((Some(first), _)) if first >= size => Wanted::Nowhere,
        Some((Some(first), last)) => {
            Wanted::Part(first..last.map_or(size, |last| last.saturating_add(1).min(size)))
        }
        Some((None, Some(0) | None)) => Wanted::Nowhere,
        Some((None, Some(_))) if size == 0 => Wanted::Nowhere,
        Some((None, Some(suffix))) => Wanted::Part(size.saturating_sub(suffix)..size),
    }
}

/// `bytes=first-last`, `bytes=first-` or `bytes=-suffix`; anything else is to be ignored.
fn parse(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than a number has are more than there can be.
        digits.then(|| (!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
    };
    let (first, last) = (number(first)?, number(last)?);
    let backwards = first.zip(last).is_some_and(|(first, last)| first > last);
    let sensible = unit.trim().eq_ignore_ascii_case("bytes") && !backwards;
    (sensible && (first.is_some() || last.is_some())).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, range.parse().unwrap());
        wanted(&headers, 100, "\"a\"")
    }

    #[test]
    fn one_range_is_served() {
        for (range, part) in [
            ("bytes=0-", 0..100),
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("Bytes=99-", 99..100),
            ("bytes=50-500", 50..100),
            ("bytes=-1", 99..100),
            ("bytes=-500", 0..100),
            ("bytes=1-99999999999999999999999", 1..100),
        ] {
            assert_eq!(of(range), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(of(range), Wanted::Nowhere, "{range}");
        }
    }

    #[test]
    fn anything_else_is_the_whole() {
        for range in ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "lines=0-1", "0-1", ""]
        {
            assert_eq!(of(range), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 100, "\"a\""), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_sound_is_not_served() {
        for (tag, part) in [("\"a\"", Wanted::Part(0..1)), ("\"b\"", Wanted::Whole)] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, "bytes=0-0".parse().unwrap());
            headers.insert(IF_RANGE, tag.parse().unwrap());
            assert_eq!(wanted(&headers, 100, "\"a\""), part);
        }
    }
}
