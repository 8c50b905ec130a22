//! Every route that the description names, asked by those who may not. It is read from the description, so that a route
//! that is added is asked too.

use serde_json::{Value, json};

use super::{Served, serve};
use crate::node::HOUR;

/// What a key without any scope may still ask: who it is.
const OF_ONESELF: [&str; 1] = ["GET /api/me"];

/// What stands in the other project and nowhere else.
const MARKS: [&str; 2] = ["foreign-visit", "Foreign project"];

/// One call of the description.
struct Call {
    /// `GET /api/…` with the names of its placeholders.
    template: String,
    /// With what the test puts there.
    call: String,
    body: Value,
    /// Everybody may ask.
    is_open: bool,
}

/// All calls, with `{project_id}` and `{session_id}` of the other project.
async fn calls(server: &Served, project: u64) -> Vec<Call> {
    let schema = server.root("GET /api/schema/", Value::Null).await.of(200);
    let mut calls = Vec::new();
    for (path, item) in schema["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                continue;
            }
            let path_now = filled(path, project) + &query(&schema, operation);
            let security = operation["security"].as_array();
            calls.push(Call {
                template: format!("{method} {path}"),
                call: format!("{method} {path_now}"),
                body: body(&schema, operation),
                is_open: security.is_some_and(|ways| ways.iter().any(|way| way == &json!({}))),
            });
        }
    }
    assert!(calls.len() > 25, "the description is nearly empty");
    calls
}

fn filled(path: &str, project: u64) -> String {
    let parts = path.split('/').map(|part| match part {
        "{project_id}" => project.to_string(),
        "{session_id}" => "foreign-visit".to_owned(),
        "{key}" => "1000000".to_owned(),
        part if part.starts_with('{') => "unknown".to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Parameters that must be there.
fn query(schema: &Value, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let wanted = parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let pairs = wanted.map(|parameter| {
        let value = example(schema, &parameter["schema"], 0);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{}={value}", parameter["name"].as_str().unwrap())
    });
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn body(schema: &Value, operation: &Value) -> Value {
    let content = &operation["requestBody"]["content"]["application/json"]["schema"];
    if content.is_null() { Value::Null } else { example(schema, content, 0) }
}

/// A value that fits a schema, with the members that must be there.
fn example(root: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 8 {
        return Value::Null;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).expect("a reference leads somewhere");
        return example(root, target, depth + 1);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[choice].as_array().and_then(|of| of.iter().rfind(|one| one["type"] != "null")) {
            return example(root, first, depth + 1);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let kind = schema["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null"));
    match kind.unwrap_or(&schema["type"]).as_str() {
        Some("array") => json!([example(root, &schema["items"], depth + 1)]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("string") => json!("foreign-visit"),
        _ => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let members = required.iter().filter_map(Value::as_str);
            members.map(|name| (name.to_owned(), example(root, &schema["properties"][name], depth + 1))).collect()
        }
    }
}

struct World {
    server: Served,
    calls: Vec<Call>,
}

async fn world() -> World {
    let server = serve().await;
    let (project, _) = server.project("Foreign project").await;
    server.import(1, "own-visit").await;
    server.import(project, "foreign-visit").await;
    let calls = calls(&server, project).await;
    World { server, calls }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_shows_or_changes_anything_of_another_project() {
    let World { server, calls } = world().await;
    server.user("ann@example.com", json!({"projects": [1]})).await;
    let cookie = server.cookie("ann@example.com").await;
    let asked = json!({"label": "hers", "scopes": ["*"]});
    let hers = server.by_cookie(&cookie, "POST /api/personal_api_keys", &asked).await.of(201);
    let scoped = server.key(json!(["*"]), json!({"scoped_teams": [1]})).await;
    let before = server.root("GET /api/projects/2/", Value::Null).await.of(200);
    for key in [hers["value"].as_str().unwrap(), &scoped] {
        for Call { template, call, body, .. } in &calls {
            let answer = server.by_key(key, call, body).await;
            let sent = format!("{call} {body}");
            let told = MARKS.iter().find(|mark| answer.body.contains(**mark) && !sent.contains(**mark));
            assert_eq!(told, None, "{call}: {}", answer.body);
            if template.contains("{project_id}") {
                let refused = [403, 404].contains(&answer.status) || !body.is_null() && answer.status == 400;
                assert!(refused, "{call}: {} {}", answer.status, answer.body);
            }
            assert!(answer.status < 500, "{call}: {}", answer.body);
        }
    }
    assert_eq!(server.root("GET /api/projects/2/", Value::Null).await.of(200), before);
    let listed = server.root("GET /api/projects/2/session_recordings/", Value::Null).await.of(200);
    assert_eq!(listed["results"].as_array().unwrap().len(), 1);
    assert_eq!(listed["results"][0]["id"], "foreign-visit");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_key_every_route_is_closed() {
    let World { server, calls } = world().await;
    let made = json!({"label": "x", "scopes": ["*"], "expires_at": "2026-11-21T08:15:10Z"});
    let expired = server.root("POST /api/personal_api_keys", made).await.of(201);
    let revoked = server.root("POST /api/personal_api_keys", json!({"label": "x", "scopes": ["*"]})).await.of(201);
    let id = revoked["id"].as_str().unwrap();
    server.root(&format!("DELETE /api/personal_api_keys/{id}"), Value::Null).await.of(204);
    server.clock.advance(HOUR);
    let closed: Vec<&Call> = calls.iter().filter(|call| !call.is_open).collect();
    for Call { call, body, .. } in &closed {
        let text = body.to_string();
        let answer = server.send(call, &[], text.as_bytes()).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_authenticated"), "{call}");
        for key in [&expired["value"], &revoked["value"], &"phx_never-was".into()] {
            let answer = server.by_key(key.as_str().unwrap(), call, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "authentication_failed"), "{call}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_scopes_may_nothing() {
    let World { server, calls } = world().await;
    let key = server.key(json!([]), json!({})).await;
    for Call { template, call, body, .. } in calls.iter().filter(|call| !call.is_open) {
        let answer = server.by_key(&key, call, body).await;
        if OF_ONESELF.contains(&template.as_str()) {
            assert_eq!(answer.status, 200, "{call}");
            continue;
        }
        let refused = answer.status == 403 || !body.is_null() && answer.status == 400;
        assert!(refused, "{call}: {} {}", answer.status, answer.body);
        if answer.status == 403 {
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with("API key missing required scope '"), "{call}: {detail}");
        }
    }
}
