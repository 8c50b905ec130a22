//! `cassette rebuild`: the catalog again, from the objects alone.

use std::io::{self, Write as _};

use anyhow::Context as _;
use cassette_server::serve::DataFolder;
use cassette_store::rebuild::rebuild as from_objects;
use tokio::runtime::Builder;

use crate::ending::{Ending, say};
use crate::place::{data_folder, must_be_ours};
use crate::{progress, shown, words};

pub(crate) fn rebuild(words: &words::Rebuild) -> anyhow::Result<Ending> {
    let root = data_folder(words.data.as_ref());
    must_be_ours(&root)?;
    let folder = DataFolder::lock(&root)?;
    let runtime = Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
    let spinner = progress::spinner("reading what is stored");
    let rebuilt = runtime.block_on(async { anyhow::Ok(from_objects(&folder.bucket()?, &folder.catalog()?).await?) })?;
    spinner.finish_and_clear();
    for (object, reason) in &rebuilt.damaged {
        say(&format!("{object} is left out: {reason}"));
    }
    writeln!(
        io::stdout(),
        "the catalog of {} is made again from {} and {}",
        root.display(),
        shown::count(rebuilt.recordings, "recording file"),
        shown::count(rebuilt.live_objects, "live object")
    )?;
    match rebuilt.damaged.is_empty() {
        true => Ok(Ending::Done),
        false => Ok(Ending::NotSo),
    }
}
