//! How fast bodies are read: `cargo run --release -p cassette-wire --example decode_speed -- FOLDER [ROUNDS]`.
//!
//! FOLDER holds request bodies (`*.bin` or `*.body`). Each step is timed over all of them, the best round counts, and is
//! given in milliseconds per MB of wire bytes. Steps that contain others say so; the floors are what the primitives cost
//! on the same bytes, so that the product can be held against them on any machine.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use cassette_recording::event::EventFacts;
use cassette_recording::json;
use cassette_wire::capture::{Budget, Decoder, Envelope, Inflater, ItemClock};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("expected a folder of request bodies")?);
    let rounds = arguments.next().map_or(Ok(10), |rounds| rounds.parse()).context("expected a number of rounds")?;
    let bodies = read_bodies(&folder)?;
    let wire: usize = bodies.iter().map(Vec::len).sum();
    let (texts, events) = decode_all(&bodies)?;
    let decoded: usize = events.iter().map(String::len).sum();
    println!("{} bodies, {} events", bodies.len(), events.len());
    let body: usize = texts.iter().map(String::len).sum();
    println!("wire {:.2} MB, body {:.2} MB, decoded {:.2} MB", mb(wire), mb(body), mb(decoded));

    let table = |name: &str, mut step: Box<dyn FnMut() + '_>| {
        let best = (0..rounds).map(|_| time(&mut step)).fold(f64::INFINITY, f64::min);
        let per_mb = best * 1000.0 / mb(wire);
        println!("{name:<44} {per_mb:>7.2} ms per MB wire  {:>7.1} MB/s wire", 1000.0 / per_mb);
    };

    let mut gunzip = libdeflater::Decompressor::new();
    let mut out = vec![0; 16 << 20];
    table(
        "floor: outer gunzip, libdeflate alone",
        Box::new(|| each(&bodies, |body| gunzip.gzip_decompress(body, &mut out).is_ok())),
    );
    let mut inflater = Inflater::new();
    table("inflate", Box::new(|| each(&bodies, |body| inflater.text(body, &mut Budget::of_request()).is_ok())));
    table("scan the body", Box::new(|| each(&texts, |text| json::one_value(text).is_ok())));
    table("envelope (on inflated text)", Box::new(|| each(&texts, |text| Envelope::read(text).is_ok())));
    table("scan the decoded events", Box::new(|| each(&events, |event| json::one_value(event).is_ok())));
    table("facts of the decoded events", Box::new(|| each(&events, |event| EventFacts::read(event).is_ok())));
    let mut inflater = Inflater::new();
    table(
        "BEFORE THE ANSWER: inflate + envelope",
        Box::new(|| {
            each(&bodies, |body| {
                let text = inflater.text(body, &mut Budget::of_request()).expect("read before");
                Envelope::read(text.json).is_ok()
            });
        }),
    );
    let (mut inflater, mut decoder) = (Inflater::new(), Decoder::new());
    table(
        "ALL: inflate + envelope + decode + facts",
        Box::new(|| {
            for body in &bodies {
                let mut budget = Budget::of_request();
                let text = inflater.text(body, &mut budget).expect("read before");
                let envelope = Envelope::read(text.json).expect("read before");
                for item in envelope.items.iter().filter(|item| item.is_snapshot()) {
                    let clock = ItemClock::new(item.sent_at, 0);
                    let outcome = decoder.decode_item(item, clock, &mut budget, |event| {
                        black_box(event.json.len());
                    });
                    black_box(outcome.is_ok());
                }
            }
        }),
    );
    Ok(())
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn each<T>(inputs: &[T], mut step: impl FnMut(&T) -> bool) {
    for input in inputs {
        black_box(step(input));
    }
}

fn time(step: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    step();
    start.elapsed().as_secs_f64()
}

fn read_bodies(folder: &PathBuf) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "bin" || ending == "body"));
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

/// The text of each body, and each decoded event.
fn decode_all(bodies: &[Vec<u8>]) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut inflater, mut decoder) = (Inflater::new(), Decoder::new());
    let (mut texts, mut events) = (Vec::new(), Vec::new());
    for body in bodies {
        let mut budget = Budget::of_request();
        let text = inflater.text(body, &mut budget)?.json;
        let envelope = Envelope::read(text)?;
        for item in envelope.items.iter().filter(|item| item.is_snapshot()) {
            decoder.decode_item(item, ItemClock::new(item.sent_at, 0), &mut budget, |event| {
                assert_eq!(event.undecoded, None);
                events.push(event.json.to_owned());
            })?;
        }
        texts.push(text.to_owned());
    }
    Ok((texts, events))
}
