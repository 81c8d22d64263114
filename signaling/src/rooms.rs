//! The rooms that there are.
//!
//! Owns the catalogue: which rooms exist, in which order, and their making, changing and end (check,
//! decide, commit, publish). Who is inside is each room's own affair; who may, `moderation`'s.

mod catalogue;

use std::{collections::BTreeMap, sync::Arc};

use dashmap::DashMap;
use hearth_config::Settings;
use hearth_protocol::{
    CreateRoom, EditRoom, ErrorCode, Fault, IdentityId, Password, RoomId, SystemEvent,
};
use parking_lot::RwLock;

use crate::{
    backplane::Mirror,
    clock::now_ms,
    identity::{random_hex, unavailable},
    list::Changed,
    names,
    passwords::Passwords,
    room::Room,
    store::{RoomRecord, Store, StoreError},
};

/// Longest id of a room, bytes.
const ID_BYTES: usize = 64;

/// Every room.
pub struct Rooms {
    store: Arc<dyn Store>,
    settings: hearth_config::Rooms,
    rooms: DashMap<RoomId, Arc<Room>>,
    order: RwLock<Vec<Arc<Room>>>,
    /// Those of calls: in no list, and kept nowhere.
    private: DashMap<RoomId, Arc<Room>>,
    /// Held while a room is made or changed, so that bounds, names and what a room becomes are
    /// decided one by one.
    making: tokio::sync::Mutex<()>,
    passwords: Passwords,
    changed: Changed,
    mirror: Arc<Mirror>,
}

impl Rooms {
    /// The rooms of the store, and those that exist from the first start.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn load(settings: &Settings, store: Arc<dyn Store>) -> Result<Self, StoreError> {
        Self::load_for(settings, store, Arc::default()).await
    }

    /// As [`load`](Self::load), of which the other nodes are told.
    ///
    /// # Errors
    /// As `load`.
    pub(crate) async fn load_for(
        settings: &Settings,
        store: Arc<dyn Store>,
        mirror: Arc<Mirror>,
    ) -> Result<Self, StoreError> {
        let mut records = store.rooms().await?;
        for room in &settings.rooms.defaults {
            let record = RoomRecord {
                id: RoomId(room.id.clone()),
                name: room.name.clone(),
                icon: room.icon.clone(),
                topic: None,
                max_participants: None,
                owner: None,
                password: None,
                hidden: false,
                roles: BTreeMap::new(),
                at_ms: now_ms(),
            };
            match store.create_room(record.clone()).await {
                Ok(()) => records.push(record),
                Err(StoreError::Exists) => {}
                Err(error) => return Err(error),
            }
        }
        let rooms = Self {
            store,
            settings: settings.rooms.clone(),
            rooms: DashMap::new(),
            order: RwLock::default(),
            private: DashMap::new(),
            making: tokio::sync::Mutex::default(),
            passwords: Passwords::default(),
            mirror,
            changed: Changed::default(),
        };
        for record in records {
            let bans = rooms.store.bans(&record.id).await?;
            rooms.keep(record, bans);
        }
        Ok(rooms)
    }

    /// The room of that id, also if no list shows it.
    #[must_use]
    pub fn find(&self, id: &RoomId) -> Option<Arc<Room>> {
        let found = self.rooms.get(id).or_else(|| self.private.get(id));
        found.map(|room| Arc::clone(&room))
    }

    /// Opens a room that no list shows.
    pub(crate) fn open_private(&self, record: RoomRecord) {
        let id = record.id.clone();
        self.private.insert(id, Arc::new(Room::of_call(record, &self.settings)));
    }

    /// Closes such a room. It is on the caller to send out those inside.
    pub(crate) fn close_private(&self, id: &RoomId) -> Option<Arc<Room>> {
        self.private.remove(id).map(|(_, room)| room)
    }

    /// Whether lists show the room to whoever may see it.
    pub(crate) fn is_listed(&self, id: &RoomId) -> bool {
        self.rooms.contains_key(id)
    }

    /// All rooms in the order in which they are shown.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Room>> {
        self.order.read().clone()
    }

    /// Makes a room.
    ///
    /// # Errors
    /// `room_invalid`, `room_exists`, `too_many_rooms`; `busy` if the store is out of order.
    pub async fn create(&self, ask: CreateRoom, owner: &IdentityId) -> Result<Arc<Room>, Fault> {
        let name = names::room(&ask.name)?;
        let icon = checked_icon(ask.icon)?;
        let topic = ask.topic.as_deref().map_or(Ok(None), names::topic)?;
        let max_participants =
            ask.max_participants.map(|max| self.checked_size(max)).transpose()?;
        let password = match ask.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };

        let _making = self.making.lock().await;
        let all = self.all();
        if all.len() >= self.settings.max_rooms {
            return Err(Fault::new(
                ErrorCode::TooManyRooms,
                format!("There are {} rooms, and no more are allowed.", all.len()),
            ));
        }
        self.check_free(&name, None)?;
        let record = RoomRecord {
            id: self.free_id(&name),
            name,
            icon,
            topic,
            max_participants,
            owner: Some(owner.clone()),
            password,
            hidden: ask.hidden,
            roles: BTreeMap::new(),
            at_ms: now_ms(),
        };
        self.store.create_room(record.clone()).await.map_err(|error| refused(&error))?;
        let room = self.add(record, Vec::new());
        self.mirror.rooms_changed();
        Ok(room)
    }

    /// Changes a room; what happened comes back.
    ///
    /// # Errors
    /// `room_invalid`, `room_exists`, `room_not_found`; `busy` if the store is out of order.
    pub(crate) async fn edit(&self, room: &Room, ask: EditRoom) -> Result<Vec<SystemEvent>, Fault> {
        let name = ask.name.as_deref().map(names::room).transpose()?;
        let icon = ask.icon.map(checked_icon).transpose()?;
        let topic = ask.topic.as_deref().map(names::topic).transpose()?;
        let max_participants = match ask.max_participants {
            Some(0) => Some(None),
            Some(max) => Some(Some(self.checked_size(max)?)),
            None => None,
        };
        let password = match ask.password {
            Some(none) if none.0.is_empty() => Some(None),
            Some(password) => Some(Some(self.passwords.hash(password).await?)),
            None => None,
        };
        self.change(room, |before| {
            if let Some(name) = &name {
                self.check_free(name, Some(room.id()))?;
            }
            Ok(RoomRecord {
                name: name.unwrap_or_else(|| before.name.clone()),
                icon: icon.unwrap_or_else(|| before.icon.clone()),
                topic: topic.unwrap_or_else(|| before.topic.clone()),
                max_participants: max_participants.unwrap_or(before.max_participants),
                password: password.unwrap_or_else(|| before.password.clone()),
                hidden: ask.hidden.unwrap_or(before.hidden),
                ..before.clone()
            })
        })
        .await
    }

    /// Makes of a room what `change` makes of its record; what happened comes back.
    ///
    /// # Errors
    /// Those of `change`; `room_not_found`; `busy` if the store is out of order.
    pub(crate) async fn change(
        &self,
        room: &Room,
        change: impl FnOnce(&RoomRecord) -> Result<RoomRecord, Fault>,
    ) -> Result<Vec<SystemEvent>, Fault> {
        let _making = self.making.lock().await;
        let before = room.record();
        let after = change(&before)?;
        if after == *before {
            return Ok(Vec::new());
        }
        self.store.update_room(after.clone()).await.map_err(|error| refused(&error))?;
        let happened = happened(&before, &after);
        self.renew(room, after);
        self.mirror.rooms_changed();
        Ok(happened)
    }

    /// Forgets a room and everything written in it. It is on the caller to send out those inside.
    ///
    /// # Errors
    /// `busy` if the store is out of order.
    pub(crate) async fn delete(&self, room: &Arc<Room>) -> Result<(), Fault> {
        let _making = self.making.lock().await;
        self.store.delete_room(room.id()).await.map_err(|error| refused(&error))?;
        self.remove(room);
        self.mirror.rooms_changed();
        Ok(())
    }

    /// Whether the password is a room's, if it asks for one.
    ///
    /// # Errors
    /// `wrong_password`; `busy`.
    pub(crate) async fn unlock(&self, room: &Room, given: Option<Password>) -> Result<(), Fault> {
        match room.record().password.clone() {
            Some(kept) => self.passwords.verify(given, kept).await,
            None => Ok(()),
        }
    }

    pub(crate) fn changed(&self) -> &Changed {
        &self.changed
    }

    fn checked_size(&self, max: u32) -> Result<u32, Fault> {
        let most = u32::try_from(self.settings.max_participants).unwrap_or(u32::MAX);
        if (1..=most).contains(&max) {
            return Ok(max);
        }
        Err(Fault::new(ErrorCode::RoomInvalid, format!("A room takes from 1 to {most} people.")))
    }

    /// Whether no room but this one has the name.
    fn check_free(&self, name: &str, but: Option<&RoomId>) -> Result<(), Fault> {
        let folded = names::fold(name);
        let all = self.order.read();
        let mut others = all.iter().filter(|room| Some(room.id()) != but);
        if others.any(|room| names::fold(&room.record().name) == folded) {
            return Err(Fault::new(
                ErrorCode::RoomExists,
                format!("A room called {name} exists. Choose another name."),
            ));
        }
        Ok(())
    }

    /// The slug of a name. Two names can have one slug (北京, 背景): the second gets a number.
    fn free_id(&self, name: &str) -> RoomId {
        let slug = slug(name);
        let numbered = (2..100).map(|n| RoomId(format!("{slug}-{n}")));
        std::iter::once(RoomId(slug.clone()))
            .chain(numbered)
            .find(|id| !self.rooms.contains_key(id))
            .unwrap_or_else(|| RoomId(format!("room-{}", random_hex::<8>())))
    }
}

pub(crate) fn no_room() -> Fault {
    Fault::new(ErrorCode::RoomNotFound, "This room does not exist, or not any more.")
}

fn refused(error: &StoreError) -> Fault {
    match error {
        StoreError::Exists => Fault::new(ErrorCode::RoomExists, "This room exists already."),
        StoreError::Missing => no_room(),
        _ => unavailable(error),
    }
}

fn checked_icon(icon: String) -> Result<String, Fault> {
    if names::is_emoji(&icon) {
        return Ok(icon);
    }
    Err(Fault::new(ErrorCode::RoomInvalid, "The icon is exactly one emoji."))
}

/// What of a change is written down.
fn happened(before: &RoomRecord, after: &RoomRecord) -> Vec<SystemEvent> {
    let mut happened = Vec::new();
    if (&before.name, &before.icon) != (&after.name, &after.icon) {
        let (name, icon) = (after.name.clone(), after.icon.clone());
        happened.push(SystemEvent::RoomRenamed { name, icon });
    }
    if before.topic != after.topic {
        happened.push(SystemEvent::TopicChanged { topic: after.topic.clone() });
    }
    happened
}

/// `a–z`, `0–9` and single `-` between, transliterated from any script.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in deunicode::deunicode(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !matches!(c, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(ID_BYTES - 4);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { format!("room-{}", random_hex::<4>()) } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn rooms(text: &str) -> Rooms {
        let settings = hearth_config::from_toml(text).unwrap();
        Rooms::load(&settings, crate::store::temporary(100).await).await.unwrap()
    }

    fn ask(name: &str) -> CreateRoom {
        CreateRoom { name: name.into(), icon: "💬".into(), ..CreateRoom::default() }
    }

    #[test]
    fn slugs_are_ascii() {
        for (name, id) in [
            ("Quiet Corner", "quiet-corner"),
            ("  Ana's   café!! ", "anas-cafe"),
            ("Привет", "privet"),
            ("北京", "bei-jing"),
            ("a/../b", "a-b"),
        ] {
            assert_eq!(slug(name), id);
        }
        assert!(slug("…!?").starts_with("room-"));
        assert!(slug(&"北".repeat(30)).len() <= ID_BYTES);
    }

    #[tokio::test]
    async fn the_rooms_of_the_first_start_are_there_in_order() {
        let rooms = rooms("").await;
        let ids: Vec<_> = rooms.all().iter().map(|room| room.record().id.0.clone()).collect();
        assert_eq!(ids, ["general", "music", "gaming"]);
    }

    #[tokio::test]
    async fn a_room_of_the_same_name_is_refused_and_one_of_the_same_slug_numbered() {
        let rooms = rooms("").await;
        let owner = IdentityId("a".into());
        let code = |r: Result<Arc<Room>, Fault>| r.map(|_| ()).unwrap_err().code;
        assert_eq!(code(rooms.create(ask("GENERAL "), &owner).await), ErrorCode::RoomExists);
        let first = rooms.create(ask("北京"), &owner).await.unwrap();
        let second = rooms.create(ask("背景"), &owner).await.unwrap();
        assert_eq!(first.record().id.0, "bei-jing");
        assert_eq!(second.record().id.0, "bei-jing-2");
        assert_eq!(first.record().owner, Some(owner));
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_refused() {
        let rooms = rooms("[rooms]\nmax_rooms = 4\nmax_participants = 10").await;
        let owner = IdentityId("a".into());
        let code = |r: Result<Arc<Room>, Fault>| r.map(|_| ()).unwrap_err().code;
        for bad in [
            CreateRoom { icon: "xx".into(), ..ask("a") },
            CreateRoom { topic: Some("x".repeat(201)), ..ask("a") },
            CreateRoom { max_participants: Some(0), ..ask("a") },
            CreateRoom { max_participants: Some(11), ..ask("a") },
            ask(" "),
        ] {
            assert_eq!(code(rooms.create(bad, &owner).await), ErrorCode::RoomInvalid);
        }
        rooms.create(ask("fourth"), &owner).await.unwrap();
        assert_eq!(code(rooms.create(ask("fifth"), &owner).await), ErrorCode::TooManyRooms);
    }
}
