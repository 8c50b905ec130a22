//! Collections, saved filters and comments.

use serde_json::{Value, json};

use crate::http::{RECORDINGS, Served, serve};
use crate::node::START;

const PLAYLISTS: &str = "/api/projects/1/session_recording_playlists";
const COMMENTS: &str = "/api/projects/1/comments";

async fn with_recordings() -> Served {
    let server = serve().await;
    for (number, session) in ["one", "two", "three"].into_iter().enumerate() {
        let at = START - 3_600_000 * i64::try_from(number).unwrap();
        let full = format!(r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[],"id":1}}}},"timestamp":{at}}}"#);
        let page = format!(r#"{{"type":4,"data":{{"href":"https://shop.example/{session}"}},"timestamp":{at}}}"#);
        let said = format!(r#"{{"type":5,"data":{{"tag":"{session}"}},"timestamp":{}}}"#, at + 1000);
        server.import(session, &format!("[{page},{full},{said}]")).await;
    }
    server
}

fn ids(page: &Value, member: &str) -> Vec<String> {
    page["results"].as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_holds_what_is_put_into_it() {
    let server = with_recordings().await;
    let made =
        server.ask("POST", &format!("{PLAYLISTS}/"), json!({"type": "collection", "name": "Anger"})).await.expect(201);
    let short_id = made["short_id"].as_str().unwrap();
    assert_eq!(short_id.len(), 8);
    for member in [
        "id",
        "derived_name",
        "description",
        "pinned",
        "created_at",
        "created_by",
        "filters",
        "last_modified_at",
        "last_modified_by",
        "is_synthetic",
    ] {
        assert!(made.get(member).is_some(), "{member}");
    }
    let own = format!("{PLAYLISTS}/{short_id}");
    for session in ["one", "two", "one"] {
        server.ask("POST", &format!("{own}/recordings/{session}/"), Value::Null).await.expect(200);
    }
    server.ask("POST", &format!("{own}/recordings/nobody/"), Value::Null).await.expect(404);
    let bulk = json!({"session_recording_ids": ["one", "three", "nobody"]});
    let added = server.ask("POST", &format!("{own}/recordings/bulk_add/"), bulk).await.expect(200);
    assert_eq!(added, json!({"success": true, "added_count": 1, "total_requested": 3}));
    let inside = server.ask("GET", &format!("{own}/recordings/"), Value::Null).await.expect(200);
    let mut inside_ids = ids(&inside, "id");
    inside_ids.sort();
    assert_eq!((inside_ids, &inside["has_next"]), (vec!["one".into(), "three".into(), "two".into()], &json!(false)));
    let page = server.ask("GET", &format!("{own}/recordings/?limit=2"), Value::Null).await.expect(200);
    assert_eq!((ids(&page, "id").len(), &page["has_next"]), (2, &json!(true)));
    let told = server.ask("GET", &own, Value::Null).await.expect(200);
    assert_eq!(told["recordings_counts"]["collection"], json!({"count": 3, "watched_count": 0}));
    server.ask("DELETE", &format!("{own}/recordings/one"), Value::Null).await.expect(200);
    for (operator, expected) in [("exact", &["two", "three"][..]), ("is_not", &["one"][..])] {
        // The list of all recordings can be asked for those that are in it.
        let filter = json!([{"type": "recording", "key": "collection", "operator": operator, "value": short_id}]);
        let path = format!("{RECORDINGS}?having_predicates={}", filter.to_string().replace('"', "%22"));
        let found = server.ask("GET", &path, Value::Null).await.expect(200);
        assert_eq!(ids(&found, "id"), expected, "{operator}");
    }
    server.ask("DELETE", &format!("{own}/recordings/one"), Value::Null).await.expect(404);
    let several = json!({"session_recording_ids": ["one", "two"]});
    let removed = server.ask("POST", &format!("{own}/recordings/bulk_delete"), several).await.expect(200);
    assert_eq!(removed, json!({"success": true, "deleted_count": 1, "total_requested": 2}));
    let inside = server.ask("GET", &format!("{own}/recordings/"), Value::Null).await.expect(200);
    assert_eq!(ids(&inside, "id"), ["three"]);
    server.ask("DELETE", &own, Value::Null).await.expect(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_filters_find_theirs_anew() {
    let server = with_recordings().await;
    let filters = json!({"type": "filters", "name": "Last hours", "filters": {"date_from": "-90M"}});
    let made = server.ask("POST", PLAYLISTS, filters).await.expect(201);
    let own = format!("{PLAYLISTS}/{}", made["short_id"].as_str().unwrap());
    let found = server.ask("GET", &format!("{own}/recordings"), Value::Null).await.expect(200);
    assert_eq!(ids(&found, "id"), ["one", "two"]);
    let counts = &made["recordings_counts"]["saved_filters"];
    assert_eq!((&counts["count"], &counts["has_more"]), (&json!(2), &json!(false)));
    let refused = server.ask("POST", &format!("{own}/recordings/three"), Value::Null).await.expect(400);
    assert_eq!(refused["type"], "validation_error");
    server.clock.advance(45 * 60 * 1000);
    let found = server.ask("GET", &format!("{own}/recordings"), Value::Null).await.expect(200);
    assert_eq!(ids(&found, "id"), ["one"]);
    let wrong = json!({"filters": {"date_from": "yesterday"}});
    server.ask("PATCH", &own, wrong).await.expect(200);
    let refused = server.ask("GET", &format!("{own}/recordings"), Value::Null).await.expect(400);
    assert_eq!(refused["attr"], "date_from");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_collection_cannot_be_is_refused_by_name() {
    let server = with_recordings().await;
    for (body, attr, code) in [
        (json!({"name": "a"}), "type", "required"),
        (json!({"type": "list"}), "type", "invalid_input"),
        (json!({"type": "filters"}), "filters", "invalid_input"),
        (json!({"type": "collection", "filters": {"date_from": "-1d"}}), "filters", "invalid_input"),
        (json!({"type": "collection", "name": "x".repeat(401)}), "name", "invalid_input"),
        (json!({"type": "collection", "pinned": "yes"}), "pinned", "invalid_input"),
    ] {
        let refused = server.ask("POST", PLAYLISTS, body.clone()).await.expect(400);
        assert_eq!((&refused["attr"], &refused["code"]), (&json!(attr), &json!(code)), "{body}");
    }
    let made = server.ask("POST", PLAYLISTS, json!({"type": "collection"})).await.expect(201);
    let own = format!("{PLAYLISTS}/{}", made["short_id"].as_str().unwrap());
    let refused = server.ask("PATCH", &own, json!({"type": "filters"})).await.expect(400);
    assert_eq!(refused["attr"], "type");
    let refused = server.ask("POST", &format!("{own}/recordings/bulk_add"), json!({"session_recording_ids": []})).await;
    assert_eq!(refused.expect(400)["attr"], "session_recording_ids");
    server.send("GET", PLAYLISTS, "", b"").await.expect(401);
    server.ask("GET", &format!("{PLAYLISTS}/nobody00"), Value::Null).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_listed_page_by_page_and_as_asked() {
    let server = with_recordings().await;
    let mut made = Vec::new();
    for (name, pinned) in [("Alpha", false), ("Beta", true), ("Gamma", false)] {
        server.clock.advance(1000);
        let body = json!({"type": "collection", "name": name, "pinned": pinned});
        made.push(server.ask("POST", PLAYLISTS, body).await.expect(201)["short_id"].as_str().unwrap().to_owned());
    }
    let listed = async |query: &str| server.ask("GET", &format!("{PLAYLISTS}/{query}"), Value::Null).await.expect(200);
    let first = listed("?limit=2").await;
    assert_eq!((&first["count"], ids(&first, "name")), (&json!(3), vec!["Gamma".into(), "Beta".into()]));
    assert_eq!(first["previous"], Value::Null);
    let next = first["next"].as_str().unwrap();
    let path = next.strip_prefix("http://").unwrap().split_once('/').unwrap().1;
    let second = server.ask("GET", &format!("/{path}"), Value::Null).await.expect(200);
    assert_eq!((ids(&second, "name"), &second["next"]), (vec!["Alpha".into()], &Value::Null));
    server.ask("POST", &format!("{PLAYLISTS}/{}/recordings/two", made[0]), Value::Null).await.expect(200);
    for (query, expected) in [
        ("?order=name", vec!["Alpha", "Beta", "Gamma"]),
        ("?order=-created_at", vec!["Gamma", "Beta", "Alpha"]),
        ("?search=ET", vec!["Beta"]),
        ("?pinned=true", vec!["Beta"]),
        ("?type=filters", vec![]),
        ("?session_recording_id=two", vec!["Alpha"]),
        ("?created_by=nobody", vec![]),
        ("?user=true&order=name&limit=1", vec!["Alpha"]),
        ("?date_from=-1s", vec!["Gamma", "Beta"]),
    ] {
        assert_eq!(ids(&listed(query).await, "name"), expected, "{query}");
    }
    server.ask("PATCH", &format!("{PLAYLISTS}/{}", made[1]), json!({"deleted": true})).await.expect(200);
    assert_eq!(listed("").await["count"], 2);
    let refused = server.ask("GET", &format!("{PLAYLISTS}?order=size"), Value::Null).await.expect(400);
    assert_eq!(refused["attr"], "order");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_written_answered_changed_and_taken_away() {
    let server = with_recordings().await;
    let body = json!({"scope": "recording", "item_id": "one", "content": "Here it hangs", "item_context": {"time_in_recording": 1500, "is_emoji": false}});
    let made = server.ask("POST", &format!("{COMMENTS}/"), body.clone()).await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        (&made["item_context"], &made["version"], &made["deleted"]),
        (&body["item_context"], &json!(0), &json!(false))
    );
    for member in [
        "rich_content",
        "created_at",
        "created_by",
        "source_comment",
        "is_task",
        "completed_at",
        "completed_by",
        "slack_thread",
    ] {
        assert!(made.get(member).is_some(), "{member}");
    }
    let reply = json!({"scope": "recording", "item_id": "one", "content": "Fixed", "source_comment": id});
    let reply = server.ask("POST", COMMENTS, reply).await.expect(201);
    server.ask("POST", COMMENTS, json!({"scope": "Replay", "item_id": "two", "content": "Other"})).await.expect(201);
    let listed = async |query: &str| {
        let page = server.ask("GET", &format!("{COMMENTS}/{query}"), Value::Null).await.expect(200);
        ids(&page, "content")
    };
    let mut of_one = listed("?scope=recording&item_id=one").await;
    of_one.sort();
    assert_eq!(of_one, ["Fixed", "Here it hangs"]);
    assert_eq!(listed("?search=HANGS").await, ["Here it hangs"]);
    assert_eq!(listed(&format!("?source_comment={id}")).await, ["Fixed"]);
    assert_eq!(listed(&format!("{id}/thread/")).await, ["Fixed"]);
    assert_eq!(
        server.ask("GET", &format!("{COMMENTS}/count?item_id=one"), Value::Null).await.expect(200),
        json!({"count": 2})
    );
    let changed =
        server.ask("PATCH", &format!("{COMMENTS}/{id}/"), json!({"content": "Here it hung"})).await.expect(200);
    assert_eq!((&changed["content"], &changed["version"]), (&json!("Here it hung"), &json!(1)));
    let own = format!("{COMMENTS}/{}", reply["id"].as_str().unwrap());
    server.ask("PATCH", &own, json!({"deleted": true})).await.expect(200);
    server.ask("GET", &own, Value::Null).await.expect(404);
    assert_eq!(listed("?item_id=one").await, ["Here it hung"]);
    server.ask("DELETE", &own, Value::Null).await.expect(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_comment_cannot_be_is_refused_by_name() {
    let server = with_recordings().await;
    for (body, attr) in [
        (json!({"item_id": "one", "content": "x"}), "scope"),
        (json!({"scope": "recording", "content": "x"}), "item_id"),
        (json!({"scope": "dashboard", "item_id": "one", "content": "x"}), "scope"),
        (json!({"scope": "recording", "item_id": "nobody", "content": "x"}), "item_id"),
        (json!({"scope": "recording", "item_id": "one"}), "content"),
        (json!({"scope": "recording", "item_id": "one", "content": " "}), "content"),
        (json!({"scope": "recording", "item_id": "one", "content": "x", "source_comment": "none"}), "source_comment"),
        (json!({"scope": "recording", "item_id": "one", "content": "x", "item_context": [1]}), "item_context"),
    ] {
        let refused = server.ask("POST", COMMENTS, body.clone()).await.expect(400);
        assert_eq!(refused["attr"], attr, "{body}");
    }
    server.ask("GET", &format!("{COMMENTS}/UPPER"), Value::Null).await.expect(404);
    server.send("GET", COMMENTS, "", b"").await.expect(401);
    assert!(server.ask("GET", &format!("{RECORDINGS}/one"), Value::Null).await.status == 200);
}
