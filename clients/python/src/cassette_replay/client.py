"""The way in: a server, a key, a project."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, Union
from urllib.parse import quote

from . import frames
from ._pages import by_offset
from ._times import Time, to_wire
from ._transport import Transport
from .collections import Collection
from .errors import NotDeleted
from .persons import Person
from .recording import Recording

if TYPE_CHECKING:
    import pandas
    import pyarrow

#: Ids of one bulk request at most.
IDS_AT_ONCE = 100

#: Seconds that an import may take: it is answered when it is durable.
IMPORT_SECONDS = 3600.0

#: Bytes of a file that are read at once.
PIECE = 1 << 20


@dataclass(frozen=True)
class ImportedRecording:
    """What became of one recording of an imported file."""

    session_id: str
    #: ``created``, ``unchanged`` (importing twice changes nothing) or ``extended``.
    outcome: str
    recognised_as: str
    events: int
    #: What could not be carried: objects with ``what``, ``count`` and ``reason``.
    left_out: Sequence[Mapping[str, Any]]


class Client:
    """A Cassette server, asked with one personal API key.

    ``project`` is a number, or ``@current`` for the key's own. ``timeout`` is in seconds, for connecting and between pieces of an
    answer. ``retries`` is how often something is tried again; ``longest_retry_after`` how many seconds a server may ask to wait
    before :class:`Throttled` is raised instead.

    May be shared by threads. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        host: str,
        api_key: str,
        project: Union[str, int] = "@current",
        *,
        timeout: float = 60.0,
        retries: int = 4,
        longest_retry_after: float = 120.0,
    ) -> None:
        self._transport = Transport(
            host, api_key, timeout=timeout, retries=retries, longest_retry_after=longest_retry_after
        )
        self._base = f"/api/projects/{quote(str(project), safe='@')}"

    def __repr__(self) -> str:
        return f"<Client {self._transport.host}{self._base}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    # ---- recordings ----

    def recordings(
        self,
        *,
        date_from: Optional[Time] = None,
        date_to: Optional[Time] = None,
        session_ids: Optional[Iterable[str]] = None,
        person_uuid: Optional[str] = None,
        distinct_ids: Optional[Iterable[str]] = None,
        order: Optional[str] = None,
        order_direction: Optional[str] = None,
        limit: Optional[int] = None,
        page_size: int = 100,
        **filters: Any,
    ) -> Iterator[Recording]:
        """Recordings that match, page by page, newest first unless ``order`` says otherwise.

        Times bound the start of a recording: aware datetimes, ISO 8601, or relative (``-3d``, ``-24h``). ``limit`` bounds how many are
        given in all, ``page_size`` how many are asked for at once. ``filters`` are further parameters of PostHog's list, such as
        ``properties``, ``events``, ``console_log_filters``, ``having_predicates``, ``operand``; lists and objects are sent as JSON.
        """
        params: Dict[str, Any] = {
            "date_from": None if date_from is None else to_wire(date_from),
            "date_to": None if date_to is None else to_wire(date_to),
            "session_ids": None if session_ids is None else list(session_ids),
            "person_uuid": person_uuid,
            "distinct_ids": None if distinct_ids is None else list(distinct_ids),
            "order": order,
            "order_direction": order_direction,
            **filters,
        }
        pairs = [(name, _parameter(value)) for name, value in params.items() if value is not None]
        return self._recordings(pairs, limit, page_size)

    def _recordings(self, pairs: List[Tuple[str, str]], limit: Optional[int], page_size: int) -> Iterator[Recording]:
        given = 0
        place: List[Tuple[str, str]] = []
        while limit is None or given < limit:
            rows = page_size if limit is None else min(page_size, limit - given)
            answer = self._transport.get_json(f"{self._base}/session_recordings/", [*pairs, ("limit", str(rows)), *place])
            results = answer.get("results") or []
            for raw in results[:rows]:
                yield Recording(self._transport, self._base, raw)
            given += len(results)
            if not results or not answer.get("has_next"):
                return
            cursor = answer.get("next_cursor")
            place = [("after", cursor)] if cursor else [("offset", str(given))]

    def recording(self, session_id: str) -> Recording:
        """One recording. Raises :class:`NotFound`, or :class:`Deleted` where the server remembers."""
        path = f"{self._base}/session_recordings/{quote(session_id, safe='')}/"
        return Recording(self._transport, self._base, self._transport.get_json(path))

    def recordings_frame(self, kind: str = "pandas", **filters: Any) -> Union[pandas.DataFrame, pyarrow.Table]:
        """One row a recording: see :func:`cassette_replay.frames.recordings_frame`; ``filters`` as for :meth:`recordings`."""
        return frames.recordings_frame((recording.raw for recording in self.recordings(**filters)), kind)

    def delete(self, session_ids: Iterable[str]) -> int:
        """Deletes recordings for good, a hundred at once, and says how many there were. Unknown ids are passed over.

        Raises :class:`NotDeleted` where the server says of some that they could not be deleted.
        """
        ids, deleted = list(session_ids), 0
        failed: List[str] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            body = {"session_recording_ids": ids[start : start + IDS_AT_ONCE]}
            answer = self._transport.request("POST", f"{self._base}/session_recordings/bulk_delete/", json=body)
            deleted += int(answer.get("deleted_count") or 0)
            failed += answer.get("failed_ids") or []
        if failed:
            raise NotDeleted(deleted, failed)
        return deleted

    def import_file(
        self, path: Union[str, os.PathLike[str]], *, session_id: Optional[str] = None
    ) -> List[ImportedRecording]:
        """Imports a file of any form that Cassette recognises, by its content: its own, PostHog's exports, rrweb's events.

        ``session_id`` names the recording where the file does not, or names another. It is answered when it is durable, and is
        there whole or not at all.
        """
        path = Path(path)
        answer = self._transport.request(
            "POST",
            f"{self._base}/session_recordings/import",
            params=[("session_id", session_id)] if session_id else [],
            content=lambda: _pieces(path),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)},
            idempotent=True,
            timeout=IMPORT_SECONDS,
        )
        return [
            ImportedRecording(
                one["session_id"], one["outcome"], one["recognised_as"], one["events"], one.get("left_out") or []
            )
            for one in answer["recordings"]
        ]

    # ---- collections ----

    def collections(self, *, search: Optional[str] = None, type: Optional[str] = None) -> Iterator[Collection]:
        """Collections and saved filters; ``type`` is ``collection`` or ``filters``."""
        asked = (("search", search), ("type", type))
        params = [(name, value) for name, value in asked if value is not None]
        for raw in by_offset(self._transport, self._playlists(), params, 100):
            yield Collection(self._transport, self._base, raw)

    def collection(self, short_id: str) -> Collection:
        """One collection by its short id."""
        raw = self._transport.get_json(self._playlists(f"{quote(short_id, safe='')}/"))
        return Collection(self._transport, self._base, raw)

    def create_collection(self, name: str, *, description: str = "", pinned: bool = False) -> Collection:
        """A new, empty collection."""
        body = {"name": name, "description": description, "pinned": pinned, "type": "collection"}
        return Collection(self._transport, self._base, self._transport.request("POST", self._playlists(), json=body))

    def _playlists(self, below: str = "") -> str:
        return f"{self._base}/session_recording_playlists/{below}"

    # ---- persons ----

    def persons(self, *, search: Optional[str] = None, distinct_id: Optional[str] = None) -> Iterator[Person]:
        """Persons, page by page."""
        asked = (("search", search), ("distinct_id", distinct_id))
        params = [(name, value) for name, value in asked if value is not None]
        for raw in by_offset(self._transport, f"{self._base}/persons/", params, 100):
            yield Person(self._transport, self._base, raw)

    def person(self, person_id: str) -> Person:
        """One person by UUID."""
        raw = self._transport.get_json(f"{self._base}/persons/{quote(person_id, safe='')}/")
        return Person(self._transport, self._base, raw)


def _parameter(value: Any) -> str:
    """As PostHog reads parameters: JSON where it is no plain text."""
    return value if isinstance(value, str) else json.dumps(value)


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece
