"""The form in which a recording travels, and how it is read without holding it.

A page that repeats itself shrinks a thousandfold: one piece from the network may be the whole recording. So what comes out is taken
in pieces of a bounded size too, never "all that this input makes".
"""

from __future__ import annotations

import zlib
from typing import Any, Callable, Iterator, List, Tuple

from .errors import DamagedRecording

#: Bytes that come out at once.
PIECE = 64 << 10

Decompressed = Callable[[Iterator[bytes]], Iterator[bytes]]


def wire_form() -> Tuple[List[Tuple[str, str]], Decompressed]:
    """The parameters of the download, and what reads its answer: the stored file where zstandard is there, gzip else."""
    try:
        import zstandard
    except ImportError:
        return [("format", "ndjson"), ("compression", "gzip")], _gzip
    return [("format", "ndjson.zst")], lambda pieces: _zstd(pieces, zstandard)


def _zstd(pieces: Iterator[bytes], zstandard: Any) -> Iterator[bytes]:
    # A file is many frames: a decoder that stops after the first one would return the meta line alone.
    reader = zstandard.ZstdDecompressor().stream_reader(_File(pieces), read_across_frames=True)
    while True:
        try:
            piece = reader.read(PIECE)
        except zstandard.ZstdError as error:
            raise DamagedRecording(f"the answer is no zstd: {error}") from error
        if not piece:
            return
        yield piece


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(wbits=31)
    for piece in pieces:
        while piece:
            try:
                yield decoder.decompress(piece, PIECE)
            except zlib.error as error:
                raise DamagedRecording(f"the answer is no gzip: {error}") from error
            piece = decoder.unconsumed_tail


class _File:
    """Pieces as a file that is read from the beginning to the end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def read(self, size: int) -> bytes:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = piece
        given, self._held = self._held[:size], self._held[size:]
        return given
