//! Looking for messages without an index of words: from the newest back, as far as need be.
//!
//! Owns the order of what is found (by time, over all logs asked for) and the bound: one request
//! looks at no more than [`EXAMINED`] messages and then says where to go on, with what it has found
//! so far. An index would make every message several times as large in memory.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, VecDeque},
    sync::LazyLock,
};

use hearth_protocol::{Body, ChatMessage, Found, Hit, IdentityId};
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use redis::Cmd;

use super::{entry, keys, link::Link, logs::on_log, script::Lua};
use crate::store::{LogKey, Search, StoreError};

/// Messages that one request looks at.
const EXAMINED: usize = 20_000;

/// Messages fetched at a time from one log.
const FETCHED: usize = 200;

static SEARCH: LazyLock<Lua> = LazyLock::new(|| on_log(include_str!("lua/search.lua")));

/// Where a message stands among all: its place in time, its log's name, its number. Places in
/// time are times of storing, but never go back within a log.
type Place = (u64, String, u64);

/// One of the logs that are looked through.
struct Shelf<'a> {
    log: &'a LogKey,
    name: String,
    fetched: VecDeque<(u64, ChatMessage)>,
    more: bool,
}

/// Looks for messages, newest first.
pub(crate) async fn search(
    link: &Link,
    search: &Search,
    reader: &IdentityId,
) -> Result<Found, StoreError> {
    let words = tokens(&search.words.join(" "));
    let nothing = Found { hits: Vec::new(), next: None };
    if words.is_empty() || search.logs.is_empty() {
        return Ok(nothing);
    }
    let start = match search.next.as_deref().map(place) {
        Some(None) => return Ok(nothing),
        Some(Some(start)) => Some(start),
        None => None,
    };
    let mut shelves = open(link, search, start.as_ref()).await?;
    let (mut hits, mut examined, mut last) = (Vec::new(), 0, None);
    loop {
        let newest = shelves.iter().enumerate().filter_map(|(at, shelf)| {
            let (time, first) = shelf.fetched.front()?;
            Some(((*time, Reverse(shelf.name.as_str()), first.seq), at))
        });
        let Some((_, at)) = newest.max() else { return Ok(Found { hits, next: None }) };
        let shelf = &mut shelves[at];
        let Some((time, message)) = shelf.fetched.pop_front() else { continue };
        let here = format!("{time}-{}-{}", message.seq, shelf.name);
        if shelf.fetched.is_empty() && shelf.more {
            let call = fetch(shelf.log, search, Some(message.seq), None, FETCHED);
            shelf.fill(SEARCH.run(link, call).await?, FETCHED)?;
        }
        examined += 1;
        if fits(&message, &words, search) {
            // There is another page if there is another hit.
            if hits.len() >= search.limit {
                return Ok(Found { hits, next: last });
            }
            hits.push(Hit { conversation: shelf.log.conversation(reader), message });
            last = Some(here.clone());
        }
        if examined >= EXAMINED {
            return Ok(Found { hits, next: Some(here) });
        }
    }
}

/// The logs, each with what comes first after `start`.
async fn open<'a>(
    link: &Link,
    search: &'a Search,
    start: Option<&Place>,
) -> Result<Vec<Shelf<'a>>, StoreError> {
    let mut shelves = Vec::with_capacity(search.logs.len());
    let mut calls = Vec::with_capacity(search.logs.len());
    let logs: BTreeSet<&LogKey> = search.logs.iter().collect();
    for log in logs {
        let name = keys::name(log);
        let call = match start {
            None => fetch(log, search, None, None, 1),
            Some((_, of, seq)) if *of == name => fetch(log, search, Some(*seq), None, 1),
            // Of one moment, the logs come in the order of their names.
            Some((time, of, _)) if *of < name => fetch(log, search, None, Some(*time), 1),
            Some((time, ..)) => fetch(log, search, None, Some(time.saturating_sub(1)), 1),
        };
        calls.push(call);
        shelves.push(Shelf { log, name, fetched: VecDeque::new(), more: true });
    }
    let told: Vec<Vec<Told>> = SEARCH.run_all(link, calls.into_iter()).await?;
    for (shelf, told) in shelves.iter_mut().zip(told) {
        shelf.fill(told, 1)?;
    }
    Ok(shelves)
}

impl Shelf<'_> {
    fn fill(&mut self, told: Vec<Told>, asked: usize) -> Result<(), StoreError> {
        self.more = told.len() == asked;
        for (time, message) in &told {
            self.fetched.push_back((*time, entry::message(message)?));
        }
        Ok(())
    }
}

/// A message and its place in time.
type Told = (u64, Vec<String>);

fn fetch(
    log: &LogKey,
    search: &Search,
    after: Option<u64>,
    latest: Option<u64>,
    many: usize,
) -> Cmd {
    let text = |bound: Option<u64>| bound.map_or_else(String::new, |bound| bound.to_string());
    let mut call = SEARCH.call(&keys::log(log));
    call.arg(text(after)).arg(text(latest)).arg(text(search.before_ms)).arg(text(search.after_ms));
    call.arg(many);
    call
}

fn place(next: &str) -> Option<Place> {
    let mut parts = next.splitn(3, '-');
    let (time, seq, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some((time.parse().ok()?, name.to_owned(), seq.parse().ok()?))
}

fn fits(message: &ChatMessage, words: &[String], search: &Search) -> bool {
    let Body::Text { text } = &message.body else { return false };
    let at_ms = message.at_ms;
    if search.before_ms.is_some_and(|before| at_ms >= before)
        || search.after_ms.is_some_and(|after| at_ms < after)
    {
        return false;
    }
    if search.author.as_ref().is_some_and(|author| *author != message.author.identity) {
        return false;
    }
    let Some((last, others)) = words.split_last() else { return false };
    let said = tokens(text);
    others.iter().all(|word| said.contains(word))
        && said.iter().any(|word| word.starts_with(last.as_str()))
}

/// The words of a text, without case and accents.
fn tokens(text: &str) -> Vec<String> {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let plain: String = apart.chars().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).collect();
    let folded = CaseMapper::new();
    folded
        .fold_string(&plain)
        .split(|c: char| !(c.is_alphanumeric() || is_mark(c)))
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// Signs that stand within words of some scripts.
fn is_mark(c: char) -> bool {
    use icu_properties::{
        CodePointMapData,
        props::{GeneralCategory, GeneralCategoryGroup},
    };
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case_and_accents() {
        assert_eq!(
            tokens("Café, ＣＡＦÉ’s naïve—Straße!"),
            ["cafe", "cafe", "s", "naive", "strasse"]
        );
        assert_eq!(tokens("नमस्ते 王小明"), ["नमस्ते", "王小明"]);
        assert!(tokens(" …!? ").is_empty());
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        assert_eq!(place("7-3-r:a-b"), Some((7, "r:a-b".into(), 3)));
        for other in ["", "7", "7-3", "x-3-r:a", "-1-2-r"] {
            assert_eq!(place(other), None, "{other}");
        }
    }
}
