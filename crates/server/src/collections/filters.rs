//! Saved filters as parameters of the list.
//!
//! They are kept as they were sent. Both forms are read: the parameters themselves, and the tree that PostHog's list
//! page saves, `filter_group`, whose leaves each belong to one of the parameters.

use serde_json::{Map, Value, json};

/// Members that are not for the list.
const OTHERS: [&str; 4] = ["filter_group", "duration", "limit", "offset"];

/// Name and value of each parameter.
pub(super) fn parameters(filters: &Map<String, Value>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = filters
        .iter()
        .filter(|(name, value)| !OTHERS.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let mut leaves = Leaves::default();
    if let Some(group) = filters.get("filter_group") {
        leaves.take(group, 0);
        if let Some(operand) = group.get("type").and_then(Value::as_str) {
            found.push(("operand".into(), operand.to_owned()));
        }
    }
    if let Some(durations) = filters.get("duration").and_then(Value::as_array) {
        leaves.having.extend(durations.iter().cloned());
    }
    for (name, values) in [
        ("events", leaves.events),
        ("actions", leaves.actions),
        ("properties", leaves.properties),
        ("console_log_filters", leaves.console),
        ("having_predicates", leaves.having),
    ] {
        if !values.is_empty() && !filters.contains_key(name) {
            found.push((name.to_owned(), json!(values).to_string()));
        }
    }
    found
}

/// As a query has it: texts as they are, others as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Default)]
struct Leaves {
    events: Vec<Value>,
    actions: Vec<Value>,
    properties: Vec<Value>,
    console: Vec<Value>,
    having: Vec<Value>,
}

impl Leaves {
    fn take(&mut self, node: &Value, depth: usize) {
        /// PostHog's have two levels.
        const DEEPEST: usize = 16;
        if let Some(values) = node.get("values").and_then(Value::as_array) {
            if depth < DEEPEST {
                values.iter().for_each(|value| self.take(value, depth + 1));
            }
            return;
        }
        let list = match node.get("type").and_then(Value::as_str) {
            Some("events") => &mut self.events,
            Some("actions") => &mut self.actions,
            Some("log_entry") => &mut self.console,
            Some("recording") => &mut self.having,
            _ => &mut self.properties,
        };
        list.push(node.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(filters: Value) -> Vec<(String, String)> {
        let mut found = parameters(filters.as_object().unwrap());
        found.sort();
        found
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn parameters_are_taken_as_they_are() {
        let found = of(json!({"date_from": "-7d", "errors": true, "session_ids": ["a"], "date_to": null, "limit": 5}));
        assert_eq!(found, [pair("date_from", "-7d"), pair("errors", "true"), pair("session_ids", r#"["a"]"#)]);
    }

    #[test]
    fn leaves_of_the_tree_go_where_they_belong() {
        let leaf = |kind: &str| json!({"type": kind, "key": "k"});
        let tree = json!({"type": "OR", "values": [{"type": "AND", "values": [
            leaf("events"), leaf("person"), leaf("log_entry"), leaf("recording")
        ]}]});
        let found = of(json!({"filter_group": tree, "duration": [{"type": "recording", "key": "active_seconds"}]}));
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["console_log_filters", "events", "having_predicates", "operand", "properties"]);
        assert_eq!(found[3], pair("operand", "OR"));
        assert_eq!(found[4], pair("properties", r#"[{"key":"k","type":"person"}]"#));
        assert!(found[2].1.contains("active_seconds"), "{found:?}");
    }
}
