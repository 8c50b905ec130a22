//! The one place where a failure of the API becomes an HTTP answer.
//!
//! The body has the four keys that PostHog's clients read: `type`, `code`, `detail`, `attr`. Capture answers differ and are
//! not made here.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use cassette_store::catalog::CatalogError;
use cassette_store::documents::DocumentError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{self, Content, Ref, RefOr};
use utoipa::{IntoResponses, PartialSchema as _, ToSchema};

/// Why the API does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No such thing, or not for the one who asks.
    #[error("Not found.")]
    NotFound,
    /// A block that the recording does not have.
    #[error("Block index out of range")]
    NoSuchBlock,
    /// The path exists, the method does not.
    #[error("Method \"{method}\" not allowed.")]
    MethodNotAllowed {
        /// The method of the request.
        method: String,
    },
    /// The body is not what it claims to be.
    #[error("JSON parse error - {reason}")]
    Unparseable {
        /// What the parser said.
        reason: String,
    },
    /// A parameter or field is missing.
    #[error("This field is required.")]
    Required {
        /// Its name.
        attr: &'static str,
    },
    /// A parameter or field has a value that means nothing.
    #[error("{detail}")]
    Invalid {
        /// Its name.
        attr: &'static str,
        /// What was expected.
        detail: String,
    },
    /// A member of the body or a parameter is missing, by the name that the parser found.
    #[error("This field is required.")]
    RequiredMember {
        /// Its name.
        attr: String,
    },
    /// A member or parameter is not of its type, by the name that the parser found; or the whole body is not.
    #[error("{detail}")]
    InvalidMember {
        /// Its name, if it is one.
        attr: Option<String>,
        /// What was expected and what came.
        detail: String,
    },
    /// More bytes than are taken.
    #[error("Expected at most {limit} bytes.")]
    TooLarge {
        /// The bound.
        limit: u64,
    },
    /// A file that cannot be imported as it is.
    #[error("{detail}")]
    UnreadableFile {
        /// What is wrong with it, and where.
        detail: String,
    },
    /// What is here contradicts what was sent.
    #[error("{detail}")]
    Conflict {
        /// What is here.
        detail: String,
    },
    /// The recording was deleted. Players know this answer, which is not in the shape of the others.
    #[error("This recording has been deleted.")]
    RecordingDeleted {
        /// Seconds since the epoch.
        deleted_at: Option<i64>,
        /// By whom.
        deleted_by: Option<String>,
    },
    /// Nobody said who asks.
    #[error("Authentication credentials were not provided.")]
    NotAuthenticated,
    /// The key is not one of ours.
    #[error("The API key is invalid.")]
    WrongKey,
    /// No such account, or not its password.
    #[error("Invalid email or password.")]
    WrongPassword,
    /// What came is no link of ours that opens anything now.
    #[error("The link is not valid, or not any more.")]
    WrongShare,
    /// Known, but not allowed.
    #[error("{detail}")]
    Forbidden {
        /// Why.
        detail: String,
    },
    /// Too often.
    #[error("Request was throttled. Expected available in {retry_after_seconds} seconds.")]
    Throttled {
        /// When to come again.
        retry_after_seconds: u32,
    },
    /// The recording still runs: it has no file yet.
    #[error("The recording still runs; its file is written when it has been quiet for a while.")]
    StillRunning,
    /// Stored blocks cannot be read.
    #[error("The recording's blocks could not be read.")]
    BlocksUnavailable,
    /// The login provider does not answer, or nothing that can be used.
    #[error("{detail}")]
    LoginProvider {
        /// Which.
        detail: String,
    },
    /// Store or catalog do not answer now.
    #[error("The server cannot answer at the moment.")]
    Unavailable,
    /// A fault of ours.
    #[error("A server error occurred.")]
    Internal,
}

/// What an error says, as PostHog's does.
#[derive(Serialize, ToSchema)]
struct Body<'a> {
    /// The family: `invalid_request`, `validation_error`, `authentication_error`, `throttled_error`, `server_error`.
    r#type: &'static str,
    /// The case.
    code: &'static str,
    /// For people.
    detail: String,
    /// The parameter or member that is meant.
    attr: Option<&'a str>,
}

/// What is said of a recording that was deleted, as PostHog's does.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingDeleted<'a> {
    /// `recording_deleted`.
    error: &'static str,
    /// For people.
    message: String,
    /// Seconds since the epoch.
    deleted_at: Option<i64>,
    /// The e-mail address of who deleted it, or what else names him.
    deleted_by: Option<&'a str>,
}

impl ApiError {
    /// Status, `type` and `code`.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound | Self::NoSuchBlock => (StatusCode::NOT_FOUND, "invalid_request", "not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "method_not_allowed"),
            Self::Unparseable { .. } => (StatusCode::BAD_REQUEST, "invalid_request", "parse_error"),
            Self::Required { .. } | Self::RequiredMember { .. } => {
                (StatusCode::BAD_REQUEST, "validation_error", "required")
            }
            Self::Invalid { .. } | Self::InvalidMember { .. } => {
                (StatusCode::BAD_REQUEST, "validation_error", "invalid_input")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "too_large"),
            Self::UnreadableFile { .. } => (StatusCode::BAD_REQUEST, "validation_error", "unreadable_file"),
            Self::Conflict { .. } => (StatusCode::CONFLICT, "invalid_request", "conflict"),
            Self::RecordingDeleted { .. } => (StatusCode::GONE, "invalid_request", "recording_deleted"),
            Self::NotAuthenticated => (StatusCode::UNAUTHORIZED, "authentication_error", "not_authenticated"),
            Self::WrongKey | Self::WrongPassword | Self::WrongShare => {
                (StatusCode::UNAUTHORIZED, "authentication_error", "authentication_failed")
            }
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "authentication_error", "permission_denied"),
            Self::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, "throttled_error", "throttled"),
            Self::StillRunning => (StatusCode::CONFLICT, "invalid_request", "still_running"),
            Self::BlocksUnavailable => (StatusCode::BAD_GATEWAY, "server_error", "recording_blocks_unavailable"),
            Self::LoginProvider { .. } => (StatusCode::BAD_GATEWAY, "server_error", "login_provider_unavailable"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "unavailable"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "error"),
        }
    }

    fn attr(&self) -> Option<&str> {
        match self {
            Self::RequiredMember { attr } => Some(attr),
            Self::InvalidMember { attr, .. } => attr.as_deref(),
            Self::Required { attr } | Self::Invalid { attr, .. } => Some(attr),
            Self::NotFound
            | Self::NoSuchBlock
            | Self::MethodNotAllowed { .. }
            | Self::Unparseable { .. }
            | Self::TooLarge { .. }
            | Self::UnreadableFile { .. }
            | Self::Conflict { .. }
            | Self::RecordingDeleted { .. }
            | Self::NotAuthenticated
            | Self::WrongKey
            | Self::WrongPassword
            | Self::WrongShare
            | Self::Forbidden { .. }
            | Self::Throttled { .. }
            | Self::StillRunning
            | Self::BlocksUnavailable
            | Self::LoginProvider { .. }
            | Self::Unavailable
            | Self::Internal => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, r#type, code) = self.kind();
        if let Self::RecordingDeleted { deleted_at, deleted_by } = &self {
            let (deleted_at, deleted_by) = (*deleted_at, deleted_by.as_deref());
            return (status, Json(RecordingDeleted { error: code, message: self.to_string(), deleted_at, deleted_by }))
                .into_response();
        }
        let body = Body { r#type, code, detail: self.to_string(), attr: self.attr() };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::Throttled { retry_after_seconds } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response
    }
}

impl From<CatalogError> for ApiError {
    fn from(error: CatalogError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the catalog failed");
        match error {
            CatalogError::Unavailable(_) => Self::Unavailable,
            CatalogError::Damaged { .. } | CatalogError::ReadOnly => Self::Internal,
        }
    }
}

impl From<DocumentError> for ApiError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Catalog(error) => error.into(),
            DocumentError::Bucket(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a document could not be written");
                Self::Unavailable
            }
            DocumentError::Damaged { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "a document could not be read");
                Self::Internal
            }
            // An id that cannot be one names nothing.
            DocumentError::Id(_) => Self::NotFound,
        }
    }
}

/// The name of the body's shape in the description of routes.
pub(crate) const SCHEMA: &str = "Error";

/// That shape.
pub(crate) fn schema() -> RefOr<Schema> {
    Body::schema()
}

/// For the description of routes: what any of them may answer besides what it is for.
impl IntoResponses for ApiError {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let described = |text: &str| {
            let content = Content::builder().schema(Some(Ref::from_schema_name(SCHEMA))).build();
            RefOr::T(openapi::Response::builder().description(text).content("application/json", content).build())
        };
        [
            ("400", "A parameter, a member or the body is not what was expected."),
            ("401", "Nobody said who asks, or with a key that is not valid."),
            ("403", "The caller may not do this."),
            ("404", "No such thing, or not for the one who asks."),
            ("429", "Too often; `Retry-After` says when to come again."),
            ("503", "Store or catalog do not answer now."),
        ]
        .map(|(status, text)| (status.to_owned(), described(text)))
        .into()
    }
}

/// The answer to a method that a path does not know; for `Router::method_not_allowed_fallback`, which adds `Allow`. Who
/// asks for the methods gets just that: no other origin is let in.
pub async fn method_not_allowed(method: http::Method) -> Response {
    match method {
        http::Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        method => ApiError::MethodNotAllowed { method: method.to_string() }.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn answer(error: ApiError) -> (u16, serde_json::Value) {
        let response = error.into_response();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn an_unknown_thing_is_answered_as_posthog_does() {
        let expected = serde_json::json!({
            "type": "invalid_request", "code": "not_found", "detail": "Not found.", "attr": null
        });
        assert_eq!(answer(ApiError::NotFound).await, (404, expected));
    }

    #[tokio::test]
    async fn a_deleted_recording_is_answered_as_players_know_it() {
        let error = ApiError::RecordingDeleted { deleted_at: Some(7), deleted_by: Some("ann@example.com".into()) };
        let expected = serde_json::json!({
            "error": "recording_deleted", "message": "This recording has been deleted.",
            "deleted_at": 7, "deleted_by": "ann@example.com"
        });
        assert_eq!(answer(error).await, (410, expected));
    }

    #[tokio::test]
    async fn a_bad_value_names_its_parameter() {
        let error = ApiError::Invalid { attr: "limit", detail: "A valid integer is required.".into() };
        let expected = serde_json::json!({
            "type": "validation_error", "code": "invalid_input", "detail": "A valid integer is required.", "attr": "limit"
        });
        assert_eq!(answer(error).await, (400, expected));
    }

    #[test]
    fn a_throttled_caller_hears_when_to_come_again() {
        let response = ApiError::Throttled { retry_after_seconds: 7 }.into_response();
        assert_eq!(
            (response.status(), &response.headers()["retry-after"]),
            (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from(7))
        );
    }

    #[test]
    fn a_catalog_that_is_down_is_never_unauthorized() {
        let error = ApiError::from(CatalogError::Unavailable("disk".into()));
        assert_eq!(error.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
