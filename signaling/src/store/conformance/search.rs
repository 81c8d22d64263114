//! Looking for words.

use hearth_protocol::{Conversation, Found, RoomId};

use super::{at, by, edit, log, said, text, who};
use crate::store::{LogKey, NewChange, Search, Store};

pub(super) async fn run(store: &dyn Store) {
    words_are_found(store).await;
    a_search_is_narrowed(store).await;
    pages_follow_each_other(store).await;
}

fn words(words: &str, logs: &[LogKey]) -> Search {
    Search {
        words: words.split(' ').map(str::to_owned).collect(),
        logs: logs.to_vec(),
        author: None,
        before_ms: None,
        after_ms: None,
        next: None,
        limit: 50,
    }
}

async fn found(store: &dyn Store, search: Search) -> Vec<String> {
    let Found { hits, next } = store.search(search, &who("ana")).await.unwrap();
    assert_eq!(next, None);
    hits.iter().map(|hit| said(&hit.message).to_owned()).collect()
}

async fn words_are_found(store: &dyn Store) {
    let log = log(store, "words").await;
    for said in ["The Café is open", "Größe matters", "open, the door!", "don't AND stop"] {
        at(store.append(&log, text("ana", said)).await);
    }
    for (asked, expected) in [
        ("open", &["open, the door!", "The Café is open"][..]),
        ("OPEN the", &["open, the door!", "The Café is open"]),
        ("cafe", &["The Café is open"]),
        ("CAFÉ open", &["The Café is open"]),
        ("open caf", &["The Café is open"]),
        ("caf open", &[]),
        ("groß", &["Größe matters"]),
        ("pen", &[]),
        ("door!", &["open, the door!"]),
        ("don't", &["don't AND stop"]),
        ("and", &["don't AND stop"]),
        ("the NOT open", &[]),
        ("\"the", &["open, the door!", "The Café is open"]),
        ("body:open OR (*", &[]),
        ("…", &[]),
        ("… door 🚪", &["open, the door!"]),
        ("", &[]),
    ] {
        assert_eq!(
            found(store, words(asked, std::slice::from_ref(&log))).await,
            expected,
            "{asked}"
        );
    }
    // Found as they are now.
    at(store.append(&log, by("ana", edit(1, "The bar is closed"))).await);
    at(store.append(&log, by("ana", NewChange::Delete { of: 3 })).await);
    for (asked, expected) in
        [("open", &[][..]), ("cafe", &[]), ("closed", &["The bar is closed"]), ("door", &[])]
    {
        assert_eq!(
            found(store, words(asked, std::slice::from_ref(&log))).await,
            expected,
            "{asked}"
        );
    }
}

async fn a_search_is_narrowed(store: &dyn Store) {
    let (one, other) = (log(store, "here").await, log(store, "there").await);
    let direct = LogKey::direct(who("ana"), who("ida"));
    let logs = [one.clone(), other.clone(), direct.clone()];
    for (n, (log, author)) in (1..).zip([
        (&one, "ana"),
        (&other, "ana"),
        (&one, "ida"),
        (&direct, "ida"),
        (&other, "ida"),
    ]) {
        let mut entry = text(author, &format!("needle {n}"));
        entry.at_ms = 100 * n;
        at(store.append(log, entry).await);
    }
    let needle = |logs: &[LogKey]| words("needle", logs);
    assert_eq!(
        found(store, needle(&logs)).await,
        ["needle 5", "needle 4", "needle 3", "needle 2", "needle 1"]
    );
    assert_eq!(found(store, needle(std::slice::from_ref(&one))).await, ["needle 3", "needle 1"]);
    assert_eq!(found(store, needle(&[])).await, [""; 0]);
    let unborn = LogKey::direct(who("ana"), who("nobody"));
    assert_eq!(found(store, needle(&[unborn])).await, [""; 0]);
    let by_ana = Search { author: Some(who("ana")), ..needle(&logs) };
    assert_eq!(found(store, by_ana).await, ["needle 2", "needle 1"]);
    let between = Search { after_ms: Some(200), before_ms: Some(400), ..needle(&logs) };
    assert_eq!(found(store, between).await, ["needle 3", "needle 2"]);

    // Each hit says where, as seen by the one who asks.
    for (reader, person) in [("ana", "ida"), ("ida", "ana")] {
        let found = store.search(needle(&logs), &who(reader)).await.unwrap();
        assert_eq!(found.hits[1].conversation, Conversation::Person(who(person)));
        assert_eq!(found.hits[2].conversation, Conversation::Room(RoomId("here".into())));
        let message = store.message(&direct, 1).await.unwrap();
        assert_eq!(Some(&found.hits[1].message), message.as_ref());
    }
}

async fn pages_follow_each_other(store: &dyn Store) {
    let log = log(store, "haystack").await;
    for n in 0..7 {
        at(store.append(&log, text("ana", &format!("straw {n}"))).await);
    }
    let mut search = Search { limit: 3, ..words("straw", std::slice::from_ref(&log)) };
    let mut pages = Vec::new();
    loop {
        let page = store.search(search.clone(), &who("ana")).await.unwrap();
        pages.push(page.hits.iter().map(|hit| hit.message.seq).collect::<Vec<_>>());
        // What is written meanwhile is before the first page.
        at(store.append(&log, text("ana", &format!("straw more {}", pages.len()))).await);
        search.next = page.next;
        if search.next.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    search.next = Some("no such page".into());
    let nothing = Found { hits: vec![], next: None };
    assert_eq!(store.search(search, &who("ana")).await.unwrap(), nothing);
}
