//! How long the steps of an answer took, for the `Server-Timing` header, which browsers show beside a request.

use std::fmt;
use std::time::Instant;

/// Steps so far.
#[derive(Debug)]
pub(crate) struct ServerTiming {
    last: Instant,
    steps: Vec<(&'static str, f64)>,
}

impl ServerTiming {
    pub(crate) fn begin() -> Self {
        Self { last: Instant::now(), steps: Vec::new() }
    }

    /// A step is done.
    pub(crate) fn mark(&mut self, step: &'static str) {
        let now = Instant::now();
        self.steps.push((step, now.duration_since(self.last).as_secs_f64() * 1000.0));
        self.last = now;
    }
}

impl fmt::Display for ServerTiming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (step, milliseconds)) in self.steps.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{step};dur={milliseconds:.2}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_in_their_order() {
        let mut timing = ServerTiming::begin();
        timing.steps.extend([("rows", 1.234), ("views", 0.5)]);
        assert_eq!(timing.to_string(), "rows;dur=1.23, views;dur=0.50");
    }
}
