//! Links that open one recording, or one collection, to whoever has them.
//!
//! ## Invariants
//!
//! 1. A link reaches what it was made for and nothing else: who comes by it is a [`viewer::Viewer`], never a caller, and
//!    is answered by handlers of its own.
//! 2. What leaves is what an offline file would show ([`cassette_interchange::write::for_others`]), in the time that is
//!    shown, and four facts. No person, no list, no captured event.
//! 3. Nothing is remembered of an open link but what its pass says: each request looks at the share again, so what is
//!    taken back is refused from the next request on. Pages ask several times a second and end themselves.
//! 4. Each opening leaves one line in the audit before it is answered. Openings are counted, not requests.
//! 5. Tokens, passes, passwords and paths with them are in no log, and no answer but the owner's.
//! 6. Guesses of tokens and passwords are counted and have to wait ([`crate::throttle`]).

mod accesses;
mod answer;
mod change;
mod data;
mod open;
mod pages;
mod pass;
mod routes;
mod share;
mod viewer;
mod views;
mod visitor;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cassette_recording::ProjectId;
use cassette_store::documents::{Documents, id_of, kinds};
use serde_json::{Map, Value, json};

pub(crate) use pages::routes as pages;
pub(crate) use routes::routes;
pub(crate) use viewer::answer_viewers;

use self::pass::{Passes, link_of};
use self::share::{RETIRED, Share, Target};
use self::views::Views;
use crate::api_error::ApiError;
use crate::audit::{Audit, Watches};
use crate::throttle::Guesses;

/// How long a token opens after another took its place: long enough for a page that is being loaded, and for telling.
const GRACE_MS: i64 = 5 * 60 * 1000;

/// Wrong tokens of one network that cost nothing: people paste links badly.
const FREE_TOKENS: u32 = 10;

/// Wrong passwords of one network for one link that cost nothing.
const FREE_PASSWORDS: u32 = 5;

/// Wrong passwords for one link from everywhere that cost nothing.
const FREE_EVERYWHERE: u32 = 50;

/// What the links need.
#[derive(Debug)]
pub(crate) struct Sharing {
    documents: Documents,
    audit: Arc<Audit>,
    passes: Passes,
    tokens: Guesses,
    passwords: Guesses,
    everywhere: Guesses,
    views: Views,
    watches: Watches,
}

impl Sharing {
    /// `secret` signs passes.
    pub(crate) fn new(documents: Documents, audit: Arc<Audit>, secret: [u8; 32]) -> Self {
        Self {
            documents,
            audit,
            passes: Passes::new(secret),
            tokens: Guesses::new(FREE_TOKENS),
            passwords: Guesses::new(FREE_PASSWORDS),
            everywhere: Guesses::new(FREE_EVERYWHERE),
            views: Views::default(),
            watches: Watches::default(),
        }
    }

    /// The share of a recording or collection. None: it never had one.
    async fn of_target(&self, project: ProjectId, target: &Target) -> Result<Option<Share>, ApiError> {
        self.by_id(project, &target.share()).await
    }

    async fn by_id(&self, project: ProjectId, id: &str) -> Result<Option<Share>, ApiError> {
        let document = self.documents.get(&kinds::SHARES, project, id).await?;
        Ok(document.as_ref().map(Share::read).transpose()?.flatten())
    }

    /// The share that a token opens now, and the name of the link.
    async fn by_token(&self, token: &str, now: i64) -> Result<Option<(Share, String)>, ApiError> {
        if !looks_like_a_token(token) {
            return Ok(None);
        }
        let Some(document) = self.documents.find(&kinds::SHARES, token).await? else { return Ok(None) };
        let share = match document.body.get("share").and_then(Value::as_str) {
            Some(id) => self.by_id(document.project, id).await?,
            None => Share::read(&document)?,
        };
        let link = link_of(token);
        let opens =
            |share: &Share| share.is_open(now) && share.link_opens_until(&link).is_some_and(|until| now < until);
        Ok(share.filter(opens).map(|share| (share, link)))
    }

    /// The same, for somebody at this address. Wrong tokens are counted, and after some of them have to wait.
    async fn of_token(&self, token: &str, address: &str, now: i64) -> Result<Option<(Share, String)>, ApiError> {
        self.tokens.may(address, now)?;
        let found = self.by_token(token, now).await?;
        if found.is_none() {
            metrics::counter!("cassette_share_guesses_total", "outcome" => "no_link").increment(1);
            self.tokens.allow(address, now)?;
        }
        Ok(found)
    }

    /// Changes a share, which is made if there is none.
    async fn change(
        &self,
        project: ProjectId,
        target: &Target,
        mut change: Map<String, Value>,
        now: i64,
    ) -> Result<Share, ApiError> {
        if self.of_target(project, target).await?.is_none() {
            change.insert("target".into(), target.text().into());
            change.insert("token".into(), new_token().into());
        }
        let document = self.documents.change(&kinds::SHARES, project, &target.share(), &change, now).await?;
        Share::read(&document)?.ok_or(ApiError::Internal)
    }

    /// Gives a share another token. The one before opens for [`GRACE_MS`] more.
    async fn refresh(&self, share: &Share, now: i64) -> Result<Share, ApiError> {
        let until = now + GRACE_MS;
        let (old, target) = (&share.body.token, share.target.text());
        let retired = json!({"target": target, "token": old, "share": share.id, "until": until});
        self.documents.change(&kinds::SHARES, share.project, &retired_id(&link_of(old)), &retired, now).await?;
        let mut change = Map::new();
        change.insert("token".into(), new_token().into());
        change.insert(format!("{RETIRED}{}", link_of(old)), until.into());
        for (link, _) in share.retired.iter().filter(|(_, until)| *until <= now) {
            change.insert(format!("{RETIRED}{link}"), Value::Null);
            self.documents.erase(&kinds::SHARES, share.project, &retired_id(link)).await?;
        }
        self.change(share.project, &share.target, change, now).await
    }
}

/// 22 random bytes, which no guess will find.
fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(crate::random::bytes::<22>())
}

fn looks_like_a_token(text: &str) -> bool {
    text.len() == 30 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn retired_id(link: &str) -> String {
    id_of(&["retired", link])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_form_and_differ() {
        let (one, two) = (new_token(), new_token());
        assert!(looks_like_a_token(&one) && looks_like_a_token(&two));
        assert_ne!(one, two);
        for other in ["", "phx_testtesttesttesttesttesttesttest", "../../../../../../../../../../"] {
            assert!(!looks_like_a_token(other), "{other}");
        }
    }
}
