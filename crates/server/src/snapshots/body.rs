//! The bytes of an answer, made while they are sent.

use std::io;

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use futures::{Stream, StreamExt as _, future, stream};

use super::asked::Form;
use super::blocks::{Block, Run, Unreadable, runs};
use super::convert::to_jsonl;
use crate::api_error::ApiError;

/// Runs of blocks that are read ahead of the one that is sent.
const AHEAD: usize = 2;

/// The events of blocks, in their order. Answers when the first of them is read, so that the status can say what became
/// of it.
///
/// # Errors
/// When the store does not answer, or no block is left of those that there should be.
pub(super) async fn body(blocks: Vec<Block>, form: Form) -> Result<Body, ApiError> {
    let mut pieces = Box::pin(pieces(blocks, form));
    let mut failed = None;
    let first = loop {
        match pieces.next().await {
            Some(Ok(piece)) => break piece,
            Some(Err(Unreadable::Lost)) => failed = Some(ApiError::BlocksUnavailable),
            Some(Err(Unreadable::Now(error))) => return Err(error),
            None => return failed.map_or_else(|| Ok(Body::empty()), Err),
        }
    };
    let rest = pieces.filter_map(|piece| {
        future::ready(match piece {
            Ok(piece) => Some(Ok(piece)),
            Err(Unreadable::Lost) => None,
            Err(Unreadable::Now(error)) => Some(Err(io::Error::other(error))),
        })
    });
    let all = stream::once(future::ready(Ok(first))).chain(rest);
    Ok(match form {
        Form::Jsonl => Body::from_stream(without_first_break(all)),
        Form::Snappy => Body::from_stream(all),
    })
}

/// What becomes of each block. A run of them is read, decoded and converted by one thread, while the one before it is sent.
fn pieces(blocks: Vec<Block>, form: Form) -> impl Stream<Item = Result<Bytes, Unreadable>> {
    let read = move |run: Run| {
        let mut frames = Frames { encoder: snap::raw::Encoder::new(), space: Vec::new() };
        tokio::spawn(run.read(move |mut lines| {
            to_jsonl(&mut lines);
            match form {
                Form::Snappy if !lines.is_empty() => frames.of(lines).ok_or(Unreadable::Now(ApiError::Internal)),
                Form::Snappy | Form::Jsonl => Ok(Bytes::from(lines)),
            }
        }))
    };
    let died = |_| vec![Err(Unreadable::Now(ApiError::Internal))];
    let read = stream::iter(runs(blocks)).map(read).buffered(AHEAD);
    read.flat_map(move |pieces| stream::iter(pieces.unwrap_or_else(died)))
}

/// Makes snappy frames. The space for one is kept: it is as large as what might not compress.
struct Frames {
    encoder: snap::raw::Encoder,
    space: Vec<u8>,
}

impl Frames {
    /// A length of four bytes, the highest first, and that many bytes of raw snappy. `lines` have their line breaks before
    /// them, the compressed ones behind them.
    fn of(&mut self, mut lines: Vec<u8>) -> Option<Bytes> {
        lines.push(b'\n');
        let lines = &lines[1..];
        let most = snap::raw::max_compress_len(lines.len());
        if self.space.len() < most {
            self.space.resize(most, 0);
        }
        let length = self.encoder.compress(lines, &mut self.space).ok()?;
        let mut frame = Vec::with_capacity(4 + length);
        frame.extend_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
        frame.extend_from_slice(&self.space[..length]);
        Some(frame.into())
    }
}

/// Each line comes with a line break before it. Between lines is where they belong, so the very first one is left out.
fn without_first_break(pieces: impl Stream<Item = io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> {
    let mut begun = false;
    pieces.map(move |piece| {
        let mut piece = piece?;
        if !begun && !piece.is_empty() {
            piece.advance(1);
            begun = true;
        }
        Ok(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_line_break_is_left_out_whatever_comes_empty() {
        let pieces = ["", "\na\nb", "", "\nc", ""].map(|piece| Ok(Bytes::from(piece)));
        let parts: Vec<Bytes> = without_first_break(stream::iter(pieces)).map(Result::unwrap).collect().await;
        assert_eq!(parts.concat(), b"a\nb\nc");
    }

    #[test]
    fn a_snappy_block_stands_behind_its_length() {
        let mut frames = Frames { encoder: snap::raw::Encoder::new(), space: Vec::new() };
        for lines in ["[\"w\",{}]\n[\"w\",{}]", "[\"w\",{}]"] {
            let framed = frames.of(format!("\n{lines}").into_bytes()).unwrap();
            assert_eq!(framed[..4], u32::try_from(framed.len() - 4).unwrap().to_be_bytes());
            let decoded = snap::raw::Decoder::new().decompress_vec(&framed[4..]).unwrap();
            assert_eq!(decoded, format!("{lines}\n").into_bytes());
        }
    }
}
