//! From one form to another.
//!
//! Two ways need no stored recording in between, and are the ones that are gone most: the lines of a recording of ours to any
//! form, and anything to lines.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use crate::read::{self, Kind, ReadError, Reading, Shape};
use crate::wrapping::{Positioned, unwrap};
use crate::write::{self, WriteError, Writing};
use crate::{Form, Format, LeftOut};

/// zstd's level of a recording that is read again at once and thrown away.
const FAST: i32 = 1;

/// What was converted.
#[derive(Debug, Clone)]
pub struct Converted {
    /// What the file was.
    pub kind: Kind,
    /// What reading could not carry.
    pub left_out_of_input: Vec<LeftOut>,
    /// What writing could not carry.
    pub left_out_of_output: Vec<LeftOut>,
}

/// Why a file was not converted. What was written until then is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It cannot be written in that form.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ConvertError {
    /// Something is wrong with the file, not with where it is or where it goes.
    pub fn is_of_the_file(&self) -> bool {
        match self {
            Self::Read(error) => matches!(error, ReadError::Invalid(_)),
            Self::Write(error) => !matches!(error, WriteError::Out(_) | WriteError::Page(_) | WriteError::Form(_)),
        }
    }
}

/// Reads a file of any form, recognised by its content, and writes it in another.
///
/// # Errors
/// When the file is none that can be read, or is damaged, or the output takes no more.
pub fn convert(
    input: File,
    reading: &Reading<'_>,
    writing: &Writing<'_>,
    out: impl Write,
) -> Result<Converted, ConvertError> {
    let file = Arc::new(input);
    let unwrapped = unwrap(Positioned::new(file.clone())).map_err(|cause| ReadError::io("read the file", cause))?;
    let lines = Form { format: Format::Ndjson, compression: None };
    match read::recognise(&unwrapped.head)? {
        Shape::Cassette if reading.keeps_meta() && writing.form.format != Format::NdjsonZst => {
            let written = write::write(unwrapped.reader, writing, out)?;
            let left_out_of_output = written.left_out;
            Ok(Converted { kind: Kind::CassetteNdjson, left_out_of_input: Vec::new(), left_out_of_output })
        }
        shape if !shape.is_ours() && writing.form == lines && !writing.well_formed => {
            let mut out = BufWriter::with_capacity(1 << 20, out);
            let (kind, left_out_of_input) = read::foreign_lines(file, unwrapped, shape, reading, &mut out)?;
            out.flush().map_err(WriteError::Out)?;
            Ok(Converted { kind, left_out_of_input, left_out_of_output: Vec::new() })
        }
        _ => by_a_stored_file(&file, reading, writing, out),
    }
}

fn by_a_stored_file(
    file: &File,
    reading: &Reading<'_>,
    writing: &Writing<'_>,
    out: impl Write,
) -> Result<Converted, ConvertError> {
    let spool_error = |cause| ReadError::io("write to the spool", cause);
    let stored = tempfile::tempfile_in(reading.spool).map_err(spool_error)?;
    let level = if writing.form.format == Format::NdjsonZst { reading.level } else { FAST };
    let input = file.try_clone().map_err(|cause| ReadError::io("read the file", cause))?;
    let mut spool = BufWriter::with_capacity(1 << 20, &stored);
    let read = read::read(input, &Reading { level, ..reading.clone() }, &mut spool)?;
    spool.flush().map_err(spool_error)?;
    drop(spool);
    let written = write::write(Positioned::new(Arc::new(stored)), writing, out)?;
    Ok(Converted { kind: read.kind, left_out_of_input: read.left_out, left_out_of_output: written.left_out })
}
