//! A UDP path that fails as told: it stands between one server and any number of peers.
//!
//! Each peer address gets a socket of its own towards the server, as behind a NAT. Owns the
//! sockets and the delays; which datagram fares how is [`Dice`]'s.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{net::UdpSocket, task::JoinHandle};

use crate::{Dice, Impairment};

/// More peer addresses than any test has; further ones are not forwarded.
const MAX_FLOWS: usize = 1024;
const MAX_DATAGRAM_BYTES: usize = 65_536;

/// What became of the datagrams so far, both directions together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Sent on, copies included.
    pub forwarded: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Swallowed while the path was cut, or before it had a target.
    pub cut: u64,
}

/// A path. Dropping it cuts it for ever.
#[derive(Debug)]
pub struct UdpProxy {
    address: SocketAddr,
    path: Arc<Path>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Path {
    front: UdpSocket,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    target: Option<SocketAddr>,
    impairment: Impairment,
    cut: bool,
    deaf: bool,
    seed: u64,
    flows: HashMap<SocketAddr, Flow>,
    counts: Counts,
}

#[derive(Debug)]
struct Flow {
    back: Arc<UdpSocket>,
    returning: JoinHandle<()>,
    up: Dice,
    down: Dice,
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.returning.abort();
    }
}

impl UdpProxy {
    /// Binds a free port of this machine's own address. Everything is swallowed until [`Self::lead_to`].
    ///
    /// # Errors
    /// If no port is free.
    pub async fn bind(seed: u64) -> io::Result<Self> {
        let front = UdpSocket::bind((own_address(), 0)).await?;
        let address = front.local_addr()?;
        let state = Mutex::new(State {
            target: None,
            impairment: Impairment::default(),
            cut: false,
            deaf: false,
            seed,
            flows: HashMap::new(),
            counts: Counts::default(),
        });
        let path = Arc::new(Path { front, state });
        let accepting = tokio::spawn(accept(Arc::clone(&path)));
        Ok(Self { address, path, accepting })
    }

    /// Where peers send to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Names the server, which may have started after the proxy.
    pub fn lead_to(&self, target: SocketAddr) {
        self.path.state().target = Some(target);
    }

    /// From now on the path fails like this.
    pub fn impair(&self, impairment: Impairment) {
        self.path.state().impairment = impairment;
    }

    /// Cuts the path both ways, or heals it.
    pub fn cut(&self, cut: bool) {
        self.path.state().cut = cut;
    }

    /// Cuts the way to the peers alone, or heals it: the server hears them, they do not hear it.
    pub fn deafen(&self, deaf: bool) {
        self.path.state().deaf = deaf;
    }

    /// Every peer comes from a new address from now on, as after a change of network; what the
    /// server sends to the old ones is lost.
    pub fn change_addresses(&self) {
        self.path.state().flows.clear();
    }

    /// What became of the datagrams so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.path.state().counts
    }
}

impl Drop for UdpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.path.state().flows.clear();
    }
}

impl Path {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(path: Arc<Path>) {
    let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
    loop {
        // A closed port of a peer is reported here; it says nothing about the others.
        let Ok((len, peer)) = path.front.recv_from(&mut buffer).await else { continue };
        if !path.state().flows.contains_key(&peer) {
            open(&path, peer).await;
        }
        let mut state = path.state();
        let State { target: Some(target), .. } = *state else {
            state.counts.cut += 1;
            continue;
        };
        let Some(back) = state.flows.get(&peer).map(|flow| Arc::clone(&flow.back)) else {
            continue;
        };
        for delay in state.roll(peer, |flow| &mut flow.up) {
            let (back, bytes) = (Arc::clone(&back), buffer[..len].to_vec());
            forward(delay, async move { back.send_to(&bytes, target).await });
        }
    }
}

async fn open(path: &Arc<Path>, peer: SocketAddr) {
    let Ok(back) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await else { return };
    let back = Arc::new(back);
    let mut state = path.state();
    if state.flows.len() >= MAX_FLOWS {
        return;
    }
    let returning = tokio::spawn(go_back(Arc::clone(path), peer, Arc::clone(&back)));
    let (up, down) = (Dice::new(state.seed), Dice::new(state.seed + 1));
    state.seed += 2;
    state.flows.insert(peer, Flow { back, returning, up, down });
}

async fn go_back(path: Arc<Path>, peer: SocketAddr, back: Arc<UdpSocket>) {
    let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
    loop {
        let Ok(len) = back.recv(&mut buffer).await else { continue };
        let fates = {
            let mut state = path.state();
            if state.deaf {
                state.counts.cut += 1;
                continue;
            }
            state.roll(peer, |flow| &mut flow.down)
        };
        for delay in fates {
            let (path, bytes) = (Arc::clone(&path), buffer[..len].to_vec());
            forward(delay, async move { path.front.send_to(&bytes, peer).await });
        }
    }
}

impl State {
    fn roll(&mut self, peer: SocketAddr, way: fn(&mut Flow) -> &mut Dice) -> Vec<Duration> {
        let Some(flow) = self.flows.get_mut(&peer) else { return Vec::new() };
        if self.cut {
            self.counts.cut += 1;
            return Vec::new();
        }
        let fates: Vec<_> = way(flow).roll(&self.impairment).collect();
        self.counts.forwarded += fates.len() as u64;
        self.counts.lost += u64::from(fates.is_empty());
        fates
    }
}

fn forward(delay: Duration, send: impl Future<Output = io::Result<usize>> + Send + 'static) {
    tokio::spawn(async move {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        // A send that fails is a datagram lost: what UDP promises.
        let _ = send.await;
    });
}

/// The address that this machine would reach others from: Firefox takes no candidate on 127.0.0.1.
fn own_address() -> Ipv4Addr {
    let own = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        // Only looks up the route: nothing is sent.
        socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9))?;
        socket.local_addr()
    });
    match own {
        Ok(std::net::SocketAddr::V4(own)) => *own.ip(),
        _ => Ipv4Addr::LOCALHOST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ends {
        peer: UdpSocket,
        server: UdpSocket,
        proxy: UdpProxy,
    }

    async fn ends() -> Ends {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let proxy = UdpProxy::bind(1).await.unwrap();
        proxy.lead_to(server.local_addr().unwrap());
        Ends { peer, server, proxy }
    }

    async fn receive(socket: &UdpSocket) -> Option<(u8, SocketAddr)> {
        let mut buffer = [0; 16];
        let wait = Duration::from_millis(300);
        let received = tokio::time::timeout(wait, socket.recv_from(&mut buffer)).await;
        received.ok().map(|received| (buffer[0], received.unwrap().1))
    }

    #[tokio::test]
    async fn datagrams_go_there_and_back() {
        let Ends { peer, server, proxy } = ends().await;
        peer.send_to(&[1], proxy.address()).await.unwrap();
        let (byte, from) = receive(&server).await.unwrap();
        assert_eq!(byte, 1);
        server.send_to(&[2], from).await.unwrap();
        assert_eq!(receive(&peer).await, Some((2, proxy.address())));
        assert_eq!(proxy.counts(), Counts { forwarded: 2, lost: 0, cut: 0 });
    }

    #[tokio::test]
    async fn a_cut_path_delivers_nothing_until_it_heals() {
        let Ends { peer, server, proxy } = ends().await;
        proxy.cut(true);
        peer.send_to(&[1], proxy.address()).await.unwrap();
        assert_eq!(receive(&server).await, None);
        proxy.cut(false);
        peer.send_to(&[2], proxy.address()).await.unwrap();
        assert_eq!(receive(&server).await.unwrap().0, 2);
        assert_eq!(proxy.counts().cut, 1);
    }

    #[tokio::test]
    async fn a_deaf_path_goes_one_way() {
        let Ends { peer, server, proxy } = ends().await;
        proxy.deafen(true);
        peer.send_to(&[1], proxy.address()).await.unwrap();
        let (byte, from) = receive(&server).await.unwrap();
        assert_eq!(byte, 1);
        server.send_to(&[2], from).await.unwrap();
        assert_eq!(receive(&peer).await, None);
        proxy.deafen(false);
        server.send_to(&[3], from).await.unwrap();
        assert_eq!(receive(&peer).await, Some((3, proxy.address())));
    }

    #[tokio::test]
    async fn a_changed_address_is_new_to_the_server_and_the_old_one_is_dead() {
        let Ends { peer, server, proxy } = ends().await;
        peer.send_to(&[1], proxy.address()).await.unwrap();
        let (_, before) = receive(&server).await.unwrap();
        proxy.change_addresses();
        peer.send_to(&[2], proxy.address()).await.unwrap();
        let (_, after) = receive(&server).await.unwrap();
        assert_ne!(before, after);
        server.send_to(&[3], before).await.unwrap();
        server.send_to(&[4], after).await.unwrap();
        assert_eq!(receive(&peer).await.unwrap().0, 4);
    }

    #[tokio::test]
    async fn loss_takes_its_share() {
        let Ends { peer, server, proxy } = ends().await;
        proxy.impair(Impairment::loss(0.5));
        let mut arrived = 0;
        for _ in 0..200 {
            peer.send_to(&[1], proxy.address()).await.unwrap();
        }
        while receive(&server).await.is_some() {
            arrived += 1;
        }
        assert!((60..140).contains(&arrived), "{arrived}");
        assert_eq!(proxy.counts().forwarded + proxy.counts().lost, 200);
    }

    #[tokio::test]
    async fn two_peers_have_two_addresses() {
        let Ends { peer, server, proxy } = ends().await;
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        peer.send_to(&[1], proxy.address()).await.unwrap();
        let (_, first) = receive(&server).await.unwrap();
        other.send_to(&[2], proxy.address()).await.unwrap();
        let (_, second) = receive(&server).await.unwrap();
        assert_ne!(first, second);
        server.send_to(&[5], second).await.unwrap();
        assert_eq!(receive(&other).await.unwrap().0, 5);
    }
}
