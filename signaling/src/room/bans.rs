//! Who may not come into a room, as this process knows it.
//!
//! Owns the picture of what the store keeps, so that a door is decided without asking it. Never
//! stores anything.

use std::net::IpAddr;

use hearth_protocol::{BanSummary, ErrorCode, Fault, IdentityId, ParticipantNumber};
use parking_lot::RwLock;

use super::Room;
use crate::{
    clock::now_ms,
    grants::{AS_GUESTS, Grants},
    limits::network,
    store::{BanRecord, MAX_BANS},
};

/// The bans of one room, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Bans(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bans: Vec<BanRecord>,
    /// How often somebody was banned or let in again here.
    changes: u64,
}

/// Somebody as a door sees them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visitor<'a> {
    pub(crate) identity: &'a IdentityId,
    /// Where they come from, if that is known.
    pub(crate) address: Option<IpAddr>,
    /// Where they may go.
    pub(crate) grants: &'a Grants,
}

impl Bans {
    pub(super) fn new(bans: Vec<BanRecord>) -> Self {
        Self(RwLock::new(Kept { bans, changes: 0 }))
    }

    /// The ban that keeps somebody out: themselves, or everybody from where they come.
    pub(super) fn hit(&self, visitor: Visitor<'_>, has_role: bool) -> Option<BanRecord> {
        let now = now_ms();
        let kept = self.0.read();
        let address = visitor.address.map(network).filter(|_| !has_role);
        let mut holding = kept.bans.iter().filter(|ban| holds(ban, now));
        let hit = holding.find(|ban| {
            ban.identity == *visitor.identity || (address.is_some() && ban.address == address)
        });
        hit.cloned()
    }

    /// Counts what was done here, for [`replace`](Self::replace).
    pub(crate) fn changes(&self) -> u64 {
        self.0.read().changes
    }

    /// Takes what the store had, unless something was done here since `changes`: then the store has
    /// to be asked again. Whether it was taken.
    pub(crate) fn replace(&self, changes: u64, bans: Vec<BanRecord>) -> bool {
        let mut kept = self.0.write();
        let fits = kept.changes == changes;
        if fits {
            kept.bans = bans;
        }
        fits
    }

    /// Whether one of them names this person.
    pub(super) fn name(&self, identity: &IdentityId) -> bool {
        let now = now_ms();
        self.0.read().bans.iter().any(|ban| ban.identity == *identity && holds(ban, now))
    }

    /// As the store does it: in place of an earlier one, and the oldest go.
    pub(crate) fn put(&self, ban: BanRecord) {
        let mut kept = self.0.write();
        kept.changes += 1;
        let bans = &mut kept.bans;
        bans.retain(|earlier| earlier.identity != ban.identity);
        bans.insert(0, ban);
        bans.truncate(MAX_BANS);
    }

    /// Lifts a ban; it comes back.
    pub(crate) fn lift(&self, identity: &IdentityId) -> Option<BanRecord> {
        let mut kept = self.0.write();
        kept.changes += 1;
        let at = kept.bans.iter().position(|ban| ban.identity == *identity)?;
        Some(kept.bans.remove(at))
    }

    /// The newest of those that still hold.
    pub(crate) fn newest(&self, limit: usize) -> Vec<BanSummary> {
        let now = now_ms();
        let kept = self.0.read();
        kept.bans.iter().filter(|ban| holds(ban, now)).take(limit).map(summary).collect()
    }
}

impl Room {
    /// Those inside here whom a ban keeps out.
    pub(crate) fn banned_inside(&self) -> Vec<(ParticipantNumber, BanRecord)> {
        let inside = self.inside.lock();
        let here = inside.members.values().filter(|member| !member.participant.elsewhere);
        let banned = here.filter_map(|member| {
            let grants = member.session.as_ref().map_or(&AS_GUESTS, |session| &session.grants);
            let (identity, address) = (&member.participant.identity, member.address);
            let ban = self.ban_on(Visitor { identity, address, grants })?;
            Some((member.participant.number, ban))
        });
        banned.collect()
    }

    /// Where somebody inside comes from.
    pub(crate) fn address_of(&self, identity: &IdentityId) -> Option<IpAddr> {
        let inside = self.inside.lock();
        let mut members = inside.members.values();
        members.find(|it| it.participant.identity == *identity)?.address
    }
}

fn holds(ban: &BanRecord, now: u64) -> bool {
    ban.until_ms.is_none_or(|until| until > now)
}

fn summary(ban: &BanRecord) -> BanSummary {
    let BanRecord { identity, name, by, until_ms, reason, .. } = ban.clone();
    BanSummary { identity, name, by, until_ms, reason }
}

/// What whoever is kept out is told.
pub(super) fn banned(ban: &BanRecord) -> Fault {
    let mut fault = Fault::new(ErrorCode::Banned, "You were banned from this room.");
    if let Some(reason) = &ban.reason {
        fault.message = format!("You were banned from this room: {reason}");
    }
    let left = ban.until_ms.map(|until| until.saturating_sub(now_ms()));
    fault.retry_after_ms = left.map(|left| u32::try_from(left).unwrap_or(u32::MAX));
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(name: &str, address: Option<&str>, until_ms: Option<u64>) -> BanRecord {
        BanRecord {
            identity: IdentityId(name.into()),
            name: name.into(),
            address: address.map(|address| network(address.parse().unwrap())),
            by: IdentityId("owner".into()),
            until_ms,
            reason: Some("noise".into()),
            at_ms: 0,
        }
    }

    #[test]
    fn a_ban_hits_the_person_and_the_address_until_its_end() {
        let bans = Bans::new(vec![ban("ana", Some("192.0.2.1"), None)]);
        bans.put(ban("bo", Some("2001:db8::1"), Some(1)));
        bans.put(ban("cy", None, Some(u64::MAX)));
        let check = |name: &str, address: Option<&str>, has_role| {
            let identity = IdentityId(name.into());
            let address = address.map(|address| address.parse().unwrap());
            let visitor = Visitor { identity: &identity, address, grants: &AS_GUESTS };
            bans.hit(visitor, has_role).map_or(Ok(()), |ban| Err(banned(&ban)))
        };
        for (name, address, has_role, hit) in [
            ("ana", None, false, true),
            ("ana", None, true, true),
            ("dee", Some("192.0.2.1"), false, true),
            ("dee", Some("::ffff:192.0.2.1"), false, true),
            ("dee", Some("192.0.2.1"), true, false),
            ("dee", Some("192.0.2.2"), false, false),
            ("dee", None, false, false),
            ("bo", Some("2001:db8::2"), false, false),
            ("cy", Some("192.0.2.9"), false, true),
        ] {
            let checked = check(name, address, has_role);
            assert_eq!(checked.is_err(), hit, "{name} {address:?} {has_role}");
            let Err(fault) = checked else { continue };
            assert!(fault.code == ErrorCode::Banned && fault.message.contains("noise"));
            assert_eq!(fault.retry_after_ms.is_some(), name == "cy");
        }
        let names = |all: Vec<BanSummary>| all.into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names(bans.newest(9)), ["cy", "ana"]);
        assert_eq!(bans.lift(&IdentityId("ana".into())).unwrap().name, "ana");
        assert!(bans.lift(&IdentityId("ana".into())).is_none());
        assert!(check("ana", Some("192.0.2.1"), false).is_ok());
        for n in 0..MAX_BANS {
            bans.put(ban(&format!("b{n}"), None, None));
        }
        assert!(check("cy", None, false).is_ok(), "the oldest go");
    }
}
