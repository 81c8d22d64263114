//! Where the programs are. Never builds them: `tests/run` does that first, and they are taken from
//! beside the test's own executable.

use std::{env, path::PathBuf};

/// `hearth`, or another program of this workspace. `HEARTH_BIN` names another `hearth`.
///
/// # Panics
/// If it is not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    if let Some(path) = env::var_os("HEARTH_BIN").filter(|_| name == "hearth") {
        return path.into();
    }
    let test = env::current_exe().unwrap_or_default();
    let beside = test.ancestors().nth(2).map(|profile| profile.join(name));
    match beside {
        Some(path) if path.exists() => path,
        _ => panic!(
            "there is no `{name}` beside {}: build it first (cargo build --workspace --bins), or \
             run tests/run, which does",
            test.display()
        ),
    }
}
