//! What owners do with links. Who may not watch does not see them either: a link is a way to watch.

mod collection;
mod recording;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::documents::kinds;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::accesses::Access;
use super::answer::{Answer, NewPassword};
use super::change::Asked;
use super::share::{KeptPassword, PASSWORD, Share, Target};
use super::views;
use crate::api::Api;
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{Caller, Password, Right};
use crate::playback::listing;

/// Passwords that one share may have: a guess is compared with each of them, and that takes its time.
const MOST_PASSWORDS: usize = 20;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().merge(recording::routes()).merge(collection::routes())
}

/// A password, as it is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AskSharePassword)]
struct AskedPassword {
    /// At least eight characters.
    #[schema(min_length = 8)]
    raw_password: Option<String>,
    /// For whom it is.
    note: Option<String>,
}

async fn target_of_recording(
    app: &App,
    caller: &Caller,
    right: Right,
    project: &str,
    session: &str,
) -> Result<(ProjectId, Target), ApiError> {
    let project = caller.in_project(&app.projects, project, right)?;
    caller.may(Right::WatchRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    let known = app.catalog.recording(project, &session).await?.is_some();
    if !known && app.open.facts(&(project, session.clone())).is_none() {
        return Err(ApiError::NotFound);
    }
    Ok((project, Target::Recording(session)))
}

async fn target_of_collection(
    app: &App,
    caller: &Caller,
    right: Right,
    project: &str,
    short_id: &str,
) -> Result<(ProjectId, Target), ApiError> {
    let project = caller.in_project(&app.projects, project, right)?;
    caller.may(Right::WatchRecordings)?;
    let collection = app.documents.get(&kinds::COLLECTIONS, project, short_id).await?;
    let collection = collection.filter(|collection| !collection.is_deleted()).ok_or(ApiError::NotFound)?;
    if collection.body.get("type").and_then(Value::as_str) == Some("filters") {
        let detail =
            "Expected a collection: what saved filters find changes by itself, so nobody can say what is shared.";
        return Err(ApiError::Invalid { attr: "type", detail: detail.into() });
    }
    Ok((project, Target::Collection(short_id.to_owned())))
}

async fn read(app: &App, project: ProjectId, target: &Target) -> Result<Answer, ApiError> {
    match app.sharing.of_target(project, target).await? {
        Some(share) => answer(app, &share).await,
        None => Ok(Answer::default()),
    }
}

async fn answer(app: &App, share: &Share) -> Result<Answer, ApiError> {
    Ok(Answer::of(share, app.sharing.views.count(&app.documents, share).await?))
}

async fn change(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    target: &Target,
    asked: Asked,
) -> Result<Answer, ApiError> {
    let now = app.clock.now();
    let before = app.sharing.of_target(project, target).await?;
    if let (Target::Recording(session), Some(part)) = (target, asked.part(before.as_ref())?) {
        holds_a_picture(app, project, session, part).await?;
    }
    let opens = asked.enabled().or(before.map(|share| share.body.enabled)).unwrap_or_default();
    let members = asked.members(target, now)?;
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    let action = if opens { Action::Shared } else { Action::Unshared };
    app.audit.note(caller, project, action, &target.subject(), json!({ "changed": names }), now).await?;
    let share = app.sharing.change(project, target, members, now).await?;
    answer(app, &share).await
}

/// What happens outside of the part does not leave the server, so a part without a full snapshot would show nothing.
async fn holds_a_picture(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    (from, to): (i64, i64),
) -> Result<(), ApiError> {
    /// As many as are worth reading.
    const NAMED: usize = 20;
    let listing = listing(app, project, session).await?;
    let mut pictures: Vec<i64> =
        listing.blocks.iter().flat_map(|block| block.full_snapshots.iter().map(|picture| picture.timestamp)).collect();
    if pictures.iter().any(|at| (from..=to).contains(at)) {
        return Ok(());
    }
    pictures.sort_unstable();
    pictures.dedup();
    let named: Vec<String> = pictures.iter().take(NAMED).map(i64::to_string).collect();
    let detail = format!(
        "Expected a part with a full picture of the page in it; this recording has them at these milliseconds: {}.",
        named.join(", ")
    );
    Err(ApiError::Invalid { attr: "starts_at", detail })
}

async fn refresh(app: &App, caller: &Caller, project: ProjectId, target: &Target) -> Result<Answer, ApiError> {
    let now = app.clock.now();
    app.audit.note(caller, project, Action::Shared, &target.subject(), json!({"changed": ["token"]}), now).await?;
    let share = match app.sharing.of_target(project, target).await? {
        Some(share) => app.sharing.refresh(&share, now).await?,
        // There is no token to be replaced.
        None => app.sharing.change(project, target, Map::new(), now).await?,
    };
    answer(app, &share).await
}

async fn add_password(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    target: &Target,
    asked: AskedPassword,
) -> Result<NewPassword, ApiError> {
    let now = app.clock.now();
    let raw = asked.raw_password.unwrap_or_else(|| crate::random::token("")[..16].to_owned());
    let invalid = |attr, detail| ApiError::Invalid { attr, detail };
    let password = Password::chosen(&raw).map_err(|error| invalid("raw_password", error.to_string()))?;
    let note = asked.note.unwrap_or_default();
    if note.chars().count() > 100 {
        return Err(invalid("note", format!("Expected at most 100 characters, got {}.", note.chars().count())));
    }
    let there = app.sharing.of_target(project, target).await?.map_or(0, |share| share.passwords.len());
    if there >= MOST_PASSWORDS {
        return Err(invalid("raw_password", format!("Expected at most {MOST_PASSWORDS} passwords, got one more.")));
    }
    let hash = password.hash().await;
    // PostHog's ids are numbers; 0 stands for none.
    let id = crate::random::number().max(1);
    let made = KeptPassword { id, hash, note, created_at: now, created_by: caller.email.clone() };
    let detail = json!({"changed": ["passwords"], "password": id});
    app.audit.note(caller, project, Action::Shared, &target.subject(), detail, now).await?;
    let mut change = Map::new();
    change.insert(format!("{PASSWORD}{id}"), json!(made));
    app.sharing.change(project, target, change, now).await?;
    Ok(NewPassword::of(&made, raw))
}

async fn take_password_back(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    target: &Target,
    id: &str,
) -> Result<(), ApiError> {
    let now = app.clock.now();
    let share = app.sharing.of_target(project, target).await?.ok_or(ApiError::NotFound)?;
    let password = share.passwords.iter().find(|password| password.id.to_string() == id).ok_or(ApiError::NotFound)?;
    let detail = json!({"changed": ["passwords"], "password": password.id});
    app.audit.note(caller, project, Action::Unshared, &target.subject(), detail, now).await?;
    let mut change = Map::new();
    change.insert(format!("{PASSWORD}{}", password.id), Value::Null);
    app.sharing.change(project, target, change, now).await?;
    Ok(())
}

async fn accesses(app: &App, project: ProjectId, target: &Target) -> Result<Vec<Access>, ApiError> {
    let Some(share) = app.sharing.of_target(project, target).await? else { return Ok(Vec::new()) };
    let lines = views::lines(&app.documents, &share).await?;
    Ok(lines.iter().map(Access::of).collect())
}
