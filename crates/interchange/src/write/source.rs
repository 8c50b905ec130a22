//! The recording that is written in another form: its lines, one after the other, each read once.
//!
//! What comes out of here is a whole recording in order. A file that ends early, repeats a line, goes back in time or has
//! lines that their checksum line does not know is refused with its first such line, so that no form is ever a part that looks
//! like a whole, nor signs what was damaged. All that is wrong with a file, [`cassette_recording::file::verify`] says.

use std::io::Read;

use cassette_recording::file::{Content, LineError, LineReader, Meta, ParsedLine};

use super::WriteError;
use super::digests::Digests;
use super::well_formed::WellFormed;

/// Reads a recording.
pub(super) struct Source<R: Read> {
    reader: LineReader<R>,
    meta: Meta,
    meta_line: String,
    well_formed: Option<WellFormed>,
    /// The line as it leaves where it is not the reader's.
    line: Vec<u8>,
    order: Order,
    digests: Digests,
}

/// What the lines so far say of the next one.
#[derive(Default)]
struct Order {
    next_seq: u64,
    last_timestamp: Option<i64>,
    events: u64,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// Reads the first line.
    pub(super) fn open(input: R, well_formed: bool) -> Result<Self, WriteError> {
        let mut reader = LineReader::new(input).map_err(WriteError::Open)?;
        let mut well_formed = well_formed.then(WellFormed::default);
        let mut line = reader.next_line()?.ok_or(WriteError::Empty)?.bytes.to_vec();
        if let Some(well_formed) = &mut well_formed {
            well_formed.pass(&mut line);
        }
        let meta_line = text(&line).map_err(|cause| WriteError::Line { number: 1, cause })?.to_owned();
        let meta = Meta::parse(&meta_line).map_err(WriteError::Meta)?;
        let mut digests = Digests::begin();
        let first = ParsedLine::parse(&meta_line).map_err(|cause| WriteError::Line { number: 1, cause })?;
        digests.line(1, &first)?;
        Ok(Self { reader, meta, meta_line, well_formed, line, order: Order::default(), digests })
    }

    /// What the first line says.
    pub(super) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The first line, without its line break.
    pub(super) fn meta_line(&self) -> &str {
        &self.meta_line
    }

    /// Halves of surrogate pairs that were replaced so far.
    pub(super) fn halves_replaced(&self) -> u64 {
        self.well_formed.as_ref().map_or(0, WellFormed::replaced)
    }

    /// The next line; `None` behind the `end` line.
    pub(super) fn next_line(&mut self) -> Result<Option<ParsedLine<'_>>, WriteError> {
        let Some(line) = self.reader.next_line()? else {
            self.order.end()?;
            return self.digests.end().map(|()| None);
        };
        let number = line.number;
        if !line.terminated {
            return Err(order(number, "a line break at its end", "the end of the file"));
        }
        let bytes = match &mut self.well_formed {
            None => line.bytes,
            Some(well_formed) => {
                self.line.clear();
                self.line.extend_from_slice(line.bytes);
                well_formed.pass(&mut self.line);
                &self.line
            }
        };
        let parsed = text(bytes).and_then(ParsedLine::parse).map_err(|cause| WriteError::Line { number, cause })?;
        self.order.check(number, &parsed)?;
        self.digests.line(number, &parsed)?;
        Ok(Some(parsed))
    }
}

impl Order {
    fn check(&mut self, number: u64, line: &ParsedLine<'_>) -> Result<(), WriteError> {
        if line.content == Content::Meta {
            return Err(order(number, "one recording", "a second meta line"));
        }
        if self.ended {
            return Err(order(number, "nothing after the end line", "another line"));
        }
        if line.seq != Some(self.next_seq) {
            let found = line.seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string());
            return Err(order(number, format!("seq {}", self.next_seq), found));
        }
        self.next_seq += 1;
        if let Some(timestamp) = line.timestamp {
            if let Some(last) = self.last_timestamp.filter(|&last| timestamp < last) {
                return Err(order(number, format!("a timestamp of {last} or later"), timestamp.to_string()));
            }
            self.last_timestamp = Some(timestamp);
        }
        self.events += u64::from(line.event.is_some());
        if let Content::End { events, .. } = line.content {
            if events != self.events {
                return Err(order(
                    number,
                    format!("an end line for {} events", self.events),
                    format!("one for {events}"),
                ));
            }
            self.ended = true;
        }
        Ok(())
    }

    fn end(&self) -> Result<(), WriteError> {
        match self.ended {
            true => Ok(()),
            // The line with seq 0 is the second.
            false => Err(order(self.next_seq + 2, "an end line", "the end of the file")),
        }
    }
}

pub(super) fn order(number: u64, expected: impl Into<String>, found: impl Into<String>) -> WriteError {
    WriteError::Order { number, expected: expected.into(), found: found.into() }
}

fn text(line: &[u8]) -> Result<&str, LineError> {
    // Twice as fast as the standard library's; which byte it is, only that one says.
    simdutf8::basic::from_utf8(line)
        .or_else(|_| std::str::from_utf8(line))
        .map_err(|error| LineError::NotUtf8 { at: error.valid_up_to() })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn refused(text: &str) -> String {
        let mut source = match Source::open(text.as_bytes(), false) {
            Ok(source) => source,
            Err(error) => return error.to_string(),
        };
        loop {
            match source.next_line() {
                Ok(Some(_)) => {}
                Ok(None) => return "nothing".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn what_is_no_whole_recording_is_refused_with_its_first_wrong_line() {
        let whole = sample::recording(&[(0, "w", r#"{"type":4,"data":{},"timestamp":1000}"#), (5, "w", "{}")]);
        assert_eq!(refused(&whole), "nothing");
        assert_eq!(refused(""), "expected a recording, found an empty file");
        assert_eq!(refused("{}\n"), "line 1");
        let lines: Vec<&str> = whole.lines().collect();
        let cut = format!("{}\n{}\n", lines[0], lines[1]);
        assert_eq!(refused(&cut), "line 3: expected an end line, found the end of the file");
        assert_eq!(refused(whole.trim_end()), "line 5: expected a line break at its end, found the end of the file");
        let without = [lines[0], lines[2], lines[3], lines[4], ""].join("\n");
        assert_eq!(refused(&without), "line 2: expected seq 0, found 1");
        assert_eq!(refused(&whole.repeat(2)), "line 6: expected one recording, found a second meta line");
        let again = format!("{whole}{}\n", lines[4]);
        assert_eq!(refused(&again), "line 6: expected nothing after the end line, found another line");
        let back = whole.replace(r#""timestamp":5,"#, r#""timestamp":-5,"#);
        assert_eq!(refused(&back), "line 3: expected a timestamp of 0 or later, found -5");
        let fewer = whole.replace(r#""events":2,"sha"#, r#""events":3,"sha"#);
        assert_eq!(refused(&fewer), "line 5: expected an end line for 2 events, found one for 3");
        assert_eq!(refused(&whole.replace(r#""event":{}"#, r#""event":{]"#)), "line 3");
    }
}
