//! Looking for words.
//!
//! Owns the index: the words of every text, and as marks its log and its author.

use hearth_protocol::{Conversation, Found, Hit, IdentityId};
use rusqlite::{Connection, params};

use super::{
    logs::{self, json, parsed, signed},
    trouble::Trouble,
};
use crate::store::Search;

/// Up to so many logs are narrowed down within the index.
const MARKED_LOGS: usize = 64;

/// Makes a text findable.
pub(super) fn index(
    connection: &Connection,
    row: i64,
    log: i64,
    author: &IdentityId,
    text: &str,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO words (rowid, body, marks) VALUES (?, ?, ?)";
    let row = params![row, text, format!("l{log} {author}")];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A text is not to be found any more.
pub(super) fn forget(connection: &Connection, row: i64) -> Result<(), Trouble> {
    connection.prepare_cached("DELETE FROM words WHERE rowid = ?")?.execute([row])?;
    Ok(())
}

pub(super) fn search(
    connection: &Connection,
    search: &Search,
    reader: &IdentityId,
) -> Result<Found, Trouble> {
    let nothing = Found { hits: Vec::new(), next: None };
    let below = match search.next.as_deref().map(str::parse::<i64>) {
        None => i64::MAX,
        Some(Ok(row)) => row,
        Some(Err(_)) => return Ok(nothing),
    };
    let mut places = Vec::new();
    for key in &search.logs {
        if let Some(log) = logs::find(connection, key)? {
            places.push((log.log, key.conversation(reader)));
        }
    }
    let Some(terms) = terms(search, &places) else { return Ok(nothing) };
    places.sort_unstable_by_key(|(log, _)| *log);
    places.dedup_by_key(|(log, _)| *log);
    let ids: Vec<i64> = places.iter().map(|(log, _)| *log).collect();

    let sql = "SELECT messages.id, messages.log, messages.message
               FROM words JOIN messages ON messages.id = words.rowid
               WHERE words MATCH ?1 AND words.rowid < ?2
                 AND messages.log IN (SELECT value FROM json_each(?3))
                 AND (?4 IS NULL OR messages.author = ?4)
                 AND (?5 IS NULL OR messages.at_ms < ?5) AND (?6 IS NULL OR messages.at_ms >= ?6)
               ORDER BY words.rowid DESC LIMIT ?7";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        terms,
        below,
        json(&ids)?,
        search.author.as_ref().map(|author| &author.0),
        search.before_ms.map(signed),
        search.after_ms.map(signed),
        search.limit.saturating_add(1),
    ])?;
    let (mut hits, mut next, mut last) = (Vec::new(), None, 0_i64);
    while let Some(row) = rows.next()? {
        if hits.len() == search.limit {
            next = Some(last.to_string());
            break;
        }
        last = row.get(0)?;
        let log: i64 = row.get(1)?;
        let Ok(place) = places.binary_search_by_key(&log, |(log, _)| *log) else { continue };
        hits.push(Hit { conversation: places[place].1.clone(), message: parsed(row, 2)? });
    }
    Ok(Found { hits, next })
}

/// What the index is asked; `None` if that finds nothing.
fn terms(search: &Search, places: &[(i64, Conversation)]) -> Option<String> {
    // Letters and digits only, so that nothing in a word means anything to the index.
    let mut words: Vec<String> = search
        .words
        .iter()
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    words.last_mut()?.push('*');
    let mut terms = format!("body : ({})", words.join(" "));
    if places.is_empty() {
        return None;
    }
    if places.len() <= MARKED_LOGS {
        let logs: Vec<String> = places.iter().map(|(log, _)| format!("l{log}")).collect();
        terms += &format!(" AND marks : ({})", logs.join(" OR "));
    }
    if let Some(author) = &search.author {
        terms += &format!(" AND marks : \"{}\"", author.0.replace('"', "\"\""));
    }
    Some(terms)
}
