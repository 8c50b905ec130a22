//! What can be asked of the list of persons.

use cassette_recording::ProjectId;
use cassette_store::catalog::{Comparison, PersonQuery, PersonText, PropertyFilter};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use crate::api_error::ApiError;
use crate::paging::{self, MOST_ROWS, ROWS};

/// Filters of one query.
const MOST_FILTERS: usize = 100;

/// Values of one filter.
const MOST_VALUES: usize = 1000;

/// Which persons.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// A part of the e-mail address, name, id or a distinct id.
    search: Option<String>,
    /// The person with this distinct id.
    distinct_id: Option<String>,
    /// Persons with this e-mail address.
    email: Option<String>,
    /// A JSON array of filters `{"key", "operator", "value"}`, all of which must hold.
    properties: Option<String>,
    /// 1 to 1000; 100 unless told otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// From 0.
    #[param(value_type = Option<u32>, minimum = 0)]
    offset: Option<String>,
}

impl Which {
    /// As a query; `None` if nobody can be like that.
    pub(super) fn query(&self, project: ProjectId) -> Result<Option<PersonQuery>, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let mut query = PersonQuery::all(project);
        query.limit = paging::number("limit", self.limit.as_deref(), ROWS, 1, MOST_ROWS)?;
        query.offset = paging::number("offset", self.offset.as_deref(), 0, 0, 1_000_000_000)?;
        query.search = given(&self.search).map(PersonText);
        if let Some(properties) = given(&self.properties) {
            query.properties = read(&properties)?;
        }
        query.properties.extend(given(&self.email).map(|email| PropertyFilter {
            name: "email".into(),
            comparison: Comparison::Exact,
            values: vec![email],
            negated: false,
        }));
        match given(&self.distinct_id).map(|id| id.parse()) {
            None => {}
            Some(Ok(id)) => query.distinct_id = Some(id),
            Some(Err(_)) => return Ok(None),
        }
        Ok(Some(query))
    }
}

/// Reads a JSON array of filters, or one filter.
fn read(text: &str) -> Result<Vec<PropertyFilter>, ApiError> {
    let filters = match serde_json::from_str(text) {
        Ok(Value::Array(filters)) => filters,
        Ok(Value::Null) => Vec::new(),
        Ok(one @ Value::Object(_)) => vec![one],
        _ => return Err(refused("Expected a JSON array of filters.")),
    };
    if filters.len() > MOST_FILTERS {
        return Err(refused(&format!("Expected at most {MOST_FILTERS} filters, got {}.", filters.len())));
    }
    let object =
        |filter: &Value| filter.as_object().cloned().ok_or_else(|| refused("Expected a filter to be an object."));
    filters.iter().map(|filter| read_one(&object(filter)?)).collect()
}

fn read_one(filter: &Map<String, Value>) -> Result<PropertyFilter, ApiError> {
    let text = |member: &str| filter.get(member).and_then(Value::as_str);
    let name =
        text("key").filter(|key| !key.is_empty()).ok_or_else(|| refused("Expected a filter to have a `key`."))?;
    if let Some(kind) = text("type").filter(|kind| *kind != "person") {
        return Err(refused(&format!("Expected filters of type \"person\", got {kind:?}.")));
    }
    let operator = text("operator").unwrap_or("exact");
    let (comparison, negated) = match operator {
        "exact" | "in" => (Comparison::Exact, false),
        "is_not" | "not_in" => (Comparison::Exact, true),
        "icontains" => (Comparison::Contains, false),
        "not_icontains" => (Comparison::Contains, true),
        "is_set" => (Comparison::IsSet, false),
        "is_not_set" => (Comparison::IsSet, true),
        "gt" => (Comparison::Greater, false),
        "gte" => (Comparison::GreaterOrEqual, false),
        "lt" => (Comparison::Less, false),
        "lte" => (Comparison::LessOrEqual, false),
        _ => {
            let known = "exact, is_not, in, not_in, icontains, not_icontains, is_set, is_not_set, gt, gte, lt, lte";
            return Err(refused(&format!("Expected an operator of {known}, got {operator:?}.")));
        }
    };
    let values = values(filter.get("value").unwrap_or(&Value::Null))?;
    Ok(PropertyFilter { name: name.to_owned(), comparison, values, negated })
}

fn values(value: &Value) -> Result<Vec<String>, ApiError> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::Array(values) if values.len() <= MOST_VALUES => values.iter().map(as_text).collect(),
        Value::Array(values) => {
            return Err(refused(&format!("Expected at most {MOST_VALUES} values, got {}.", values.len())));
        }
        value => vec![as_text(value)],
    })
}

/// As the catalog has it: texts without quotes, all else as JSON.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn refused(detail: &str) -> ApiError {
    ApiError::Invalid { attr: "properties", detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_posthog_writes_them() {
        let text = r#"[{"key":"plan","value":["pro",5,true],"operator":"exact","type":"person"},
            {"key":"seen","operator":"is_not_set"},{"key":"a","value":3,"operator":"gt"}]"#;
        let filters = read(text).unwrap();
        assert_eq!(filters[0].values, ["pro", "5", "true"]);
        assert_eq!((filters[1].comparison, filters[1].negated), (Comparison::IsSet, true));
        assert_eq!((filters[2].comparison, &filters[2].values[0]), (Comparison::Greater, &"3".to_owned()));
        assert_eq!(read(r#"{"key":"a","value":"b"}"#).unwrap().len(), 1);
    }

    #[test]
    fn a_filter_that_means_nothing_is_refused() {
        for (text, expected) in [
            ("plan", "JSON array"),
            ("[1]", "an object"),
            (r#"[{"value":1}]"#, "`key`"),
            (r#"[{"key":"a","operator":"like"}]"#, "\"like\""),
            (r#"[{"key":"a","type":"event"}]"#, "\"event\""),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn an_id_that_cannot_be_one_is_nobodys() {
        let which = Which { distinct_id: Some("x".repeat(2000)), ..Which::default() };
        assert_eq!(which.query(ProjectId(1)).unwrap(), None);
        let which = Which { email: Some("a@x".into()), distinct_id: Some(String::new()), ..Which::default() };
        assert_eq!(which.query(ProjectId(1)).unwrap().unwrap().properties.len(), 1);
    }
}
