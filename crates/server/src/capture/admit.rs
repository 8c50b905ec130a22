//! Whether a body is meant for us: what must be known before it is journaled, and no more.

use std::cell::RefCell;

use axum::http::StatusCode;
use cassette_wire::capture::{BodyError, Budget, Envelope, EnvelopeError, Inflater, names_known_token};

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

/// Checks that a body names a project of ours. One that does is taken even if nothing else of it can be read: it then goes
/// to quarantine, since the browser would not send anything better.
pub(super) fn admit(body: &[u8], projects: &Projects, arrived_at: i64) -> Result<(), Refused> {
    INFLATER.with_borrow_mut(|inflater| {
        let text = match inflater.text(body, &mut Budget::of_request()) {
            Ok(text) => text,
            Err(error) => return known(error.token(), projects, arrived_at).unwrap_or(Err(error.into())),
        };
        if names_known_token(text.json, |token| projects.of_token(token, arrived_at).is_some()) {
            return Ok(());
        }
        // Refused, but for a token behind `$token`; what is left is to say why.
        match Envelope::read(text.json) {
            Ok(envelope) if envelope.token().is_none() => Err(Refused::NoToken),
            Ok(envelope) => known(envelope.token(), projects, arrived_at).unwrap_or(Err(Refused::UnknownToken)),
            Err(error) => known(error.token(), projects, arrived_at).unwrap_or(Err(error.into())),
        }
    })
}

fn known(token: Option<&str>, projects: &Projects, arrived_at: i64) -> Option<Result<(), Refused>> {
    let token = token?;
    Some(match projects.of_token(token, arrived_at) {
        Some(_) => Ok(()),
        None => Err(Refused::UnknownToken),
    })
}
