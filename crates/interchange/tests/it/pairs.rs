//! Every pair of forms that can carry a recording: out, in, out in the other, in again, equal.

use std::path::PathBuf;

use cassette_interchange::write::{Writing, write};
use cassette_interchange::{Compression, Form, Format, LeftOut};
use proptest::prelude::*;

use super::files::{Event, Imported, import, import_as};
use super::foreign::{Given, WINDOWS, events};

/// What is left of a recording behind a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Carried {
    /// The events, in their order.
    Events,
    /// The events and their windows, the session, and who was seen.
    Windows,
    /// Every byte.
    All,
}

fn carried(format: Format) -> Option<Carried> {
    match format {
        Format::NdjsonZst | Format::Ndjson | Format::Protobuf => Some(Carried::All),
        Format::PosthogJson => Some(Carried::Windows),
        Format::Rrweb => Some(Carried::Events),
        Format::Html => None,
    }
}

/// Every form that can be read again.
fn forms() -> impl Iterator<Item = (Form, Carried)> {
    Format::ALL.into_iter().filter_map(|format| Some((format, carried(format)?))).flat_map(|(format, carried)| {
        let wrappings: &[Option<Compression>] = match format {
            Format::NdjsonZst => &[None],
            _ => &[None, Some(Compression::Gzip), Some(Compression::Zstd)],
        };
        wrappings.iter().map(move |&compression| (Form { format, compression }, carried))
    })
}

fn exported(stored: &[u8], form: Form) -> (Vec<u8>, Vec<LeftOut>) {
    let mut out = Vec::new();
    let written = write(stored, &Writing { form, well_formed: false, page: None }, &mut out).unwrap();
    (out, written.left_out)
}

fn texts(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.json.as_str()).collect()
}

fn assert_carried(first: &Imported, last: &Imported, carried: Carried, way: &str) {
    assert_eq!(texts(&first.events()), texts(&last.events()), "{way}");
    if carried >= Carried::Windows {
        assert_eq!(first.events(), last.events(), "{way}");
        let (was, is) = (&first.read_in.meta, &last.read_in.meta);
        assert_eq!((&was.session_id, &was.counts, &was.windows), (&is.session_id, &is.counts, &is.windows), "{way}");
        assert_eq!(was.distinct_ids, is.distinct_ids, "{way}");
    }
    if carried == Carried::All {
        assert_eq!(first.ndjson(), last.ndjson(), "{way}");
    }
}

fn through_every_pair(first: &Imported, least: Carried) {
    let forms = || forms().filter(|(_, carried)| *carried >= least);
    for (one, carried_by_one) in forms() {
        let (out, _) = exported(&first.stored, one);
        let between = import(&out);
        assert_carried(first, &between, carried_by_one, &format!("{one:?}"));
        for (other, carried_by_other) in forms().filter(|(other, _)| other.compression.is_none()) {
            let (out, _) = exported(&between.stored, other);
            let last = import(&out);
            assert_carried(first, &last, carried_by_one.min(carried_by_other), &format!("{one:?}, {other:?}"));
        }
    }
}

fn lines_of(given: &[Given]) -> String {
    let line = |event: &Given| format!("[{},{}]\n", serde_json::to_string(WINDOWS[event.window]).unwrap(), event.json);
    given.iter().map(line).collect()
}

#[test]
fn the_examples_and_the_fixtures_survive_every_pair_of_forms() {
    let exports = ["posthog-2022-12-02.json", "posthog-2023-04-28-number-window.json", "posthog-snapshots.jsonl"];
    let recordings = ["visit.ndjson", "visit.ndjson.zst", "recompressed.ndjson.zst"];
    let bytes = |path: String| {
        std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(path)).unwrap()
    };
    let paths = exports.map(|name| format!("exports/{name}")).into_iter();
    for path in paths.chain(recordings.map(|name| format!("recordings/v1/{name}"))) {
        through_every_pair(&import(&bytes(path)), Carried::Events);
    }
    // Their events are dated on another clock than their lines, or lack what makes an event: only our own forms carry that.
    for name in ["many-blocks.ndjson.zst", "unknown-types.ndjson", "without-lines.ndjson.zst"] {
        through_every_pair(&import(&bytes(format!("recordings/v1/{name}"))), Carried::All);
    }
}

#[test]
fn a_recording_that_was_imported_is_met_again_whatever_form_it_comes_in() {
    let first = import(include_bytes!("../../../../fixtures/exports/posthog-2023-04-28-text-window.json"));
    let (out, _) = exported(&first.stored, Format::PosthogJson.plain());
    assert!(import(&out).stored == first.stored, "the same bytes are expected");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_events_with_times_survive_every_pair_of_forms(given in events()) {
        let given: Vec<Given> = given.into_iter().filter(|event| event.timestamp.is_some()).collect();
        prop_assume!(!given.is_empty());
        through_every_pair(&import(lines_of(&given).as_bytes()), Carried::Events);
    }

    #[test]
    fn events_without_times_survive_where_everything_does(given in events()) {
        let first = import(lines_of(&given).as_bytes());
        for (form, carried) in forms().filter(|(_, carried)| *carried == Carried::All) {
            assert_carried(&first, &import(&exported(&first.stored, form).0), carried, &format!("{form:?}"));
        }
        let (out, left_out) = exported(&first.stored, Format::PosthogJson.plain());
        let back = import_as(&out, |_| {}).unwrap();
        let replaced: u64 = left_out.iter().filter(|left| left.what == "timestamps replaced").map(|left| left.count).sum();
        let (before, after) = (first.events(), back.events());
        let differ = before.iter().zip(&after).filter(|(before, after)| before.json != after.json).count() as u64;
        prop_assert_eq!(before.len(), after.len());
        prop_assert_eq!(differ, replaced);
    }
}
