//! A server of Redis, started for one test, that can be killed, paused and broken in other ways.
//!
//! Owns the process, its port and its folder. Every write is on its disk before it is answered.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Starting and loading takes less.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub struct Redis {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Redis {
    /// Starts `redis-server` on a free port and returns once it answers.
    ///
    /// # Panics
    /// If the program is not installed or does not answer in time.
    #[must_use]
    pub fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("hearth-redis-{}-{number}", std::process::id()));
        if let Err(error) = fs::create_dir_all(&folder) {
            panic!("{}: {error}", folder.display());
        }
        let port = free_port();
        let redis = Self { process: spawn(port, &folder), port, folder };
        redis.wait();
        redis
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash would.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn kill(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        assert!(ended.is_ok(), "{ended:?}");
    }

    /// Starts it again in its folder, after a [`kill`](Self::kill).
    ///
    /// # Panics
    /// If it does not answer in time.
    pub fn restart(&mut self) {
        self.process = spawn(self.port, &self.folder);
        self.wait();
    }

    /// Keeps a copy of what is on its disk, for [`lose`](Self::lose).
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn keep(&self) {
        copy(&self.folder, &self.kept());
    }

    /// Ends it and starts it again with what it had at the last [`keep`](Self::keep): with nothing
    /// if it was never kept.
    ///
    /// # Panics
    /// If it does not answer in time.
    pub fn lose(&mut self) {
        self.kill();
        let emptied = fs::remove_dir_all(&self.folder);
        assert!(emptied.is_ok(), "{emptied:?}");
        if self.kept().exists() {
            copy(&self.kept(), &self.folder);
        } else {
            let made = fs::create_dir_all(&self.folder);
            assert!(made.is_ok(), "{made:?}");
        }
        self.restart();
    }

    fn kept(&self) -> PathBuf {
        self.folder.with_extension("kept")
    }

    /// Stops it where it is: it takes connections and answers nothing.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// One command; the whole answer comes back as it was sent.
    ///
    /// # Panics
    /// If none comes.
    pub fn ask(&self, command: &str) -> String {
        self.try_ask(command).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn try_ask(&self, command: &str) -> std::io::Result<String> {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        socket.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        // The last word is the answer to QUIT.
        Ok(answer.strip_suffix("+OK\r\n").unwrap_or(&answer).to_owned())
    }

    fn wait(&self) {
        let began = Instant::now();
        while self.try_ask("PING").ok().as_deref() != Some("+PONG\r\n") {
            assert!(began.elapsed() < START_TIMEOUT, "redis-server does not answer");
            // Nothing tells when it does.
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{kill} failed");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_dir_all(self.kept());
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "{} is not copied", from.display());
}

fn spawn(port: u16, folder: &PathBuf) -> Child {
    let started = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
        .arg(folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    started.unwrap_or_else(|error| {
        panic!("redis-server ({error}); on Debian, install the package redis-server")
    })
}

/// redis-server takes port 0 for none at all.
fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    free.map_or_else(|error| panic!("no free port: {error}"), |address| address.port())
}
