//! Refusals: what was sent and not taken, and why.
//!
//! Whoever turns something away notes it here, by a reason that [`reason`] has words for; the settings of a project show it.
//! Beside that stands which SDKs sent something that was taken, and when: who looks for what is missing asks that first.
//!
//! ## Invariants
//!
//! 1. **Nothing personal**: a reason, counts, times, name and version of an SDK, the host of a page, and of a token that is
//!    nobody's its first letters. No body, no address, no id.
//! 2. **Bounded**, whatever is sent: by projects, reasons, and [`counts`]' own limit on names that others make up.
//! 3. **Nobody waits for it.** What answers a request changes a number in memory; [`kept`] writes it down once a minute. A
//!    crash costs a minute of counts. They are for people, and no part of any promise.

mod counts;
mod kept;
mod reason;
mod routes;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cassette_recording::ProjectId;
use cassette_store::documents::INSTALLATION;
use http::{HeaderMap, header};

use self::counts::Counts;
pub use self::counts::Example;
pub(crate) use self::kept::Keeper;
pub use self::reason::Outcome;
pub(crate) use self::routes::routes;

/// A day.
const DAY_MS: i64 = 24 * 3_600_000;

/// Days that are told; one more is kept, since the first of them began within a day.
const TOLD_DAYS: i64 = 7;

/// Letters of the name of an SDK or of a host.
const NAME_BYTES: usize = 60;

/// What was not taken, and what was. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Refusals(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What this process counted, by project and day since the epoch.
    own: HashMap<(ProjectId, i64), Counts>,
    /// What earlier ones did, and left in the bucket.
    earlier: HashMap<(ProjectId, i64), Counts>,
    /// What of its own is not written yet; true: something was refused, which is written soon.
    unwritten: HashMap<(ProjectId, i64), bool>,
}

impl Refusals {
    /// Something for a project of ours was not taken.
    pub fn note(&self, project: ProjectId, outcome: Outcome, reason: &str, at: i64, count: u64, example: Example) {
        let mut state = self.lock();
        state.counts(project, at).refuse(outcome, reason, at, count, example.bounded());
        state.unwritten.insert((project, at.div_euclid(DAY_MS)), true);
    }

    /// A request that names no project of ours was not taken. `token`: what it named instead.
    pub(crate) fn note_stranger(&self, reason: &str, token: Option<&str>, at: i64, example: Example) {
        let example = example.bounded();
        {
            let mut state = self.lock();
            if let Some(token) = token {
                state.counts(INSTALLATION, at).token(&masked(token), at, example.clone());
            }
        }
        self.note(INSTALLATION, Outcome::Refused, reason, at, 1, example);
    }

    /// An item of this SDK was taken.
    pub(crate) fn took(&self, project: ProjectId, sdk: Option<&str>, at: i64) {
        let mut state = self.lock();
        // Nearly always it is a name that is known, which need not be looked through again.
        let name = sdk.filter(|name| is_name(name)).unwrap_or("unknown");
        state.counts(project, at).take(name, at);
        state.unwritten.entry((project, at.div_euclid(DAY_MS))).or_insert(false);
    }

    /// All that is known of a project, of the days that are told.
    fn of_project(&self, project: ProjectId, now: i64) -> Counts {
        let state = self.lock();
        let first = now.div_euclid(DAY_MS) - TOLD_DAYS;
        let mut told = Counts::default();
        // In the order of days, so that the same things always come in the same order.
        let own: BTreeMap<_, _> = state.own.iter().filter(|((of, _), _)| *of == project).collect();
        let earlier: BTreeMap<_, _> = state.earlier.iter().filter(|((of, _), _)| *of == project).collect();
        for ((_, day), counts) in earlier.into_iter().chain(own) {
            if *day >= first {
                told.merge(counts);
            }
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What panics half-way leaves a count that is off by one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn counts(&mut self, project: ProjectId, at: i64) -> &mut Counts {
        self.own.entry((project, at.div_euclid(DAY_MS))).or_default()
    }

    /// Lets go of days that are not told any more.
    fn forget_before(&mut self, day: i64) {
        self.own.retain(|(_, of), _| *of >= day);
        self.earlier.retain(|(_, of), _| *of >= day);
        self.unwritten.retain(|(_, of), _| *of >= day);
    }

    /// Takes what is to be written; with `all`, also that which only tells what was taken.
    fn take_unwritten(&mut self, all: bool) -> Vec<((ProjectId, i64), Counts)> {
        let wanted: HashSet<_> =
            self.unwritten.iter().filter(|(_, refused)| all || **refused).map(|(key, _)| *key).collect();
        self.unwritten.retain(|key, _| !wanted.contains(key));
        wanted.into_iter().filter_map(|key| Some((key, self.own.get(&key)?.clone()))).collect()
    }
}

impl Example {
    /// Of a request: what its headers say of the page.
    pub(crate) fn of_request(headers: &HeaderMap, sdk: Option<&str>) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let page = text(header::ORIGIN).filter(|origin| *origin != "null").or_else(|| text(header::REFERER));
        Self::of_page(page, sdk)
    }

    /// Of something that came from a page of this address.
    pub(crate) fn of_page(url: Option<&str>, sdk: Option<&str>) -> Self {
        Self { sdk: sdk.map(str::to_owned), host: url.and_then(host).map(str::to_owned) }
    }

    /// Without what is no name: others write these.
    fn bounded(self) -> Self {
        let name = |text: Option<String>| text.filter(|text| is_name(text));
        Self { sdk: name(self.sdk), host: name(self.host) }
    }
}

/// The host in an address, with its port; nothing of what stands before or behind it.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    (!host.is_empty()).then_some(host)
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b" .-_:+/@[]".contains(&byte);
    (1..=NAME_BYTES).contains(&text.len()) && text.bytes().all(fits)
}

/// A token as it may be shown: enough to know one's own again, too little to use.
fn masked(token: &str) -> String {
    let known = ["phc_", "phx_"].into_iter().find(|prefix| token.starts_with(prefix)).unwrap_or_default();
    let shown = known.len() + if known == "phx_" { 0 } else { 4 };
    let letters = token.chars().take(shown).filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_');
    format!("{}…", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId(1);
    const NOW: i64 = 1_795_245_310_102;

    fn example(host: &str) -> Example {
        Example::of_page(Some(host), Some("web 1.449.2"))
    }

    #[test]
    fn a_project_is_told_of_its_own_refusals_of_seven_days() {
        let refusals = Refusals::default();
        let page = "https://shop.example:8443/a?secret=1";
        refusals.note(PROJECT, Outcome::SetAside, "not_json", NOW, 2, example(page));
        refusals.note(ProjectId(2), Outcome::SetAside, "not_json", NOW, 1, Example::default());
        refusals.note(PROJECT, Outcome::SetAside, "not_json", NOW - 9 * DAY_MS, 7, Example::default());
        refusals.took(PROJECT, Some("web 1.449.2"), NOW);
        refusals.took(PROJECT, None, NOW);
        let told = refusals.of_project(PROJECT, NOW);
        assert_eq!(told.refused.len(), 1);
        let tally = &told.refused[0].tally;
        assert_eq!(tally.since(0), 2);
        assert_eq!(tally.example.host.as_deref(), Some("shop.example:8443"));
        assert_eq!(told.sdks.keys().collect::<Vec<_>>(), ["unknown", "web 1.449.2"]);
    }

    #[test]
    fn of_a_strange_token_no_more_is_kept_than_its_beginning() {
        let refusals = Refusals::default();
        for token in ["phc_abcdefghijkl", "phx_abcdefghijkl", "a\u{0}<b>cdef", ""] {
            refusals.note_stranger("unknown_token", Some(token), NOW, Example::default());
        }
        let told = refusals.of_project(INSTALLATION, NOW);
        assert_eq!(told.tokens.keys().collect::<Vec<_>>(), ["ab…", "phc_abcd…", "phx_…", "…"]);
        assert_eq!(told.refused[0].tally.since(0), 4);
    }

    #[test]
    fn what_is_no_name_is_not_kept() {
        let long = "x".repeat(NAME_BYTES + 1);
        for url in ["no address", "https://", "https://<b>/", "https://a b\u{7f}", &format!("https://{long}/")] {
            let refusals = Refusals::default();
            refusals.note(PROJECT, Outcome::Refused, "no_token", NOW, 1, Example::of_page(Some(url), Some(&long)));
            assert_eq!(refusals.of_project(PROJECT, NOW).refused[0].tally.example, Example::default(), "{url}");
        }
        assert_eq!(host("https://ann:secret@shop.example/x"), Some("shop.example"));
    }
}
