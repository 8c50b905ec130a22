//! Each kind of bad input has a defined answer, and leaves the good data beside it intact.

use cassette_recording::ids::RecordingIdError;
use cassette_recording::limits;
use cassette_wire::capture::{BodyError, Budget, Decoder, Envelope, Inflater, ItemClock, ItemRefused};

use super::encode::{compressed, gzip, snapshot_request, string_of_bytes};
use super::events_of;

const GOOD: &str = r#"{"type":4,"data":{"href":"https://a/"},"timestamp":1000}"#;

/// Sends `bad` between two good events; returns what became of it.
fn beside_good_events(bad: &str) -> Vec<super::Event> {
    let mut events = events_of(snapshot_request(&[GOOD, bad, GOOD]).as_bytes());
    assert_eq!((events.first().unwrap().json.as_str(), events.last().unwrap().json.as_str()), (GOOD, GOOD));
    events.pop();
    events.remove(0);
    events
}

/// The only event that became of `bad`, and why it is still compressed.
fn one_beside_good_events(bad: &str) -> (String, Option<&'static str>) {
    let mut events = beside_good_events(bad);
    assert_eq!(events.len(), 1);
    let event = events.remove(0);
    (event.json, event.undecoded)
}

fn full_snapshot(data: &str) -> String {
    format!(r#"{{"type":2,"data":{data},"timestamp":1000,"cv":"2024-10"}}"#)
}

fn body_error(body: &[u8]) -> BodyError {
    Inflater::new().text(body, &mut Budget::of_request()).unwrap_err()
}

fn item_error(properties: &str) -> ItemRefused {
    let text = format!(r#"[{{"event":"$snapshot","properties":{{{properties}}}}}]"#);
    let envelope = Envelope::read(&text).unwrap();
    envelope.items[0].check().unwrap_err()
}

#[test]
fn a_zip_bomb_is_refused_at_the_budget() {
    let bomb = gzip(&vec![b' '; limits::DECODED_BYTES_PER_REQUEST + 1]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(body_error(&bomb), BodyError::OverBudget { .. }));
}

#[test]
fn bombs_inside_events_share_one_budget_and_stay_as_they_came() {
    let part = format!("\"{}\"", "a".repeat(40 << 20));
    let bomb = full_snapshot(&compressed(&part));
    let bombs: Vec<&str> = std::iter::once(GOOD).chain(std::iter::repeat_n(bomb.as_str(), 8)).chain([GOOD]).collect();
    let events = events_of(snapshot_request(&bombs).as_bytes());
    let reasons: Vec<_> = events.iter().map(|event| event.undecoded).collect();
    let (spent, fits) = (Some("over_budget"), None);
    assert_eq!(reasons, [fits, fits, fits, fits, fits, spent, spent, spent, spent, fits]);
    assert_eq!(events[8].json, bomb);
    assert_eq!(events[9].json, GOOD);
}

#[test]
fn a_body_of_a_hundred_megabytes_is_read() {
    let big = format!(r#"{{"type":5,"data":"{}","timestamp":1000}}"#, "a".repeat(100 << 20));
    let events = events_of(&gzip(snapshot_request(&[&big]).as_bytes()));
    assert_eq!(events[0].json.len(), big.len());
}

#[test]
fn many_tiny_events_are_bounded() {
    let tiny = format!(
        r#"[{{"event":"$snapshot","properties":{{"token":"phc_a","$snapshot_data":[{}{{}}]}}}}]"#,
        "{},".repeat(limits::EVENTS_PER_REQUEST)
    );
    let error = Envelope::read(&tiny).unwrap_err();
    assert_eq!((error.reason(), error.token()), ("too_many_events", Some("phc_a")));
    let items = format!("[{}{{}}]", "{},".repeat(limits::ITEMS_PER_REQUEST));
    assert_eq!(Envelope::read(&items).unwrap().cut.unwrap().reason(), "too_many_items");
}

#[test]
fn damaged_event_compression_leaves_the_event_as_it_came() {
    let whole = gzip(br#"{"node":{"id":1}}"#);
    let cut = full_snapshot(&string_of_bytes(&whole[..whole.len() - 9]));
    let mut flipped = whole.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for (bad, reason) in [
        (cut, "bad_gzip"),
        (full_snapshot(&string_of_bytes(&flipped)), "bad_gzip"),
        (full_snapshot(&string_of_bytes(&[0x1F, 0x8B])), "bad_gzip"),
        (full_snapshot(&compressed("{\"a\":")), "not_json"),
        (full_snapshot(&compressed("")), "not_json"),
        // Both halves are JSON, but not one value: taken over, they would forge members of the event.
        (full_snapshot(&compressed("{},\"type\":4")), "not_json"),
        (full_snapshot(&string_of_bytes(&gzip(b"\"\xFF\""))), "not_utf8"),
        (full_snapshot("\"\\u001f\u{8b}\\u0008\u{fffd}\""), "not_bytes"),
        (full_snapshot(r#""\u001f\u008b""#).replace("2024-10", "2031-01"), "unknown_compression"),
    ] {
        assert_eq!(one_beside_good_events(&bad), (bad.clone(), Some(reason)));
    }
}

#[test]
fn one_damaged_member_leaves_the_whole_event_as_it_came() {
    let event = |adds: &str| {
        let texts = compressed("[]");
        format!(r#"{{"type":3,"data":{{"source":0,"texts":{texts},"adds":{adds}}},"timestamp":1,"cv":"2024-10"}}"#)
    };
    let bad = event(&string_of_bytes(&[0x1F, 0x8B, 8]));
    assert_eq!(one_beside_good_events(&bad), (bad.clone(), Some("bad_gzip")));
    let good = one_beside_good_events(&event(&compressed("[1]")));
    assert_eq!(good, (r#"{"type":3,"data":{"source":0,"texts":[],"adds":[1]},"timestamp":1}"#.to_owned(), None));
}

#[test]
fn a_string_that_is_no_gzip_is_left_alone() {
    let (json, undecoded) = one_beside_good_events(&full_snapshot(r#""\u001fplain""#));
    assert_eq!((json.as_str(), undecoded), (r#"{"type":2,"data":"\u001fplain","timestamp":1000}"#, None));
}

#[test]
fn half_an_emoji_is_kept_in_the_event_and_in_what_was_compressed() {
    let half = r#"{"type":6,"data":{"text":"cut \ud83d"},"timestamp":1}"#;
    assert_eq!(one_beside_good_events(half).0, half);
    let (json, undecoded) = one_beside_good_events(&full_snapshot(&compressed(r#"{"t":"\ude00"}"#)));
    assert_eq!((json.as_str(), undecoded), (r#"{"type":2,"data":{"t":"\ude00"},"timestamp":1000}"#, None));
}

#[test]
fn nesting_a_hundred_thousand_deep_is_kept() {
    let deep = format!("{}{}", "[{\"a\":".repeat(50_000) + "1", "}]".repeat(50_000));
    let plain = format!(r#"{{"type":2,"data":{deep},"timestamp":1000}}"#);
    assert_eq!(one_beside_good_events(&plain), (plain.clone(), None));
    assert_eq!(one_beside_good_events(&full_snapshot(&compressed(&deep))), (plain, None));
}

#[test]
fn line_breaks_between_tokens_become_spaces() {
    let (json, _) = one_beside_good_events("{\r\n\"type\":5,\n\"data\":\"a\\nb\"}");
    assert_eq!(json, "{  \"type\":5, \"data\":\"a\\nb\"}");
    let (json, _) = one_beside_good_events(&full_snapshot(&compressed("[1,\n2]\n")));
    assert_eq!(json, r#"{"type":2,"data":[1, 2] ,"timestamp":1000}"#);
}

#[test]
fn what_is_no_object_is_left_out() {
    for bad in ["null", "17", "\"text\"", "[]"] {
        assert_eq!(beside_good_events(bad), [], "{bad}");
    }
}

#[test]
fn unknown_types_and_duplicate_keys_are_kept() {
    for odd in [
        r#"{"type":99,"data":{"new":true},"timestamp":1000}"#,
        r#"{"type":3,"data":{"source":77},"timestamp":1000}"#,
        r#"{"type":"x","timestamp":1000}"#,
        r#"{"type":2,"type":4,"timestamp":1,"timestamp":1000,"data":{"href":"a","href":"b"}}"#,
        "{}",
    ] {
        assert_eq!(one_beside_good_events(odd), (odd.to_owned(), None));
    }
}

#[test]
fn odd_timestamps_keep_the_event_and_take_the_time_of_the_one_before() {
    for (timestamp, expected) in [
        ("1000.75", (1000, false)),
        ("-5.5", (-6, false)),
        ("null", (1000, true)),
        ("\"1\"", (1000, true)),
        ("1e999", (1000, true)),
    ] {
        let event = format!(r#"{{"type":4,"timestamp":{timestamp}}}"#);
        let all = beside_good_events(&event);
        assert_eq!((all[0].json.as_str(), all[0].time, all[0].odd), (event.as_str(), expected.0, expected.1));
    }
}

#[test]
fn a_clock_that_is_years_off_is_consistent_with_itself() {
    let text = snapshot_request(&[GOOD]).replace(r#"{"event""#, r#"{"sent_at":"1970-01-01T00:00:02.000Z","event""#);
    let events = events_of(text.as_bytes());
    assert_eq!((events[0].time, events[0].odd), (1000, false));
    let text = text.replace("1970", "2038");
    assert!(events_of(text.as_bytes())[0].odd);
}

#[test]
fn bad_ids_are_refused_with_the_reason() {
    let with_session = |id: &str| item_error(&format!(r#""$snapshot_data":[],"$session_id":"{id}""#));
    for (id, found, at) in [("a/b", '/', 1), ("..", '.', 0), ("a b", ' ', 1), ("é", 'é', 0)] {
        let expected = ItemRefused::BadSessionId(RecordingIdError::Character { at, found });
        assert_eq!(with_session(id), expected, "{id}");
    }
    let long = with_session(&"a".repeat(10_000));
    assert_eq!(long, ItemRefused::BadSessionId(RecordingIdError::TooLong { length: 10_000 }));
    assert_eq!(
        (with_session("").reason(), item_error(r#""$snapshot_data":[]"#).reason()),
        ("no_session_id", "no_session_id")
    );
    let window = item_error(&format!(r#""$session_id":"s","$window_id":"{}""#, "w".repeat(10_000)));
    assert_eq!(window.reason(), "bad_window_id");
    let person = item_error(&format!(r#""$session_id":"s","distinct_id":"{}""#, "p".repeat(10_000)));
    assert_eq!(person.reason(), "bad_distinct_id");
}

#[test]
fn snapshot_data_that_is_none_is_refused_with_the_reason() {
    for (data, reason) in [
        ("", "no_snapshot_data"),
        (r#","$snapshot_data":null"#, "no_snapshot_data"),
        (r#","$snapshot_data":"text""#, "bad_snapshot_data"),
        (r#","$snapshot_data":{"chunk_id":"c","data":"x"}"#, "chunked"),
    ] {
        assert_eq!(item_error(&format!(r#""$session_id":"s"{data}"#)).reason(), reason, "{data}");
    }
}

#[test]
fn one_event_in_place_of_an_array_is_taken() {
    let text = snapshot_request(&[GOOD]).replace(&format!("[{GOOD}]"), GOOD);
    assert_eq!(events_of(text.as_bytes())[0].json, GOOD);
}

#[test]
fn a_refused_item_leaves_the_others() {
    let good = snapshot_request(&[GOOD]);
    let good = &good[1..good.len() - 1];
    let bad = good.replace("\"s1\"", "\"../../etc\"");
    let text = format!("[{good},{bad},17,null,{good}]");
    let envelope = Envelope::read(&text).unwrap();
    let checks: Vec<_> = envelope.items.iter().map(|item| item.check().map_err(|error| error.reason())).collect();
    assert_eq!(checks, [Ok(()), Err("bad_session_id"), Ok(())]);
    assert_eq!((envelope.not_objects, envelope.cut), (2, None));
}

#[test]
fn where_a_body_stops_being_json_the_items_before_are_kept() {
    let good = snapshot_request(&[GOOD]);
    let good = &good[1..good.len() - 1];
    let text = format!("[{good},{good},{}", &good[..good.len() - 40]);
    let envelope = Envelope::read(&text).unwrap();
    assert_eq!((envelope.items.len(), envelope.cut.unwrap().reason()), (2, "not_json"));
    let junk = format!("[{good}] junk");
    assert_eq!(
        Envelope::read(&junk).unwrap().cut.unwrap().to_string(),
        format!("expected the end of the body at byte {}", good.len() + 3)
    );
}

#[test]
fn a_body_without_an_item_says_why_and_whose_it_is() {
    let error = |text| Envelope::read(text).map(|_| ()).unwrap_err();
    let no_json = error("hello");
    assert_eq!(no_json.to_string(), "no complete item in the body: expected an array or an object at byte 0");
    assert_eq!((no_json.reason(), no_json.token()), ("not_json", None));
    assert_eq!(error(r#"{"api_key":"phc_a","batch":[{"event":"#).token(), Some("phc_a"));
    assert_eq!(error(r#"[{"properties":{"token":"phc_b","x":"#).token(), Some("phc_b"));
    assert_eq!(Envelope::read("[]").unwrap().items.len(), 0);
}

#[test]
fn invalid_utf8_is_refused_whole() {
    let body = gzip(&[snapshot_request(&[GOOD]).as_bytes(), b" \xFF"].concat());
    let error = body_error(&body);
    assert_eq!((error.reason(), error.token()), ("not_utf8", Some("phc_a")));
}

#[test]
fn tokens_are_found_wherever_sdks_put_them() {
    for text in [
        r#"[{"event":"a","properties":{"token":"phc_a"}}]"#,
        r#"{"event":"a","properties":{"token":"phc_a"}}"#,
        r#"[{"event":"a","api_key":"phc_a","properties":{}}]"#,
        r#"{"event":"a","token":"phc_a"}"#,
        r#"{"$token":"phc_a","$distinct_id":"d","$set":{}}"#,
        r#"{"api_key":"phc_a","batch":[{"event":"a","properties":{}}],"sent_at":"2026-11-21T07:15:09.986Z"}"#,
        r#"{"batch":[{"event":"a","properties":{}}],"api_key":"phc_a"}"#,
        r#"{"batch":[{"event":"a","properties":{"token":"phc_a"}}],"api_key":"phc_b"}"#,
        r#"[{"event":"a","properties":{"deep":{"token":"phc_x"},"token":"phc_a"},"token":"phc_b"}]"#,
    ] {
        let envelope = Envelope::read(text).unwrap();
        assert_eq!((envelope.items.len(), envelope.items[0].token.as_deref()), (1, Some("phc_a")), "{text}");
        assert_eq!(envelope.token(), Some("phc_a"));
    }
    let text = r#"[{"properties":{"token":"phc_a"}},{"properties":{"token":"phc_b"}},{}]"#;
    let envelope = Envelope::read(text).unwrap();
    let tokens: Vec<_> = envelope.items.iter().map(|item| item.token.as_deref()).collect();
    assert_eq!(tokens, [Some("phc_a"), Some("phc_b"), None]);
}

#[test]
fn a_batch_lends_its_sending_time_to_its_items() {
    let text = r#"{"api_key":"k","batch":[{"event":"a"},{"event":"b","sent_at":5}],"sent_at":"1970-01-01T00:00:01Z"}"#;
    let sent: Vec<_> = Envelope::read(text).unwrap().items.iter().map(|item| item.sent_at).collect();
    assert_eq!(sent, [Some(1000), Some(5)]);
}

#[test]
fn an_item_was_made_at_its_timestamp_or_its_offset_before_sending() {
    let text = r#"[{"timestamp":"1970-01-01T00:00:01.5Z","offset":7},{"offset":7},{"offset":1e300},{}]"#;
    let made = |sent| Envelope::read(text).unwrap().items.iter().map(|item| item.made_at(sent)).collect::<Vec<_>>();
    assert_eq!(made(Some(100)), [Some(1500), Some(93), Some(100 - i64::MAX), None]);
    assert_eq!(made(None), [Some(1500), None, None, None]);
}

#[test]
fn events_of_native_sdks_are_not_touched() {
    let event = full_snapshot(r#""\u001f\u008b""#);
    let text = snapshot_request(&[&event]).replace(r#""token""#, r#""$snapshot_source":"mobile","token""#);
    let envelope = Envelope::read(&text).unwrap();
    let item = &envelope.items[0];
    assert!(item.is_mobile());
    let mut seen = Vec::new();
    let keep = |event: cassette_wire::capture::DecodedEvent<'_>| seen.push((event.json.to_owned(), event.undecoded));
    Decoder::new().decode_item(item, ItemClock::new(None, 0), &mut Budget::of_request(), keep).unwrap();
    assert_eq!(seen, [(event, None)]);
}

#[test]
fn items_without_a_uuid_are_known_by_their_bytes() {
    let text = r#"[{"event":"a"},{"event":"a"},{"event":"b"},{"uuid":"01a1fcf5-801b-7281-b87f-8084dfc6a672"},{"uuid":"sha256-00112233445566778899aabbccddeeff"}]"#;
    let envelope = Envelope::read(text).unwrap();
    let ids: Vec<_> = envelope.items.iter().map(|item| item.id()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert_eq!(ids[3].to_string(), "01a1fcf5-801b-7281-b87f-8084dfc6a672");
    assert_ne!(ids[4].to_string(), "sha256-00112233445566778899aabbccddeeff");
}

#[test]
fn a_request_cut_off_at_any_byte_is_read_without_panic() {
    let text = format!("{},17]", snapshot_request(&[GOOD]).trim_end_matches(']'));
    for cut in 0..text.len() {
        let items = Envelope::read(&text[..cut]).map_or(0, |envelope| envelope.items.len());
        assert_eq!(items, usize::from(cut >= text.len() - 4), "{cut}");
    }
}
