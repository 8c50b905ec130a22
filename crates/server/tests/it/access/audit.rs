//! What is written down, and reading it.

use serde_json::{Value, json};

use super::{ADMIN_PASSWORD, Served, serve};
use crate::node::{HOUR, START};

/// Calls that show what is in a recording, each with the way that its line names. Several calls of one way are one watch.
const WAYS: [(&str, &[&str]); 5] = [
    ("player", &["GET blocks", "GET blocks/1000000", "GET live"]),
    ("player", &["GET live"]),
    ("download", &["GET recording", "GET recording?format=ndjson", "GET recording?format=rrweb"]),
    ("snapshots", &["GET snapshots", "GET snapshots?source=blob_v2&start_blob_key=1000000&end_blob_key=1000000"]),
    ("direct_link", &["POST direct_link"]),
];

async fn lines(server: &Served, path: &str) -> Vec<Value> {
    let answer = server.root(&format!("GET {path}"), Value::Null).await.of(200);
    answer["results"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_watch_leaves_exactly_one_line() {
    let server = serve().await;
    let schema = server.root("GET /api/schema/", Value::Null).await.of(200);
    for (number, (via, calls)) in WAYS.into_iter().enumerate() {
        let below = calls[0].split([' ', '?']).nth(1).unwrap();
        let template = format!("/api/projects/{{project_id}}/session_recordings/{{session_id}}/{below}");
        if schema["paths"].get(&template).is_none() {
            assert_eq!(via, "direct_link", "{template} is a route");
            continue;
        }
        let session = format!("visit-{number}");
        server.import(1, &session).await;
        let seen = async || {
            let path = format!("/api/projects/1/activity_log/?subject={session}");
            let lines = lines(&server, &path).await;
            lines.into_iter().filter(|line| line["activity"] != "imported").collect::<Vec<_>>()
        };
        assert_eq!(seen().await, Vec::<Value>::new());
        for round in 0..2 {
            for call in calls {
                let (method, below) = call.split_once(' ').unwrap();
                let path = format!("{method} /api/projects/1/session_recordings/{session}/{below}");
                assert_eq!(server.root(&path, Value::Null).await.status, 200, "{path} {round}");
            }
        }
        let found = seen().await;
        assert_eq!(found.len(), 1, "{via}: {found:?}");
        assert_eq!((&found[0]["via"], &found[0]["item_id"]), (&via.into(), &session.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_opening_of_a_link_leaves_exactly_one_line() {
    let server = serve().await;
    server.import(1, "visit").await;
    let visit = "/api/projects/1/session_recordings/visit";
    let shared = server.root(&format!("PATCH {visit}/sharing"), json!({"enabled": true})).await.of(200);
    let token = shared["access_token"].as_str().unwrap();
    for opening in 1..=2 {
        let opened = server.send(&format!("POST /shared/{token}"), &[], b"{}").await.of(200);
        let pass = opened["shareToken"].as_str().unwrap();
        for below in ["blocks", "blocks/1000000", "snapshots"] {
            server.by_key(pass, &format!("GET {visit}/{below}"), &Value::Null).await;
        }
        let seen = lines(&server, "/api/projects/1/activity_log?subject=visit&action=watched").await;
        assert_eq!(seen.len(), opening);
        assert_eq!(seen[0]["via"], "share");
        assert!(!json!(seen).to_string().contains(token));
    }
    let made = lines(&server, "/api/projects/1/activity_log?subject=visit&action=shared").await;
    assert_eq!((made.len(), &made[0]["user"]["id"]), (1, &"admin".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_lists_or_is_refused_leaves_none_and_a_later_watch_another() {
    let server = serve().await;
    server.import(1, "visit").await;
    let of_visit = "/api/projects/1/activity_log/?subject=visit&action=watched";
    server.root("GET /api/projects/1/session_recordings/", Value::Null).await.of(200);
    server.root("GET /api/projects/1/session_recordings/visit/", Value::Null).await.of(200);
    let lister = server.key(json!(["session_recording:list"]), json!({})).await;
    let blocks = "GET /api/projects/1/session_recordings/visit/blocks";
    server.by_key(&lister, blocks, &Value::Null).await.of(403);
    server.root("GET /api/projects/1/session_recordings/none/blocks", Value::Null).await.of(404);
    assert_eq!(lines(&server, of_visit).await.len(), 0);
    server.root(blocks, Value::Null).await.of(200);
    server.clock.advance(HOUR);
    server.root(blocks, Value::Null).await.of(200);
    assert_eq!(lines(&server, of_visit).await.len(), 2);
    assert_eq!(lines(&server, "/api/projects/1/activity_log/?subject=none").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_who_did_what_when_and_how() {
    let server = serve().await;
    server.import(1, "visit").await;
    let ann = server.user("ann@example.com", json!({})).await;
    let cookie = server.cookie("ann@example.com").await;
    server.by_cookie(&cookie, "GET /api/projects/1/session_recordings/visit/blocks", &Value::Null).await.of(200);
    let mut found = lines(&server, "/api/projects/1/activity_log?action=watched").await;
    let mut line = found.pop().unwrap();
    line.as_object_mut().unwrap().remove("id");
    let expected = json!({
        "created_at": "2026-11-21T07:15:10.102Z", "activity": "watched", "subject": "visit",
        "scope": "session_recording", "item_id": "visit", "user": {"id": ann, "email": "ann@example.com"},
        "key": null, "via": "player", "detail": null
    });
    assert_eq!((found.len(), line), (0, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_and_changes_of_keys_users_and_projects_are_written_down_without_secrets() {
    let server = serve().await;
    let key = server.root("POST /api/personal_api_keys", json!({"label": "x", "scopes": ["*"]})).await.of(201);
    let id = key["id"].as_str().unwrap();
    let rolled = server.root(&format!("POST /api/personal_api_keys/{id}/roll"), Value::Null).await.of(200);
    server.root(&format!("DELETE /api/personal_api_keys/{id}"), Value::Null).await.of(204);
    let ann = server.user("ann@example.com", json!({})).await;
    server.cookie("ann@example.com").await;
    server.log_in(json!({ "password": ADMIN_PASSWORD })).await;
    server.root(&format!("PATCH /api/users/{ann}"), json!({"password": "another password"})).await.of(200);
    let (shop, token) = server.project("Shop").await;
    server.root(&format!("PATCH /api/projects/{shop}"), json!({"name": "Store"})).await.of(200);
    server.root(&format!("POST /api/projects/{shop}/reset_token"), Value::Null).await.of(200);
    let all = lines(&server, "/api/activity_log/").await;
    let mut told: Vec<String> = all
        .iter()
        .map(|line| format!("{} {}", line["activity"].as_str().unwrap(), line["scope"].as_str().unwrap()))
        .collect();
    told.sort();
    let expected =
        [&["changed personal_api_key"; 3][..], &["changed project"; 3], &["changed user"; 2], &["logged_in user"; 2]];
    assert_eq!(told, expected.concat());
    let text = json!(all).to_string();
    for secret in [&key["value"], &rolled["value"], &json!(token), &json!("a password"), &json!("argon2")] {
        assert!(!text.contains(secret.as_str().unwrap()), "{secret}");
    }
    let logins = lines(&server, "/api/activity_log?action=logged_in&user=ANN@example.com").await;
    assert_eq!((logins.len(), &logins[0]["user"]["id"]), (1, &ann.into()));
    assert_eq!(lines(&server, &format!("/api/activity_log?subject=personal_api_key:{id}")).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_page_by_page_and_between_dates() {
    let server = serve().await;
    for number in 0..5 {
        server.clock.advance(HOUR);
        server.project(&format!("Shop {number}")).await;
    }
    let mut path = "/api/activity_log?limit=2".to_owned();
    let mut seen = Vec::new();
    for rows in [2, 2, 1] {
        let page = server.root(&format!("GET {path}"), Value::Null).await.of(200);
        let results = page["results"].as_array().unwrap();
        assert_eq!((results.len(), &page["has_next"]), (rows, &(rows == 2).into()), "{page}");
        seen.extend(results.iter().map(|line| line["subject"].as_str().unwrap().to_owned()));
        path = format!("/api/activity_log?limit=2&after={}", page["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!(seen, [6, 5, 4, 3, 2].map(|id| format!("project:{id}")));
    let between = format!("date_from={}&date_to={}", iso(START + 2 * HOUR), iso(START + 4 * HOUR));
    let found = lines(&server, &format!("/api/activity_log?{between}")).await;
    assert_eq!(found.iter().map(|line| &line["item_id"]).collect::<Vec<_>>(), ["5", "4", "3"]);
    assert_eq!(lines(&server, "/api/activity_log?date_from=-90M").await.len(), 2);
    for (query, attr) in
        [("limit=0", "limit"), ("limit=many", "limit"), ("after=x", "after"), ("date_from=soon", "date_from")]
    {
        let refused = server.root(&format!("GET /api/activity_log?{query}"), Value::Null).await.of(400);
        assert_eq!(refused["attr"], attr, "{query}");
    }
}

/// Whole seconds are enough here: a moment later than the line.
fn iso(epoch_ms: i64) -> String {
    let hours = (epoch_ms - START) / HOUR;
    format!("2026-11-21T{:02}:15:10.102Z", 7 + hours)
}
