//! API keys as documents: one for each, which holds its hash.

use cassette_store::catalog::DocumentQuery;
use cassette_store::documents::{DocumentError, Documents, INSTALLATION, kinds};
use serde::{Deserialize, Serialize};

use super::SecretHash;
use crate::random;

/// What a document says.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    /// The id of its user.
    user: String,
    /// Hexadecimal.
    sha256: String,
}

/// The hashes of all keys.
///
/// # Errors
/// When the catalog fails, or holds a key that cannot be read.
pub async fn load_keys(documents: &Documents) -> Result<Vec<SecretHash>, DocumentError> {
    let found = documents.list(DocumentQuery::all(kinds::KEYS.name)).await?;
    let mut hashes = Vec::new();
    for found in found {
        hashes.extend(SecretHash::from_hex(&found.read::<KeyRecord>()?.sha256));
    }
    Ok(hashes)
}

/// Keeps the hash of a new key of the administrator.
///
/// # Errors
/// When store or catalog fail.
pub async fn store_key(documents: &Documents, hash: SecretHash, now: i64) -> Result<(), DocumentError> {
    let record = KeyRecord { user: "admin".into(), sha256: hash.to_hex() };
    documents.change(&kinds::KEYS, INSTALLATION, &random::id(), &record, now).await?;
    Ok(())
}
