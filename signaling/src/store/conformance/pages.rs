//! Reading: pages of messages, and catching up from everywhere.

use hearth_protocol::{Body, CatchUp, Change, ChatMessage, Entry, History, Position};

use super::{at, by, edit, log, react, text, texts};
use crate::store::{LogKey, NewChange, Page, Store};

pub(super) async fn run(store: &dyn Store) {
    pages_hold_what_they_say(store).await;
    what_was_missed_is_replayed(store).await;
    another_log_resets(store).await;
}

async fn pages_hold_what_they_say(store: &dyn Store) {
    let log = log(store, "pages").await;
    let empty = store.history(&log, Page::Newest { limit: 5 }).await.unwrap();
    assert_eq!((empty.messages.len(), empty.position.seq), (0, 0));
    assert!(!empty.more_before && !empty.more_after);

    // Messages 1, 2, 4, 5, 7; entries 3, 6 and 8 are none.
    at(store.append(&log, text("ana", "1")).await);
    at(store.append(&log, text("ana", "2")).await);
    at(store.append(&log, by("bo", react(1, "👍", true))).await);
    at(store.append(&log, text("bo", "4")).await);
    at(store.append(&log, text("bo", "5")).await);
    at(store.append(&log, by("bo", NewChange::Delete { of: 4 })).await);
    at(store.append(&log, text("ana", "7")).await);
    let end = at(store.append(&log, by("ana", edit(7, "seven"))).await);
    let all = ["1", "2", "(deleted)", "5", "seven"];
    for (page, expected, before, after) in [
        (Page::Newest { limit: 9 }, &all[..], false, false),
        (Page::Newest { limit: 5 }, &all[..], false, false),
        (Page::Newest { limit: 2 }, &all[3..], true, false),
        (Page::Before { seq: 7, limit: 2 }, &all[2..4], true, true),
        (Page::Before { seq: 6, limit: 9 }, &all[..4], false, true),
        (Page::Before { seq: 3, limit: 9 }, &all[..2], false, true),
        (Page::Before { seq: 1, limit: 9 }, &[], false, true),
        (Page::Before { seq: 0, limit: 9 }, &[], false, true),
        (Page::Before { seq: u64::MAX, limit: 1 }, &all[4..], true, false),
        (Page::After { seq: 0, limit: 2 }, &all[..2], false, true),
        (Page::After { seq: 2, limit: 2 }, &all[2..4], true, true),
        (Page::After { seq: 3, limit: 9 }, &all[2..], true, false),
        (Page::After { seq: 7, limit: 9 }, &[], true, false),
        (Page::After { seq: u64::MAX, limit: 9 }, &[], true, false),
        (Page::Around { seq: 4, limit: 3 }, &all[1..4], true, true),
        (Page::Around { seq: 4, limit: 4 }, &all[..4], false, true),
        (Page::Around { seq: 3, limit: 2 }, &all[1..3], true, true),
        (Page::Around { seq: 1, limit: 4 }, &all[..4], false, true),
        (Page::Around { seq: 7, limit: 4 }, &all[2..], true, false),
        (Page::Around { seq: 99, limit: 2 }, &all[4..], true, false),
        (Page::Around { seq: 5, limit: 1 }, &all[3..4], true, true),
    ] {
        let History { position, messages, more_before, more_after } =
            store.history(&log, page).await.unwrap();
        let found = (texts(&messages), more_before, more_after);
        assert_eq!(found, (expected.to_vec(), before, after), "{page:?}");
        assert_eq!(position, end);
    }
}

async fn what_was_missed_is_replayed(store: &dyn Store) {
    let log = log(store, "missed").await;
    let start = store.heads(std::slice::from_ref(&log)).await.unwrap().remove(0).position;
    let nothing = CatchUp::Replay { entries: vec![] };
    assert_eq!(store.catch_up(&log, &start, 9).await.unwrap(), nothing);

    let mut positions = vec![start];
    for entry in [
        text("ana", "one"),
        text("bo", "two"),
        by("bo", react(1, "👍", true)),
        by("ana", edit(1, "uno")),
        text("ana", "secret"),
        by("ana", edit(5, "still secret")),
        by("cy", react(1, "👍", true)),
        by("ana", NewChange::Delete { of: 5 }),
        by("bo", react(1, "👍", false)),
        text("bo", "three"),
    ] {
        positions.push(at(store.append(&log, entry).await));
    }
    let now = store.history(&log, Page::Newest { limit: 99 }).await.unwrap().messages;
    for from in &positions {
        // What somebody knew who had seen all up to there, as far as it still shows.
        let missed = positions.len() - 1 - usize::try_from(from.seq).unwrap();
        let caught = store.catch_up(&log, from, 10).await.unwrap();
        let CatchUp::Replay { entries } = caught else { panic!("{from:?}: {caught:?}") };
        assert_eq!(entries.len(), missed);
        for (entry, position) in entries.iter().zip(&positions[positions.len() - missed..]) {
            assert_eq!((entry.seq, entry.tag), (position.seq, position.tag));
        }
        assert!(!serde_json::to_string(&entries).unwrap().contains("secret"));
        assert_eq!(applied(&entries, &now), now, "from {}", from.seq);

        let caught = store.catch_up(&log, from, 4).await.unwrap();
        match caught {
            CatchUp::Replay { .. } => assert!(missed <= 4),
            CatchUp::Gap { history } => {
                assert!(missed > 4);
                assert_eq!(history.messages, now);
                assert_eq!(history.position, *positions.last().unwrap());
            }
            CatchUp::Reset { .. } => panic!("{from:?}"),
        }
    }
    let kinds = |entries: &[Entry]| -> Vec<&'static str> {
        entries.iter().map(|entry| kind(&entry.change)).collect()
    };
    let CatchUp::Replay { entries } = store.catch_up(&log, &positions[2], 10).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        kinds(&entries),
        ["on", "edited", "message", "edited", "on", "deleted", "off", "message"]
    );
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Message { .. } => "message",
        Change::Edited { .. } => "edited",
        Change::Deleted { .. } => "deleted",
        Change::Reacted { on: true, .. } => "on",
        Change::Reacted { on: false, .. } => "off",
    }
}

/// What somebody has who knew the messages before these entries and nothing of what they say.
pub(super) fn applied(entries: &[Entry], now: &[ChatMessage]) -> Vec<ChatMessage> {
    let first = entries.first().map_or(u64::MAX, |entry| entry.seq);
    let mut known: Vec<_> = now.iter().filter(|message| message.seq < first).cloned().collect();
    for entry in entries {
        let (Change::Message { message: ChatMessage { seq: of, .. } }
        | Change::Edited { of, .. }
        | Change::Deleted { of, .. }
        | Change::Reacted { of, .. }) = &entry.change;
        let at = known.iter().position(|message| message.seq == *of);
        match (&entry.change, at.map(|at| &mut known[at])) {
            (Change::Message { message }, None) => known.push(message.clone()),
            (Change::Edited { text, mentions, .. }, Some(message)) => {
                message.body = Body::Text { text: text.clone() };
                message.mentions.clone_from(mentions);
                message.edited_at_ms = Some(entry.at_ms);
            }
            (Change::Deleted { by, .. }, Some(message)) => {
                message.body = Body::Deleted { by: by.clone() };
                message.mentions.clear();
                message.reactions.clear();
            }
            (Change::Reacted { reactions, .. }, Some(message)) => {
                message.reactions.clone_from(reactions);
            }
            (change, at) => panic!("{change:?} of {at:?}"),
        }
    }
    known
}

async fn another_log_resets(store: &dyn Store) {
    let log = log(store, "resets").await;
    let first = at(store.append(&log, text("ana", "one")).await);
    let last = at(store.append(&log, text("ana", "two")).await);
    let mut epoch = first.epoch.clone();
    epoch.replace_range(..1, if epoch.starts_with('0') { "1" } else { "0" });
    for wrong in [
        Position { tag: first.tag.wrapping_add(1), ..first.clone() },
        Position { tag: last.tag.wrapping_add(1), ..last.clone() },
        Position { epoch: epoch.clone(), ..first.clone() },
        Position { seq: 3, ..last.clone() },
        Position { seq: u64::MAX, ..last.clone() },
    ] {
        let caught = store.catch_up(&log, &wrong, 1).await.unwrap();
        let CatchUp::Reset { history } = caught else { panic!("{wrong:?}: {caught:?}") };
        assert_eq!((texts(&history.messages), history.more_before), (vec!["two"], true));
    }
    // Nothing of another log is nothing of this one.
    let nothing = Position { epoch, seq: 0, tag: 7 };
    let caught = store.catch_up(&log, &nothing, 2).await.unwrap();
    assert!(matches!(&caught, CatchUp::Replay { entries } if entries.len() == 2), "{caught:?}");
    let unborn = LogKey::direct(super::who("un"), super::who("born"));
    let caught = store.catch_up(&unborn, &last, 2).await.unwrap();
    assert!(matches!(&caught, CatchUp::Reset { history } if history.messages.is_empty()));
}
