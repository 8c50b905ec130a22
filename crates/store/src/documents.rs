//! Documents: what people and SDKs make and change beside recordings. Users, keys, settings, shares, collections, comments,
//! viewed marks, audit lines.
//!
//! ## Invariants
//!
//! 1. **One object a change**, `projects/<project>/<kind>/<id>/<time>-<nonce>.json`, never overwritten: two nodes cannot
//!    lose each other's changes. A change holds the members that it sets; `null` takes one away.
//! 2. **A document is its changes merged in the order of their names.** The catalog's row is an index of that, made again
//!    by a rebuild. Objects first, row second; a row that saw fewer changes never replaces one that saw more.
//!    An object whose row was never written counts from the next change or rebuild on; nobody was told that it was there.
//! 3. A change is named later than all that it was made upon, also after the clock was set back.
//! 4. Kinds are listed in [`kinds`] and nowhere else; their names are folders, their ids lower-case letters, digits and `-`.

use bytes::Bytes;
use cassette_recording::ProjectId;
use futures::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use std::sync::Arc;

use crate::bucket::{Bucket, BucketError, Put};
use crate::catalog::{Catalog, CatalogError, Document, DocumentQuery};
use crate::layout;

/// What belongs to no project lies below this one, which no token opens.
pub const INSTALLATION: ProjectId = ProjectId(0);

/// A kind of documents.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its folder.
    pub name: &'static str,
    /// The member that names what a document belongs to.
    pub parent: Option<&'static str>,
    /// The member by which a document is found in all projects; unique, or random enough to be.
    pub lookup: Option<&'static str>,
}

/// All kinds.
pub mod kinds {
    use super::Kind;

    /// Of a project: name, token, recording settings. One document, `project`.
    pub const SETTINGS: Kind = Kind { name: "settings", parent: None, lookup: None };
    /// Of the installation: who may log in.
    pub const USERS: Kind = Kind { name: "users", parent: None, lookup: Some("email") };
    /// Of the installation: personal API keys, by hash.
    pub const KEYS: Kind = Kind { name: "keys", parent: Some("user"), lookup: Some("sha256") };
    /// Links that open one recording or collection to whoever has them.
    pub const SHARES: Kind = Kind { name: "shares", parent: Some("target"), lookup: Some("token") };
    /// Named sets of recordings, and saved filters.
    pub const COLLECTIONS: Kind = Kind { name: "collections", parent: None, lookup: None };
    /// A recording in a collection.
    pub const COLLECTION_ITEMS: Kind = Kind { name: "collection-items", parent: Some("collection"), lookup: None };
    /// A remark on a recording, or on a moment of it.
    pub const COMMENTS: Kind = Kind { name: "comments", parent: Some("item_id"), lookup: None };
    /// That somebody watched a recording.
    pub const VIEWED: Kind = Kind { name: "viewed", parent: Some("session_id"), lookup: None };
    /// What was done, by whom.
    pub const AUDIT: Kind = Kind { name: "audit", parent: Some("subject"), lookup: None };
    /// Recordings that were deleted and must not come back (see [`crate::tombstones`]).
    pub const DELETED: Kind = Kind { name: "deleted", parent: Some("session_id"), lookup: None };

    /// All of them, for a rebuild.
    pub const ALL: [&Kind; 10] =
        [&SETTINGS, &USERS, &KEYS, &SHARES, &COLLECTIONS, &COLLECTION_ITEMS, &COMMENTS, &VIEWED, &AUDIT, &DELETED];
}

/// Why a document cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The store failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// An object is not what we write.
    #[error("the document object {name} cannot be read: expected a JSON object of its kind")]
    Damaged {
        /// The object, or the document.
        name: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The id cannot be a name.
    #[error("expected an id of lower-case letters, digits and '-', at most 128, found {0:?}")]
    Id(String),
}

/// Reads and changes documents.
#[derive(Debug, Clone)]
pub struct Documents {
    bucket: Bucket,
    catalog: Arc<dyn Catalog>,
}

impl Documents {
    /// The documents of a bucket and its catalog.
    pub fn new(bucket: Bucket, catalog: Arc<dyn Catalog>) -> Self {
        Self { bucket, catalog }
    }

    /// Changes a document, made if there is none of that id; returns what it is now. `change` serialises to a JSON object:
    /// the members to set, `null` for those to take away.
    ///
    /// # Errors
    /// When store or catalog fail, or the id cannot be a name. The change may then be there or not; repeating it is
    /// harmless.
    pub async fn change(
        &self,
        kind: &Kind,
        project: ProjectId,
        id: &str,
        change: &impl Serialize,
        now: i64,
    ) -> Result<Document, DocumentError> {
        let change = serde_json::to_value(change).expect("a change serialises");
        assert!(change.is_object(), "a change is a JSON object");
        let folder = folder(project, kind, id)?;
        let last = self.names(&folder).await?.last().and_then(|name| layout::read_change_time(name));
        let mut at = last.map_or(now, |last| now.max(last + 1));
        let bytes = Bytes::from(change.to_string());
        while self.bucket.put_new(&layout::document_change(&folder, at, nonce(&bytes, at)), bytes.clone()).await?
            == Put::Existed
        {
            at += 1;
        }
        let names = self.names(&folder).await?;
        let document = merged(&self.bucket, kind, project, id, &names).await?;
        self.catalog.put_document(document.clone()).await?;
        Ok(document)
    }

    /// A document.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn get(&self, kind: &Kind, project: ProjectId, id: &str) -> Result<Option<Document>, CatalogError> {
        self.catalog.document(project, kind.name, id).await
    }

    /// The document of whatever project that has this value in the member by which its kind is found.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn find(&self, kind: &Kind, lookup: &str) -> Result<Option<Document>, CatalogError> {
        self.catalog.document_by_lookup(kind.name, lookup).await
    }

    /// Documents of a kind.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn list(&self, query: DocumentQuery) -> Result<Vec<Document>, CatalogError> {
        self.catalog.documents(query).await
    }

    /// Documents of a kind that belong to any of these.
    ///
    /// # Errors
    /// When the catalog fails.
    pub async fn below(
        &self,
        kind: &Kind,
        project: ProjectId,
        parents: Vec<String>,
    ) -> Result<Vec<Document>, CatalogError> {
        self.catalog.documents_below(project, kind.name, parents).await
    }

    /// Removes a document and all its changes, to the last byte. Where it says less, a member such as `deleted` does.
    ///
    /// # Errors
    /// When store or catalog fail; repeat it then.
    pub async fn erase(&self, kind: &Kind, project: ProjectId, id: &str) -> Result<(), DocumentError> {
        let folder = folder(project, kind, id)?;
        for name in self.names(&folder).await? {
            self.bucket.delete_durably(&name).await?;
        }
        self.bucket.remove_half_written(&folder)?;
        Ok(self.catalog.remove_document(project, kind.name, id).await?)
    }

    /// The changes below a folder, the earliest first.
    async fn names(&self, folder: &str) -> Result<Vec<String>, BucketError> {
        let mut names = Vec::new();
        let mut objects = self.bucket.list(folder);
        while let Some(found) = objects.next().await {
            names.push(found?.location.to_string());
        }
        names.sort();
        Ok(names)
    }
}

/// What these changes of a document, the earliest first, come to.
pub(crate) async fn merged(
    bucket: &Bucket,
    kind: &Kind,
    project: ProjectId,
    id: &str,
    names: &[String],
) -> Result<Document, DocumentError> {
    let mut body = Map::new();
    for name in names {
        let bytes = bucket.get(name).await?;
        let change: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|source| DocumentError::Damaged { name: name.clone(), source })?;
        for (member, value) in change {
            match value {
                Value::Null => body.remove(&member),
                value => body.insert(member, value),
            };
        }
    }
    let text = |member: Option<&str>| Some(body.get(member?)?.as_str()?.to_owned());
    let time = |name: Option<&String>| name.and_then(|name| layout::read_change_time(name)).unwrap_or_default();
    Ok(Document {
        project,
        kind: kind.name.to_owned(),
        id: id.to_owned(),
        parent: text(kind.parent),
        lookup: text(kind.lookup),
        created_at: time(names.first()),
        changed_at: time(names.last()),
        changes: names.len() as u64,
        body,
    })
}

impl Document {
    /// One of which nothing can be read but that it is there.
    pub(crate) fn unreadable(kind: &Kind, project: ProjectId, id: &str, names: &[String]) -> Self {
        let time = |name: Option<&String>| name.and_then(|name| layout::read_change_time(name)).unwrap_or_default();
        Self {
            project,
            kind: kind.name.to_owned(),
            id: id.to_owned(),
            parent: None,
            lookup: None,
            created_at: time(names.first()),
            changed_at: time(names.last()),
            changes: names.len() as u64,
            body: Map::new(),
        }
    }

    /// The body as its type.
    ///
    /// # Errors
    /// When it is not of that type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, DocumentError> {
        serde_json::from_value(Value::Object(self.body.clone())).map_err(|source| DocumentError::Damaged {
            name: format!("{}/{}/{}", self.project, self.kind, self.id),
            source,
        })
    }

    /// Whether it was marked as deleted.
    pub fn is_deleted(&self) -> bool {
        self.body.get("deleted") == Some(&Value::Bool(true))
    }
}

/// An id made of texts that need not be names, such as a user and a session: always the same for the same ones.
pub fn id_of(parts: &[&str]) -> String {
    format!("{:032x}", hash_of(parts))
}

/// The number that [`id_of`] writes.
pub(crate) fn hash_of(parts: &[&str]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest.iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

fn folder(project: ProjectId, kind: &Kind, id: &str) -> Result<String, DocumentError> {
    let fits = (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits { Ok(layout::document(project, kind.name, id)) } else { Err(DocumentError::Id(id.to_owned())) }
}

/// Tells apart changes of the same moment, made by two nodes.
fn nonce(change: &[u8], at: i64) -> u32 {
    let digest = Sha256::new().chain_update(at.to_le_bytes()).chain_update(change).finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::{Access, SqliteCatalog};
    use crate::rebuild::rebuild;

    const PROJECT: ProjectId = ProjectId(1);

    fn documents(folder: &std::path::Path) -> Documents {
        let bucket = Bucket::folder(folder).unwrap();
        let catalog = SqliteCatalog::open(&folder.join("catalog"), Access::ReadWrite).unwrap();
        Documents::new(bucket, Arc::new(catalog))
    }

    #[tokio::test]
    async fn changes_are_merged_in_their_order_even_after_the_clock_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path());
        let mut last = None;
        for (change, now) in [
            (json!({"name": "one", "note": "n", "target": "t"}), 5000),
            (json!({"name": "two"}), 1000),
            (json!({"name": "three", "note": null, "token": "s"}), 1000),
        ] {
            last = Some(documents.change(&kinds::SHARES, PROJECT, "a-1", &change, now).await.unwrap());
        }
        let last = last.unwrap();
        assert_eq!(Value::Object(last.body.clone()), json!({"name": "three", "target": "t", "token": "s"}));
        assert_eq!((last.created_at, last.changed_at, last.changes), (5000, 5002, 3));
        assert_eq!((last.parent.as_deref(), last.lookup.as_deref()), (Some("t"), Some("s")));
        assert_eq!(documents.find(&kinds::SHARES, "s").await.unwrap().as_ref(), Some(&last));
        assert_eq!(documents.get(&kinds::SHARES, PROJECT, "a-1").await.unwrap(), Some(last));
    }

    #[tokio::test]
    async fn a_rebuild_finds_documents_again_and_reports_damaged_ones() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path());
        let made = documents.change(&kinds::COMMENTS, PROJECT, "c", &json!({"item_id": "s"}), 7).await.unwrap();
        documents.bucket.put_new("projects/1/comments/d/00000000000a-00000001.json", "[]".into()).await.unwrap();
        let rebuilt = rebuild(&documents.bucket, &*documents.catalog).await.unwrap();
        assert_eq!((rebuilt.documents, rebuilt.damaged.len()), (1, 1));
        assert!(rebuilt.damaged[0].0.ends_with("comments/d"), "{:?}", rebuilt.damaged);
        assert_eq!(documents.get(&kinds::COMMENTS, PROJECT, "c").await.unwrap(), Some(made));
    }

    #[tokio::test]
    async fn an_erased_document_leaves_no_byte() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path());
        for text in ["a", "b"] {
            documents.change(&kinds::COMMENTS, PROJECT, "c", &json!({ "content": text }), 7).await.unwrap();
        }
        documents.erase(&kinds::COMMENTS, PROJECT, "c").await.unwrap();
        assert!(documents.bucket.list("projects").next().await.is_none());
        assert_eq!(documents.get(&kinds::COMMENTS, PROJECT, "c").await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_id_that_cannot_be_a_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path());
        for id in ["", "..", "a/b", "A", "ä"] {
            let refused = documents.change(&kinds::COMMENTS, PROJECT, id, &json!({}), 7).await;
            assert!(matches!(refused, Err(DocumentError::Id(_))), "{id}");
        }
        assert_eq!(id_of(&["ab", "c"]).len(), 32);
        assert_eq!(id_of(&["project"]), "63b1ce34742aa7b27518a06088ee29c6", "ids are stored");
        assert_ne!(id_of(&["ab", "c"]), id_of(&["a", "bc"]));
    }
}
