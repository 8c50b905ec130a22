//! An independent reader of recording files: the plain NDJSON of `docs/format/`, checked line by line while reading.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// A recording, read and checked.
pub struct Export {
    /// The first line.
    pub meta: Meta,
    /// All lines but the first, `checksum` and `end`.
    pub lines: Vec<Line>,
}

/// The first line, as far as tests look at it.
#[derive(Debug, Deserialize)]
pub struct Meta {
    /// Always `cassette/1`.
    pub format: String,
    /// The session.
    pub session_id: String,
    /// Milliseconds since 1970.
    pub started_at: i64,
    /// Milliseconds since 1970.
    pub ended_at: i64,
    /// Who, as the SDK says.
    #[serde(default)]
    pub distinct_ids: Vec<String>,
}

/// A line that carries an event or something captured.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// `full_snapshot`, `mutation`, `event` or `captured`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The line's number.
    pub seq: u64,
    /// Milliseconds since `started_at`.
    pub timestamp: i64,
    /// The window.
    #[serde(default)]
    pub window_id: Option<String>,
    /// What happened.
    #[serde(default)]
    pub name: Option<String>,
    /// The rrweb event, byte for byte.
    #[serde(default)]
    pub event: Option<Box<RawValue>>,
    /// The analytics item, byte for byte.
    #[serde(default)]
    pub captured: Option<Box<RawValue>>,
}

impl Line {
    /// The bytes of the rrweb event.
    #[must_use]
    pub fn event_text(&self) -> Option<&str> {
        self.event.as_deref().map(RawValue::get)
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    seq: Option<u64>,
    lines: Option<u64>,
    events: Option<u64>,
    sha256: Option<String>,
}

impl Export {
    /// Reads a file as stored: any number of zstd frames.
    ///
    /// # Errors
    /// What is wrong, with the number of the line.
    pub fn read_zstd(bytes: &[u8]) -> Result<Self, String> {
        let plain = zstd::decode_all(bytes).map_err(|error| format!("zstd: {error}"))?;
        Self::read(&plain)
    }

    /// Reads plain NDJSON and checks everything that can be checked: numbers without gaps, checksums of all blocks, the
    /// end, and times that never go back.
    ///
    /// # Errors
    /// What is wrong, with the number of the line.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = Reader::default();
        for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            reader.line(line).map_err(|why| format!("line {}: {why}", at + 1))?;
        }
        if !reader.ended {
            return Err("there is no end line".to_owned());
        }
        let meta = reader.meta.ok_or("there is no meta line")?;
        if meta.format != "cassette/1" {
            return Err(format!("format is {:?}", meta.format));
        }
        Ok(Self { meta, lines: reader.lines })
    }

    /// Lines that carry an rrweb event.
    pub fn events(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.event.is_some())
    }
}

#[derive(Default)]
struct Reader {
    meta: Option<Meta>,
    lines: Vec<Line>,
    next_seq: u64,
    since_checksum: u64,
    events: u64,
    last_time: Option<i64>,
    block: Sha256,
    all: Sha256,
    ended: bool,
}

impl Reader {
    fn line(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.ended {
            return Err("something stands after the end line".to_owned());
        }
        if bytes.last() != Some(&b'\n') {
            return Err("the line does not end with a line break".to_owned());
        }
        let head: Head = parse(bytes)?;
        if head.kind == "meta" {
            if self.meta.is_some() || self.next_seq > 0 {
                return Err("meta is not the first line".to_owned());
            }
            self.meta = Some(parse(bytes)?);
        } else if head.seq != Some(self.next_seq) {
            return Err(format!("seq {:?}, expected {}", head.seq, self.next_seq));
        } else {
            self.next_seq += 1;
        }
        match head.kind.as_str() {
            "checksum" => self.checksum(&head)?,
            "end" => return self.end(&head),
            kind => {
                self.since_checksum += 1;
                self.block.update(bytes);
                if kind != "meta" {
                    self.content(bytes)?;
                }
            }
        }
        self.all.update(bytes);
        Ok(())
    }

    fn content(&mut self, bytes: &[u8]) -> Result<(), String> {
        let line: Line = parse(bytes)?;
        if self.last_time.is_some_and(|last| line.timestamp < last) {
            return Err(format!("timestamp {} after {:?}", line.timestamp, self.last_time));
        }
        self.last_time = Some(line.timestamp);
        self.events += u64::from(line.event.is_some());
        self.lines.push(line);
        Ok(())
    }

    fn checksum(&mut self, head: &Head) -> Result<(), String> {
        let lines = std::mem::take(&mut self.since_checksum);
        if head.lines != Some(lines) {
            return Err(format!("the checksum covers {:?} lines, expected {lines}", head.lines));
        }
        same_digest(head, std::mem::take(&mut self.block))
    }

    fn end(&mut self, head: &Head) -> Result<(), String> {
        if self.since_checksum > 0 {
            return Err("the last block has no checksum line".to_owned());
        }
        if head.events != Some(self.events) {
            return Err(format!("the end counts {:?} events, expected {}", head.events, self.events));
        }
        self.ended = true;
        same_digest(head, std::mem::take(&mut self.all))
    }
}

fn same_digest(head: &Head, digest: Sha256) -> Result<(), String> {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in digest.finalize() {
        write!(hex, "{byte:02x}").expect("writing to a string");
    }
    match &head.sha256 {
        Some(said) if *said == hex => Ok(()),
        said => Err(format!("sha256 is {said:?}, the bytes give {hex}")),
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}
