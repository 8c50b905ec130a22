//! Messages of `docs/format/recording.proto`.

use std::io::{Read, Write};

use super::losses::Losses;
use super::source::Source;
use super::{WriteError, Written};
use crate::protobuf::Encoder;

pub(super) fn write(mut source: Source<impl Read>, out: &mut impl Write) -> Result<Written, WriteError> {
    let mut encoder = Encoder::default();
    out.write_all(encoder.meta(source.meta_line(), source.meta())).map_err(WriteError::Out)?;
    let mut events = 0;
    while let Some(line) = source.next_line()? {
        out.write_all(encoder.line(&line)).map_err(WriteError::Out)?;
        events += u64::from(line.event.is_some());
    }
    let mut losses = Losses::default();
    losses.add("halves of surrogate pairs", source.halves_replaced(), "replaced by U+FFFD, as asked");
    Ok(Written { events, left_out: losses.told() })
}
