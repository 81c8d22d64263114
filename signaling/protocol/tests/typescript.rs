//! The committed TypeScript in `client/web/src/protocol` is what the Rust types say.
//!
//! After a change: `HEARTH_UPDATE=1 cargo test -p hearth-protocol`.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report of a failure")]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use hearth_protocol::{ClientMessage, CloseCode, PROTOCOL_VERSION, Request, ServerMessage};
use ts_rs::{Config, TS};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../client/web/src/protocol");

#[test]
fn the_committed_typescript_is_up_to_date() {
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript");
    let _ = fs::remove_dir_all(&fresh);
    let config = Config::default().with_out_dir(&fresh);
    ClientMessage::export_all(&config).unwrap();
    Request::export_all(&config).unwrap();
    ServerMessage::export_all(&config).unwrap();
    fs::write(fresh.join("constants.ts"), constants()).unwrap();
    fs::write(fresh.join("index.ts"), index(&read(&fresh))).unwrap();

    let fresh = read(&fresh);
    if std::env::var_os("HEARTH_UPDATE").is_some() {
        let _ = fs::remove_dir_all(COMMITTED);
        fs::create_dir_all(COMMITTED).unwrap();
        for (name, text) in &fresh {
            fs::write(Path::new(COMMITTED).join(name), text).unwrap();
        }
    }
    let committed = read(Path::new(COMMITTED));
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        fresh.keys().collect::<Vec<_>>(),
        "stale: HEARTH_UPDATE=1 cargo test -p hearth-protocol"
    );
    for (name, text) in &fresh {
        assert_eq!(&committed[name], text, "{name} is stale: HEARTH_UPDATE=1 cargo test");
    }
}

fn constants() -> String {
    let mut text = String::from("// Made from signaling/protocol. Do not edit.\n\n");
    let _ = writeln!(text, "export const PROTOCOL_VERSION = {PROTOCOL_VERSION};\n");
    text.push_str(
        "/** Close codes of the WebSocket; see PROTOCOL.md. */\nexport const CloseCode = {\n",
    );
    for code in CloseCode::ALL {
        let _ = writeln!(text, "  {code:?}: {},", code.number());
    }
    text.push_str("} as const;\n");
    text
}

fn index(files: &BTreeMap<String, String>) -> String {
    let mut text = String::from("// Made from signaling/protocol. Do not edit.\n\n");
    for name in files.keys().filter_map(|file| file.strip_suffix(".ts")) {
        match name {
            "constants" => text.push_str("export * from \"./constants\";\n"),
            _ => {
                let _ = writeln!(text, "export type {{ {name} }} from \"./{name}\";");
            }
        }
    }
    text
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}
