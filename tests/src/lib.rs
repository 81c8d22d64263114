//! What the end-to-end tests stand on: the real program, started for a test, and a network that
//! fails in a chosen way.
//!
//! Tests go through public doors only: HTTP, WebSocket, UDP and the native client.

mod dice;
mod http;
mod program;
mod redis;
mod server;
mod tcp_proxy;
mod udp_proxy;

pub use dice::{Dice, Impairment};
pub use http::Reply;
pub use program::program;
pub use redis::Redis;
pub use server::Server;
pub use tcp_proxy::TcpProxy;
pub use udp_proxy::{Counts, UdpProxy};
