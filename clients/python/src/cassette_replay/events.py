"""Events, and the lines that they stand in.

Lines are split at byte 0x0A and nowhere else: strings may hold U+0085, U+2028 and their like unescaped, which ``str.splitlines``
takes for line ends. Half emojis (unpaired surrogates) are real; ``json.loads`` keeps them, and ``json.dumps`` writes them
back as escapes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .errors import DamagedRecording, UnreadableLine

#: Bytes of a line at most, as in the format: what is longer is damage and not a line.
LONGEST_LINE = 256 << 20

#: The one kind of per-event compression that PostHog's SDKs write.
COMPRESSED = "2024-10"


class Event(NamedTuple):
    """One rrweb event and the window (browser tab) that it belongs to."""

    #: The window, as the SDK named it; empty where it named none.
    window_id: str
    #: The rrweb event: ``type``, ``data``, ``timestamp`` (milliseconds since 1970 on the visitor's clock).
    event: Dict[str, Any]


class CapturedEvent(NamedTuple):
    """An analytics event of the same visit, such as ``$identify``."""

    name: str
    #: Milliseconds since the recording's start; negative before its first rrweb event.
    offset_ms: int
    window_id: str
    distinct_id: Optional[str]
    #: The item as the SDK sent it.
    captured: Dict[str, Any]


def split_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their 0x0A, from pieces of any size. Holds one line at a time. Empty lines are passed over."""
    held: List[bytes] = []
    length = 0
    for piece in pieces:
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            held.append(piece[start:end])
            line = b"".join(held)
            held, length, start = [], 0, end + 1
            if line:
                yield line
        if start < len(piece):
            held.append(piece[start:])
            length += len(piece) - start
            if length > LONGEST_LINE:
                raise DamagedRecording(f"a line is longer than {LONGEST_LINE} bytes")
    if held:
        yield b"".join(held)


def parse(line: bytes, number: int) -> Any:
    """A line's JSON."""
    try:
        return json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedRecording(f"line {number} is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, pages of hundreds of levels
        raise UnreadableLine(f"line {number} is more than Python's JSON reader can hold: {error}") from error


def checked(lines: Iterable[bytes]) -> Iterator[Tuple[int, bytes, Dict[str, Any]]]:
    """Lines of a ``cassette/1`` recording with number and JSON, held against the digests that stand among them.

    An error is raised at the first checksum that differs, so at most one block (about 256 KiB) too late, and where the recording
    ends before its ``end`` line.
    """
    block, whole = hashlib.sha256(), hashlib.sha256()
    in_block = number = events = 0
    ended = False
    for number, line in enumerate(lines, 1):
        value = parse(line, number)
        if not isinstance(value, dict) or ended:
            raise DamagedRecording(f"line {number} is not a line of a recording")
        kind = value.get("type")
        if number == 1 and (kind != "meta" or value.get("format") != "cassette/1"):
            raise DamagedRecording(f"expected a recording of format cassette/1, got {line[:60]!r}")
        if kind == "end":
            _same(value.get("sha256"), whole.hexdigest(), number)
            _same(value.get("events"), events, number)
            ended = True
        if kind == "checksum":
            _same(value.get("sha256"), block.hexdigest(), number)
            _same(value.get("lines"), in_block, number)
            block, in_block = hashlib.sha256(), 0
        else:
            block.update(line + b"\n")
            in_block += 1
        whole.update(line + b"\n")
        events += "event" in value
        yield number, line, value
    if not ended:
        raise DamagedRecording(f"the recording ends after line {number}, without its end line")


def _same(said: Any, found: Any, number: int) -> None:
    if said != found:
        raise DamagedRecording(f"line {number} says {said!r}, and what stands before it makes {found!r}")


def from_snapshot_line(value: Any, number: int) -> Iterator[Event]:
    """Events of one line of PostHog's snapshots, in any of the four shapes that its own player reads."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        yield Event(str(value[0]), value[1])
        return
    if isinstance(value, dict):
        window = str(value.get("window_id", value.get("windowId", "")))
        data = value.get("data")
        if "type" in value and "timestamp" in value:
            yield Event(window, {key: part for key, part in value.items() if key not in ("windowId", "window_id")})
            return
        if isinstance(data, list):
            yield from (Event(window, event) for event in data if isinstance(event, dict))
            return
    raise DamagedRecording(f"line {number} is no line of snapshots: expected [window id, event]")


def expand(event: Dict[str, Any]) -> Dict[str, Any]:
    """The event with the SDK's compression undone and ``cv`` removed; as it is where there is none.

    A compressed part is a string whose characters are bytes, and these are gzip of JSON. Whether a part is compressed is told by
    its being a string, never by ``cv`` alone: PostHog's exports keep the mark on events that are expanded.
    """
    if event.get("cv") != COMPRESSED:
        return event
    data = event.get("data")
    if isinstance(data, str):
        data = _inflate(data)
    elif isinstance(data, dict):
        parts = ("adds", "removes", "texts", "attributes")
        data = {key: _inflate(part) if key in parts and isinstance(part, str) else part for key, part in data.items()}
    return {**{key: part for key, part in event.items() if key != "cv"}, "data": data}


def _inflate(text: str) -> Any:
    try:
        return json.loads(gzip.decompress(text.encode("latin-1")))
    except (ValueError, OSError, EOFError, RecursionError) as error:
        raise DamagedRecording(f"an event's compressed part cannot be read: {error}") from error
