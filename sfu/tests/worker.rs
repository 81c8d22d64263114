//! A worker with its real socket: who is answered from where, what is counted, and its end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a test is its failure")]
#![allow(clippy::disallowed_methods, reason = "a real worker has a real clock")]
#![allow(clippy::disallowed_types, reason = "and real sockets")]
#![allow(dead_code, reason = "of the simulated browsers only a part is needed here")]

#[path = "simulated/browser.rs"]
mod browser;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use browser::Browser;
use hearth_sfu::{
    Command, Event, Join,
    outlet::{LocalAddr, Path},
    run::{self, Full, Handle},
};

/// Nothing here takes so long; who waits for longer fails.
const PATIENCE: Duration = Duration::from_secs(10);

struct Worker {
    handle: Handle,
    events: Receiver<Event>,
}

impl Worker {
    fn start() -> Self {
        let settings = hearth_config::from_toml("").unwrap().sfu;
        let bound = run::bind(settings, (Ipv6Addr::UNSPECIFIED, 0).into()).unwrap();
        let (told, events) = channel();
        let candidates = vec![(Ipv4Addr::LOCALHOST, bound.local_addr().port()).into()];
        // A test that has gone needs no more events.
        let handle = bound.start(candidates, move |event| told.send(event).map_err(|e| e.0));
        Self { handle: handle.unwrap(), events }
    }

    fn port(&self) -> u16 {
        self.handle.local_addr().port()
    }

    /// A participant that has its answer.
    fn join(&self, number: u32) -> Browser {
        let mut browser = Browser::new(number, 1, Instant::now());
        let (peer, room, offer) = (browser.id, browser.room, browser.offer());
        let number = browser.number;
        let join = Join { peer, room, number, offer, muted: false, deafened: false };
        self.handle.send(Command::Join(join)).unwrap();
        match self.events.recv_timeout(PATIENCE).unwrap() {
            Event::Answer { answer, .. } => browser.answer = Some(answer.unwrap()),
            other => panic!("{other:?}"),
        }
        browser
    }

    fn join_request() -> Command {
        let browser = Browser::new(99, 1, Instant::now());
        let (peer, room, number) = (browser.id, browser.room, browser.number);
        let offer = browser.offer();
        Command::Join(Join { peer, room, number, offer, muted: false, deafened: false })
    }
}

fn socket(ip: IpAddr) -> UdpSocket {
    let any: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Not connected: it must see where an answer comes from.
    let socket = UdpSocket::bind((any, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Sends a check to `asked` and waits for its answer; returns where that came from.
fn check(browser: &mut Browser, socket: &UdpSocket, asked: SocketAddr) -> SocketAddr {
    // Over loopback one comes from the address that one sends to.
    let remote = SocketAddr::new(asked.ip(), socket.local_addr().unwrap().port());
    let remote = if asked.is_ipv6() { remote } else { (Ipv4Addr::LOCALHOST, remote.port()).into() };
    browser.path = Path { local: LocalAddr { ip: asked.ip(), interface: 0 }, remote };
    socket.send_to(&browser.check(), asked).unwrap();
    let mut buffer = [0; 1500];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    let before = browser.responses;
    // It asserts that the response is authentic and tells the address it was sent to.
    let _ = browser.receive(Instant::now(), buffer[..len].to_vec());
    assert_eq!(browser.responses, before + 1);
    from
}

#[test]
fn a_check_is_answered_from_the_address_that_was_asked() {
    let worker = Worker::start();
    let mut browser = worker.join(1);
    let mut asked: Vec<IpAddr> =
        ["127.0.0.1", "127.0.0.2", "127.7.7.7"].map(|ip| ip.parse().unwrap()).to_vec();
    if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        asked.push(Ipv6Addr::LOCALHOST.into());
    }
    for ip in asked {
        let asked = SocketAddr::new(ip, worker.port());
        assert_eq!(check(&mut browser, &socket(ip), asked), asked);
    }
}

#[test]
fn garbage_is_counted_and_answered_with_nothing() {
    let worker = Worker::start();
    let mut browser = worker.join(1);
    let asked: SocketAddr = (Ipv4Addr::LOCALHOST, worker.port()).into();
    let socket = socket(asked.ip());
    socket.send_to(&[], asked).unwrap();
    socket.send_to(&[0xff; 40], asked).unwrap();
    socket.send_to(&[0x55; 1501], asked).unwrap();
    socket.send_to(&[0, 1, 0, 0], asked).unwrap();
    socket.send_to(&[22, 0xfe, 0xfd, 0], asked).unwrap();
    socket.send_to(&[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9], asked).unwrap();
    // More than are taken at once: the check that comes last is answered first.
    for _ in 0..200 {
        socket.send_to(&[0xff], asked).unwrap();
    }
    assert_eq!(check(&mut browser, &socket, asked), asked);
    worker.handle.stop();
    let counters = worker.handle.counters();
    assert_eq!((counters.bad_class, counters.bad_stun), (203, 1));
    assert_eq!((counters.dtls_unchecked, counters.media_unknown), (1, 1));
    assert_eq!((counters.datagrams_in, counters.datagrams_out), (207, 1));
    assert_eq!((counters.ice_checks, counters.kernel_dropped), (1, 0));
}

#[test]
fn a_worker_that_is_stopped_gives_its_port_back() {
    let worker = Worker::start();
    let Worker { handle, events } = worker;
    assert!(handle.is_alive());
    let address = handle.local_addr();
    assert!(UdpSocket::bind(address).is_err());
    handle.stop();
    assert!(!handle.is_alive());
    assert!(events.recv().is_err(), "nobody is left to tell of anything");
    assert!(matches!(handle.send(Worker::join_request()), Err(Full(Command::Join(_)))));
    assert!(UdpSocket::bind(address).is_ok());
    handle.stop();
}
