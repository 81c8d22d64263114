//! Sounds: uploaded once, kept outside the log of messages, named there by their id.
//!
//! Owns the way of a sound from whoever uploads it to where the bytes are kept (a folder or a
//! bucket, through one crate), its bounds and its end. Never decides who may read a message, and
//! never holds more in memory than a few sounds at once.

mod buffers;
mod cookie;
mod range;
mod routes;
pub mod sniff;
mod sweep;
mod ticket;

use std::{
    io::{self, Read as _, Seek as _},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use axum::body::Bytes;
use dashmap::DashMap;
use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use hearth_config::Settings;
use hearth_protocol::{BlobId, ErrorCode, Fault, IdentityId};
use object_store::{
    GetOptions, ObjectStore, PutMode, PutPayload, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path, prefix::PrefixStore,
};
use tokio::{
    fs::File, io::AsyncWriteExt as _, sync::Semaphore, task::spawn_blocking, time::timeout,
};

use crate::{
    clock::{millis, now_ms},
    identity::{is_hex_id, random_hex, unavailable},
    limits::Limits,
    store::{BlobRecord, Store, StoreError},
};
use buffers::{Buffer, Buffers};
pub(crate) use cookie::NAME as COOKIE_NAME;
pub use routes::routes;
use sniff::{Container, NotSound};
use ticket::Tickets;

/// Uploads by one person at once.
const MAX_UPLOADS_EACH: usize = 2;

/// A recording that was stopped at the limit is a little longer than that.
const SLACK: Duration = Duration::from_secs(1);

/// All sounds.
pub struct Blobs {
    store: Arc<dyn Store>,
    bytes: Box<dyn ObjectStore>,
    settings: hearth_config::Blobs,
    /// Where uploads wait until they are whole, without a name: they are gone with the process.
    folder: std::path::PathBuf,
    uploads: Semaphore,
    by_person: DashMap<IdentityId, usize>,
    /// Signs addresses for those who can send no token.
    pub(crate) tickets: Tickets,
    buffers: Buffers,
}

/// A sound that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Names it.
    pub id: BlobId,
    /// What it is.
    pub container: Container,
    /// Its size.
    pub bytes: u64,
    /// How long it says to be.
    pub length: Duration,
}

/// Why a sound was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// It has more bytes than may be.
    #[error("a sound has at most {0} bytes")]
    TooLarge(u64),
    /// It is longer than may be.
    #[error("a sound takes at most {} seconds", .0.as_secs())]
    TooLong(Duration),
    /// It is no sound.
    #[error(transparent)]
    NotSound(#[from] NotSound),
    /// It did not come in time.
    #[error("the sound did not come in time")]
    TooSlow,
    /// It did not come whole.
    #[error("the sound did not come whole")]
    Broken,
    /// Too fast, too much at once, or the server cannot keep it now.
    #[error("{}", .0.message)]
    Refused(Fault),
}

/// Why the sounds cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BlobsError {
    /// The folder.
    #[error("the folder {folder} cannot be used: {reason}")]
    Folder {
        /// Which.
        folder: String,
        /// What the system said.
        reason: io::Error,
    },
    /// The folder or bucket, as the crate says it.
    #[error("the sounds cannot be kept: {0}")]
    Store(#[from] object_store::Error),
}

impl Blobs {
    /// The sounds in the folder or bucket of the settings.
    ///
    /// # Errors
    /// The folder cannot be made, or what is said of the bucket makes no sense.
    pub fn open(settings: &Settings, store: Arc<dyn Store>) -> Result<Self, BlobsError> {
        let data_dir = &settings.server.data_dir;
        let folder = data_dir.join("blobs");
        std::fs::create_dir_all(&folder).map_err(|reason| BlobsError::Folder {
            folder: folder.display().to_string(),
            reason,
        })?;
        let settings = settings.blobs.clone();
        let bytes: Box<dyn ObjectStore> = match settings.url.strip_prefix("s3://") {
            None => Box::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true)),
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
                Box::new(PrefixStore::new(bucket, Path::from(prefix)))
            }
        };
        Ok(Self {
            store,
            bytes,
            folder: data_dir.clone(),
            uploads: Semaphore::new(settings.max_uploads),
            by_person: DashMap::new(),
            tickets: Tickets::default(),
            buffers: Buffers::new(settings.max_bytes),
            settings,
        })
    }

    /// Keeps a sound as it comes. What comes back is kept as surely as a message is.
    ///
    /// # Errors
    /// If it is not to be kept, or cannot be.
    pub async fn keep<E>(
        &self,
        owner: &IdentityId,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        limits: &Limits,
    ) -> Result<Kept, NotKept> {
        limits.upload(owner)?;
        let _place = self.place(owner)?;
        let _permit =
            self.uploads.try_acquire().map_err(|_| busy("Too many sounds come at once."))?;
        let spooled = timeout(self.settings.upload_timeout, self.spool(body)).await;
        let (file, size) = spooled.map_err(|_| NotKept::TooSlow)??;
        limits.upload_bytes(owner, size)?;

        let buffer = self.buffers.take().await.ok_or(NotKept::Broken)?;
        let (buffer, container, length) = spawn_blocking(move || examine(file, buffer, size))
            .await
            .map_err(|_| NotKept::NotSound(NotSound::Damaged))??;
        if length > self.settings.max_duration + SLACK {
            return Err(NotKept::TooLong(self.settings.max_duration));
        }
        let kept = Kept { id: BlobId(random_hex::<16>()), container, bytes: size, length };
        self.put(owner, &kept, buffer.into_bytes()).await?;
        metrics::counter!("hearth_blobs_kept_total").increment(1);
        metrics::counter!("hearth_blobs_kept_bytes_total").increment(size);
        Ok(kept)
    }

    /// What is known of a sound.
    ///
    /// # Errors
    /// `busy` if the store does not answer.
    pub async fn find(&self, id: &BlobId) -> Result<Option<BlobRecord>, Fault> {
        if !is_hex_id(&id.0) {
            return Ok(None);
        }
        self.store.blob(id).await.map_err(|error| unavailable(&error))
    }

    /// The bytes of a sound, as they come from where they are kept.
    async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, object_store::Result<Bytes>>, object_store::Error> {
        let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
        Ok(self.bytes.get_opts(&path(id), options).await?.into_stream())
    }

    /// First the record, so that whatever fails is collected by the clock.
    async fn put(&self, owner: &IdentityId, kept: &Kept, bytes: Bytes) -> Result<(), NotKept> {
        let record = BlobRecord {
            id: kept.id.clone(),
            owner: owner.clone(),
            mime: kept.container.mime().into(),
            bytes: kept.bytes,
            duration_ms: Some(u32::try_from(millis(kept.length)).unwrap_or(u32::MAX)),
            at_ms: now_ms(),
            used_in: None,
        };
        let out_of_order = |error: StoreError| NotKept::Refused(unavailable(&error));
        self.store.put_blob(record).await.map_err(out_of_order)?;
        let (path, bytes) = (path(&kept.id), PutPayload::from(bytes));
        if let Err(error) = self.bytes.put_opts(&path, bytes, PutMode::Create.into()).await {
            tracing::error!(%error, "a sound cannot be kept");
            metrics::counter!("hearth_blobs_failed_total").increment(1);
            let _ = self.store.forget_blob(&kept.id).await;
            return Err(busy("The server cannot keep this now."));
        }
        Ok(())
    }

    /// Writes an upload to the disk and counts it.
    async fn spool<E>(
        &self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(std::fs::File, u64), NotKept> {
        let failed = |error: io::Error| {
            tracing::error!(%error, "an upload cannot be written to the disk");
            busy("The server cannot keep this now.")
        };
        let mut file = File::from_std(tempfile::tempfile_in(&self.folder).map_err(failed)?);
        let (mut size, mut head) = (0, Vec::new());
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| NotKept::Broken)?;
            size += chunk.len() as u64;
            if size > self.settings.max_bytes {
                return Err(NotKept::TooLarge(self.settings.max_bytes));
            }
            // What is no sound is not taken to its end.
            if head.len() < sniff::HEAD_BYTES {
                head.extend(chunk.iter().take(sniff::HEAD_BYTES - head.len()));
                if head.len() == sniff::HEAD_BYTES && Container::begins(&head).is_none() {
                    return Err(NotSound::Unknown.into());
                }
            }
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        Ok((file.into_std().await, size))
    }

    /// A place among the uploads of one person.
    fn place(&self, owner: &IdentityId) -> Result<Place<'_>, NotKept> {
        let mut count = self.by_person.entry(owner.clone()).or_default();
        if *count >= MAX_UPLOADS_EACH {
            return Err(busy("Wait until your other sounds have come."));
        }
        *count += 1;
        drop(count);
        Ok(Place { blobs: self, owner: owner.clone() })
    }
}

/// Given back when dropped.
struct Place<'a> {
    blobs: &'a Blobs,
    owner: IdentityId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(mut count) = self.blobs.by_person.get_mut(&self.owner) {
            *count -= 1;
        }
        self.blobs.by_person.remove_if(&self.owner, |_, count| *count == 0);
    }
}

impl From<Fault> for NotKept {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

fn busy(message: &str) -> NotKept {
    Fault::passing(ErrorCode::Busy, message, Duration::from_secs(2)).into()
}

/// Reads an upload back and tells what it is.
fn examine(
    mut file: std::fs::File,
    mut buffer: Buffer,
    size: u64,
) -> Result<(Buffer, Container, Duration), NotKept> {
    // One more, so that the end is seen without growing.
    buffer.bytes.reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
    file.rewind()
        .and_then(|()| file.read_to_end(&mut buffer.bytes))
        .map_err(|_| NotKept::Broken)?;
    let (container, length) = sniff::sound(&buffer.bytes)?;
    Ok((buffer, container, length))
}

/// Where the bytes of a sound are: in one of 256 folders.
fn path(id: &BlobId) -> Path {
    let shard = id.0.get(..2).unwrap_or_default();
    Path::from_iter([shard, id.0.as_str()])
}
