//! Opening a link: the one way to a pass, counted and written down.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::data::{self, Facts};
use super::pass::{LIFE_MS, Pass};
use super::share::{Share, Target};
use super::views;
use super::visitor::Visitor;
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::Password;
use crate::collections;

/// What somebody brings who opens a link.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// The token of the link.
    pub(super) token: String,
    pub(super) password: Option<String>,
    /// A pass that an earlier opening gave: stands for the password that was given then.
    pub(super) earlier: Option<String>,
    /// The site around the page, as the page says. The request itself comes from the page.
    pub(super) referrer: Option<String>,
}

/// Why a link does not open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no such link, or not any more.
    Gone,
    /// It wants a password and there was none.
    NeedsPassword,
    /// The password is none of its.
    WrongPassword,
    /// Anything else.
    Because(ApiError),
}

impl<E: Into<ApiError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Because(error.into())
    }
}

/// A link that was opened.
#[derive(Debug, Serialize)]
pub(super) struct Opened {
    /// To be sent as Bearer with what follows.
    #[serde(rename = "shareToken")]
    pub(super) pass: String,
    r#type: &'static str,
    project_id: u32,
    /// Of a collection.
    name: Option<String>,
    /// One, or those of the collection.
    recordings: Vec<Facts>,
    settings: Map<String, Value>,
    /// How long the pass is good, in seconds.
    #[serde(skip)]
    pub(super) seconds: i64,
    /// A password opened it.
    #[serde(skip)]
    pub(super) by_password: bool,
}

/// The share of a token that opens something now; wrong ones are counted.
pub(super) async fn find(app: &App, token: &str, visitor: &Visitor) -> Result<(Share, String), Refused> {
    app.sharing.of_token(token, &visitor.address, app.clock.now()).await?.ok_or(Refused::Gone)
}

/// Whether the link may be opened once more.
pub(super) async fn has_views_left(app: &App, share: &Share) -> Result<bool, Refused> {
    let Some(most) = share.body.max_views else { return Ok(true) };
    Ok(app.sharing.views.count(&app.documents, share).await? < most)
}

/// Opens a link.
pub(super) async fn open(app: &App, visitor: &Visitor, brought: Brought) -> Result<Opened, Refused> {
    let (sharing, now) = (&app.sharing, app.clock.now());
    let (share, link) = find(app, &brought.token, visitor).await?;
    let until = now + LIFE_MS;
    let (password, expires_at) = match share.body.password_required {
        false => (0, until),
        true => by_password(app, &share, visitor, &brought, until).await?,
    };
    let (name, recordings) = contents(app, &share).await?;
    sharing.views.allow(&visitor.address, &share, now)?;
    if !sharing.views.take(&app.documents, &share).await? {
        return Err(Refused::Gone);
    }
    let view = u64::from_le_bytes(crate::random::bytes());
    let referrer = brought.referrer.or_else(|| visitor.referrer.clone());
    let detail = json!({
        "view": format!("{view:016x}"), "address": visitor.shortened(), "user_agent": visitor.agent,
        "referrer_origin": referrer, "password": (password != 0).then_some(password),
    });
    let (subject, user) = (share.target.subject(), views::user(&share));
    if let Err(error) = sharing.audit.seen_by_link(share.project, &subject, &user, detail, now).await {
        sharing.views.give_back(&share);
        return Err(error.into());
    }
    let pass = Pass { project: share.project, share: share.id.clone(), link, password, view, expires_at };
    Ok(Opened {
        pass: sharing.passes.write(&pass),
        r#type: match share.target {
            Target::Recording(_) => "recording",
            Target::Collection(_) => "collection",
        },
        project_id: share.project.0,
        name,
        recordings,
        settings: share.body.settings,
        seconds: (expires_at - now) / 1000,
        by_password: password != 0,
    })
}

/// Which password opens it, and until when.
async fn by_password(
    app: &App,
    share: &Share,
    visitor: &Visitor,
    brought: &Brought,
    until: i64,
) -> Result<(u32, i64), Refused> {
    let (sharing, now) = (&app.sharing, app.clock.now());
    let Some(given) = &brought.password else {
        let earlier = match &brought.earlier {
            Some(earlier) => sharing.of_pass(earlier, now).await?,
            None => None,
        };
        // It does not last longer for being shown again.
        let same = earlier.filter(|(of, _)| of.id == share.id && of.project == share.project);
        return same.map(|(_, pass)| (pass.password, pass.expires_at)).ok_or(Refused::NeedsPassword);
    };
    let here = format!("{}/{}", share.id, visitor.address);
    sharing.passwords.allow(&here, now)?;
    sharing.everywhere.allow(&share.id, now)?;
    let Some(id) = whose(share, given).await else {
        metrics::counter!("cassette_share_guesses_total", "outcome" => "wrong_password").increment(1);
        sharing.passwords.failed(&here, now);
        sharing.everywhere.failed(&share.id, now);
        return Err(Refused::WrongPassword);
    };
    sharing.passwords.succeeded(&here);
    sharing.everywhere.excused(&share.id);
    Ok((id, until))
}

/// The password of the share that this is.
async fn whose(share: &Share, given: &str) -> Option<u32> {
    for password in &share.passwords {
        if Password::given(given).matches(Some(password.hash.clone())).await {
            return Some(password.id);
        }
    }
    None
}

/// Whether what is shared was not deleted since.
pub(super) async fn is_there(app: &App, share: &Share) -> Result<bool, ApiError> {
    Ok(match &share.target {
        Target::Recording(session) => app.catalog.recording(share.project, session).await?.is_some(),
        Target::Collection(id) => collections::name(app, share.project, id).await?.is_some(),
    })
}

/// The name of a collection, and what is known of the recordings. Those that were deleted since fall out.
async fn contents(app: &App, share: &Share) -> Result<(Option<String>, Vec<Facts>), Refused> {
    let four = |session| data::four(app, share.project, session, share.shown());
    match &share.target {
        Target::Recording(session) => match four(session).await {
            Ok(facts) => Ok((None, vec![facts])),
            Err(ApiError::NotFound) => Err(Refused::Gone),
            Err(error) => Err(error.into()),
        },
        Target::Collection(id) => {
            let name = collections::name(app, share.project, id).await?.ok_or(Refused::Gone)?;
            let mut recordings = Vec::new();
            for session in collections::sessions(app, share.project, id).await? {
                match data::four(app, share.project, &session, share.shown()).await {
                    Ok(facts) => recordings.push(facts),
                    Err(ApiError::NotFound) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok((Some(name), recordings))
        }
    }
}
