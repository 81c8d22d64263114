//! The rooms that there are.
//!
//! Owns the catalogue: which rooms exist, in which order, and the making of new ones (check,
//! decide, commit, publish). Who is inside is each room's own affair.

use std::{collections::BTreeMap, sync::Arc};

use dashmap::DashMap;
use hearth_config::Settings;
use hearth_protocol::{CreateRoom, ErrorCode, Fault, IdentityId, RoomId};
use parking_lot::RwLock;

use crate::{
    clock::now_ms,
    identity::{random_hex, unavailable},
    list::Changed,
    names,
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
    /// Held while a room is made, so that the bound and the names are decided one by one.
    making: tokio::sync::Mutex<()>,
    changed: Changed,
}

impl Rooms {
    /// The rooms of the store, and those that exist from the first start.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn load(settings: &Settings, store: Arc<dyn Store>) -> Result<Self, StoreError> {
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
            making: tokio::sync::Mutex::default(),
            changed: Changed::default(),
        };
        for record in records {
            rooms.add(record);
        }
        Ok(rooms)
    }

    /// The room of that id.
    #[must_use]
    pub fn find(&self, id: &RoomId) -> Option<Arc<Room>> {
        self.rooms.get(id).map(|room| Arc::clone(&room))
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
        if !names::is_emoji(&ask.icon) {
            return Err(Fault::new(ErrorCode::RoomInvalid, "The icon is exactly one emoji."));
        }
        let topic = ask.topic.as_deref().map_or(Ok(None), names::topic)?;
        let most = u32::try_from(self.settings.max_participants).unwrap_or(u32::MAX);
        if ask.max_participants.is_some_and(|max| max == 0 || max > most) {
            return Err(Fault::new(
                ErrorCode::RoomInvalid,
                format!("A room takes from 1 to {most} people."),
            ));
        }

        let _making = self.making.lock().await;
        let folded = names::fold(&name);
        let all = self.all();
        if all.len() >= self.settings.max_rooms {
            return Err(Fault::new(
                ErrorCode::TooManyRooms,
                format!("There are {} rooms, and no more are allowed.", all.len()),
            ));
        }
        if all.iter().any(|room| names::fold(&room.record().name) == folded) {
            return Err(Fault::new(
                ErrorCode::RoomExists,
                format!("A room called {name} exists. Choose another name."),
            ));
        }
        let record = RoomRecord {
            id: self.free_id(&name),
            name,
            icon: ask.icon,
            topic,
            max_participants: ask.max_participants,
            owner: Some(owner.clone()),
            password: None,
            hidden: false,
            roles: BTreeMap::new(),
            at_ms: now_ms(),
        };
        self.store.create_room(record.clone()).await.map_err(|error| match error {
            StoreError::Exists => Fault::new(ErrorCode::RoomExists, "This room exists already."),
            _ => unavailable(&error),
        })?;
        let room = self.add(record);
        if room.touch_whole().0 {
            self.changed.mark(room.id());
        }
        Ok(room)
    }

    pub(crate) fn changed(&self) -> &Changed {
        &self.changed
    }

    fn add(&self, record: RoomRecord) -> Arc<Room> {
        let id = record.id.clone();
        let room = Arc::new(Room::new(record, &self.settings));
        self.rooms.insert(id, Arc::clone(&room));
        let mut order = self.order.write();
        order.push(Arc::clone(&room));
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        metrics::gauge!("hearth_rooms").set(order.len() as f64);
        room
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
        CreateRoom { name: name.into(), icon: "💬".into(), topic: None, max_participants: None }
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
