//! What is SQLite's own: the file, its lock, its failures. The rest is the suite's.

use std::sync::Arc;

use super::*;
use crate::store::conformance;

fn settings(folder: &Path) -> Settings {
    let mut settings = hearth_config::from_toml("").unwrap();
    settings.server.data_dir = folder.to_owned();
    settings.guests.max_identities = conformance::MAX_IDENTITIES;
    settings
}

#[tokio::test]
async fn it_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let open = async || SqliteStore::open(&settings).await.unwrap();
    conformance::run(async || Arc::new(open().await) as Arc<dyn Store>).await;
}

#[tokio::test]
async fn a_file_is_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder.path().join("made/for/this"));
    let first = SqliteStore::open(&settings).await.unwrap();
    let second = SqliteStore::open(&settings).await.err().map(|error| error.to_string());
    assert!(second.is_some_and(|text| text.contains("another Hearth is running")));
    drop(first);
    SqliteStore::open(&settings).await.unwrap();
}
