//! `cassette convert`: from one form to another, without a store.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::bail;
use cassette_interchange::read::Reading;
use cassette_interchange::{ConvertError, Converted};
use cassette_server::config::Config;

use crate::ending::{Ending, say};
use crate::form::Chosen;
use crate::read_in::{folder_beside, open};
use crate::target::{WriteError, must_be_free, write_file};
use crate::{left_out, progress, words};

pub(crate) fn convert(words: &words::Convert) -> anyhow::Result<Ending> {
    let to = Some(words.output.as_path()).filter(|to| *to != Path::new("-"));
    let chosen = Chosen::by(&words.form, to)?;
    match to {
        Some(to) => must_be_free(to, words.force)?,
        None if chosen.is_binary() && io::stdout().is_terminal() => {
            bail!("this form is not for a terminal: add --format ndjson, or send the output elsewhere");
        }
        None => {}
    }
    let spool = folder_beside(to)?;
    let level = Config::default().recording.compression_level;
    let session_id = words.session_id.clone();
    let reading = Reading { project: None, session_id, spool: spool.path(), level, arrived_at: 0 };
    let input = open(&words.input)?;
    let spinner = progress::spinner("converting");
    let converted = match to {
        Some(to) => {
            write_file(to, words.force, |out| chosen.convert(input, &reading, out)).map_err(WriteError::into_anyhow)
        }
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            let converted = chosen.convert(input, &reading, &mut out);
            converted.and_then(|converted| out.flush().map(|()| converted).map_err(Into::into))
        }
    };
    spinner.finish_and_clear();
    let name = words.input.display().to_string();
    let Some(converted) = of_a_whole_file(&name, converted)? else { return Ok(Ending::NotSo) };
    left_out::tell(&name, &converted.left_out_of_input);
    left_out::tell(&words.output.display().to_string(), &converted.left_out_of_output);
    Ok(Ending::Done)
}

/// What was converted; `None` if something is wrong with the file of that name, which this says.
pub(crate) fn of_a_whole_file(name: &str, converted: anyhow::Result<Converted>) -> anyhow::Result<Option<Converted>> {
    match converted {
        Err(error) if error.downcast_ref().is_some_and(ConvertError::is_of_the_file) => {
            say(&format!("{name}: {error:#}"));
            Ok(None)
        }
        converted => converted.map(Some),
    }
}
