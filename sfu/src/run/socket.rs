//! The UDP socket: many datagrams a system call, each with the address of ours that it came to or
//! leaves from, and the time it lay in the kernel.
//!
//! Owns the system calls `recvmmsg` and `sendmmsg` and what they read and write.
//! Never looks into a datagram.

#![allow(unsafe_code, reason = "the only way to these system calls; each block says why it holds")]

use std::{
    io,
    mem::{self, MaybeUninit},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    os::fd::{AsFd, AsRawFd as _, BorrowedFd},
    ptr,
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::outlet::{LocalAddr, MAX_DATAGRAM, Path};

/// Datagrams a system call; more gain nothing (measured).
pub(super) const BATCH: usize = 64;

/// Datagrams that are asked for after a call that brought few.
const FEW: usize = 8;

/// Room for the packet info, the time of arrival and the count of drops.
const CONTROL: usize = 128;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

/// A bound, nonblocking socket.
#[derive(Debug)]
pub(super) struct UdpPort {
    socket: UdpSocket,
    ipv6: bool,
}

impl UdpPort {
    /// Binds `address`; `[::]` takes IPv4 too, and is `0.0.0.0` on a machine without IPv6.
    pub(super) fn bind(
        address: SocketAddr,
        receive_bytes: usize,
        send_bytes: usize,
    ) -> io::Result<Self> {
        match Self::bind_exactly(address, receive_bytes, send_bytes) {
            Err(error)
                if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && lacks_ipv6(&error) =>
            {
                let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
                Self::bind_exactly(address, receive_bytes, send_bytes)
            }
            bound => bound,
        }
    }

    fn bind_exactly(address: SocketAddr, receive: usize, send: usize) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        let ipv6 = address.is_ipv6();
        if ipv6 {
            socket.set_only_v6(false)?;
        }
        // The kernel caps these at its own bounds without saying so.
        socket.set_recv_buffer_size(receive)?;
        socket.set_send_buffer_size(send)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let port = Self { socket: socket.into(), ipv6 };
        if ipv6 {
            port.switch_on(libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)?;
        } else {
            port.switch_on(libc::IPPROTO_IP, libc::IP_PKTINFO)?;
        }
        port.switch_on(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS)?;
        port.switch_on(libc::SOL_SOCKET, libc::SO_RXQ_OVFL)?;
        Ok(port)
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn switch_on(&self, level: libc::c_int, name: libc::c_int) -> io::Result<()> {
        let on: libc::c_int = 1;
        // SAFETY: `on` lives through the call and its size is the one given.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                level,
                name,
                (&raw const on).cast(),
                mem::size_of_val(&on) as libc::socklen_t,
            )
        };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

fn lacks_ipv6(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL))
}

/// A datagram as it arrived.
pub(super) struct Arrival<'a> {
    pub(super) path: Path,
    pub(super) waited: Duration,
    /// Longer than [`MAX_DATAGRAM`]: the rest is gone.
    pub(super) truncated: bool,
    pub(super) datagram: &'a mut [u8],
}

/// Buffers for arriving datagrams.
pub(super) struct Inbox {
    buffers: Box<[[u8; MAX_DATAGRAM]; BATCH]>,
    names: Box<[libc::sockaddr_storage; BATCH]>,
    controls: Box<[Control; BATCH]>,
    lengths: [(usize, libc::c_int, usize); BATCH],
    /// How many are asked for: few while few come, for the kernel is told of each place.
    asked: usize,
    bound: LocalAddr,
    /// The kernel's count of datagrams that found its buffer full.
    pub(super) kernel_dropped: u64,
}

impl Inbox {
    pub(super) fn new(bound: SocketAddr) -> Self {
        Self {
            buffers: Box::new([[0; MAX_DATAGRAM]; BATCH]),
            // SAFETY: all zeros is a valid sockaddr_storage.
            names: Box::new(unsafe { mem::zeroed() }),
            controls: Box::new([Control([0; CONTROL]); BATCH]),
            lengths: [(0, 0, 0); BATCH],
            asked: FEW,
            bound: LocalAddr { ip: bound.ip().to_canonical(), interface: 0 },
            kernel_dropped: 0,
        }
    }

    /// Takes what has arrived, at most [`BATCH`]; returns how many, and whether there may be more.
    pub(super) fn receive(&mut self, port: &UdpPort) -> io::Result<(usize, bool)> {
        let asked = self.asked;
        let mut iovecs = [const { MaybeUninit::uninit() }; BATCH];
        let mut headers = [const { MaybeUninit::uninit() }; BATCH];
        for at in 0..asked {
            let iovec = iovecs[at].write(libc::iovec {
                iov_base: self.buffers[at].as_mut_ptr().cast(),
                iov_len: MAX_DATAGRAM,
            });
            // SAFETY: all zeros is a valid mmsghdr.
            let header: &mut libc::mmsghdr = headers[at].write(unsafe { mem::zeroed() });
            header.msg_hdr.msg_name = (&raw mut self.names[at]).cast();
            header.msg_hdr.msg_namelen =
                mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_iov = iovec;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = self.controls[at].0.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = CONTROL as _;
        }
        // SAFETY: the first `asked` headers are written; every pointer in them is to memory of
        // `self` or of this frame, of the length given beside it, that outlives the call.
        let received = unsafe {
            libc::recvmmsg(
                port.socket.as_raw_fd(),
                headers.as_mut_ptr().cast(),
                asked as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            return Err(io::Error::last_os_error());
        };
        for (length, header) in self.lengths.iter_mut().zip(&headers[..received]) {
            // SAFETY: the kernel fills no more headers than it was given, which are written.
            let header = unsafe { header.assume_init_ref() };
            #[allow(clippy::unnecessary_cast, reason = "its type differs between C libraries")]
            let control = header.msg_hdr.msg_controllen as usize;
            *length = (header.msg_len as usize, header.msg_hdr.msg_flags, control);
        }
        let more = received == asked;
        self.asked = if more { BATCH } else { FEW };
        Ok((received, more))
    }

    /// The `at`-th of what was received last; nothing if it came from no usable address.
    pub(super) fn arrival(&mut self, at: usize, wall_now: Duration) -> Option<Arrival<'_>> {
        let (len, flags, control_len) = self.lengths[at];
        let remote = socket_address(&self.names[at])?;
        let mut local = self.bound;
        let mut arrived = None;
        let control = &self.controls[at].0[..control_len.min(CONTROL)];
        for (level, kind, value) in ControlMessages(control) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) if value.len() >= 12 => {
                    // struct in_pktinfo: interface index, local address, header's destination.
                    local.ip = Ipv4Addr::new(value[8], value[9], value[10], value[11]).into();
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let Some((ip, rest)) = value.split_first_chunk::<16>() else { continue };
                    local.ip = Ipv6Addr::from(*ip).to_canonical();
                    let index = rest.first_chunk().map_or(0, |index| u32::from_ne_bytes(*index));
                    local.interface = if needs_interface(local.ip) { index } else { 0 };
                }
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    arrived = timespec(value);
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    let count = value.first_chunk().map_or(0, |count| u32::from_ne_bytes(*count));
                    self.kernel_dropped = self.kernel_dropped.max(u64::from(count));
                }
                _ => {}
            }
        }
        // A wall clock that was set meanwhile must not make media look old.
        let waited = arrived
            .and_then(|arrived| wall_now.checked_sub(arrived))
            .filter(|waited| *waited < Duration::from_secs(5))
            .unwrap_or_default();
        Some(Arrival {
            path: Path { local, remote },
            waited,
            truncated: flags & libc::MSG_TRUNC != 0,
            datagram: &mut self.buffers[at][..len.min(MAX_DATAGRAM)],
        })
    }
}

/// Walks ancillary data: level, type, value.
struct ControlMessages<'a>(&'a [u8]);

impl<'a> Iterator for ControlMessages<'a> {
    type Item = (libc::c_int, libc::c_int, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        const HEADER: usize = mem::size_of::<libc::cmsghdr>();
        if self.0.len() < HEADER {
            return None;
        }
        // SAFETY: there are HEADER bytes; a cmsghdr of any bytes is valid, and this reads a copy.
        let header: libc::cmsghdr = unsafe { ptr::read_unaligned(self.0.as_ptr().cast()) };
        #[allow(clippy::unnecessary_cast, reason = "its type differs between C libraries")]
        let len = header.cmsg_len as usize;
        let value = self.0.get(HEADER..len)?;
        let next = len.next_multiple_of(mem::align_of::<usize>()).min(self.0.len());
        self.0 = &self.0[next..];
        Some((header.cmsg_level, header.cmsg_type, value))
    }
}

fn needs_interface(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

fn timespec(value: &[u8]) -> Option<Duration> {
    if value.len() < mem::size_of::<libc::timespec>() {
        return None;
    }
    // SAFETY: there are enough bytes; a timespec of any bytes is valid, and this reads a copy.
    let time: libc::timespec = unsafe { ptr::read_unaligned(value.as_ptr().cast()) };
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

fn socket_address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the kernel says that it is a sockaddr_in, which a sockaddr_storage holds.
            let name: &libc::sockaddr_in = unsafe { &*ptr::from_ref(name).cast() };
            let ip = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
            Some(SocketAddr::new(ip.into(), u16::from_be(name.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: the kernel says that it is a sockaddr_in6, which a sockaddr_storage holds.
            let name: &libc::sockaddr_in6 = unsafe { &*ptr::from_ref(name).cast() };
            let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
            Some(SocketAddr::new(ip.to_canonical(), u16::from_be(name.sin6_port)))
        }
        _ => None,
    }
}

/// Datagrams to be sent: where to, and where their bytes are.
pub(super) struct Departure<'a> {
    pub(super) path: Path,
    pub(super) datagram: &'a [u8],
}

/// Sends the first of `departures`, as many as one system call takes. Returns how many the kernel
/// took; an error is the first one's.
pub(super) fn send<'a>(
    port: &UdpPort,
    departures: impl Iterator<Item = Departure<'a>>,
) -> io::Result<usize> {
    let mut names = [const { MaybeUninit::uninit() }; BATCH];
    let mut iovecs = [const { MaybeUninit::uninit() }; BATCH];
    let mut controls = [const { MaybeUninit::uninit() }; BATCH];
    let mut headers = [const { MaybeUninit::uninit() }; BATCH];
    let mut count = 0;
    for (at, departure) in departures.take(BATCH).enumerate() {
        let Path { local, remote } = departure.path;
        // SAFETY: all zeros is a valid value of both.
        let (name, header) = unsafe { (mem::zeroed(), mem::zeroed::<libc::mmsghdr>()) };
        let (name, control) = (names[at].write(name), controls[at].write([0; 5]));
        let header = &mut headers[at].write(header).msg_hdr;
        header.msg_namelen = write_name(name, remote, port.ipv6);
        header.msg_name = ptr::from_mut(name).cast();
        header.msg_iov = iovecs[at].write(libc::iovec {
            iov_base: departure.datagram.as_ptr().cast_mut().cast(),
            iov_len: departure.datagram.len(),
        });
        header.msg_iovlen = 1;
        header.msg_controllen = write_source(control, local) as _;
        header.msg_control = control.as_mut_ptr().cast();
        count = at + 1;
    }
    // SAFETY: the first `count` headers are written and point to names, iovecs and controls of
    // this frame and to datagrams that the caller lends through the call; the kernel only reads.
    let sent = unsafe {
        libc::sendmmsg(
            port.socket.as_raw_fd(),
            headers.as_mut_ptr().cast(),
            count as libc::c_uint,
            libc::MSG_DONTWAIT as _,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// Writes the address as the socket's family wants it: IPv4 mapped into IPv6 on a dual one.
fn write_name(name: &mut libc::sockaddr_in6, to: SocketAddr, ipv6: bool) -> libc::socklen_t {
    match to {
        SocketAddr::V4(to) if !ipv6 => {
            let v4 = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: to.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from(*to.ip()).to_be() },
                sin_zero: [0; 8],
            };
            // SAFETY: a sockaddr_in6 is larger than a sockaddr_in and aligned as well.
            unsafe { ptr::from_mut(name).cast::<libc::sockaddr_in>().write(v4) };
            mem::size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        to => {
            name.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            name.sin6_port = to.port().to_be();
            let ip = match to.ip() {
                IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                IpAddr::V6(ip) => ip,
            };
            name.sin6_addr.s6_addr = ip.octets();
            name.sin6_scope_id = match to {
                SocketAddr::V6(to) => to.scope_id(),
                SocketAddr::V4(_) => 0,
            };
            mem::size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// Writes the ancillary data that makes a datagram leave from `local`; returns its length.
///
/// IPv4 is told as IPv4 on a dual socket too, and no padding is counted: the kernel allocates
/// memory for each datagram whose ancillary data is longer than a header and 20 bytes.
fn write_source(control: &mut [u64; 5], local: LocalAddr) -> usize {
    const HEADER: usize = mem::size_of::<libc::cmsghdr>();
    let (level, kind, len) = match local.ip {
        IpAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO, mem::size_of::<libc::in_pktinfo>()),
        IpAddr::V6(_) => {
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, mem::size_of::<libc::in6_pktinfo>())
        }
    };
    // SAFETY: all zeros is a valid cmsghdr.
    let mut header: libc::cmsghdr = unsafe { mem::zeroed() };
    header.cmsg_len = (HEADER + len) as _;
    header.cmsg_level = level;
    header.cmsg_type = kind;
    let start = control.as_mut_ptr();
    // SAFETY: the 40 bytes, aligned for u64, hold the header (16) and either value (at most 20).
    unsafe {
        start.cast::<libc::cmsghdr>().write(header);
        let value = start.cast::<u8>().add(HEADER);
        match local.ip {
            IpAddr::V4(ip) => value.cast::<libc::in_pktinfo>().write(libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr { s_addr: u32::from(ip).to_be() },
                ipi_addr: libc::in_addr { s_addr: 0 },
            }),
            IpAddr::V6(ip) => value.cast::<libc::in6_pktinfo>().write(libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: ip.octets() },
                ipi6_ifindex: local.interface as _,
            }),
        }
    }
    HEADER + len
}
