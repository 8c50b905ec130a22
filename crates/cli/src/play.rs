//! `cassette play`: a recording file in the player, without any store.
//!
//! The file becomes the offline page, which is served on loopback until somebody has enough. From a file instead of a port
//! browsers would play it just as well; a port also works from inside of a container, and leaves nothing behind.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use cassette_interchange::read::Reading;
use cassette_interchange::{Converted, Format};
use cassette_server::serve::{ServedPage, serve_page};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::convert::of_a_whole_file;
use crate::ending::{Ending, say};
use crate::form::Chosen;
use crate::read_in::{FAST, folder_beside, open};
use crate::{left_out, progress, words};

/// What opens a link in the browser of whoever sits here.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

pub(crate) fn play(words: &words::Play) -> anyhow::Result<Ending> {
    let name = words.file.display().to_string();
    let spinner = progress::spinner("reading");
    let folder = folder_beside(None)?;
    let page = folder.path().join("recording.html");
    let written = write_page(open(&words.file)?, folder.path(), &page);
    spinner.finish_and_clear();
    let Some(converted) = of_a_whole_file(&name, written)? else { return Ok(Ending::NotSo) };
    left_out::tell(&name, &converted.left_out_of_input);
    left_out::tell(&name, &converted.left_out_of_output);
    let runtime = Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
    runtime.block_on(async {
        let served = serve_page(page, words.listen).await?;
        greet(&served, words.no_open)?;
        until_interrupted(served).await
    })?;
    Ok(Ending::Done)
}

fn write_page(input: File, spool: &Path, page: &Path) -> anyhow::Result<Converted> {
    let chosen = Chosen { form: Format::Html.plain(), well_formed: false };
    let reading = Reading { project: None, session_id: None, spool, level: FAST, arrived_at: 0 };
    let mut out = BufWriter::new(File::create_new(page).context("the page cannot be written")?);
    let converted = chosen.convert(input, &reading, &mut out)?;
    out.flush().context("the page cannot be written")?;
    Ok(converted)
}

fn greet(served: &ServedPage, no_open: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", served.link)?;
    out.flush()?;
    if no_open || !out.is_terminal() {
        return Ok(());
    }
    let opened = Command::new(OPENER).arg(&served.link).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if opened.is_err() {
        say(&format!("no browser could be opened ({OPENER} is not there): open the link above"));
    }
    say("playing until Ctrl-C");
    Ok(())
}

async fn until_interrupted(served: ServedPage) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        failed = served.run() => failed.context("the page cannot be served any more"),
    }
}
