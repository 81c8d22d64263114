//! Whatever people do in whatever order: a store answers as the [`Model`] says.
//!
//! Owns the random courses of events in a room and between two people, and the comparison.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use hearth_protocol::{
    Body, CatchUp, Conversation, History, MessageId, Position, RoomId, SystemEvent,
};
use parking_lot::Mutex;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{self, Index},
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Handle;

use super::{
    edit,
    model::{Model, Outcome},
    pages::applied,
    react, room, who,
};
use crate::store::{Appended, LogKey, NewChange, NewEntry, Page, Search, Store};

/// Courses that are tried; `PROPTEST_CASES` asks for another number.
const COURSES: u32 = 64;
/// Who writes and reads; only the first two talk to each other.
const PEOPLE: usize = 4;
const WORDS: [&str; 6] = ["amber", "ambush", "birch", "cedar", "cedarwood", "dune"];
const EMOJI: [&str; 5] = ["👍", "❤️", "🎉", "🔥", "👀"];

/// What happens next, in the room (0) or between two people (1).
#[derive(Debug, Clone)]
enum Step {
    Write { id: u8, words: Vec<&'static str>, reply: Option<u64>, mentions: Vec<usize> },
    SendAgain(Index),
    Happen(u8),
    Edit { of: u64, words: Vec<&'static str>, mentions: Vec<usize> },
    Delete(u64),
    React { of: u64, emoji: &'static str, on: bool },
    Read(u64),
    Receive(u64),
    Page(Page),
    CatchUp { from: Index, limit: usize },
    Search(Box<Asked>),
}

#[derive(Debug, Clone)]
struct Asked {
    words: Vec<&'static str>,
    letters: usize,
    author: Option<usize>,
    before: Option<Index>,
    after: Option<Index>,
    here: bool,
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    vec(sample::select(&WORDS[..]), 1..4)
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![10 => 1_u64..4, 9 => 0_u64..16, 1 => Just(u64::MAX >> 1)]
}

fn mentions() -> impl Strategy<Value = Vec<usize>> {
    sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..3)
}

fn page() -> impl Strategy<Value = Page> {
    (0..4, 1_u64..20, 2_usize..9).prop_map(|(kind, seq, limit)| match kind {
        0 => Page::Newest { limit },
        1 => Page::Before { seq, limit },
        2 => Page::After { seq, limit },
        _ => Page::Around { seq, limit },
    })
}

fn asked() -> impl Strategy<Value = Box<Asked>> {
    let when = || option::weighted(0.3, any::<Index>());
    let author = option::weighted(0.3, 0..PEOPLE);
    (words(), 1_usize..10, author, when(), when(), any::<bool>()).prop_map(
        |(words, letters, author, before, after, here)| {
            Box::new(Asked { words, letters, author, before, after, here })
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..60, words(), option::weighted(0.3, number()), mentions())
            .prop_map(|(id, words, reply, mentions)| Step::Write { id, words, reply, mentions }),
        1 => any::<Index>().prop_map(Step::SendAgain),
        1 => any::<u8>().prop_map(Step::Happen),
        3 => (number(), words(), mentions())
            .prop_map(|(of, words, mentions)| Step::Edit { of, words, mentions }),
        2 => number().prop_map(Step::Delete),
        5 => (number(), sample::select(&EMOJI[..]), any::<bool>())
            .prop_map(|(of, emoji, on)| Step::React { of, emoji, on }),
        2 => number().prop_map(Step::Read),
        1 => number().prop_map(Step::Receive),
        2 => page().prop_map(Step::Page),
        2 => (any::<Index>(), 1_usize..20)
            .prop_map(|(from, limit)| Step::CatchUp { from, limit }),
        2 => asked().prop_map(Step::Search),
    ]
}

type Course = Vec<(usize, usize, Step)>;

fn course() -> impl Strategy<Value = Course> {
    vec((0..PEOPLE, prop_oneof![3 => Just(0), 1 => Just(1)], step()), 1..80)
}

/// Tries them all. What must still be so when the store is opened again.
pub(super) async fn run(store: &Arc<dyn Store>) -> Vec<Story> {
    let (store, stories) = (Arc::clone(store), Arc::new(Mutex::new(Vec::new())));
    let told = Arc::clone(&stories);
    let runtime = Handle::current();
    let trying = tokio::task::spawn_blocking(move || {
        let courses = match std::env::var_os("PROPTEST_CASES") {
            Some(_) => Config::default().cases,
            None => COURSES,
        };
        // A course that failed is told; the folder of the sources is no place for it.
        let config = Config { failure_persistence: None, ..Config::with_cases(courses) };
        let count = AtomicU32::new(0);
        TestRunner::new(config)
            .run(&course(), |course| {
                let number = count.fetch_add(1, Ordering::Relaxed);
                let story = runtime.block_on(async {
                    let mut story = Story::begin(&*store, number).await;
                    for (by, log, step) in course {
                        story.go_on(&*store, by, log, step).await;
                    }
                    story.check(&*store).await;
                    story
                });
                told.lock().push(story);
                Ok(())
            })
            .map_err(|error| error.to_string())
    });
    if let Err(failure) = trying.await.unwrap() {
        panic!("{failure}");
    }
    std::mem::take(&mut *stories.lock())
}

/// One course of events, and how everything must be after it.
pub(super) struct Story {
    number: u32,
    /// The room and the conversation of the first two people.
    logs: [Model; 2],
    /// Everything written so far, to be sent again.
    sent: Vec<(usize, NewEntry)>,
    clock: u64,
}

impl Story {
    async fn begin(store: &dyn Store, number: u32) -> Self {
        let id = format!("story-{number}");
        store.create_room(room(&id)).await.unwrap();
        let keys = [
            LogKey::Room(RoomId(id)),
            LogKey::direct(who(&name(0, number)), who(&name(1, number))),
        ];
        let heads = store.heads(&keys).await.unwrap();
        let mut logs = keys.into_iter().zip(heads);
        let mut log = || logs.next().map(|(key, head)| Model::new(key, head.position)).unwrap();
        Self { number, logs: [log(), log()], sent: Vec::new(), clock: 1_000 }
    }

    fn name(&self, person: usize) -> String {
        name(person, self.number)
    }

    fn mentioned(&self, people: &[usize]) -> Vec<hearth_protocol::IdentityId> {
        people.iter().map(|person| who(&self.name(*person))).collect()
    }

    async fn go_on(&mut self, store: &dyn Store, by: usize, log: usize, step: Step) {
        let by = if log == 1 { by % 2 } else { by };
        let me = who(&self.name(by));
        let id = |id: u8| MessageId(format!("{id:032x}"));
        match step {
            Step::Write { id: n, words, reply, mentions } => {
                let body = super::body(&words.join(" "));
                let mentions = self.mentioned(&mentions);
                let change = NewChange::Message { id: id(n), body, reply_to: reply, mentions };
                self.append(store, by, log, change).await;
            }
            Step::SendAgain(nth) if !self.sent.is_empty() => {
                let (log, mut entry) = nth.get(&self.sent).clone();
                self.clock += 1;
                entry.at_ms = self.clock;
                self.entry(store, log, entry).await;
            }
            Step::SendAgain(_) => {}
            Step::Happen(n) => {
                let body = Body::System { event: SystemEvent::MissedCall {} };
                let id = MessageId(format!("f{n:031x}"));
                let change = NewChange::Message { id, body, reply_to: None, mentions: vec![] };
                self.append(store, by, log, change).await;
            }
            Step::Edit { of, words, mentions } => {
                let mentions = self.mentioned(&mentions);
                let NewChange::Edit { of, text, .. } = edit(of, &words.join(" ")) else { return };
                self.append(store, by, log, NewChange::Edit { of, text, mentions }).await;
            }
            Step::Delete(of) => self.append(store, by, log, NewChange::Delete { of }).await,
            Step::React { of, emoji, on } => {
                self.append(store, by, log, react(of, emoji, on)).await;
            }
            Step::Read(seq) => {
                let model = &mut self.logs[log];
                model.mark_read(&me, seq);
                let read = store.mark_read(&me, &model.key, seq).await.unwrap();
                let read = (read.seq, read.unread as usize, read.mentions as usize);
                assert_eq!(read, model.mark(&me));
            }
            Step::Receive(seq) => {
                let model = &mut self.logs[log];
                model.mark_delivered(&me, seq);
                store.mark_delivered(&me, &model.key, seq).await.unwrap();
            }
            Step::Page(page) => check_page(store, &self.logs[log], page).await,
            Step::CatchUp { from, limit } => {
                let model = &self.logs[log];
                check_catch_up(store, model, from.get(&model.positions), limit).await;
            }
            Step::Search(asked) => self.check_search(store, &asked).await,
        }
    }

    async fn append(&mut self, store: &dyn Store, by: usize, log: usize, change: NewChange) {
        self.clock += 1;
        let entry = NewEntry { at_ms: self.clock, ..super::by(&self.name(by), change) };
        if matches!(entry.change, NewChange::Message { .. }) {
            self.sent.push((log, entry.clone()));
        }
        self.entry(store, log, entry).await;
    }

    async fn entry(&mut self, store: &dyn Store, log: usize, entry: NewEntry) {
        let model = &mut self.logs[log];
        let (expected, at_ms) = (model.append(&entry), entry.at_ms);
        let appended = store.append(&model.key, entry.clone()).await;
        match (&expected, &appended) {
            (Ok(Outcome::New(change)), Ok(Appended::New { entry, position, messages })) => {
                assert_eq!((&entry.change, entry.at_ms), (change, at_ms));
                assert_eq!((entry.seq, entry.tag), (position.seq, position.tag));
                assert_eq!(position.seq, model.end() + 1);
                assert_eq!(position.epoch, model.positions[0].epoch);
                assert_eq!(*messages, model.written());
                model.stored(position.clone(), at_ms);
            }
            (Ok(Outcome::Known { seq }), Ok(Appended::Known { position, at_ms })) => {
                let at = usize::try_from(*seq).unwrap();
                assert_eq!((position, *at_ms), (&model.positions[at], model.times[at]));
            }
            (Ok(Outcome::Unchanged), Ok(Appended::Unchanged)) => {}
            (Err(expected), Err(error)) => assert_eq!(expected, error, "{entry:?}"),
            _ => panic!("{entry:?} is {expected:?}, not {appended:?}"),
        }
    }

    async fn check_search(&self, store: &dyn Store, asked: &Asked) {
        let mut words: Vec<String> = asked.words.iter().map(ToString::to_string).collect();
        let last = words.last_mut().unwrap();
        last.truncate(asked.letters.min(last.len()));
        let moment = |nth: &Option<Index>| nth.map(|nth| 1_000 + nth.index(80) as u64);
        let logs = if asked.here { &self.logs[..1] } else { &self.logs[..] };
        let mut search = Search {
            words,
            logs: logs.iter().map(|model| model.key.clone()).collect(),
            author: asked.author.map(|author| who(&self.name(author))),
            before_ms: moment(&asked.before),
            after_ms: moment(&asked.after),
            next: None,
            limit: 2,
        };
        let me = self.name(0);
        let places = [Conversation::Room(RoomId(format!("story-{}", self.number)))]
            .into_iter()
            .chain([Conversation::Person(who(&self.name(1)))]);
        let mut expected = Vec::new();
        for (model, place) in logs.iter().zip(places) {
            expected.extend(model.search(&search).map(|message| (place.clone(), message.clone())));
        }
        expected.sort_by_key(|(_, message)| std::cmp::Reverse(message.at_ms));
        let mut found = Vec::new();
        loop {
            let page = store.search(search.clone(), &who(&me)).await.unwrap();
            assert!(page.hits.len() <= search.limit);
            found.extend(page.hits.into_iter().map(|hit| (hit.conversation, hit.message)));
            search.next = page.next;
            if search.next.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{:?}", search.words);
    }

    /// Holds everything that can be read against what it must be.
    pub(super) async fn check(&self, store: &dyn Store) {
        for model in &self.logs {
            let key = std::slice::from_ref(&model.key);
            let head = store.heads(key).await.unwrap().remove(0);
            assert_eq!(Some(&head.position), model.positions.last());
            assert_eq!(head.messages, model.written());
            for seq in 0..=model.end() + 1 {
                let expected = model.messages.iter().find(|message| message.seq == seq);
                let message = store.message(&model.key, seq).await.unwrap();
                assert_eq!(message.as_ref(), expected);
            }
            for limit in [1, 3, 100] {
                check_page(store, model, Page::Newest { limit }).await;
                for position in &model.positions {
                    check_catch_up(store, model, position, limit).await;
                }
            }
            for person in 0..PEOPLE {
                let me = who(&self.name(person));
                let mark = store.marks(&me, key).await.unwrap().remove(0);
                let mark = (mark.seq, mark.unread as usize, mark.mentions as usize);
                assert_eq!(mark, model.mark(&me), "{me} in {key:?}");
            }
        }
        self.check_directs(store).await;
    }

    async fn check_directs(&self, store: &dyn Store) {
        let model = &self.logs[1];
        for (one, other) in [(0, 1), (1, 0)].map(|(a, b)| (who(&self.name(a)), who(&self.name(b))))
        {
            let mut list = store.directs(&one, 9).await.unwrap();
            if model.messages.is_empty() {
                assert!(list.is_empty(), "{list:?}");
                continue;
            }
            assert_eq!(list.len(), 1);
            let direct = list.remove(0);
            assert_eq!((&direct.other, direct.last.as_ref()), (&other, model.messages.last()));
            assert_eq!(Some(&direct.head.position), model.positions.last());
            let far = (direct.read.seq, direct.read_by_other, direct.delivered_to_other);
            let expected = (model.mark(&one).0, model.mark(&other).0, model.reached(&other));
            assert_eq!(far, expected);
        }
    }
}

fn name(person: usize, story: u32) -> String {
    format!("p{person} of {story}")
}

async fn check_page(store: &dyn Store, model: &Model, page: Page) {
    let History { position, messages, more_before, more_after } =
        store.history(&model.key, page).await.unwrap();
    assert_eq!((messages, more_before, more_after), model.page(page), "{page:?}");
    assert_eq!(Some(&position), model.positions.last());
}

async fn check_catch_up(store: &dyn Store, model: &Model, from: &Position, limit: usize) {
    let caught = store.catch_up(&model.key, from, limit).await.unwrap();
    let missed = usize::try_from(model.end() - from.seq).unwrap();
    match caught {
        CatchUp::Replay { entries } => {
            assert!(missed <= limit, "{missed} were told, {limit} asked for");
            let told: Vec<_> = entries.iter().map(|e| (e.seq, e.tag, e.at_ms)).collect();
            let after = model.positions.len() - missed;
            let expected = model.positions[after..].iter().zip(&model.times[after..]);
            let expected: Vec<_> = expected.map(|(p, at_ms)| (p.seq, p.tag, *at_ms)).collect();
            assert_eq!(told, expected);
            assert_eq!(applied(&entries, &model.messages), model.messages);
        }
        CatchUp::Gap { history } => {
            assert!(missed > limit, "{missed} of {limit} are a gap");
            let page = (history.messages, history.more_before, history.more_after);
            assert_eq!(page, model.page(Page::Newest { limit }));
            assert_eq!(Some(&history.position), model.positions.last());
        }
        CatchUp::Reset { .. } => panic!("{from:?} is a position of this log"),
    }
    let wrong = Position { tag: from.tag ^ 1, ..from.clone() };
    if wrong.seq > 0 {
        let caught = store.catch_up(&model.key, &wrong, limit).await.unwrap();
        assert!(matches!(caught, CatchUp::Reset { .. }), "{wrong:?}: {caught:?}");
    }
}
