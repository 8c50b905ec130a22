//! How long a project keeps its recordings: shown before it is set, kept to afterwards.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Served, serve};
use crate::node::{HOUR, START};

const DAY: i64 = 24 * HOUR;

async fn sessions(server: &Served, project: u64) -> Vec<String> {
    let listed = server.root(&format!("GET /api/projects/{project}/session_recordings/"), Value::Null).await.of(200);
    listed["results"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until a project has no recordings but these.
async fn until_left(server: &Served, project: u64, expected: &[&str]) {
    for _ in 0..500 {
        if sessions(server, project).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still there: {:?}", sessions(server, project).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_retention_goes_for_good_and_leaves_a_line() {
    let server = serve().await;
    let (other, _) = server.project("Other").await;
    server.import(1, "old").await;
    server.import(other, "kept-elsewhere").await;
    let gathered = server
        .root("POST /api/projects/1/session_recording_playlists", json!({"name": "Kept?", "type": "collection"}))
        .await;
    let playlist = gathered.of(201)["short_id"].as_str().unwrap().to_owned();
    let path = format!("POST /api/projects/1/session_recording_playlists/{playlist}/recordings/old");
    assert!(server.root(&path, Value::Null).await.status < 300);
    server.clock.advance(31 * DAY);
    server.import_of(1, "young", START + 31 * DAY).await;

    let preview = server.root("GET /api/projects/1/retention?days=30", Value::Null).await.of(200);
    assert_eq!((&preview["recordings"], &preview["days"]), (&1.into(), &30.into()));
    assert!(preview["stored_bytes"].as_u64().unwrap() > 0);
    assert_eq!(server.root("GET /api/projects/1/retention?days=32", Value::Null).await.of(200)["recordings"], 0);
    let unset = server.root("GET /api/projects/1/retention", Value::Null).await.of(200);
    assert_eq!(unset, json!({"days": null, "deletes_before": null, "recordings": 0, "stored_bytes": 0}));
    assert_eq!(sessions(&server, 1).await, ["young", "old"], "asking deletes nothing");

    let changed = server.root("PATCH /api/projects/1", json!({"retention_days": 30})).await.of(200);
    assert_eq!(changed["retention_days"], 30);
    until_left(&server, 1, &["young"]).await;
    let young = server.root("GET /api/projects/1/session_recordings/young", Value::Null).await.of(200);
    assert_eq!(
        (&young["retention_period_days"], &young["recording_ttl"]),
        (&30.into(), &29.into()),
        "it ended five seconds ago"
    );
    assert_eq!(sessions(&server, other).await, ["kept-elsewhere"]);
    let log = server.root("GET /api/projects/1/activity_log?subject=old&action=deleted", Value::Null).await.of(200);
    let line = &log["results"][0];
    assert_eq!((&line["user"]["id"], &line["detail"]), (&"retention".into(), &json!({"retention_days": 30})));
    let gone = server.root("GET /api/projects/1/session_recordings/old/snapshots", Value::Null).await;
    assert_eq!((gone.status, &gone.json()["deleted_by"]), (410, &"retention".into()), "{}", gone.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retention_is_kept_over_other_changes_and_taken_away_by_null() {
    let server = serve().await;
    let change = async |body: Value| server.root("PATCH /api/projects/1", body).await;
    assert_eq!(change(json!({"retention_days": 90})).await.of(200)["retention_days"], 90);
    assert_eq!(change(json!({"name": "Shop"})).await.of(200)["retention_days"], 90);
    assert_eq!(server.root("GET /api/projects/1/retention", Value::Null).await.of(200)["days"], 90);
    assert_eq!(change(json!({"retention_days": null})).await.of(200)["retention_days"], Value::Null);
    assert_eq!(server.root("GET /api/projects/1", Value::Null).await.of(200)["retention_days"], Value::Null);
    for days in [json!(0), json!(36_501), json!(-1), json!("30"), json!(1.5)] {
        let refused = change(json!({ "retention_days": days })).await.of(400);
        assert_eq!(refused["attr"], "retention_days", "{days}");
    }
    let refused = server.root("GET /api/projects/1/retention?days=0", Value::Null).await.of(400);
    assert_eq!(refused["attr"], "days");
    server.user("ann@example.com", json!({})).await;
    let cookie = server.cookie("ann@example.com").await;
    let refused = server.by_cookie(&cookie, "PATCH /api/projects/1", &json!({"retention_days": 1})).await.of(403);
    assert_eq!(refused["detail"], "Your role does not allow this: it lacks 'project:write'.");
}
