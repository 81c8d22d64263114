//! The floor of chat: what the kernel alone takes to write a message to everybody over loopback.
//!
//! Owns as many TCP connections as there are readers, and a thread that drains them. The writer's
//! CPU time per write is what no server gets below that writes one message to each socket.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::load::socket::{Epoll, thread_cpu};

/// How long it writes.
const LASTS: Duration = Duration::from_secs(2);
/// Connections at most: it is a cost for each, and they cost file descriptors.
const MAX_READERS: usize = 1000;

/// The writer's CPU time per message of `size` bytes to one of `readers`, µs. Each message goes
/// to all of them, `rate` messages per second, as fast as that can be kept up.
pub(super) fn measure(readers: usize, size: usize, rate: u32) -> io::Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (mut writers, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..readers.clamp(1, MAX_READERS) {
        let end = TcpStream::connect(listener.local_addr()?)?;
        end.set_nonblocking(true)?;
        let (writer, _) = listener.accept()?;
        writer.set_nodelay(true)?;
        ends.push(end);
        writers.push(writer);
    }
    let done = Arc::new(AtomicBool::new(false));
    let drain = thread::spawn({
        let done = Arc::clone(&done);
        move || drain(ends, &done)
    });
    let message = vec![0x55; size.clamp(1, 16 << 10)];
    let pace = Duration::from_secs(1) / rate.max(1);
    let (began, mut due, mut cpu, mut written) =
        (Instant::now(), Duration::ZERO, Duration::ZERO, 0_u32);
    while began.elapsed() < LASTS {
        thread::sleep(due.saturating_sub(began.elapsed()));
        due += pace;
        let before = thread_cpu();
        for writer in &mut writers {
            writer.write_all(&message)?;
            written += 1;
        }
        cpu += thread_cpu() - before;
    }
    done.store(true, Ordering::Relaxed);
    drain.join().map_err(|_| io::Error::other("the draining thread failed"))??;
    Ok(cpu.as_secs_f64() * 1e6 / f64::from(written))
}

/// Reads what comes, until it is `done`.
fn drain(mut ends: Vec<TcpStream>, done: &AtomicBool) -> io::Result<()> {
    let mut epoll = Epoll::new()?;
    for (token, end) in ends.iter().enumerate() {
        epoll.watch(end.as_fd(), token as u64)?;
    }
    let mut bytes = vec![0; 16 << 10];
    while !done.load(Ordering::Relaxed) {
        let ready: Vec<u64> = epoll.wait(Duration::from_millis(20))?.collect();
        for token in ready {
            match ends[token as usize].read(&mut bytes) {
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_to_everybody_costs_something() {
        let floor = measure(20, 300, 100).unwrap();
        assert!((0.1..10_000.0).contains(&floor), "{floor} µs");
    }
}
