//! The end of sounds that no message uses: uploads that were never sent, and what was deleted.
//!
//! Owns the clock of it. A sound goes only after the store has forgotten it, which it does not
//! while a message uses it. Bytes that no record names (after a crash between the two, or with a
//! store that was put back), and files that a crash left half written, are looked for in a few of the 256
//! folders at a time.

use std::{io, time::Duration};

use futures_util::TryStreamExt as _;
use hearth_protocol::BlobId;
use object_store::{ObjectStoreExt as _, path::Path};

use super::{Blobs, path};
use crate::{
    clock::{millis, now_ms},
    identity::is_hex_id,
};

/// The longest time between two sweeps.
const MAX_INTERVAL: Duration = Duration::from_secs(600);

/// Folders that one sweep looks through: all of them come about in less than three hours.
const FOLDERS: usize = 16;

/// Sounds that one sweep takes at most.
const BATCH: usize = 500;

impl Blobs {
    /// Sweeps again and again.
    pub(crate) async fn sweep_forever(&self) {
        let period = (self.settings.unused / 4).clamp(Duration::from_millis(100), MAX_INTERVAL);
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut shards = (0..=u8::MAX).cycle();
        loop {
            interval.tick().await;
            let mut swept = vec![self.sweep_unused().await];
            for shard in shards.by_ref().take(FOLDERS) {
                swept.push(self.sweep_nameless(shard).await);
                swept.push(self.sweep_staged(shard).await.map_err(|error| error.to_string()));
            }
            if let Some(error) = swept.into_iter().find_map(Result::err) {
                tracing::warn!(error, "unused sounds cannot be deleted now; trying again later");
            }
        }
    }

    /// Deletes what no message uses.
    async fn sweep_unused(&self) -> Result<(), String> {
        let before = now_ms().saturating_sub(millis(self.settings.unused));
        let unused = self.store.unused_blobs(before, BATCH).await.map_err(|e| e.to_string())?;
        for blob in unused {
            // A message may have come to use it since.
            if self.store.forget_blob(&blob.id).await.map_err(|e| e.to_string())? {
                self.delete(&path(&blob.id)).await?;
            }
        }
        Ok(())
    }

    /// Deletes what no record names.
    async fn sweep_nameless(&self, shard: u8) -> Result<(), String> {
        let folder = Path::from(format!("{shard:02x}"));
        let mut objects = self.bytes.list(Some(&folder));
        while let Some(object) = objects.try_next().await.map_err(|e| e.to_string())? {
            let age = millis(self.settings.unused).cast_signed();
            let is_old = object.last_modified.timestamp_millis() < now_ms().cast_signed() - age;
            let Some(id) = object.location.filename().filter(|name| is_hex_id(name)) else {
                continue;
            };
            let id = BlobId(id.to_owned());
            if is_old && self.store.blob(&id).await.map_err(|e| e.to_string())?.is_none() {
                self.delete(&object.location).await?;
            }
        }
        Ok(())
    }

    /// Deletes files that were never written to their end: they are called as the sound with a `#` and
    /// a number, and no listing shows them. Another node may be writing those that are young.
    async fn sweep_staged(&self, shard: u8) -> io::Result<()> {
        if self.settings.url.starts_with("s3://") {
            return Ok(());
        }
        let folder = self.folder.join("blobs").join(format!("{shard:02x}"));
        let mut files = match tokio::fs::read_dir(folder).await {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name();
            let staged = name.to_str().and_then(|name| name.split_once('#'));
            if !staged.is_some_and(|(id, _)| is_hex_id(id)) {
                continue;
            }
            // What is gone meanwhile was renamed or deleted by another node.
            let Ok(written) = file.metadata().await.and_then(|it| it.modified()) else { continue };
            if written.elapsed().is_ok_and(|age| age > self.settings.unused) {
                tokio::fs::remove_file(file.path()).await?;
                metrics::counter!("hearth_blobs_deleted_total").increment(1);
            }
        }
        Ok(())
    }

    async fn delete(&self, path: &Path) -> Result<(), String> {
        match self.bytes.delete(path).await {
            Ok(()) => metrics::counter!("hearth_blobs_deleted_total").increment(1),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }
}
