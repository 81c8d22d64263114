//! The rules of the house that a machine can check, over the committed source tree.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod source;

use std::{collections::BTreeSet, process::Command};

use source::{Source, given_names, identifiers, paths, root, sources, words};

/// Of ours, which crate may know which. The tests may know everything.
const MAY_KNOW: [(&str, &[&str]); 7] = [
    ("hearth-config", &[]),
    ("hearth-protocol", &[]),
    ("hearth-web", &[]),
    ("hearth-sfu", &["hearth-config"]),
    ("hearth-turn", &["hearth-config"]),
    ("hearth-client", &["hearth-protocol"]),
    (
        "hearth-signaling",
        &["hearth-config", "hearth-protocol", "hearth-sfu", "hearth-turn", "hearth-web"],
    ),
];

/// The media planes: pure cores, with one part each that does input and output.
const CORES: [&str; 2] = ["sfu/src/", "turn/src/"];

/// Only here may `unsafe` stand.
const UNSAFE_IN: [&str; 4] =
    ["sfu/src/run.rs", "sfu/src/run/", "sfu/src/ahead.rs", "client/src/load/socket.rs"];

/// Speaks another protocol, whose events have names of their own.
const DIALECT: &str = "signaling/src/socketio/";

/// "About 400", tests apart.
const MAX_LINES: usize = 450;

fn rust() -> impl Iterator<Item = Source> {
    sources().into_iter().filter(|source| source.path.ends_with(".rs"))
}

fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

fn does_io(path: &str) -> bool {
    CORES.iter().any(|core| {
        let inside = path.strip_prefix(core);
        inside.is_some_and(|inside| inside == "run.rs" || inside.starts_with("run/"))
    })
}

fn is_core(source: &Source) -> bool {
    let tests = source.path.ends_with("/tests.rs");
    CORES.iter().any(|core| source.is_rust_of(core)) && !does_io(&source.path) && !tests
}

#[test]
fn crates_know_only_those_below_them() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = Vec::new();
    let mut checked = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "hearth-tests" {
            continue;
        }
        let Some((_, may_know)) = MAY_KNOW.iter().find(|(known, _)| *known == name) else {
            found.push(format!("{name} has no place in the house yet"));
            continue;
        };
        checked += 1;
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency = dependency["name"].as_str().unwrap();
            if dependency.starts_with("hearth-") && !may_know.contains(&dependency) {
                found.push(format!("{name} knows {dependency}"));
            }
            let foreign = ["tokio", "serde_json", "axum", "redis", "http", "hyper"];
            if ["hearth-sfu", "hearth-turn"].contains(&name) && foreign.contains(&dependency) {
                found.push(format!("{name} knows {dependency}"));
            }
        }
    }
    assert!(checked >= 6, "only {checked} crates were seen");
    none(&found, "a crate knows one that it must not");
}

#[test]
fn cores_have_no_input_output_clock_thread_lock_channel_or_async() {
    let banned = [
        "async",
        "await",
        "tokio",
        "serde_json",
        "axum",
        "redis",
        "http",
        "UdpSocket",
        "TcpStream",
        "TcpListener",
        "socket2",
        "libc",
        "SystemTime",
        "thread",
        "Mutex",
        "RwLock",
        "Condvar",
        "mpsc",
        "File",
    ];
    let mut found = Vec::new();
    let mut cores = 0;
    for source in rust().filter(is_core) {
        cores += 1;
        for (number, line) in source.code().lines().enumerate() {
            let at = format!("{}:{}", source.path, number + 1);
            let word = identifiers(line).find(|word| banned.contains(word));
            found.extend(word.map(|word| format!("{at} {word}")));
            if line.contains("Instant::now") || line.contains(".elapsed()") {
                found.push(format!("{at} reads the clock"));
            }
        }
    }
    assert!(cores > 0);
    none(&found, "a core reaches outside; time is an argument, and run.rs does the rest");
}

#[test]
fn only_the_protocol_defines_messages() {
    let mut found = Vec::new();
    let (protocol, others): (Vec<_>, Vec<_>) =
        rust().partition(|source| source.path.starts_with("signaling/protocol/"));
    let wire_names: BTreeSet<String> = protocol
        .iter()
        .flat_map(|source| source.text.split("rename = \"").skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| format!("\"{name}\""))
        .filter(|name| name.contains(':'))
        .collect();
    assert!(wire_names.contains("\"voice:join\""), "{wire_names:?}");
    for source in others.iter().filter(|source| source.path.contains("/src/")) {
        if source.path.starts_with("tests/") || source.path.starts_with(DIALECT) {
            continue;
        }
        let code = source.code();
        if identifiers(&code).any(|word| word == "ts_rs" || word == "TS") {
            found.push(format!("{} exports types to TypeScript", source.path));
        }
        let named = wire_names.iter().filter(|name| source.without_tests().contains(*name));
        found.extend(named.map(|name| format!("{} writes {name} by hand", source.path)));
    }
    none(&found, "messages are defined in signaling/protocol alone");
}

#[test]
fn files_begin_with_what_they_are() {
    let mut found = Vec::new();
    for source in sources() {
        // Written by ts-rs.
        if source.path.starts_with("client/web/src/protocol/") {
            continue;
        }
        let text = source.text.trim_start();
        let begins = match source.path.rsplit('.').next().unwrap() {
            "rs" => text.starts_with("//!"),
            "ts" | "tsx" | "mjs" | "js" => text.starts_with("//") || text.starts_with("/*"),
            "css" => text.starts_with("/*"),
            "py" => text.starts_with("\"\"\"") || text.starts_with('#'),
            _ => true,
        };
        if !begins {
            found.push(source.path);
        }
    }
    none(&found, "a file begins with its documentation");
}

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    for source in sources() {
        let lines = source.without_tests().lines().count();
        let code = ["rs", "ts", "tsx", "mjs", "js", "css", "py"]
            .contains(&source.path.rsplit('.').next().unwrap());
        if code && lines > MAX_LINES {
            found.push(format!("{} has {lines}", source.path));
        }
    }
    none(&found, &format!("a file of more than {MAX_LINES} lines (tests apart) holds two nouns"));
}

#[test]
fn files_are_named_after_nouns() {
    let banned = ["common", "utils", "util", "types", "helpers", "helper", "manager", "misc"];
    let found: Vec<String> = paths()
        .into_iter()
        .filter(|path| path.split(['/', '.']).any(|part| banned.contains(&part)))
        .collect();
    none(&found, "a file is named after one noun");
}

#[test]
fn names_say_what_they_mean() {
    let banned =
        ["client", "user", "stream", "manager", "handler", "helper", "context", "data", "info"];
    // The last two are names in RFC 5246 and RFC 9110.
    let allowed = ["ClientMessage", "data_dir", "client_url", "client_hello", "user_agent"];
    // RFC 5764 §4.2 names the keys of DTLS-SRTP after the DTLS client.
    let allowed_in = [("sfu/src/srtp/derive.rs", "client")];
    let mut found = Vec::new();
    for source in rust() {
        let code = source.code();
        let mut names = given_names(&code);
        names.sort_unstable();
        names.dedup();
        for name in names {
            let words = words(name);
            let bad = words.iter().any(|word| {
                banned.contains(&word.as_str())
                    && !allowed_in.contains(&(source.path.as_str(), word.as_str()))
            });
            if bad && !allowed.contains(&name) {
                found.push(format!("{} {name}", source.path));
            }
        }
    }
    none(&found, "a word that means too many things is used as a name");
}

#[test]
fn unsafe_stands_where_it_may() {
    let mut found = Vec::new();
    for source in rust() {
        let allowed = UNSAFE_IN.iter().any(|place| source.path.starts_with(place));
        if !allowed && identifiers(&source.code()).any(|word| word == "unsafe") {
            found.push(source.path);
        }
    }
    none(&found, "unsafe outside the files that need the system");
}

#[test]
fn nothing_of_one_machine_is_committed() {
    // Spelled in halves, so that this file passes.
    let traces = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/home/", "runner"),
        concat!("\"resol", "ved\": \"http"),
        concat!("regi", "stry="),
        concat!("replace-", "with"),
        concat!("_auth", "Token"),
        concat!("BEGIN ", "PRIVATE KEY"),
    ];
    let mut found = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            let trace = traces.iter().find(|trace| line.contains(*trace));
            found.extend(trace.map(|trace| format!("{}:{} {trace}", source.path, number + 1)));
            let index = "registry+https://github.com/rust-lang/crates.io-index";
            if source.path == "Cargo.lock" && line.contains("registry+") && !line.contains(index) {
                found.push(format!("Cargo.lock:{} another registry", number + 1));
            }
        }
    }
    none(&found, "something of one machine is in the tree");
}

#[test]
fn the_licence_is_there() {
    let licence = std::fs::read_to_string(root().join("LICENSE")).unwrap();
    assert!(licence.contains("MIT License"));
}

#[test]
fn the_map_in_the_readme_is_the_tree() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let map = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mapped: Vec<&str> = map
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.contains('/') || word.contains('.'))
        .collect();
    let mut found = Vec::new();
    for place in &mapped {
        if !root().join(place).exists() {
            found.push(format!("{place} is on the map, not in the tree"));
        }
    }
    let folders: BTreeSet<String> = paths()
        .iter()
        .filter_map(|path| path.split_once('/'))
        .map(|(folder, _)| format!("{folder}/"))
        .collect();
    for folder in folders {
        if !mapped.iter().any(|place| place.starts_with(&folder)) {
            found.push(format!("{folder} is in the tree, not on the map"));
        }
    }
    none(&found, "the map in README.md is wrong");
}
