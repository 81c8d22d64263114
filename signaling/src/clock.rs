//! The clock on the wall, and times as whole milliseconds.
//!
//! Orders nothing: it may be set.

use std::time::{Duration, SystemTime};

/// Unix time, ms.
pub(crate) fn now_ms() -> u64 {
    millis(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// Whole milliseconds; what does not fit is as much as fits.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
