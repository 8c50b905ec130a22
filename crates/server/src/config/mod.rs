//! Configuration: flag over environment over file over default.
//!
//! Read once, at the start; everything else gets values. An unknown key is an error that names the nearest known one. The
//! keys are what [`Config`] has; a variable of the environment is `CASSETTE_` and the key in capitals, sections set off by
//! two underscores: `recording.finish_after_idle` is `CASSETTE_RECORDING__FINISH_AFTER_IDLE`.

mod duration;
mod nearest;
mod oidc;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};

pub use oidc::OidcConfig;

/// All settings of a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder that everything lies in.
    pub data: PathBuf,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Host names, beside those of this machine, that pages may be asked for under.
    pub allowed_hosts: Vec<String>,
    /// The token of the project, at the first start.
    pub project_token: Option<Secret>,
    /// The first personal API key, at the first start.
    pub api_key: Option<Secret>,
    /// The administrator's password; wanted where others can reach the server.
    pub admin_password: Option<Secret>,
    /// Addresses of proxies before this server, whose `X-Forwarded-For` says who asks.
    pub trusted_proxies: Vec<IpAddr>,
    /// The API.
    pub api: ApiConfig,
    /// Recordings.
    pub recording: RecordingConfig,
    /// The journal.
    pub journal: JournalSection,
    /// A login provider; only in builds with the feature `oidc`.
    pub oidc: Option<OidcConfig>,
}

/// How often one may ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Requests that a key, a user or, where nobody says who asks, an address may make in a minute; 0: no limit. Never
    /// of capture.
    pub requests_per_minute: u32,
    /// Requests that may come at once after a quiet time.
    pub burst: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        // A player that opens a day-long recording asks for its blocks as fast as they come.
        Self { requests_per_minute: 1200, burst: 1000 }
    }
}

/// When recordings are finished.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingConfig {
    /// Time without data after which a recording is finished.
    #[serde(with = "duration")]
    pub finish_after_idle: Duration,
    /// zstd level of finished files: 1 to 19.
    pub compression_level: i32,
}

/// The journal's limits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalSection {
    /// How long data waits before it lies in the bucket.
    #[serde(with = "duration")]
    pub cut_after: Duration,
    /// Bytes that may wait for the bucket; more is answered 503.
    pub max_backlog_bytes: u64,
    /// Free bytes that the disk must keep; below, requests are answered 503.
    pub min_free_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("cassette-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            allowed_hosts: Vec::new(),
            project_token: None,
            api_key: None,
            admin_password: None,
            trusted_proxies: Vec::new(),
            api: ApiConfig::default(),
            recording: RecordingConfig::default(),
            journal: JournalSection::default(),
            oidc: None,
        }
    }
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self { finish_after_idle: Duration::from_secs(30 * 60), compression_level: 9 }
    }
}

impl Default for JournalSection {
    fn default() -> Self {
        let journal = crate::ingest::JournalConfig::default();
        Self {
            cut_after: journal.cut_after,
            max_backlog_bytes: journal.max_backlog_bytes,
            min_free_bytes: journal.min_free_bytes,
        }
    }
}

/// A value that does not print.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file {path} is not TOML: {message}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no setting {key}; did you mean {nearest}?")]
    UnknownKey {
        /// Where it stands.
        origin: String,
        /// The key.
        key: String,
        /// The known key that is most like it.
        nearest: &'static str,
    },
    /// A section for what was left out of this build.
    #[error(
        "the section {section} is for builds with the feature {feature}, and this one is without: \
         `cargo build --release --package cassette-cli --features {feature}` makes one that has it"
    )]
    NotBuilt {
        /// The section.
        section: &'static str,
        /// The feature.
        feature: &'static str,
    },
    /// A value of the wrong kind.
    #[error("a setting has the wrong form: {0}")]
    Value(String),
}

/// Every key, by the name in the file; the type decides how a text of the environment is read.
const KEYS: [(&str, Kind); 21] = [
    ("data", Kind::Text),
    ("listen", Kind::Text),
    ("allowed_hosts", Kind::List),
    ("project_token", Kind::Text),
    ("api_key", Kind::Text),
    ("admin_password", Kind::Text),
    ("trusted_proxies", Kind::List),
    ("api.requests_per_minute", Kind::Number),
    ("api.burst", Kind::Number),
    ("recording.finish_after_idle", Kind::Text),
    ("recording.compression_level", Kind::Number),
    ("journal.cut_after", Kind::Text),
    ("journal.max_backlog_bytes", Kind::Number),
    ("journal.min_free_bytes", Kind::Number),
    ("oidc.issuer", Kind::Text),
    ("oidc.client_id", Kind::Text),
    ("oidc.client_secret", Kind::Text),
    ("oidc.redirect_url", Kind::Text),
    ("oidc.allowed_domains", Kind::List),
    ("oidc.default_role", Kind::Text),
    ("oidc.name", Kind::Text),
];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    List,
}

const PREFIX: &str = "CASSETTE_";

/// Variables of other commands, which are no settings of a server.
const NO_SETTINGS: [&str; 1] = ["CASSETTE_USER_PASSWORD"];

impl Config {
    /// Merges the file (where one is named or `cassette.toml` exists), the environment, and `flags` (keys as in the file).
    ///
    /// # Errors
    /// When a key is unknown or a value has the wrong form.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut table = Table::new();
        let default_file = Path::new("cassette.toml");
        if let Some(path) = file.or_else(|| default_file.exists().then_some(default_file)) {
            let text =
                std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
            table = text
                .parse::<Table>()
                .map_err(|error| ConfigError::Toml { path: path.to_owned(), message: error.message().to_owned() })?;
            check_keys(&table, "", &path.display().to_string())?;
        }
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            if NO_SETTINGS.contains(&name.as_str()) {
                continue;
            }
            let key = key.to_ascii_lowercase().replace("__", ".");
            set(&mut table, &key, &value, &name)?;
        }
        for (key, value) in flags {
            set(&mut table, key, value, "the command line")?;
        }
        let mut config: Self =
            table.try_into().map_err(|error: toml::de::Error| ConfigError::Value(error.message().to_owned()))?;
        // Data should lie in the bucket well before its recording is finished, or each would be finished twice.
        config.journal.cut_after = config.journal.cut_after.min(config.recording.finish_after_idle / 2);
        if !(1..=19).contains(&config.recording.compression_level) {
            let level = config.recording.compression_level;
            return Err(ConfigError::Value(format!("recording.compression_level is 1 to 19, got {level}")));
        }
        if let Some(oidc) = &config.oidc {
            oidc.check()?;
        }
        Ok(config)
    }
}

fn known(key: &str, origin: &str) -> Result<Kind, ConfigError> {
    match KEYS.iter().find(|(known, _)| *known == key) {
        Some((_, kind)) => Ok(*kind),
        None => Err(ConfigError::UnknownKey {
            origin: origin.to_owned(),
            key: key.to_owned(),
            nearest: nearest::of(key, KEYS.iter().map(|(known, _)| *known)),
        }),
    }
}

fn check_keys(table: &Table, prefix: &str, origin: &str) -> Result<(), ConfigError> {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            Value::Table(section) => check_keys(section, &format!("{key}."), origin)?,
            _ => known(&key, origin).map(drop)?,
        }
    }
    Ok(())
}

fn set(table: &mut Table, key: &str, text: &str, origin: &str) -> Result<(), ConfigError> {
    let value = match known(key, origin)? {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Number => match text.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => return Err(ConfigError::Value(format!("{key} in {origin} is a whole number, got {text:?}"))),
        },
        Kind::List => Value::Array(text.split(',').map(|part| Value::String(part.trim().to_owned())).collect()),
    };
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, key)) => {
            let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                section.insert(key.to_owned(), value);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], flags: &[(&str, String)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cassette.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Config::load(Some(&path), environment, flags)
    }

    #[test]
    fn flag_wins_over_environment_over_file_over_default() {
        let file = "listen = \"127.0.0.1:1\"\n[recording]\nfinish_after_idle = \"5m\"\ncompression_level = 3\n";
        let environment = [("CASSETTE_LISTEN", "127.0.0.1:2"), ("CASSETTE_RECORDING__COMPRESSION_LEVEL", "4")];
        let config = load(file, &environment, &[("listen", "127.0.0.1:3".into())]).unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.recording.compression_level, 4);
        assert_eq!(config.recording.finish_after_idle, Duration::from_secs(300));
        assert_eq!(config.data, Path::new("cassette-data"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let error = load("[recording]\nfinish_after_idel = \"5m\"\n", &[], &[]).unwrap_err();
        assert!(error.to_string().contains("did you mean recording.finish_after_idle?"), "{error}");
        let error = load("", &[("CASSETTE_LISTE", "x")], &[]).unwrap_err();
        assert!(error.to_string().starts_with("CASSETTE_LISTE: there is no setting liste; did you mean listen?"));
    }

    #[test]
    fn a_value_of_the_wrong_form_is_refused() {
        assert!(load("listen = 5\n", &[], &[]).is_err());
        assert!(load("", &[("CASSETTE_JOURNAL__MIN_FREE_BYTES", "much")], &[]).is_err());
        assert!(load("[recording]\nfinish_after_idle = \"soon\"\n", &[], &[]).is_err());
        assert!(load("[recording]\ncompression_level = 99\n", &[], &[]).is_err());
    }

    #[test]
    fn a_login_provider_is_taken_by_builds_that_have_it_where_it_can_be_trusted() {
        let section = |issuer: &str, domains: &str| {
            let file = format!("[oidc]\nissuer = {issuer:?}\nclient_id = \"c\"\nallowed_domains = {domains}\n");
            load(&file, &[("CASSETTE_OIDC__CLIENT_SECRET", "hush")], &[]).map_err(|error| error.to_string())
        };
        let good = section("https://login.example", "[\"example.com\"]");
        if !cfg!(feature = "oidc") {
            assert!(good.unwrap_err().contains("--features oidc"));
            return;
        }
        let oidc = good.unwrap().oidc.unwrap();
        assert_eq!((oidc.default_role, oidc.client_secret), (crate::users::Role::Viewer, Secret("hush".into())));
        assert!(section("http://127.0.0.1:8080/x", "[\"example.com\"]").is_ok());
        for issuer in ["http://login.example", "http://localhost.evil.example", "login.example", "https://"] {
            assert!(section(issuer, "[\"example.com\"]").unwrap_err().contains("oidc.issuer"), "{issuer}");
        }
        for domains in ["[]", "[\"\"]", "[\"*\"]", "[\"@example.com\"]"] {
            assert!(
                section("https://login.example", domains).unwrap_err().contains("oidc.allowed_domains"),
                "{domains}"
            );
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let config = load("api_key = \"phx_secret\"\n", &[], &[]).unwrap();
        assert!(!format!("{config:?}").contains("phx_secret"));
    }
}
