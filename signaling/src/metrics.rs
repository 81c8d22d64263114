//! What is counted, for Prometheus.
//!
//! Owns the process's one recorder. Everything is counted where it happens, through the facade
//! crate `metrics`; names carry their unit, and counters end in `_total`.

use std::sync::{Mutex, OnceLock, PoisonError};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Held while the recorder is installed, so that of two servers that start at once one waits.
static STARTING: Mutex<()> = Mutex::new(());

const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];
const RATIOS: [f64; 8] = [0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// Starts counting. Once per process; further calls do nothing.
///
/// # Errors
/// Another recorder was installed before.
pub fn start() -> Result<(), BuildError> {
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if RECORDER.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_ratio".into()), &RATIOS)?
        .install_recorder()?;
    let _ = RECORDER.set(handle);
    Ok(())
}

/// All figures in the text format; empty before [`start`].
#[must_use]
pub fn render() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Moves samples into their buckets; to be called every few seconds.
pub fn upkeep() {
    if let Some(handle) = RECORDER.get() {
        handle.run_upkeep();
    }
}
