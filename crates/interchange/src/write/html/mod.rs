//! One page that plays without a server: the offline page with the recording inside.
//!
//! ## What takes the place of the marker
//!
//! ```text
//! <script type="text/plain" id="block-0">base64 of gzip of lines</script>
//! <script type="text/plain" id="block-1">…
//! <script type="application/json" id="listing">what there is, and where</script>
//! ```
//!
//! ## Invariants
//! 1. Nothing recorded can end its element: lines are base64, and the listing holds neither `<` nor a line separator.
//! 2. Only lines with an event or a captured event go in, and only as [`super::share`] leaves them.
//! 3. Memory is one block, the listing, and what finding signals takes. The listing stands last, because only then all of it is known.

mod block;
mod listing;

use std::io::{Read, Write};

use cassette_recording::signals::SignalFinder;

use self::block::OpenBlock;
use self::listing::Listing;
use super::losses::Losses;
use super::share::{Share, Shared};
use super::source::Source;
use super::{MARKER, WriteError, Written};

pub(super) fn write(
    mut source: Source<impl Read>,
    page: Option<&str>,
    out: &mut impl Write,
) -> Result<Written, WriteError> {
    let (before, after) = around_marker(page.ok_or_else(|| WriteError::Page("no page".to_owned()))?)?;
    out.write_all(before.as_bytes()).map_err(WriteError::Out)?;
    let mut listing = Listing::begin(source.meta());
    let mut share = Share::default();
    let mut block = OpenBlock::default();
    let mut signals = SignalFinder::default();
    let (mut events, mut unknown) = (0, 0);
    while let Some(line) = source.next_line()? {
        signals.add(&line);
        let shared = match share.line(&line) {
            Shared::AsItIs => line.raw,
            Shared::Changed(changed) => changed,
            Shared::LeftOut => continue,
            Shared::Passed => {
                unknown += u64::from(line.content == cassette_recording::file::Content::Unknown);
                continue;
            }
        };
        if block.is_full_for(&line) {
            listing.blocks.push(block.write(out).map_err(WriteError::Out)?);
        }
        block.push(&line, shared);
        events += u64::from(line.event.is_some());
    }
    if !block.is_empty() {
        listing.blocks.push(block.write(out).map_err(WriteError::Out)?);
    }
    listing.signals = signals.finish().moments;
    let mut losses = Losses::default();
    share.tell(&mut losses);
    losses.add("lines of unknown types", unknown, "the page could not show them");
    losses.add("halves of surrogate pairs", source.halves_replaced(), "replaced by U+FFFD, as asked");
    let left_out = losses.told();
    listing.write(&left_out, out).map_err(WriteError::Out)?;
    out.write_all(after.as_bytes()).map_err(WriteError::Out)?;
    Ok(Written { events, left_out })
}

/// What stands before the marker's line, and what behind it.
fn around_marker(page: &str) -> Result<(&str, &str), WriteError> {
    let mut found = None;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        if line.trim() == MARKER {
            if found.is_some() {
                return Err(WriteError::Page("two".to_owned()));
            }
            found = Some((&page[..at], &page[at + line.len()..]));
        }
        at += line.len();
    }
    found.ok_or_else(|| WriteError::Page("none".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use cassette_recording::ProjectId;
    use cassette_recording::file::Meta;
    use cassette_recording::json::{Array, Object};

    use super::super::sample;
    use super::*;

    const PAGE: &str = "<html>\n  <!-- recording -->\n<script>play()</script></html>\n";

    /// What the elements of a page hold, by their ids.
    fn elements(page: &str) -> Vec<(String, String)> {
        let inside = page.strip_prefix("<html>\n").unwrap().strip_suffix("<script>play()</script></html>\n").unwrap();
        let mut elements = Vec::new();
        for element in inside.lines() {
            let (head, text) = element.strip_suffix("</script>").unwrap().split_once('>').unwrap();
            let (_, id) = head.split_once("id=\"").unwrap();
            elements.push((id.trim_end_matches('"').to_owned(), text.to_owned()));
        }
        elements
    }

    fn lines(block: &str) -> String {
        let gzip = STANDARD.decode(block).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_string(&mut text).unwrap();
        text
    }

    fn page(text: &str) -> (String, Written) {
        let mut out = Vec::new();
        let written = write(Source::open(text.as_bytes(), false).unwrap(), Some(PAGE), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), written)
    }

    fn member<'a>(object: &'a str, name: &str) -> &'a str {
        let mut object = Object::open(object, 0).unwrap();
        while let Some(key) = object.next_key().unwrap() {
            if key == name {
                return object.value().unwrap();
            }
        }
        panic!("{name} is missing")
    }

    #[test]
    fn lines_come_out_of_the_page_byte_for_byte() {
        let hostile = r#"{"type":3,"data":{"source":0,"text":"</script><!-- \ud83d"},"timestamp":1005}"#;
        let full = r#"{"type":2,"data":{},"timestamp":1001}"#;
        let text = sample::recording(&[
            (0, "w", r#"{"type":4,"data":{"href":"/"},"timestamp":1000}"#),
            (1, "w", full),
            (5, "w", hostile),
        ]);
        let (page, written) = page(&text);
        let elements = elements(&page);
        let ids: Vec<&str> = elements.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["block-0", "block-1", "listing"], "a block is closed after the first full snapshot");
        let recorded: String = elements[..2].iter().map(|(_, block)| lines(block)).collect();
        let expected: Vec<&str> = text.lines().filter(|line| line.contains("\"event\":{")).collect();
        assert_eq!(recorded.lines().collect::<Vec<_>>(), expected);
        assert_eq!((written.events, written.left_out), (3, vec![]));
        assert!(!page.contains("<!--"), "the marker is gone, and nothing recorded stands in the page");
    }

    #[test]
    fn the_listing_says_what_is_in_the_blocks() {
        let events = [
            (0, "w", r#"{"type":4,"data":{"href":"/"},"timestamp":1000}"#),
            (1, "w", r#"{"type":2,"data":{},"timestamp":1001}"#),
            (9, "v", "{\"type\":5}"),
        ];
        let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), 1000, 1009);
        meta.user_agent = Some("</script>\u{2028}".to_owned());
        let (page, _) = page(&sample::with_meta(&meta, &events));
        let elements = elements(&page);
        let listing = &elements[2].1;
        assert_eq!(member(listing, "format"), "\"cassette-offline/1\"");
        assert_eq!(member(listing, "left_out"), "[]");
        let recording = member(listing, "recording");
        assert_eq!(member(recording, "user_agent"), r#""\u003c/script>\u2028""#);
        assert_eq!(member(recording, "started_at"), "1000");
        let mut blocks = Array::open(member(listing, "blocks"), 0).unwrap();
        let first = blocks.next_value().unwrap().unwrap();
        assert_eq!(
            [
                member(first, "key"),
                member(first, "first"),
                member(first, "last"),
                member(first, "events"),
                member(first, "lines")
            ],
            ["0", "0", "1", "2", "2"]
        );
        assert_eq!(member(first, "raw_length"), lines(&elements[0].1).len().to_string());
        assert_eq!(member(first, "full_snapshots"), r#"[{"window_id":"w","timestamp":1}]"#);
        let second = blocks.next_value().unwrap().unwrap();
        assert_eq!([member(second, "key"), member(second, "first"), member(second, "last")], ["1", "9", "9"]);
    }

    #[test]
    fn moments_of_trouble_are_in_the_listing() {
        let press = |kind: u8| {
            format!(r#"{{"type":3,"data":{{"source":2,"type":{kind},"id":7,"x":10,"y":20.4}},"timestamp":1}}"#)
        };
        let (down, click) = (press(1), press(2));
        let events: Vec<(i64, &str, &str)> = (0..3)
            .flat_map(|number| [(1000 + number * 300, "w", down.as_str()), (1050 + number * 300, "w", click.as_str())])
            .chain([(9000, "w", r#"{"type":5}"#)])
            .collect();
        let (page, _) = page(&sample::recording(&events));
        let elements = elements(&page);
        let mut signals = Array::open(member(&elements.last().unwrap().1, "signals"), 0).unwrap();
        let expected = r#"{"timestamp":1050,"kind":"rage_click","window_id":"w","node":7,"x":10,"y":20}"#;
        assert_eq!(signals.next_value().unwrap(), Some(expected));
        assert_eq!(signals.next_value().unwrap(), None);
    }

    #[test]
    fn blocks_are_closed_when_they_are_full_and_before_full_snapshots() {
        let filler = |bytes: usize| format!("{{\"type\":5,\"data\":\"{}\"}}", "x".repeat(bytes));
        let full = "{\"type\":2}";
        let (large, medium, small) = (filler(600 << 10), filler(70 << 10), filler(50 << 10));
        let (page, _) = page(&sample::recording(&[
            (0, "w", full),
            (1, "w", &large),
            (2, "w", &large),
            (3, "w", &small),
            (4, "w", full),
            (5, "w", &medium),
            (6, "w", full),
        ]));
        let elements = elements(&page);
        let counts: Vec<usize> =
            elements[..elements.len() - 1].iter().map(|(_, block)| lines(block).lines().count()).collect();
        assert_eq!(counts, [1, 2, 3, 1]);
    }

    #[test]
    fn a_page_without_one_marker_is_refused() {
        assert!(around_marker("<html></html>").is_err());
        assert!(around_marker("<!-- recording -->\n<!-- recording -->\n").is_err());
        assert_eq!(around_marker("a\n<!-- recording -->").unwrap(), ("a\n", ""));
        assert!(around_marker("x = '<!-- recording -->';\n").is_err(), "only a line of its own is the marker");
    }
}
