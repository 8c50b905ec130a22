//! `cassette`: portable session replay.
//!
//! One module a command; [`words`] is what can be typed. What a command found is its [`ending::Ending`]; an error is what
//! kept it from finding out. [`ending`] turns both into exit codes.

mod convert;
mod ending;
mod erase;
mod export;
mod form;
mod https;
mod import;
mod inspect;
mod left_out;
mod list;
mod notes;
mod place;
mod play;
mod progress;
mod pull;
mod read_in;
mod rebuild;
mod serve;
mod shown;
mod since;
mod target;
mod user;
mod verify;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

// Large buffers come and go with every request; with glibc's allocator ingest is about 5 to 8 % slower
// (docs/performance.md says how to measure).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match words::Words::parse().command {
        words::Command::Serve(options) => serve::serve(&options),
        words::Command::List(options) => ending::exit_code(list::list(&options)),
        words::Command::Export(options) => ending::exit_code(export::export(&options)),
        words::Command::Import(options) => ending::exit_code(import::import(&options)),
        words::Command::Pull(options) => ending::exit_code(pull::pull(&options)),
        words::Command::Convert(options) => ending::exit_code(convert::convert(&options)),
        words::Command::Inspect(options) => ending::exit_code(inspect::inspect(&options)),
        words::Command::Verify(options) => ending::exit_code(verify::verify(&options)),
        words::Command::Play(options) => ending::exit_code(play::play(&options)),
        words::Command::User(options) => ending::exit_code(user::user(&options)),
        words::Command::Erase(options) => ending::exit_code(erase::erase(&options)),
        words::Command::Rebuild(options) => ending::exit_code(rebuild::rebuild(&options)),
    }
}
