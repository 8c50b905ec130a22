//! `cassette`: portable session replay.

mod serve;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

// The decoder's buffers and the compressor's tables come and go with every request; glibc's allocator gives a third of
// the ingest rate away on them (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words = words::Words::parse();
    match words.command {
        words::Command::Serve(options) => serve::serve(&options),
    }
}
