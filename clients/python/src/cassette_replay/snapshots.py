"""PostHog's two steps: list the sources of a recording, then fetch their blocks, at most twenty at a time."""

from __future__ import annotations

import datetime
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Tuple

import httpx

from ._times import parse_time
from ._transport import Transport
from .errors import DamagedRecording, MissingPackage
from .events import Event, expand, from_snapshot_line, parse, split_lines

#: Keys of one request at most, as PostHog's documentation says.
KEYS_AT_ONCE = 20

#: Bytes of a compressed block at most that is taken into memory.
LARGEST_BLOCK = 256 << 20

Decoder = Callable[[bytes], bytes]


class Source(NamedTuple):
    """One block of a recording, as the list of sources names it."""

    source: str
    blob_key: Optional[str]
    start: Optional[datetime.datetime]
    end: Optional[datetime.datetime]


def list_sources(transport: Transport, path: str) -> List[Source]:
    answer = transport.get_json(path)
    return [
        Source(
            str(entry.get("source")),
            entry.get("blob_key"),
            parse_time(entry.get("start_timestamp")),
            parse_time(entry.get("end_timestamp")),
        )
        for entry in answer.get("sources", [])
    ]


def ranges(keys: List[int]) -> Iterator[Tuple[int, int]]:
    """First and last key of each request: keys that follow on one another, twenty at most.

    A server may leave keys out (Cassette begins a new million when a recording is finished), and a range that spans a key that is not
    there is answered 404.
    """
    first = last = None
    for key in keys:
        if first is not None and last is not None and key == last + 1 and key - first < KEYS_AT_ONCE:
            last = key
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = key
    if first is not None and last is not None:
        yield first, last


def snapshot_events(transport: Transport, path: str, decompress: Optional[bool]) -> Iterator[Event]:
    """All events of a recording, block after block. Holds one line (``decompress``) or one block at a time."""
    decode = None if decompress is True else snappy_decoder()
    if decompress is False and decode is None:
        raise MissingPackage("cramjam", "decompress=False", "snappy")
    keys = [int(source.blob_key) for source in list_sources(transport, path) if _is_block(source) and source.blob_key]
    number = 0
    for first, last in ranges(keys):
        params = [
            ("source", "blob_v2"),
            ("start_blob_key", str(first)),
            ("end_blob_key", str(last)),
            ("decompress", "false" if decode else "true"),
        ]
        with transport.stream(path, params) as response:
            for line in split_lines(_blocks(response, decode) if decode else response.iter_bytes()):
                number += 1
                for event in from_snapshot_line(parse(line, number), number):
                    yield Event(event.window_id, expand(event.event))


def _is_block(source: Source) -> bool:
    return source.source == "blob_v2"


def _blocks(response: httpx.Response, decode: Decoder) -> Iterator[bytes]:
    """Each block decoded. On the wire: a big-endian u32 length, then as many bytes of raw snappy. Blocks end lines."""
    held = bytearray()
    for piece in response.iter_bytes():
        held += piece
        while len(held) >= 4:
            length = int.from_bytes(held[:4], "big")
            if length > LARGEST_BLOCK:
                raise DamagedRecording(f"a block says that it is {length} bytes long")
            if len(held) < 4 + length:
                break
            yield _decoded(bytes(held[4 : 4 + length]), decode)
            yield b"\n"
            del held[: 4 + length]
    if held:
        raise DamagedRecording(f"the answer ends {len(held)} bytes into a block")


def _decoded(block: bytes, decode: Decoder) -> bytes:
    try:
        return decode(block)
    except Exception as error:  # each codec has exceptions of its own
        raise DamagedRecording(f"a block of {len(block)} bytes is no raw snappy: {error}") from error


def snappy_decoder() -> Optional[Decoder]:
    """A decoder of raw snappy, from whichever package is there; None where none is."""
    try:
        import cramjam
    except ImportError:
        pass
    else:
        return lambda block: bytes(cramjam.snappy.decompress_raw(block))
    try:
        import snappy
    except ImportError:
        return None
    decoder: Any = snappy.uncompress
    return lambda block: bytes(decoder(block))
