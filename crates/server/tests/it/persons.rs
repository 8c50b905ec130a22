//! Rule 14: what is said of persons is in the bucket before the journal goes, whatever is interrupted; and comes to the
//! same persons in a rebuild.

use cassette_store::catalog::{Catalog, Person, PersonQuery};
use cassette_store::rebuild::rebuild;

use crate::items::TOKEN;
use crate::node::{Node, PROJECT, START, World};

/// An event of a server's SDK, without a session.
fn event(name: &str, number: u32, distinct_id: &str, members: &str) -> String {
    format!(
        r#"{{"event":"{name}","uuid":"0198f1c2-0000-7000-8000-{number:012}","distinct_id":"{distinct_id}","timestamp":{},
            "properties":{{"token":"{TOKEN}"{members}}}}}"#,
        START - 1000 + i64::from(number)
    )
}

async fn post_first(node: &Node) {
    let visit = event("$identify", 1, "ann", r#","$session_id":"visit","$anon_distinct_id":"x","$set":{"plan":"pro"}"#);
    node.post(format!("[{visit}]").into_bytes()).await;
    node.post(event("$set", 2, "ann", r#","$set":{"n":123456789012345678901234567890,"torn":"\ud83d"}"#).into_bytes())
        .await;
    node.post(event("$create_alias", 3, "ann", r#","alias":"mobile-7""#).into_bytes()).await;
    node.post(format!(r#"{{"token":"{TOKEN}","distinct_id":"bob","$set":{{"name":"Bob"}}}}"#).into_bytes()).await;
    // What was said is said again when an SDK tries again.
    node.post(format!("[{visit}]").into_bytes()).await;
}

async fn persons(catalog: &dyn Catalog) -> Vec<Person> {
    catalog.persons(PersonQuery::all(PROJECT)).await.unwrap().persons
}

/// Ids and properties of each.
fn told(persons: &[Person]) -> Vec<String> {
    let text = |person: &Person| {
        let ids: Vec<&str> = person.distinct_ids.iter().map(|id| id.as_str()).collect();
        format!("{} {}", ids.join(" "), person.properties)
    };
    persons.iter().map(text).collect()
}

struct Undisturbed {
    before: World,
    after: World,
    persons: Vec<Person>,
}

async fn undisturbed() -> Undisturbed {
    let world = World::new();
    let node = world.start().await;
    post_first(&node).await;
    let before = world.crash();
    node.flush().await;
    assert_eq!(world.journal_files().len(), 0);
    let persons = persons(&*node.catalog).await;
    Undisturbed { before, after: world.crash(), persons }
}

async fn assert_recovers_as_undisturbed(interrupted: &World, undisturbed: &Undisturbed) {
    let node = interrupted.start().await;
    for below in ["projects", "live", "quarantine"] {
        assert_eq!(interrupted.files(below), undisturbed.after.files(below), "the same objects, byte for byte");
    }
    assert_eq!(interrupted.journal_files().len(), 0, "what was recovered is removed");
    assert_eq!(persons(&*node.catalog).await, undisturbed.persons);
    node.assert_consistent().await;
    rebuild(&node.bucket, &*node.catalog).await.unwrap();
    assert_eq!(persons(&*node.catalog).await, undisturbed.persons);
}

#[tokio::test]
async fn what_events_say_of_persons_comes_to_persons_with_and_without_a_session() {
    let undisturbed = undisturbed().await;
    assert_eq!(
        told(&undisturbed.persons),
        [
            r#"bob {"name":"Bob"}"#,
            r#"ann x mobile-7 {"n":123456789012345678901234567890,"plan":"pro","torn":"\ud83d"}"#
        ]
    );
    let objects: Vec<String> = undisturbed.after.files("projects").into_keys().collect();
    assert!(matches!(&objects[..], [one] if one.ends_with("-00000000-0000.persons")), "{objects:?}");
}

#[tokio::test]
async fn a_crash_before_anything_is_put_repeats_it() {
    let undisturbed = undisturbed().await;
    assert_recovers_as_undisturbed(&undisturbed.before, &undisturbed).await;
}

#[tokio::test]
async fn a_crash_between_the_persons_object_and_the_live_object_repeats_both() {
    let undisturbed = undisturbed().await;
    undisturbed.before.take_from(&undisturbed.after, "projects");
    assert_recovers_as_undisturbed(&undisturbed.before, &undisturbed).await;
}

#[tokio::test]
async fn a_crash_between_the_live_object_and_its_rows_commits_them() {
    let undisturbed = undisturbed().await;
    let crashed = undisturbed.before.crash();
    for name in ["projects", "live"] {
        crashed.take_from(&undisturbed.after, name);
    }
    // Rows of persons are written before the live object is: a catalog that has none was lost, and is made again.
    crashed.forget_catalog();
    assert_recovers_as_undisturbed(&crashed, &undisturbed).await;
}

#[tokio::test]
async fn a_crash_before_the_journal_goes_changes_nothing() {
    let undisturbed = undisturbed().await;
    let again = undisturbed.after.crash();
    again.take_from(&undisturbed.before, "journal");
    assert_recovers_as_undisturbed(&again, &undisturbed).await;
}

#[tokio::test]
async fn a_persons_object_that_a_power_cut_left_half_written_is_replaced() {
    let undisturbed = undisturbed().await;
    for keep in [0, 1, 60] {
        let torn = undisturbed.before.crash();
        torn.take_from(&undisturbed.after, "projects");
        for (name, bytes) in torn.files("projects") {
            std::fs::write(torn.path().join(name), &bytes[..keep]).unwrap();
        }
        assert_recovers_as_undisturbed(&torn, &undisturbed).await;
    }
}

#[tokio::test]
async fn what_cannot_be_taken_of_a_person_goes_to_quarantine_unless_its_recording_keeps_it() {
    let world = World::new();
    let node = world.start().await;
    let long = format!(r#","$set":{{"a":"{}"}}"#, "x".repeat(70_000));
    node.post(event("$set", 1, "ann", &long).into_bytes()).await;
    node.post(event("$set", 2, "ann", &format!(r#","$session_id":"visit"{long}"#)).into_bytes()).await;
    node.post(event("$set", 3, "ann", r#","$set":{"a":1}"#).into_bytes()).await;
    node.flush().await;
    let kept: Vec<Vec<u8>> = world.files("quarantine").into_values().collect();
    assert_eq!(kept.len(), 1);
    assert!(String::from_utf8_lossy(&kept[0]).contains("person_too_large"));
    assert_eq!(told(&persons(&*node.catalog).await), [r#"ann {"a":1}"#]);
    assert!(node.row("visit").await.is_some());
}
