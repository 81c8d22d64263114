//! The program `hearth`, started for one test.
//!
//! Owns the process, its port, its folder and what it printed.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tokio::net::TcpStream;

use crate::{Reply, program};

/// A debug build on a loaded machine starts well within this.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Longer than `server.shutdown_grace_ms`.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Lines of output that a failed test shows.
const LINES_SHOWN: usize = 60;

/// A running server. Dropping it kills the process; if the test failed, its last lines are shown.
#[derive(Debug)]
pub struct Server {
    child: Child,
    http: SocketAddr,
    folder: PathBuf,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts `hearth` on a free port of 127.0.0.1 with `settings` over the defaults, and returns
    /// once it listens: `Server::start(&[("sfu.slots", "10"), ("limits.enabled", "false")])`.
    ///
    /// # Panics
    /// If the program is not built, or ends, or does not listen in time.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_in(settings, &[])
    }

    /// As [`Server::start`], with more variables in its environment.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_in(settings: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        let folder = new_folder();
        let mut command = Command::new(program("hearth"));
        command
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("HEARTH_SERVER__LISTEN", "127.0.0.1:0")
            .env("NO_COLOR", "1");
        // What says something to the tests says nothing to the program.
        for name in ["PORT", "CLIENT_URL", "REDIS_URL", "RUST_LOG", "HEARTH_BIN", "HEARTH_KILLS"] {
            command.env_remove(name);
        }
        for (key, value) in settings {
            command.env(format!("HEARTH_{}", key.to_uppercase().replace('.', "__")), value);
        }
        command.envs(environment.iter().copied());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("hearth did not start: {error}"));
        let lines = Arc::default();
        let (listening, listens) = mpsc::channel();
        for output in [
            child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
            child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        ] {
            let (lines, listening) = (Arc::clone(&lines), listening.clone());
            thread::spawn(move || read(output, &lines, &listening));
        }
        drop(listening);
        // The channel closes when the process ends before it listens.
        let http = listens.recv_timeout(START_TIMEOUT);
        let mut server =
            Self { child, http: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), folder, lines };
        server.http = match http {
            Ok(address) => address,
            Err(why) => panic!("hearth does not listen ({why}):\n{}", server.output()),
        };
        server
    }

    /// Where HTTP is served; a wildcard address is given as 127.0.0.1.
    #[must_use]
    pub const fn http(&self) -> SocketAddr {
        self.http
    }

    /// The URL of the WebSocket.
    #[must_use]
    pub fn ws(&self) -> String {
        format!("ws://{}/ws", self.http)
    }

    /// Where media is taken: the same address and port number.
    #[must_use]
    pub const fn udp(&self) -> SocketAddr {
        self.http
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// One HTTP request on a connection of its own.
    ///
    /// # Panics
    /// If no whole response comes.
    pub async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let socket = TcpStream::connect(self.http).await;
        let reply = match socket {
            Ok(mut socket) => Reply::to(&mut socket, method, path, headers, body).await,
            Err(error) => Err(error),
        };
        reply.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// How many people `/api/rooms` counts in all rooms.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn people(&self) -> u64 {
        let reply = self.ask("GET", "/api/rooms", "", b"").await;
        let counts = reply.text().split("\"users\":").skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..end].parse::<u64>().unwrap_or_default()
        });
        counts.sum()
    }

    /// The sum of the figures in `/metrics` whose line begins with `name`.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn figure(&self, name: &str) -> f64 {
        let reply = self.ask("GET", "/metrics", "", b"").await;
        let lines = reply.text().lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Everything printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Panics
    /// If the process does not end in time.
    pub fn stop(self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.pid());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{kill} failed");
        self.wait()
    }

    /// Waits for the end, after something that leads to it.
    ///
    /// # Panics
    /// If the process does not end in time.
    pub fn wait(mut self) -> ExitStatus {
        let deadline = Instant::now() + STOP_TIMEOUT;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) if Instant::now() < deadline => {
                    // std has no wait with a timeout.
                    thread::sleep(Duration::from_millis(10));
                }
                _ => panic!("hearth did not end within {STOP_TIMEOUT:?}"),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
        if thread::panicking() {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            let from = lines.len().saturating_sub(LINES_SHOWN);
            eprintln!("--- the last lines of hearth {}:", self.http);
            lines[from..].iter().for_each(|line| eprintln!("{line}"));
        }
    }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("hearth-test-{}-{number}", std::process::id()));
    if let Err(error) = fs::create_dir_all(&folder) {
        panic!("{}: {error}", folder.display());
    }
    folder
}

fn read(
    output: Option<Box<dyn Read + Send>>,
    lines: &Mutex<Vec<String>>,
    listening: &mpsc::Sender<SocketAddr>,
) {
    let Some(output) = output else { return };
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some(address) = listen_address(&line) {
            let _ = listening.send(address);
        }
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// The address in a line like `listening on http://[::]:8080`.
fn listen_address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening on ")?;
    let (_, rest) = rest.split_once("http://")?;
    let end = rest.find(|c: char| c.is_whitespace() || "/,\"".contains(c)).unwrap_or(rest.len());
    let authority = rest[..end].replace("localhost", "127.0.0.1");
    let mut address: SocketAddr = authority.parse().ok()?;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_understood() {
        for (line, address) in [
            ("listening on http://127.0.0.1:4711", "127.0.0.1:4711"),
            ("2026-01-01T00:00:00Z INFO hearth: listening on http://[::]:80/", "127.0.0.1:80"),
            ("{\"message\":\"listening on http://0.0.0.0:81\"}", "127.0.0.1:81"),
        ] {
            assert_eq!(listen_address(line), Some(address.parse().unwrap()), "{line}");
        }
        assert_eq!(listen_address("listening on udp 127.0.0.1:4711"), None);
    }
}
