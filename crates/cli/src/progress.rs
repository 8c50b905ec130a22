//! The bar that long work shows on a terminal. On a pipe there is none.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `total` pieces of `what`, on standard error.
pub(crate) fn bar(total: usize, what: &'static str) -> ProgressBar {
    // indicatif draws nothing where standard error is no terminal.
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} {msg}  {eta}");
    let style = style.expect("the template is a constant and right");
    ProgressBar::new(total as u64).with_style(style).with_message(what)
}

/// A sign of life for work of unknown length.
pub(crate) fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar over bytes that are read; a sign of life where nobody knows how many.
pub(crate) fn bytes(total: Option<u64>, what: &'static str) -> ProgressBar {
    let Some(total) = total else { return spinner(what) };
    let style = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes} {msg}  {eta}");
    let style = style.expect("the template is a constant and right");
    ProgressBar::new(total).with_style(style).with_message(what)
}
