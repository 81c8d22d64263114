//! Who may do what in a room.
//!
//! Owns the rights of one room: roles, and who may walk in or read from outside.

use hearth_protocol::{ErrorCode, Fault, IdentityId, Password, Role};

use super::{Room, Visitor, bans::banned};
use crate::{App, grants::AS_GUESTS, rooms::no_room, roster::Session, store::BanRecord};

impl Room {
    /// What somebody may do here.
    #[must_use]
    pub fn role_of(&self, session: &Session) -> Role {
        self.role_for(session.visitor()).unwrap_or_default()
    }

    /// What somebody is here without whatever a sign-in says of them.
    pub(crate) fn role_by_identity(&self, identity: &IdentityId) -> Role {
        let visitor = Visitor { identity, address: None, grants: &AS_GUESTS };
        self.role_for(visitor).unwrap_or_default()
    }

    /// The role that somebody was given here or by the host. While they are banned, of what the host
    /// gives only `owner` counts.
    pub(crate) fn role_for(&self, visitor: Visitor<'_>) -> Option<Role> {
        let banned = || self.bans.name(visitor.identity);
        let granted = self.granted(visitor).filter(|role| *role == Role::Owner || !banned());
        self.role(visitor.identity).max(granted)
    }

    /// The role that the host gives, by the settings or a sign-in: nobody here takes it away. In a call
    /// nobody is anything.
    pub(crate) fn granted(&self, visitor: Visitor<'_>) -> Option<Role> {
        if self.of_call {
            None
        } else if self.owners.contains(visitor.identity) {
            Some(Role::Owner)
        } else {
            visitor.grants.role(&self.id)
        }
    }

    /// The role that somebody was given here.
    pub(crate) fn role(&self, who: &IdentityId) -> Option<Role> {
        let record = self.record();
        if record.owner.as_ref() == Some(who) {
            return Some(Role::Owner);
        }
        record.roles.get(who).copied()
    }

    /// Whether somebody may do what asks for this role.
    ///
    /// # Errors
    /// `forbidden`; `room_not_found` to those who do not see the room.
    pub(crate) fn demand(&self, session: &Session, role: Role) -> Result<(), Fault> {
        if self.role_of(session) >= role {
            Ok(())
        } else if self.is_seen_by(session) {
            Err(Fault::new(ErrorCode::Forbidden, "Your role does not allow this here."))
        } else {
            Err(no_room())
        }
    }

    /// Whether somebody is kept out: by a ban, or because their sign-in does not go this far. Those
    /// with a role are not by the address of another, and no ban holds whom the host makes an owner.
    ///
    /// # Errors
    /// `banned`, `forbidden`.
    pub(crate) fn check_entry(&self, visitor: Visitor<'_>) -> Result<(), Fault> {
        // A call is between two people, wherever else they may go.
        if !self.of_call {
            visitor.grants.check(&self.id)?;
        }
        self.ban_on(visitor).map_or(Ok(()), |ban| Err(banned(&ban)))
    }

    /// The ban that keeps somebody out.
    pub(super) fn ban_on(&self, visitor: Visitor<'_>) -> Option<BanRecord> {
        if self.granted(visitor) == Some(Role::Owner) {
            return None;
        }
        self.bans.hit(visitor, self.role_for(visitor).is_some())
    }

    /// Whether somebody who is not inside may walk in, as far as bans and the lock go: they need
    /// the password or a role. Into the room of a call, only the two.
    ///
    /// # Errors
    /// `room_not_found`, `banned`, `forbidden`, `wrong_password`, `rate_limited`, `busy`.
    pub(crate) async fn let_pass(
        &self,
        visitor: Visitor<'_>,
        password: Option<Password>,
        app: &App,
    ) -> Result<(), Fault> {
        let who = visitor.identity;
        match app.calls.admits(self.id(), who) {
            Some(true) => return Ok(()),
            Some(false) => return Err(no_room()),
            None => self.check_entry(visitor)?,
        }
        if self.record().password.is_none() || self.role_for(visitor).is_some() {
            return Ok(());
        }
        if password.is_some() {
            app.limits.password(who)?;
        }
        app.presence.rooms().unlock(self, password).await
    }

    /// Whether somebody who is not inside may read here: where anybody may walk in, or where they
    /// have a role.
    ///
    /// # Errors
    /// `banned`, `room_not_found` for a hidden room, `forbidden` for a locked one.
    pub(crate) fn admits_reader(&self, visitor: Visitor<'_>) -> Result<(), Fault> {
        self.check_entry(visitor)?;
        let record = self.record();
        if self.role_for(visitor).is_some() {
            Ok(())
        } else if record.hidden {
            Err(no_room())
        } else if record.password.is_some() {
            Err(Fault::new(ErrorCode::Forbidden, "Walk in with the password first."))
        } else {
            Ok(())
        }
    }
}
