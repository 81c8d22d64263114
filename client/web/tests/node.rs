//! What somebody sees who builds without Node, or with one that is too old: the built build script
//! run where it finds what the test puts there.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// The build script that cargo built last.
fn build_script() -> PathBuf {
    let builds = Path::new(env!("OUT_DIR")).ancestors().nth(2).unwrap();
    let scripts = fs::read_dir(builds).unwrap().filter_map(|entry| {
        let entry = entry.unwrap();
        let ours = entry.file_name().to_string_lossy().starts_with("hearth-web-");
        let script = entry.path().join("build-script-build");
        (ours && script.exists()).then_some(script)
    });
    scripts.max_by_key(|script| fs::metadata(script).unwrap().modified().unwrap()).unwrap()
}

/// Runs it with these programs (name, what they print) and no other; what it says to cargo as an
/// error.
fn errors(name: &str, programs: &[(&str, &str)]) -> Vec<String> {
    let folder = env::temp_dir().join(format!("hearth-node-{name}-{}", std::process::id()));
    let path = folder.join("bin");
    fs::create_dir_all(&path).unwrap();
    for (program, prints) in programs {
        let file = path.join(program);
        fs::write(&file, format!("#!/bin/sh\necho {prints}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let output = Command::new(build_script())
        .env_clear()
        .env("PATH", &path)
        .env("OUT_DIR", &folder)
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().filter_map(|line| line.strip_prefix("cargo::error=")).map(str::to_owned).collect()
}

#[test]
fn a_missing_node_is_one_clear_line() {
    let said = errors("missing", &[]);
    let [line] = said.as_slice() else { panic!("{said:?}") };
    assert!(line.starts_with("node was not found"), "{line}");
    assert!(line.contains("Node 20.19 or newer with npm") && line.contains("WEB_DIST"), "{line}");
}

#[test]
fn a_node_that_is_too_old_is_one_clear_line() {
    let said = errors("old", &[("node", "v18.19.0"), ("npm", "9.2.0")]);
    let [line] = said.as_slice() else { panic!("{said:?}") };
    assert!(line.starts_with("found Node v18.19.0") && line.contains("20.19"), "{line}");
}

#[test]
fn a_missing_npm_is_one_clear_line() {
    let said = errors("npm", &[("node", "v20.20.0")]);
    let [line] = said.as_slice() else { panic!("{said:?}") };
    assert!(line.starts_with("npm was not found beside Node v20.20.0"), "{line}");
}
