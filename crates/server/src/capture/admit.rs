//! Whether a body is meant for us: what must be known before it is journaled, and no more.

use std::cell::{Cell, RefCell};

use axum::http::StatusCode;
use cassette_recording::ProjectId;
use cassette_wire::capture::{BodyError, Budget, Envelope, EnvelopeError, Inflater, Item, names_known_token};

use crate::project::Projects;

thread_local! {
    // Its buffers are as large as bodies are; one a thread, so that none is allocated for a request.
    static INFLATER: RefCell<Inflater> = RefCell::new(Inflater::new());
}

/// Why a request is not taken. The text is for whoever set the SDK up.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The body cannot be read and names no project of ours.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// There is no item in it, and no project of ours.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// No token in it.
    #[error("expected a project token in properties.token or api_key, there is none")]
    NoToken,
    /// A token of nobody.
    #[error("the project token is not one of this server")]
    UnknownToken,
}

/// A request that is not taken, and what it says of itself.
#[derive(Debug)]
pub(super) struct NotTaken {
    pub(super) why: Refused,
    /// What stands in the place of a token.
    pub(super) token: Option<String>,
    /// Name and version of the SDK.
    pub(super) sdk: Option<String>,
}

impl Refused {
    /// The one place where a refusal becomes a status. SDKs drop for good what is answered 4xx.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Body(BodyError::OverBudget { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(_) | Self::Envelope(_) | Self::NoToken => StatusCode::BAD_REQUEST,
            Self::UnknownToken => StatusCode::UNAUTHORIZED,
        }
    }

    /// A short, stable word for counters.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Body(error) => error.reason(),
            Self::Envelope(error) => error.reason(),
            Self::NoToken => "no_token",
            Self::UnknownToken => "unknown_token",
        }
    }
}

/// The project of ours that a body names. A body that names one is taken even if nothing else of it can be read: it then
/// goes to quarantine, since the browser would not send anything better.
pub(super) fn admit(body: &[u8], projects: &Projects, arrived_at: i64) -> Result<ProjectId, NotTaken> {
    INFLATER.with_borrow_mut(|inflater| {
        let text = match inflater.text(body, &mut Budget::of_request()) {
            Ok(text) => text,
            Err(error) => return named(error.token(), projects, arrived_at, None, || error.clone().into()),
        };
        let found = Cell::new(None);
        let is_ours = |token: &str| {
            found.set(projects.of_token(token, arrived_at));
            found.get().is_some()
        };
        if names_known_token(text.json, is_ours)
            && let Some(project) = found.get()
        {
            return Ok(project);
        }
        // Refused, but for a token behind `$token`; what is left is to say why.
        match Envelope::read(text.json) {
            Ok(envelope) => {
                let sdk = envelope.items.first().and_then(Item::sdk);
                named(envelope.token(), projects, arrived_at, sdk, || Refused::NoToken)
            }
            Err(error) => named(error.token(), projects, arrived_at, None, || error.clone().into()),
        }
    })
}

/// The project of a token; without one, `otherwise` says what is wrong.
fn named(
    token: Option<&str>,
    projects: &Projects,
    arrived_at: i64,
    sdk: Option<String>,
    otherwise: impl FnOnce() -> Refused,
) -> Result<ProjectId, NotTaken> {
    let project = token.and_then(|token| projects.of_token(token, arrived_at));
    let why = || if token.is_some() { Refused::UnknownToken } else { otherwise() };
    project.ok_or_else(|| NotTaken { why: why(), token: token.map(str::to_owned), sdk })
}
