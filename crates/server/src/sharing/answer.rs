//! A share as its owners see it: PostHog's object, with what is ours.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::iso;

use super::share::{KeptPassword, Share};

/// How something is shared.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Sharing)]
pub(super) struct Answer {
    created_at: Option<String>,
    enabled: bool,
    /// The link is `/shared/` or `/embedded/` and this; `null` until something was set for the first time.
    access_token: Option<String>,
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    password_required: bool,
    share_passwords: Vec<PasswordAnswer>,
    expires_at: Option<String>,
    max_views: Option<u64>,
    /// How often the link was opened.
    views: u64,
    /// Milliseconds since the start of the recording.
    starts_at: Option<i64>,
    /// Milliseconds since the start of the recording.
    ends_at: Option<i64>,
    allowed_origins: Vec<String>,
}

/// A password, without what would open anything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharePassword)]
pub(super) struct PasswordAnswer {
    id: u32,
    created_at: Option<String>,
    note: String,
    created_by_email: Option<String>,
    is_active: bool,
}

/// A new password: the only answer that shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewSharePassword)]
pub(super) struct NewPassword {
    #[serde(flatten)]
    about: PasswordAnswer,
    /// Is not shown again.
    password: String,
}

impl Answer {
    pub(super) fn of(share: &Share, views: u64) -> Self {
        let body = share.body.clone();
        Self {
            created_at: iso(share.created_at),
            enabled: body.enabled,
            access_token: Some(body.token),
            settings: body.settings,
            password_required: body.password_required,
            share_passwords: share.passwords.iter().map(PasswordAnswer::of).collect(),
            expires_at: body.expires_at.and_then(iso),
            max_views: body.max_views,
            views,
            starts_at: body.starts_at,
            ends_at: body.ends_at,
            allowed_origins: body.allowed_origins,
        }
    }
}

impl PasswordAnswer {
    fn of(password: &KeptPassword) -> Self {
        Self {
            id: password.id,
            created_at: iso(password.created_at),
            note: password.note.clone(),
            created_by_email: password.created_by.clone(),
            is_active: true,
        }
    }
}

impl NewPassword {
    pub(super) fn of(about: &KeptPassword, password: String) -> Self {
        Self { about: PasswordAnswer::of(about), password }
    }
}
