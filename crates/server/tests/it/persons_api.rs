//! Persons over HTTP, as PostHog's clients ask for them.

use cassette_store::Bucket;
use cassette_store::persons::read;
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::items::{Item, full_snapshot};
use crate::node::START;
use crate::served::{BASE, Served, TOKEN};

const PERSONS: &str = "/api/projects/1/persons";

impl Served {
    /// A visit of somebody, in whose recording an `$identify` stands.
    async fn visit(&self, session: &str, number: u32, anonymous: &str, user: &str, properties: &Value) {
        let snapshot =
            Item::new(session, number).distinct_id(anonymous).raw(full_snapshot(START)).event(START + 5, "x");
        let snapshot = String::from_utf8(snapshot.body()).unwrap().replace(crate::items::TOKEN, TOKEN);
        self.capture(snapshot.into_bytes()).await;
        let identify = json!({
            "event": "$identify",
            "uuid": format!("0198f1c2-0000-7000-9000-{number:012}"),
            "properties": {
                "token": TOKEN, "distinct_id": user, "$anon_distinct_id": anonymous, "$session_id": session,
                "$window_id": "w1",
            },
            "$set": properties,
        });
        self.capture(json!([identify]).to_string().into_bytes()).await;
    }

    async fn three_visits(&self) {
        self.visit("s1", 1, "x1", "ann", &json!({"email": "ann@example.com", "plan": "pro", "age": 41})).await;
        self.visit("s2", 2, "x2", "ann", &json!({"plan": "team"})).await;
        self.visit("s3", 3, "x3", "bob", &json!({"name": "Bob", "age": 9})).await;
        let has = |count: usize| move |list: &Value| list["results"].as_array().unwrap().len() == count;
        self.until(&format!("{PERSONS}/"), has(2)).await;
        self.until(&format!("{BASE}/"), has(3)).await;
        self.until(&format!("{PERSONS}/?distinct_id=x2"), has(1)).await;
        self.until(&format!("{PERSONS}/?distinct_id=x3"), has(1)).await;
    }

    /// All that the bucket's objects hold of persons, as text.
    async fn said(&self) -> String {
        let bucket = Bucket::folder(self.folder.path()).unwrap();
        let names: Vec<String> =
            bucket.list("projects/1/persons").map(|found| found.unwrap().location.to_string()).collect().await;
        let mut text = Vec::new();
        for name in names {
            read(&bucket, &name).await.unwrap().changes.iter().for_each(|change| change.write_line(&mut text));
        }
        String::from_utf8(text).unwrap()
    }
}

fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_are_listed_found_and_shown_with_their_recordings() {
    let server = Served::start().await;
    server.three_visits().await;
    let list = server.json(&format!("{PERSONS}/?search=ann")).await;
    assert_eq!((names(&list), &list["next"], &list["previous"]), (vec!["ann@example.com"], &Value::Null, &Value::Null));
    let ann = &list["results"][0];
    assert_eq!(ann["properties"], json!({"age": 41, "email": "ann@example.com", "plan": "team"}));
    let mut ids: Vec<&str> = ann["distinct_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["ann", "x1", "x2"]);
    assert_eq!(ann["created_at"], "2026-11-21T07:15:10.102Z");
    for id in [ann["uuid"].to_string(), ann["id"].to_string()] {
        assert_eq!(&server.json(&format!("/api/environments/1/persons/{}/", id.trim_matches('"'))).await, ann);
    }
    for (query, expected) in [
        ("distinct_id=x1", vec!["ann@example.com"]),
        ("distinct_id=nobody", vec![]),
        ("email=ann%40example.com", vec!["ann@example.com"]),
        (r#"properties=[{"key":"age","value":10,"operator":"lt"}]"#, vec!["Bob"]),
        (r#"properties=[{"key":"plan","value":["team"],"operator":"is_not","type":"person"}]"#, vec!["Bob"]),
    ] {
        let query = query.replace('"', "%22").replace('[', "%5B").replace('{', "%7B").replace('}', "%7D");
        assert_eq!(names(&server.json(&format!("{PERSONS}/?{query}")).await), expected, "{query}");
    }
    let first = server.json(&format!("{PERSONS}/?limit=1&search=example")).await;
    assert_eq!(first["next"], Value::Null);
    let first = server.json(&format!("{PERSONS}/?limit=1")).await;
    let next = first["next"].as_str().unwrap();
    let path = &next[next.find("/api/").unwrap()..];
    let second = server.json(path).await;
    assert_eq!((second["results"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    assert_ne!(names(&first), names(&second));
    assert!(second["previous"].as_str().unwrap().contains("offset=0"), "{second}");

    for path in [format!("{BASE}/s1/"), format!("{BASE}/s2/")] {
        assert_eq!(&server.json(&path).await["person"], ann);
    }
    let recordings = server.json(&format!("{BASE}/")).await;
    let shown: Vec<&str> =
        recordings["results"].as_array().unwrap().iter().map(|one| one["person"]["name"].as_str().unwrap()).collect();
    assert_eq!(shown.iter().filter(|name| **name == "ann@example.com").count(), 2, "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_person_is_gone_with_its_recordings_and_late_data_makes_a_new_one() {
    let server = Served::start().await;
    server.three_visits().await;
    let list = server.json(&format!("{PERSONS}/?distinct_id=ann")).await;
    let path = format!("{PERSONS}/{}/", list["results"][0]["uuid"].as_str().unwrap());
    let answer = server.send("DELETE", &format!("{path}?delete_recordings=maybe"), &json!({})).await;
    assert_eq!((answer.status, &answer.json::<Value>()["attr"]), (400, &json!("delete_recordings")));
    let answer = server.send("DELETE", &format!("{path}?delete_recordings=true&delete_events=true"), &json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    assert_eq!(server.get(&path).await.status, 404);
    assert_eq!(server.send("DELETE", &path, &json!({})).await.status, 404);
    for session in ["s1", "s2"] {
        assert_eq!(server.get(&format!("{BASE}/{session}/")).await.status, 404);
        assert_eq!(server.get(&format!("{BASE}/{session}/blocks")).await.status, 410);
    }
    assert_eq!(server.json(&format!("{BASE}/s3/")).await["person"]["name"], "Bob");
    let said = server.said().await;
    assert!(
        said.contains("Bob") && !["ann", "x1", "x2"].iter().any(|id| said.contains(&format!("\"{id}\""))),
        "{said}"
    );

    // What still comes of a deleted recording says nothing; another visit does.
    server.visit("s1", 5, "x1", "ann", &json!({"plan": "late"})).await;
    server.visit("s9", 9, "x9", "ann", &json!({"plan": "new"})).await;
    let has_one = |list: &Value| list["results"].as_array().unwrap().len() == 1;
    let list = server.until(&format!("{PERSONS}/?distinct_id=x9"), has_one).await;
    assert_eq!(list["results"][0]["properties"], json!({"plan": "new"}));
    assert_eq!(server.json(&format!("{PERSONS}/?distinct_id=x1")).await["results"], json!([]));
    assert_eq!(server.get(&format!("{BASE}/s1/")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_persons_are_deleted_by_their_ids_or_distinct_ids() {
    let server = Served::start().await;
    server.three_visits().await;
    let delete = |body: Value| {
        let server = &server;
        async move {
            let answer = server.send("POST", &format!("{PERSONS}/bulk_delete/"), &body).await;
            (answer.status, answer.json::<Value>())
        }
    };
    for body in [json!({}), json!({"ids": [], "distinct_ids": []}), json!({"ids": vec!["x"; 1001]})] {
        let (status, answer) = delete(body).await;
        assert_eq!((status, &answer["type"], &answer["attr"]), (400, &json!("validation_error"), &json!("ids")));
    }
    let (status, answer) =
        delete(json!({"distinct_ids": ["x1", "nobody"], "delete_recordings": true, "keep_person": true})).await;
    let expected = json!({
        "persons_found": 1, "persons_deleted": 0, "events_queued_for_deletion": false,
        "recordings_queued_for_deletion": true, "deletion_errors": [],
    });
    assert_eq!((status, answer), (202, expected));
    assert_eq!(server.get(&format!("{BASE}/s1/")).await.status, 404);
    let list = server.json(&format!("{PERSONS}/")).await;
    let ids: Vec<&Value> = list["results"].as_array().unwrap().iter().map(|person| &person["uuid"]).collect();
    assert_eq!(ids.len(), 2);
    let (status, answer) = delete(json!({ "ids": ids, "distinct_ids": ["bob"] })).await;
    assert_eq!((status, &answer["persons_found"], &answer["persons_deleted"]), (202, &json!(2), &json!(2)));
    assert_eq!(server.json(&format!("{PERSONS}/")).await["results"], json!([]));
    assert_eq!(server.said().await, "");
    // Nothing is said of bob any more; his recording is there, and has the id that he would have again.
    let person = &server.json(&format!("{BASE}/s3/")).await["person"];
    assert_eq!((&person["id"], &person["properties"]), (&Value::Null, &json!({})));
    assert!(person["uuid"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_person_is_answered_as_posthog_does() {
    let server = Served::start().await;
    for (path, status, code) in [
        ("/api/projects/1/persons/ann/", 400, "invalid_input"),
        ("/api/projects/1/persons/12/", 404, "not_found"),
        ("/api/projects/1/persons/0198f1c2-0000-7000-8000-000000000001/", 404, "not_found"),
        ("/api/projects/2/persons/", 404, "not_found"),
        ("/api/projects/1/persons/?limit=0", 400, "invalid_input"),
        ("/api/projects/1/persons/?properties=plan", 400, "invalid_input"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, &answer.json::<Value>()["code"]), (status, &json!(code)), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_recording_says_again_what_it_said() {
    let server = Served::start().await;
    server.three_visits().await;
    server.finish("s1").await;
    let file = server.ask(|client| client.download("s1", "ndjson.zst").unwrap()).await;
    assert_eq!(file.status, 200);
    let other = Served::start().await;
    let body = file.body.clone();
    let path = "/api/projects/1/session_recordings/import";
    for _ in 0..2 {
        let body = body.clone();
        let answer = other.ask(move |client| client.upload(path, &body).unwrap()).await;
        assert!(answer.status < 300, "{}", answer.text());
    }
    let list = other.json(&format!("{PERSONS}/")).await;
    assert_eq!(names(&list), ["ann@example.com"]);
    assert_eq!(list["results"][0]["properties"], json!({"age": 41, "email": "ann@example.com", "plan": "pro"}));
    assert_eq!(other.said().await.lines().count(), 1);
}
