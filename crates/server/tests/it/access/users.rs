//! Users: made, changed, removed; what each role may do.

use std::sync::Arc;

use cassette_server::clock::ManualClock;
use cassette_server::config::Config;
use cassette_server::serve::{StartError, start};
use serde_json::{Value, json};

use super::{ADMIN_PASSWORD, serve};
use crate::node::START;

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_logs_in_and_is_told_who_it_is() {
    let server = serve().await;
    let asked = json!({"email": " Ann@Example.com", "first_name": "Ann", "role": "member", "password": "a password"});
    let made = server.root("POST /api/users/", asked).await.of(201);
    assert_eq!((&made["email"], &made["role"]), (&"ann@example.com".into(), &"member".into()));
    assert_eq!((&made["projects"], &made["has_password"]), (&Value::Null, &true.into()));
    let cookie = server.cookie("ANN@example.com").await;
    let me = server.by_cookie(&cookie, "GET /api/users/@me/", &Value::Null).await.of(200);
    assert_eq!((&me["id"], &me["team"]["id"]), (&made["id"], &json!(1)));
    assert_eq!(me["uuid"].as_str().unwrap().replace('-', ""), made["id"].as_str().unwrap());
    assert!(!me.to_string().contains("argon2"), "{me}");
    let by_uuid = format!("GET /api/users/{}/", me["uuid"].as_str().unwrap());
    assert_eq!(server.root(&by_uuid, Value::Null).await.of(200)["id"], made["id"]);
    let listed = server.root("GET /api/users/", Value::Null).await.of(200);
    assert_eq!((&listed["count"], &listed["results"][0]), (&1.into(), &made));
    let scopes = server.by_cookie(&cookie, "GET /api/me", &Value::Null).await.of(200)["scopes"].clone();
    assert!(scopes.to_string().contains("sharing_configuration:write") && !scopes.to_string().contains("user:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_user_is_refused_by_name() {
    let server = serve().await;
    server.user("ann@example.com", json!({})).await;
    let good = json!({"email": "bob@example.com", "role": "member"});
    for (member, value, attr) in [
        ("email", json!("ANN@example.com"), "email"),
        ("email", json!("nobody"), "email"),
        ("role", json!("owner"), "role"),
        ("password", json!("short"), "password"),
        ("projects", json!([9]), "projects"),
        ("projects", json!([-1]), "projects[0]"),
        ("first_name", json!("x".repeat(151)), "first_name"),
    ] {
        let mut asked = good.clone();
        asked[member] = value;
        let refused = server.root("POST /api/users/", asked.clone()).await.of(400);
        assert_eq!(refused["attr"], attr, "{asked} {refused}");
    }
    assert_eq!(server.root("POST /api/users/", good).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_list_and_to_watch_are_two_rights_of_each_user() {
    let server = serve().await;
    server.import(1, "visit").await;
    let visit = "/api/projects/1/session_recordings/visit";
    for (name, rights, list, watch) in [
        ("both", json!({"role": "viewer"}), 200, 200),
        ("lists", json!({"role": "member", "may_watch": false}), 200, 403),
        ("watches", json!({"role": "viewer", "may_list": false}), 403, 200),
        ("other", json!({"projects": []}), 403, 403),
    ] {
        server.user(&format!("{name}@example.com"), rights).await;
        let cookie = server.cookie(&format!("{name}@example.com")).await;
        let status = async |call: String| server.by_cookie(&cookie, &call, &Value::Null).await.status;
        assert_eq!(status("GET /api/projects/1/session_recordings/".into()).await, list, "{name}");
        assert_eq!(status(format!("GET {visit}")).await, list, "{name}");
        for watched in ["blocks", "recording", "blocks/0", "recording?format=html"] {
            let found = status(format!("GET {visit}/{watched}")).await;
            assert!(found == watch || watch == 200 && found != 403, "{name} {watched}: {found}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_manage_and_nobody_takes_away_the_own_role() {
    let server = serve().await;
    let ann = server.user("ann@example.com", json!({})).await;
    let root = server.user("root@example.com", json!({"role": "admin"})).await;
    let (member, admin) = (server.cookie("ann@example.com").await, server.cookie("root@example.com").await);
    for (call, body) in [
        ("GET /api/users/".to_owned(), Value::Null),
        ("POST /api/users/".to_owned(), json!({"email": "x@example.com", "role": "admin"})),
        (format!("PATCH /api/users/{root}/"), json!({"first_name": "x"})),
        (format!("PATCH /api/users/{ann}/"), json!({"role": "admin"})),
        ("PATCH /api/users/@me/".to_owned(), json!({"projects": null})),
        (format!("DELETE /api/users/{root}/"), Value::Null),
        ("POST /api/projects/".to_owned(), json!({"name": "x"})),
        ("GET /api/activity_log".to_owned(), Value::Null),
    ] {
        assert_eq!(server.by_cookie(&member, &call, &body).await.status, 403, "{call}");
    }
    assert_eq!(server.by_cookie(&admin, "GET /api/users/", &Value::Null).await.status, 200);
    let lower = json!({"role": "viewer"});
    assert_eq!(server.by_cookie(&admin, &format!("PATCH /api/users/{root}/"), &lower).await.status, 409);
    assert_eq!(server.by_cookie(&admin, "DELETE /api/users/@me/", &Value::Null).await.status, 409);
    let changed = json!({"role": "viewer", "projects": [1], "may_watch": false});
    let changed = server.by_cookie(&admin, &format!("PATCH /api/users/{ann}/"), &changed).await.of(200);
    assert_eq!((&changed["role"], &changed["projects"]), (&"viewer".into(), &json!([1])));
    assert_eq!(server.root("GET /api/users/admin", Value::Null).await.of(200)["email"], Value::Null);
    assert_eq!(server.root("DELETE /api/users/admin", Value::Null).await.status, 409);
    assert_eq!(server.root("GET /api/users/nobody", Value::Null).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_sessions_but_the_one_it_was_set_in() {
    let server = serve().await;
    let ann = server.user("ann@example.com", json!({})).await;
    let (here, elsewhere) = (server.cookie("ann@example.com").await, server.cookie("ann@example.com").await);
    let lives = async |cookie: &str| server.by_cookie(cookie, "GET /api/me", &Value::Null).await.status == 200;
    let change = |current: Value| json!({"password": "another password", "current_password": current});
    for (body, attr) in [
        (json!({"password": "another password"}), "current_password"),
        (change(json!("wrong")), "current_password"),
        (json!({"password": "short", "current_password": "a password"}), "password"),
    ] {
        assert_eq!(server.by_cookie(&here, "PATCH /api/users/@me/", &body).await.of(400)["attr"], attr);
    }
    let changed = server.by_cookie(&here, "PATCH /api/users/@me/", &change(json!("a password"))).await;
    let new = changed.cookie().expect("this browser goes on").to_owned();
    assert_eq!((lives(&here).await, lives(&elsewhere).await, lives(&new).await), (false, false, true));
    let old = server.log_in(json!({"email": "ann@example.com", "password": "a password"})).await;
    assert_eq!(old.status, 401);
    let set = json!({"password": "set by an administrator"});
    assert_eq!(server.root(&format!("PATCH /api/users/{ann}/"), set).await.cookie(), None);
    assert!(!lives(&new).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_user_ends_its_sessions_and_keys_and_leaves_no_byte() {
    let server = serve().await;
    let ann = server.user("ann@example.com", json!({"role": "admin"})).await;
    let cookie = server.cookie("ann@example.com").await;
    let asked = json!({"label": "x", "scopes": ["*"]});
    let key = server.by_cookie(&cookie, "POST /api/personal_api_keys/", &asked).await.of(201);
    server.root(&format!("DELETE /api/users/{ann}/"), Value::Null).await.of(204);
    assert_eq!(server.by_cookie(&cookie, "GET /api/me", &Value::Null).await.status, 401);
    assert_eq!(server.by_key(key["value"].as_str().unwrap(), "GET /api/me", &Value::Null).await.status, 401);
    let documents = server.folder.path().join("projects/0/users").join(&ann);
    assert!(std::fs::read_dir(documents).map_or(true, |mut left| left.next().is_none()));
    assert_eq!(server.log_in(json!({"email": "ann@example.com", "password": "a password"})).await.status, 401);
    server.user("ann@example.com", json!({})).await;
    assert_eq!(server.by_cookie(&cookie, "GET /api/me", &Value::Null).await.status, 401, "nor do they come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_let_in_only_where_somebody_can_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = |listen: &str| Config { data: data.clone(), listen: listen.parse().unwrap(), ..Config::default() };
    let run = async |listen: &str| start(config(listen), false, Arc::new(ManualClock::at(START))).await;
    assert!(matches!(run("0.0.0.0:0").await.err(), Some(StartError::NoPassword(_))));
    assert!(!data.exists(), "nothing was made");
    let open = run("127.0.0.1:0").await.unwrap();
    let key = open.new_api_key.clone().unwrap();
    let server = super::Served { running: open, clock: Arc::new(ManualClock::at(START)), folder };
    let ann = json!({"email": "ann@example.com", "role": "member", "password": "a password"});
    server.by_key(&key, "POST /api/users", &ann).await.of(201);
    let super::Served { running, folder: _folder, .. } = server;
    running.stop().await;
    assert!(matches!(run("0.0.0.0:0").await.err(), Some(StartError::NoPassword(_))), "a member is no administrator");
    let open = run("127.0.0.1:0").await.unwrap();
    assert_eq!(open.new_api_key, None, "there is a key already");
    let server = super::Served { running: open, clock: Arc::new(ManualClock::at(START)), folder: _folder };
    let root = json!({"email": "root@example.com", "role": "admin", "password": ADMIN_PASSWORD});
    server.by_key(&key, "POST /api/users", &root).await.of(201);
    let super::Served { running, folder: _folder, .. } = server;
    running.stop().await;
    let wide = run("0.0.0.0:0").await.unwrap();
    wide.stop().await;
}
