//! strace(1), attached to a running server: what it asks of the system, in order, and what the
//! system is made to answer.
//!
//! Owns the process and its log. Where there is no strace, or it may not attach, a test says so
//! and proves nothing.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use hearth_tests::Server;

/// Attaching takes less.
const ATTACHED_BY: Duration = Duration::from_secs(20);

pub(crate) struct Strace {
    process: Child,
    log: PathBuf,
}

impl Strace {
    /// Attaches to all threads of a server, with a log in `folder`. `None`, with a line that says why, where that cannot be
    /// done.
    pub(crate) fn attach(server: &Server, folder: &Path, options: &[&str]) -> Option<Self> {
        let log = folder.join(format!("strace-{}.log", rand::random::<u32>()));
        let started = Command::new("strace")
            .args(["-f", "-y", "-s", "6000", "-o"])
            .arg(&log)
            .args(options)
            .args(["-p", &server.pid().to_string()])
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) => {
                println!("skipped: strace ({error}); on Debian, install the package strace");
                return None;
            }
        };
        // One line per thread; the first says that all are held.
        let said = process.stderr.take().map(BufReader::new)?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let first = told.recv_timeout(ATTACHED_BY).unwrap_or_default();
        if !first.contains("attached") {
            println!("skipped: strace may not attach here ({first})");
            let _ = process.kill();
            let _ = process.wait();
            return None;
        }
        Some(Self { process, log })
    }

    /// Lets the server go on by itself; the lines of the log.
    pub(crate) fn detach(mut self) -> Vec<String> {
        let interrupt = format!("kill -INT {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
        self.process.wait().unwrap();
        let log = fs::read(&self.log).unwrap();
        String::from_utf8_lossy(&log).lines().map(str::to_owned).collect()
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The call that a line begins or ends: its name, and whether it is over.
pub(crate) fn call(line: &str) -> Option<(&str, bool)> {
    // `123 fsync(7</path>) = 0`, `123 fsync(7</path> <unfinished ...>`, `123 <... fsync resumed>…`
    let rest = line.split_once(' ')?.1.trim_start();
    if let Some(resumed) = rest.strip_prefix("<... ") {
        return Some((resumed.split(' ').next()?, true));
    }
    Some((rest.split_once('(')?.0, !rest.ends_with("<unfinished ...>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        for (line, expected) in [
            ("12 fdatasync(9</a/hearth.db-wal>) = 0", Some(("fdatasync", true))),
            ("12    fdatasync(9</a>) = -1 EIO (x) (INJECTED)", Some(("fdatasync", true))),
            ("12 fsync(9</a/b> <unfinished ...>", Some(("fsync", false))),
            ("12 <... fsync resumed>) = 0", Some(("fsync", true))),
            ("12 +++ exited with 0 +++", None),
        ] {
            assert_eq!(call(line), expected, "{line}");
        }
    }
}
