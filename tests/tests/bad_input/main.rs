//! Bad input at every public door of a running server, beside a live call: a clear error or
//! silence, counted, and nobody else affected.

mod datagrams;
mod messages;
mod offers;
mod scene;
mod sockets;
mod stun;
