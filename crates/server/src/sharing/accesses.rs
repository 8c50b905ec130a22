//! Who came by a link: the lines of the audit, as the owner of the link sees them.

use cassette_store::catalog::Document;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::iso;

/// One opening of a link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShareAccess)]
pub(super) struct Access {
    time: Option<String>,
    /// The network: an address without what tells one household from another.
    address: Option<String>,
    /// The family of the browser.
    user_agent: Option<String>,
    /// The site that the link was opened from, as the browser said.
    referrer_origin: Option<String>,
    /// The password that opened it.
    password_id: Option<u64>,
}

impl Access {
    pub(super) fn of(line: &Document) -> Self {
        let detail = line.body.get("detail");
        let text = |member: &str| Some(detail?.get(member)?.as_str()?.to_owned());
        Self {
            time: iso(line.created_at),
            address: text("address"),
            user_agent: text("user_agent"),
            referrer_origin: text("referrer_origin"),
            password_id: detail.and_then(|detail| detail.get("password")?.as_u64()),
        }
    }
}
