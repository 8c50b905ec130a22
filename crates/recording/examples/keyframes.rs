//! Makes the keyframes of a recording, plain or compressed, and prints them as lines:
//!
//! ```text
//! cargo run --release -p cassette-recording --example keyframes -- FILE [MILLISECONDS BYTES]
//! ```
//!
//! Before the lines of each stands `{"type":"keyframe","window_id":…,"timestamp":…,"lines":…}`. What it took is said on the
//! error output. With an interval of 0 and 0 bytes there is one before each event.

use std::fs::File;
use std::io::{self, Write as _};
use std::time::Instant;

use cassette_recording::file::{LineReader, Meta, ParsedLine};
use cassette_recording::json;
use cassette_recording::keyframes::{Maker, Pace};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected a file")?;
    let (ms, bytes) = (arguments.next(), arguments.next());
    let pace = match (ms, bytes) {
        (Some(ms), Some(bytes)) => Pace { ms: ms.parse()?, bytes: bytes.parse()?, part_of_picture: usize::MAX },
        _ => Pace::default(),
    };
    let started = Instant::now();
    let mut lines = LineReader::new(File::open(&path)?)?;
    let meta = lines.next_line()?.ok_or("expected a meta line")?;
    let mut maker = Maker::at_pace(Meta::parse(std::str::from_utf8(meta.bytes)?)?.started_at, pace);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut count, mut made) = (0, 0);
    while let Some(line) = lines.next_line()? {
        let Ok(line) = ParsedLine::parse(std::str::from_utf8(line.bytes)?) else { continue };
        let Some(keyframe) = maker.line(&line) else { continue };
        count += 1;
        made += keyframe.lines.len();
        let mut window = Vec::new();
        json::write_string(&mut window, keyframe.window_id.as_str());
        let window = String::from_utf8(window)?;
        let number = keyframe.lines.split(|&byte| byte == b'\n').count() - 1;
        writeln!(
            out,
            "{{\"type\":\"keyframe\",\"window_id\":{window},\"timestamp\":{},\"lines\":{number}}}",
            keyframe.timestamp
        )?;
        out.write_all(&keyframe.lines)?;
    }
    out.flush()?;
    let (read, left_out) = (lines.bytes(), maker.left_out());
    eprintln!("{count} keyframes of {made} bytes, of a recording of {read}, in {:?}", started.elapsed());
    left_out.iter().for_each(|left| eprintln!("none from {} on: {}", left.timestamp, left.reason));
    Ok(())
}
