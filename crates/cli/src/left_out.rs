//! Saying what a form could not carry.

use cassette_interchange::LeftOut;

use crate::ending::say;

/// One line for each kind of thing, on standard error. `name` is what is spoken of: a file, a recording, all of them.
pub(crate) fn tell(name: &str, left_out: &[LeftOut]) {
    for LeftOut { what, count, reason } in left_out {
        say(&format!("{name}: left out: {count} × {what}: {reason}"));
    }
}

/// What many recordings left out, together.
#[derive(Debug, Default)]
pub(crate) struct Sum(Vec<LeftOut>);

impl Sum {
    pub(crate) fn add(&mut self, left_out: Vec<LeftOut>) {
        for one in left_out {
            match self.0.iter_mut().find(|known| (known.what, known.reason) == (one.what, one.reason)) {
                Some(known) => known.count += one.count,
                None => self.0.push(one),
            }
        }
    }

    pub(crate) fn tell(&self, name: &str) {
        tell(name, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_for_the_same_reason_is_counted_together() {
        let one = |what, count| LeftOut { what, count, reason: "why" };
        let mut sum = Sum::default();
        sum.add(vec![one("a", 1), one("b", 2)]);
        sum.add(vec![one("b", 3)]);
        assert_eq!(sum.0, [one("a", 1), one("b", 5)]);
    }
}
