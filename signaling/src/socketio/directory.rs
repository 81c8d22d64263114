//! Who speaks the dialect, by which connection.
//!
//! Owns both directions between identities and the ids of connections. An address in an event is
//! either; never a name.

use dashmap::DashMap;
use hearth_protocol::{ErrorCode, Fault, IdentityId};

use crate::identity::is_hex_id;

/// The connections that belong to somebody.
#[derive(Debug, Default)]
pub(super) struct Directory {
    by_identity: DashMap<IdentityId, String>,
    by_socket: DashMap<String, IdentityId>,
}

impl Directory {
    /// The connection is this person's.
    pub(super) fn enter(&self, identity: &IdentityId, socket: &str) {
        self.by_identity.insert(identity.clone(), socket.to_owned());
        self.by_socket.insert(socket.to_owned(), identity.clone());
    }

    /// The connection is gone. Another one of the same person stays.
    pub(super) fn leave(&self, identity: &IdentityId, socket: &str) {
        self.by_identity.remove_if(identity, |_, present| present == socket);
        self.by_socket.remove(socket);
    }

    /// How others address this person: by the connection, or by the identity of whoever speaks
    /// the native protocol or is away.
    pub(super) fn address_of(&self, identity: &IdentityId) -> String {
        self.by_identity.get(identity).map_or_else(|| identity.0.clone(), |it| it.clone())
    }

    /// Whether this person speaks the dialect now.
    pub(super) fn knows(&self, identity: &IdentityId) -> bool {
        self.by_identity.contains_key(identity)
    }

    /// Whose address this is.
    ///
    /// # Errors
    /// `person_not_found`.
    pub(super) fn whose(&self, address: &str) -> Result<IdentityId, Fault> {
        if let Some(identity) = self.by_socket.get(address) {
            return Ok(identity.clone());
        }
        if is_hex_id(address) {
            return Ok(IdentityId(address.to_owned()));
        }
        Err(Fault::new(ErrorCode::PersonNotFound, "Nobody has this socketId or identity."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_connection_or_an_identity_and_never_a_name() {
        let directory = Directory::default();
        let ana = IdentityId("a".repeat(32));
        directory.enter(&ana, "first");
        directory.enter(&ana, "second");
        assert_eq!(directory.address_of(&ana), "second");
        directory.leave(&ana, "first");
        assert!(directory.knows(&ana) && directory.whose("first").is_err());
        assert_eq!(directory.whose("second").unwrap(), ana);
        directory.leave(&ana, "second");
        assert_eq!(directory.address_of(&ana), ana.0);
        assert_eq!(directory.whose(&ana.0).unwrap(), ana);
        assert_eq!(directory.whose("Ana").unwrap_err().code, ErrorCode::PersonNotFound);
    }
}
