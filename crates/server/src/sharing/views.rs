//! Openings of links: how many there were, and how often one may open.
//!
//! An opening is a line of the audit. They are counted once for each share and process, and then on: on several nodes,
//! each would know those of the others only from its start.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cassette_recording::ProjectId;
use cassette_store::catalog::{CatalogError, Document, DocumentQuery};
use cassette_store::documents::{Documents, kinds};

use super::share::Share;
use crate::api_error::ApiError;

/// From one network, of one link, in a minute.
const A_MINUTE: u32 = 60;

/// Networks and links that are remembered for that.
const REMEMBERED: usize = 50_000;

/// Counts openings.
#[derive(Debug, Default)]
pub(super) struct Views {
    counts: Mutex<HashMap<(ProjectId, String), u64>>,
    minutes: Mutex<HashMap<String, (i64, u32)>>,
}

/// The lines of the openings of a share, the latest first.
pub(super) async fn lines(documents: &Documents, share: &Share) -> Result<Vec<Document>, CatalogError> {
    let query = DocumentQuery {
        project: Some(share.project),
        parent: Some(share.target.subject()),
        newest_first: true,
        ..DocumentQuery::all(kinds::AUDIT.name)
    };
    let mut lines = documents.list(query).await?;
    let user = user(share);
    lines.retain(|line| line.body.get("user").and_then(|user| user.as_str()) == Some(&user));
    Ok(lines)
}

/// Whom the audit names for those who came by a link.
pub(super) fn user(share: &Share) -> String {
    format!("share:{}", share.id)
}

impl Views {
    /// How many there were.
    pub(super) async fn count(&self, documents: &Documents, share: &Share) -> Result<u64, CatalogError> {
        let key = (share.project, share.id.clone());
        if let Some(&count) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(count);
        }
        let count = lines(documents, share).await?.len() as u64;
        Ok(*self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(count))
    }

    /// One more. False: there were as many as may be.
    pub(super) async fn take(&self, documents: &Documents, share: &Share) -> Result<bool, CatalogError> {
        self.count(documents, share).await?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((share.project, share.id.clone())).or_default();
        if share.body.max_views.is_some_and(|most| *count >= most) {
            return Ok(false);
        }
        *count += 1;
        Ok(true)
    }

    /// One that was taken did not come about.
    pub(super) fn give_back(&self, share: &Share) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&(share.project, share.id.clone())) {
            *count = count.saturating_sub(1);
        }
    }

    /// Each opening is an object for ever, so one visitor may not make any number of them.
    pub(super) fn allow(&self, visitor: &str, share: &Share, now: i64) -> Result<(), ApiError> {
        let minute = now.div_euclid(60_000);
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        if minutes.len() >= REMEMBERED {
            minutes.retain(|_, (seen, _)| *seen == minute);
        }
        let (seen, count) = minutes.entry(format!("{}/{}/{visitor}", share.project, share.id)).or_insert((minute, 0));
        if *seen != minute {
            (*seen, *count) = (minute, 0);
        }
        *count += 1;
        match *count > A_MINUTE {
            true => Err(ApiError::Throttled { retry_after_seconds: 60 }),
            false => Ok(()),
        }
    }
}
