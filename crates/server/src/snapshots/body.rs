//! The bytes of an answer, made while they are sent.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, future, stream};

use super::asked::Form;
use super::blocks::{Block, Unreadable};
use super::convert::append_jsonl;
use crate::api_error::ApiError;

/// Blocks that are read ahead of the one that is sent.
const AHEAD: usize = 3;

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
        Form::Jsonl => Body::from_stream(without_last_break(all)),
        Form::Snappy => Body::from_stream(all.map(|piece| piece.map(Bytes::from))),
    })
}

fn pieces(blocks: Vec<Block>, form: Form) -> impl Stream<Item = Result<Vec<u8>, Unreadable>> {
    // Each on a task of its own: the next block is decoded while this one is sent.
    let read = move |block: Block| tokio::spawn(async move { piece(&block.lines().await?, form) });
    stream::iter(blocks).map(read).buffered(AHEAD).map(|read| read.unwrap_or(Err(Unreadable::Now(ApiError::Internal))))
}

fn piece(lines: &[u8], form: Form) -> Result<Vec<u8>, Unreadable> {
    let mut jsonl = Vec::with_capacity(lines.len());
    append_jsonl(&mut jsonl, lines);
    match form {
        Form::Jsonl => Ok(jsonl),
        Form::Snappy if jsonl.is_empty() => Ok(jsonl),
        Form::Snappy => framed(&jsonl).ok_or(Unreadable::Now(ApiError::Internal)),
    }
}

/// A length of four bytes, the highest first, and that many bytes of raw snappy.
fn framed(jsonl: &[u8]) -> Option<Vec<u8>> {
    let mut framed = vec![0; 4 + snap::raw::max_compress_len(jsonl.len())];
    let length = snap::raw::Encoder::new().compress(jsonl, &mut framed[4..]).ok()?;
    framed[..4].copy_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
    framed.truncate(4 + length);
    Some(framed)
}

/// Line breaks stand between lines, not behind the last one: each piece's last one goes out before the next piece.
fn without_last_break(pieces: impl Stream<Item = io::Result<Vec<u8>>>) -> impl Stream<Item = io::Result<Bytes>> {
    let mut owed = false;
    pieces.flat_map(move |piece| {
        let mut out = Vec::with_capacity(2);
        match piece {
            Err(error) => out.push(Err(error)),
            Ok(piece) if piece.is_empty() => {}
            Ok(mut piece) => {
                if std::mem::replace(&mut owed, piece.pop_if(|byte| *byte == b'\n').is_some()) {
                    out.push(Ok(Bytes::from_static(b"\n")));
                }
                out.push(Ok(Bytes::from(piece)));
            }
        }
        stream::iter(out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_line_break_is_left_out_whatever_comes_empty() {
        let pieces = ["", "a\nb\n", "", "c\n", ""].map(|piece| Ok(piece.as_bytes().to_vec()));
        let parts: Vec<Bytes> = without_last_break(stream::iter(pieces)).map(Result::unwrap).collect().await;
        assert_eq!(parts.concat(), b"a\nb\nc");
    }

    #[test]
    fn a_snappy_block_stands_behind_its_length() {
        let framed = framed(b"[\"w\",{}]\n").unwrap();
        assert_eq!(framed[..4], u32::try_from(framed.len() - 4).unwrap().to_be_bytes());
        assert_eq!(snap::raw::Decoder::new().decompress_vec(&framed[4..]).unwrap(), b"[\"w\",{}]\n");
    }
}
