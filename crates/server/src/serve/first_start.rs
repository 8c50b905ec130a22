//! What a first start makes: the project with its token, and an API key.

use cassette_store::documents::{DocumentError, Documents};

use crate::auth::{ApiKey, ApiKeyError, SecretHash, load_keys, store_key};
use crate::config::Config;
use crate::project::{Change, DEFAULT_PROJECT, Project, ProjectStore};

/// Why the project or its keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// Project or keys cannot be read or written.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// The operator's token is none.
    #[error("a project token is phc_ and letters, digits, '_' or '-', at most 200 characters in all")]
    ProjectToken,
    /// The operator's key is none.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
}

/// All projects, the first one made if there is none. A token in the configuration counts at the first start only: pages with
/// the old one would stop recording otherwise.
pub(super) async fn projects(store: &ProjectStore, config: &Config, now: i64) -> Result<Vec<Project>, FirstStartError> {
    let projects = store.load().await?;
    if let Some(first) = projects.first() {
        let other = config.project_token.as_ref().is_some_and(|token| token.0 != first.token);
        if other {
            tracing::warn!("the project has another token already; the configured one is ignored");
        }
        return Ok(projects);
    }
    let token = match &config.project_token {
        Some(token) => checked_token(&token.0)?,
        None => crate::random::token("phc_"),
    };
    let change = Change { name: Some("Default".into()), token: Some(token), recording: None };
    let made = store.change(DEFAULT_PROJECT, &change, now).await?;
    Ok(made.into_iter().collect())
}

fn checked_token(token: &str) -> Result<String, FirstStartError> {
    let fits = token.starts_with("phc_")
        && token.len() <= 200
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    fits.then(|| token.to_owned()).ok_or(FirstStartError::ProjectToken)
}

/// The hashes of all keys, and the key that was made because there was none.
pub(super) async fn keys(
    documents: &Documents,
    config: &Config,
    now: i64,
) -> Result<(Vec<SecretHash>, Option<String>), FirstStartError> {
    let mut hashes = load_keys(documents).await?;
    if !hashes.is_empty() {
        return Ok((hashes, None));
    }
    let (key, made) = match &config.api_key {
        Some(key) => (key.0.parse::<ApiKey>()?, false),
        None => (ApiKey::generate(), true),
    };
    store_key(documents, key.hash(), now).await?;
    hashes.push(key.hash());
    let made = made.then(|| key.reveal().to_owned());
    Ok((hashes, made))
}
