//! Waiting for the socket or for somebody who has a command.
//!
//! Owns the wake-up and the system call `ppoll`. Never says what it was that came.

#![allow(unsafe_code, reason = "the only way to these system calls; each block says why it holds")]

use std::{
    io,
    os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd},
    ptr,
    time::Duration,
};

use super::socket::UdpPort;

/// Wakes a worker that waits in [`wait`].
#[derive(Debug)]
pub(super) struct Waker(OwnedFd);

impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: no pointers; a descriptor that is not negative is new and nobody else's.
        unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            if fd < 0 {
                Err(io::Error::last_os_error())
            } else {
                Ok(Self(OwnedFd::from_raw_fd(fd)))
            }
        }
    }

    pub(super) fn wake(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: eight bytes that outlive the call. It fails only if a wake-up is due anyway.
        let _ = unsafe { libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    fn clear(&self) {
        let mut count = [0_u8; 8];
        // SAFETY: eight bytes that outlive the call.
        let _ = unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

/// Waits until something has arrived, can be sent (if `to_send`), somebody wakes, or time is up.
pub(super) fn wait(port: &UdpPort, waker: &Waker, to_send: bool, timeout: Option<Duration>) {
    let interest = if to_send { libc::POLLIN | libc::POLLOUT } else { libc::POLLIN };
    let mut fds = [
        libc::pollfd { fd: port.as_fd().as_raw_fd(), events: interest, revents: 0 },
        libc::pollfd { fd: waker.0.as_raw_fd(), events: libc::POLLIN, revents: 0 },
    ];
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: two pollfds and, if any, a timespec that outlive the call. An error (EINTR) is a
    // wake-up like any other.
    let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), 2, timeout, ptr::null()) };
    if ready > 0 && fds[1].revents != 0 {
        waker.clear();
    }
}
