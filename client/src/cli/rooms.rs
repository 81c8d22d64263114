//! `rooms`: who is where.

use std::fmt::Write;

use hearth_client::Room;

use super::Server;

pub(crate) async fn run(server: &Server) -> anyhow::Result<()> {
    let connection = server.open().await?;
    let rooms = Room::list(&connection).await;
    connection.close().await;
    let rooms = rooms?;
    let mut text = String::new();
    for room in &rooms {
        let inside: Vec<&str> = room.participants.iter().map(|p| p.name.as_str()).collect();
        let (id, icon, name, count) = (&room.id.0, &room.icon, &room.name, room.count);
        writeln!(text, "{id:<24} {icon} {name:<30} {count:>5}  {}", inside.join(", "))?;
    }
    Ok(server.print(&serde_json::to_value(&rooms)?, text.trim_end())?)
}
