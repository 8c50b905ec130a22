//! What may be asked of comments, and what is wrong with it.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::comment::Comment;
use crate::api::given;
use crate::api_error::ApiError;
use crate::auth::Caller;
use crate::author::Author;

/// Characters of a comment.
const CONTENT: usize = 20_000;

/// Bytes of the free objects, as JSON.
const OBJECT_BYTES: usize = 100_000;

/// The scopes of comments on recordings: PostHog writes both.
const SCOPES: [&str; 2] = ["recording", "Replay"];

/// What a comment is made of or changed to. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ChangeComment)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    content: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Option<Value>>,
    /// `recording`. Chosen once.
    pub(super) scope: Option<String>,
    /// The recording. Chosen once.
    pub(super) item_id: Option<String>,
    /// Free, such as `{"time_in_recording": "2026-11-21T07:15:10Z"}`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    item_context: Option<Option<Map<String, Value>>>,
    /// The comment that it answers. Chosen once.
    pub(super) source_comment: Option<String>,
    deleted: Option<bool>,
    is_task: Option<bool>,
    /// Of a task: that it is done. Not PostHog's.
    completed: Option<bool>,
}

fn invalid(attr: &'static str, detail: impl Into<String>) -> ApiError {
    ApiError::Invalid { attr, detail: detail.into() }
}

impl Asked {
    /// The scope and the item of a new comment.
    pub(super) fn about(&self) -> Result<(String, String), ApiError> {
        let scope = self.scope.clone().ok_or(ApiError::Required { attr: "scope" })?;
        if !SCOPES.contains(&scope.as_str()) {
            return Err(invalid("scope", format!("Expected recording or Replay, got {scope:?}.")));
        }
        let item = self.item_id.clone().ok_or(ApiError::Required { attr: "item_id" })?;
        Ok((scope, item))
    }

    /// The members of a new comment's document.
    pub(super) fn new_members(self, caller: &Caller, now: i64) -> Result<Map<String, Value>, ApiError> {
        let (scope, item_id) = self.about()?;
        if self.content.as_ref().is_none_or(|content| content.as_deref().unwrap_or_default().trim().is_empty())
            && !matches!(&self.rich_content, Some(Some(_)))
        {
            return Err(ApiError::Required { attr: "content" });
        }
        let source_comment = self.source_comment.clone();
        let mut members = self.checked(caller, now)?;
        members.insert("scope".into(), scope.into());
        members.insert("item_id".into(), item_id.into());
        members.insert("created_by".into(), json!(Author::of(caller)));
        if let Some(source) = source_comment {
            members.insert("source_comment".into(), source.into());
        }
        Ok(members)
    }

    /// The members of a comment's document that change.
    pub(super) fn changed_members(
        self,
        of: &Comment,
        caller: &Caller,
        now: i64,
    ) -> Result<Map<String, Value>, ApiError> {
        let chosen = [
            ("scope", &self.scope, Some(&of.scope)),
            ("item_id", &self.item_id, Some(&of.item_id)),
            ("source_comment", &self.source_comment, of.source_comment.as_ref()),
        ];
        for (attr, asked, there) in chosen {
            if asked.is_some() && asked.as_ref() != there {
                return Err(invalid(attr, "Expected what it was made with: it cannot be changed."));
            }
        }
        self.checked(caller, now)
    }

    fn checked(self, caller: &Caller, now: i64) -> Result<Map<String, Value>, ApiError> {
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if let Some(content) = self.content {
            let count = content.as_deref().unwrap_or_default().chars().count();
            if count > CONTENT {
                return Err(invalid("content", format!("Expected at most {CONTENT} characters, got {count}.")));
            }
            set("content", content.into());
        }
        let context = self.item_context.map(|context| context.map(Value::Object));
        for (attr, object) in [("rich_content", self.rich_content), ("item_context", context)] {
            let Some(object) = object else { continue };
            let bytes = object.as_ref().map_or(0, |object| object.to_string().len());
            if bytes > OBJECT_BYTES {
                return Err(invalid(attr, format!("Expected at most {OBJECT_BYTES} bytes, got {bytes}.")));
            }
            set(attr, object.into());
        }
        for (name, flag) in [("deleted", self.deleted), ("is_task", self.is_task)] {
            if let Some(flag) = flag {
                set(name, flag.into());
            }
        }
        match self.completed {
            Some(true) => {
                set("completed_at", now.into());
                set("completed_by", json!(Author::of(caller)));
            }
            Some(false) => {
                set("completed_at", Value::Null);
                set("completed_by", Value::Null);
            }
            None => {}
        }
        Ok(members)
    }
}

/// Which comments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `recording` or `Replay`.
    scope: Option<String>,
    /// Of this recording.
    pub(super) item_id: Option<String>,
    /// Part of the text.
    search: Option<String>,
    /// Answers to this comment.
    source_comment: Option<String>,
    /// The id or the email of who wrote them.
    created_by: Option<String>,
}

impl Which {
    /// All of a recording.
    pub(super) fn of_item(item_id: String) -> Self {
        Self { item_id: Some(item_id), ..Self::default() }
    }

    pub(super) fn holds(&self, comment: &Comment) -> bool {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let content = || comment.content.as_deref().unwrap_or_default().to_lowercase();
        !comment.deleted
            && given(&self.scope).is_none_or(|scope| comment.scope.eq_ignore_ascii_case(&scope))
            && given(&self.item_id).is_none_or(|item| comment.item_id == item)
            && given(&self.search).is_none_or(|search| content().contains(&search.to_lowercase()))
            && given(&self.source_comment).is_none_or(|source| comment.source_comment.as_ref() == Some(&source))
            && given(&self.created_by).is_none_or(|name| comment.created_by.is_named(&name))
    }
}
