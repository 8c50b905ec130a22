//! Several projects on one server: made while it runs, recorded at once, each for itself.

use serde_json::{Value, json};

use super::serve;
use crate::items::{Item, TOKEN};
use crate::node::{HOUR, START};

fn item_of(token: &str, session: &str, number: u32) -> Vec<u8> {
    let body = String::from_utf8(Item::new(session, number).event(START, "x").body()).unwrap();
    assert!(body.contains(TOKEN));
    body.replace(TOKEN, token).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_made_on_the_running_server_records_at_once_and_for_itself() {
    let server = serve().await;
    let settings = json!({"sample_rate": 0.5});
    let made =
        server.root("POST /api/projects/", json!({"name": "Shop", "recording_settings": settings})).await.of(201);
    assert_eq!((&made["id"], &made["name"]), (&2.into(), &"Shop".into()));
    assert_eq!(made["recording_settings"]["sample_rate"], 0.5);
    let token = made["api_token"].as_str().unwrap();
    assert_eq!(server.send("POST /s/", &[], &item_of(token, "in-two", 1)).await.status, 200);
    assert_eq!(server.send("POST /s/", &[], &item_of(TOKEN, "in-one", 2)).await.status, 200);
    assert_eq!(server.send(&format!("GET /array/{token}/config"), &[], b"").await.status, 200);
    for (project, session, other) in [(1, "in-one", "in-two"), (2, "in-two", "in-one")] {
        let path = |session: &str| format!("GET /api/projects/{project}/session_recordings/{session}/");
        let mut found = server.root(&path(session), Value::Null).await;
        // The collector takes what was answered a moment later.
        for _ in 0..200 {
            if found.status == 200 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            found = server.root(&path(session), Value::Null).await;
        }
        assert_eq!(found.of(200)["id"], session);
        assert_eq!(server.root(&path(other), Value::Null).await.status, 404);
    }
    server.import(2, "from-file").await;
    let listed = server.root("GET /api/projects/2/session_recordings/", Value::Null).await.of(200);
    assert!(listed.to_string().contains("from-file") && !listed.to_string().contains("in-one"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_renamed_and_told_what_to_record() {
    let server = serve().await;
    let (id, _) = server.project("Shop").await;
    let path = format!("/api/projects/{id}/");
    let changed = server.root(&format!("PATCH {path}"), json!({"name": " Store "})).await.of(200);
    assert_eq!(changed["name"], "Store");
    let changed = json!({"recording_settings": {"console": true}, "session_recording_opt_in": true});
    let changed = server.root(&format!("PATCH {path}"), changed).await.of(200);
    assert_eq!((&changed["name"], &changed["recording_settings"]["console"]), (&"Store".into(), &true.into()));
    assert_eq!(server.root(&format!("GET {path}"), Value::Null).await.of(200), changed);
    let settings = server.root(&format!("GET {path}recording_settings/"), Value::Null).await.of(200);
    assert_eq!(settings, changed["recording_settings"]);
    for (body, attr) in [
        (json!({"name": ""}), "name"),
        (json!({"name": 7}), "name"),
        (json!({"recording_settings": {"sample_rate": 7}}), "recording_settings"),
        (json!({"recording_settings": {"colour": 7}}), "recording_settings.colour"),
    ] {
        let refused = server.root(&format!("PATCH {path}"), body.clone()).await.of(400);
        assert_eq!(refused["attr"], attr, "{body} {refused}");
    }
    let listed = server.root("GET /api/projects", Value::Null).await.of(200);
    assert_eq!((&listed["count"], &listed["results"][1]), (&2.into(), &changed));
    assert_eq!(server.root("GET /api/projects/@current", Value::Null).await.of(200)["id"], 1);
    assert_eq!(server.root("GET /api/projects/9", Value::Null).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_refused_at_once_or_after_its_grace() {
    let server = serve().await;
    let sent = async |token: &str, number: u32| server.send("POST /s/", &[], &item_of(token, "s", number)).await.status;
    let rotated = server.root("POST /api/projects/1/reset_token/?grace_hours=2", Value::Null).await.of(200);
    let second = rotated["api_token"].as_str().unwrap();
    assert_eq!(rotated["old_tokens"][0]["api_token"], TOKEN);
    assert_eq!((sent(TOKEN, 1).await, sent(second, 2).await), (200, 200));
    server.clock.advance(2 * HOUR - 1);
    assert_eq!(sent(TOKEN, 3).await, 200);
    server.clock.advance(1);
    assert_eq!((sent(TOKEN, 4).await, sent(second, 5).await), (401, 200));
    assert_eq!(server.send(&format!("GET /array/{TOKEN}/config"), &[], b"").await.status, 401);
    let rotated = server.root("PATCH /api/projects/1/reset_token/", Value::Null).await.of(200);
    assert_eq!(rotated["old_tokens"], json!([]));
    let third = rotated["api_token"].as_str().unwrap();
    assert_eq!((sent(second, 6).await, sent(third, 7).await), (401, 200));
    for hours in ["-1", "many", "99999"] {
        let path = format!("POST /api/projects/1/reset_token/?grace_hours={hours}");
        assert_eq!(server.root(&path, Value::Null).await.of(400)["attr"], "grace_hours", "{hours}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_some_projects_sees_these_alone() {
    let server = serve().await;
    let (shop, _) = server.project("Shop").await;
    server.user("ann@example.com", json!({"projects": [shop]})).await;
    let cookie = server.cookie("ann@example.com").await;
    let ann = async |call: &str| server.by_cookie(&cookie, call, &Value::Null).await;
    assert_eq!(ann("GET /api/projects/").await.of(200)["results"][0]["id"], shop);
    assert_eq!(ann("GET /api/projects/@current/").await.of(200)["id"], shop);
    let me = ann("GET /api/me").await.of(200);
    assert_eq!((&me["project"]["id"], me["projects"].as_array().unwrap().len()), (&shop.into(), 1));
    let refused = ann("GET /api/projects/1/").await.of(403);
    assert_eq!(refused["detail"], "You don't have access to the project.");
    assert_eq!(ann("GET /api/projects/9/").await.status, 404);
}
