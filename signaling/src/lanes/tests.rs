//! How a lane tells what is new, what is missing and what went back.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

use tokio::time::timeout;

use super::*;
use crate::store::{
    Appended,
    conformance::{log, text},
    temporary,
};

/// By then whatever is missing was fetched.
const SOON: Duration = Duration::from_secs(10);

/// A room's log, and what was told of it: the numbers of entries, 0 for "anew".
struct Scene {
    lanes: Lanes,
    log: LogKey,
    told: Mutex<Vec<(u64, u64)>>,
    count: Mutex<u32>,
}

impl Scene {
    async fn new() -> Self {
        let store = temporary(9).await;
        let log = log(&*store, "general").await;
        Self { lanes: Lanes::new(store), log, told: Mutex::default(), count: Mutex::default() }
    }

    async fn write(&self) -> (String, Entry) {
        let n = {
            let mut count = self.count.lock();
            *count += 1;
            *count
        };
        let entry = text("ana", &format!("message {n}"));
        match self.lanes.store.append(&self.log, entry).await.unwrap() {
            Appended::New { entry, position, .. } => (position.epoch, entry),
            other => panic!("{other:?}"),
        }
    }

    fn tell(&self) -> impl Fn(&LogKey, News<'_>, u64) -> Option<Utf8Bytes> + Sync {
        |_, news, messages| {
            let seq = match news {
                News::Entry(entry) => entry.seq,
                News::Anew => 0,
            };
            self.told.lock().push((seq, messages));
            None
        }
    }

    /// Takes an entry; what is to be mended is mended.
    async fn take(&self, lane: &Lane, (epoch, entry): (String, Entry)) {
        let tell = self.tell();
        if self.lanes.take(lane, &epoch, entry, &tell) {
            timeout(SOON, self.lanes.mend(lane, &tell)).await.unwrap();
        }
    }

    fn heard(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.told.lock())
    }
}

#[tokio::test]
async fn an_entry_that_comes_twice_is_told_once() {
    let scene = Scene::new().await;
    let lane = scene.lanes.open(&scene.log).await.unwrap();
    let (one, two) = (scene.write().await, scene.write().await);
    for entry in [one.clone(), one.clone(), two.clone(), one, two] {
        scene.take(&lane, entry).await;
    }
    assert_eq!(scene.heard(), [(1, 1), (2, 2)]);
}

#[tokio::test]
async fn a_log_that_went_back_is_told_anew_and_goes_on() {
    let scene = Scene::new().await;
    let (epoch, _) = scene.write().await;
    // As it was told before the store lost its end.
    let position = Position { epoch, seq: 9, tag: 9 };
    let lane = scene.lanes.begin(&scene.log, LogHead { position, messages: 9 });
    for entry in [scene.write().await, scene.write().await] {
        scene.take(&lane, entry).await;
    }
    // Both are in what is told anew; those after it are told one by one.
    assert_eq!(scene.heard(), [(0, 3)]);
    let next = scene.write().await;
    scene.take(&lane, next.clone()).await;
    scene.take(&lane, next).await;
    assert_eq!(scene.heard(), [(4, 4)]);
}

#[tokio::test]
async fn a_log_of_another_life_is_told_anew() {
    let scene = Scene::new().await;
    let position = Position { epoch: "before".into(), seq: 1, tag: 9 };
    let lane = scene.lanes.begin(&scene.log, LogHead { position, messages: 1 });
    for _ in 0..2 {
        let entry = scene.write().await;
        scene.take(&lane, entry).await;
    }
    assert_eq!(scene.heard(), [(0, 1), (2, 2)]);
}

#[tokio::test]
async fn whoever_missed_too_much_is_told_how_many_messages_there_are() {
    let scene = Scene::new().await;
    let lane = scene.lanes.open(&scene.log).await.unwrap();
    for _ in 0..FETCH {
        scene.write().await;
    }
    let last = scene.write().await;
    scene.take(&lane, last).await;
    let messages = FETCH as u64 + 1;
    assert_eq!(scene.heard(), [(0, messages)]);
}
