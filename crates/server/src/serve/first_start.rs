//! What a first start makes: the project with its token, and an API key.

use cassette_store::Bucket;

use crate::auth::{ApiKey, ApiKeyError, KeyRecordError, SecretHash, load_keys, store_key};
use crate::config::Config;
use crate::project::{Change, DEFAULT_PROJECT, Project, ProjectStore, ProjectStoreError};

/// Why the project or its keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// The project's changes cannot be read or written.
    #[error(transparent)]
    Project(#[from] ProjectStoreError),
    /// The keys cannot be read or written.
    #[error(transparent)]
    Keys(#[from] KeyRecordError),
    /// The operator's token is none.
    #[error("a project token is phc_ and letters, digits, '_' or '-', at most 200 characters in all")]
    ProjectToken,
    /// The operator's key is none.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    /// The project vanished while it was made.
    #[error("the project could not be made")]
    Make,
}

/// The project as it is, made if it is not there. A token in the configuration counts at the first start only: pages with
/// the old one would stop recording otherwise.
pub(super) async fn project(store: &ProjectStore, config: &Config, now: i64) -> Result<Project, FirstStartError> {
    if let Some(project) = store.load(DEFAULT_PROJECT).await? {
        let other = config.project_token.as_ref().is_some_and(|token| token.0 != project.token);
        if other {
            tracing::warn!("the project has another token already; the configured one is ignored");
        }
        return Ok(project);
    }
    let token = match &config.project_token {
        Some(token) => checked_token(&token.0)?,
        None => crate::random::token("phc_"),
    };
    let change = Change { name: Some("Default".into()), token: Some(token), recording: None };
    store.change(DEFAULT_PROJECT, &change, now).await?;
    store.load(DEFAULT_PROJECT).await?.ok_or(FirstStartError::Make)
}

fn checked_token(token: &str) -> Result<String, FirstStartError> {
    let fits = token.starts_with("phc_")
        && token.len() <= 200
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    fits.then(|| token.to_owned()).ok_or(FirstStartError::ProjectToken)
}

/// The hashes of all keys, and the key that was made because there was none.
pub(super) async fn keys(
    bucket: &Bucket,
    config: &Config,
    now: i64,
) -> Result<(Vec<SecretHash>, Option<String>), FirstStartError> {
    let mut hashes = load_keys(bucket, DEFAULT_PROJECT).await?;
    if !hashes.is_empty() {
        return Ok((hashes, None));
    }
    let (key, made) = match &config.api_key {
        Some(key) => (key.0.parse::<ApiKey>()?, false),
        None => (ApiKey::generate(), true),
    };
    store_key(bucket, DEFAULT_PROJECT, key.hash(), now).await?;
    hashes.push(key.hash());
    let made = made.then(|| key.reveal().to_owned());
    Ok((hashes, made))
}
