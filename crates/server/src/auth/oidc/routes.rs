//! The two ways of a login: to the provider, and back.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::provider::Login;
use super::refusal::Refusal;
use super::under_way::{UnderWay, removed};
use super::{Auth, Oidc};
use crate::api::{Api, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::address;
use crate::auth::routes::{Connection, count_failure};
use crate::paging::Here;

/// Routes that are open to everybody.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(begin)).routes(routes!(end))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// A path of this server, to which the browser goes when it has logged in.
    next: Option<String>,
}

/// What the provider sends back by the browser.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Back {
    /// What the browser was sent away with.
    state: Option<String>,
    /// Given by the provider for this login.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Sends a browser to the login provider.
#[utoipa::path(
    get,
    path = "/api/login/oidc",
    tag = "users",
    security(()),
    params(Wish),
    responses(
        (status = 303, description = "On to the provider."),
        (status = 502, description = "The provider does not answer, or nothing that can be used."),
        ApiError
    )
)]
async fn begin(
    State(app): State<App>,
    here: Here,
    headers: HeaderMap,
    Connection(extensions): Connection,
    Params(wish): Params<Wish>,
) -> Result<Response, ApiError> {
    let auth = &app.auth;
    let oidc = auth.oidc.as_ref().ok_or(ApiError::NotFound)?;
    let now = auth.clock.now();
    auth.requests.take(&format!("address:{}", address(&extensions, &headers, &auth.proxies)), now)?;
    let login = UnderWay::begin(wish.next.as_deref(), now);
    let both_ways = oidc.login(&login, &here);
    let secure = both_ways.redirect_url.starts_with("https://");
    let asked = oidc.ask(move |provider| provider.authorization(both_ways, now)).await;
    let provider = asked.inspect_err(|_| count_failure())?;
    Ok(to(&provider, login.cookie(&oidc.signer, secure)))
}

/// Takes a browser back from the login provider and logs it in.
#[utoipa::path(
    get,
    path = "/api/login/oidc/callback",
    tag = "users",
    security(()),
    params(Back),
    responses(
        (status = 303, description = "Logged in; on to the page that was asked for."),
        (status = 502, description = "The provider does not answer, or nothing that can be used."),
        ApiError
    )
)]
async fn end(
    State(app): State<App>,
    here: Here,
    headers: HeaderMap,
    Connection(extensions): Connection,
    Params(back): Params<Back>,
) -> Result<Response, ApiError> {
    let auth = &app.auth;
    let oidc = auth.oidc.as_ref().ok_or(ApiError::NotFound)?;
    auth.requests.take(&format!("address:{}", address(&extensions, &headers, &auth.proxies)), auth.clock.now())?;
    let mut response = match auth.logged_in(oidc, &here, &headers, back).await {
        Ok(response) => response,
        Err(error) => {
            count_failure();
            error.into_response()
        }
    };
    response.headers_mut().append(header::SET_COOKIE, removed());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Auth {
    async fn logged_in(&self, oidc: &Oidc, here: &Here, headers: &HeaderMap, back: Back) -> Result<Response, ApiError> {
        let now = self.clock.now();
        let login = UnderWay::of(headers, &oidc.signer, now).ok_or(Refusal::NotUnderWay)?;
        if !login.has_state(&oidc.signer, &back.state.unwrap_or_default()) {
            return Err(Refusal::WrongState.into());
        }
        if !oidc.answered.is_first(&login, now) {
            return Err(Refusal::Answered.into());
        }
        let code = match (back.error, back.code) {
            (Some(_), _) => return Err(Refusal::Denied(oidc.name.clone()).into()),
            (None, code) => code.ok_or(Refusal::NoCode)?,
        };
        let both_ways = oidc.login(&login, here);
        let identity = oidc.ask(move |provider| provider.identity(both_ways, code, now)).await?;
        let session = self.session_of_identity(oidc, &identity).await?;
        Ok(to(login.next(), self.cookies.log_in(&session, now)))
    }
}

impl Oidc {
    /// What is said of a login on both of its ways.
    fn login(&self, login: &UnderWay, here: &Here) -> Login {
        let own = || format!("{}/api/login/oidc/callback", here.origin());
        Login {
            redirect_url: self.redirect_url.clone().unwrap_or_else(own),
            state: login.state(&self.signer),
            nonce: login.nonce(&self.signer),
            verifier: login.verifier(&self.signer),
        }
    }
}

fn to(address: &str, cookie: HeaderValue) -> Response {
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    let headers = [
        (header::LOCATION, address),
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
