//! What was acknowledged stays: through kills, a disk that is full, and a disk that fails.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]
#![allow(clippy::print_stdout, reason = "the figures are part of the report")]

mod crash;
mod disk;
mod oracle;
#[allow(dead_code, reason = "the tests of bad input use the rest of it")]
#[path = "../bad_input/scene.rs"]
mod scene;
mod strace;
mod synced;

use std::{path::PathBuf, time::Duration};

/// Nothing here takes longer on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

/// A folder of one test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hearth-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
