//! The table: one line for each thing that is measured, floor beside product, and whether the bar is met.

use std::{fmt::Write as _, time::Duration};

/// What a line is held against.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// Product divided by floor, at least.
    OfFloor(f64),
    /// The product's value, at least.
    AtLeast(f64),
    /// The product's value, at most.
    AtMost(f64),
    /// Only reported.
    None,
}

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) floor: Option<f64>,
    pub(crate) product: f64,
    pub(crate) bar: Bar,
}

impl Line {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, product: f64, bar: Bar) -> Self {
        Self { name: name.into(), unit, floor: None, product, bar }
    }

    pub(crate) fn with_floor(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self
    }

    /// How much of the floor's speed the product reaches. Where less is better (a time) the floor is divided by the product.
    fn ratio(&self) -> Option<f64> {
        let floor = self.floor?;
        Some(match self.bar {
            Bar::AtMost(_) => floor / self.product,
            Bar::OfFloor(_) | Bar::AtLeast(_) | Bar::None => self.product / floor,
        })
    }

    pub(crate) fn is_met(&self) -> bool {
        match self.bar {
            Bar::OfFloor(least) => self.ratio().is_some_and(|ratio| ratio >= least),
            Bar::AtLeast(least) => self.product >= least,
            Bar::AtMost(most) => self.product <= most,
            Bar::None => true,
        }
    }

    fn cells(&self) -> [String; 7] {
        let number = |value: f64| match value.abs() {
            0.0..10.0 => format!("{value:.2}"),
            10.0..100.0 => format!("{value:.1}"),
            _ => format!("{value:.0}"),
        };
        let bar = match self.bar {
            Bar::OfFloor(least) => format!("≥ {least} of floor"),
            Bar::AtLeast(least) => format!("≥ {least}"),
            Bar::AtMost(most) => format!("≤ {most}"),
            Bar::None => String::new(),
        };
        let verdict = match self.bar {
            Bar::None => "",
            _ if self.is_met() => "ok",
            _ => "BELOW",
        };
        [
            self.name.clone(),
            self.unit.to_owned(),
            self.floor.map(number).unwrap_or_default(),
            number(self.product),
            self.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            bar,
            verdict.to_owned(),
        ]
    }
}

const HEAD: [&str; 7] = ["line", "unit", "floor", "product", "ratio", "bar", ""];

/// The lines as a table that reads well on a terminal and as Markdown.
pub(crate) fn render(lines: &[Line]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(lines.iter().map(Line::cells));
    let width =
        |column: usize| rows.iter().map(|row: &[String; 7]| row[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "| {cell:<width$} ").expect("writing to a string");
        }
        out.push_str("|\n");
        if at == 0 {
            for width in &widths {
                write!(out, "| {:-<width$} ", "").expect("writing to a string");
            }
            out.push_str("|\n");
        }
    }
    out
}

/// Units of something in a second.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn per_second(amount: usize, time: Duration) -> f64 {
    amount as f64 / time.as_secs_f64()
}

/// Bytes as megabytes of 10^6.
pub(crate) fn mega(bytes: f64) -> f64 {
    bytes / 1e6
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::{Bar, Line};

    #[test]
    fn a_bar_of_the_floor_is_met_from_its_ratio_on() {
        let line = |product| Line::new("x", "MB/s", product, Bar::OfFloor(0.7)).with_floor(100.0);
        assert!(line(70.0).is_met());
        assert!(!line(69.0).is_met());
    }

    #[test]
    fn a_time_is_met_when_it_is_short() {
        assert!(Line::new("x", "ms", 2.0, Bar::AtMost(2.0)).is_met());
        assert!(!Line::new("x", "ms", 2.1, Bar::AtMost(2.0)).is_met());
    }
}
