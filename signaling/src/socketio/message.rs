//! What was written, as the dialect shows it.
//!
//! Owns the ids of messages (`general:17` in a room, `dm:IDENTITY:17` between two) and the shapes
//! of messages and reactions. The addresses of sounds are for one connection alone.

use std::sync::Arc;

use hearth_protocol::{
    Body, ChatMessage, Conversation, ErrorCode, Fault, IdentityId, Reaction, Role, RoomId,
    SystemEvent, Token,
};
use serde_json::{Value, json};

use super::Scene;
use crate::roster::Session;

/// Through whose eyes something is shown.
pub(super) struct View {
    pub(super) scene: Arc<Scene>,
    pub(super) session: Arc<Session>,
    /// What stands before the path of an address.
    pub(super) base: String,
    /// Proves who one is; told to the page alone.
    pub(super) token: Token,
}

/// The id of a message.
pub(super) fn id(conversation: &Conversation, seq: u64) -> String {
    match conversation {
        Conversation::Room(room) => format!("{room}:{seq}"),
        Conversation::Person(other) => format!("dm:{other}:{seq}"),
    }
}

/// Which message an id means.
///
/// # Errors
/// `message_not_found`.
pub(super) fn meant(id: &str) -> Result<(Conversation, u64), Fault> {
    let parsed = id.rsplit_once(':').and_then(|(of, seq)| Some((of, seq.parse().ok()?)));
    let (of, seq) = parsed
        .ok_or_else(|| Fault::new(ErrorCode::MessageNotFound, "No message has such an id."))?;
    let conversation = match of.strip_prefix("dm:") {
        Some(other) => Conversation::Person(IdentityId(other.to_owned())),
        None => Conversation::Room(RoomId(of.to_owned())),
    };
    Ok((conversation, seq))
}

impl View {
    /// How others are addressed.
    pub(super) fn address_of(&self, identity: &IdentityId) -> String {
        self.scene.directory.address_of(identity)
    }

    /// What somebody is called now; whoever is away, by the identity.
    pub(super) fn name_of(&self, identity: &IdentityId) -> String {
        let online = self.scene.app.roster.of(identity);
        online.map_or_else(|| identity.0.clone(), |online| online.who().name.clone())
    }

    /// A message as it is now; nothing of one that was taken away.
    pub(super) fn message(
        &self,
        conversation: &Conversation,
        message: &ChatMessage,
    ) -> Option<Value> {
        let mut shown = json!({
            "id": id(conversation, message.seq),
            "user": message.author.name,
            "from": self.address_of(&message.author.identity),
            "createdAt": message.at_ms,
        });
        match conversation {
            Conversation::Room(room) => shown["roomId"] = json!(room),
            Conversation::Person(other) => {
                shown["dmId"] = json!(other);
                let own = message.author.identity == self.session.identity;
                let to = if own { other } else { &self.session.identity };
                shown["to"] = json!(self.address_of(to));
            }
        }
        match &message.body {
            Body::Text { text } => {
                shown["type"] = json!("chat");
                shown["text"] = json!(text);
            }
            Body::Voice { blob, mime, duration_ms, .. } => {
                let path = self.scene.app.blobs.tickets.path(&self.session, blob);
                shown["type"] = json!("voice");
                shown["audio"] = json!(format!("{}{path}", self.base));
                shown["duration"] = json!(f64::from(*duration_ms) / 1000.0);
                shown["mimeType"] = json!(mime);
            }
            Body::System { event } => {
                shown["type"] = json!("system");
                shown["text"] = json!(told(event));
            }
            Body::Deleted { .. } => return None,
        }
        if !message.reactions.is_empty() {
            shown["reactions"] = self.reactions(&message.reactions);
        }
        if let Some(of) = message.reply_to {
            shown["replyTo"] = json!(id(conversation, of));
        }
        if message.edited_at_ms.is_some() {
            shown["edited"] = json!(true);
        }
        Some(shown)
    }

    /// All messages of a page.
    pub(super) fn messages(&self, conversation: &Conversation, page: &[ChatMessage]) -> Value {
        page.iter().filter_map(|message| self.message(conversation, message)).collect()
    }

    /// What is under a message.
    pub(super) fn reactions(&self, reactions: &[Reaction]) -> Value {
        let shown = |it: &Reaction| {
            let by: Vec<_> = it.by.iter().map(|by| self.address_of(by)).collect();
            json!({"emoji": it.emoji, "count": it.count, "by": by})
        };
        reactions.iter().map(shown).collect()
    }
}

/// Something that happened, in words: the dialect has no codes for it.
fn told(event: &SystemEvent) -> String {
    match event {
        SystemEvent::RoomCreated {} => "created the room".into(),
        SystemEvent::RoomRenamed { name, icon } => format!("renamed the room: {icon} {name}"),
        SystemEvent::TopicChanged { topic: Some(topic) } => format!("changed the topic: {topic}"),
        SystemEvent::TopicChanged { topic: None } => "took the topic away".into(),
        SystemEvent::Kicked { name } => format!("sent {name} out"),
        SystemEvent::Banned { name } => format!("banned {name}"),
        SystemEvent::Unbanned { name } => format!("lets {name} come back"),
        SystemEvent::Moved { name } => format!("took {name} into another room"),
        SystemEvent::ServerMuted { name, muted: true } => format!("muted {name}"),
        SystemEvent::ServerMuted { name, muted: false } => format!("unmuted {name}"),
        SystemEvent::ServerDeafened { name, deafened: true } => format!("deafened {name}"),
        SystemEvent::ServerDeafened { name, deafened: false } => format!("let {name} hear again"),
        SystemEvent::RoleChanged { name, role: Role::Owner } => format!("made {name} owner"),
        SystemEvent::RoleChanged { name, role: Role::Moderator } => {
            format!("made {name} moderator")
        }
        SystemEvent::RoleChanged { name, role: Role::Member } => format!("made {name} member"),
        SystemEvent::MissedCall {} => "called; nobody answered".into(),
        SystemEvent::Call { duration_ms } => format!("a call of {} s", duration_ms / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_means_the_message_that_it_was_made_of() {
        for conversation in [
            Conversation::Room(RoomId("general".into())),
            Conversation::Person(IdentityId("a".repeat(32))),
        ] {
            assert_eq!(meant(&id(&conversation, 17)).unwrap(), (conversation, 17));
        }
        for bad in ["", "general", "general:", "general:x", "general:-1", ":"] {
            assert_eq!(meant(bad).unwrap_err().code, ErrorCode::MessageNotFound, "{bad}");
        }
    }
}
