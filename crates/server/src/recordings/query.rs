//! The parameters of the list.
//!
//! Unknown parameters are ignored: PostHog's own clients send many. A known one with a value that means nothing is
//! refused by name, because an ignored filter shows too much.

use std::str::FromStr;

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{Condition, Cursor, Direction, ListQuery, Order, PersonText};

use super::answer::ONGOING_MS;
use super::dates::{self, Edge};
use super::filters::Reading;
use crate::api_error::ApiError;

/// Rows of a page at most.
const MOST_ROWS: usize = 1000;

/// Ids that may be named in one query.
const MOST_IDS: usize = 1000;

/// What a query string asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// What to list.
    pub(crate) query: ListQuery,
    /// Comes first, whether it matches or not.
    pub(crate) first: Option<RecordingId>,
    /// Only this person's.
    pub(crate) person_uuid: Option<String>,
    /// How many all pages hold is wanted, too.
    pub(crate) count: bool,
}

/// The filters, until it is known how they are joined.
#[derive(Debug, Default)]
struct Filters<'a> {
    properties: Option<&'a str>,
    events: Option<&'a str>,
    console: Option<&'a str>,
    having: Option<&'a str>,
    comment: Option<&'a str>,
    any: bool,
    hide_viewed: Option<&'a str>,
}

/// Reads the pairs of a query string; `user` is who asks.
pub(crate) fn read(project: ProjectId, pairs: &[(String, String)], user: &str, now: i64) -> Result<Asked, ApiError> {
    let mut asked = Asked { query: ListQuery::newest(project), first: None, person_uuid: None, count: false };
    let mut filters = Filters::default();
    for (name, value) in pairs {
        // PostHog's clients send both for "nothing".
        if !matches!(value.as_str(), "" | "null" | "\"\"") {
            read_one(&mut asked, &mut filters, name, value, now)?;
        }
    }
    let query = &mut asked.query;
    if let Some(after) = &query.after
        && (after.order != query.order || after.direction != query.direction)
    {
        return Err(invalid("after", "Expected the `next_cursor` of a list in the same order."));
    }
    query.condition = filters.condition(query.session_ids.is_some(), user, now)?;
    Ok(asked)
}

fn read_one<'a>(
    asked: &mut Asked,
    filters: &mut Filters<'a>,
    name: &str,
    value: &'a str,
    now: i64,
) -> Result<(), ApiError> {
    let query = &mut asked.query;
    let text = unquoted(value);
    match name {
        "date_from" => query.date_from = date("date_from", &text, Edge::Start, now)?,
        "date_to" => query.date_to = date("date_to", &text, Edge::End, now)?,
        "session_ids" => query.session_ids = Some(ids("session_ids", value)?),
        "distinct_ids" => query.distinct_ids = Some(ids("distinct_ids", value)?),
        "person" => query.person = Some(PersonText(text)),
        "person_uuid" => asked.person_uuid = Some(text),
        // An id that cannot exist is that of no recording.
        "session_recording_id" => asked.first = text.parse().ok(),
        "page" => query.page = Some(text),
        "include_empty" => query.include_empty = flag("include_empty", &text)?,
        "errors" => query.errors_only = flag("errors", &text)?,
        "live" => {
            query.live_only = flag("live", &text)?;
            query.arrived_since = query.live_only.then(|| now - ONGOING_MS);
        }
        "count" => asked.count = flag("count", &text)?,
        "order" => query.order = order(&text)?,
        "order_direction" => query.direction = direction(&text)?,
        "limit" => query.limit = rows("limit", &text, 1..=MOST_ROWS)?,
        "offset" => query.offset = rows("offset", &text, 0..=1_000_000)?,
        "after" => {
            query.after =
                Some(text.parse::<Cursor>().map_err(|_| invalid("after", "Expected the `next_cursor` of an answer."))?);
        }
        "properties" => filters.properties = Some(value),
        "events" => filters.events = Some(value),
        "console_log_filters" => filters.console = Some(value),
        "having_predicates" => filters.having = Some(value),
        "comment_text" => filters.comment = Some(value),
        "hide_viewed_recordings" => filters.hide_viewed = Some(value),
        "operand" => filters.any = any(&text)?,
        "actions" if value.trim() != "[]" => {
            return Err(invalid("actions", "Expected no actions: Cassette has none. Filter by events."));
        }
        _ => {}
    }
    Ok(())
}

impl Filters<'_> {
    /// All of it; `named`: the recordings were asked for by their ids.
    fn condition(&self, named: bool, user: &str, now: i64) -> Result<Option<Condition>, ApiError> {
        let reading = |attr| Reading { attr, now };
        let mut joined = Vec::new();
        if let Some(text) = self.properties {
            joined.extend(reading("properties").properties(text)?);
        }
        if let Some(text) = self.events {
            joined.extend(reading("events").events(text)?);
        }
        if let Some(text) = self.console {
            joined.extend(reading("console_log_filters").console(text, !self.any)?);
        }
        if let Some(text) = self.having {
            joined.extend(reading("having_predicates").properties(text)?);
        }
        let mut all = match joined.len() {
            0 => Vec::new(),
            _ if self.any => vec![Condition::Any(joined)],
            _ => joined,
        };
        if let Some(text) = self.comment {
            all.extend(reading("comment_text").comment(text)?);
        }
        if let Some(text) = self.hide_viewed.filter(|_| !named) {
            all.extend(hidden(&unquoted(text), user)?);
        }
        Ok((!all.is_empty()).then_some(Condition::All(all)))
    }
}

fn hidden(text: &str, user: &str) -> Result<Option<Condition>, ApiError> {
    match text {
        "false" | "False" | "0" => Ok(None),
        "true" | "True" | "1" | "current-user" => Ok(Some(Condition::NotViewed(Some(user.to_owned())))),
        "any-user" => Ok(Some(Condition::NotViewed(None))),
        _ => Err(invalid("hide_viewed_recordings", "Expected current-user, any-user or a boolean.")),
    }
}

fn any(text: &str) -> Result<bool, ApiError> {
    match text {
        "AND" | "and" => Ok(false),
        "OR" | "or" => Ok(true),
        _ => Err(invalid("operand", "Expected AND or OR.")),
    }
}

/// PostHog tries every value as JSON first; for a text that only means that it may stand in quotes.
fn unquoted(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.to_owned())
}

fn invalid(attr: &'static str, detail: &str) -> ApiError {
    ApiError::Invalid { attr, detail: detail.to_owned() }
}

fn date(attr: &'static str, text: &str, edge: Edge, now: i64) -> Result<Option<i64>, ApiError> {
    dates::read(text, edge, now).map_err(|error| invalid(attr, &error.to_string()))
}

/// A JSON array of texts, or one text. An id that cannot exist matches nothing, which is what leaving it out does.
fn ids<T: FromStr>(attr: &'static str, value: &str) -> Result<Vec<T>, ApiError> {
    let texts: Vec<String> = if value.trim_start().starts_with('[') {
        serde_json::from_str(value).map_err(|_| invalid(attr, "Expected a JSON array of texts."))?
    } else {
        vec![unquoted(value)]
    };
    if texts.len() > MOST_IDS {
        return Err(invalid(attr, &format!("Expected at most {MOST_IDS} ids.")));
    }
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}

fn flag(attr: &'static str, text: &str) -> Result<bool, ApiError> {
    match text {
        "1" | "true" | "True" => Ok(true),
        "0" | "false" | "False" => Ok(false),
        _ => Err(invalid(attr, "Must be a valid boolean: 1 or 0.")),
    }
}

/// PostHog's orders that need something that Cassette does not have yet fall back to the start, as they do there.
fn order(text: &str) -> Result<Order, ApiError> {
    match text {
        "recording_ttl" | "surfacing_score" => Ok(Order::StartTime),
        _ => Order::named(text).ok_or_else(|| invalid("order", &format!("\"{text}\" is not a valid choice."))),
    }
}

fn direction(text: &str) -> Result<Direction, ApiError> {
    match text {
        "DESC" | "desc" => Ok(Direction::Descending),
        "ASC" | "asc" => Ok(Direction::Ascending),
        _ => Err(invalid("order_direction", &format!("\"{text}\" is not a valid choice."))),
    }
}

fn rows(attr: &'static str, text: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize, ApiError> {
    text.parse()
        .ok()
        .filter(|rows| range.contains(rows))
        .ok_or_else(|| invalid(attr, &format!("Expected a whole number from {} to {}.", range.start(), range.end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_245_310_102;
    const PROJECT: ProjectId = ProjectId(1);

    fn of(text: &str) -> Result<ListQuery, ApiError> {
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let pairs: Vec<_> = text.split('&').filter_map(pair).collect();
        read(PROJECT, &pairs, "me", NOW).map(|asked| asked.query)
    }

    #[test]
    fn nothing_asked_lists_the_newest() {
        assert_eq!(of(""), Ok(ListQuery::newest(PROJECT)));
        assert_eq!(
            of("date_from=&person=&limit=&version=2&hogql_filtering=1&date_to=null&operand=OR&events=[]&actions=[]"),
            Ok(ListQuery::newest(PROJECT))
        );
    }

    #[test]
    fn every_parameter_reaches_the_query() {
        let query = of(
            r#"date_from=-1h&date_to="2026-11-21"&person=ann&page="/cart"&errors=1&live=true&order=click_count&order_direction=ASC&limit=20&offset=40&after=click_count.asc.5.abc&session_ids=["a","b/c","d"]&distinct_ids=ann@example.com"#,
        );
        let expected = ListQuery {
            date_from: Some(NOW - 3_600_000),
            date_to: Some(1_795_305_599_999),
            session_ids: Some(vec!["a".parse().unwrap(), "d".parse().unwrap()]),
            person: Some(PersonText("ann".into())),
            distinct_ids: Some(vec!["ann@example.com".parse().unwrap()]),
            page: Some("/cart".into()),
            errors_only: true,
            live_only: true,
            arrived_since: Some(NOW - ONGOING_MS),
            order: Order::ClickCount,
            direction: Direction::Ascending,
            limit: 20,
            offset: 40,
            after: Some("click_count.asc.5.abc".parse().unwrap()),
            ..ListQuery::newest(PROJECT)
        };
        assert_eq!(query, Ok(expected));
    }

    #[test]
    fn a_number_is_a_text_where_a_text_is_wanted() {
        assert_eq!(of("person=123").unwrap().person, Some(PersonText("123".into())));
        assert_eq!(of("page=true").unwrap().page.as_deref(), Some("true"));
    }

    #[test]
    fn a_value_that_means_nothing_is_refused_by_name() {
        for (text, expected) in [
            ("date_from=yesterday", "date_from"),
            ("date_to=-3x", "date_to"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=ten", "limit"),
            ("offset=-1", "offset"),
            ("errors=maybe", "errors"),
            ("live=2", "live"),
            ("count=all", "count"),
            ("order=size", "order"),
            ("order_direction=up", "order_direction"),
            ("after=abc", "after"),
            ("after=click_count.desc.5.abc", "after"),
            ("operand=XOR", "operand"),
            ("actions=[{}]", "actions"),
            ("events={", "events"),
            ("properties=5", "properties"),
            ("having_predicates=[5]", "having_predicates"),
            ("console_log_filters=x", "console_log_filters"),
            ("comment_text=[{},{}]", "comment_text"),
            ("hide_viewed_recordings=maybe", "hide_viewed_recordings"),
            ("session_ids=[1]", "session_ids"),
            ("distinct_ids=[", "distinct_ids"),
        ] {
            assert!(matches!(of(text), Err(ApiError::Invalid { attr, .. }) if attr == expected), "{text}");
        }
    }

    #[test]
    fn the_operand_joins_filters_and_nothing_else() {
        let clicks = r#"having_predicates=[{"type":"recording","key":"click_count","operator":"gt","value":1}]"#;
        let event = r#"events=[{"id":"paid"}]"#;
        let joined = |operand: &str| of(&format!("{clicks}&{event}&operand={operand}&hide_viewed_recordings=any-user"));
        let Some(Condition::All(all)) = joined("AND").unwrap().condition else { panic!() };
        assert_eq!(all.len(), 3);
        let Some(Condition::All(any)) = joined("OR").unwrap().condition else { panic!() };
        assert!(matches!(any.as_slice(), [Condition::Any(joined), Condition::NotViewed(None)] if joined.len() == 2));
        let named = of("session_ids=[\"a\"]&hide_viewed_recordings=true").unwrap();
        assert_eq!(named.condition, None, "who names a recording sees it");
    }

    #[test]
    fn an_empty_list_of_ids_matches_nothing_rather_than_everything() {
        assert_eq!(of("session_ids=[]").unwrap().session_ids, Some(Vec::new()));
    }
}
