//! Who asks, and what they may do.

use axum::extract::FromRequestParts;
use cassette_recording::ProjectId;
use http::request::Parts;

use super::Scope;
use crate::api_error::ApiError;
use crate::project::Projects;
use crate::users::User;

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
    /// See who the users are.
    ReadUsers,
    /// Invite, change and remove users, and the keys of all of them.
    ManageUsers,
    /// See one's own keys, without their secrets.
    ReadKeys,
    /// Make, change and take back one's own keys.
    ChangeKeys,
    /// Read what was done by whom.
    ReadAudit,
}

impl Right {
    /// All of them.
    #[cfg(test)]
    pub(super) const EACH: [Self; 19] = [
        Self::ListRecordings,
        Self::WatchRecordings,
        Self::ChangeRecordings,
        Self::DeleteRecordings,
        Self::ReadCollections,
        Self::ChangeCollections,
        Self::ReadSharing,
        Self::ChangeSharing,
        Self::ReadComments,
        Self::ChangeComments,
        Self::ReadPersons,
        Self::ChangePersons,
        Self::ReadProject,
        Self::ChangeProject,
        Self::ReadUsers,
        Self::ManageUsers,
        Self::ReadKeys,
        Self::ChangeKeys,
        Self::ReadAudit,
    ];

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of rights. It remembers which of the others a key withholds from its user: whoever lacks one hears why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    held: u32,
    withheld: u32,
}

impl Rights {
    /// Every right that there is.
    pub const ALL: Self = Self { held: u32::MAX, withheld: 0 };

    /// These.
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        Self { held: rights.into_iter().fold(0, |bits, right| bits | right.bit()), withheld: 0 }
    }

    /// Whether the right is one of them.
    pub fn contain(self, right: Right) -> bool {
        self.held & right.bit() != 0
    }

    /// Whether these may give a key those rights: none of them is withheld. What the user's role lacks may stand in a
    /// key, where it means nothing.
    pub fn cover_key(self, key: Self) -> bool {
        self.withheld & key.held == 0
    }

    /// Those that are in one of both.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self { held: self.held | others.held, withheld: 0 }
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self { held: self.held & others.held, withheld: 0 }
    }

    /// A user's rights, cut down to those of a key.
    #[must_use]
    pub fn within_key(self, key: Self) -> Self {
        Self { held: self.held & key.held, withheld: !key.held }
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

    /// A user.
    pub(crate) fn of(user: &User, by: By) -> Self {
        let email = Some(user.record.email.clone());
        Self { user: user.id.clone(), email, by, rights: user.rights(), reach: user.reach() }
    }

    /// What `@current` is: the first project that the caller sees.
    pub(crate) fn current_project(&self, projects: &Projects) -> Option<ProjectId> {
        match &self.reach {
            Reach::All => projects.first(),
            Reach::Only(mine) => mine.iter().copied().find(|id| projects.get(*id).is_some()),
        }
    }

    /// The project of that name (its id, or PostHog's `@current`), if the caller may do this there. Every handler below
    /// `/api/projects/:project/` begins with this call; there is no other way to a [`ProjectId`].
    ///
    /// # Errors
    /// Not found: there is no such project. Forbidden: it is not the caller's, or the caller may not do this.
    pub fn in_project(&self, projects: &Projects, name: &str, right: Right) -> Result<ProjectId, ApiError> {
        let project = match name {
            "@current" => self.current_project(projects),
            name => name.parse().ok().map(ProjectId).filter(|id| projects.get(*id).is_some()),
        };
        let project = project.ok_or(ApiError::NotFound)?;
        if !self.reaches(project) {
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
        let scope = Scope::wanted_for(right);
        let detail = match self.rights.withheld & right.bit() != 0 {
            true => format!("API key missing required scope '{scope}'"),
            false => format!("Your role does not allow this: it lacks '{scope}'."),
        };
        Err(ApiError::Forbidden { detail })
    }

    /// Whether the caller sees into a project.
    pub fn reaches(&self, project: ProjectId) -> bool {
        match &self.reach {
            Reach::All => true,
            Reach::Only(mine) => mine.contains(&project),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or(ApiError::NotAuthenticated)
    }
}
