//! What the lines of a recording come to.

use std::io;

use crate::event::EventName;
use crate::file::{Meta, RestHead};
use crate::ids::WindowId;
use crate::merge::MergedLine;
use crate::summary::{ActiveTime, Counts};
use crate::{json, limits};

/// Counts the lines of a recording, given in their order.
#[derive(Debug, Default)]
pub struct Totals {
    counts: Counts,
    active: ActiveTime,
    /// Of the rrweb events.
    span: Option<(i64, i64)>,
    /// Of the first line, whatever it is.
    first_line: Option<i64>,
    windows: Vec<WindowId>,
    last_window: String,
}

impl Totals {
    /// Takes the next line.
    ///
    /// # Errors
    /// When the line does not begin with its window.
    pub fn count(&mut self, line: &MergedLine<'_>) -> io::Result<()> {
        let head = RestHead::read(line.rest)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "expected a line that begins with its window"))?;
        if self.first_line.is_none() || head.window_id != self.last_window {
            self.note_window(head.window_id);
        }
        self.first_line.get_or_insert(line.time);
        if line.line_type == "captured" {
            self.counts.exceptions += u64::from(head.name == Some("$exception"));
            return Ok(());
        }
        let name = head.name.and_then(EventName::from_name);
        self.counts.add_line(name, head.level);
        self.active.push(line.time, name.is_some_and(EventName::is_active));
        self.span = Some(self.span.map_or((line.time, line.time), |(first, _)| (first, line.time)));
        Ok(())
    }

    fn note_window(&mut self, escaped: &str) {
        self.last_window.clear();
        self.last_window.push_str(escaped);
        let window = json::unescape(escaped).parse::<WindowId>();
        if let Some(window) = window.ok().filter(|window| !self.windows.contains(window))
            && self.windows.len() < limits::IDS_PER_RECORDING
        {
            self.windows.push(window);
        }
    }

    /// Times of the first and of the last rrweb event, or else of the first line; `None` if there is no line.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.span.or(self.first_line.map(|time| (time, time)))
    }

    /// Tells the meta line what was counted: windows, counts and active time.
    pub fn tell(self, meta: &mut Meta) {
        meta.windows = self.windows;
        meta.counts = self.counts;
        meta.active_ms = self.active.finish();
    }
}
