//! Guessing is slowed, and nobody asks too often; capture is never limited.

use cassette_server::config::ApiConfig;
use serde_json::{Value, json};

use super::{ADMIN_PASSWORD, ROOT, serve, serve_with};
use crate::items::Item;
use crate::node::START;

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_a_password_is_slowed_for_the_account_whether_there_is_one_or_not() {
    let server = serve().await;
    server.user("ann@example.com", json!({})).await;
    for email in ["ann@example.com", "nobody@example.com"] {
        for _ in 0..6 {
            let wrong = server.log_in(json!({"email": email, "password": "wrong horse"})).await;
            assert_eq!((wrong.status, wrong.of(401)["detail"].as_str()), (401, Some("Invalid email or password.")));
        }
        let slowed = server.log_in(json!({"email": email.to_uppercase(), "password": "a password"})).await;
        assert_eq!((slowed.status, slowed.header("retry-after")), (429, Some("1")), "{}", slowed.body);
    }
    let other = server.log_in(json!({ "password": ADMIN_PASSWORD })).await;
    assert_eq!(other.status, 204, "others are not slowed");
    server.clock.advance(1000);
    server.cookie("ann@example.com").await;
    let metrics = server.send("GET /metrics", &[], b"").await.body;
    let counted = metrics.lines().find_map(|line| line.strip_prefix("cassette_login_failures_total "));
    assert!(counted.is_some_and(|count| count.parse::<f64>().unwrap() >= 14.0), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_many_accounts_is_slowed_for_the_address() {
    let server = serve_with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let guess = async |from: &str, number: u32| {
        let body = json!({"email": format!("{number}@example.com"), "password": "wrong horse"}).to_string();
        server.send("POST /api/login", &[("x-forwarded-for", from)], body.as_bytes()).await.status
    };
    for number in 0..31 {
        assert_eq!(guess("192.0.2.1", number).await, 401);
    }
    assert_eq!(guess("192.0.2.1", 31).await, 429);
    assert_eq!(guess("198.51.100.1, 192.0.2.1", 31).await, 429, "the proxy's word counts, not the caller's");
    assert_eq!(guess("192.0.2.2", 31).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_has_requests_of_its_own_and_capture_has_no_limit() {
    let limit = ApiConfig { requests_per_minute: 60, burst: 5 };
    let server = serve_with(|config| config.api = limit).await;
    for _ in 0..4 {
        assert_eq!(server.root("GET /api/me", Value::Null).await.status, 200);
    }
    let other = server.key(json!(["*"]), json!({})).await;
    let slowed = server.root("GET /api/me", Value::Null).await;
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, Some("1")));
    assert_eq!(slowed.code(), "throttled");
    assert_eq!(server.by_key(&other, "GET /api/me", &Value::Null).await.status, 200, "another key");
    for _ in 0..5 {
        assert_eq!(server.by_key("phx_wrong", "GET /api/me", &Value::Null).await.status, 401);
    }
    assert_eq!(server.send("GET /api/me", &[], b"").await.status, 429, "whoever says nothing counts by address");
    for number in 0..20 {
        let item = Item::new("s", number).event(START, "x");
        assert_eq!(server.send("POST /s/", &[], &item.body()).await.status, 200);
    }
    server.clock.advance(1000);
    assert_eq!(server.by_key(ROOT, "GET /api/me", &Value::Null).await.status, 200);
    assert_eq!(server.root("GET /api/me", Value::Null).await.status, 429);
}
