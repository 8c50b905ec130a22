//! What an owner may set, and what is wrong with it.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::share::{Share, Target};
use super::visitor::origin;
use crate::api::{epoch_ms, given};
use crate::api_error::ApiError;

/// Origins that one share may name: they stand in a header.
const MOST_ORIGINS: usize = 50;

/// Bytes of the settings, as JSON.
const SETTINGS_BYTES: usize = 10_000;

/// What `PATCH` takes. What is absent stays; `null` takes a bound away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ChangeSharing)]
pub(super) struct Asked {
    /// The link opens. `false` takes it back at once.
    enabled: Option<bool>,
    /// For the page: `showInspector`, `noHeader`, `whitelabel`, `autoplay` (true or false), `theme` (`light`, `dark`,
    /// `system`). Others are kept for clients that know them.
    #[schema(value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
    /// Only with one of the passwords.
    password_required: Option<bool>,
    /// ISO 8601 with a time zone: from then on the link opens nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<String>>,
    /// How often the link may be opened, from its beginning on.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u64>)]
    max_views: Option<Option<u64>>,
    /// Milliseconds since the start of the recording: what lies before is not shown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u64>)]
    starts_at: Option<Option<u64>>,
    /// Milliseconds since the start of the recording: what lies behind is not shown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u64>)]
    ends_at: Option<Option<u64>>,
    /// Sites that may show the page in a frame, such as `https://wiki.example`; none: all.
    allowed_origins: Option<Vec<String>>,
}

fn invalid(attr: &'static str, detail: impl Into<String>) -> ApiError {
    ApiError::Invalid { attr, detail: detail.into() }
}

impl Asked {
    /// Whether the link opens after it; none: as before.
    pub(super) fn enabled(&self) -> Option<bool> {
        self.enabled
    }

    /// The part of a recording that is shown after it, if that changes: from and to.
    pub(super) fn part(&self, before: Option<&Share>) -> Result<Option<(i64, i64)>, ApiError> {
        if self.starts_at.is_none() && self.ends_at.is_none() {
            return Ok(None);
        }
        let bound = |attr, asked: Option<Option<u64>>, before: Option<i64>| match asked {
            None => Ok(before),
            Some(asked) => asked.map(|time| time_of(attr, time)).transpose(),
        };
        let (starts_at, ends_at) = before.map(|share| (share.body.starts_at, share.body.ends_at)).unwrap_or_default();
        let from = bound("starts_at", self.starts_at, starts_at)?.unwrap_or(0);
        let to = bound("ends_at", self.ends_at, ends_at)?.unwrap_or(i64::MAX);
        if to <= from {
            return Err(invalid("ends_at", format!("Expected a time after starts_at ({from}), got {to}.")));
        }
        Ok(Some((from, to)))
    }

    /// The members of the share's document that it sets.
    ///
    /// # Errors
    /// Invalid, with the member, what was expected and what came.
    pub(super) fn members(self, target: &Target, now: i64) -> Result<Map<String, Value>, ApiError> {
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if let Some(enabled) = self.enabled {
            set("enabled", enabled.into());
        }
        if let Some(required) = self.password_required {
            set("password_required", required.into());
        }
        if let Some(settings) = self.settings {
            let settings = Value::Object(settings);
            let bytes = settings.to_string().len();
            if bytes > SETTINGS_BYTES {
                return Err(invalid("settings", format!("Expected at most {SETTINGS_BYTES} bytes, got {bytes}.")));
            }
            set("settings", settings);
        }
        if let Some(expires_at) = self.expires_at {
            set("expires_at", expires_at.map(|text| future(&text, now)).transpose()?.into());
        }
        if let Some(views) = self.max_views {
            if views == Some(0) {
                return Err(invalid("max_views", "Expected at least 1, got 0."));
            }
            set("max_views", views.into());
        }
        for (name, time) in [("starts_at", self.starts_at), ("ends_at", self.ends_at)] {
            let Some(time) = time else { continue };
            if time.is_some() && matches!(target, Target::Collection(_)) {
                return Err(invalid(name, "Expected none: the recordings of a collection have times of their own."));
            }
            set(name, time.map(|time| time_of(name, time)).transpose()?.into());
        }
        if let Some(origins) = self.allowed_origins {
            set("allowed_origins", origins_of(&origins)?.into());
        }
        Ok(members)
    }
}

fn time_of(attr: &'static str, time: u64) -> Result<i64, ApiError> {
    /// A recording ends within days.
    const LATEST_MS: u64 = 1 << 45;
    let bounded = i64::try_from(time).ok().filter(|_| time <= LATEST_MS);
    bounded.ok_or_else(|| invalid(attr, format!("Expected at most {LATEST_MS} milliseconds, got {time}.")))
}

fn future(text: &str, now: i64) -> Result<i64, ApiError> {
    let expected = "Expected a moment in the future, as ISO 8601 with a time zone";
    epoch_ms(text).filter(|&at| at > now).ok_or_else(|| invalid("expires_at", format!("{expected}, got {text:?}.")))
}

fn origins_of(texts: &[String]) -> Result<Vec<String>, ApiError> {
    if texts.len() > MOST_ORIGINS {
        return Err(invalid("allowed_origins", format!("Expected at most {MOST_ORIGINS}, got {}.", texts.len())));
    }
    let read = |text: &String| {
        // What follows the port would be ignored, and so promise too much.
        let exact = origin(text).filter(|origin| origin.eq_ignore_ascii_case(text.trim_end_matches('/')));
        let expected = "Expected a scheme, a host and if need be a port, such as https://wiki.example";
        exact.ok_or_else(|| invalid("allowed_origins", format!("{expected}, got {text:?}.")))
    };
    texts.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::members;

    const NOW: i64 = 1_795_245_310_102;

    fn of(body: Value) -> Result<Value, ApiError> {
        let target = Target::Recording("s".parse().unwrap());
        members::<Asked>(body.to_string().as_bytes())?.members(&target, NOW).map(Value::Object)
    }

    #[test]
    fn what_is_absent_stays_and_null_takes_a_bound_away() {
        assert_eq!(of(json!({})).unwrap(), json!({}));
        assert_eq!(
            of(json!({"expires_at": null, "max_views": null})).unwrap(),
            json!({"expires_at": null, "max_views": null})
        );
        let all = json!({"enabled": true, "settings": {"theme": "dark"}, "password_required": false, "max_views": 3,
            "starts_at": 0, "ends_at": 5000, "allowed_origins": ["https://Wiki.example/", "http://a:8000"]});
        let mut expected = all.clone();
        expected["allowed_origins"] = json!(["https://wiki.example", "http://a:8000"]);
        assert_eq!(of(all).unwrap(), expected);
        assert_eq!(
            of(json!({"expires_at": "2027-01-01T00:00:00Z"})).unwrap(),
            json!({"expires_at": 1_798_761_600_000_i64})
        );
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (body, expected) in [
            (json!({"expires_at": "2026-01-01T00:00:00Z"}), "expires_at"),
            (json!({"expires_at": "tomorrow"}), "expires_at"),
            (json!({"max_views": 0}), "max_views"),
            (json!({"starts_at": u64::MAX}), "starts_at"),
            (json!({"allowed_origins": ["wiki.example"]}), "allowed_origins"),
            (json!({"allowed_origins": ["https://wiki.example/page"]}), "allowed_origins"),
            (json!({"allowed_origins": ["https://a; script-src *"]}), "allowed_origins"),
            (json!({"allowed_origins": vec!["https://a"; 51]}), "allowed_origins"),
            (json!({"settings": {"a": "x".repeat(20_000)}}), "settings"),
        ] {
            let refused = of(body.clone());
            assert!(
                matches!(&refused, Err(ApiError::Invalid { attr, .. }) if *attr == expected),
                "{body}: {refused:?}"
            );
        }
        for (body, expected) in [(json!({"enabled": "yes"}), "enabled"), (json!({"max_views": -1}), "max_views")] {
            let refused = of(body.clone());
            assert!(
                matches!(&refused, Err(ApiError::InvalidMember { attr: Some(attr), .. }) if attr == expected),
                "{body}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_part_must_not_end_before_it_begins() {
        let part = |body: Value| members::<Asked>(body.to_string().as_bytes()).unwrap().part(None);
        assert_eq!(part(json!({})), Ok(None));
        assert_eq!(part(json!({"starts_at": 5})), Ok(Some((5, i64::MAX))));
        assert_eq!(part(json!({"ends_at": 5})), Ok(Some((0, 5))));
        assert!(part(json!({"starts_at": 5, "ends_at": 5})).is_err());
    }

    #[test]
    fn a_collection_has_no_time_of_its_own() {
        let asked: Asked = members(br#"{"starts_at": 5}"#).unwrap();
        assert!(asked.members(&Target::Collection("a".into()), NOW).is_err());
    }
}
