//! What a project takes up, and what was sent and not taken.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Served, serve};
use crate::items::{Item, TOKEN};
use crate::node::{HOUR, START};

async fn health(server: &Served) -> Value {
    server.root("GET /api/projects/1/ingestion_health", Value::Null).await.of(200)
}

/// Asks until the collector has taken what was answered.
async fn health_with(server: &Served, reason: &str) -> Value {
    for _ in 0..500 {
        let found = health(server).await;
        if found["refused"].as_array().unwrap().iter().any(|refused| refused["reason"] == reason) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing was counted as {reason}: {}", health(server).await);
}

fn of<'a>(refused: &'a Value, reason: &str) -> &'a Value {
    refused.as_array().unwrap().iter().find(|refused| refused["reason"] == reason).unwrap()
}

const SHOP: (&str, &str) = ("origin", "https://shop.example");

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_project_is_told_to_who_sees_all_of_them() {
    let server = serve().await;
    let wrong = String::from_utf8(Item::new("a", 1).event(START, "x").body()).unwrap();
    let wrong = wrong.replace(TOKEN, "phc_wrongwrongwrong");
    assert_eq!(server.send("POST /s/", &[SHOP], wrong.as_bytes()).await.status, 401);
    assert_eq!(server.send("GET /array/phc_wrongwrongwrong/config", &[SHOP], b"").await.status, 401);
    assert_eq!(server.send("POST /s/", &[], b"[{}]").await.status, 400);
    assert_eq!(server.send("POST /s/", &[], b"").await.status, 400);
    let told = health(&server).await;
    let strangers = &told["strangers"];
    assert_eq!(told["refused"], json!([]), "they are of no project");
    let unknown = of(&strangers["refused"], "unknown_token");
    assert_eq!(
        (&unknown["last_hour"], &unknown["outcome"], &unknown["host"]),
        (&2.into(), &"refused".into(), &"shop.example".into())
    );
    assert!(unknown["means"].as_str().unwrap().ends_with('.') && unknown["to_do"].as_str().unwrap().ends_with('.'));
    assert_eq!(of(&strangers["refused"], "no_token")["last_7_days"], 1);
    assert_eq!(of(&strangers["refused"], "empty_body")["last_24_hours"], 1);
    assert_eq!(strangers["tokens"][0]["begins"], "phc_wron…");
    assert!(!told.to_string().contains("wrongwrong"), "{told}");

    server.user("ann@example.com", json!({"projects": [1]})).await;
    let cookie = server.cookie("ann@example.com").await;
    let hers = server.by_cookie(&cookie, "GET /api/projects/1/ingestion_health", &Value::Null).await.of(200);
    assert_eq!(hers["strangers"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_and_could_not_be_read_is_told_to_its_project() {
    let server = serve().await;
    assert_eq!(health(&server).await["last_data_at"], Value::Null);
    assert_eq!(server.send("POST /s/", &[], &Item::new("good", 1).event(START, "x").body()).await.status, 200);
    let bad = String::from_utf8(Item::new("bad", 2).event(START, "x").body()).unwrap();
    let bad = bad.replace("\"bad\"", "\"../bad\"");
    assert_eq!(server.send("POST /s/", &[], bad.as_bytes()).await.status, 200);
    let broken = format!("{{\"token\":\"{TOKEN}\",cut off");
    assert_eq!(server.send("POST /s/", &[], broken.as_bytes()).await.status, 200);
    let told = health_with(&server, "not_json").await;
    let session = of(&told["refused"], "bad_session_id");
    assert_eq!((&session["outcome"], &session["last_hour"]), (&"set_aside".into(), &1.into()));
    assert_eq!(told["last_data_at"], "2026-11-21T07:15:10.102Z");
    assert_eq!(told["sdks"][0]["last_24_hours"], 1);

    server.clock.advance(2 * HOUR);
    let later = health(&server).await;
    let session = of(&later["refused"], "bad_session_id");
    assert_eq!((&session["last_hour"], &session["last_24_hours"]), (&0.into(), &1.into()));
    server.clock.advance(9 * 24 * HOUR);
    let much_later = health(&server).await;
    assert_eq!((&much_later["refused"], &much_later["sdks"]), (&json!([]), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_replaced_is_told_to_its_project() {
    let server = serve().await;
    server.root("POST /api/projects/1/reset_token", Value::Null).await.of(200);
    assert_eq!(server.send("POST /s/", &[], &Item::new("a", 1).event(START, "x").body()).await.status, 401);
    assert_eq!(server.send(&format!("GET /array/{TOKEN}/config.js"), &[SHOP], b"").await.status, 401);
    let told = health(&server).await;
    assert_eq!(of(&told["refused"], "ended_token")["last_hour"], 2);
    assert_eq!(told["strangers"]["tokens"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_still_comes_for_a_deleted_recording_is_counted_as_dropped() {
    let server = serve().await;
    server.import(1, "gone").await;
    server.root("DELETE /api/projects/1/session_recordings/gone", Value::Null).await.of(204);
    assert_eq!(server.send("POST /s/", &[], &Item::new("gone", 1).event(START, "x").body()).await.status, 200);
    let told = health_with(&server, "deleted").await;
    assert_eq!(of(&told["refused"], "deleted")["outcome"], "dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_told_what_it_takes_up_by_day() {
    let server = serve().await;
    server.import(1, "one").await;
    server.clock.advance(24 * HOUR);
    server.import_of(1, "two", START + 24 * HOUR).await;
    let told = server.root("GET /api/projects/1/storage_use?days=3", Value::Null).await.of(200);
    assert_eq!(told["recordings"]["recordings"], 2);
    let days: Vec<_> = told["days"].as_array().unwrap().iter().map(|day| (&day["day"], &day["recordings"])).collect();
    let expected =
        [("2026-11-20", 0), ("2026-11-21", 1), ("2026-11-22", 1)].map(|(day, count)| (json!(day), json!(count)));
    assert_eq!(days, expected.each_ref().map(|(day, count)| (day, count)));
    let sum: u64 = told["days"].as_array().unwrap().iter().map(|day| day["stored_bytes"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), told["recordings"]["stored_bytes"].as_u64());
    assert_eq!(told["live"], json!({"recordings": 0, "stored_bytes": 0, "raw_bytes": 0}));
    assert!(told["others"]["documents"]["objects"].as_u64().unwrap() > 0, "the settings are one");
    assert!(told["disk"]["free_bytes"].as_u64().unwrap() > 0);
    for days in ["0", "367", "many"] {
        let refused = server.root(&format!("GET /api/projects/1/storage_use?days={days}"), Value::Null).await.of(400);
        assert_eq!(refused["attr"], "days", "{days}");
    }
}
