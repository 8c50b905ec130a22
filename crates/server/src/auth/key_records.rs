//! API keys in the bucket: one small object for each, which holds its hash.

use bytes::Bytes;
use cassette_recording::ProjectId;
use cassette_store::{Bucket, BucketError, Put, layout};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::SecretHash;
use crate::random;

/// The folder within a project.
const KIND: &str = "keys";

/// What an object says. Unknown members are for newer versions.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    /// Epoch ms.
    created_at: i64,
    /// Hexadecimal.
    sha256: String,
}

/// Why keys could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyRecordError {
    /// The bucket failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// An object is not what we write.
    #[error("object {name} should hold the hash of an API key")]
    Unreadable {
        /// The object.
        name: String,
    },
}

/// The hashes of a project's keys.
///
/// # Errors
/// When the bucket fails, or holds a record that cannot be read.
pub async fn load_keys(bucket: &Bucket, project: ProjectId) -> Result<Vec<SecretHash>, KeyRecordError> {
    let mut hashes = Vec::new();
    let mut found = bucket.list(&layout::changes(project, KIND));
    while let Some(found) = found.next().await {
        let name = found?.location.to_string();
        let record: Option<KeyRecord> = serde_json::from_slice(&bucket.get(&name).await?).ok();
        let hash = record.and_then(|record| SecretHash::from_hex(&record.sha256));
        hashes.push(hash.ok_or(KeyRecordError::Unreadable { name })?);
    }
    Ok(hashes)
}

/// Keeps the hash of a new key.
///
/// # Errors
/// When the bucket fails.
pub async fn store_key(bucket: &Bucket, project: ProjectId, hash: SecretHash, now: i64) -> Result<(), KeyRecordError> {
    let record = KeyRecord { created_at: now, sha256: hash.to_hex() };
    let bytes = Bytes::from(serde_json::to_vec(&record).expect("a number and a text are always JSON"));
    loop {
        let name = layout::change(project, KIND, now, random::number());
        if bucket.put_new(&name, bytes.clone()).await? == Put::Created {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::api_key::ApiKey;
    use super::*;

    const PROJECT: ProjectId = ProjectId(1);

    #[tokio::test]
    async fn keys_are_found_again_by_their_hashes_only() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        assert!(load_keys(&bucket, PROJECT).await.unwrap().is_empty());
        let key: ApiKey = "phx_very-secret".parse().unwrap();
        store_key(&bucket, PROJECT, key.hash(), 1000).await.unwrap();
        let found = load_keys(&bucket, PROJECT).await.unwrap();
        assert!(found.len() == 1 && found[0].matches(&key.hash()));
        assert!(load_keys(&bucket, ProjectId(2)).await.unwrap().is_empty());
        let name = bucket.list("projects").next().await.unwrap().unwrap().location.to_string();
        let stored = String::from_utf8(bucket.get(&name).await.unwrap().to_vec()).unwrap();
        assert!(name.starts_with("projects/1/keys/") && !stored.contains("secret"), "{name}: {stored}");
    }

    #[tokio::test]
    async fn a_record_that_is_none_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        bucket.put_new("projects/1/keys/x.json", Bytes::from_static(b"{}")).await.unwrap();
        let error = load_keys(&bucket, PROJECT).await.unwrap_err();
        assert_eq!(error.to_string(), "object projects/1/keys/x.json should hold the hash of an API key");
    }
}
