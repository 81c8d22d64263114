//! Which rooms there are, in memory.
//!
//! Owns the way of a room into the catalogue and out of it, and the comparison with the store where
//! another node may have changed something there.

use std::{collections::BTreeMap, sync::Arc};

use hearth_protocol::RoomId;

use super::Rooms;
use crate::{
    room::Room,
    store::{BanRecord, RoomRecord, StoreError},
};

/// What became of the catalogue.
pub(crate) struct Changes {
    /// Rooms that were not here.
    pub(crate) new: Vec<Arc<Room>>,
    /// Rooms that are not there any more; it is on the caller to send out those inside.
    pub(crate) gone: Vec<Arc<Room>>,
}

impl Rooms {
    /// Makes the catalogue what the store has.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn refresh(&self) -> Result<Changes, StoreError> {
        let _making = self.making.lock().await;
        let records = self.store.rooms().await?;
        let mut changes = Changes { new: Vec::new(), gone: Vec::new() };
        // A store that has lost everything does not end what goes on.
        if records.is_empty() {
            return Ok(changes);
        }
        let mut missing: BTreeMap<RoomId, Arc<Room>> =
            self.all().into_iter().map(|room| (room.id().clone(), room)).collect();
        let mut bans = Vec::with_capacity(records.len());
        for record in &records {
            let known = missing.get(&record.id).is_some_and(|it| it.record().at_ms == record.at_ms);
            bans.push(if known { Vec::new() } else { self.store.bans(&record.id).await? });
        }
        for (record, bans) in records.into_iter().zip(bans) {
            match missing.remove(&record.id) {
                Some(room) if *room.record() == record => {}
                Some(room) if room.record().at_ms == record.at_ms => self.renew(&room, record),
                known => {
                    // Another room of the same id has taken its place.
                    changes.gone.extend(known.inspect(|room| self.remove(room)));
                    changes.new.push(self.add(record, bans));
                }
            }
        }
        missing.values().for_each(|room| self.remove(room));
        changes.gone.extend(missing.into_values());
        Ok(changes)
    }

    /// Gives a store that has lost everything the rooms that are known here. False if it has not.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn revive(&self) -> Result<bool, StoreError> {
        if !self.store.is_lost().await? {
            return Ok(false);
        }
        let _making = self.making.lock().await;
        // Whoever came first has done it.
        if self.store.is_lost().await? {
            let rooms: Vec<_> =
                self.all().iter().map(|room| RoomRecord::clone(&room.record())).collect();
            tracing::warn!(rooms = rooms.len(), "the store has lost everything and begins again");
            self.store.revive(rooms).await?;
            self.mirror.rooms_changed();
        }
        Ok(true)
    }

    /// A room that is new.
    pub(super) fn add(&self, record: RoomRecord, bans: Vec<BanRecord>) -> Arc<Room> {
        let room = self.keep(record, bans);
        if room.touch_whole().0 {
            self.changed.mark(room.id());
        }
        room
    }

    pub(super) fn keep(&self, record: RoomRecord, bans: Vec<BanRecord>) -> Arc<Room> {
        let id = record.id.clone();
        let room = Arc::new(Room::new(record, bans, &self.settings, Arc::clone(&self.mirror)));
        self.rooms.insert(id, Arc::clone(&room));
        let mut order = self.order.write();
        order.push(Arc::clone(&room));
        count(&order);
        room
    }

    /// A room is something else from now on.
    pub(super) fn renew(&self, room: &Room, record: RoomRecord) {
        if room.renew(record).0 {
            self.changed.mark(room.id());
        }
    }

    /// A room is gone.
    pub(super) fn remove(&self, room: &Arc<Room>) {
        self.changed.mark_gone(room);
        self.rooms.remove_if(room.id(), |_, present| Arc::ptr_eq(present, room));
        let mut order = self.order.write();
        order.retain(|present| !Arc::ptr_eq(present, room));
        count(&order);
    }
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(rooms: &[Arc<Room>]) {
    metrics::gauge!("hearth_rooms").set(rooms.len() as f64);
}
