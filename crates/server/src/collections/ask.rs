//! What may be asked of collections, and what is wrong with it.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::collection::{Collection, Kind};
use crate::api::given;
use crate::api_error::ApiError;
use crate::auth::Caller;
use crate::author::Author;
use crate::recordings::dates::{self, Edge};

/// Characters of a name.
const NAME: usize = 400;

/// Characters of a description.
const DESCRIPTION: usize = 10_000;

/// Bytes of filters, as JSON.
const FILTERS_BYTES: usize = 100_000;

/// What a collection is made of or changed to. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ChangeCollection)]
pub(super) struct Asked {
    /// Chosen once, when it is made.
    #[schema(value_type = Option<Kind>)]
    r#type: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 400)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 400)]
    derived_name: Option<Option<String>>,
    description: Option<String>,
    pinned: Option<bool>,
    deleted: Option<bool>,
    /// Parameters of the list, as an object. Only for saved filters, which need them.
    #[schema(value_type = Option<Object>)]
    filters: Option<Map<String, Value>>,
}

fn invalid(attr: &'static str, detail: impl Into<String>) -> ApiError {
    ApiError::Invalid { attr, detail: detail.into() }
}

impl Asked {
    /// The members of a new collection's document.
    pub(super) fn new_members(self, caller: &Caller) -> Result<Map<String, Value>, ApiError> {
        let kind = match self.r#type.as_deref() {
            None => return Err(ApiError::Required { attr: "type" }),
            Some("collection") => Kind::Collection,
            Some("filters") => Kind::Filters,
            Some(other) => return Err(invalid("type", format!("Expected collection or filters, got {other:?}."))),
        };
        if kind == Kind::Filters && self.filters.as_ref().is_none_or(Map::is_empty) {
            return Err(invalid("filters", "You must provide valid filters when creating a saved filter."));
        }
        let mut members = self.checked(kind, caller)?;
        members.insert("type".into(), json!(kind));
        members.insert("number".into(), crate::random::number().into());
        members.insert("created_by".into(), json!(Author::of(caller)));
        Ok(members)
    }

    /// The members of a collection's document that change.
    pub(super) fn changed_members(self, of: &Collection, caller: &Caller) -> Result<Map<String, Value>, ApiError> {
        if let Some(kind) = &self.r#type
            && json!(of.kind) != json!(kind)
        {
            return Err(invalid("type", "Expected the type that it was made with: it cannot be changed."));
        }
        if of.kind == Kind::Filters && self.filters.as_ref().is_some_and(Map::is_empty) {
            return Err(invalid("filters", "Expected filters, got none: saved filters are nothing without."));
        }
        self.checked(of.kind, caller)
    }

    fn checked(self, kind: Kind, caller: &Caller) -> Result<Map<String, Value>, ApiError> {
        if kind == Kind::Collection && self.filters.as_ref().is_some_and(|filters| !filters.is_empty()) {
            return Err(invalid("filters", "You cannot create a collection with filters."));
        }
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        for (attr, text) in [("name", self.name), ("derived_name", self.derived_name)] {
            let Some(text) = text else { continue };
            within(attr, text.as_deref().unwrap_or_default(), NAME)?;
            set(attr, text.into());
        }
        if let Some(text) = self.description {
            within("description", &text, DESCRIPTION)?;
            set("description", text.into());
        }
        for (name, flag) in [("pinned", self.pinned), ("deleted", self.deleted)] {
            if let Some(flag) = flag {
                set(name, flag.into());
            }
        }
        if let Some(filters) = self.filters {
            let filters = Value::Object(filters);
            let bytes = filters.to_string().len();
            if bytes > FILTERS_BYTES {
                return Err(invalid("filters", format!("Expected at most {FILTERS_BYTES} bytes, got {bytes}.")));
            }
            set("filters", filters);
        }
        set("last_modified_by", json!(Author::of(caller)));
        Ok(members)
    }
}

fn within(attr: &'static str, text: &str, most: usize) -> Result<(), ApiError> {
    match text.chars().count() {
        count if count > most => Err(invalid(attr, format!("Expected at most {most} characters, got {count}."))),
        _ => Ok(()),
    }
}

/// Which collections.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The id or the email of who made them.
    created_by: Option<String>,
    short_id: Option<String>,
    /// Present: only one's own.
    user: Option<String>,
    #[param(value_type = Option<Kind>)]
    r#type: Option<String>,
    #[param(value_type = Option<bool>)]
    pinned: Option<String>,
    /// Changed since: ISO 8601, or relative such as `-7d`.
    date_from: Option<String>,
    date_to: Option<String>,
    /// Part of the name or the description.
    search: Option<String>,
    /// Holding this recording.
    pub(super) session_recording_id: Option<String>,
    /// `name`, `created_at`, `last_modified_at`, each also with `-` before it. The last changed first unless told.
    order: Option<String>,
}

impl Which {
    /// Those of these that are meant, in the order that is asked for.
    pub(super) fn of(&self, all: Vec<Collection>, caller: &Caller, now: i64) -> Result<Vec<Collection>, ApiError> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let date = |attr: &'static str, text: Option<String>, edge| match text {
            None => Ok(None),
            Some(text) => dates::read(&text, edge, now).map_err(|error| invalid(attr, error.to_string())),
        };
        let from = date("date_from", text(&self.date_from), Edge::Start)?;
        let to = date("date_to", text(&self.date_to), Edge::End)?;
        let kind = match text(&self.r#type).as_deref() {
            None => None,
            Some("collection") => Some(Kind::Collection),
            Some("filters") => Some(Kind::Filters),
            Some(other) => return Err(invalid("type", format!("Expected collection or filters, got {other:?}."))),
        };
        let pinned = match text(&self.pinned).as_deref() {
            None => None,
            Some("true" | "True" | "1") => Some(true),
            Some("false" | "False" | "0") => Some(false),
            Some(other) => return Err(invalid("pinned", format!("Expected true or false, got {other:?}."))),
        };
        let search = text(&self.search).map(|text| text.to_lowercase());
        let (created_by, short_id) = (text(&self.created_by), text(&self.short_id));
        let mut found = all;
        found.retain(|one| {
            let by = |test: &dyn Fn(&Author) -> bool| one.created_by.as_ref().is_some_and(test);
            kind.is_none_or(|kind| one.kind == kind)
                && pinned.is_none_or(|pinned| one.pinned == pinned)
                && from.is_none_or(|from| one.changed_at >= from)
                && to.is_none_or(|to| one.changed_at <= to)
                && short_id.as_ref().is_none_or(|id| one.short_id == *id)
                && created_by.as_ref().is_none_or(|name| by(&|author| author.is_named(name)))
                && (self.user.is_none() || by(&|author| author.is(caller)))
                && search.as_ref().is_none_or(|text| one.mentions(text))
        });
        self.sort(&mut found)?;
        Ok(found)
    }

    fn sort(&self, found: &mut [Collection]) -> Result<(), ApiError> {
        let order = self.order.as_deref().filter(|order| !order.is_empty()).unwrap_or("-last_modified_at");
        match order.trim_start_matches('-') {
            "name" => found.sort_by_cached_key(|one| one.name.clone().unwrap_or_default().to_lowercase()),
            "created_at" => found.sort_by_key(|one| one.created_at),
            "last_modified_at" => found.sort_by_key(|one| one.changed_at),
            _ => {
                let expected = "Expected name, created_at or last_modified_at, with or without - before it";
                return Err(invalid("order", format!("{expected}, got {order:?}.")));
            }
        }
        if order.starts_with('-') {
            found.reverse();
        }
        Ok(())
    }
}

impl Collection {
    fn mentions(&self, text: &str) -> bool {
        let names = [self.name.as_deref(), self.derived_name.as_deref(), Some(self.description.as_str())];
        names.into_iter().flatten().any(|name| name.to_lowercase().contains(text))
    }
}
