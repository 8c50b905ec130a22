"""Tables of recordings and events, in pandas or pyarrow, where one of these is installed.

Text in a table is well-formed: half emojis, which Arrow refuses, are U+FFFD there. The column ``event`` holds each event as JSON in
ASCII, in which half an emoji is an escape, so nothing of an event is lost.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Tuple, Union

from ._times import parse_time
from .errors import MissingPackage

if TYPE_CHECKING:
    import pandas
    import pyarrow

    Frame = Union[pandas.DataFrame, pyarrow.Table]

#: Rows that are gathered before they become columns: Python objects take many times the room of a column.
BATCH_ROWS = 10_000

#: Columns of :func:`events_frame` and their types.
EVENT_COLUMNS: Tuple[Tuple[str, str], ...] = (
    ("session_id", "text"),
    ("seq", "int"),
    ("time", "time"),
    ("offset_ms", "int"),
    ("window_id", "text"),
    ("type", "text"),
    ("name", "text"),
    ("rrweb_type", "int"),
    ("rrweb_source", "int"),
    ("target_id", "int"),
    ("x", "float"),
    ("y", "float"),
    ("href", "text"),
    ("level", "text"),
    ("event", "text"),
)

#: Columns of :func:`recordings_frame` and their types; names are PostHog's.
RECORDING_COLUMNS: Tuple[Tuple[str, str], ...] = (
    ("id", "text"),
    ("distinct_id", "text"),
    ("start_time", "time"),
    ("end_time", "time"),
    ("recording_duration", "float"),
    ("active_seconds", "float"),
    ("inactive_seconds", "float"),
    ("click_count", "int"),
    ("keypress_count", "int"),
    ("mouse_activity_count", "int"),
    ("console_log_count", "int"),
    ("console_warn_count", "int"),
    ("console_error_count", "int"),
    ("event_count", "int"),
    ("total_size", "int"),
    ("start_url", "text"),
    ("snapshot_source", "text"),
    ("snapshot_library", "text"),
    ("activity_score", "float"),
    ("ongoing", "bool"),
    ("viewed", "bool"),
)

Row = Dict[str, Any]


def recordings_frame(recordings: Iterable[Row], kind: str = "pandas") -> Frame:
    """One row a recording: seconds for times that last, UTC for points in time, bytes for ``total_size``."""
    return _frame(recordings, RECORDING_COLUMNS, kind)


def events_frame(lines: Iterable[Dict[str, Any]], kind: str = "pandas") -> Frame:
    """One row an rrweb event, in the order of playing.

    ``time`` is UTC and corrected for the visitor's clock, ``offset_ms`` milliseconds since the recording's start; ``type`` and ``name`` are
    those of the recording's lines (``full_snapshot``, ``mutation``, ``event`` with ``click``, ``page_view``, …); ``target_id`` is rrweb's node
    and ``x``, ``y`` are CSS pixels in the viewport; ``event`` is the event as JSON.
    """
    return _frame(_event_rows(lines), EVENT_COLUMNS, kind)


def _event_rows(lines: Iterable[Dict[str, Any]]) -> Iterator[Row]:
    session, started = None, 0
    for line in lines:
        if line.get("type") == "meta":
            session, started = line.get("session_id"), int(line["started_at"])
        event = line.get("event")
        if not isinstance(event, dict):
            continue
        data, target = event.get("data"), line.get("target") or {}
        offset = int(line["timestamp"])
        yield {
            "session_id": session,
            "seq": line.get("seq"),
            "time": _utc(started + offset),
            "offset_ms": offset,
            "window_id": line.get("window_id"),
            "type": line.get("type"),
            "name": line.get("name"),
            "rrweb_type": event.get("type"),
            "rrweb_source": data.get("source") if isinstance(data, dict) and event.get("type") == 3 else None,
            "target_id": target.get("id"),
            "x": target.get("x"),
            "y": target.get("y"),
            "href": line.get("href"),
            "level": line.get("level"),
            "event": json.dumps(event, separators=(",", ":")),
        }


def _utc(milliseconds: int) -> datetime.datetime:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(milliseconds=milliseconds)


def _frame(rows: Iterable[Row], columns: Tuple[Tuple[str, str], ...], kind: str) -> Frame:
    if kind == "pandas":
        return _pandas(rows, columns)
    if kind == "pyarrow":
        return _pyarrow(rows, columns)
    raise ValueError(f"kind must be 'pandas' or 'pyarrow', got {kind!r}")


def _pandas(rows: Iterable[Row], columns: Tuple[Tuple[str, str], ...]) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError as error:
        raise MissingPackage("pandas", "kind='pandas'", "pandas") from error
    dtypes = {"text": "object", "int": "Int64", "float": "float64", "bool": "boolean", "time": "datetime64[ns, UTC]"}
    frames = [
        pandas.DataFrame({name: pandas.Series(values[name], dtype=dtypes[type_]) for name, type_ in columns})
        for values in _batches(rows, columns)
    ]
    return frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)


def _pyarrow(rows: Iterable[Row], columns: Tuple[Tuple[str, str], ...]) -> pyarrow.Table:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingPackage("pyarrow", "kind='pyarrow'", "pyarrow") from error
    types = {
        "text": pyarrow.string(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "time": pyarrow.timestamp("ms", tz="UTC"),
    }
    schema = pyarrow.schema([(name, types[type_]) for name, type_ in columns])
    batches = [pyarrow.RecordBatch.from_pydict(values, schema=schema) for values in _batches(rows, columns)]
    return pyarrow.Table.from_batches(batches, schema=schema)


def _batches(rows: Iterable[Row], columns: Tuple[Tuple[str, str], ...]) -> Iterator[Dict[str, List[Any]]]:
    """Columns of some rows each; at least one batch, so that an empty table has its columns."""
    values: Dict[str, List[Any]] = {name: [] for name, _ in columns}
    held, given = 0, False
    for row in rows:
        for name, type_ in columns:
            values[name].append(_value(row.get(name), type_))
        held += 1
        if held == BATCH_ROWS:
            yield values
            values, held, given = {name: [] for name, _ in columns}, 0, True
    if held or not given:
        yield values


def _value(value: Any, type_: str) -> Optional[Any]:
    """What a column can hold; None for anything else, since events hold what strangers' pages put there."""
    if type_ == "text":
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else None
    if type_ == "time":
        return value if isinstance(value, datetime.datetime) else parse_time(value)
    if type_ == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if type_ == "float":
        return float(value) if abs(value) < 1e300 else None
    return int(value) if -(2**63) <= value < 2**63 else None
