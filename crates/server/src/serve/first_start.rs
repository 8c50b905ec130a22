//! What a first start makes: the project with its token, and an API key.

use cassette_store::catalog::DocumentQuery;
use cassette_store::documents::{DocumentError, Documents, kinds};

use crate::auth::scope::EVERYTHING;
use crate::auth::{ApiKey, ApiKeyError};
use crate::config::Config;
use crate::keys::{Keys, NewKey};
use crate::project::{Change, DEFAULT_PROJECT, ProjectStore, StoredProject};
use crate::users::ADMIN;

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
pub(super) async fn projects(
    store: &ProjectStore,
    config: &Config,
    now: i64,
) -> Result<Vec<StoredProject>, FirstStartError> {
    let projects = store.load().await?;
    if let Some(first) = projects.first() {
        let other = config.project_token.as_ref().is_some_and(|token| token.0 != first.project.token);
        if other {
            tracing::warn!("the project has another token already; the configured one is ignored");
        }
        return Ok(projects);
    }
    let token = match &config.project_token {
        Some(token) => checked_token(&token.0)?,
        None => crate::random::token("phc_"),
    };
    let change = Change { name: Some("Default".into()), token: Some(token), ..Change::default() };
    let made = store.change(DEFAULT_PROJECT, &change, now).await?;
    Ok(made.into_iter().collect())
}

fn checked_token(token: &str) -> Result<String, FirstStartError> {
    let fits = token.starts_with("phc_")
        && token.len() <= 200
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    fits.then(|| token.to_owned()).ok_or(FirstStartError::ProjectToken)
}

/// The key that was made because there was none, unless the operator chose it. A key that was taken back counts: whoever
/// takes back the last one wants none.
pub(super) async fn key(documents: &Documents, config: &Config, now: i64) -> Result<Option<String>, FirstStartError> {
    let any = DocumentQuery { limit: 1, ..DocumentQuery::all(kinds::KEYS.name) };
    if !documents.list(any).await.map_err(DocumentError::from)?.is_empty() {
        return Ok(None);
    }
    let (key, made) = match &config.api_key {
        Some(key) => (key.0.parse::<ApiKey>()?, false),
        None => (ApiKey::generate(), true),
    };
    let first = NewKey {
        user: ADMIN.into(),
        label: "First key".into(),
        scopes: vec![EVERYTHING.into()],
        scoped_teams: Vec::new(),
        expires_at: None,
    };
    Keys::new(documents.clone()).create(&key, first, now).await?;
    Ok(made.then(|| key.reveal().to_owned()))
}
