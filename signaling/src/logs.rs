//! The log: what is written, and in which shape. It goes to standard error.
//!
//! Owns the rule that nothing secret and nothing that people say is in it, at any level: what other
//! crates write in detail shows whole messages, so it is left out.

use std::io;

use hearth_config::{Log, LogFormat};
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt, prelude::*};

/// Starts logging for the whole process.
///
/// # Errors
/// The filter cannot be read; the text names `log.filter`.
pub fn start(settings: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| format!("log.filter = \"{}\": {error}", settings.filter))?;
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(is_discreet));
    let started = match settings.format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(io::stderr)).try_init(),
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true).with_writer(io::stderr))
            .try_init(),
    };
    started.map_err(|error| error.to_string())
}

/// Whether whoever writes this knows what must not be written.
fn is_discreet(written: &Metadata<'_>) -> bool {
    written.target().starts_with("hearth") || *written.level() <= Level::INFO
}
