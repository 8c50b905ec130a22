//! Users: who may log in, as what, and where. Documents of the installation.
//!
//! ## Invariants
//!
//! 1. An e-mail address is one user's: kept in lower case, and looked for before a user is made, one at a time. Of two
//!    that two nodes make at the same moment the earlier one counts.
//! 2. A new password begins a new generation of sessions: those of the old one are over.
//! 3. Who is removed is removed to the last byte, keys included. Lines of the audit keep the name: they say what was done.
//!
//! The administrator needs no document: whoever knows `CASSETTE_ADMIN_PASSWORD`, has the login link that a start prints, or
//! the first key, is `admin`.

mod role;
mod routes;

use std::sync::Arc;

use cassette_recording::ProjectId;
use cassette_store::catalog::{Document, DocumentQuery};
use cassette_store::documents::{DocumentError, Documents, INSTALLATION, kinds};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

use crate::audit::{Action, Audit};
use crate::auth::{By, Caller, Reach, Rights};
use crate::random;

pub use role::Role;
pub(crate) use routes::{UserAnswer, routes};

/// The user who needs no document.
pub(crate) const ADMIN: &str = "admin";

/// What a user's document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// In lower case.
    pub email: String,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// Argon2id, as a PHC string. None: logs in by other means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Where; none: in all projects, also later ones. Administrators are everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<u32>>,
    /// Whether the user may see which recordings there are.
    #[serde(default = "yes")]
    pub may_list: bool,
    /// Whether the user may see what is in them.
    #[serde(default = "yes")]
    pub may_watch: bool,
    /// The generation of its sessions.
    #[serde(default)]
    pub sessions: String,
}

fn yes() -> bool {
    true
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Of its document.
    pub id: String,
    /// Epoch ms.
    pub created_at: i64,
    /// What the document says.
    pub record: UserRecord,
}

impl User {
    fn of(document: &Document) -> Result<Self, DocumentError> {
        Ok(Self { id: document.id.clone(), created_at: document.created_at, record: document.read()? })
    }

    /// What the user may do.
    pub fn rights(&self) -> Rights {
        self.record.role.rights(self.record.may_list, self.record.may_watch)
    }

    /// Where.
    pub fn reach(&self) -> Reach {
        match &self.record.projects {
            Some(projects) if self.record.role != Role::Admin => {
                let mut projects: Vec<_> = projects.iter().copied().map(ProjectId).collect();
                projects.sort();
                Reach::Only(projects)
            }
            _ => Reach::All,
        }
    }
}

/// What a new user shall be.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// As typed.
    pub email: String,
    /// For people.
    pub name: String,
    /// As a PHC string.
    pub password: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Where; none: everywhere.
    pub projects: Option<Vec<u32>>,
    /// Whether the user may see which recordings there are.
    pub may_list: bool,
    /// Whether the user may see what is in them.
    pub may_watch: bool,
}

/// Why there is no new user.
#[derive(Debug, thiserror::Error)]
pub enum NewUserError {
    /// Somebody has the address.
    #[error("there is already a user with the e-mail address {0}")]
    Exists(String),
    /// It is none.
    #[error("expected an e-mail address, got {0:?}")]
    Email(String),
    /// Store or catalog failed.
    #[error(transparent)]
    Documents(#[from] DocumentError),
}

/// All users.
#[derive(Debug, Clone)]
pub struct Users {
    documents: Documents,
    making: Arc<Mutex<()>>,
}

impl Users {
    /// The users among these documents.
    pub fn new(documents: Documents) -> Self {
        Self { documents, making: Arc::default() }
    }

    /// A user.
    ///
    /// # Errors
    /// When the catalog fails or the document cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<User>, DocumentError> {
        let found = self.documents.get(&kinds::USERS, INSTALLATION, id).await?;
        found.as_ref().map(User::of).transpose()
    }

    /// The user with that address.
    ///
    /// # Errors
    /// When the catalog fails or the document cannot be read.
    pub async fn of_email(&self, email: &str) -> Result<Option<User>, DocumentError> {
        let found = self.documents.find(&kinds::USERS, &normal(email)).await?;
        found.as_ref().map(User::of).transpose()
    }

    /// All users, the first made first.
    ///
    /// # Errors
    /// When the catalog fails or a document cannot be read.
    pub async fn list(&self) -> Result<Vec<User>, DocumentError> {
        let query = DocumentQuery { project: Some(INSTALLATION), ..DocumentQuery::all(kinds::USERS.name) };
        self.documents.list(query).await?.iter().map(User::of).collect()
    }

    /// Whether there is an administrator who can log in with a password.
    ///
    /// # Errors
    /// When the catalog fails or a document cannot be read.
    pub async fn have_admin(&self) -> Result<bool, DocumentError> {
        let users = self.list().await?;
        Ok(users.iter().any(|user| user.record.role == Role::Admin && user.record.password.is_some()))
    }

    /// Makes a user.
    ///
    /// # Errors
    /// When the address is none or somebody's, or store or catalog fail.
    pub async fn create(&self, new: NewUser, now: i64) -> Result<User, NewUserError> {
        let email = normal(&new.email);
        if !is_address(&email) {
            return Err(NewUserError::Email(new.email));
        }
        let _making = self.making.lock().await;
        if self.of_email(&email).await?.is_some() {
            return Err(NewUserError::Exists(email));
        }
        let record = UserRecord {
            email,
            name: new.name,
            password: new.password,
            role: new.role,
            projects: new.projects,
            may_list: new.may_list,
            may_watch: new.may_watch,
            sessions: random::id(),
        };
        let document = self.documents.change(&kinds::USERS, INSTALLATION, &random::id(), &record, now).await?;
        Ok(User::of(&document)?)
    }

    /// Sets members of a user's document; `null` takes one away.
    pub(crate) async fn change(&self, id: &str, members: &serde_json::Value, now: i64) -> Result<User, DocumentError> {
        User::of(&self.documents.change(&kinds::USERS, INSTALLATION, id, members, now).await?)
    }

    /// The members that a new password, as a PHC string, changes.
    pub(crate) fn new_password(hash: &str) -> serde_json::Value {
        json!({"password": hash, "sessions": random::id()})
    }

    /// Writes down that whoever works on this machine changed a user beside the server.
    ///
    /// # Errors
    /// When store or catalog fail.
    pub async fn note_by_operator(&self, id: &str, changed: &str, now: i64) -> Result<(), DocumentError> {
        let operator = Caller { user: "operator".into(), ..Caller::admin(By::Browser) };
        let (subject, detail) = (format!("user:{id}"), json!({ "changed": [changed], "by": "command line" }));
        let audit = Audit::new(self.documents.clone());
        audit.written(&operator, INSTALLATION, Action::Changed, &subject, detail, now).await
    }

    /// Removes a user and its keys.
    ///
    /// # Errors
    /// When store or catalog fail; repeat it then.
    pub async fn remove(&self, id: &str, now: i64) -> Result<(), DocumentError> {
        crate::keys::Keys::new(self.documents.clone()).remove_of(id, now).await?;
        self.documents.erase(&kinds::USERS, INSTALLATION, id).await
    }
}

fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Not more than a typing mistake is caught: whether anybody reads there, only a letter would tell.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    parts.is_some_and(|(_, host)| !host.contains('@'))
        && text.len() <= 254
        && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use cassette_store::Bucket;
    use cassette_store::catalog::{Access, SqliteCatalog};

    use super::*;
    use crate::auth::Right;

    fn new(email: &str, role: Role) -> NewUser {
        NewUser {
            email: email.into(),
            name: "Ann".into(),
            password: None,
            role,
            projects: Some(vec![2, 1]),
            may_list: true,
            may_watch: true,
        }
    }

    fn users(folder: &std::path::Path) -> (Users, Bucket) {
        let bucket = Bucket::folder(folder).unwrap();
        let catalog = SqliteCatalog::open(&folder.join("catalog"), Access::ReadWrite).unwrap();
        (Users::new(Documents::new(bucket.clone(), Arc::new(catalog))), bucket)
    }

    #[tokio::test]
    async fn an_address_is_one_users_until_that_one_is_removed_to_the_last_byte() {
        use futures::StreamExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (users, bucket) = users(folder.path());
        let ann = users.create(new(" Ann@Example.com", Role::Member), 1).await.unwrap();
        assert_eq!(ann.record.email, "ann@example.com");
        assert_eq!(ann.reach(), Reach::Only(vec![ProjectId(1), ProjectId(2)]));
        let again = users.create(new("ANN@example.com ", Role::Admin), 2).await;
        assert!(matches!(again, Err(NewUserError::Exists(_))), "{again:?}");
        assert_eq!(users.of_email("Ann@example.com").await.unwrap().as_ref(), Some(&ann));
        users.remove(&ann.id, 3).await.unwrap();
        assert_eq!(users.of_email("ann@example.com").await.unwrap(), None);
        assert!(bucket.list("projects").next().await.is_none());
        users.create(new("ann@example.com", Role::Viewer), 4).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (users, _) = users(folder.path());
        for text in ["", "ann", "@x", "ann@", "a@b@c", "a b@c", "a\n@b"] {
            let refused = users.create(new(text, Role::Member), 1).await;
            assert!(matches!(refused, Err(NewUserError::Email(_))), "{text:?}");
        }
    }

    #[tokio::test]
    async fn administrators_are_everywhere_and_others_may_be_kept_from_watching() {
        let folder = tempfile::tempdir().unwrap();
        let (users, _) = users(folder.path());
        assert!(!users.have_admin().await.unwrap());
        let root = NewUser { password: Some("hash".into()), may_watch: false, ..new("root@x", Role::Admin) };
        let root = users.create(root, 1).await.unwrap();
        assert_eq!((root.reach(), root.rights()), (Reach::All, Rights::ALL));
        assert!(users.have_admin().await.unwrap());
        let ann = users.create(NewUser { may_watch: false, ..new("ann@x", Role::Member) }, 1).await.unwrap();
        assert!(ann.rights().contain(Right::ListRecordings) && !ann.rights().contain(Right::WatchRecordings));
    }
}
