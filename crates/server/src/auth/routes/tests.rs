use axum::body::Body;
use axum::extract::Extension;
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::super::{
    AllowedHosts, By, Caller, CookieSigner, KeyStore, LoginTokens, follow_login_link, require_known_host,
};
use super::*;
use crate::clock::ManualClock;

const KEY: &str = "phx_for-tests";

fn auth() -> Arc<Auth> {
    Arc::new(Auth {
        project: cassette_recording::ProjectId(1),
        keys: KeyStore::new([KEY.parse::<ApiKey>().unwrap().hash()]),
        password: Some(SecretHash::of("correct horse")),
        login_tokens: LoginTokens::default(),
        cookies: CookieSigner::new([9; 32], false),
        hosts: AllowedHosts::default(),
        clock: Arc::new(ManualClock::at(1_795_245_310_102)),
    })
}

/// The routes above, one that reads and writes behind the login, and pages; all behind the list of hosts.
fn app(auth: &Arc<Auth>) -> Router {
    let me = || {
        let project = ProjectInfo { id: 1, name: "Default".into(), token: "phc_public".into() };
        Me { project, version: "0.1.0", demo: true }
    };
    let caller = |Extension(caller): Extension<Caller>| async move {
        match caller.by {
            By::Browser => "Browser",
            By::Key(_) => "Key",
        }
    };
    let guarded = Router::new()
        .route("/api/thing", get(caller).post(caller))
        .layer(middleware::from_fn_with_state(Arc::clone(auth), require_login));
    let pages = Router::new()
        .fallback(|| async { "page" })
        .layer(middleware::from_fn_with_state(Arc::clone(auth), follow_login_link));
    routes(Arc::clone(auth), me)
        .merge(guarded)
        .fallback_service(pages)
        .layer(middleware::from_fn_with_state(Arc::clone(auth), require_known_host))
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body["code"].as_str().unwrap().to_owned()
    }

    fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    fn cookie(&self) -> &str {
        self.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap()
    }
}

async fn ask(auth: &Arc<Auth>, call: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let (method, path) = call.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8000");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app(auth).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn logged_in(auth: &Arc<Auth>) -> String {
    let answer = ask(auth, "POST /api/login", &[], &format!("{{\"api_key\":\"{KEY}\"}}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    answer.cookie().to_owned()
}

#[tokio::test]
async fn a_key_logs_a_browser_in_and_it_learns_who_it_is() {
    let auth = auth();
    let cookie = logged_in(&auth).await;
    let me = ask(&auth, "GET /api/me", &[("cookie", &cookie)], "").await;
    assert_eq!(
        (me.status, me.body.as_str()),
        (200, r#"{"project":{"id":1,"name":"Default","token":"phc_public"},"version":"0.1.0","demo":true}"#)
    );
}

#[tokio::test]
async fn a_wrong_login_is_refused_with_the_reason() {
    let auth = auth();
    for (body, status, code) in [
        (r#"{"api_key":"phx_other"}"#, 401, "authentication_failed"),
        (r#"{"api_key":"nonsense"}"#, 401, "authentication_failed"),
        ("{}", 400, "required"),
        ("{", 400, "parse_error"),
        (r#"{"api_key":7}"#, 400, "parse_error"),
    ] {
        let answer = ask(&auth, "POST /api/login", &[], body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let elsewhere = [("origin", "https://evil.example")];
    let answer = ask(&auth, "POST /api/login", &elsewhere, &format!("{{\"api_key\":\"{KEY}\"}}")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(ask(&auth, "GET /api/login", &[], "").await.code(), "method_not_allowed");
    assert_eq!(ask(&auth, "POST /api/login", &[], &" ".repeat(BODY_BYTES + 1)).await.status, 413);
}

#[tokio::test]
async fn without_a_login_nothing_is_told() {
    let auth = auth();
    let answer = ask(&auth, "GET /api/me", &[], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "not_authenticated"));
    assert_eq!(
        answer.body,
        r#"{"type":"authentication_error","code":"not_authenticated","detail":"Authentication credentials were not provided.","attr":null}"#
    );
    let answer = ask(&auth, "GET /api/me", &[("cookie", "cassette_session=v1.9999999999.00.00")], "").await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_program_logs_in_with_its_key() {
    let auth = auth();
    let bearer = format!("Bearer {KEY}");
    assert_eq!(ask(&auth, "GET /api/thing", &[("authorization", &bearer)], "").await.body, "Key");
    assert_eq!(ask(&auth, "POST /api/thing", &[("authorization", &bearer)], "").await.body, "Key");
    let lower = format!("bearer {KEY}");
    assert_eq!(ask(&auth, "GET /api/thing", &[("authorization", &lower)], "").await.status, 200);
    for wrong in ["Bearer phx_other", "Bearer", "Basic abc", ""] {
        let answer = ask(&auth, "GET /api/thing", &[("authorization", wrong)], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "authentication_failed"), "{wrong}");
    }
    let cookie = logged_in(&auth).await;
    let both = [("authorization", "Bearer phx_other"), ("cookie", cookie.as_str())];
    assert_eq!(ask(&auth, "GET /api/thing", &both, "").await.status, 401, "a wrong key is not overlooked");
}

#[tokio::test]
async fn a_key_in_the_query_reads_and_does_not_write() {
    let auth = auth();
    let query = format!("/api/thing?limit=5&personal_api_key={KEY}");
    assert_eq!(ask(&auth, &format!("GET {query}"), &[], "").await.body, "Key");
    assert_eq!(ask(&auth, &format!("POST {query}"), &[], "").await.code(), "not_authenticated");
    assert_eq!(ask(&auth, "GET /api/thing?personal_api_key=phx_no", &[], "").await.code(), "authentication_failed");
}

#[tokio::test]
async fn a_browser_writes_only_from_our_own_pages() {
    let auth = auth();
    let cookie = logged_in(&auth).await;
    for (origin, status) in [
        (Some("http://localhost:8000"), 200),
        (Some("http://localhost:3000"), 403),
        (Some("https://evil.example"), 403),
        (Some("null"), 403),
        (None, 403),
    ] {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        assert_eq!(ask(&auth, "POST /api/thing", &headers, "").await.status, status, "{origin:?}");
        assert_eq!(ask(&auth, "GET /api/thing", &headers, "").await.body, "Browser", "{origin:?}");
    }
}

#[tokio::test]
async fn logging_out_removes_the_cookie() {
    let auth = auth();
    let answer = ask(&auth, "POST /api/logout", &[("origin", "http://localhost:8000")], "").await;
    assert_eq!((answer.status, answer.cookie()), (204, "cassette_session="));
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(ask(&auth, "POST /api/logout", &[], "").await.status, 403);
}

#[tokio::test]
async fn a_login_link_works_once_on_any_page_and_leaves_no_trace() {
    let auth = auth();
    let token = auth.login_tokens.issue(auth.clock.now());
    let link = format!("GET /recordings/abc?t=5&login={}&x=1", token.reveal());
    let answer = ask(&auth, &link, &[], "").await;
    assert_eq!((answer.status, answer.location()), (303, "/recordings/abc?t=5&x=1"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert_eq!(ask(&auth, "GET /api/me", &[("cookie", answer.cookie())], "").await.status, 200);
    let again = ask(&auth, &link, &[], "").await;
    assert_eq!((again.status, again.headers.contains_key("set-cookie")), (303, false));
    assert_eq!(ask(&auth, "GET /recordings/abc?t=5", &[], "").await.body, "page");
}

#[tokio::test]
async fn a_login_link_never_leads_to_another_server() {
    let auth = auth();
    for (path, location) in [
        ("//evil.example/x?login=a", "/evil.example/x"),
        ("///evil.example?login=a", "/evil.example"),
        ("/?login=a", "/"),
    ] {
        let answer = ask(&auth, &format!("GET {path}"), &[], "").await;
        assert_eq!((answer.status, answer.location()), (303, location));
    }
}

#[tokio::test]
async fn a_foreign_name_in_host_is_refused_everywhere() {
    let auth = auth();
    let cookie = logged_in(&auth).await;
    let rebound = [("host", "evil.example:8000"), ("cookie", cookie.as_str())];
    for call in ["GET /api/me", "GET /", "POST /api/login"] {
        let answer = ask(&auth, call, &rebound, "").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "permission_denied"), "{call}");
    }
    let response = app(&auth).oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "no Host at all");
}

#[tokio::test(start_paused = true)]
async fn the_password_opens_and_a_wrong_one_does_not() {
    let app = app(&auth());
    let login = async |body: &str| {
        let request =
            Request::post("/api/login").header("host", "localhost").body(Body::from(body.to_owned())).unwrap();
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(login(r#"{"password":"correct horse"}"#).await, 204);
    assert_eq!(login(r#"{"password":"wrong horse"}"#).await, 401);
    assert_eq!(login(r#"{"password":""}"#).await, 401);
    assert_eq!(login("{}").await, 400);
}
