//! Any sequence of events survives every foreign form.

use cassette_recording::json;
use proptest::prelude::*;

use super::files::{Event, NOW, event, gzip, import, zst};
use super::rrweb::packed;

/// An event as it stands in a file, and its timestamp, if that can be used.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) window: usize,
    pub(crate) json: String,
    pub(crate) timestamp: Option<f64>,
}

pub(crate) const WINDOWS: [&str; 3] = ["w1", "0198f1c2-5e55-7000-8000-000000000001", "a \"b\" é"];

/// Strings, half emojis among them.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~éß🦔]{0,6}".prop_map(|text| {
            let mut out = Vec::new();
            json::write_string(&mut out, &text);
            String::from_utf8(out[1..out.len() - 1].to_vec()).unwrap()
        }),
        1 => Just("\\ud83d".to_owned()),
        1 => Just("\\uDD94\\n\\/".to_owned()),
        1 => Just("\u{2028}\u{85}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..3).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        string(),
        any::<i32>().prop_map(|number| number.to_string()),
        Just("123456789012345678901234567890".to_owned()),
        Just("-0.1e-7".to_owned()),
        Just("1e400".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ]
}

fn tree() -> impl Strategy<Value = String> {
    let space = prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n"), 1 => Just("\r\n\t")];
    let key = prop_oneof![
        Just("a"),
        Just("source"),
        Just("type"),
        Just("href"),
        Just("payload"),
        Just("tag"),
        Just("\\u0061")
    ];
    let branches = scalar().prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..4), space.clone())
                .prop_map(|(values, space)| format!("[{space}{}]", values.join(&format!("{space},")))),
            (proptest::collection::vec((key.clone(), inner), 0..4), space.clone()).prop_map(|(members, space)| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("\"{key}\"{space}:{value}{space}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    let deep = (1..200_usize).prop_map(|depth| format!("{}{}", "[{\"a\":".repeat(depth) + "1", "}]".repeat(depth)));
    prop_oneof![8 => branches, 1 => deep]
}

fn timestamp() -> impl Strategy<Value = (String, Option<f64>)> {
    let usable = |base: f64| {
        move |text: f64| {
            let number = base + text;
            (number.to_string(), Some(number))
        }
    };
    prop_oneof![
        6 => (0..20_u32).prop_map(f64::from).prop_map(usable(1_795_245_310_000.0)),
        2 => (0..80_u32).prop_map(|quarters| f64::from(quarters) / 4.0).prop_map(usable(1_795_245_310_000.0)),
        1 => (0..20_u32).prop_map(|ago| -f64::from(ago) / 2.0).prop_map(usable(0.0)),
        1 => Just(("\"soon\"".to_owned(), None)),
        1 => Just(("1e300".to_owned(), None)),
        1 => Just((String::new(), None)),
    ]
}

fn given() -> impl Strategy<Value = Given> {
    let rrweb_type = prop_oneof![
        6 => (0..8_u8).prop_map(|number| format!("\"type\":{number}")),
        1 => Just("\"type\":99".to_owned()),
        1 => Just("\"type\":\"odd\"".to_owned()),
    ];
    (0..3_usize, rrweb_type, tree(), timestamp(), proptest::option::of(tree())).prop_map(
        |(window, rrweb_type, data, (text, timestamp), more)| {
            let mut members = vec![rrweb_type, format!("\"data\":{data}")];
            if !text.is_empty() {
                members.push(format!("\"timestamp\":{text}"));
            }
            members.extend(more.map(|more| format!("\"more\" : {more}")));
            Given { window, json: format!("{{{}}}", members.join(",")), timestamp }
        },
    )
}

pub(crate) fn events() -> impl Strategy<Value = Vec<Given>> {
    proptest::collection::vec(given(), 1..12)
}

/// What is expected of events given in this order, with these windows' names.
fn expected(given: &[Given], names: &[&str]) -> Vec<Event> {
    let usable: Vec<Option<i64>> = given.iter().map(|event| event.timestamp.map(|time| time.floor() as i64)).collect();
    let mut events = Vec::new();
    for (at, one) in given.iter().enumerate() {
        let same_window = |other: &usize| names[given[*other].window] == names[one.window];
        let before = (0..=at).rev().filter(same_window).find_map(|other| usable[other]);
        let after = || (at..given.len()).filter(same_window).find_map(|other| usable[other]);
        let elsewhere = || (0..at).rev().find_map(|other| usable[other]);
        let time = before.or_else(after).or_else(elsewhere).unwrap_or(NOW);
        events.push(event(time, names[one.window], one.json.replace(['\n', '\r'], " ")));
    }
    let escaped = |window: &str| serde_json::to_string(window).unwrap().trim_matches('"').to_owned();
    events.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| escaped(&a.window).cmp(&escaped(&b.window))));
    events
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Adds a member to an event that has others.
fn with_member(event: &str, member: &str, first: bool) -> String {
    match first {
        true => event.replacen('{', &format!("{{{member},"), 1),
        false => format!("{},{member}}}", event.strip_suffix('}').unwrap()),
    }
}

fn joined(given: &[Given], between: &str, write: impl Fn(&Given) -> String) -> String {
    given.iter().map(write).collect::<Vec<_>>().join(between)
}

fn export_2022(given: &[Given]) -> String {
    let mut windows: Vec<usize> = Vec::new();
    for event in given {
        if !windows.contains(&event.window) {
            windows.push(event.window);
        }
    }
    let list = |&window: &usize| {
        let events: Vec<&str> =
            given.iter().filter(|event| event.window == window).map(|event| event.json.as_str()).collect();
        format!("{}:[{}]", quoted(WINDOWS[window]), events.join(","))
    };
    let lists: Vec<String> = windows.iter().map(list).collect();
    format!(r#"{{"version":"2022-12-02","data":{{"person":null,"snapshotsByWindowId":{{{}}}}}}}"#, lists.join(","))
}

fn export_2023(given: &[Given], first: bool, window: impl Fn(usize) -> String) -> String {
    let events =
        joined(given, ",", |event| with_member(&event.json, &format!("\"windowId\":{}", window(event.window)), first));
    format!(r#"{{"version":"2023-04-28","data":{{"snapshots":[{events}]}}}}"#)
}

fn snapshot_lines(given: &[Given], shape: usize) -> String {
    joined(given, "\n", |event| {
        let (window, json) = (quoted(WINDOWS[event.window]), &event.json);
        match shape {
            0 => format!("[{window},{json}]"),
            1 => format!("{{\"window_id\":{window},\"data\":[{json}]}}"),
            2 => format!("{{\"data\":[{json}],\"windowId\":{window}}}"),
            _ => with_member(json, &format!("\"windowId\":{window}"), true),
        }
    })
}

/// Grouped by window, which is how the oldest form holds them: an event without a time looks to its own window then.
fn timed_windows(given: &[Given]) -> bool {
    let has_time = |window: usize| given.iter().any(|event| event.window == window && event.timestamp.is_some());
    given.iter().all(|event| has_time(event.window))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn rrweb_forms_keep_every_event(given in events()) {
        let expected = expected(&given, &[""; 3]);
        let all = joined(&given, ",", |event| event.json.clone());
        let first = import(format!("[{all}]").as_bytes());
        prop_assert_eq!(&first.events(), &expected);
        prop_assert_eq!(&first.read_in.left_out, &[]);
        let odd = given.iter().filter(|event| event.timestamp.is_none()).count();
        prop_assert_eq!(first.read_in.meta.odd_timestamps, odd as u64);
        for form in [
            format!("{{\"events\":[{all}]}}"),
            format!("[[{all}]]"),
            joined(&given, "\n", |event| event.json.clone()),
            format!("[{}]", joined(&given, " , ", |event| packed(&event.json))),
            joined(&given, "\n", |event| packed(&event.json)),
        ] {
            prop_assert_eq!(&import(form.as_bytes()).stored, &first.stored, "{}", form);
        }
        prop_assert_eq!(&import(&gzip(&zst(format!("[{all}]").as_bytes()))).stored, &first.stored);
    }

    #[test]
    fn posthogs_forms_keep_every_event_and_its_window(given in events()) {
        let expected = expected(&given, &WINDOWS);
        let first = import(snapshot_lines(&given, 0).as_bytes());
        prop_assert_eq!(&first.events(), &expected);
        let mut forms: Vec<String> = (1..4).map(|shape| snapshot_lines(&given, shape)).collect();
        forms.extend([true, false].map(|at_first| export_2023(&given, at_first, |window| quoted(WINDOWS[window]))));
        if timed_windows(&given) {
            forms.push(export_2022(&given));
        }
        for form in forms {
            prop_assert_eq!(&import(form.as_bytes()).stored, &first.stored, "{}", form);
        }
    }

    #[test]
    fn windows_that_are_numbers_are_named_by_their_digits(given in events(), at_first in any::<bool>()) {
        let export = export_2023(&given, at_first, |window| (window + 1).to_string());
        prop_assert_eq!(import(export.as_bytes()).events(), expected(&given, &["1", "2", "3"]));
    }

    #[test]
    fn the_order_of_a_file_does_not_matter(given in events(), seed in any::<u64>()) {
        // Events without a time, and those of the same millisecond and window, follow each other as they stand.
        let mut kept: Vec<Given> = Vec::new();
        for event in given {
            let same = |other: &Given| {
                other.window == event.window && other.timestamp.map(f64::floor) == event.timestamp.map(f64::floor)
            };
            if event.timestamp.is_some() && !kept.iter().any(same) {
                kept.push(event);
            }
        }
        prop_assume!(!kept.is_empty());
        let first = import(snapshot_lines(&kept, 0).as_bytes());
        let mut state = seed;
        kept.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        });
        prop_assert_eq!(import(snapshot_lines(&kept, 0).as_bytes()).stored, first.stored);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = super::files::import_as(&bytes, |_| {}) {
            prop_assert!(error.to_string().starts_with("expected "), "{}", error);
        }
    }
}
