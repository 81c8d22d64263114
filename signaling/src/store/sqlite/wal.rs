//! The write-ahead log as a file, after the disk has failed.
//!
//! Owns writing it anew. Once a sync has failed, the system may take what never reached the disk
//! for written, and the next sync says nothing of it (<https://lwn.net/Articles/752063/>). What
//! SQLite then moves from the log into the file could be cut off half way by a loss of power, with
//! nothing left to mend it from. Only what was written once more can be synced once more.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::trouble::Trouble;

/// Bytes that are moved at a time.
const BLOCK: usize = 1 << 20;

/// Writes every byte of the log of that file again, in its place, and syncs it. No connection may
/// be open.
pub(super) fn write_anew(path: &Path) -> Result<(), Trouble> {
    let mut name = OsString::from(path);
    name.push("-wal");
    copy_onto_itself(Path::new(&name)).map_err(|error| {
        tracing::warn!(%error, "the write-ahead log cannot be written anew");
        Trouble::Record("the write-ahead log cannot be written anew")
    })
}

fn copy_onto_itself(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let (mut block, mut at) = (vec![0; BLOCK], 0);
    loop {
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut block)?;
        if read == 0 {
            return file.sync_all();
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&block[..read])?;
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_stays_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        write_anew(&path).unwrap();
        assert!(!folder.path().join("hearth.db-wal").exists(), "none is made");
        let bytes: Vec<u8> = (0..BLOCK * 2 + 77).map(|n| (n % 251) as u8).collect();
        std::fs::write(folder.path().join("hearth.db-wal"), &bytes).unwrap();
        write_anew(&path).unwrap();
        assert!(std::fs::read(folder.path().join("hearth.db-wal")).unwrap() == bytes);
    }
}
