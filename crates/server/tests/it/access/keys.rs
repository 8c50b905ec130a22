//! Personal API keys: made, limited, changed, rolled, taken back, run out.

use cassette_testkit::files_that_hold;
use serde_json::{Value, json};

use super::{ROOT, serve};
use crate::node::{HOUR, START};

const KEYS: &str = "/api/personal_api_keys";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    let server = serve().await;
    let asked = json!({"label": " for the notebook ", "scopes": ["session_recording:read", "comment:write"]});
    let made = server.root(&format!("POST {KEYS}/"), asked).await.of(201);
    let value = made["value"].as_str().unwrap();
    assert!(value.starts_with("phx_") && value.len() == 36);
    assert_eq!(made["mask_value"], format!("phx_...{}", &value[32..]));
    assert_eq!((&made["label"], &made["user_id"]), (&"for the notebook".into(), &"admin".into()));
    assert_eq!(made["scopes"], json!(["comment:write", "session_recording:read"]));
    assert_eq!((&made["last_used_at"], &made["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!(made["created_at"], "2026-11-21T07:15:10.102Z");
    let id = made["id"].as_str().unwrap();
    let found = server.root(&format!("GET {KEYS}/{id}/"), Value::Null).await.of(200);
    assert_eq!(found["value"], Value::Null);
    let listed = server.root(&format!("GET {KEYS}/"), Value::Null).await.of(200);
    assert_eq!(listed.as_array().unwrap().len(), 2, "this one and the first");
    assert_eq!(server.by_key(value, &format!("GET {KEYS}/@current"), &Value::Null).await.of(200)["id"], id);
    let folder = server.folder.path();
    assert_eq!(files_that_hold(folder, value), Vec::<String>::new());
    assert!(!files_that_hold(&folder.join("projects/0/keys").join(id), "sha256").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_rolled_taken_back_or_has_run_out_opens_nothing() {
    let server = serve().await;
    let opens = async |key: &str| server.by_key(key, "GET /api/me", &Value::Null).await.status == 200;
    let asked = json!({"label": "x", "scopes": ["*"], "expires_at": "2026-11-21T09:15:10.102+01:00"});
    let made = server.root(&format!("POST {KEYS}/"), asked).await.of(201);
    assert_eq!(made["expires_at"], "2026-11-21T08:15:10.102Z");
    let (id, first) = (made["id"].as_str().unwrap(), made["value"].as_str().unwrap());
    assert!(opens(first).await);
    let rolled = server.root(&format!("POST {KEYS}/{id}/roll/"), Value::Null).await.of(200);
    let second = rolled["value"].as_str().unwrap();
    assert_eq!((opens(first).await, opens(second).await), (false, true));
    server.clock.advance(HOUR);
    assert!(!opens(second).await, "its time is over");
    let longer = json!({"expires_at": null, "label": "y"});
    let changed = server.root(&format!("PATCH {KEYS}/{id}/"), longer).await.of(200);
    assert_eq!((&changed["expires_at"], &changed["label"]), (&Value::Null, &"y".into()));
    assert!(opens(second).await);
    server.root(&format!("DELETE {KEYS}/{id}/"), Value::Null).await.of(204);
    assert!(!opens(second).await);
    server.root(&format!("GET {KEYS}/{id}/"), Value::Null).await.of(404);
    server.root(&format!("DELETE {KEYS}/{id}/"), Value::Null).await.of(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_wish_is_refused_by_name() {
    let server = serve().await;
    let good = json!({"label": "x", "scopes": ["*"]});
    for (member, value, attr, code) in [
        ("label", json!(null), "label", "invalid_input"),
        ("label", json!(" "), "label", "invalid_input"),
        ("label", json!("x".repeat(101)), "label", "invalid_input"),
        ("scopes", json!(["session_recording:admin"]), "scopes", "invalid_input"),
        ("scopes", json!(["insight:read"]), "scopes", "invalid_input"),
        ("scopes", json!("*"), "scopes", "invalid_input"),
        ("scopes", json!([7]), "scopes[0]", "invalid_input"),
        ("scoped_teams", json!([9]), "scoped_teams", "invalid_input"),
        ("expires_at", json!("tomorrow"), "expires_at", "invalid_input"),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "expires_at", "invalid_input"),
    ] {
        let mut asked = good.clone();
        asked[member] = value;
        let refused = server.root(&format!("POST {KEYS}/"), asked.clone()).await.of(400);
        assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (Some(attr), Some(code)), "{asked}");
    }
    let refused = server.root(&format!("POST {KEYS}/"), json!({"label": "x"})).await.of(400);
    assert_eq!((&refused["attr"], &refused["code"]), (&"scopes".into(), &"required".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_is_named_in_posthogs_words() {
    let server = serve().await;
    server.import(1, "visit").await;
    let list = "GET /api/projects/1/session_recordings/";
    let watch = "GET /api/projects/1/session_recordings/visit/blocks";
    for (scopes, may_list, may_watch) in [
        (json!([]), false, false),
        (json!(["project:write", "comment:write"]), false, false),
        (json!(["session_recording:list"]), true, false),
        (json!(["session_recording:read"]), true, true),
        (json!(["session_recording:write"]), true, true),
        (json!(["*"]), true, true),
    ] {
        let key = server.key(scopes.clone(), json!({})).await;
        for (call, may) in [(list, may_list), (watch, may_watch)] {
            let answer = server.by_key(&key, call, &Value::Null).await;
            assert_eq!(answer.status, if may { 200 } else { 403 }, "{scopes} {call}: {}", answer.body);
            if !may {
                let expected = json!({
                    "type": "authentication_error", "code": "permission_denied", "attr": null,
                    "detail": "API key missing required scope 'session_recording:read'"
                });
                assert_eq!(answer.json(), expected);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_none_that_may_more_than_itself() {
    let server = serve().await;
    let (shop, _) = server.project("Shop").await;
    let narrow = server.key(json!(["personal_api_key:write", "project:read"]), json!({"scoped_teams": [1]})).await;
    let make = async |scopes: Value, teams: Value| {
        let asked = json!({"label": "x", "scopes": scopes, "scoped_teams": teams});
        server.by_key(&narrow, &format!("POST {KEYS}/"), &asked).await
    };
    assert_eq!(make(json!(["*"]), json!([1])).await.status, 403);
    assert_eq!(make(json!(["project:write"]), json!([1])).await.status, 403);
    assert_eq!(make(json!(["project:read"]), json!([shop])).await.status, 400);
    let made = make(json!(["project:read"]), json!([])).await.of(201);
    assert_eq!(made["scoped_teams"], json!([1]), "not everywhere, but where its maker may");
    let id = made["id"].as_str().unwrap();
    let wider = json!({"scopes": ["*"]});
    assert_eq!(server.by_key(&narrow, &format!("PATCH {KEYS}/{id}/"), &wider).await.status, 403);
    let listed = server.root(&format!("GET {KEYS}/"), Value::Null).await.of(200);
    for key in listed.as_array().unwrap() {
        let (id, is_root) = (key["id"].as_str().unwrap(), key["label"] == "First key");
        let rolled = server.by_key(&narrow, &format!("POST {KEYS}/{id}/roll/"), &Value::Null).await;
        assert_eq!(rolled.status == 403, is_root, "the first key may everything: {}", rolled.body);
        if rolled.status == 200 {
            break;
        }
    }
    assert_eq!(server.by_key(ROOT, "GET /api/me", &Value::Null).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_have_keys_of_their_own_and_administrators_may_take_them_back() {
    let server = serve().await;
    let ann = server.user("ann@example.com", json!({"role": "viewer"})).await;
    server.user("bob@example.com", json!({})).await;
    let (ann_s, bob_s) = (server.cookie("ann@example.com").await, server.cookie("bob@example.com").await);
    let asked = json!({"label": "ann's", "scopes": ["*"]});
    let made = server.by_cookie(&ann_s, &format!("POST {KEYS}/"), &asked).await.of(201);
    let (id, key) = (made["id"].as_str().unwrap(), made["value"].as_str().unwrap());
    assert_eq!(server.by_key(key, "GET /api/users/@me", &Value::Null).await.of(200)["id"], ann);
    let refused = server.by_key(key, "PATCH /api/projects/1/", &json!({"name": "x"})).await.of(403);
    assert_eq!(refused["detail"], "Your role does not allow this: it lacks 'project:write'.");
    for call in ["GET", "DELETE"] {
        assert_eq!(server.by_cookie(&bob_s, &format!("{call} {KEYS}/{id}/"), &Value::Null).await.status, 404);
    }
    assert_eq!(server.by_cookie(&bob_s, &format!("GET {KEYS}/?user={ann}"), &Value::Null).await.status, 403);
    let seen = server.root(&format!("GET {KEYS}/?user={ann}"), Value::Null).await.of(200);
    assert_eq!(seen[0]["label"], "ann's");
    assert_eq!(server.root(&format!("POST {KEYS}/{id}/roll/"), Value::Null).await.status, 403);
    server.root(&format!("DELETE {KEYS}/{id}/"), Value::Null).await.of(204);
    assert_eq!(server.by_key(key, "GET /api/me", &Value::Null).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_its_last_use_is_written_down_once() {
    let server = serve().await;
    let made = server.root(&format!("POST {KEYS}/"), json!({"label": "x", "scopes": ["project:read"]})).await.of(201);
    let (id, key) = (made["id"].as_str().unwrap(), made["value"].as_str().unwrap());
    let folder = server.folder.path().join("projects/0/keys").join(id);
    let changes = || std::fs::read_dir(&folder).unwrap().count();
    let used_at = async |expected: Value| {
        // It is written behind the request.
        for _ in 0..200 {
            let found = server.root(&format!("GET {KEYS}/{id}/"), Value::Null).await.of(200);
            if found["last_used_at"] == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("last_used_at does not become {expected}");
    };
    for _ in 0..3 {
        assert_eq!(server.by_key(key, "GET /api/me", &Value::Null).await.status, 200);
    }
    used_at(json!("2026-11-21T07:15:10.102Z")).await;
    assert_eq!(changes(), 2);
    server.clock.advance(24 * HOUR);
    assert_eq!(server.by_key(key, "GET /api/me", &Value::Null).await.status, 200);
    used_at(json!("2026-11-22T07:15:10.102Z")).await;
    assert_eq!(changes(), 3);
    assert_eq!(START + 24 * HOUR, cassette_server::clock::Clock::now(&*server.clock));
}
