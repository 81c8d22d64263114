//! The whole server: its ports, its parts, its end.
//!
//! Owns the order in which things start and stop. Never decides what they do.

use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hearth_config::Settings;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::watch,
};

use crate::{App, advertise, app::AppError, connections, http::Http, metrics, store::Store};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Connections that are not WebSockets, at most.
const MAX_CONNECTIONS: usize = 4096;

/// Free ports that are tried until one is free for TCP and UDP alike.
const PORT_TRIES: usize = 16;

const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// A server that holds its ports.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

/// Why a server cannot start. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The TCP port cannot be had.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// As set.
        address: SocketAddr,
        /// What the system said, and what to do.
        reason: String,
    },
    /// The system does not say which port was taken.
    #[error(transparent)]
    Port(#[from] io::Error),
    /// The figures cannot be counted.
    #[error(transparent)]
    Figures(#[from] metrics_exporter_prometheus::BuildError),
    /// A part of the server cannot start.
    #[error(transparent)]
    Part(#[from] AppError),
}

impl Server {
    /// Takes the ports and starts every part; nobody is served before [`run`](Self::run).
    ///
    /// With port 0 in `server.listen` a port is taken that is free for TCP and UDP.
    ///
    /// # Errors
    /// A port cannot be had, or the store or the media plane does not start.
    pub async fn start(mut settings: Settings, store: Arc<dyn Store>) -> Result<Self, StartError> {
        metrics::start()?;
        let listener = listen(settings.server.listen, settings.sfu.listen.is_none()).await?;
        let address = listener.local_addr()?;
        settings.server.listen = address;
        let app = App::start(settings, store).await?;
        Ok(Self { listener, address, app })
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where media is taken.
    #[must_use]
    pub fn voice_address(&self) -> Option<SocketAddr> {
        self.app.media.local_address()
    }

    /// The parts.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// URLs under which people find the page, the best for this machine first.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        let ip = self.address.ip();
        let mut urls = Vec::new();
        if ip.is_unspecified() || ip.is_loopback() {
            urls.push(format!("http://localhost:{}", self.address.port()));
        }
        let others = advertise::local(self.address).into_iter().filter(|it| !it.ip().is_loopback());
        urls.extend(others.map(|address| format!("http://{address}")));
        urls
    }

    /// Serves until `stop` resolves; then lets those who talk go on for `server.drain_ms` at most,
    /// closes every session and voice, waits for them at most `server.shutdown_grace_ms`, and
    /// returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, app, .. } = self;
        let http = Http::new(Arc::clone(&app));
        let (stopping, stopped) = watch::channel(false);
        let serving =
            tokio::spawn(connections::serve(listener, http.router(), MAX_CONNECTIONS, stopped));
        let upkeep = tokio::spawn(async {
            let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
            loop {
                interval.tick().await;
                metrics::upkeep();
            }
        });

        stop.await;
        app.drain().await;
        tracing::info!("stopping");
        app.stop();
        http.resources.close_all();
        stopping.send_replace(true);
        let closed = async {
            http.sockets_closed().await;
            // Only fails if the accept loop panicked, which the log tells.
            let _ = serving.await;
        };
        if tokio::time::timeout(app.settings.server.shutdown_grace, closed).await.is_err() {
            tracing::warn!("some connections did not close in time");
        }
        app.farewell().await;
        app.media.stop().await;
        upkeep.abort();
        tracing::info!("stopped");
    }
}

/// Listens on `address`; on IPv4 alone where `[::]` is wanted and there is no IPv6.
async fn listen(address: SocketAddr, udp_too: bool) -> Result<TcpListener, StartError> {
    let fail = |error: io::Error| StartError::Listen { address, reason: advice(&error, address) };
    for _ in 0..PORT_TRIES {
        let listener = match bind(address) {
            Err(error) if address.ip().is_unspecified() && lacks_ipv6(&error) => {
                bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), address.port()))
            }
            bound => bound,
        };
        let listener = listener.map_err(fail)?;
        let bound = listener.local_addr().map_err(fail)?;
        if address.port() != 0 || !udp_too || UdpSocket::bind(bound).await.is_ok() {
            return Ok(listener);
        }
    }
    Err(fail(io::ErrorKind::AddrInUse.into()))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn lacks_ipv6(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(libc::EAFNOSUPPORT)
}

/// What went wrong and what to do about it.
pub(crate) fn advice(error: &io::Error, address: SocketAddr) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "something else uses port {}; stop it, or choose another port with PORT=… or \
             server.listen",
            address.port()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "port {} needs privileges; choose one from 1024 up with PORT=… or server.listen",
            address.port()
        ),
        io::ErrorKind::AddrNotAvailable => {
            format!("{} is not an address of this machine; see server.listen", address.ip())
        }
        _ => error.to_string(),
    }
}
