//! PostHog's filters as conditions of the list.
//!
//! A filter is an object `{"type", "key", "operator", "value"}`; some stand in groups `{"type": "AND", "values": […]}`, some in
//! entities `{"id": "$pageview", "type": "events", "properties": […]}`. What is not understood is refused: an ignored filter
//! shows too much.
//!
//! Negative operators are about the recording: "no event has it", not "some event lacks it"; within one entity they are about
//! that event.

use cassette_recording::signals::SignalKind;
use cassette_store::catalog::Condition;
use cassette_store::catalog::filter::{
    ConsoleRank, ConsoleTest, EventTest, Field, Metric, Pattern, PropertyTest, Test,
};
use serde_json::{Map, Value};

use super::dates::{self, Edge};
use crate::api_error::ApiError;

/// Filters of one parameter, or of one group. A database bounds how deep an expression may be.
const MOST_FILTERS: usize = 50;

/// Bytes of one parameter: a filter that was saved may be longer than any address. A database bounds its values, too.
const MOST_BYTES: usize = 12 << 10;

/// Texts of which one must be in a value.
const MOST_PARTS: usize = 100;

/// Groups within groups.
const MOST_DEPTH: usize = 8;

/// Which parameter is read, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) attr: &'static str,
    pub(crate) now: i64,
}

impl Reading {
    fn refused(self, detail: impl Into<String>) -> ApiError {
        ApiError::Invalid { attr: self.attr, detail: detail.into() }
    }

    fn expected(self, what: &str, found: &Value) -> ApiError {
        let mut found = found.to_string();
        found.truncate(found.floor_char_boundary(200));
        self.refused(format!("Expected {what}, got {found}."))
    }

    fn list(self, text: &str) -> Result<Vec<Value>, ApiError> {
        if text.len() > MOST_BYTES {
            return Err(self.refused(format!("Expected at most {MOST_BYTES} bytes of filters, got {}.", text.len())));
        }
        let list = match serde_json::from_str(text) {
            Ok(Value::Array(list)) => list,
            Ok(Value::Null) => Vec::new(),
            Ok(one @ Value::Object(_)) => vec![one],
            _ => return Err(self.refused("Expected a JSON array of filters.")),
        };
        match list.len() <= MOST_FILTERS {
            true => Ok(list),
            false => Err(self.refused(format!("Expected at most {MOST_FILTERS} filters, got {}.", list.len()))),
        }
    }

    /// `properties`, `having_predicates`.
    pub(super) fn properties(self, text: &str) -> Result<Vec<Condition>, ApiError> {
        self.list(text)?.iter().map(|filter| self.property(filter, MOST_DEPTH)).collect()
    }

    /// `events`.
    pub(super) fn events(self, text: &str) -> Result<Vec<Condition>, ApiError> {
        self.list(text)?.iter().map(|entity| self.entity(entity)).collect()
    }

    /// `console_log_filters`. Where all of them must hold, one line must be of the level and say the message.
    pub(super) fn console(self, text: &str, all: bool) -> Result<Vec<Condition>, ApiError> {
        let mut conditions = Vec::new();
        let mut line: Option<ConsoleTest> = None;
        for filter in self.list(text)? {
            let condition = self.property(&filter, MOST_DEPTH)?;
            match (condition, &mut line) {
                (Condition::Console(test), None) if all => line = Some(test),
                (Condition::Console(test), Some(line)) if completes(line, &test) => {
                    line.levels.extend(test.levels);
                    line.message = line.message.take().or(test.message);
                }
                (other, _) => conditions.push(other),
            }
        }
        conditions.extend(line.map(Condition::Console));
        Ok(conditions)
    }

    /// `comment_text`: one filter, whose key says nothing.
    pub(super) fn comment(self, text: &str) -> Result<Option<Condition>, ApiError> {
        let filters = self.list(text)?;
        let [filter] = filters.as_slice() else {
            return if filters.is_empty() { Ok(None) } else { Err(self.refused("Expected one filter.")) };
        };
        let filter = filter.as_object().ok_or_else(|| self.expected("a filter", filter))?;
        let (test, negated) = self.test(filter)?;
        Ok(Some(turned(Condition::Text(Field::Comment, test), negated)))
    }

    fn property(self, filter: &Value, depth: usize) -> Result<Condition, ApiError> {
        let members = filter.as_object().ok_or_else(|| self.expected("a filter, which is an object", filter))?;
        if let Some(values) = members.get("values") {
            return self.group(members, values, depth);
        }
        match text_of(members, "type").unwrap_or("event") {
            "event" | "event_metadata" => {
                let property = self.property_test(members)?;
                let (negated, property) = (property.negated, PropertyTest { negated: false, ..property });
                Ok(turned(Condition::Event(EventTest { name: None, properties: vec![property] }), negated))
            }
            "person" => {
                let property = self.property_test(members)?;
                if property.key == "distinct_id" {
                    return Ok(turned(Condition::Text(Field::DistinctId, property.test), property.negated));
                }
                Ok(Condition::Person(property))
            }
            "recording" | "log_entry" | "session" => self.of_recording(members),
            _ => Err(self.expected(
                "a filter of type event, person, recording, session or log_entry",
                members.get("type").unwrap_or(&Value::Null),
            )),
        }
    }

    fn group(self, members: &Map<String, Value>, values: &Value, depth: usize) -> Result<Condition, ApiError> {
        let values = values.as_array().filter(|values| values.len() <= MOST_FILTERS && depth > 0);
        let values = values.ok_or_else(|| self.refused("Expected groups of few filters, not nested deeply."))?;
        let parts = values.iter().map(|value| self.property(value, depth - 1)).collect::<Result<Vec<_>, _>>()?;
        match text_of(members, "type") {
            None | Some("AND") => Ok(Condition::All(parts)),
            Some("OR") => Ok(Condition::Any(parts)),
            Some(_) => Err(self.expected("AND or OR", &members["type"])),
        }
    }

    fn entity(self, entity: &Value) -> Result<Condition, ApiError> {
        let members = entity.as_object().ok_or_else(|| self.expected("an event, which is an object", entity))?;
        if !matches!(text_of(members, "type"), None | Some("events")) {
            return Err(self.expected("an entity of type events", &members["type"]));
        }
        let name = match members.get("id").filter(|id| !id.is_null()).or_else(|| members.get("name")) {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(other) => return Err(self.expected("the event's name as id", other)),
        };
        let mut event = EventTest { name, properties: Vec::new() };
        let mut others = Vec::new();
        for filter in members.get("properties").and_then(Value::as_array).into_iter().flatten() {
            let found = filter.as_object().ok_or_else(|| self.expected("a filter", filter))?;
            match text_of(found, "type") {
                None | Some("event") if !found.contains_key("values") => {
                    event.properties.push(self.property_test(found)?)
                }
                _ => others.push(self.property(filter, MOST_DEPTH)?),
            }
        }
        let event = Condition::Event(event);
        if others.is_empty() {
            return Ok(event);
        }
        others.insert(0, event);
        Ok(Condition::All(others))
    }

    /// Filters of persons, outside of any recording.
    pub(crate) fn of_persons(self, text: &str) -> Result<Vec<PropertyTest>, ApiError> {
        let one = |filter: &Value| {
            let members = filter.as_object().ok_or_else(|| self.expected("a filter, which is an object", filter))?;
            match text_of(members, "type") {
                None | Some("person") => self.property_test(members),
                Some(_) => Err(self.expected("a filter of type person", &members["type"])),
            }
        };
        self.list(text)?.iter().map(one).collect()
    }

    fn property_test(self, members: &Map<String, Value>) -> Result<PropertyTest, ApiError> {
        let (test, negated) = self.test(members)?;
        Ok(PropertyTest { key: self.key(members)?.to_owned(), test, negated })
    }

    fn key(self, members: &Map<String, Value>) -> Result<&str, ApiError> {
        let found = members.get("key").unwrap_or(&Value::Null);
        found.as_str().filter(|key| !key.is_empty()).ok_or_else(|| self.expected("a key", found))
    }

    fn of_recording(self, members: &Map<String, Value>) -> Result<Condition, ApiError> {
        let (test, negated) = self.test(members)?;
        let key = self.key(members)?;
        let condition = match key {
            "level" | "console_log_level" => {
                Condition::Console(ConsoleTest { levels: self.levels(test)?, message: None })
            }
            "message" | "console_log_query" => {
                Condition::Console(ConsoleTest { levels: self.levels_beside(members)?, message: Some(test) })
            }
            "visited_page" | "$current_url" => Condition::Text(Field::Page, test),
            "snapshot_source" => Condition::Text(Field::SnapshotSource, test),
            "snapshot_library" => Condition::Text(Field::Library, test),
            "distinct_id" => Condition::Text(Field::DistinctId, test),
            "comment_text" => Condition::Text(Field::Comment, test),
            "collection" => Condition::Text(Field::Collection, test),
            key => Condition::Number(self.metric(key)?, self.numeric(test)?),
        };
        Ok(turned(condition, negated))
    }

    fn metric(self, key: &str) -> Result<Metric, ApiError> {
        Ok(match key {
            "duration" | "recording_duration" | "$session_duration" => Metric::Duration,
            "active_seconds" => Metric::ActiveSeconds,
            "inactive_seconds" => Metric::InactiveSeconds,
            "click_count" => Metric::Clicks,
            "keypress_count" => Metric::Keypresses,
            "mouse_activity_count" => Metric::MouseActivity,
            "console_log_count" => Metric::ConsoleLog,
            "console_warn_count" => Metric::ConsoleWarn,
            "console_error_count" => Metric::ConsoleError,
            "exception_count" => Metric::Exceptions,
            "event_count" => Metric::Events,
            "activity_score" => Metric::ActivityScore,
            "rage_click_count" => Metric::Signals(SignalKind::RageClick),
            "dead_click_count" => Metric::Signals(SignalKind::DeadClick),
            "error_click_count" => Metric::Signals(SignalKind::ErrorClick),
            "quick_back_count" => Metric::Signals(SignalKind::QuickBack),
            "thrashing_count" => Metric::Signals(SignalKind::ThrashingMouse),
            other => {
                let known = "duration, active_seconds, inactive_seconds, click_count, keypress_count, \
                             mouse_activity_count, console_log_count, console_warn_count, console_error_count, \
                             exception_count, event_count, activity_score, rage_click_count, dead_click_count, \
                             error_click_count, quick_back_count, thrashing_count, snapshot_source, snapshot_library, \
                             visited_page, distinct_id, collection, level, message or comment_text";
                return Err(self.expected(&format!("one of {known} as key"), &Value::from(other)));
            }
        })
    }

    /// A number is never compared as a text.
    fn numeric(self, test: Test) -> Result<Test, ApiError> {
        match test {
            Test::OneOf(values) => match values.iter().find(|value| value.trim().parse::<f64>().is_err()) {
                None => Ok(Test::OneOf(values)),
                Some(value) => Err(self.expected("a number", &Value::from(value.as_str()))),
            },
            Test::Contains(_) | Test::Matches(_) | Test::Within(..) => {
                Err(self.refused("Expected an operator for numbers: exact, is_not, gt, gte, lt, lte, between."))
            }
            test => Ok(test),
        }
    }

    /// The levels that a line may have which says something; none named: any.
    fn levels_beside(self, members: &Map<String, Value>) -> Result<Vec<ConsoleRank>, ApiError> {
        match members.get("level") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(levels) => self.levels(Test::OneOf(self.texts(levels)?)),
        }
    }

    fn levels(self, test: Test) -> Result<Vec<ConsoleRank>, ApiError> {
        let Test::OneOf(levels) = test else {
            return Err(self.refused("Expected exact or is_not for the level of console lines."));
        };
        let rank = |level: &String| match level.as_str() {
            "log" | "info" | "debug" => Ok(ConsoleRank::Log),
            "warn" | "warning" => Ok(ConsoleRank::Warn),
            "error" => Ok(ConsoleRank::Error),
            other => Err(self.expected("log, info, debug, warn or error", &Value::from(other))),
        };
        levels.iter().map(rank).collect()
    }

    /// What the operator asks of the value; and whether it asks for the opposite.
    fn test(self, members: &Map<String, Value>) -> Result<(Test, bool), ApiError> {
        let value = members.get("value").unwrap_or(&Value::Null);
        let operator = members.get("operator").filter(|operator| !operator.is_null());
        let operator = match operator {
            None => "exact",
            Some(operator) => operator.as_str().ok_or_else(|| self.expected("an operator", operator))?,
        };
        Ok(match operator {
            "exact" | "in" => (Test::OneOf(self.texts(value)?), false),
            "is_not" | "not_in" => (Test::OneOf(self.texts(value)?), true),
            "icontains" => (self.contains(value)?, false),
            "not_icontains" => (self.contains(value)?, true),
            "regex" => (self.pattern(value)?, false),
            "not_regex" => (self.pattern(value)?, true),
            "is_set" => (Test::IsSet, false),
            "is_not_set" => (Test::IsSet, true),
            "gt" => (Test::Above(self.number(value)?), false),
            "gte" => (Test::AtLeast(self.number(value)?), false),
            "lt" => (Test::Below(self.number(value)?), false),
            "lte" => (Test::AtMost(self.number(value)?), false),
            "between" => (self.between(value)?, false),
            "not_between" => (self.between(value)?, true),
            "is_date_exact" => {
                (Test::Within(self.date(value, Edge::Start)?, self.date(value, Edge::End)?.saturating_add(1)), false)
            }
            "is_date_before" => (Test::Within(i64::MIN, self.date(value, Edge::Start)?), false),
            "is_date_after" => (Test::Within(self.date(value, Edge::End)?.saturating_add(1), i64::MAX), false),
            other => {
                let known = "exact, is_not, icontains, not_icontains, regex, not_regex, is_set, is_not_set, gt, gte, lt, \
                             lte, in, not_in, between, not_between, is_date_exact, is_date_before or is_date_after";
                return Err(self.expected(&format!("the operator to be {known}"), &Value::from(other)));
            }
        })
    }

    fn texts(self, value: &Value) -> Result<Vec<String>, ApiError> {
        let one = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            other => Err(self.expected("a text, a number or a boolean as value", other)),
        };
        match value {
            Value::Array(values) if values.len() <= 1000 => values.iter().map(one).collect(),
            Value::Array(values) => Err(self.refused(format!("Expected at most 1000 values, got {}.", values.len()))),
            value => Ok(vec![one(value)?]),
        }
    }

    fn contains(self, value: &Value) -> Result<Test, ApiError> {
        let parts = self.texts(value)?;
        match parts.len() <= MOST_PARTS {
            true => Ok(Test::Contains(parts)),
            false => {
                Err(self.refused(format!("Expected at most {MOST_PARTS} texts to look for, got {}.", parts.len())))
            }
        }
    }

    /// The one value, also where it stands in an array.
    fn single(value: &Value) -> &Value {
        match value {
            Value::Array(values) if values.len() == 1 => &values[0],
            value => value,
        }
    }

    fn number(self, value: &Value) -> Result<f64, ApiError> {
        let number = match Self::single(value) {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| self.expected("a number as value", value))
    }

    fn between(self, value: &Value) -> Result<Test, ApiError> {
        match value.as_array().map(Vec::as_slice) {
            Some([from, to]) => Ok(Test::Between(self.number(from)?, self.number(to)?)),
            _ => Err(self.expected("two numbers as value", value)),
        }
    }

    fn pattern(self, value: &Value) -> Result<Test, ApiError> {
        let text = Self::single(value).as_str().ok_or_else(|| self.expected("a regular expression as value", value))?;
        let pattern = Pattern::new(text).map_err(|error| {
            let mut detail = error.to_string();
            detail.replace_range(..1, "E");
            self.refused(detail + ".")
        })?;
        Ok(Test::Matches(pattern))
    }

    fn date(self, value: &Value, edge: Edge) -> Result<i64, ApiError> {
        let text = Self::single(value).as_str().ok_or_else(|| self.expected("a date as value", value))?;
        let date = dates::read(text, edge, self.now).map_err(|error| self.refused(error.to_string()))?;
        date.ok_or_else(|| self.expected("a date as value", value))
    }
}

/// Whether one of them asks for the level and the other for the message, so that they can be about one line.
fn completes(line: &ConsoleTest, other: &ConsoleTest) -> bool {
    line.levels.is_empty() != other.levels.is_empty() && line.message.is_some() != other.message.is_some()
}

fn text_of<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

fn turned(condition: Condition, negated: bool) -> Condition {
    if negated { condition.negated() } else { condition }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Reading = Reading { attr: "properties", now: 1_795_245_310_102 };

    #[test]
    fn filters_become_conditions() {
        let all = READING
            .properties(
                r#"[{"type":"AND","values":[{"type":"recording","key":"click_count","operator":"gt","value":"5"},
                    {"key":"plan","value":["pro",7,true],"operator":"is_not","type":"event"}]},
                    {"type":"person","key":"email","operator":"icontains","value":"@example"}]"#,
            )
            .unwrap();
        let plan = PropertyTest {
            key: "plan".into(),
            test: Test::OneOf(vec!["pro".into(), "7".into(), "true".into()]),
            negated: false,
        };
        let expected = vec![
            Condition::All(vec![
                Condition::Number(Metric::Clicks, Test::Above(5.0)),
                Condition::Event(EventTest { name: None, properties: vec![plan] }).negated(),
            ]),
            Condition::Person(PropertyTest {
                key: "email".into(),
                test: Test::Contains(vec!["@example".into()]),
                negated: false,
            }),
        ];
        assert_eq!(all, expected);
        let events = READING.events(r#"[{"id":"$pageview","type":"events","order":0},{"id":null,"type":"events"}]"#);
        let named = EventTest { name: Some("$pageview".into()), properties: Vec::new() };
        assert_eq!(events, Ok(vec![Condition::Event(named), Condition::Event(EventTest::default())]));
    }

    #[test]
    fn level_and_message_are_of_one_line_where_both_must_be() {
        let text = r#"[{"type":"log_entry","key":"level","value":["error"]},
            {"type":"log_entry","key":"message","operator":"icontains","value":"cart"}]"#;
        let message = Some(Test::Contains(vec!["cart".into()]));
        let one = Condition::Console(ConsoleTest { levels: vec![ConsoleRank::Error], message });
        assert_eq!(READING.console(text, true), Ok(vec![one]));
        assert_eq!(READING.console(text, false).unwrap().len(), 2);
        let beside = r#"[{"type":"log_entry","key":"message","operator":"icontains","value":"cart","level":"error"}]"#;
        assert_eq!(READING.console(beside, true), READING.console(text, true));
        assert_eq!(READING.properties(beside), READING.console(text, true));
    }

    #[test]
    fn no_console_filter_is_passed_over_where_there_are_several() {
        let says =
            |text: &str| format!(r#"{{"type":"log_entry","key":"message","operator":"icontains","value":"{text}"}}"#);
        let text =
            format!(r#"[{{"type":"log_entry","key":"level","value":"error"}},{},{}]"#, says("cart"), says("late"));
        let late = ConsoleTest { levels: Vec::new(), message: Some(Test::Contains(vec!["late".into()])) };
        let cart = ConsoleTest { levels: vec![ConsoleRank::Error], message: Some(Test::Contains(vec!["cart".into()])) };
        assert_eq!(READING.console(&text, true), Ok(vec![Condition::Console(late), Condition::Console(cart)]));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_was_expected_and_what_came() {
        for (filters, says) in [
            ("{", "a JSON array"),
            ("[5]", "got 5"),
            (r#"[{"type":"cohort","key":"id","value":3}]"#, "got \"cohort\""),
            (r#"[{"type":"event","value":3}]"#, "a key, got null"),
            (r#"[{"type":"event","key":"a","value":{"b":1}}]"#, r#"got {"b":1}"#),
            (r#"[{"type":"event","key":"a","value":1,"operator":"like"}]"#, "got \"like\""),
            (r#"[{"type":"event","key":"a","value":"(","operator":"regex"}]"#, "Expected a regular expression"),
            (r#"[{"type":"recording","key":"size","value":1}]"#, "got \"size\""),
            (r#"[{"type":"recording","key":"duration","value":"long"}]"#, "got \"long\""),
            (r#"[{"type":"recording","key":"duration","value":1,"operator":"icontains"}]"#, "for numbers"),
            (r#"[{"type":"recording","key":"duration","value":[1],"operator":"between"}]"#, "two numbers"),
            (r#"[{"type":"log_entry","key":"level","value":"loud"}]"#, "got \"loud\""),
            (r#"[{"type":"event","key":"a","value":"soon","operator":"is_date_after"}]"#, "ISO 8601"),
            (r#"[{"type":"XOR","values":[]}]"#, "AND or OR"),
        ] {
            let refused = READING.properties(filters).unwrap_err();
            assert!(matches!(&refused, ApiError::Invalid { attr: "properties", .. }), "{refused:?}");
            assert!(refused.to_string().contains(says), "{filters}: {refused}");
        }
        let long = format!("[{}]", " ".repeat(MOST_BYTES));
        assert!(READING.properties(&long).unwrap_err().to_string().contains("at most 12288 bytes"));
        let many = serde_json::json!([{"key": "a", "operator": "icontains", "value": vec!["x"; 101]}]);
        assert!(READING.properties(&many.to_string()).unwrap_err().to_string().contains("at most 100 texts"));
        let deep = format!("[{}{}]", r#"{"values":["#.repeat(20), "]}".repeat(20));
        assert!(READING.properties(&deep).unwrap_err().to_string().contains("not nested deeply"));
        assert!(READING.events(r#"[{"id":5,"type":"actions"}]"#).unwrap_err().to_string().contains("actions"));
    }
}
