//! `/api/me`: what a page or a script wants to know of the server and of itself.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{Caller, Reach, Scope};
use crate::api::Api;
use crate::api_error::ApiError;
use crate::app::App;
use crate::project::Project;
use crate::users::UserAnswer;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(me))
}

/// Who asks, and of whom.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Me)]
struct Answer {
    /// The one that `@current` is; null: the caller sees none.
    project: Option<ProjectInfo>,
    /// Of Cassette.
    version: &'static str,
    /// Whether there is a shop at `/demo/`.
    demo: bool,
    user: UserAnswer,
    /// All that the caller sees.
    projects: Vec<ProjectInfo>,
    /// What the caller may do there, as scopes of keys.
    scopes: Vec<&'static str>,
}

/// A project, as its users see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProjectInfo)]
struct ProjectInfo {
    /// In paths.
    id: u32,
    /// For people.
    name: String,
    /// What SDKs send; public.
    token: String,
}

impl ProjectInfo {
    fn of(project: &Project) -> Self {
        Self { id: project.id.0, name: project.name.clone(), token: project.token.clone() }
    }
}

/// Who asks, and what they see.
#[utoipa::path(get, path = "/api/me", tag = "users", responses((status = 200, body = Answer), ApiError))]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Answer>, ApiError> {
    let projects = match &caller.reach {
        Reach::All => app.projects.all(),
        Reach::Only(mine) => mine.iter().filter_map(|id| app.projects.get(*id)).collect(),
    };
    let projects: Vec<_> = projects.iter().map(|project| ProjectInfo::of(project)).collect();
    Ok(Json(Answer {
        project: projects.first().cloned(),
        version: env!("CARGO_PKG_VERSION"),
        demo: app.demo,
        user: UserAnswer::of_caller(&app, &caller).await?,
        projects,
        scopes: Scope::within(caller.rights),
    }))
}
