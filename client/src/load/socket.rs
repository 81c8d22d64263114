//! System calls that the standard library does not offer: batches of datagrams, epoll, CPU time.
//!
//! Owns every `unsafe` of this crate. Each call passes pointers to memory that the call's own
//! frame or arguments keep alive and of the length it names; file descriptors are borrowed from
//! living owners. Never keeps a pointer beyond a call.

#![allow(unsafe_code, reason = "recvmmsg, sendmmsg, epoll and clock_gettime have no safe form")]

use std::{
    io,
    mem::MaybeUninit,
    net::UdpSocket,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    ptr,
    time::Duration,
};

/// Datagrams per system call.
pub(crate) const BATCH: usize = 64;
/// The largest datagram that is taken whole, bytes.
const DATAGRAM: usize = 2048;

/// Room for a batch of received datagrams.
pub(crate) struct Batch {
    buffers: Vec<[u8; DATAGRAM]>,
    lengths: [usize; BATCH],
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { buffers: vec![[0; DATAGRAM]; BATCH], lengths: [0; BATCH] }
    }

    /// The n-th datagram of the last batch.
    pub(crate) fn datagram(&mut self, n: usize) -> &mut [u8] {
        let length = self.lengths[n];
        &mut self.buffers[n][..length]
    }

    /// Takes what has arrived, without waiting; how many.
    pub(crate) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        let mut slices = self
            .buffers
            .iter_mut()
            .map(|buffer| libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: DATAGRAM });
        let empty = libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 };
        let mut slices: [_; BATCH] = std::array::from_fn(|_| slices.next().unwrap_or(empty));
        let mut messages = headers(&mut slices);
        // SAFETY: `messages` are BATCH headers over `slices` over `self.buffers`, all alive here;
        // a null timeout is allowed.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                messages.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let received = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
        for (length, message) in self.lengths.iter_mut().zip(&messages[..received]) {
            *length = (message.msg_len as usize).min(DATAGRAM);
        }
        Ok(received)
    }
}

/// Sends the same datagram [`BATCH`] times over a connected socket; how many went.
pub(crate) fn send_batch(socket: &UdpSocket, datagram: &mut [u8]) -> io::Result<usize> {
    let slice = libc::iovec { iov_base: datagram.as_mut_ptr().cast(), iov_len: datagram.len() };
    let mut slices = [slice; BATCH];
    let mut messages = headers(&mut slices);
    // SAFETY: `messages` are BATCH headers over `slices` over `datagram`, all alive here; the
    // kernel only reads them.
    let sent =
        unsafe { libc::sendmmsg(socket.as_raw_fd(), messages.as_mut_ptr(), BATCH as u32, 0) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

fn headers(slices: &mut [libc::iovec; BATCH]) -> [libc::mmsghdr; BATCH] {
    // SAFETY: an all-zero header is valid: no name, no control data, no slices.
    let empty: libc::mmsghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    let mut messages = [empty; BATCH];
    for (message, slice) in messages.iter_mut().zip(slices) {
        message.msg_hdr.msg_iov = slice;
        message.msg_hdr.msg_iovlen = 1;
    }
    messages
}

/// Waits for many sockets at once.
pub(crate) struct Epoll {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just opened and has no other owner.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { fd, events: vec![libc::epoll_event { events: 0, u64: 0 }; 512] })
    }

    /// Watches a socket for arrivals, for as long as it lives.
    pub(crate) fn watch(&self, socket: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
        // SAFETY: both descriptors are alive; `event` is only read during the call.
        let done = unsafe {
            libc::epoll_ctl(
                self.fd.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                socket.as_raw_fd(),
                &raw mut event,
            )
        };
        if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Waits for at most `timeout`; the tokens of those that have something.
    pub(crate) fn wait(&mut self, timeout: Duration) -> io::Result<impl Iterator<Item = u64>> {
        let timeout = libc::timespec {
            tv_sec: timeout.as_secs().min(3600) as libc::time_t,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        // SAFETY: `events` is as long as told and outlives the call; the signal mask may be null.
        let ready = unsafe {
            libc::epoll_pwait2(
                self.fd.as_raw_fd(),
                self.events.as_mut_ptr(),
                self.events.len() as i32,
                &raw const timeout,
                ptr::null(),
            )
        };
        let ready = match usize::try_from(ready) {
            Ok(ready) => ready,
            Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => 0,
            Err(_) => return Err(io::Error::last_os_error()),
        };
        Ok(self.events[..ready].iter().map(|event| event.u64))
    }
}

/// The CPU time of the calling thread, user and kernel.
pub(crate) fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is alive and written by the call; this clock always exists on Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_batch_arrives_and_epoll_tells() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        let mut epoll = Epoll::new().unwrap();
        epoll.watch(receiver.as_fd(), 7).unwrap();
        assert_eq!(epoll.wait(Duration::ZERO).unwrap().count(), 0);
        assert_eq!(send_batch(&sender, &mut [1, 2, 3]).unwrap(), BATCH);
        assert_eq!(epoll.wait(Duration::from_secs(5)).unwrap().collect::<Vec<_>>(), [7]);
        let mut batch = Batch::new();
        assert_eq!(batch.receive(&receiver).unwrap(), BATCH);
        assert_eq!(batch.datagram(BATCH - 1), [1, 2, 3]);
        assert_eq!(batch.receive(&receiver).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(thread_cpu() > Duration::ZERO);
    }
}
