//! Logging in by a login provider, against one that is as strict or as wrong as a test wants it.

mod issuer;

use std::collections::HashMap;

use cassette_server::config::{OidcConfig, Secret};
use cassette_server::users::Role;
use serde_json::{Value, json};

use self::issuer::{ACCESS, CLIENT, Issuer, Key, SECRET, Token};
use super::{Answer, Served, serve, serve_with};
use crate::node::{MINUTE, START};

async fn world() -> (Served, Issuer) {
    let issuer = Issuer::start().await;
    let oidc = OidcConfig {
        issuer: issuer.address(),
        client_id: CLIENT.into(),
        client_secret: Secret(SECRET.into()),
        redirect_url: None,
        allowed_domains: vec!["example.com".into()],
        default_role: Role::Viewer,
        name: "Example".into(),
    };
    (serve_with(|config| config.oidc = Some(oidc)).await, issuer)
}

/// A browser that was sent to the provider: where, and with which cookie.
struct Sent {
    location: String,
    cookie: String,
}

async fn begin(server: &Served, next: &str) -> Sent {
    let answer = server.send(&format!("GET /api/login/oidc{next}"), &[], b"").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.cookie().unwrap().to_owned();
    Sent { location: answer.header("location").unwrap().to_owned(), cookie }
}

async fn back(server: &Served, cookie: &str, with: &HashMap<String, String>) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(with).finish();
    server.send(&format!("GET /api/login/oidc/callback?{query}"), &[("cookie", cookie)], b"").await
}

/// A whole login.
async fn log_in(server: &Served, issuer: &Issuer, next: &str) -> Answer {
    let sent = begin(server, next).await;
    back(server, &sent.cookie, &issuer.log_in(&sent.location)).await
}

/// The cookie of a login that succeeded.
fn session(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.cookie().unwrap();
    assert!(cookie.starts_with("cassette_session=v2."), "{cookie}");
    cookie.to_owned()
}

/// The words of a login that was refused, which left nothing.
async fn refused(server: &Served, answer: &Answer, status: u16) -> String {
    let said = answer.of(status)["detail"].as_str().unwrap().to_owned();
    assert!(!answer.head.contains("cassette_session="), "{}", answer.head);
    for secret in [SECRET, ACCESS, "code-", "Ann@", "ann@", "eyJ"] {
        assert!(!answer.body.contains(secret), "{}", answer.body);
    }
    assert_eq!(server.root("GET /api/users/", Value::Null).await.of(200)["count"], 0, "nobody was made");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_login_makes_a_viewer_once_and_opens_the_page_that_was_asked_for() {
    let (server, issuer) = world().await;
    let ways = server.send("GET /api/login", &[], b"").await.of(200);
    assert_eq!(ways, json!({"oidc": {"name": "Example"}}));
    let answer = log_in(&server, &issuer, "?next=/recordings/a-1%23t%3D3").await;
    let cookie = session(&answer);
    assert_eq!(answer.header("location"), Some("/recordings/a-1#t=3"));
    assert!(answer.head.contains("cassette_login=; Path=/api/login/oidc; Max-Age=0"), "{}", answer.head);
    let me = server.by_cookie(&cookie, "GET /api/users/@me", &Value::Null).await.of(200);
    assert_eq!(
        (&me["email"], &me["first_name"], &me["role"], &me["has_password"]),
        (&json!("ann@example.com"), &json!("Ann"), &json!("viewer"), &json!(false))
    );
    let again = session(&log_in(&server, &issuer, "").await);
    assert_eq!(server.by_cookie(&again, "GET /api/users/@me", &Value::Null).await.of(200)["id"], me["id"]);
    let log = server.root("GET /api/activity_log/", Value::Null).await.of(200);
    let lines = log["results"].as_array().unwrap().iter();
    let mine: Vec<(&Value, &Value)> = lines
        .filter(|line| line["user"]["id"] == me["id"] || line["user"] == me["id"])
        .map(|line| (&line["activity"], &line["detail"]["by"]))
        .collect();
    assert_eq!(mine.iter().filter(|line| **line == (&json!("logged_in"), &json!("oidc"))).count(), 2, "{log}");
    assert_eq!(mine.iter().filter(|line| **line == (&json!("changed"), &json!("oidc"))).count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_login_of_a_user_who_is_known_leaves_the_role_as_it_is() {
    let (server, issuer) = world().await;
    let id = server.user("ann@example.com", json!({"role": "admin"})).await;
    let cookie = session(&log_in(&server, &issuer, "").await);
    let me = server.by_cookie(&cookie, "GET /api/users/@me", &Value::Null).await.of(200);
    assert_eq!((&me["id"], &me["role"]), (&json!(id), &json!("admin")));
    server.root(&format!("DELETE /api/users/{id}"), Value::Null).await.of(204);
    assert_eq!(server.by_cookie(&cookie, "GET /api/me", &Value::Null).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_login_leads_to_no_other_server() {
    let (server, issuer) = world().await;
    for next in
        ["?next=//evil.example", "?next=https://evil.example/", "?next=/%5Cevil.example", "?next=/%09/evil.example"]
    {
        let answer = log_in(&server, &issuer, next).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_answer_counts_in_the_browser_that_asked_for_ten_minutes() {
    let (server, issuer) = world().await;
    let (one, other) = (begin(&server, "").await, begin(&server, "").await);
    let given = issuer.log_in(&one.location);
    let mut wrong = given.clone();
    wrong.insert("state".into(), "0".repeat(64));
    let mut without = given.clone();
    without.remove("state");
    for (cookie, with, expected) in [
        (one.cookie.as_str(), &wrong, "Expected the state of the login that this browser began, got another."),
        (one.cookie.as_str(), &without, "Expected the state of the login that this browser began, got another."),
        (other.cookie.as_str(), &given, "Expected the state of the login that this browser began, got another."),
        ("a=b", &given, "Expected the cookie of a login"),
        ("cassette_login=v1.9999999999.0.Lw.00", &given, "Expected the cookie of a login"),
    ] {
        let answer = back(&server, cookie, with).await;
        let said = refused(&server, &answer, 400).await;
        assert!(said.starts_with(expected), "{said}");
    }
    // None of these cost the browser its login; time does.
    let late = begin(&server, "").await;
    session(&back(&server, &one.cookie, &given).await);
    server.clock.advance(10 * MINUTE + 1);
    let answer = back(&server, &late.cookie, &issuer.log_in(&late.location)).await;
    assert_eq!((answer.status, answer.cookie().unwrap()), (400, "cassette_login="), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_answer_counts_once() {
    let (server, issuer) = world().await;
    let sent = begin(&server, "").await;
    let given = issuer.log_in(&sent.location);
    session(&back(&server, &sent.cookie, &given).await);
    let replayed = back(&server, &sent.cookie, &given).await;
    assert!(replayed.of(400)["detail"].as_str().unwrap().starts_with("This login was answered already."));
    // Another login with the code that was used: the provider knows it no more.
    let sent = begin(&server, "").await;
    let mut with = issuer.log_in(&sent.location);
    with.insert("code".into(), given["code"].clone());
    let stolen = back(&server, &sent.cookie, &with).await;
    assert!(
        stolen.of(403)["detail"].as_str().unwrap().starts_with("Example does not know the code"),
        "{}",
        stolen.body
    );
    assert!(!replayed.head.contains("cassette_session=") && !stolen.head.contains("cassette_session="));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_token_that_is_not_for_this_login_is_refused() {
    let (server, issuer) = world().await;
    let refusal = |reason: &str| format!("The ID token of Example is refused: {reason}.");
    let claim = |name: &'static str, value: Value| {
        Box::new(move |token: &mut Token| token.claims[name] = value.clone()) as issuer::Twist
    };
    let signed = |alg: &'static str, key: fn() -> Key| {
        Box::new(move |token: &mut Token| {
            token.header["alg"] = json!(alg);
            token.key = key();
        }) as issuer::Twist
    };
    let (foreign_key, not_signed) = ("its signature is not the provider's", "its signature is not the provider's");
    for (twist, expected) in [
        (claim("nonce", json!("another")), refusal("it is of another login")),
        (claim("nonce", Value::Null), refusal("it is of another login")),
        (claim("iss", json!("http://127.0.0.1:1")), refusal("it is of another issuer")),
        (claim("aud", json!("another")), refusal("it is for somebody else than this server")),
        (claim("aud", json!([CLIENT, "another"])), refusal("it is for somebody else than this server")),
        (claim("exp", json!(START / 1000 - 1)), refusal("it has expired")),
        (claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")), refusal("it belongs to another access token")),
        (signed("EdDSA", || Key::Foreign), refusal(foreign_key)),
        (signed("HS256", || Key::Secret), refusal(foreign_key)),
        (signed("none", || Key::Nothing), refusal(not_signed)),
        (claim("email_verified", json!(false)), "Example has not verified the e-mail address.".into()),
        (claim("email_verified", Value::Null), "Example has not verified the e-mail address.".into()),
        (claim("email", json!("ann@example.org")), "Users of this e-mail domain may not log in here.".into()),
        (claim("email", Value::Null), "Example names no e-mail address, by which users are known here.".into()),
    ] {
        issuer.0.lock().unwrap().twist = twist;
        let answer = log_in(&server, &issuer, "").await;
        assert_eq!(refused(&server, &answer, 403).await, expected);
    }
    issuer.twist(|_| {});
    session(&log_in(&server, &issuer, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_provider_may_refuse_change_its_keys_and_tell_the_address_later() {
    let (server, issuer) = world().await;
    let sent = begin(&server, "").await;
    let mut denied = issuer.log_in(&sent.location);
    denied.remove("code");
    denied.insert("error".into(), "access_denied".into());
    let answer = back(&server, &sent.cookie, &denied).await;
    assert!(refused(&server, &answer, 403).await.starts_with("Example did not log you in."));
    let sent = begin(&server, "").await;
    let mut empty = issuer.log_in(&sent.location);
    empty.remove("code");
    assert!(refused(&server, &back(&server, &sent.cookie, &empty).await, 400).await.starts_with("Expected a code"));
    issuer.rotate();
    issuer.twist(|token| {
        token
            .claims
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !["email", "email_verified", "name"].contains(&name.as_str()));
    });
    issuer.0.lock().unwrap().user = json!({"sub": "78", "email": "bob@example.com", "email_verified": true});
    assert_eq!(log_in(&server, &issuer, "").await.status, 502, "user info of somebody else");
    issuer.0.lock().unwrap().user = json!({"sub": "77", "email": "bob@example.com", "email_verified": "true"});
    let cookie = session(&log_in(&server, &issuer, "").await);
    let me = server.by_cookie(&cookie, "GET /api/users/@me", &Value::Null).await.of(200);
    assert_eq!(me["email"], "bob@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_provider_that_is_down_or_is_none_is_said() {
    let (server, issuer) = world().await;
    issuer.0.lock().unwrap().address = "http://127.0.0.1:1".into();
    let answer = server.send("GET /api/login/oidc", &[], b"").await;
    assert_eq!(answer.of(502)["detail"], "Example cannot be asked at the moment who you are.");
    let server = serve().await;
    assert_eq!(server.send("GET /api/login", &[], b"").await.of(200), json!({ "oidc": null }));
    assert_eq!(server.send("GET /api/login/oidc", &[], b"").await.status, 404);
    assert_eq!(server.send("GET /api/login/oidc/callback?code=1&state=2", &[], b"").await.status, 404);
}
