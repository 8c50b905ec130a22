//! What a handler takes out of a request, so that a request that does not fit is answered in the API's shape.
//!
//! Axum's own extractors answer with plain text. These answer with [`ApiError`]: which member or parameter is meant, where
//! that is known, and what was expected of it.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::api_error::ApiError;

/// The members of a JSON object in the body. An empty body is an object without members; unknown members are ignored.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// The parameters of the query.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

/// What stands in the path for its placeholders. Names that cannot be one name nothing: 404.
#[derive(Debug)]
pub(crate) struct Names<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        members(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let path = error.path().to_string();
            unfit(path, &error.into_inner().to_string())
        })
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Names<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let names = Path::<T>::from_request_parts(parts, state).await;
        names.map(|Path(names)| Self(names)).map_err(|_| ApiError::NotFound)
    }
}

fn unread(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge { limit: BODY_BYTES },
        _ => ApiError::Unparseable { reason: "the body was broken off".into() },
    }
}

/// What axum takes of a body, unless a route says otherwise.
const BODY_BYTES: u64 = 2 << 20;

/// The members of a JSON object.
pub(crate) fn members<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    // An array would be taken for the members in their order.
    if let Some(found) = other_than_an_object(bytes) {
        // What is no JSON at all is that first.
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map_err(unparseable)?;
        let detail = format!("Invalid data. Expected a dictionary, but got {found}.");
        return Err(ApiError::InvalidMember { attr: None, detail });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let members = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => unfit(path, &error.to_string()),
            _ => unparseable(error),
        }
    })?;
    deserializer.end().map_err(unparseable)?;
    Ok(members)
}

/// For members where `null` says something else than nothing: `#[serde(default, deserialize_with = "crate::api::given")]`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

fn unparseable(error: serde_json::Error) -> ApiError {
    ApiError::Unparseable { reason: error.to_string() }
}

/// What a body is instead of an object, in PostHog's words.
fn other_than_an_object(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes.trim_ascii_start().first()? {
        b'{' => return None,
        b'[' => "list",
        b'"' => "str",
        b't' | b'f' => "bool",
        b'n' => "NoneType",
        _ => "a number",
    })
}

/// A member or parameter that is missing, or is not what was expected.
fn unfit(path: String, message: &str) -> ApiError {
    // Where in the text it stands is of no use to whoever made the text by a program.
    let message = message.split(" at line ").next().unwrap_or(message);
    let within = Some(path).filter(|path| path != "." && path != "?");
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(missing) => {
            let attr = within.map_or_else(|| missing.to_owned(), |within| format!("{within}.{missing}"));
            ApiError::RequiredMember { attr }
        }
        None => ApiError::InvalidMember { attr: within, detail: message.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Thing {
        name: String,
        #[serde(default)]
        sizes: Vec<u8>,
        inner: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        size: u8,
    }

    #[test]
    fn a_body_that_fits_is_taken_whatever_else_it_holds() {
        let thing: Thing = members(br#" {"name":"a","new":{"x":[1]},"inner":{"size":3}} "#).unwrap();
        assert_eq!(thing, Thing { name: "a".into(), sizes: vec![], inner: Some(Inner { size: 3 }) });
        #[derive(Debug, PartialEq, Deserialize)]
        struct Nothing {}
        assert_eq!(members::<Nothing>(b"").unwrap(), Nothing {});
    }

    #[test]
    fn a_body_that_does_not_fit_names_the_member() {
        let invalid = |attr: &str, detail: &str| ApiError::InvalidMember {
            attr: Some(attr.to_owned()).filter(|attr| !attr.is_empty()),
            detail: detail.into(),
        };
        for (body, expected) in [
            ("{}", ApiError::RequiredMember { attr: "name".into() }),
            (r#"{"name":"a","inner":{}}"#, ApiError::RequiredMember { attr: "inner.size".into() }),
            (r#"{"name":7}"#, invalid("name", "invalid type: integer `7`, expected a string")),
            (r#"{"name":"a","sizes":[1,300]}"#, invalid("sizes[1]", "invalid value: integer `300`, expected u8")),
            ("[\"a\"]", invalid("", "Invalid data. Expected a dictionary, but got list.")),
            ("null", invalid("", "Invalid data. Expected a dictionary, but got NoneType.")),
        ] {
            assert_eq!(members::<Thing>(body.as_bytes()).unwrap_err(), expected, "{body}");
        }
        for broken in ["{", "{\"name\":\"a\"} x", "{\"name\":\"\u{1}\"}", "tru", "[1,"] {
            let error = members::<Thing>(broken.as_bytes()).unwrap_err();
            assert!(matches!(error, ApiError::Unparseable { .. }), "{broken}: {error:?}");
        }
        assert!(matches!(members::<Thing>(b"{\"name\":\"\xff\"}"), Err(ApiError::Unparseable { .. })));
    }

    #[test]
    fn null_is_told_from_nothing() {
        #[derive(Deserialize)]
        struct Change {
            #[serde(default, deserialize_with = "given")]
            end: Option<Option<u8>>,
        }
        let end = |body: &str| members::<Change>(body.as_bytes()).unwrap().end;
        assert_eq!((end("{}"), end(r#"{"end":null}"#), end(r#"{"end":3}"#)), (None, Some(None), Some(Some(3))));
    }

    async fn params(query: &str) -> Result<Inner, ApiError> {
        let (mut parts, ()) = http::Request::get(format!("/x?{query}")).body(()).unwrap().into_parts();
        Params::from_request_parts(&mut parts, &()).await.map(|Params(inner)| inner)
    }

    #[tokio::test]
    async fn a_query_that_does_not_fit_names_the_parameter() {
        assert_eq!(params("size=7&other=%ff").await, Ok(Inner { size: 7 }));
        assert_eq!(params("").await, Err(ApiError::RequiredMember { attr: "size".into() }));
        let error = params("size=many").await.unwrap_err();
        assert!(matches!(&error, ApiError::InvalidMember { attr: Some(attr), .. } if attr == "size"), "{error:?}");
    }
}
