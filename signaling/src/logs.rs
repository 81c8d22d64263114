//! The log: what is written, and in which shape. It goes to standard error.

use std::io;

use hearth_config::{Log, LogFormat};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging for the whole process.
///
/// # Errors
/// The filter cannot be read; the text names `log.filter`.
pub fn start(settings: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| format!("log.filter = \"{}\": {error}", settings.filter))?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match settings.format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(io::stderr)).try_init(),
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true).with_writer(io::stderr))
            .try_init(),
    };
    started.map_err(|error| error.to_string())
}
