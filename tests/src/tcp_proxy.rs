//! A TCP path that can be cut: it stands between a server and whoever connects.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What the path does with what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    /// Connections break, new ones are closed at once.
    Cut,
}

/// A path. Dropping it breaks every connection.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    target: watch::Sender<Option<SocketAddr>>,
    accepting: JoinHandle<()>,
}

impl TcpProxy {
    /// Binds a free port of 127.0.0.1. Connections wait until [`Self::lead_to`].
    ///
    /// # Errors
    /// If no port is free.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (mode, target) = (watch::Sender::new(Mode::Open), watch::Sender::new(None));
        let accepting = tokio::spawn(accept(listener, target.subscribe(), mode.subscribe()));
        Ok(Self { address, mode, target, accepting })
    }

    /// Where to connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Names the server, which may have started after the proxy.
    pub fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(Some(target));
    }

    /// Breaks every connection and refuses new ones, or lets them in again.
    pub fn cut(&self, cut: bool) {
        self.mode.send_replace(if cut { Mode::Cut } else { Mode::Open });
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.mode.send_replace(Mode::Cut);
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    target: watch::Receiver<Option<SocketAddr>>,
    mode: watch::Receiver<Mode>,
) {
    loop {
        let Ok((near, _)) = listener.accept().await else { continue };
        if *mode.borrow() == Mode::Open {
            tokio::spawn(join(near, target.clone(), mode.clone()));
        }
    }
}

async fn join(
    mut near: TcpStream,
    mut target: watch::Receiver<Option<SocketAddr>>,
    mut mode: watch::Receiver<Mode>,
) {
    let through = async {
        let target = *target.wait_for(Option::is_some).await.ok()?;
        let mut far = TcpStream::connect(target?).await.ok()?;
        copy_bidirectional(&mut near, &mut far).await.ok()
    };
    tokio::select! {
        _ = through => {}
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_cut_breaks_what_is_open_and_refuses_until_healed() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = TcpProxy::bind().await.unwrap();
        proxy.lead_to(server.local_addr().unwrap());
        let mut buffer = [0; 1];

        let mut near = TcpStream::connect(proxy.address()).await.unwrap();
        near.write_all(&[7]).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        far.read_exact(&mut buffer).await.unwrap();
        assert_eq!(buffer, [7]);

        proxy.cut(true);
        assert!(matches!(near.read(&mut buffer).await, Ok(0) | Err(_)));
        assert!(matches!(far.read(&mut buffer).await, Ok(0) | Err(_)));
        let mut refused = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(matches!(refused.read(&mut buffer).await, Ok(0) | Err(_)));

        proxy.cut(false);
        let mut near = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        far.write_all(&[9]).await.unwrap();
        near.read_exact(&mut buffer).await.unwrap();
        assert_eq!(buffer, [9]);
    }
}
