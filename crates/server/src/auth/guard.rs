//! What stands before the routes: is the server addressed by its name, and has the caller logged in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cassette_recording::ProjectId;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::address::address;
use super::hosts::{addressed, is_same_origin};
use super::{ApiKey, Auth, By, Caller, Reach, SecretHash, Session, Who};
use crate::api_error::ApiError;
use crate::keys::Key;
use crate::users::ADMIN;

impl Auth {
    /// Who asks.
    ///
    /// # Errors
    /// When nobody says so, or wrongly, or a browser would write for another page; or the catalog fails.
    pub async fn caller(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let reads = method.is_safe();
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let key = authorization.to_str().ok().and_then(bearer);
            return self.by_key(key.ok_or(ApiError::WrongKey)?).await;
        }
        if (reads || changes_sharing(method, uri))
            && let Some(key) = query_value(uri, "personal_api_key")
        {
            return self.by_key(&key).await;
        }
        let session = self.cookies.session(headers, self.clock.now()).ok_or(ApiError::NotAuthenticated)?;
        let caller = self.of_session(session).await?.ok_or(ApiError::NotAuthenticated)?;
        if !reads && !is_same_origin(uri, headers) {
            return Err(foreign_origin());
        }
        Ok(caller)
    }

    async fn by_key(&self, text: &str) -> Result<Caller, ApiError> {
        let key = self.good_key(text).await?.ok_or(ApiError::WrongKey)?;
        let by = By::Key(key.id.clone());
        let caller = self.of_key(&key, by).await?.ok_or(ApiError::WrongKey)?;
        self.keys.note_use(&key, self.clock.now());
        Ok(caller)
    }

    /// The key of that text, if there is one that opens something.
    pub(super) async fn good_key(&self, text: &str) -> Result<Option<Key>, ApiError> {
        let Ok(text) = text.trim().parse::<ApiKey>() else { return Ok(None) };
        let key = self.keys.find(&text).await?;
        Ok(key.filter(|key| key.is_good(self.clock.now())))
    }

    /// Who has this key: its user, cut down to what the key may and where. None: the user is gone.
    pub(super) async fn of_key(&self, key: &Key, by: By) -> Result<Option<Caller>, ApiError> {
        let Some(mut caller) = self.of_user(&key.record.user, by).await? else { return Ok(None) };
        caller.rights = caller.rights.within_key(key.rights());
        let scoped = &key.record.scoped_teams;
        if !scoped.is_empty() {
            let mine = scoped.iter().copied().map(ProjectId).filter(|project| caller.reaches(*project));
            caller.reach = Reach::Only(mine.collect());
        }
        Ok(Some(caller))
    }

    async fn of_user(&self, id: &str, by: By) -> Result<Option<Caller>, ApiError> {
        if id == ADMIN {
            return Ok(Some(Caller::admin(by)));
        }
        Ok(self.users.get(id).await?.map(|user| Caller::of(&user, by)))
    }

    async fn of_session(&self, session: Session) -> Result<Option<Caller>, ApiError> {
        let Session { who, generation } = session;
        match who {
            Who::User(id) if id == ADMIN => {
                let good = self.admin_session().generation == generation;
                Ok(good.then(|| Caller::admin(By::Browser)))
            }
            Who::User(id) => {
                let user = self.users.get(&id).await?.filter(|user| user.record.sessions == generation);
                Ok(user.map(|user| Caller::of(&user, By::Browser)))
            }
            Who::Key(id) => {
                let key = self
                    .keys
                    .get(&id)
                    .await?
                    .filter(|key| key.is_good(self.clock.now()) && self.key_session(key).generation == generation);
                match key {
                    Some(key) => self.of_key(&key, By::Browser).await,
                    None => Ok(None),
                }
            }
        }
    }

    /// The administrator's session: another password ends it.
    pub(super) fn admin_session(&self) -> Session {
        let secret = self.password.map(SecretHash::to_hex).unwrap_or_default();
        Session { who: Who::User(ADMIN.into()), generation: self.cookies.generation_of(&secret) }
    }

    /// A session of whoever has this key: another text of the key ends it.
    pub(super) fn key_session(&self, key: &Key) -> Session {
        let secret = key.record.sha256.as_deref().unwrap_or_default();
        Session { who: Who::Key(key.id.clone()), generation: self.cookies.generation_of(secret) }
    }

    /// Takes a request out of the bucket of who asks, or of the address where nobody says who.
    fn must_not_be_too_often(&self, caller: Option<&Caller>, request: &Request) -> Result<(), ApiError> {
        let name = match caller {
            Some(Caller { by: By::Key(id), .. }) => format!("key:{id}"),
            Some(caller) => format!("user:{}", caller.user),
            None => format!("address:{}", address(request.extensions(), request.headers(), &self.proxies)),
        };
        self.requests.take(&name, self.clock.now()).inspect_err(|_| {
            metrics::counter!("cassette_api_throttled_total").increment(1);
        })
    }
}

/// The one change that may be asked for with the key in the query, where keys otherwise only read (ADR 0011): PostHog's documentation
/// of sharing shows it so, and scripts have it from there.
fn changes_sharing(method: &Method, uri: &Uri) -> bool {
    method == Method::PATCH && uri.path().trim_end_matches('/').ends_with("/sharing")
}

pub(super) fn foreign_origin() -> ApiError {
    ApiError::Forbidden { detail: "A browser may only write from a page of this server.".into() }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The value of a query parameter.
fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// Middleware: lets only callers through who have logged in.
pub async fn require_login(State(auth): State<Arc<Auth>>, mut request: Request, next: Next) -> Response {
    // The body is not looked at, and could not be waited for.
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let caller = auth.caller(&method, &uri, &headers).await;
    if let Err(error) = auth.must_not_be_too_often(caller.as_ref().ok(), &request) {
        return error.into_response();
    }
    match caller {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// Middleware: lets only requests through that address the server by a name of its own.
pub async fn require_known_host(State(auth): State<Arc<Auth>>, request: Request, next: Next) -> Response {
    match addressed(request.uri(), request.headers()) {
        Some(host) if auth.hosts.allow(host) => next.run(request).await,
        Some(host) => {
            let detail = format!("This server is not known as {host}. Its names are part of its configuration.");
            ApiError::Forbidden { detail }.into_response()
        }
        None => ApiError::Forbidden { detail: "The request has no Host header.".into() }.into_response(),
    }
}

/// Middleware of the pages: a login link (`?login=…` on any path) logs the browser in and leads to the same path without
/// the token, which thus stays in neither history nor bookmarks. A token that is not good any more leads there too; the
/// page then asks for a key.
pub async fn follow_login_link(State(auth): State<Arc<Auth>>, request: Request, next: Next) -> Response {
    let token = (request.method() == Method::GET).then(|| query_value(request.uri(), "login")).flatten();
    let Some(token) = token else { return next.run(request).await };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let now = auth.clock.now();
    if auth.login_tokens.redeem(&token, now) {
        let caller = Caller::admin(By::Browser);
        if let Err(error) = auth.note_login(&caller, "link").await {
            return error.into_response();
        }
        response.headers_mut().insert(header::SET_COOKIE, auth.cookies.log_in(&auth.admin_session(), now));
    }
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, without_token(request.uri()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Path and query without the token. Two slashes or a backslash at the start would name another server.
fn without_token(uri: &Uri) -> HeaderValue {
    let path = uri.path().trim_start_matches(['/', '\\']);
    let rest = uri.query().unwrap_or_default().split('&').filter(|pair| pair.split('=').next() != Some("login"));
    let query = rest.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    HeaderValue::try_from(format!("/{path}{mark}{query}")).unwrap_or(HeaderValue::from_static("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_change_of_a_share_takes_the_key_from_the_query_as_reading_does() {
        let recording = "/api/projects/1/session_recordings/a-1";
        let uri = |below: &str| format!("{recording}{below}?personal_api_key=phx_1").parse::<Uri>().unwrap();
        for below in ["/sharing", "/sharing/"] {
            assert!(changes_sharing(&Method::PATCH, &uri(below)), "{below}");
        }
        for (method, below) in [
            (Method::POST, "/sharing"),
            (Method::DELETE, "/sharing"),
            (Method::PATCH, ""),
            (Method::PATCH, "/sharing/passwords"),
            (Method::POST, "/sharing/refresh"),
        ] {
            assert!(!changes_sharing(&method, &uri(below)), "{method} {below}");
        }
    }
}
