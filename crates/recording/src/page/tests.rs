//! Each sort of event by itself, then all of them at random: a page that is written down and read again goes on as the one
//! that was not. That a browser shows the same is tested where there is one (`web/tests/browser/keyframes.test.mjs`).

use proptest::prelude::*;
use serde_json::Value;

use super::tree::Kind;
use super::*;

/// A page with a bit of everything; ids below 100.
const PAGE: &str = r#"{"node":{"type":0,"childNodes":[{"type":1,"name":"html","publicId":"","systemId":"","id":2},{"type":2,"tagName":"html","attributes":{},"childNodes":[
    {"type":2,"tagName":"head","attributes":{},"childNodes":[{"type":2,"tagName":"style","attributes":{},"childNodes":[{"type":3,"textContent":"p{}","isStyle":true,"id":6}],"id":5},{"type":2,"tagName":"link","attributes":{"_cssText":"a{}"},"childNodes":[],"id":7},{"type":2,"tagName":"style","attributes":{"_cssText":"b{}"},"childNodes":[],"id":8}],"id":4},
    {"type":2,"tagName":"body","attributes":{},"childNodes":[{"type":2,"tagName":"p","attributes":{"class":"a"},"childNodes":[{"type":3,"textContent":"one \ud83d","id":12}],"id":11},{"type":2,"tagName":"ul","attributes":{},"childNodes":[],"id":13},{"type":2,"tagName":"input","attributes":{"value":"v"},"childNodes":[],"id":14},{"type":2,"tagName":"textarea","attributes":{"value":"first"},"childNodes":[],"id":15},{"type":2,"tagName":"select","attributes":{},"childNodes":[{"type":2,"tagName":"option","attributes":{},"childNodes":[],"id":17}],"id":16},{"type":2,"tagName":"iframe","attributes":{},"childNodes":[],"id":18},{"type":2,"tagName":"div","attributes":{},"childNodes":[{"type":2,"tagName":"b","attributes":{},"childNodes":[],"isShadow":true,"id":20}],"isShadowHost":true,"id":19},{"type":2,"tagName":"canvas","attributes":{},"childNodes":[],"id":21},{"type":5,"textContent":"c","id":22}],"id":10}],"id":3}],"id":1},"initialOffset":{"left":0,"top":7}}"#;

const MOMENT: Moment<'_> =
    Moment { timestamp: 1_000_000, at: 5000, meta: Some(r#"{"href":"/","width":9,"height":9}"#) };

fn page() -> Page {
    Page::of_full_snapshot(PAGE).unwrap()
}

/// Applies `data` of events to the page above.
fn after(events: &[&str]) -> Page {
    let mut page = page();
    events.iter().for_each(|data| page.apply(data, 4000).unwrap());
    page
}

/// A mutation with what is not empty.
fn mutation(part: &str, list: &str) -> String {
    let lists = ["texts", "attributes", "removes", "adds"]
        .map(|name| format!("\"{name}\":[{}]", if name == part { list } else { "" }));
    format!("{{\"source\":0,{}}}", lists.join(","))
}

fn element(id: u32, tag: &str) -> String {
    format!("{{\"type\":2,\"tagName\":\"{tag}\",\"attributes\":{{}},\"childNodes\":[],\"id\":{id}}}")
}

fn add(parent: u32, next: &str, node: &str) -> String {
    mutation("adds", &format!("{{\"parentId\":{parent},\"nextId\":{next},\"node\":{node}}}"))
}

fn written(page: &Page) -> Vec<String> {
    page.write(&MOMENT).unwrap()
}

/// What a new replayer holds that was given what was written.
fn read_again(events: &[String]) -> Page {
    let data = |event: &str| members(event, ["data"]).unwrap()[0].unwrap().to_owned();
    let is_picture = |event: &&String| event.starts_with("{\"type\":2");
    let mut page = Page::of_full_snapshot(&data(events.iter().find(is_picture).unwrap())).unwrap();
    for event in events.iter().filter(|event| event.starts_with("{\"type\":3")) {
        page.apply(&data(event), 5000).unwrap();
    }
    page
}

/// Order of members does not matter.
fn values(events: &[String]) -> Vec<Value> {
    let whole = |event: &String| serde_json::from_str(&event.replace("\\ud83d", "?")).unwrap();
    events.iter().map(whole).collect()
}

/// The tags and texts of the page in their order, as far as they were not changed since they came.
fn outline(page: &Page) -> String {
    fn add(page: &Page, place: Place, out: &mut String) {
        let node = page.tree.node(place);
        match node.kind {
            Kind::Generated => out.push_str("(made)"),
            Kind::Element(_) => {
                let own = format!("{{{}}}", node.own);
                let [tag] = members(&own, ["tagName"]).unwrap();
                out.push_str(tag.unwrap().trim_matches('"'));
            }
            Kind::Text | Kind::Cdata => out.push_str(&format!("#{}", node.id)),
            _ => {}
        }
        let inner: Vec<Place> = node.inner.into_iter().chain(page.tree.children(place)).collect();
        if !inner.is_empty() {
            out.push('(');
            for (at, child) in inner.into_iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                add(page, child, out);
            }
            out.push(')');
        }
    }
    let mut out = String::new();
    let body = page.tree.get(10).unwrap();
    add(page, body, &mut out);
    out
}

#[test]
fn a_page_that_nothing_happened_to_is_written_as_it_came() {
    let events = written(&page());
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], r#"{"type":4,"data":{"href":"/","width":9,"height":9},"timestamp":1000000}"#);
    let data: Value = serde_json::from_str(&PAGE.replace("\\ud83d", "?")).unwrap();
    assert_eq!(values(&events[1..])[0]["data"], data);
    assert!(events[1].contains("one \\ud83d"), "half an emoji stays");
}

#[test]
fn nodes_are_put_where_the_replayer_puts_them() {
    const LIST: [(&str, &str, &str); 9] = [
        // What is added; then the outline of the body from `ul` on.
        ("at the end", r#"{"parentId":13,"nextId":null,"node":NODE}"#, "ul(x)"),
        ("before another", r#"{"parentId":10,"nextId":13,"node":NODE}"#, "x ul"),
        ("behind another", r#"{"parentId":10,"previousId":11,"nextId":null,"node":NODE}"#, "x ul"),
        ("behind the last", r#"{"parentId":13,"previousId":99,"nextId":98,"node":NODE}"#, "ul(x)"),
        ("before one that is no child", r#"{"parentId":13,"nextId":12,"node":NODE}"#, "ul(x)"),
        ("into nobody", r#"{"parentId":98,"nextId":null,"node":NODE}"#, "ul"),
        ("into a text", r#"{"parentId":12,"nextId":null,"node":NODE}"#, "ul"),
        (
            "a child before its parent",
            r#"{"parentId":101,"nextId":null,"node":CHILD},{"parentId":13,"nextId":null,"node":NODE}"#,
            "ul(x(y))",
        ),
        // The replayer tries the grandchild again before its parent is there, and drops it.
        (
            "a grandchild, a child, the parent",
            r#"{"parentId":102,"nextId":null,"node":GRAND},{"parentId":101,"nextId":null,"node":CHILD},{"parentId":13,"nextId":null,"node":NODE}"#,
            "ul(x(y))",
        ),
    ];
    for (what, list, expected) in LIST {
        let nodes = [("NODE", element(101, "x")), ("CHILD", element(102, "y")), ("GRAND", element(103, "z"))];
        let list = nodes.iter().fold(list.to_owned(), |list, (name, node)| list.replace(name, node));
        let page = after(&[&mutation("adds", &list)]);
        let outline = outline(&page);
        let expected = format!("body(p(#12) {expected} input");
        assert!(outline.starts_with(&expected), "{what}: {outline}");
    }
}

#[test]
fn nodes_are_taken_away_with_all_that_they_hold() {
    let mut page =
        after(&[&mutation("removes", r#"{"id":11,"parentId":10},{"id":12,"parentId":11},{"id":99,"parentId":10}"#)]);
    assert!(outline(&page).starts_with("body(ul "), "{}", outline(&page));
    assert_eq!(page.tree.get(12), None);
    let before = page.bytes();
    for _ in 0..100 {
        page.apply(&add(13, "null", &element(101, "x")), 0).unwrap();
        page.apply(&mutation("removes", r#"{"id":101,"parentId":13}"#), 0).unwrap();
    }
    assert_eq!(page.bytes(), before, "what went takes no memory");
    page.apply(&mutation("removes", r#"{"id":20,"parentId":19,"isShadow":true}"#), 0).unwrap();
    assert_eq!(page.tree.get(20), None);
}

#[test]
fn a_node_that_comes_again_as_it_came_is_moved_with_what_became_of_it() {
    let moved = mutation(
        "adds",
        r#"{"parentId":13,"nextId":null,"node":{"type":2,"tagName":"p","attributes":{"class":"a"},"childNodes":[],"id":11}}"#,
    );
    let page = after(&[&mutation("attributes", r#"{"id":11,"attributes":{"class":"b"}}"#), &moved]);
    assert!(outline(&page).starts_with("body(ul(p(#12)) input"), "{}", outline(&page));
    assert!(written(&page)[2].contains(r#"{"id":11,"attributes":{"class":"b"}}"#));
}

#[test]
fn texts_and_attributes_are_written_beside_what_came() {
    let page = after(&[
        &mutation("texts", r#"{"id":12,"value":"old"},{"id":12,"value":"two \ud83d"},{"id":99,"value":""}"#),
        &mutation("attributes", r#"{"id":11,"attributes":{"class":"b","title":"t","hidden":"","style":"a:b"}}"#),
        &mutation(
            "attributes",
            r#"{"id":13,"attributes":{"id":"list"}},{"id":11,"attributes":{"title":null,"style":{"color":"red","margin":["0","important"],"top":false}}}"#,
        ),
        &mutation(
            "attributes",
            r#"{"id":11,"attributes":{"style":{"color":"blue"}}},{"id":14,"attributes":{"autocomplete":"on","value":"w"}}"#,
        ),
    ]);
    let events = written(&page);
    assert_eq!(
        events[2],
        concat!(
            r#"{"type":3,"data":{"source":0,"texts":[{"id":12,"value":"two \ud83d"}],"attributes":["#,
            r#"{"id":13,"attributes":{"id":"list"}},{"id":11,"attributes":{"class":"b","hidden":"","style":"a:b","title":null}},"#,
            r#"{"id":11,"attributes":{"style":{"margin":["0","important"],"top":false,"color":"blue"}}},"#,
            r#"{"id":14,"attributes":{"value":"w"}}],"removes":[],"adds":[]},"timestamp":1000000}"#,
        )
    );
    let reset = after(&[
        &mutation("attributes", r#"{"id":11,"attributes":{"style":{"color":"blue"}}}"#),
        &mutation("attributes", r#"{"id":11,"attributes":{"style":"top:0"}}"#),
    ]);
    assert!(written(&reset)[2].contains(r#""attributes":[{"id":11,"attributes":{"style":"top:0"}}]"#));
}

#[test]
fn a_style_sheet_keeps_what_was_done_to_it_until_its_text_changes() {
    let steps = [
        r#"{"source":8,"id":5,"adds":[{"rule":"a{}","index":0}]}"#,
        r#"{"source":8,"id":5,"adds":[{"rule":"b{}","index":[0,1]}]}"#,
        r#"{"source":8,"id":5,"removes":[{"index":0}]}"#,
        r#"{"source":13,"id":5,"index":[0],"set":{"property":"x","value":"y"}}"#,
        r#"{"source":8,"id":99,"adds":[{"rule":"c{}"}]}"#,
        r#"{"source":8,"id":11,"adds":[{"rule":"d{}"}]}"#,
    ];
    let page = after(&steps);
    let of_sheet = |page: &Page| -> Vec<String> {
        let events = written(page);
        let steps = events.iter().filter(|event| event.contains("\"source\":8,") || event.contains("\"source\":13,"));
        steps.map(|event| members(event, ["data"]).unwrap()[0].unwrap().to_owned()).collect()
    };
    let merged = r#"{"source":8,"id":5,"adds":[{"rule":"a{}","index":0},{"rule":"b{}","index":[0,1]}]}"#;
    assert_eq!(of_sheet(&page), [merged, steps[2], steps[3]]);
    for change in [
        mutation("texts", r#"{"id":6,"value":"q{}"}"#),
        mutation("removes", r#"{"id":6,"parentId":5}"#),
        mutation("attributes", r#"{"id":5,"attributes":{"_cssText":"z{}"}}"#),
        mutation("removes", r#"{"id":5,"parentId":4}"#),
        r#"{"source":8,"id":5,"replaceSync":"r{}"}"#.to_owned(),
    ] {
        let mut page = after(&steps);
        page.apply(&change, 0).unwrap();
        let replaced = usize::from(change.contains("replaceSync"));
        assert_eq!(of_sheet(&page).len(), replaced, "{change}");
    }
}

#[test]
fn a_sheet_that_loaded_later_is_built_anew_of_how_it_came() {
    let page = after(&[
        &mutation("attributes", r#"{"id":5,"attributes":{"media":"print"}}"#),
        &mutation("attributes", r#"{"id":5,"attributes":{"_cssText":"z{}","title":"t"}}"#),
        &mutation("texts", r#"{"id":6,"value":"nobody sees it"}"#),
    ]);
    let events = written(&page);
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(
        events[1].contains(r#""tagName":"style","id":5,"attributes":{"_cssText":"z{}","title":"t"},"childNodes":[]"#)
    );
    // The text takes the place of the one that is made of the attribute, and has to be added for that.
    let text = r#"{"type":3,"textContent":"","isStyle":true,"id":101}"#;
    let page = after(&[&add(8, "null", text), &mutation("texts", r#"{"id":101,"value":"n{}"}"#)]);
    let events = written(&page);
    assert!(events[2].contains(&format!(r#""adds":[{{"parentId":8,"nextId":null,"node":{text}}}]"#)), "{}", events[2]);
    assert!(events[3].contains(r#""texts":[{"id":101,"value":"n{}"}]"#));
}

#[test]
fn adopted_sheets_come_with_their_documents_and_go_to_their_hosts() {
    let page = after(&[
        r#"{"source":15,"id":19,"styles":[{"styleId":1,"rules":[{"rule":"a{}"}]},{"styleId":2,"rules":[]}],"styleIds":[1,2]}"#,
        r#"{"source":8,"styleId":2,"adds":[{"rule":"b{}"}]}"#,
        r#"{"source":8,"styleId":9,"adds":[{"rule":"b{}"}]}"#,
        r#"{"source":15,"id":1,"styleIds":[2]}"#,
        r#"{"source":15,"id":500,"styleIds":[1]}"#,
        r#"{"source":15,"id":19,"styleIds":[2]}"#,
    ]);
    let events = written(&page);
    let data: Vec<&str> = events[2..].iter().map(|event| members(event, ["data"]).unwrap()[0].unwrap()).collect();
    let expected = [
        r#"{"source":15,"id":1,"styles":[{"styleId":1,"rules":[{"rule":"a{}"}]},{"styleId":2,"rules":[]}],"styleIds":[2]}"#,
        r#"{"source":8,"styleId":2,"adds":[{"rule":"b{}"}]}"#,
        r#"{"source":15,"id":500,"styleIds":[1]}"#,
        r#"{"source":15,"id":19,"styleIds":[2]}"#,
    ];
    assert_eq!(data, expected);
}

#[test]
fn shadow_roots_and_frames_are_part_of_the_page() {
    let document = r#"{"type":0,"childNodes":[{"type":2,"tagName":"html","attributes":{},"childNodes":[{"type":2,"tagName":"body","attributes":{},"childNodes":[],"rootId":200,"id":202}],"rootId":200,"id":201}],"id":200}"#;
    let page = after(&[
        &add(18, "null", document),
        &add(202, "null", r#"{"type":2,"tagName":"iframe","attributes":{},"childNodes":[],"rootId":200,"id":203}"#),
        &add(203, "null", r#"{"type":0,"childNodes":[],"id":210}"#),
        &add(11, "12", r#"{"type":2,"tagName":"i","attributes":{},"childNodes":[],"isShadow":true,"id":101}"#),
        &add(17, "null", r#"{"type":2,"tagName":"i","attributes":{},"childNodes":[],"isShadow":true,"id":102}"#),
        r#"{"source":3,"id":200,"x":1,"y":2}"#,
    ]);
    assert!(
        outline(&page).contains("p((i) #12)") && outline(&page).contains("iframe((html(body(iframe"),
        "{}",
        outline(&page)
    );
    assert_eq!(page.tree.get(102), None, "an option gets no shadow root");
    let events = written(&page);
    assert!(events[1].contains(r#""isShadowHost":true"#));
    let attached: Vec<bool> = events[2..4].iter().map(|event| event.contains("\"isAttachIframe\":true")).collect();
    assert_eq!(attached, [true, true]);
    assert!(events[2].contains(r#""adds":[{"parentId":18,"#) && events[3].contains(r#""adds":[{"parentId":203,"#));
    assert!(events.iter().any(|event| event.contains(r#"{"source":3,"id":200,"x":1,"y":2}"#)));
    assert_eq!(values(&written(&read_again(&events))), values(&events));
    // Another page in the frame: of the first one nothing is left.
    let mut page = page;
    page.apply(&add(18, "null", r#"{"type":0,"childNodes":[],"id":220}"#), 0).unwrap();
    assert_eq!([200, 202, 203, 210].map(|id| page.tree.get(id)), [None; 4]);
    assert_eq!(page.apply(&add(202, "null", &element(101, "x")), 0), Ok(()), "into nobody");
    assert_eq!(page.apply(&add(200, "null", &element(101, "x")), 0), Err(Trouble::Unclear));
}

#[test]
fn a_document_that_comes_before_its_frame_waits_for_it() {
    let mut page = after(&[&add(300, "null", r#"{"type":0,"childNodes":[],"id":310}"#)]);
    let events = written(&page);
    assert!(
        events[2].contains(r#""adds":[{"parentId":300,"nextId":null,"node":{"type":0,"childNodes":[],"id":310}}]"#)
    );
    page.apply(&add(13, "null", &element(300, "iframe")), 0).unwrap();
    assert!(page.tree.get(310).is_some() && page.waiting.is_empty());
    let mut again = read_again(&events);
    again.apply(&add(13, "null", &element(300, "iframe")), 0).unwrap();
    assert_eq!(values(&written(&again)), values(&written(&page)));
}

#[test]
fn what_stands_behind_the_body_is_added_where_the_replayer_would_put_it_before() {
    let page =
        after(&[&add(3, "null", &element(101, "div")), &add(101, "null", r#"{"type":3,"textContent":"t","id":102}"#)]);
    let events = written(&page);
    assert!(!events[1].contains("\"id\":101"));
    assert!(events[2].contains(r#"{"parentId":3,"nextId":null,"node":{"type":2,"tagName":"div","id":101,"attributes":{},"childNodes":[]}},{"parentId":101,"#));
    let odd = PAGE.replace(
        r#""id":10}],"id":3}"#,
        r#""id":10},{"type":2,"tagName":"div","attributes":{},"childNodes":[],"id":50}],"id":3}"#,
    );
    let page = Page::of_full_snapshot(&odd).unwrap();
    let body = page.tree.get(10).unwrap();
    assert_eq!(page.tree.node(body).after, None, "of a full snapshot the body comes last");
}

#[test]
fn what_no_tree_can_say_comes_behind_it() {
    let page = after(&[
        r#"{"source":5,"id":14,"text":"typed","isChecked":false}"#,
        r#"{"source":5,"id":16,"text":"2","isChecked":false}"#,
        r#"{"source":5,"id":14,"text":"typed more","isChecked":false}"#,
        r#"{"source":3,"id":1,"x":3,"y":400.5}"#,
        r#"{"source":3,"id":13,"x":0,"y":10}"#,
        r#"{"source":3,"id":99,"x":0,"y":10}"#,
        r#"{"source":10,"family":"f","fontSource":"url(x)","buffer":false}"#,
        r#"{"source":10,"family":"f","fontSource":"url(x)","buffer":false}"#,
        r#"{"source":9,"id":21,"commands":[{"property":"drawImage","args":[1]}]}"#,
        r#"{"source":9,"id":21,"commands":[{"property":"drawImage","args":[2]}]}"#,
        r#"{"source":9,"id":21,"commands":[{"property":"fill","args":[3]}]}"#,
        r#"{"source":1,"positions":[{"x":1,"y":2,"id":11,"timeOffset":-50},{"x":3,"y":4.5,"id":13,"timeOffset":0}]}"#,
        r#"{"source":7,"id":21,"type":0,"currentTime":2.5,"playbackRate":2}"#,
    ]);
    let events = written(&page);
    assert!(events[1].ends_with(r#""initialOffset":{"left":3,"top":400.5}},"timestamp":1000000}"#));
    let data: Vec<&str> = events[2..].iter().map(|event| members(event, ["data"]).unwrap()[0].unwrap()).collect();
    let expected = [
        r#"{"source":10,"family":"f","fontSource":"url(x)","buffer":false}"#,
        r#"{"source":5,"id":16,"text":"2","isChecked":false}"#,
        r#"{"source":5,"id":14,"text":"typed more","isChecked":false}"#,
        r#"{"source":3,"id":13,"x":0,"y":10}"#,
        r#"{"source":7,"id":21,"type":0,"currentTime":2.5,"playbackRate":2,"currentTime":4.5}"#,
        r#"{"source":9,"id":21,"commands":[{"property":"drawImage","args":[2]}]}"#,
        r#"{"source":1,"positions":[{"x":3,"y":4.5,"id":13,"timeOffset":0}]}"#,
    ];
    assert_eq!(data, expected);
    let clicked = after(&[r#"{"source":2,"type":2,"id":11,"x":5,"y":6}"#, r#"{"source":2,"type":5,"id":13}"#]);
    assert!(written(&clicked)[2].contains(r#""positions":[{"x":5,"y":6,"id":11,"timeOffset":0}]"#));
}

#[test]
fn a_textarea_holds_one_text() {
    let typed = after(&[&mutation("attributes", r#"{"id":15,"attributes":{"value":"second"}}"#)]);
    assert!(outline(&typed).contains("textarea((made))"));
    let text = r#"{"type":3,"textContent":"own","id":101}"#;
    let page =
        after(&[&mutation("attributes", r#"{"id":15,"attributes":{"value":"second"}}"#), &add(15, "null", text)]);
    assert!(outline(&page).contains("textarea(#101)"));
    let events = written(&page);
    assert!(events[2].contains(r#""adds":[{"parentId":15,"#) && events.len() == 3, "{events:?}");
}

#[test]
fn after_the_options_changed_a_choice_is_not_written_until_it_is_made_again() {
    let chosen = r#"{"source":5,"id":16,"text":"2","isChecked":false}"#;
    let mut page = after(&[chosen, &add(16, "null", &element(101, "option"))]);
    assert_eq!(page.write(&MOMENT), Err(Trouble::Unclear));
    page.apply(chosen, 0).unwrap();
    assert!(page.write(&MOMENT).is_ok());
}

#[test]
fn what_cannot_be_followed_ends_the_following() {
    let cases = [
        (r#"{"source":0,"texts":[],"attributes":[],"removes":[]}"#.to_owned(), Trouble::Shape),
        (r#"{"source":0,"texts":7,"attributes":{},"removes":null,"adds":"nonsense"}"#.to_owned(), Trouble::Shape),
        (mutation("removes", r#"{"id":12,"parentId":13}"#), Trouble::WrongParent),
        (
            mutation(
                "adds",
                r#"{"parentId":13,"previousId":-1,"nextId":null,"node":{"type":3,"textContent":"","id":101}}"#,
            ),
            Trouble::Legacy,
        ),
        (
            add(13, "null", r#"{"type":2,"tagName":"p","attributes":{"class":"other"},"childNodes":[],"id":11}"#),
            Trouble::TwoOfOneId,
        ),
        (mutation("texts", r#"{"id":11,"value":"all that it held"}"#), Trouble::Unclear),
        (add(12, "null", &element(10, "body")), Trouble::Unclear),
        (add(1, "null", &element(101, "html")), Trouble::Unclear),
        (
            mutation(
                "adds",
                r#"{"parentId":13,"previousId":11,"nextId":null,"node":{"type":3,"textContent":"","id":101}}"#,
            ),
            Trouble::WrongParent,
        ),
        (add(18, "null", &element(101, "p")), Trouble::Unclear),
        (add(18, "null", r#"{"type":0,"childNodes":[],"id":11}"#), Trouble::TwoOfOneId),
    ];
    for (event, expected) in cases {
        let found = page().apply(&event, 0);
        // A text holds nothing, so that case is nothing but passed over.
        if event.contains("\"parentId\":12,") {
            assert_eq!(found, Ok(()), "{event}");
        } else {
            assert_eq!(found, Err(expected), "{event}");
        }
    }
    let refused = [
        (r#"{"wireframes":[]}"#, Trouble::NoPage),
        (r#"{"node":{"type":2,"tagName":"p","attributes":{},"childNodes":[],"id":1}}"#, Trouble::NoPage),
        (r#"{"node":{"type":0,"childNodes":[{"type":5,"textContent":"","id":1}],"id":1}}"#, Trouble::TwoOfOneId),
        (r#"{"node":{"type":0,"childNodes":[{"type":3,"textContent":"","id":2}],"id":1}}"#, Trouble::Unclear),
        (r#"{"node":{"type":0,"childNodes":[7],"id":1}}"#, Trouble::Shape),
    ];
    for (data, expected) in refused {
        assert_eq!(Page::of_full_snapshot(data).err(), Some(expected), "{data}");
    }
}

#[test]
fn depth_and_width_cost_no_stack_and_no_time() {
    let mut deep = r#"{"type":3,"textContent":"","id":200000}"#.to_owned();
    let (mut before, mut behind) = (String::new(), String::new());
    for id in 10..50_010 {
        before.push_str(r#"{"type":2,"tagName":"div","attributes":{},"childNodes":["#);
        behind.push_str(&format!("],\"id\":{id}}}"));
    }
    deep = before + &deep + &behind;
    let nested = format!("{}{}", r#"{"type":2,"tagName":"div","attributes":{},"childNodes":["#.repeat(50_000), "7");
    assert_eq!(Page::of_full_snapshot(&format!("{{\"node\":{nested}}}")).err(), Some(Trouble::Shape));
    let data = format!("{{\"node\":{{\"type\":0,\"childNodes\":[{deep}],\"id\":1}}}}");
    let events = written(&Page::of_full_snapshot(&data).unwrap());
    assert_eq!(written(&read_again(&events)), events);
    let mut page = page();
    let items: Vec<String> = (1000..31_000)
        .map(|id| {
            let previous = if id == 1000 { "null".to_owned() } else { (id - 1).to_string() };
            format!("{{\"parentId\":13,\"previousId\":{previous},\"nextId\":null,\"node\":{}}}", element(id, "li"))
        })
        .collect();
    page.apply(&mutation("adds", &items.join(",")), 0).unwrap();
    assert!(page.tree.get(30_999).is_some());
}

#[test]
fn an_event_that_makes_us_walk_without_end_is_given_up() {
    let mut page = page();
    let items: Vec<String> =
        (1000..4000).map(|id| format!("{{\"parentId\":13,\"nextId\":null,\"node\":{}}}", element(id, "li"))).collect();
    page.apply(&mutation("adds", &items.join(",")), 0).unwrap();
    let moved = format!("{{\"parentId\":10,\"nextId\":null,\"node\":{}}}", element(13, "ul"));
    assert_eq!(page.apply(&mutation("adds", &vec![moved; 20_000].join(",")), 0), Err(Trouble::TooLarge));
}

/// An event of any sort that a recorder may write, about nodes that are there or not.
fn any_event(page: &Page, seed: (u8, u16, u16, u16), fresh: u32) -> String {
    let (sort, a, b, c) = seed;
    let mut ids: Vec<i64> = page.tree.ids.keys().copied().collect();
    ids.sort_unstable();
    let known = |number: u16| ids[usize::from(number) % ids.len()];
    let (one, other) = (known(a), known(b));
    let tags = ["p", "div", "style", "textarea", "select", "option", "iframe", "input", "x-a", "b"];
    let tag = tags[usize::from(c) % tags.len()];
    let id = if c % 11 == 0 { i64::from(fresh % 50 + 300) } else { i64::from(fresh) };
    let node = match c % 5 {
        0 => format!("{{\"type\":3,\"textContent\":\"t{c}\",\"id\":{id}}}"),
        1 => format!(
            "{{\"type\":2,\"tagName\":\"{tag}\",\"attributes\":{{\"value\":\"v\"}},\"childNodes\":[],\"isShadow\":true,\"id\":{id}}}"
        ),
        _ => format!(
            "{{\"type\":2,\"tagName\":\"{tag}\",\"attributes\":{{\"_cssText\":\"c\",\"value\":\"{c}\"}},\"childNodes\":[],\"id\":{id}}}"
        ),
    };
    let parent_of = |id: i64| {
        let place = page.tree.get(id)?;
        let parent = page.tree.parent_node(place)?;
        let node = page.tree.node(parent);
        match node.kind {
            Kind::Shadow => node.parent.map(|host| (page.tree.node(host).id, true)),
            _ => Some((node.id, false)),
        }
    };
    match sort % 16 {
        0..=3 => {
            let children: Vec<i64> = page.tree.get(one).map_or_else(Vec::new, |place| {
                page.tree.children(place).map(|child| page.tree.node(child).id).filter(|&id| id > 0).collect()
            });
            let next = children.get(usize::from(b) % (children.len() + 1)).map_or("null".to_owned(), i64::to_string);
            mutation("adds", &format!("{{\"parentId\":{one},\"nextId\":{next},\"node\":{node}}}"))
        }
        4 => {
            let child = format!("{{\"type\":3,\"textContent\":\"late\",\"id\":{}}}", fresh + 100_000);
            mutation(
                "adds",
                &format!(
                    "{{\"parentId\":{id},\"nextId\":null,\"node\":{child}}},{{\"parentId\":{one},\"nextId\":null,\"node\":{node}}}"
                ),
            )
        }
        5 | 6 if one > 10 => match parent_of(one) {
            Some((parent, shadow)) => {
                mutation("removes", &format!("{{\"id\":{one},\"parentId\":{parent},\"isShadow\":{shadow}}}"))
            }
            None => mutation("removes", ""),
        },
        7 => mutation(
            "texts",
            &format!(
                "{{\"id\":{},\"value\":\"{c}\"}}",
                if page.tree.get(one).is_some_and(|place| page.tree.node(place).kind == Kind::Text) {
                    one
                } else {
                    999
                }
            ),
        ),
        8 | 9 => {
            let element = page.tree.get(one).is_some_and(|place| page.tree.node(place).kind.is_element());
            let values = [
                "{\"class\":\"c\"}",
                "{\"style\":{\"top\":\"1\"}}",
                "{\"style\":\"a\",\"title\":null}",
                "{\"value\":\"n\"}",
                "{\"_cssText\":\"n\"}",
                "{\"style\":{\"top\":false,\"left\":[\"1\",\"important\"]}}",
            ];
            let values = values[usize::from(c) % values.len()];
            mutation("attributes", &format!("{{\"id\":{},\"attributes\":{values}}}", if element { one } else { 999 }))
        }
        10 => format!("{{\"source\":5,\"id\":{one},\"text\":\"{c}\",\"isChecked\":false}}"),
        11 => format!("{{\"source\":3,\"id\":{one},\"x\":0,\"y\":{c}}}"),
        12 => format!("{{\"source\":8,\"id\":{one},\"adds\":[{{\"rule\":\"r{c}\",\"index\":0}}]}}"),
        13 => format!(
            "{{\"source\":15,\"id\":{one},\"styles\":[{{\"styleId\":{fresh},\"rules\":[]}}],\"styleIds\":[{fresh},{c}]}}"
        ),
        14 => mutation(
            "adds",
            &format!(
                "{{\"parentId\":{other},\"nextId\":null,\"node\":{{\"type\":0,\"childNodes\":[{{\"type\":2,\"tagName\":\"html\",\"attributes\":{{}},\"childNodes\":[],\"rootId\":{fresh},\"id\":{}}}],\"id\":{fresh}}}}}",
                fresh + 200_000
            ),
        ),
        _ => format!("{{\"source\":9,\"id\":{one},\"commands\":[{{\"property\":\"drawImage\",\"args\":[{c}]}}]}}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_page_that_was_written_and_read_goes_on_as_the_one_that_was_not(
        seeds in prop::collection::vec(any::<(u8, u16, u16, u16)>(), 1..120),
        written_after in any::<prop::sample::Index>(),
    ) {
        let split = written_after.index(seeds.len());
        let (mut page, mut again, mut fresh) = (page(), None, 1000);
        for (at, seed) in seeds.into_iter().enumerate() {
            if at == split {
                again = page.write(&MOMENT).ok().map(|events| read_again(&events));
            }
            fresh += 1;
            let event = any_event(&page, seed, fresh);
            let mut trial = event.clone();
            if page.apply(&trial, 5000).is_err() {
                // Given up: what is held means nothing any more.
                return Ok(());
            }
            if let Some(again) = &mut again {
                trial.clear();
                prop_assert_eq!(again.apply(&event, 5000), Ok(()), "{}", event);
            }
        }
        if let Some(again) = again {
            match (page.write(&MOMENT), again.write(&MOMENT)) {
                (Ok(one), Ok(other)) => prop_assert_eq!(values(&one), values(&other)),
                (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
            }
        }
    }

    #[test]
    fn no_event_makes_it_panic(texts in prop::collection::vec("[\\[\\]{}\":,a-z0-9]{0,60}", 0..8)) {
        let mut page = page();
        for text in texts {
            let event = format!("{{\"source\":0,\"texts\":[],\"attributes\":[],\"removes\":[],\"adds\":[{text}]}}");
            if crate::json::one_value(&event).is_ok() && page.apply(&event, 0).is_err() {
                return Ok(());
            }
        }
        prop_assert!(page.bytes() > 0);
    }
}
