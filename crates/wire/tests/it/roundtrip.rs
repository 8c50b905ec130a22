//! What the SDK would write of any events, comes back as those events.

use proptest::prelude::*;

use super::encode::{compressed, gzip, snapshot_request};

/// Any JSON value, with the white space and the escapes that are legal but that no browser writes.
fn any_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("1E400".to_owned()),
        Just("-0.50".to_owned()),
        "[a-zé🦔 <>/=]{0,12}".prop_map(|text| format!("\"{text}\"")),
        Just(r#""\ud83d cut""#.to_owned()),
        Just(r#""\u001f \u008b \n \"quoted\" \\""#.to_owned()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(("[a-z]{1,6}", inner), 0..5).prop_map(|all| {
                let members: Vec<String> = all.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
                format!("{{{}}}", members.join(" ,"))
            }),
        ]
    })
}

/// An event, plain and as sent.
fn any_event() -> impl Strategy<Value = (String, String)> {
    let snapshot = (any_value(), any::<u32>(), any::<bool>()).prop_map(|(data, time, first)| {
        let pack = compressed(&data);
        match first {
            false => (
                format!(r#"{{"type":2,"data":{data},"timestamp":{time}}}"#),
                format!(r#"{{"type":2,"data":{pack},"timestamp":{time},"cv":"2024-10"}}"#),
            ),
            true => (
                format!(r#"{{"type":2,"data":{data},"timestamp":{time}}}"#),
                format!(r#"{{"cv":"2024-10","type":2,"data":{pack},"timestamp":{time}}}"#),
            ),
        }
    });
    let values = prop::collection::vec((any_value(), any::<bool>()), 4);
    let mutation = (values, any::<u32>()).prop_map(|(values, time)| {
        let members = |sent: bool| {
            let names = ["texts", "attributes", "removes", "adds"];
            let member = |(name, (value, pack)): (&str, &(String, bool))| match sent && *pack {
                true => format!("\"{name}\":{}", compressed(value)),
                false => format!("\"{name}\":{value}"),
            };
            names.into_iter().zip(&values).map(member).collect::<Vec<_>>().join(",")
        };
        let event = |sent: bool, cv: &str| {
            format!(r#"{{"type":3,"data":{{"source":0,{}}},"timestamp":{time}{cv}}}"#, members(sent))
        };
        (event(false, ""), event(true, r#","cv":"2024-10""#))
    });
    let rule = (any_value(), any::<bool>()).prop_map(|(adds, present)| {
        let adds_as = |value: String| if present { format!(r#","adds":{value}"#) } else { String::new() };
        let event = |value: String, cv: &str| format!(r#"{{"type":3,"data":{{"source":8,"id":5{value}}}{cv}}}"#);
        (event(adds_as(adds.clone()), ""), event(adds_as(compressed(&adds)), r#", "cv" : "2024-10""#))
    });
    let plain = any_value().prop_map(|data| {
        let event = format!(r#"{{"type":5, "data":{data}, "timestamp":1.5}}"#);
        (event.clone(), event)
    });
    prop_oneof![snapshot, mutation, rule, plain]
}

proptest! {
    #[test]
    fn any_events_come_back(events in prop::collection::vec(any_event(), 1..6), packed: bool) {
        let (plain, sent): (Vec<String>, Vec<String>) = events.into_iter().unzip();
        let request = snapshot_request(&sent).into_bytes();
        let body = if packed { gzip(&request) } else { request };
        let decoded = super::events_of(&body);
        prop_assert!(decoded.iter().all(|event| event.undecoded.is_none()));
        let decoded: Vec<String> = decoded.into_iter().map(|event| event.json).collect();
        prop_assert_eq!(decoded, plain);
    }

    #[test]
    fn an_event_that_stands_by_itself_comes_back(event in any_event()) {
        use cassette_recording::event::EventFacts;
        use cassette_wire::capture::{Budget, Decoder};
        let (plain, sent) = event;
        let mut decoder = Decoder::new();
        let (json, facts, undecoded) = decoder.undo_event(&sent, &mut Budget::of_request()).unwrap();
        prop_assert_eq!((json, undecoded), (plain.as_str(), None));
        let expected = EventFacts::read(&plain).unwrap();
        prop_assert_eq!((facts.kind, facts.timestamp, facts.target), (expected.kind, expected.timestamp, expected.target));
        let behind = decoder.undo_event(&(sent + " "), &mut Budget::of_request()).is_err();
        prop_assert!(behind);
    }

    #[test]
    fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
        check_any(&body);
        check_any(&gzip(&body));
        check_any(&[b"data=".as_slice(), &body].concat());
    }

    #[test]
    fn no_damage_to_a_request_panics(events in prop::collection::vec(any_event(), 1..3), at: prop::sample::Index, byte: u8) {
        let sent: Vec<String> = events.into_iter().map(|(_, sent)| sent).collect();
        let mut request = snapshot_request(&sent).into_bytes();
        let at = at.index(request.len());
        request[at] = byte;
        check_any(&request);
        check_any(&request[..at]);
    }
}

fn check_any(body: &[u8]) {
    use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock};
    let mut budget = Budget::of_request();
    let mut inflater = Inflater::new();
    let Ok(text) = inflater.text(body, &mut budget) else { return };
    let Ok(envelope) = Envelope::read(text.json) else { return };
    for item in &envelope.items {
        let _ = item.check();
        let _ = Decoder::new().decode_item(item, ItemClock::new(item.sent_at, 0), &mut budget, |event| {
            assert!(cassette_recording::json::one_value(event.json).is_ok());
            assert!(!event.json.contains(['\n', '\r']));
        });
    }
}
