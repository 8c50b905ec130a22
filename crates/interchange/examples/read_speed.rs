//! How fast files are read: `cargo run --release -p cassette-interchange --example read_speed -- FILE [LEVEL] [ROUNDS]`.
//!
//! FILE is of any form that can be read. The best round counts, in bytes of the file.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use cassette_interchange::read::{Reading, read};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected a file")?;
    let level = arguments.next().map_or(Ok(3), |level| level.parse())?;
    let rounds = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let bytes = std::fs::metadata(&path)?.len();
    let spool = std::env::temp_dir();
    let reading = Reading { project: None, session_id: None, spool: &spool, level, arrived_at: 0 };
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let out = File::create(spool.join("read-speed.ndjson.zst"))?;
        let begin = Instant::now();
        let read_in = read(File::open(&path)?, &reading, out)?;
        best = best.min(begin.elapsed().as_secs_f64());
        println!("{}: {} events, {:.3} s", read_in.kind.name(), read_in.finished.events, begin.elapsed().as_secs_f64());
    }
    std::fs::remove_file(spool.join("read-speed.ndjson.zst"))?;
    println!("{:.1} MB, {:.1} MB/s", bytes as f64 / 1e6, bytes as f64 / 1e6 / best);
    Ok(())
}
