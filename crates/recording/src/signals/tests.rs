//! Made-up visits: in each the trouble that was planted is found once, and none is found where there is none.

use proptest::prelude::*;

use super::*;
use crate::event::{EventFacts, EventKind};

const BUTTON: i64 = 10;
const IN_LINK: i64 = 12;
const FIELD: i64 = 13;
const CANVAS: i64 = 14;
const DIV: i64 = 15;
const BODY: i64 = 3;

/// What the recorder saw of one window, by time.
#[derive(Clone)]
struct Visit {
    window: &'static str,
    lines: Vec<(i64, String)>,
}

fn interaction(kind: u8, node: i64, x: f64, y: f64) -> String {
    format!(r#"{{"type":3,"data":{{"source":2,"type":{kind},"id":{node},"x":{x},"y":{y}}},"timestamp":1}}"#)
}

fn source(source: u8) -> String {
    format!(r#"{{"type":3,"data":{{"source":{source},"adds":[],"ranges":[],"id":1}},"timestamp":1}}"#)
}

impl Visit {
    /// Begins on a page that was loaded two seconds before.
    fn begin() -> Self {
        Self { window: "w", lines: Vec::new() }.page(-2000, "https://shop.example/")
    }

    fn event(mut self, at: i64, event: &str) -> Self {
        let facts = EventFacts::read(event).unwrap();
        let (line_type, name) = match facts.kind {
            EventKind::FullSnapshot => ("full_snapshot", String::new()),
            EventKind::Mutation => ("mutation", String::new()),
            EventKind::Named(name) => ("event", format!(r#","name":"{}""#, name.as_str())),
        };
        let href = facts.href.map(|href| format!(r#","href":"{href}""#)).unwrap_or_default();
        let level = facts.console.map(|level| format!(r#","level":"{}""#, level.as_str())).unwrap_or_default();
        let window = self.window;
        self.lines.push((
            at,
            format!(
                r#"{{"type":"{line_type}","seq":0,"timestamp":{at},"window_id":"{window}"{name}{href}{level},"event":{event}}}"#
            ),
        ));
        self
    }

    fn page(self, at: i64, href: &str) -> Self {
        let node = |id: i64, tag: &str, attributes: &str, below: &str| {
            format!(r#"{{"type":2,"tagName":"{tag}","attributes":{{{attributes}}},"childNodes":[{below}],"id":{id}}}"#)
        };
        let link = node(11, "a", r#""href":"https://else.example/x""#, &node(IN_LINK, "span", "", ""));
        let below = [
            node(BUTTON, "button", "", ""),
            link,
            node(FIELD, "input", r#""type":"text""#, ""),
            node(CANVAS, "canvas", "", ""),
            node(DIV, "div", "", ""),
        ];
        let page = node(2, "html", "", &node(BODY, "body", "", &below.join(",")));
        self.event(at, &format!(r#"{{"type":4,"data":{{"href":"{href}"}},"timestamp":1}}"#)).event(
            at,
            &format!(r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[{page}],"id":1}}}},"timestamp":1}}"#),
        )
    }

    /// A page without a load.
    fn shows(self, at: i64, href: &str) -> Self {
        self.event(at, &format!(r#"{{"type":5,"data":{{"tag":"$url_changed","payload":{{"href":"{href}"}}}}}}"#))
    }

    fn click_at(self, at: i64, node: i64, x: f64, y: f64) -> Self {
        self.event(at - 80, &interaction(1, node, x, y))
            .event(at - 2, &interaction(0, node, x, y))
            .event(at, &interaction(2, node, x, y))
    }

    fn click(self, at: i64, node: i64) -> Self {
        self.click_at(at, node, 100.0, 50.0)
    }

    fn clicks(self, at: impl IntoIterator<Item = i64>, node: i64) -> Self {
        at.into_iter().fold(self, |visit, at| visit.click(at, node))
    }

    fn touch(self, from: i64, to: i64, node: i64, y: f64) -> Self {
        self.event(from, &interaction(7, node, 100.0, 50.0)).event(to, &interaction(9, node, 100.0, y))
    }

    fn mutations(self, at: impl IntoIterator<Item = i64>) -> Self {
        at.into_iter().fold(self, |visit, at| visit.event(at, &source(0)))
    }

    fn drawings(self, at: impl IntoIterator<Item = i64>) -> Self {
        at.into_iter().fold(self, |visit, at| visit.event(at, &source(9)))
    }

    fn scroll(self, at: i64) -> Self {
        self.event(at, &source(3))
    }

    fn input(self, at: i64) -> Self {
        self.event(at, &source(5))
    }

    fn selection(self, at: i64) -> Self {
        self.event(at, &source(14))
    }

    fn custom(self, at: i64, tag: &str) -> Self {
        self.event(at, &format!(r#"{{"type":5,"data":{{"tag":"{tag}","payload":{{}}}}}}"#))
    }

    fn console(self, at: i64, level: &str) -> Self {
        self.event(
            at,
            &format!(
                r#"{{"type":6,"data":{{"plugin":"rrweb/console@1","payload":{{"level":"{level}","payload":[]}}}}}}"#
            ),
        )
    }

    fn captured(mut self, at: i64, name: &str) -> Self {
        let window = self.window;
        self.lines.push((
            at,
            format!(
                r#"{{"type":"captured","seq":0,"timestamp":{at},"window_id":"{window}","name":"{name}","captured":{{}}}}"#
            ),
        ));
        self
    }

    /// The mouse goes between two places, with a position each `step`.
    fn shake(self, from: i64, turns: i64, step: i64, swing: f64, node: i64) -> Self {
        (0..=turns).fold(self, |visit, turn| {
            let x = if turn % 2 == 0 { 200.0 } else { 200.0 + swing };
            visit.event(
                from + turn * step,
                &format!(
                    r#"{{"type":3,"data":{{"source":1,"positions":[{{"x":{x},"y":300,"id":{node},"timeOffset":-20}}]}},"timestamp":1}}"#
                ),
            )
        })
    }

    /// The window goes on.
    fn alive(self, at: i64) -> Self {
        self.shake(at, 0, 0, 0.0, BODY)
    }

    fn found(&self) -> Signals {
        found_in(std::slice::from_ref(self))
    }

    fn told(&self) -> Vec<(SignalKind, i64, Option<i64>)> {
        let found = self.found();
        let counted: u64 = SignalKind::ALL.into_iter().map(|kind| found.counts.of(kind)).sum();
        assert_eq!(counted, found.moments.len() as u64);
        found.moments.into_iter().map(|signal| (signal.kind, signal.timestamp, signal.node)).collect()
    }
}

/// The lines of all windows by time, each window's in their order.
fn found_in(visits: &[Visit]) -> Signals {
    let mut lines: Vec<&(i64, String)> = visits.iter().flat_map(|visit| &visit.lines).collect();
    lines.sort_by_key(|(at, _)| *at);
    let mut finder = SignalFinder::default();
    for (_, line) in lines {
        finder.add(&ParsedLine::parse(line).unwrap());
    }
    finder.finish()
}

use SignalKind::{DeadClick, ErrorClick, QuickBack, RageClick, ThrashingMouse};

#[test]
fn a_button_that_does_nothing_is_dead_once_and_hit_in_rage_once() {
    let visit = Visit::begin().clicks([1000, 1300, 1650, 2600], BUTTON).alive(9000);
    assert_eq!(visit.told(), [(1000, RageClick), (1000, DeadClick)].map(|(at, kind)| (kind, at, Some(BUTTON))));
    let first = &visit.found().moments[0];
    assert_eq!((first.window_id.as_str(), first.x, first.y), ("w", Some(100), Some(50)));
}

/// What is told of a visit: the kind, when, and the node.
type Told = Vec<(SignalKind, i64, Option<i64>)>;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn planted_trouble_is_found_and_nothing_else() {
    let go = Visit::begin;
    let back = |visit: Visit| visit.page(2000, "https://shop.example/b").page(6900, "https://shop.example/");
    let table: [(&str, Visit, Told); 24] = [
        ("a dead click", go().click(0, DIV).alive(2600), vec![(DeadClick, 0, Some(DIV))]),
        (
            "two dead clicks apart",
            go().clicks([0, 1500], DIV).alive(9000),
            vec![(DeadClick, 0, Some(DIV)), (DeadClick, 1500, Some(DIV))],
        ),
        ("an answer that is late", go().click(0, BUTTON).mutations([2500]), vec![(DeadClick, 0, Some(BUTTON))]),
        (
            "a scroll of the visitor's",
            go().click(0, BUTTON).scroll(100).alive(3000),
            vec![(DeadClick, 0, Some(BUTTON))],
        ),
        ("a tap", go().touch(0, 90, BUTTON, 52.0).alive(3000), vec![(DeadClick, 90, Some(BUTTON))]),
        (
            "a tap and its click",
            go().touch(0, 90, BUTTON, 50.0).click(400, BUTTON).alive(3000),
            vec![(DeadClick, 90, Some(BUTTON))],
        ),
        (
            "taps in rage",
            go().touch(0, 50, BUTTON, 50.0).touch(300, 350, BUTTON, 50.0).touch(600, 650, BUTTON, 50.0).alive(5000),
            vec![(RageClick, 50, Some(BUTTON)), (DeadClick, 50, Some(BUTTON))],
        ),
        (
            "rage although the first was answered",
            go().clicks([0, 400, 800], BUTTON).mutations([100]).alive(5000),
            vec![(RageClick, 0, Some(BUTTON)), (DeadClick, 400, Some(BUTTON))],
        ),
        (
            "rage on a link that leads nowhere soon",
            go().clicks([0, 300, 600], IN_LINK).alive(5000),
            vec![(RageClick, 0, Some(IN_LINK))],
        ),
        (
            "rage at the end of the recording is judged, a last click is not",
            go().clicks([0, 300, 600], BUTTON),
            vec![(RageClick, 0, Some(BUTTON))],
        ),
        (
            "an error of the console",
            go().click(0, BUTTON).mutations([10]).console(1999, "error"),
            vec![(ErrorClick, 0, Some(BUTTON))],
        ),
        (
            "an exception and its console line",
            go().click(0, BUTTON)
                .mutations([10])
                .console(500, "error")
                .captured(501, "$exception")
                .console(900, "error"),
            vec![(ErrorClick, 0, Some(BUTTON))],
        ),
        (
            "an error at once, before the button came up",
            go().click(0, BUTTON).mutations([10]).console(-40, "error"),
            vec![(ErrorClick, 0, Some(BUTTON))],
        ),
        ("a quick back", back(go().click(1500, IN_LINK)), vec![(QuickBack, 2000, Some(IN_LINK))]),
        (
            "two quick backs to one page",
            back(go().click(1500, IN_LINK))
                .click(7500, IN_LINK)
                .mutations([7600])
                .page(8000, "https://shop.example/c")
                .page(9000, "https://shop.example/"),
            vec![(QuickBack, 2000, Some(IN_LINK)), (QuickBack, 8000, Some(IN_LINK))],
        ),
        (
            "a quick back by the browser where only the query differs",
            go().shows(-100, "https://shop.example/?p=1")
                .click(0, IN_LINK)
                .shows(50, "https://shop.example/?p=2")
                .shows(900, "https://shop.example/?p=1"),
            vec![(QuickBack, 50, Some(IN_LINK))],
        ),
        (
            "a mouse that is shaken, once",
            go().shake(1000, 30, 150, 120.0, DIV),
            vec![(ThrashingMouse, 1280, Some(DIV))],
        ),
        (
            "two shakings",
            go().shake(1000, 11, 100, 80.0, DIV).shake(9000, 11, 100, 80.0, DIV),
            vec![(ThrashingMouse, 1180, Some(DIV)), (ThrashingMouse, 8980, Some(DIV))],
        ),
        (
            "what only the SDK noticed",
            go().captured(500, "$rageclick").captured(4000, "$dead_click"),
            vec![(RageClick, 500, None), (DeadClick, 4000, None)],
        ),
        (
            "what the SDK noticed too",
            go().clicks([0, 300, 600], BUTTON)
                .captured(600, "$rageclick")
                .captured(0, "$dead_click")
                .alive(9000)
                .captured(300, "$dead_click"),
            vec![(RageClick, 0, Some(BUTTON)), (DeadClick, 0, Some(BUTTON))],
        ),
        (
            "what only the SDK noticed of our clicks",
            go().clicks([0, 300, 600], BUTTON).mutations([10, 310, 610]).captured(602, "$rageclick").alive(9000),
            vec![(RageClick, 602, Some(BUTTON))],
        ),
        (
            "what the SDK says twice",
            go().captured(500, "$rageclick").captured(900, "$rageclick"),
            vec![(RageClick, 500, None)],
        ),
        (
            "a dead click beside an animation",
            go().drawings((-2000..8000).step_by(250)).click(0, BUTTON).alive(9000),
            vec![(DeadClick, 0, Some(BUTTON))],
        ),
        (
            "a recorder that tells of clicks only",
            go().event(0, &interaction(2, DIV, 5.0, 5.0)).alive(3000),
            vec![(DeadClick, 0, Some(DIV))],
        ),
    ];
    for (name, visit, expected) in table {
        assert_eq!(visit.told(), expected, "{name}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn ordinary_use_is_no_trouble() {
    let go = Visit::begin;
    let shop = "https://shop.example/";
    let table: [(&str, Visit); 35] = [
        ("a slow double click", go().clicks([0, 900], BUTTON).mutations([20, 950])),
        ("three slow clicks", go().clicks([0, 1000, 2000], BUTTON).mutations([20, 1020, 2020])),
        (
            "three clicks on three places",
            (0_i32..3)
                .fold(go(), |v, n| v.click_at(i64::from(n) * 300, BUTTON, f64::from(30 * n) + 1.0, 1.0))
                .mutations([900]),
        ),
        ("a click that leads to a page", go().click(0, IN_LINK).page(1200, "https://shop.example/b")),
        ("a click that leads to a slow page", go().click(0, BUTTON).page(8000, "https://shop.example/b")),
        ("a click that opens a tab", go().click(0, BUTTON).custom(300, "window hidden").alive(60_000)),
        (
            "a carousel",
            go().clicks([0, 400, 800, 1200, 1600], BUTTON).mutations([30, 430, 830, 1230, 1630]).alive(9000),
        ),
        (
            "a stepper beside the caret",
            (0..6).fold(go(), |v, n| v.click(n * 250, BUTTON).input(n * 250 + 5)).alive(9000),
        ),
        (
            "a button that scrolls at once",
            go().clicks([0, 500, 900], BUTTON).scroll(20).scroll(520).scroll(920).alive(9000),
        ),
        (
            "three clicks that select a paragraph",
            go().clicks([0, 150, 300], DIV).selection(80).selection(230).alive(9000),
        ),
        ("a tool that draws", go().clicks([0, 300, 600], BUTTON).drawings([20, 320, 620]).alive(9000)),
        (
            "tools that draw, one after the other",
            (0_i32..6)
                .fold(go(), |v, n| {
                    v.click_at(i64::from(n) * 500, BUTTON, 90.0 * f64::from(n) + 1.0, 9.0)
                        .drawings([i64::from(n) * 500 + 20])
                })
                .alive(9000),
        ),
        ("a click into a field", go().click(0, FIELD).alive(9000)),
        ("three clicks into a field", go().clicks([0, 150, 300], FIELD).alive(9000)),
        ("a click on a link that leads elsewhere", go().click(0, IN_LINK).alive(9000)),
        ("clicks in a game", go().clicks([0, 100, 200, 300], CANVAS).alive(9000)),
        ("a click beside everything", go().click(0, BODY).alive(9000)),
        (
            "a drag",
            go().event(0, &interaction(1, DIV, 10.0, 10.0))
                .event(900, &interaction(0, DIV, 90.0, 10.0))
                .event(901, &interaction(2, DIV, 90.0, 10.0))
                .alive(9000),
        ),
        (
            "a slider",
            go().event(0, &interaction(1, DIV, 10.0, 10.0))
                .input(100)
                .input(200)
                .event(900, &interaction(2, DIV, 12.0, 10.0))
                .alive(9000),
        ),
        ("a menu that opens when the button goes down", go().mutations([-70]).click(0, BUTTON).alive(9000)),
        ("a click from the keyboard", go().event(0, &interaction(2, BUTTON, 0.0, 0.0)).alive(9000)),
        (
            "clicks of a script",
            go().click(0, BUTTON).mutations([10]).event(2000, &interaction(2, DIV, 7.0, 7.0)).alive(9000),
        ),
        (
            "a label and its box, twice",
            go().click(0, DIV)
                .event(0, &interaction(2, BUTTON, 100.0, 50.0))
                .input(1)
                .click(300, DIV)
                .event(300, &interaction(2, BUTTON, 100.0, 50.0))
                .input(301),
        ),
        (
            "the other button",
            go().event(0, &interaction(1, DIV, 9.0, 9.0)).event(5, &interaction(3, DIV, 9.0, 9.0)).alive(9000),
        ),
        ("a swipe", go().touch(0, 200, DIV, 200.0).alive(9000)),
        ("a long press", go().touch(0, 501, DIV, 50.0).alive(9000)),
        (
            "a pinch",
            go().event(0, &interaction(7, DIV, 10.0, 10.0))
                .event(5, &interaction(7, DIV, 90.0, 90.0))
                .event(90, &interaction(9, DIV, 90.0, 90.0))
                .alive(9000),
        ),
        ("a click before the recording ends", go().click(0, BUTTON).alive(2400)),
        ("an error long after a click", go().click(0, BUTTON).mutations([10]).console(2000, "error")),
        ("an error before a click", go().console(-200, "error").click(0, BUTTON).mutations([10])),
        ("a warning after a click", go().click(0, BUTTON).mutations([10]).console(100, "warn")),
        ("a look that took its time", go().click(0, IN_LINK).page(500, "https://shop.example/b").page(5500, shop)),
        ("a way there and back without a click", go().page(500, "https://shop.example/login").page(1500, shop)),
        (
            "a filter that is switched on and off",
            go().click(0, BUTTON).shows(50, "https://shop.example/?red=1").click(900, BUTTON).shows(950, shop),
        ),
        (
            "a mouse that trembles or is moved on",
            go().shake(0, 40, 50, 49.0, DIV).shake(9000, 9, 100, 300.0, DIV).shake(20_000, 20, 230, 300.0, DIV),
        ),
    ];
    for (name, visit) in table {
        assert_eq!(visit.told(), [], "{name}");
    }
}

#[test]
fn more_that_is_no_trouble() {
    let go = Visit::begin;
    let shop = "https://shop.example/";
    let held = go().event(0, &interaction(1, DIV, 1.0, 1.0)).shake(100, 20, 100, 200.0, DIV);
    assert_eq!(held.told(), [], "drawing with a button held");
    assert_eq!(go().shake(0, 20, 100, 200.0, CANVAS).told(), [], "a game");
    let typed = go().click(0, BUTTON).input(100).shows(150, "https://shop.example/?q=a").shows(900, shop);
    assert_eq!(typed.told(), [], "a search while typing");
    let hash = go().click(0, IN_LINK).shows(50, "https://shop.example/#top").shows(900, shop);
    assert_eq!(hash.alive(9000).told(), [], "a place in the page is no page");
    let unseen = Visit { window: "w", lines: Vec::new() }.click(0, DIV).alive(9000);
    assert_eq!(unseen.told(), [], "a page that was never seen is not judged");
}

#[test]
fn the_earliest_moments_are_kept_and_all_are_counted() {
    let times = (0..800).map(|number| number * 3000);
    let visit = Visit::begin().clicks(times, DIV).alive(3_000_000);
    let found = visit.found();
    assert_eq!((found.counts.dead_clicks, found.moments.len()), (800, limits::SIGNALS_PER_RECORDING));
    assert_eq!(found.moments.last().unwrap().timestamp, 499 * 3000);
}

#[test]
fn names_survive_their_text() {
    for kind in SignalKind::ALL {
        assert_eq!(SignalKind::from_name(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
    }
}

#[test]
fn what_is_damaged_or_odd_harms_nothing() {
    let mut finder = SignalFinder::default();
    for window in 0..1100 {
        for line in [
            format!(
                r#"{{"type":"event","timestamp":9223372036854775807,"window_id":"w{window}","name":"click","event":{{"type":3,"data":{{"source":2,"type":2,"id":"x","x":1e300,"y":-1}}}}}}"#
            ),
            format!(
                r#"{{"type":"event","timestamp":-9223372036854775808,"window_id":"w{window}","name":"mouse_move","event":{{"type":3,"data":{{"positions":[5,{{"x":1}},{{"x":1,"y":2,"timeOffset":-1e300}}]}}}}}}"#
            ),
            format!(r#"{{"type":"full_snapshot","timestamp":0,"window_id":"w{window}","event":{{"data":5}}}}"#),
            format!(
                r#"{{"type":"mutation","timestamp":9223372036854775807,"window_id":"w{window}","event":{{"data":{{"adds":[{{"node":7}}]}}}}}}"#
            ),
            format!(
                r#"{{"type":"event","timestamp":7,"window_id":"w{window}","name":"custom","event":{{"data":{{"tag":7}}}}}}"#
            ),
        ] {
            finder.add(&ParsedLine::parse(&line).unwrap());
        }
    }
    assert!(finder.windows.len() <= limits::IDS_PER_RECORDING);
    assert_eq!(finder.finish().counts, SignalCounts::default());
}

/// Something that happens in a window after a while.
fn deeds() -> impl Strategy<Value = Vec<(u8, i64)>> {
    prop::collection::vec((0_u8..9, 1_i64..1500), 0..40)
}

fn visit(window: &'static str, deeds: &[(u8, i64)]) -> Visit {
    let mut at = 0;
    let begun = Visit { window, lines: Vec::new() }.page(-2000, "https://shop.example/");
    deeds.iter().fold(begun, |visit, (deed, after)| {
        at += after + 100;
        match deed {
            0 | 1 => visit.click(at, BUTTON),
            2 => visit.clicks([at, at + 150, at + 300], DIV),
            3 => visit.mutations([at]),
            4 => visit.console(at, "error"),
            5 => visit.captured(at, "$rageclick"),
            6 => visit.shows(at, "https://shop.example/b"),
            7 => visit.shows(at, "https://shop.example/"),
            _ => visit.shake(at, 11, 90, 100.0, DIV),
        }
    })
}

proptest! {
    #[test]
    fn windows_are_apart(one in deeds(), two in deeds()) {
        let (mut one, mut two) = (visit("w1", &one), visit("w2", &two));
        // A window's own lines come in the order of their times.
        one.lines.sort_by_key(|(at, _)| *at);
        two.lines.sort_by_key(|(at, _)| *at);
        let together = found_in(&[one.clone(), two.clone()]);
        prop_assert_eq!(&together, &found_in(&[two.clone(), one.clone()]));
        let mut apart = [one.found().moments, two.found().moments].concat();
        apart.sort();
        prop_assert_eq!(together.moments, apart);
        for kind in SignalKind::ALL {
            prop_assert_eq!(together.counts.of(kind), one.found().counts.of(kind) + two.found().counts.of(kind));
        }
    }
}
