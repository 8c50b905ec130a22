//! Steps: each has a name, a time and an outcome, and every one of them stands in the table at the end.

use std::{process::ExitCode, time::Instant};

use anyhow::Result;

pub(crate) struct Steps {
    done: Vec<Done>,
}

struct Done {
    name: String,
    seconds: f64,
    failure: Option<String>,
}

impl Steps {
    pub(crate) fn begin() -> Self {
        Self { done: Vec::new() }
    }

    /// Runs one step and says whether it passed. A failed step does not stop the others: one run shows all that is wrong.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n=== {name}");
        let start = Instant::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        let seconds = start.elapsed().as_secs_f64();
        match &failure {
            None => println!("=== {name}: ok, {seconds:.1} s"),
            Some(why) => println!("=== {name}: FAILED, {seconds:.1} s: {why}"),
        }
        let passed = failure.is_none();
        self.done.push(Done { name: name.to_owned(), seconds, failure });
        passed
    }

    /// A step that makes no sense without an earlier one: it counts as failed, with the reason, where that one failed.
    pub(crate) fn step_after(
        &mut self,
        earlier_passed: bool,
        earlier: &str,
        name: &str,
        work: impl FnOnce() -> Result<()>,
    ) -> bool {
        self.step(name, || {
            anyhow::ensure!(earlier_passed, "not run, because this failed: {earlier}");
            work()
        })
    }

    /// Prints the table and the closing line.
    pub(crate) fn finish(self) -> ExitCode {
        let widest = self.done.iter().map(|done| done.name.len()).max().unwrap_or(0);
        println!();
        for done in &self.done {
            let outcome = done.failure.as_deref().map_or("ok", first_line);
            println!("{:<widest$}  {:>7.1} s  {outcome}", done.name, done.seconds);
        }
        let total: f64 = self.done.iter().map(|done| done.seconds).sum();
        println!("{:<widest$}  {total:>7.1} s", "all");
        let failed = self.done.iter().filter(|done| done.failure.is_some()).count();
        println!("\n{} passed, {failed} failed", self.done.len() - failed);
        ExitCode::from(u8::from(failed > 0))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}
