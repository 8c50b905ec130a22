//! Quick backs: a click led to a page, and the visitor was back at once.

use super::presses::Press;
use super::{Out, SignalKind, between};
use crate::limits;

/// How long a visit is at which it is a look at the wrong page: shorter than this.
const QUICK_MS: i64 = 5000;
/// Within which time a click can be what led to a page: slow servers take seconds.
const LED_MS: i64 = 10_000;

/// The page that a window shows, and the one before.
#[derive(Debug, Default)]
pub(super) struct Pages {
    before: Option<String>,
    shown: Option<Visit>,
    /// When something was typed or ticked last.
    input: Option<i64>,
}

#[derive(Debug)]
struct Visit {
    page: String,
    since: i64,
    /// What led there.
    by: Option<Press>,
}

impl Pages {
    pub(super) fn input(&mut self, at: i64) {
        self.input = Some(at);
    }

    /// The window shows a page; `last` is the last press in it.
    pub(super) fn shows(&mut self, href: &str, at: i64, last: Option<&Press>, out: &mut Out<'_>) {
        let page = page_of(href);
        if self.shown.as_ref().is_some_and(|visit| visit.page == page) {
            return;
        }
        let typed_since = |time: i64| self.input.is_some_and(|input| input >= time);
        let by = last.copied().filter(|press| between(press.at, at) <= LED_MS && !typed_since(press.at));
        let mut is_back = false;
        if let Some(visit) = &self.shown {
            // A filter that is switched on and off again is no visit: where only the query differs, the visitor must have come
            // back without a click in the page.
            let pressed_there = last.is_some_and(|press| press.at >= visit.since);
            is_back = self.before.as_deref() == Some(page)
                && between(visit.since, at) < QUICK_MS
                && !typed_since(visit.since)
                && (path_of(&visit.page) != path_of(page) || !pressed_there);
            if let Some(by) = visit.by.as_ref().filter(|_| is_back) {
                out.tell(SignalKind::QuickBack, visit.since, Some(by));
            }
        }
        let by = by.filter(|press| self.shown.as_ref().is_none_or(|visit| press.at >= visit.since));
        let visit = Visit { page: page.to_owned(), since: at, by };
        // Coming back is not the beginning of another such visit.
        self.before = self.shown.replace(visit).map(|visit| visit.page).filter(|_| !is_back);
    }
}

/// What names a page: its address up to the fragment, unless that is where the address of the page stands (`#/cart`).
fn page_of(href: &str) -> &str {
    let page = match href.split_once('#') {
        Some((_, fragment)) if fragment.starts_with(['/', '!']) => href,
        Some((page, _)) => page,
        None => href,
    };
    &page[..page.floor_char_boundary(limits::URL_BYTES)]
}

fn path_of(page: &str) -> &str {
    page.split_once('?').map_or(page, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_names_a_page_only_where_a_path_stands_in_it() {
        assert_eq!(page_of("https://a/b?c=1#part"), "https://a/b?c=1");
        assert_eq!(page_of("https://a/b#/cart"), "https://a/b#/cart");
        assert_eq!(page_of("https://a/b"), "https://a/b");
        assert_eq!(path_of("https://a/b?c=1"), "https://a/b");
    }
}
