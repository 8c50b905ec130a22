//! Lists with PostHog's pages: `count`, `next`, `previous`, `results`, asked for by `limit` and `offset`.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api_error::ApiError;

/// Unless told otherwise.
pub(crate) const ROWS: usize = 100;

/// At most.
pub(crate) const MOST_ROWS: usize = 1000;

/// A page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    /// Of all pages.
    pub count: usize,
    /// Where the next one is.
    pub next: Option<String>,
    /// Where the one before is.
    pub previous: Option<String>,
    pub results: Vec<T>,
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// 1 to 1000; 100 unless told otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub limit: Option<String>,
    /// From 0.
    #[param(value_type = Option<u32>, minimum = 0)]
    pub offset: Option<String>,
}

/// Where a request went, so that its answer can name the pages beside it.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    scheme: &'static str,
    host: String,
    uri: Uri,
}

/// Whether the caller came by TLS: told by the proxy that ends it.
pub(crate) fn is_by_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

impl<S: Sync> FromRequestParts<S> for Here {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let named = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let host = parts.uri.authority().map(|authority| authority.as_str()).or(named);
        Ok(Self {
            scheme: if is_by_tls(&parts.headers) { "https" } else { "http" },
            host: host.unwrap_or_default().to_owned(),
            uri: parts.uri.clone(),
        })
    }
}

impl Here {
    /// This server, as the request named it: scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    pub(crate) fn at(&self, limit: usize, offset: usize) -> String {
        let pairs = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        // Links are shown and logged: a key in the query does not travel on.
        let kept = pairs.filter(|(name, _)| !matches!(name.as_ref(), "limit" | "offset" | "personal_api_key"));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept);
        query.append_pair("limit", &limit.to_string()).append_pair("offset", &offset.to_string());
        format!("{}{}/?{}", self.origin(), self.uri.path().trim_end_matches('/'), query.finish())
    }
}

impl Paging {
    /// The page of all these.
    ///
    /// # Errors
    /// When limit or offset is not a number in its range.
    pub(crate) fn of<T>(&self, all: Vec<T>, here: &Here) -> Result<Paged<T>, ApiError> {
        let limit = number("limit", self.limit.as_deref(), ROWS, 1, MOST_ROWS)?;
        let offset = number("offset", self.offset.as_deref(), 0, 0, 1_000_000_000)?;
        let count = all.len();
        let next = (offset + limit < count).then(|| here.at(limit, offset + limit));
        let previous = (offset > 0).then(|| here.at(limit, offset.saturating_sub(limit)));
        Ok(Paged { count, next, previous, results: all.into_iter().skip(offset).take(limit).collect() })
    }
}

pub(crate) fn number(
    attr: &'static str,
    text: Option<&str>,
    otherwise: usize,
    least: usize,
    most: usize,
) -> Result<usize, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(otherwise) };
    text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| ApiError::Invalid {
        attr,
        detail: format!("Expected a whole number from {least} to {most}, got {text:?}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Here {
        Here {
            scheme: "http",
            host: "replay.example:8000".into(),
            uri: "/api/projects/1/comments?item_id=a&limit=2&personal_api_key=phx_1".parse().unwrap(),
        }
    }

    fn page(limit: &str, offset: &str) -> Result<Paged<u32>, ApiError> {
        Paging { limit: Some(limit.into()), offset: Some(offset.into()) }.of((0..5).collect(), &here())
    }

    #[test]
    fn pages_lead_to_their_neighbours_and_no_link_holds_a_key() {
        let middle = page("2", "2").unwrap();
        let link =
            |offset| format!("http://replay.example:8000/api/projects/1/comments/?item_id=a&limit=2&offset={offset}");
        assert_eq!((middle.count, middle.results), (5, vec![2, 3]));
        assert_eq!((middle.next, middle.previous), (Some(link(4)), Some(link(0))));
        let last = page("2", "4").unwrap();
        assert_eq!((last.next, last.results), (None, vec![4]));
        assert_eq!(page("", "").unwrap().results.len(), 5);
        assert!(page("2", "9").unwrap().results.is_empty());
    }

    #[test]
    fn a_page_that_is_none_is_refused_by_name() {
        for (limit, offset, expected) in
            [("0", "", "limit"), ("1001", "", "limit"), ("x", "", "limit"), ("", "-1", "offset")]
        {
            assert!(matches!(page(limit, offset), Err(ApiError::Invalid { attr, .. }) if attr == expected));
        }
    }
}
