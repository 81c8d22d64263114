//! What another process uses, from `/proc` (proc(5)).
//!
//! Owns the reading; Linux only.

use std::{fs, time::Duration};

use crate::Error;

/// Kernel ticks per second in `/proc/PID/stat`: 100 on every Linux that matters (USER_HZ).
const TICKS: u64 = 100;

/// CPU time and memory of a process at some moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) userspace: Duration,
    pub(crate) kernel: Duration,
    /// Resident memory, KiB.
    pub(crate) rss_kib: u64,
}

impl Usage {
    /// Of the process `pid`, now.
    pub(crate) fn of(pid: u32) -> Result<Self, Error> {
        let read = |name: &str| {
            let path = format!("/proc/{pid}/{name}");
            fs::read_to_string(&path).map_err(|error| Error::file(path.as_ref(), error))
        };
        let unreadable = || Error::file(format!("/proc/{pid}").as_ref(), "unreadable");
        let stat = read("stat")?;
        // The second field is the command in brackets, and may hold anything.
        let after = stat.rsplit_once(')').map(|(_, after)| after).ok_or_else(unreadable)?;
        let mut fields = after.split_whitespace().skip(11).map(str::parse::<u64>);
        let mut ticks = || fields.next().and_then(Result::ok).ok_or_else(unreadable);
        let ms = |ticks: u64| Duration::from_millis(ticks * (1000 / TICKS));
        let (userspace, kernel) = (ms(ticks()?), ms(ticks()?));
        let status = read("status")?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let rss = rss.and_then(|rss| rss.split_whitespace().next()?.parse().ok());
        Ok(Self { userspace, kernel, rss_kib: rss.ok_or_else(unreadable)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sees_oneself_and_not_nobody() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.rss_kib > 500);
        assert!(Usage::of(u32::MAX).is_err());
    }
}
