//! Who made or changed something, as answers name them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Caller;

/// A user, as far as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct Author {
    /// Of the user; `admin` for the administrator, who needs no account.
    pub id: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub first_name: String,
}

impl Author {
    pub(crate) fn of(caller: &Caller) -> Self {
        let name = caller.email.as_deref().and_then(|email| email.split('@').next()).unwrap_or(&caller.user);
        Self { id: caller.user.clone(), email: caller.email.clone(), first_name: name.to_owned() }
    }

    pub(crate) fn is(&self, caller: &Caller) -> bool {
        self.id == caller.user
    }

    /// Whether a query means this one.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        self.id == text || self.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(text))
    }
}
