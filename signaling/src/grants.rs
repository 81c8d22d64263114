//! Where somebody may go by what their sign-in says.
//!
//! Owns nothing but that: roles that were given in a room are the room's.

use std::collections::BTreeMap;

use hearth_protocol::{ErrorCode, Fault, Role, RoomId};

/// The rooms that a sign-in admits to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Option<BTreeMap<RoomId, Role>>);

/// As guests: anywhere, and nowhere as more than the room says.
pub(crate) static AS_GUESTS: Grants = Grants(None);

impl Grants {
    /// These rooms and no others; `*` means all of them. `None`: as guests.
    pub(crate) fn new(rooms: Option<BTreeMap<RoomId, Role>>) -> Self {
        Self(rooms)
    }

    /// Whether there are rooms that somebody may not enter whom the room itself would let in.
    pub(crate) fn are_limited(&self) -> bool {
        self.0.is_some() && self.everywhere().is_none()
    }

    /// Whether somebody may enter the room, as far as their sign-in goes.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) fn check(&self, room: &RoomId) -> Result<(), Fault> {
        if self.are_limited() && self.named(room).is_none() {
            let message = "Your sign-in does not admit you to this room.";
            return Err(Fault::new(ErrorCode::Forbidden, message));
        }
        Ok(())
    }

    /// What somebody is in the room, if their sign-in says so: to be named there, or more than a
    /// member everywhere.
    pub(crate) fn role(&self, room: &RoomId) -> Option<Role> {
        self.named(room).max(self.everywhere().filter(|role| *role > Role::Member))
    }

    fn named(&self, room: &RoomId) -> Option<Role> {
        self.0.as_ref()?.get(room).copied()
    }

    fn everywhere(&self) -> Option<Role> {
        self.named(&RoomId("*".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_is_all_that_there_is() {
        let room = |id: &str| RoomId(id.into());
        let grants = |rooms: &[(&str, Role)]| {
            Grants::new(Some(rooms.iter().map(|(id, role)| (room(id), *role)).collect()))
        };
        assert!(AS_GUESTS.check(&room("a")).is_ok() && AS_GUESTS.role(&room("a")).is_none());
        let none = grants(&[]);
        assert!(none.are_limited() && none.check(&room("a")).is_err());
        let some = grants(&[("a", Role::Member), ("b", Role::Owner)]);
        assert!(some.check(&room("a")).is_ok() && some.check(&room("c")).is_err());
        assert_eq!(some.role(&room("a")), Some(Role::Member));
        assert_eq!((some.role(&room("b")), some.role(&room("c"))), (Some(Role::Owner), None));
        let all = grants(&[("*", Role::Moderator), ("b", Role::Owner)]);
        assert!(!all.are_limited() && all.check(&room("c")).is_ok());
        assert_eq!(all.role(&room("c")), Some(Role::Moderator));
        assert_eq!(all.role(&room("b")), Some(Role::Owner));
        assert_eq!(grants(&[("*", Role::Member)]).role(&room("c")), None);
    }
}
