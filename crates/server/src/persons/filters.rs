//! What can be asked of the list of persons.

use cassette_recording::ProjectId;
use cassette_store::catalog::filter::{PropertyTest, Test};
use cassette_store::catalog::{PersonQuery, PersonText};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api_error::ApiError;
use crate::paging::{self, MOST_ROWS, ROWS};
use crate::recordings::Reading;

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
    /// A JSON array of filters `{"key", "operator", "value"}`, all of which must hold; operators as in the list of recordings.
    properties: Option<String>,
    /// 1 to 1000; 100 unless told otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// From 0.
    #[param(value_type = Option<u32>, minimum = 0)]
    offset: Option<String>,
}

impl Which {
    /// As a query at `now`, epoch ms; `None` if nobody can be like that.
    pub(super) fn query(&self, project: ProjectId, now: i64) -> Result<Option<PersonQuery>, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let mut query = PersonQuery::all(project);
        query.limit = paging::number("limit", self.limit.as_deref(), ROWS, 1, MOST_ROWS)?;
        query.offset = paging::number("offset", self.offset.as_deref(), 0, 0, 1_000_000_000)?;
        query.search = given(&self.search).map(PersonText);
        if let Some(properties) = given(&self.properties) {
            query.properties = Reading { attr: "properties", now }.of_persons(&properties)?;
        }
        query.properties.extend(given(&self.email).map(|email| PropertyTest {
            key: "email".into(),
            test: Test::OneOf(vec![email]),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<PropertyTest>, ApiError> {
        let which = Which { properties: Some(text.into()), ..Which::default() };
        which.query(ProjectId(1), 0).map(|query| query.unwrap().properties)
    }

    #[test]
    fn filters_are_read_as_posthog_writes_them() {
        let text = r#"[{"key":"plan","value":["pro",5,true],"operator":"exact","type":"person"},
            {"key":"seen","operator":"is_not_set"},{"key":"a","value":3,"operator":"gt"}]"#;
        let filters = read(text).unwrap();
        assert!(filters[0].test == Test::OneOf(["pro", "5", "true"].map(str::to_owned).to_vec()));
        assert!(filters[1].test == Test::IsSet && filters[1].negated);
        assert!(filters[2].test == Test::Above(3.0) && !filters[2].negated);
        assert_eq!(read(r#"{"key":"a","value":"b"}"#).unwrap().len(), 1);
    }

    #[test]
    fn a_filter_that_means_nothing_is_refused() {
        for (text, expected) in [
            ("plan", "JSON array"),
            ("[1]", "an object"),
            (r#"[{"value":1}]"#, "a key"),
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
        assert_eq!(which.query(ProjectId(1), 0).unwrap(), None);
        let which = Which { email: Some("a@x".into()), distinct_id: Some(String::new()), ..Which::default() };
        assert_eq!(which.query(ProjectId(1), 0).unwrap().unwrap().properties.len(), 1);
    }
}
