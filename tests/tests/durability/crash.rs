//! The server is killed again and again under people who write: everything acknowledged is there
//! once, in order, and whoever reads along was told exactly that.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hearth_client::{Chat, Connection, News, Page, Reading, Room, Who};
use hearth_protocol::{Change, History, MessageId};
use hearth_tests::{Redis, Reply, Server};
use rand::Rng;
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    Folder, SOON,
    oracle::{self, Writer},
};

/// Those who write.
const WRITERS: usize = 8;
/// Kills, unless `HEARTH_KILLS` says how many.
const KILLS: u32 = 20;
/// By then it takes requests again, even in a debug build on a machine that is busy with much else.
/// The figure that is printed is to be below 2 s.
const UP_AGAIN: Duration = Duration::from_secs(10);
/// A kill comes at a random moment up to so long after the first acknowledgement.
const KILLED_WITHIN_MS: u64 = 300;

/// An address that nothing else on this machine takes between two lives of the server.
fn address() -> SocketAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, 99, high, low.max(1));
    TcpListener::bind((own, 0)).unwrap().local_addr().unwrap()
}

async fn is_ready(at: SocketAddr) -> bool {
    let Ok(mut socket) = TcpStream::connect(at).await else { return false };
    let reply = Reply::to(&mut socket, "GET", "/api/ready", "", b"").await;
    reply.is_ok_and(|reply| reply.status == 200)
}

/// Whoever was away for long pages through what they missed, whatever happens meanwhile.
async fn page_up_to(chat: &Chat, told: &mut Vec<(u64, MessageId)>, newest: &History) {
    while told.last().map_or(0, |(seq, _)| *seq) < newest.position.seq {
        let last = told.last().map_or(0, |(seq, _)| *seq);
        if let Ok(page) = chat.history(Page::After(last), 100).await {
            let rest = page.messages.into_iter().filter(|it| it.seq <= newest.position.seq);
            told.extend(rest.map(|it| (it.seq, it.id)));
        }
    }
}

async fn kill_again_and_again(settings: &[(&str, &str)], kills: u32) {
    let at = address();
    let listen = at.to_string();
    let all = [&[("limits.enabled", "false"), ("server.listen", &listen)], settings].concat();
    let mut server = Some(Server::start(&all));
    let url = format!("http://{listen}");
    let stop = Arc::new(AtomicBool::new(false));
    let (count, counted) = watch::channel(0_u64);
    let count = Arc::new(count);

    // Whoever reads along is told every entry once, whatever happens.
    let reader = Connection::open(&url, Who::guest("reader")).await.unwrap();
    Room::join(&reader, "general").await.unwrap();
    let chat = Chat::room(&reader, "general");
    let (_, mut reading) = Reading::open(&chat, 1).await.unwrap();
    let mut told: Vec<(u64, MessageId)> = Vec::new();
    let far = Arc::new(AtomicU64::new(0));
    let end = Arc::clone(&far);
    let following = tokio::spawn(async move {
        loop {
            let last = told.last().map_or(0, |(seq, _)| *seq);
            if end.load(Ordering::Relaxed) > 0 && last >= end.load(Ordering::Relaxed) {
                return told;
            }
            match timeout(Duration::from_millis(500), reading.next()).await {
                Ok(Ok(News::Entry(entry))) => {
                    let Change::Message { message } = entry.change else { continue };
                    told.push((entry.seq, message.id));
                }
                Ok(Ok(News::Gap(history))) => page_up_to(&chat, &mut told, &history).await,
                Ok(Ok(News::Reset(_))) => panic!("what was told up to {last} is not there"),
                // Killed while it was asked; it is asked again.
                Ok(Ok(_) | Err(_)) | Err(_) => {}
            }
        }
    });

    let mut writing = Vec::new();
    for n in 0..WRITERS {
        let mut writer = Writer::enter(&url, &format!("writer {n}")).await;
        let (stop, count) = (Arc::clone(&stop), Arc::clone(&count));
        writing.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                writer.write().await;
                count.send_modify(|count| *count += 1);
            }
            writer
        }));
    }
    let mut slowest = Duration::ZERO;
    for n in 1..=kills {
        // Something more was acknowledged since the last life.
        let (mut counted, before) = (counted.clone(), *counted.borrow());
        timeout(SOON, counted.wait_for(|now| *now > before)).await.unwrap().unwrap();
        let alive = rand::rng().random_range(0..KILLED_WITHIN_MS);
        sleep(Duration::from_millis(alive)).await;
        drop(server.take());
        let dead = Instant::now();
        let again = Server::start(&all);
        while !is_ready(at).await {
            assert!(dead.elapsed() < SOON, "never ready");
            sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(dead.elapsed());
        assert!(dead.elapsed() < UP_AGAIN, "up again after {:?}", dead.elapsed());
        server = Some(again);
        if n % 20 == 0 {
            println!("{n} kills, {} acknowledged", *counted.borrow());
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut writers = Vec::new();
    for writer in writing {
        writers.push(timeout(SOON, writer).await.unwrap().unwrap());
    }
    let history = oracle::check(&writers[0].chat, &writers).await;
    far.store(history.last().unwrap().seq, Ordering::Relaxed);
    let told = timeout(SOON, following).await.unwrap().unwrap();
    let stored: Vec<_> = history.iter().map(|it| (it.seq, it.id.clone())).collect();
    assert_eq!(told, stored, "what was told is not what is stored");
    println!(
        "{kills} kills: {} acknowledged, all there once; up again within {slowest:?}",
        *counted.borrow()
    );
    drop(server);
}

fn kills() -> u32 {
    std::env::var("HEARTH_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_on_sqlite() {
    let folder = Folder::new("crash");
    kill_again_and_again(&[("server.data_dir", folder.path())], kills()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_on_redis() {
    let (redis, folder) = (Redis::start(), Folder::new("crash-redis"));
    let settings = [("server.data_dir", folder.path()), ("store.redis_url", &redis.url())];
    kill_again_and_again(&settings, kills().div_ceil(4)).await;
}
