//! Many at once: numbers without gaps, nothing twice, nobody's own messages out of order.

use std::sync::Arc;

use futures_util::future::join_all;
use hearth_protocol::CatchUp;

use super::{log, text};
use crate::store::{Appended, LogKey, Page, Store};

/// People who write at once, each one message after the other.
const WRITERS: usize = 24;
/// Messages of each.
const MESSAGES: usize = 12;

pub(super) async fn run(store: &Arc<dyn Store>) {
    let log = log(&**store, "crowd").await;
    let empty = store.heads(std::slice::from_ref(&log)).await.unwrap().remove(0).position;
    let writers = (0..WRITERS).map(|n| tokio::spawn(write(Arc::clone(store), log.clone(), n)));
    let mut all = Vec::new();
    for written in join_all(writers).await {
        let written = written.unwrap();
        assert!(written.is_sorted(), "{written:?}");
        all.extend(written);
    }
    all.sort_unstable();
    let last = u64::try_from(WRITERS * MESSAGES).unwrap();
    let numbers: Vec<u64> = all.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());

    // What they were told is what is there.
    let page = store.history(&log, Page::Newest { limit: WRITERS * MESSAGES + 1 }).await.unwrap();
    let said = page.messages.iter().map(|it| (it.seq, super::said(it).to_owned()));
    assert_eq!(said.collect::<Vec<_>>(), all);
    let caught = store.catch_up(&log, &empty, WRITERS * MESSAGES).await.unwrap();
    let CatchUp::Replay { entries } = caught else { panic!("{caught:?}") };
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=last));
}

/// Writes, each message twice at the same time, as a retry may. The numbers told, in their order.
async fn write(store: Arc<dyn Store>, log: LogKey, writer: usize) -> Vec<(u64, String)> {
    let mut written = Vec::new();
    for n in 0..MESSAGES {
        let said = format!("{writer}: {n}");
        let entry = text(&format!("writer {writer}"), &said);
        let twice = tokio::join!(store.append(&log, entry.clone()), store.append(&log, entry));
        let (new, known) = match twice {
            (Ok(Appended::New { position, .. }), Ok(Appended::Known { position: known, .. }))
            | (Ok(Appended::Known { position: known, .. }), Ok(Appended::New { position, .. })) => {
                (position, known)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(new, known);
        written.push((new.seq, said));
    }
    written
}
