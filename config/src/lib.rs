//! Every setting and every limit of Hearth.
//!
//! Owns the keys, their defaults (`default.toml`, which is also their documentation) and their
//! bounds. Never opens a socket, reads a clock or knows any other crate of ours.

mod check;
mod secret;
mod settings;

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};

pub use check::MIN_SECRET_BYTES;
pub use secret::Secret;
pub use settings::{
    Auth, Blobs, Calls, DefaultRoom, DtlsVersion, Guests, Limits, Log, LogFormat, Rooms, Server,
    Session, Settings, Sfu, SocketIo, Store,
};

/// The documented defaults, as shipped.
pub const DEFAULT_TOML: &str = include_str!("../default.toml");

/// The file that is read from the working folder when no other is named.
pub const DEFAULT_FILE: &str = "hearth.toml";

/// Why the settings cannot be used. The text names the key and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was asked for is not there or cannot be read.
    #[error("cannot read the configuration file {path}: {reason}")]
    File {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A key is unknown or its value has the wrong type.
    #[error("{0}")]
    Key(String),
    /// A value is outside its bounds.
    #[error("{key} = {value} is not allowed: {allowed}")]
    Bound {
        /// The key, as `section.key`.
        key: String,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

/// Reads the settings: defaults, then the file, then the environment.
///
/// `file` is the one named on the command line; without it `hearth.toml` is used if it exists.
///
/// # Errors
/// A missing named file, an unknown key, a value of the wrong type or out of bounds.
pub fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let path = file.unwrap_or(default);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // Only a file that was named must exist.
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            String::new()
        }
        Err(error) => {
            return Err(ConfigError::File { path: path.to_owned(), reason: error.to_string() });
        }
    };
    // On its own first: so it is known what was wrong with the file, and what elsewhere.
    let of_file = Figment::from(Toml::string(&text));
    of_file.extract::<figment::value::Dict>().map_err(|error| ConfigError::File {
        path: path.to_owned(),
        reason: error.kind.to_string(),
    })?;
    finish(environment(base().merge(of_file)))
}

/// The settings of `text` (TOML) over the defaults, without looking at the environment.
///
/// # Errors
/// As [`load`].
pub fn from_toml(text: &str) -> Result<Settings, ConfigError> {
    finish(base().merge(Toml::string(text)))
}

fn base() -> Figment {
    Figment::from(Toml::string(DEFAULT_TOML))
}

/// Variables that other programs use too, and the keys that they set.
const CONVENTIONAL: [(&str, &str); 4] = [
    ("RUST_LOG", "log.filter"),
    ("PORT", "server.port"),
    ("REDIS_URL", "store.redis_url"),
    ("CLIENT_URL", "server.client_url"),
];

fn environment(figment: Figment) -> Figment {
    let figment = figment.merge(Env::prefixed("HEARTH_").split("__"));
    CONVENTIONAL.iter().fold(figment, |figment, (name, key)| match std::env::var(name) {
        Ok(value) if !value.is_empty() => figment.merge(Serialized::default(key, value)),
        _ => figment,
    })
}

fn finish(figment: Figment) -> Result<Settings, ConfigError> {
    let mut settings: Settings = figment.extract().map_err(|error| {
        let key = error.path.join(".");
        let kind = error.kind.to_string();
        ConfigError::Key(if key.is_empty() { kind } else { format!("{key}: {kind}") })
    })?;
    settings.server.apply_conventional_names()?;
    check::check(&settings)?;
    Ok(settings)
}

#[cfg(test)]
#[allow(clippy::result_large_err, reason = "the closures of figment's test jail return its error")]
mod tests {
    use super::*;

    #[test]
    fn the_documented_defaults_are_valid() {
        let settings = from_toml("").unwrap();
        assert_eq!(settings.server.listen.port(), 8080);
        assert_eq!(settings.sfu.slots, 8);
        assert_eq!(settings.rooms.defaults.len(), 3);
        assert_eq!(settings.sfu_listen().port(), 8080);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = from_toml("[sfu]\nslotz = 3").unwrap_err().to_string();
        assert!(error.contains("slotz"), "{error}");
        assert!(error.contains("slots"), "{error}");
    }

    #[test]
    fn a_value_out_of_bounds_is_named_with_what_is_allowed() {
        for (text, key, allowed) in [
            ("[sfu]\nslots = 33", "sfu.slots", "1–32"),
            ("[sfu]\nslots = 0", "sfu.slots", "1–32"),
            ("[session]\ndead_after_ms = 10000", "session.dead_after_ms", "heartbeat_ms"),
            ("[server]\nallowed_origins = [\"example.org\"]", "server.allowed_origins", "https://"),
            ("[auth]\nsecret = \"short-and-secret\"", "auth.secret", "at least 32 bytes"),
            ("[auth]\nsecret_file = \"a\"\npublic_key_file = \"b\"", "auth", "one of"),
            ("[auth]\nleeway_ms = 300001", "auth.leeway_ms", "0–300000"),
            ("[rooms]\nowners = [\"Ana\"]", "rooms.owners", "32 digits"),
            (
                "[rooms]\ndefaults = [{ id = \"A b\", name = \"x\", icon = \"x\" }]",
                "rooms.defaults",
                "a–z",
            ),
        ] {
            let error = from_toml(text).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains(allowed), "{text}: {error}");
            assert!(!error.contains("short-and-secret"), "{error}");
        }
    }

    #[test]
    fn a_wrong_type_is_named() {
        let error = from_toml("[sfu]\nslots = \"many\"").unwrap_err().to_string();
        assert!(error.contains("sfu.slots"), "{error}");
    }

    #[test]
    fn a_named_file_must_exist() {
        let error = load(Some(Path::new("/nonexistent/hearth.toml"))).unwrap_err();
        assert!(matches!(error, ConfigError::File { .. }));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        figment::Jail::expect_with(|jail| {
            jail.create_file(
                "hearth.toml",
                "[sfu]\nslots = 4\n[server]\nlisten = \"127.0.0.1:1\"",
            )?;
            jail.set_env("HEARTH_SFU__SLOTS", "16");
            jail.set_env("PORT", "9000");
            jail.set_env("CLIENT_URL", "https://voice.example.org");
            jail.set_env("RUST_LOG", "debug");
            jail.set_env("REDIS_URL", "redis://:hunter2@cache");
            let settings = load(None).unwrap();
            assert_eq!(settings.sfu.slots, 16);
            assert_eq!(settings.server.listen.to_string(), "127.0.0.1:9000");
            assert_eq!(settings.server.allowed_origins, ["https://voice.example.org"]);
            assert_eq!(settings.log.filter, "debug");
            assert_eq!(settings.store.redis_url.expose(), "redis://:hunter2@cache");
            assert!(!format!("{settings:?}{}", settings.to_toml()).contains("hunter2"));
            Ok(())
        });
    }

    #[test]
    fn a_bad_port_is_named() {
        figment::Jail::expect_with(|jail| {
            jail.set_env("PORT", "http");
            let error = load(None).unwrap_err().to_string();
            assert!(error.contains("PORT"), "{error}");
            Ok(())
        });
    }

    #[test]
    fn the_effective_settings_print_and_read_back() {
        let settings = from_toml("[sfu]\nslots = 5").unwrap();
        let printed = settings.to_toml();
        assert_eq!(from_toml(&printed).unwrap().sfu.slots, 5);
    }
}
