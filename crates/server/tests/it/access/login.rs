//! Logging in: by key, by password, by link; and what a browser may do then.

use serde_json::{Value, json};

use super::{ADMIN_PASSWORD, ROOT, serve};
use crate::items::TOKEN;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_logs_a_browser_in_and_it_learns_who_it_is() {
    let server = serve().await;
    let answer = server.log_in(json!({ "api_key": ROOT })).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"), "{cookie}");
    let me = server.by_cookie(answer.cookie().unwrap(), "GET /api/me", &Value::Null).await.of(200);
    let project = json!({"id": 1, "name": "Default", "token": TOKEN});
    assert_eq!((&me["project"], &me["demo"]), (&project, &false.into()));
    assert_eq!((&me["projects"], &me["user"]["role"]), (&json!([project]), &"admin".into()));
    assert_eq!(me["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_is_refused_with_the_reason_and_without_the_secret() {
    let server = serve().await;
    for (body, status, code) in [
        (json!({"api_key": "phx_other"}), 401, "authentication_failed"),
        (json!({"api_key": "nonsense"}), 401, "authentication_failed"),
        (json!({"password": "wrong horse"}), 401, "authentication_failed"),
        (json!({"email": "nobody@example.com", "password": "wrong horse"}), 401, "authentication_failed"),
        (json!({"email": "x".repeat(10_000), "password": "wrong horse"}), 401, "authentication_failed"),
        (json!({}), 400, "required"),
        (json!({"email": "nobody@example.com"}), 400, "required"),
        (json!({"password": 7_654_321}), 400, "invalid_input"),
        (json!([]), 400, "invalid_input"),
    ] {
        let answer = server.log_in(body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
        assert!(answer.cookie().is_none() && !answer.body.contains("7654321"), "{}", answer.body);
    }
    let elsewhere = [("origin", "https://evil.example")];
    let body = json!({ "api_key": ROOT }).to_string();
    assert_eq!(server.send("POST /api/login", &elsewhere, body.as_bytes()).await.status, 403);
    assert_eq!(server.send("DELETE /api/login", &[], b"").await.code(), "method_not_allowed");
    assert_eq!(server.send("POST /api/login", &[], b"{\"api_key\":\"phx_").await.code(), "parse_error");
    assert_eq!(server.send("POST /api/login", &[], &vec![b' '; 3 << 20]).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_login_nothing_is_told() {
    let server = serve().await;
    let answer = server.send("GET /api/me", &[], b"").await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.body,
        r#"{"type":"authentication_error","code":"not_authenticated","detail":"Authentication credentials were not provided.","attr":null}"#
    );
    for cookie in ["cassette_session=v2.9999999999.user.admin.00.00.00", "cassette_session=", "x=y"] {
        let answer = server.send("GET /api/me", &[("cookie", cookie)], b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_authenticated"), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_shows_its_key_in_the_header_or_for_reading_in_the_query() {
    let server = serve().await;
    let bearer = |key: &str| format!("Bearer {key}");
    for good in [bearer(ROOT), format!("bearer {ROOT}")] {
        assert_eq!(server.send("GET /api/me", &[("authorization", &good)], b"").await.status, 200);
    }
    for wrong in ["Bearer phx_other", "Bearer", "Basic abc", ""] {
        let answer = server.send("GET /api/me", &[("authorization", wrong)], b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "authentication_failed"), "{wrong}");
    }
    let cookie = server.log_in(json!({ "api_key": ROOT })).await.cookie().unwrap().to_owned();
    let both = [("authorization", "Bearer phx_other"), ("cookie", cookie.as_str())];
    assert_eq!(server.send("GET /api/me", &both, b"").await.status, 401, "a wrong key is not overlooked");

    let query = format!("?limit=5&personal_api_key={ROOT}");
    assert_eq!(server.send(&format!("GET /api/projects/{query}"), &[], b"").await.status, 200);
    let write = server.send(&format!("POST /api/projects/{query}"), &[], br#"{"name":"x"}"#).await;
    assert_eq!((write.status, write.code().as_str()), (401, "not_authenticated"));
    let wrong = server.send("GET /api/me?personal_api_key=phx_no", &[], b"").await;
    assert_eq!(wrong.code(), "authentication_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_writes_only_from_our_own_pages() {
    let server = serve().await;
    let cookie = server.log_in(json!({ "password": ADMIN_PASSWORD })).await.cookie().unwrap().to_owned();
    let own = server.origin();
    for (origin, status) in [
        (Some(own.as_str()), 200),
        (Some("http://127.0.0.1:1"), 403),
        (Some("https://evil.example"), 403),
        (Some("null"), 403),
        (None, 403),
    ] {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let write = server.send("PATCH /api/projects/1/", &headers, br#"{"name":"Shop"}"#).await;
        assert_eq!(write.status, status, "{origin:?}");
        assert_eq!(server.send("GET /api/me", &headers, b"").await.status, 200, "{origin:?}");
    }
    let out = server.by_cookie(&cookie, "POST /api/logout", &Value::Null).await;
    assert_eq!((out.status, out.cookie()), (204, Some("cassette_session=")));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(server.send("POST /api/logout", &[("cookie", &cookie)], b"").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_link_works_once_on_any_page_and_leaves_no_trace() {
    let server = serve().await;
    let link = format!("GET /recordings/abc?t=5&login={}&x=1", server.running.login_token);
    let answer = server.send(&link, &[], b"").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/recordings/abc?t=5&x=1")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(server.by_cookie(answer.cookie().unwrap(), "GET /api/me", &Value::Null).await.status, 200);
    let again = server.send(&link, &[], b"").await;
    assert_eq!((again.status, again.cookie()), (303, None));
    for (path, location) in [("//evil.example/x?login=a", "/evil.example/x"), ("/?login=a", "/")] {
        let answer = server.send(&format!("GET {path}"), &[], b"").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(location)), "never to another server");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_name_in_host_is_refused_everywhere() {
    let server = serve().await;
    for call in ["GET /api/me", "GET /", "POST /api/login"] {
        let headers = [("host", "evil.example:8000"), ("authorization", &format!("Bearer {ROOT}"))];
        let answer = server.send(call, &headers, b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "permission_denied"), "{call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_key_began_may_do_what_the_key_may_and_ends_with_it() {
    let server = serve().await;
    let made = json!({"label": "reader", "scopes": ["project:read"]});
    let made = server.root("POST /api/personal_api_keys/", made).await.of(201);
    let answer = server.log_in(json!({ "api_key": made["value"] })).await;
    let cookie = answer.cookie().unwrap();
    assert_eq!(server.by_cookie(cookie, "GET /api/projects/1/", &Value::Null).await.status, 200);
    let refused = server.by_cookie(cookie, "PATCH /api/projects/1/", &json!({"name": "x"})).await;
    assert_eq!(refused.of(403)["detail"], "API key missing required scope 'project:write'");
    let id = made["id"].as_str().unwrap();
    server.root(&format!("POST /api/personal_api_keys/{id}/roll/"), Value::Null).await.of(200);
    assert_eq!(server.by_cookie(cookie, "GET /api/projects/1/", &Value::Null).await.status, 401);
}
