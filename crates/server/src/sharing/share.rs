//! What is shared, how, and for how long: the document of a share, read.
//!
//! ## Invariants
//!
//! 1. One share for each recording and collection, under an id that follows from it: sharing again changes it.
//! 2. A retired token has a document of its own, by which it is found while it still opens; the share lists it too. What
//!    the two disagree about does not open.
//! 3. Passwords and retired links are members of their own, so that two changes at once lose neither.

use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::Document;
use cassette_store::documents::{DocumentError, id_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pass::{Pass, link_of};

/// Members of passwords begin so; the id follows.
pub(super) const PASSWORD: &str = "password-";

/// Members of retired links begin so; the link follows. The value is the time until which it opens.
pub(super) const RETIRED: &str = "retired-";

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Recording(RecordingId),
    Collection(String),
}

impl Target {
    /// As documents name it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Recording(session) => format!("recording:{session}"),
            Self::Collection(id) => format!("collection:{id}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("recording", session) => session.parse().ok().map(Self::Recording),
            ("collection", id) => Some(Self::Collection(id.to_owned())),
            _ => None,
        }
    }

    /// As lines of the audit name it.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Recording(session) => session.to_string(),
            Self::Collection(_) => self.text(),
        }
    }

    /// The id of its share.
    pub(super) fn share(&self) -> String {
        id_of(&[&self.text()])
    }
}

/// A password, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptPassword {
    #[serde(default)]
    pub(super) id: u32,
    pub(super) hash: String,
    #[serde(default)]
    pub(super) note: String,
    pub(super) created_at: i64,
    #[serde(default)]
    pub(super) created_by: Option<String>,
}

/// A share.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(super) project: ProjectId,
    pub(super) id: String,
    pub(super) created_at: i64,
    pub(super) target: Target,
    pub(super) body: Body,
    pub(super) passwords: Vec<KeptPassword>,
    /// Links that were replaced, and until when they open.
    pub(super) retired: Vec<(String, i64)>,
}

/// Members of a share's document.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Body {
    target: String,
    pub(super) token: String,
    #[serde(default)]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    #[serde(default)]
    pub(super) password_required: bool,
    pub(super) expires_at: Option<i64>,
    pub(super) max_views: Option<u64>,
    pub(super) starts_at: Option<i64>,
    pub(super) ends_at: Option<i64>,
    #[serde(default)]
    pub(super) allowed_origins: Vec<String>,
}

impl Share {
    /// None: the document is that of a retired token.
    pub(super) fn read(document: &Document) -> Result<Option<Self>, DocumentError> {
        if document.body.contains_key("share") {
            return Ok(None);
        }
        let body: Body = document.read()?;
        let Some(target) = Target::read(&body.target) else { return Ok(None) };
        let mut passwords = Vec::new();
        let mut retired = Vec::new();
        for (member, value) in &document.body {
            if let Some(id) = member.strip_prefix(PASSWORD) {
                let password = serde_json::from_value::<KeptPassword>(value.clone());
                if let (Ok(password), Ok(id)) = (password, id.parse()) {
                    passwords.push(KeptPassword { id, ..password });
                }
            }
            if let (Some(link), Some(until)) = (member.strip_prefix(RETIRED), value.as_i64()) {
                retired.push((link.to_owned(), until));
            }
        }
        passwords.sort_by_key(|password| (password.created_at, password.id));
        let (project, id, created_at) = (document.project, document.id.clone(), document.created_at);
        Ok(Some(Self { project, id, created_at, target, body, passwords, retired }))
    }

    /// Whether the link opens anything at this time.
    pub(super) fn is_open(&self, now: i64) -> bool {
        self.body.enabled && self.body.expires_at.is_none_or(|end| now < end)
    }

    /// Until when the link of this name opens it; none: not any more, or never did.
    pub(super) fn link_opens_until(&self, link: &str) -> Option<i64> {
        if link_of(&self.body.token) == link {
            return Some(i64::MAX);
        }
        self.retired.iter().find(|(retired, _)| retired == link).map(|&(_, until)| until)
    }

    /// Whether a pass that was given out for it still opens it.
    pub(super) fn honours(&self, pass: &Pass, now: i64) -> bool {
        let by_password = match pass.password {
            0 => !self.body.password_required,
            id => self.passwords.iter().any(|password| password.id == id),
        };
        self.is_open(now) && by_password && self.link_opens_until(&pass.link).is_some_and(|until| now < until)
    }

    /// Which part of a recording is shown, in milliseconds since its start.
    pub(super) fn shown(&self) -> Shown {
        Shown { from: self.body.starts_at.unwrap_or(i64::MIN), to: self.body.ends_at.unwrap_or(i64::MAX) }
    }
}

/// The part of a recording that is shown, both ends included, in milliseconds since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Shown {
    /// Where the time of a viewer begins, in milliseconds since the start of the recording.
    pub(super) fn zero(self) -> i64 {
        self.from.max(0)
    }

    /// The part in the time of the viewer.
    pub(super) fn for_viewer(self) -> std::ops::RangeInclusive<i64> {
        let zero = self.zero();
        self.from.saturating_sub(zero)..=self.to.saturating_sub(zero)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn share(body: Value) -> Option<Share> {
        let document = Document {
            project: ProjectId(1),
            kind: "shares".into(),
            id: "a".into(),
            parent: None,
            lookup: None,
            created_at: 5,
            changed_at: 5,
            changes: 1,
            body: body.as_object().unwrap().clone(),
        };
        Share::read(&document).unwrap()
    }

    fn pass(link: &str, password: u32) -> Pass {
        let (project, share) = (ProjectId(1), "a".to_owned());
        Pass { project, share, link: link_of(link), password, view: 1, expires_at: i64::MAX }
    }

    #[test]
    fn a_share_is_open_until_it_is_closed_or_runs_out() {
        let open = |body| share(body).unwrap().is_open(100);
        assert!(open(json!({"target": "recording:s", "token": "t", "enabled": true})));
        assert!(open(json!({"target": "recording:s", "token": "t", "enabled": true, "expires_at": 101})));
        assert!(!open(json!({"target": "recording:s", "token": "t", "enabled": true, "expires_at": 100})));
        assert!(!open(json!({"target": "recording:s", "token": "t", "enabled": false})));
    }

    #[test]
    fn a_pass_ends_with_its_link_and_its_password() {
        let hash = json!({"hash": "h", "created_at": 1});
        let retired = format!("{RETIRED}{}", link_of("old"));
        let made = share(json!({
            "target": "recording:s", "token": "new", "enabled": true, "password_required": true,
            "password-7": hash, retired: 50
        }));
        let made = made.unwrap();
        assert!(made.honours(&pass("new", 7), 0));
        assert!(!made.honours(&pass("new", 8), 0), "its password was taken back");
        assert!(!made.honours(&pass("new", 0), 0), "it needs a password now");
        assert!(made.honours(&pass("old", 7), 49) && !made.honours(&pass("old", 7), 50), "its link is retired");
        assert!(!made.honours(&pass("other", 7), 0));
    }

    #[test]
    fn a_retired_token_is_no_share() {
        assert!(share(json!({"target": "recording:s", "token": "old", "share": "a", "until": 5})).is_none());
    }

    #[test]
    fn the_time_of_a_viewer_begins_where_the_part_does() {
        let part = Shown { from: 1000, to: 5000 };
        assert_eq!((part.zero(), part.for_viewer()), (1000, 0..=4000));
        let whole = Shown { from: i64::MIN, to: i64::MAX };
        assert_eq!((whole.zero(), whole.for_viewer()), (0, i64::MIN..=i64::MAX));
    }
}
