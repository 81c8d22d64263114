//! Which keys there are in Redis, and in which of its slots.
//!
//! Owns every key's name. Each log lives in one of 256 partitions, whose hash tags are chosen so
//! that a cluster of any size gets equal shares; what is small and global lives in one more place.
//! All keys that one script touches share a tag.

use std::sync::LazyLock;

use ring::digest::{SHA256, digest};

use crate::{identity::hex, store::LogKey};

/// How many partitions there are. Never changes: it decides where every log is.
const PARTITIONS: usize = 256;

/// The hash slots of a Redis cluster.
const SLOTS: u32 = 16_384;

/// What all keys begin with.
const HOUSE: &str = "hearth";

/// What holds the small and global: rooms, people, bans, sounds, lists of conversations.
pub(crate) const HALL: &str = "hearth:{hall}";

/// One tag per partition: the first text, in order of length, that falls in the middle of the
/// partition's share of the slots.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let share = SLOTS as usize / PARTITIONS;
    let mut tags = vec![None; PARTITIONS];
    let mut missing = PARTITIONS;
    for candidate in 0_u32.. {
        let text = format!("{candidate:x}");
        let slot = slot(text.as_bytes());
        if slot % share == share / 2 && tags[slot / share].is_none() {
            tags[slot / share] = Some(text);
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    tags.into_iter().flatten().collect()
});

/// What the keys of a log begin with.
pub(crate) fn log(log: &LogKey) -> String {
    let name = name(log);
    let partition = digest(&SHA256, name.as_bytes()).as_ref()[0];
    format!("{HOUSE}:{{{}}}:{name}", TAGS[usize::from(partition)])
}

/// A log's name, the same for ever.
pub(crate) fn name(log: &LogKey) -> String {
    match log {
        LogKey::Room(room) => format!("r:{room}"),
        LogKey::Direct(one, other) => format!("d:{one}:{other}"),
    }
}

/// The epoch of a log between two people, before and after it begins, in a store with this one.
/// That of a room is made with the room: another room of the same id has another log.
pub(crate) fn epoch(store: &str, log: &LogKey) -> String {
    match log {
        LogKey::Room(_) => String::new(),
        LogKey::Direct(..) => {
            let hash = digest(&SHA256, format!("{store} {}", name(log)).as_bytes());
            hex(&hash.as_ref()[..8])
        }
    }
}

/// The log of that name.
pub(crate) fn named(name: &str) -> Option<LogKey> {
    use hearth_protocol::{IdentityId, RoomId};
    match name.split_once(':')? {
        ("r", room) => Some(LogKey::Room(RoomId(room.into()))),
        ("d", both) => {
            let (one, other) = both.split_once(':')?;
            Some(LogKey::Direct(IdentityId(one.into()), IdentityId(other.into())))
        }
        _ => None,
    }
}

/// The slot of a tag: CRC-16/XMODEM, as the cluster specification says.
fn slot(tag: &[u8]) -> usize {
    let crc = tag.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    usize::from(crc) % SLOTS as usize
}

#[cfg(test)]
mod tests {
    use hearth_protocol::{IdentityId, RoomId};

    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot(b"123456789"), 0x31C3);
        assert_eq!(slot(b"foo"), 12182);
    }

    #[test]
    fn every_node_of_a_cluster_gets_its_share_of_partitions() {
        assert_eq!(TAGS.len(), PARTITIONS);
        for nodes in [3, 6, 12, 50] {
            let mut shares = vec![0; nodes];
            for tag in TAGS.iter() {
                shares[slot(tag.as_bytes()) * nodes / SLOTS as usize] += 1;
            }
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{nodes} nodes: {shares:?}");
        }
    }

    #[test]
    fn where_a_log_is_never_changes() {
        let room = LogKey::Room(RoomId("general".into()));
        assert_eq!(log(&room), log(&room));
        let direct = LogKey::direct(IdentityId("b".into()), IdentityId("a".into()));
        for key in [room, direct] {
            assert_eq!(named(&name(&key)), Some(key));
        }
        assert_eq!(named("x"), None);
    }
}
