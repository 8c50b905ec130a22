//! Logging in and logging out.
//!
//! Guessing costs more and more, for the account that is guessed at and for the address that it comes from. Whether there
//! is such an account is told neither by the words nor by the time that an answer takes.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cassette_store::documents::INSTALLATION;
use http::{Extensions, HeaderMap, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::address::address;
use super::guard::foreign_origin;
use super::hosts::is_same_origin;
use super::{Auth, By, Caller, Password, SecretHash, Session, Who};
use crate::api::{Api, Body};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::users::ADMIN;

/// Of an e-mail address, as its RFC has it.
const MOST_ADDRESS_BYTES: usize = 254;

/// Routes that are open to everybody.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(log_in, ways)).routes(routes!(log_out))
}

/// A key; or a password, with the address of whose it is unless it is the administrator's.
#[derive(Deserialize, ToSchema)]
struct Login {
    api_key: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

/// How one can log in besides.
#[derive(Serialize, ToSchema)]
struct Ways {
    /// By a provider of OpenID Connect, at `/api/login/oidc`; null where there is none.
    oidc: Option<ProviderAnswer>,
}

/// A login provider.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginProvider)]
struct ProviderAnswer {
    /// For people.
    name: String,
}

/// Says how one can log in, besides by key and password.
#[utoipa::path(
    get,
    path = "/api/login",
    tag = "users",
    security(()),
    responses((status = 200, body = Ways), ApiError)
)]
async fn ways(State(app): State<App>) -> Json<Ways> {
    Json(Ways { oidc: app.auth.provider_name.clone().map(|name| ProviderAnswer { name }) })
}

/// Logs a browser in: the answer sets a cookie.
#[utoipa::path(
    post,
    path = "/api/login",
    tag = "users",
    security(()),
    request_body = Login,
    responses(
        (status = 204, description = "Logged in."),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn log_in(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    Connection(extensions): Connection,
    login: Result<Body<Login>, ApiError>,
) -> Result<Response, ApiError> {
    // A page elsewhere must not log anybody in, not even with a key of its own.
    if headers.contains_key(header::ORIGIN) && !is_same_origin(&uri, &headers) {
        return Err(foreign_origin());
    }
    let Body(login) = login.map_err(untold)?;
    let auth = &app.auth;
    let address = address(&extensions, &headers, &auth.proxies);
    let session = auth.session(login, &address).await?;
    let cookie = auth.cookies.log_in(&session, auth.clock.now());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Logs a browser out: the answer takes the cookie away.
#[utoipa::path(
    post,
    path = "/api/logout",
    tag = "users",
    security(()),
    responses((status = 204, description = "Logged out."), ApiError)
)]
async fn log_out(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    if !is_same_origin(&uri, &headers) {
        return Err(foreign_origin());
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, app.auth.cookies.log_out())]).into_response())
}

/// The parser's words could repeat a part of the secret.
fn untold(error: ApiError) -> ApiError {
    let expected = "expected {\"api_key\": \"phx_…\"} or {\"email\": \"…\", \"password\": \"…\"}";
    match error {
        ApiError::Unparseable { .. } => ApiError::Unparseable { reason: expected.into() },
        ApiError::InvalidMember { attr, .. } => ApiError::InvalidMember { attr, detail: expected.into() },
        other => other,
    }
}

/// What is known of a request besides its words.
pub(super) struct Connection(pub(super) Extensions);

impl<S: Sync> axum::extract::FromRequestParts<S> for Connection {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.clone()))
    }
}

impl Auth {
    /// The session of who logs in. Each attempt counts against account and address until it turns out to be right.
    async fn session(&self, login: Login, address: &str) -> Result<Session, ApiError> {
        self.addresses.allow(address, self.clock.now()).inspect_err(|_| count_failure())?;
        let found = match (login.api_key, login.password) {
            (Some(key), _) => self.session_of_key(&key).await,
            (None, Some(password)) => self.session_of_password(login.email, &password).await,
            (None, None) => Err(ApiError::Required { attr: "password" }),
        };
        match &found {
            Ok(_) => self.addresses.excused(address),
            Err(ApiError::WrongKey | ApiError::WrongPassword) => {
                count_failure();
                self.addresses.failed(address, self.clock.now());
            }
            // No guess was made.
            Err(_) => self.addresses.excused(address),
        }
        found
    }

    async fn session_of_key(&self, text: &str) -> Result<Session, ApiError> {
        let key = self.good_key(text).await?.ok_or(ApiError::WrongKey)?;
        let caller = self.of_key(&key, By::Key(key.id.clone())).await?.ok_or(ApiError::WrongKey)?;
        self.note_login(&caller, "key").await?;
        self.keys.note_use(&key, self.clock.now());
        Ok(self.key_session(&key))
    }

    async fn session_of_password(&self, email: Option<String>, password: &str) -> Result<Session, ApiError> {
        let email = email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
        let account = email.as_deref().unwrap_or(ADMIN);
        // Nobody has such an address, and it must not be remembered.
        if account.len() > MOST_ADDRESS_BYTES {
            return Err(ApiError::WrongPassword);
        }
        self.accounts.allow(account, self.clock.now()).inspect_err(|_| count_failure())?;
        let (caller, session) = match &email {
            None => {
                let given = SecretHash::of(password);
                let is_right = self.password.is_some_and(|password| password.matches(&given));
                is_right.then(|| (Caller::admin(By::Browser), self.admin_session()))
            }
            Some(email) => {
                let user = self.users.of_email(email).await?;
                let hash = user.as_ref().and_then(|user| user.record.password.clone());
                let is_right = Password::given(password).matches(hash).await;
                user.filter(|_| is_right).map(|user| {
                    let session = Session { who: Who::User(user.id.clone()), generation: user.record.sessions.clone() };
                    (Caller::of(&user, By::Browser), session)
                })
            }
        }
        .ok_or_else(|| {
            self.accounts.failed(account, self.clock.now());
            ApiError::WrongPassword
        })?;
        self.note_login(&caller, "password").await?;
        self.accounts.succeeded(account);
        Ok(session)
    }

    /// That somebody logged in, and how.
    pub(super) async fn note_login(&self, caller: &Caller, by: &str) -> Result<(), ApiError> {
        let (subject, detail) = (format!("user:{}", caller.user), json!({ "by": by }));
        self.audit.note(caller, INSTALLATION, Action::LoggedIn, &subject, detail, self.clock.now()).await
    }
}

pub(super) fn count_failure() {
    metrics::counter!("cassette_login_failures_total").increment(1);
}
