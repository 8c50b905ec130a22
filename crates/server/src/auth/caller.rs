//! Who asks, and what they may do.

use axum::extract::FromRequestParts;
use cassette_recording::ProjectId;
use http::request::Parts;

use crate::api_error::ApiError;
use crate::project::Projects;

/// Something that one may be allowed to do. To list recordings and to watch them are two things: who may see that a visit
/// took place need not see what the visitor typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See which recordings there are, and their numbers.
    ListRecordings,
    /// See what is in them: play, snapshots, download, export.
    WatchRecordings,
    /// Mark as viewed, import.
    ChangeRecordings,
    /// Delete recordings, for good.
    DeleteRecordings,
    /// See collections and saved filters.
    ReadCollections,
    /// Make and change them.
    ChangeCollections,
    /// See which links are out.
    ReadSharing,
    /// Make links that open a recording to others, and take them back.
    ChangeSharing,
    /// Read comments.
    ReadComments,
    /// Write them.
    ChangeComments,
    /// See persons and their properties.
    ReadPersons,
    /// Delete persons.
    ChangePersons,
    /// See a project and its settings.
    ReadProject,
    /// Change them; make projects, rotate tokens.
    ChangeProject,
    /// See, invite, change and remove users, and the keys of all of them.
    ManageUsers,
    /// Read what was done by whom.
    ReadAudit,
}

impl Right {
    fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u32);

impl Rights {
    /// Every right that there is.
    pub const ALL: Self = Self(u32::MAX);

    /// These.
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }

    /// Whether the right is one of them.
    pub fn contain(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}

/// How a caller proved itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A browser that has logged in.
    Browser,
    /// A program with an API key, by the id of its document.
    Key(String),
}

/// Into which projects a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All of them, also those that are made later.
    All,
    /// These.
    Only(Vec<ProjectId>),
}

/// Who asks. [`super::require_login`] leaves it in the request; handlers take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The id of the user's document; `admin` for the administrator, who needs none.
    pub user: String,
    /// The user's, where there is one.
    pub email: Option<String>,
    /// How it proved itself.
    pub by: By,
    /// What it may do: the user's rights, cut down to those of the key.
    pub rights: Rights,
    /// Where.
    pub reach: Reach,
}

impl Caller {
    /// The administrator: may do everything everywhere.
    pub fn admin(by: By) -> Self {
        Self { user: "admin".into(), email: None, by, rights: Rights::ALL, reach: Reach::All }
    }

    /// The project of that name (its id, or PostHog's `@current`), if the caller may do this there. Every handler below
    /// `/api/projects/:project/` begins with this call; there is no other way to a [`ProjectId`].
    ///
    /// # Errors
    /// Not found: there is no such project. Forbidden: it is not the caller's, or the caller may not do this.
    pub fn in_project(&self, projects: &Projects, name: &str, right: Right) -> Result<ProjectId, ApiError> {
        let project = match (name, &self.reach) {
            ("@current", Reach::All) => projects.first(),
            ("@current", Reach::Only(mine)) => mine.first().copied(),
            (name, _) => name.parse().ok().map(ProjectId).filter(|id| projects.get(*id).is_some()),
        };
        let project = project.ok_or(ApiError::NotFound)?;
        if let Reach::Only(mine) = &self.reach
            && !mine.contains(&project)
        {
            return Err(ApiError::Forbidden { detail: "You don't have access to the project.".into() });
        }
        self.may(right)?;
        Ok(project)
    }

    /// Whether the caller may do this, wherever.
    ///
    /// # Errors
    /// Forbidden, with what is missing.
    pub fn may(&self, right: Right) -> Result<(), ApiError> {
        if self.rights.contain(right) {
            return Ok(());
        }
        let detail = match self.by {
            By::Browser => format!("Your role does not allow this: {right:?}."),
            By::Key(_) => format!("API key missing required scope for: {right:?}."),
        };
        Err(ApiError::Forbidden { detail })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or(ApiError::NotAuthenticated)
    }
}
