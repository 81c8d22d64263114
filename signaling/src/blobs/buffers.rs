//! The few pieces of memory in which whole sounds are, on their way from the disk to where they
//! are kept.
//!
//! Owns their number, which bounds what uploads take however many come. They are used again and
//! again: given back to the allocator from ever other threads, they would add up there.

use std::sync::Arc;

use axum::body::Bytes;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all of them may hold together, bytes; but one is always there.
const MAX_TOTAL: u64 = 10 * 1024 * 1024;

/// All of them.
pub(super) struct Buffers {
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// One that is in use. It is free again when it, or what was made of it, is dropped.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    idle: Arc<Mutex<Vec<Vec<u8>>>>,
    _permit: OwnedSemaphorePermit,
}

impl Buffers {
    /// For sounds of at most `max_bytes`.
    pub(super) fn new(max_bytes: u64) -> Self {
        let number = usize::try_from(MAX_TOTAL / max_bytes.max(1)).unwrap_or(1).max(1);
        Self { free: Arc::new(Semaphore::new(number)), idle: Arc::default() }
    }

    /// Waits for one; it is empty.
    pub(super) async fn take(&self) -> Option<Buffer> {
        // Only a semaphore that was closed refuses, and this one never is.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
        let bytes = self.idle.lock().pop().unwrap_or_default();
        Some(Buffer { bytes, idle: Arc::clone(&self.idle), _permit: permit })
    }
}

impl Buffer {
    /// What is in it, to be handed on.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.idle.lock().push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn there_are_only_so_many_and_they_come_back() {
        let buffers = Buffers::new(MAX_TOTAL / 2);
        let take = || buffers.take().now_or_never().flatten();
        let (mut one, other) = (take().unwrap(), take().unwrap());
        assert!(take().is_none());
        one.bytes.extend([1; 4096]);
        let sent = one.into_bytes();
        assert_eq!((sent.len(), take().is_none()), (4096, true));
        drop(sent);
        let again = take().unwrap();
        assert!(again.bytes.is_empty() && again.bytes.capacity() >= 4096);
        drop(other);
        assert!(take().is_some());
        assert!(Buffers::new(u64::MAX).take().now_or_never().flatten().is_some());
    }
}
