//! One WebSocket.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::ws::{WebSocket, WebSocketUpgrade},
    response::Response,
};

use crate::App;

/// Upgrades to a session, with the bounds of the settings. Origin and rate were checked before.
pub fn accept(upgrade: WebSocketUpgrade, from: IpAddr, app: Arc<App>) -> Response {
    let bytes = app.settings.session.message_bytes;
    upgrade
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .read_buffer_size(4096)
        .on_upgrade(move |socket| run(socket, from, app))
}

/// One socket, from its first `hello` to its close.
pub async fn run(_socket: WebSocket, _from: IpAddr, _app: Arc<App>) {}
