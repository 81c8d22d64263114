//! The floor: what the kernel alone takes to send a datagram over loopback.
//!
//! Owns a sender, and a receiver that drains it on a thread of its own. The sender's CPU time per
//! datagram of `sendmmsg(64)` is what no server that sends through sockets gets below.

use std::{
    io,
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::SockRef;

use super::socket::{BATCH, Batch, Epoll, send_batch, thread_cpu};

/// How long one repetition sends.
const REPETITION: Duration = Duration::from_millis(200);

/// The sender's CPU time per datagram of `size` bytes, µs: one figure per repetition.
pub(crate) fn measure(size: usize, repetitions: usize) -> io::Result<Vec<f64>> {
    use std::os::fd::AsFd;

    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    SockRef::from(&receiver).set_recv_buffer_size(4 << 20)?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;
    let done = Arc::new(AtomicBool::new(false));
    let drain = thread::spawn({
        let done = Arc::clone(&done);
        move || -> io::Result<()> {
            let (mut epoll, mut batch) = (Epoll::new()?, Batch::new());
            epoll.watch(receiver.as_fd(), 0)?;
            while !done.load(Ordering::Relaxed) {
                if epoll.wait(Duration::from_millis(20))?.next().is_some() {
                    while batch.receive(&receiver).is_ok_and(|received| received == BATCH) {}
                }
            }
            Ok(())
        }
    });
    let mut datagram = vec![0x55; size.clamp(1, 1500)];
    let mut figures = Vec::with_capacity(repetitions);
    for _ in 0..repetitions {
        let (began, cpu) = (Instant::now(), thread_cpu());
        let mut sent = 0;
        while began.elapsed() < REPETITION {
            sent += send_batch(&sender, &mut datagram)?;
        }
        figures.push((thread_cpu() - cpu).as_secs_f64() * 1e6 / sent.max(1) as f64);
    }
    done.store(true, Ordering::Relaxed);
    drain.join().map_err(|_| io::Error::other("the draining thread failed"))??;
    Ok(figures)
}

/// The middle of some figures; 0 of none.
pub(crate) fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_costs_something() {
        let mut figures = measure(140, 2).unwrap();
        assert_eq!(figures.len(), 2);
        let floor = median(&mut figures);
        assert!((0.1..1000.0).contains(&floor), "{floor} µs");
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }
}
