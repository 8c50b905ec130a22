//! What was done, by whom: one document for each watch, export, share, deletion and key.
//!
//! ## Invariants
//!
//! 1. The line is durable before what it tells of is answered. What cannot be written down is not done.
//! 2. Playing a recording takes many requests and is one watch: the same caller, recording and way leave one line an hour.
//! 3. A line names things by their ids, never by secrets: no tokens, no keys.

mod routes;
mod watches;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::documents::{DocumentError, Documents, kinds};
use serde::Serialize;

use crate::api_error::ApiError;
use crate::auth::{By, Caller};

pub(crate) use routes::routes;
pub(crate) use watches::Watches;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// A recording was seen.
    Watched,
    /// A file of it was taken out.
    Exported,
    /// Files came in.
    Imported,
    /// A link was made or changed.
    Shared,
    /// A link was taken back.
    Unshared,
    /// A recording or a person was deleted.
    Deleted,
    /// A key was made, rotated, changed or taken back; a user, a project was made, changed or removed.
    Changed,
    /// Somebody logged in.
    LoggedIn,
}

/// By which way a recording was seen or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    /// Cassette's own player: blocks and live events.
    Player,
    /// PostHog's snapshots.
    Snapshots,
    /// A whole file.
    Download,
    /// A signed link to the stored object.
    DirectLink,
    /// A shared link or an embed.
    Share,
}

/// Writes the lines.
#[derive(Debug)]
pub(crate) struct Audit {
    documents: Documents,
    watches: Watches,
}

#[derive(Serialize)]
struct Line<'a> {
    action: Action,
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<Via>,
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    detail: serde_json::Value,
}

impl Audit {
    pub(crate) fn new(documents: Documents) -> Self {
        Self { documents, watches: Watches::default() }
    }

    /// That a recording was seen. One line for as many requests as one watch takes.
    pub(crate) async fn watched(
        &self,
        caller: &Caller,
        project: ProjectId,
        session: &RecordingId,
        via: Via,
        now: i64,
    ) -> Result<(), ApiError> {
        let watch = format!("{}/{:?}/{project}/{session}/{via:?}", caller.user, caller.by);
        let action = if via == Via::Download { Action::Exported } else { Action::Watched };
        let line = self.write(caller, project, action, session.as_str(), Some(via), serde_json::Value::Null, now);
        Ok(self.watches.once(watch, now, line).await?)
    }

    /// That something was done. `subject` is what it was done to, as `kind:id`, or a session id alone.
    pub(crate) async fn note(
        &self,
        caller: &Caller,
        project: ProjectId,
        action: Action,
        subject: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), ApiError> {
        Ok(self.written(caller, project, action, subject, detail, now).await?)
    }

    /// The same, for those who do not answer requests.
    pub(crate) async fn written(
        &self,
        caller: &Caller,
        project: ProjectId,
        action: Action,
        subject: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), DocumentError> {
        self.write(caller, project, action, subject, None, detail, now).await
    }

    /// That the server did something by itself. `user` names the part of it.
    pub(crate) async fn by_server(
        &self,
        user: &str,
        project: ProjectId,
        action: Action,
        subject: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), DocumentError> {
        let line = Line { action, subject, via: None, user, email: None, key: None, detail };
        self.documents.change(&kinds::AUDIT, project, &crate::random::id(), &line, now).await?;
        Ok(())
    }

    /// That somebody who came by a link saw something. `user` is `share:` and the id of the share, never its token.
    pub(crate) async fn seen_by_link(
        &self,
        project: ProjectId,
        subject: &str,
        user: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), ApiError> {
        let via = Some(Via::Share);
        let line = Line { action: Action::Watched, subject, via, user, email: None, key: None, detail };
        self.documents.change(&kinds::AUDIT, project, &crate::random::id(), &line, now).await?;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the members of a line")]
    async fn write(
        &self,
        caller: &Caller,
        project: ProjectId,
        action: Action,
        subject: &str,
        via: Option<Via>,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), DocumentError> {
        let key = match &caller.by {
            By::Key(id) => Some(id.as_str()),
            By::Browser => None,
        };
        let email = caller.email.as_deref();
        let line = Line { action, subject, via, user: &caller.user, email, key, detail };
        let id = crate::random::id();
        self.documents.change(&kinds::AUDIT, project, &id, &line, now).await?;
        Ok(())
    }
}
