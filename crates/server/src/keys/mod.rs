//! Personal API keys, as documents of the installation.
//!
//! ## Invariants
//!
//! 1. Of a key its SHA-256 alone is kept, and by it the key is found. Its text is shown when it is made or rolled, once.
//! 2. A key that was taken back keeps its document, so that the audit's lines still have a name for it, without the hash.
//! 3. Nothing is remembered between requests: what was taken back on one node opens nothing on another.
//! 4. That a key was used is written down once a day, behind the request that used it.

mod routes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{DocumentError, Documents, INSTALLATION, kinds};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::{ApiKey, Rights, Scope, scope::EVERYTHING};
use crate::random;

pub(crate) use routes::routes;

/// A day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Keys that are remembered as used today.
const REMEMBERED: usize = 10_000;

/// What a key's document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    /// The id of its user; `admin` for the administrator.
    pub(crate) user: String,
    /// Hexadecimal; none once the key was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// What its user calls it.
    #[serde(default)]
    pub(crate) label: String,
    /// By what its user knows it again.
    #[serde(default)]
    pub(crate) mask: String,
    /// What it may do.
    #[serde(default = "everything")]
    pub(crate) scopes: Vec<String>,
    /// Where; empty: wherever its user may.
    #[serde(default)]
    pub(crate) scoped_teams: Vec<u32>,
    /// Epoch ms from which on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    /// Epoch ms, exact to the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_at: Option<i64>,
    /// Epoch ms of its last new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_rolled_at: Option<i64>,
}

fn everything() -> Vec<String> {
    vec![EVERYTHING.to_owned()]
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Of its document.
    pub(crate) id: String,
    /// Epoch ms.
    pub(crate) created_at: i64,
    pub(crate) record: KeyRecord,
}

impl Key {
    fn of(document: &Document) -> Result<Option<Self>, DocumentError> {
        if document.is_deleted() {
            return Ok(None);
        }
        Ok(Some(Self { id: document.id.clone(), created_at: document.created_at, record: document.read()? }))
    }

    /// Whether it opens anything at this time.
    pub(crate) fn is_good(&self, now: i64) -> bool {
        self.record.sha256.is_some() && self.record.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// What its scopes allow. One that this version does not know allows nothing.
    pub(crate) fn rights(&self) -> Rights {
        let each = self.record.scopes.iter().map(|scope| Scope::rights(std::slice::from_ref(scope)));
        each.flatten().fold(Rights::default(), Rights::or)
    }
}

/// What a new key shall be.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) user: String,
    pub(crate) label: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) scoped_teams: Vec<u32>,
    pub(crate) expires_at: Option<i64>,
}

/// All keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    documents: Documents,
    /// By id, the last day on which it was used.
    used: Arc<Mutex<HashMap<String, i64>>>,
}

impl Keys {
    pub(crate) fn new(documents: Documents) -> Self {
        Self { documents, used: Arc::default() }
    }

    /// The key with this text, good or not.
    pub(crate) async fn find(&self, key: &ApiKey) -> Result<Option<Key>, DocumentError> {
        match self.documents.find(&kinds::KEYS, &key.hash().to_hex()).await? {
            Some(document) => Key::of(&document),
            None => Ok(None),
        }
    }

    pub(crate) async fn get(&self, id: &str) -> Result<Option<Key>, DocumentError> {
        match self.documents.get(&kinds::KEYS, INSTALLATION, id).await? {
            Some(document) => Key::of(&document),
            None => Ok(None),
        }
    }

    /// A user's keys, the newest first; `None`: everybody's.
    pub(crate) async fn list(&self, user: Option<&str>) -> Result<Vec<Key>, DocumentError> {
        let query = DocumentQuery {
            project: Some(INSTALLATION),
            parent: user.map(str::to_owned),
            newest_first: true,
            ..DocumentQuery::all(kinds::KEYS.name)
        };
        let found = self.documents.list(query).await?;
        found.iter().filter_map(|document| Key::of(document).transpose()).collect()
    }

    /// Makes a key of this text known.
    pub(crate) async fn create(&self, text: &ApiKey, new: NewKey, now: i64) -> Result<Key, DocumentError> {
        let record = KeyRecord {
            user: new.user,
            sha256: Some(text.hash().to_hex()),
            label: new.label,
            mask: text.mask(),
            scopes: new.scopes,
            scoped_teams: new.scoped_teams,
            expires_at: new.expires_at,
            last_used_at: None,
            last_rolled_at: None,
        };
        let id = random::id();
        let document = self.documents.change(&kinds::KEYS, INSTALLATION, &id, &record, now).await?;
        Ok(Key { id, created_at: document.created_at, record })
    }

    /// Sets members of a key; `null` takes one away.
    pub(crate) async fn change(
        &self,
        id: &str,
        members: &serde_json::Value,
        now: i64,
    ) -> Result<Option<Key>, DocumentError> {
        Key::of(&self.documents.change(&kinds::KEYS, INSTALLATION, id, members, now).await?)
    }

    /// Gives a key another text; the one before opens nothing any more.
    pub(crate) async fn roll(&self, id: &str, text: &ApiKey, now: i64) -> Result<Option<Key>, DocumentError> {
        let members = json!({"sha256": text.hash().to_hex(), "mask": text.mask(), "last_rolled_at": now});
        self.change(id, &members, now).await
    }

    /// Takes a key back.
    pub(crate) async fn remove(&self, id: &str, now: i64) -> Result<(), DocumentError> {
        self.change(id, &json!({"sha256": null, "deleted": true}), now).await?;
        Ok(())
    }

    /// Takes all keys of a user back.
    pub(crate) async fn remove_of(&self, user: &str, now: i64) -> Result<(), DocumentError> {
        for key in self.list(Some(user)).await? {
            self.remove(&key.id, now).await?;
        }
        Ok(())
    }

    /// Notes that a key was used, if that is not known for today. Nobody waits for it.
    pub(crate) fn note_use(&self, key: &Key, now: i64) {
        let day = now.div_euclid(DAY_MS);
        if key.record.last_used_at.is_some_and(|at| at.div_euclid(DAY_MS) >= day) {
            return;
        }
        {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if used.len() >= REMEMBERED {
                used.clear();
            }
            if used.insert(key.id.clone(), day) == Some(day) {
                return;
            }
        }
        let (documents, id) = (self.documents.clone(), key.id.clone());
        tokio::spawn(async move {
            let members = json!({ "last_used_at": now });
            if let Err(error) = documents.change(&kinds::KEYS, INSTALLATION, &id, &members, now).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the use of a key could not be noted");
            }
        });
    }
}
