"""One recording: its facts, its events, its file, its link."""

from __future__ import annotations

import datetime
import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Generator, Iterator, List, Mapping, Optional, Union
from urllib.parse import quote

from . import _decompress, _download, frames
from ._times import parse_time
from ._transport import Transport
from .errors import CassetteError, StillRunning
from .events import CapturedEvent, Event, checked, split_lines
from .snapshots import Source, list_sources, snapshot_events

if TYPE_CHECKING:
    import pandas
    import pyarrow


@dataclass(frozen=True)
class Share:
    """How a recording is shared. ``access_token`` opens it to everybody who has it, while ``enabled``."""

    enabled: bool
    access_token: Optional[str]
    #: The page for people; None without a token.
    url: Optional[str]
    #: The page for an ``<iframe>``; ``#t=SECONDS`` behind it opens at a moment.
    embed_url: Optional[str]
    settings: Mapping[str, Any]
    password_required: bool
    #: The answer as it came: Cassette adds expiry, view limits and more.
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class DirectLink:
    """A link to the stored file, for whoever has it, until it ends."""

    url: str
    expires_at: Optional[datetime.datetime]
    size_bytes: int


class Recording:
    """A recording as the list or ``client.recording(id)`` gave it. Its facts stay as they were then; :meth:`refresh` asks again."""

    def __init__(self, transport: Transport, base: str, raw: Mapping[str, Any]) -> None:
        if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
            raise CassetteError(f"expected a recording with an id, got {str(raw)[:80]}")
        self._transport = transport
        self._base = base
        #: The answer as it came, with PostHog's names.
        self.raw: Dict[str, Any] = raw

    def __repr__(self) -> str:
        return f"<Recording {self.id} start={self.raw.get('start_time')} events={self.raw.get('event_count')}>"

    # ---- facts ----

    @property
    def id(self) -> str:
        """The session id."""
        return str(self.raw["id"])

    @property
    def distinct_id(self) -> Optional[str]:
        """Who, as the SDK says."""
        return self.raw.get("distinct_id")

    @property
    def distinct_ids(self) -> List[str]:
        """Everybody whom the list knows of this recording's person."""
        person = self.raw.get("person") or {}
        return list(person.get("distinct_ids") or [])

    @property
    def start_time(self) -> Optional[datetime.datetime]:
        return parse_time(self.raw.get("start_time"))

    @property
    def end_time(self) -> Optional[datetime.datetime]:
        return parse_time(self.raw.get("end_time"))

    @property
    def duration_seconds(self) -> Optional[float]:
        return self.raw.get("recording_duration")

    @property
    def active_seconds(self) -> Optional[float]:
        """Seconds in which somebody was at work; final once the recording is finished."""
        return self.raw.get("active_seconds")

    @property
    def click_count(self) -> Optional[int]:
        return self.raw.get("click_count")

    @property
    def keypress_count(self) -> Optional[int]:
        return self.raw.get("keypress_count")

    @property
    def console_error_count(self) -> Optional[int]:
        return self.raw.get("console_error_count")

    @property
    def event_count(self) -> Optional[int]:
        """rrweb events."""
        return self.raw.get("event_count")

    @property
    def start_url(self) -> Optional[str]:
        return self.raw.get("start_url")

    @property
    def ongoing(self) -> bool:
        """Whether something came within the last five minutes."""
        return bool(self.raw.get("ongoing"))

    @property
    def viewed(self) -> bool:
        return bool(self.raw.get("viewed"))

    def refresh(self) -> Recording:
        """Asks for the facts again, and returns itself."""
        self.raw = self._transport.get_json(self._path())
        return self

    # ---- what was recorded ----

    def events(self) -> Iterator[Event]:
        """The rrweb events in the order of playing; of a recording that still runs, those that are stored by now.

        Holds one line at a time. Read from the stored file, whose digests are checked on the way, so that an iteration that ends
        without an error has given every event.
        """
        try:
            for line in self.lines():
                if isinstance(line.get("event"), dict):
                    yield Event(str(line.get("window_id", "")), line["event"])
        except StillRunning:
            yield from self.snapshots()

    def captured(self) -> Iterator[CapturedEvent]:
        """The analytics events of the visit. Raises :class:`StillRunning` while there is no file."""
        for line in self.lines():
            if line.get("type") == "captured":
                yield CapturedEvent(
                    str(line.get("name", "")),
                    int(line.get("timestamp", 0)),
                    str(line.get("window_id", "")),
                    line.get("distinct_id"),
                    line.get("captured") or {},
                )

    def meta(self) -> Dict[str, Any]:
        """The first line of the file: times, windows, ids, counts."""
        with closing(self.lines()) as lines:
            return next(lines)

    def lines(self) -> Generator[Dict[str, Any], None, None]:
        """Every line of the file as an object: ``meta`` first, ``end`` last, checksums between them and checked."""
        with closing(self.raw_lines()) as raw:
            for _, _, value in checked(raw):
                yield value

    def raw_lines(self) -> Generator[bytes, None, None]:
        """Every line of the file as bytes, without its line end; nothing parsed and nothing checked."""
        params, decompressed = _decompress.wire_form()
        headers = {"Accept-Encoding": "identity"}
        with self._transport.stream(self._path("recording"), params, headers) as response:
            yield from split_lines(decompressed(response.iter_raw()))

    def sources(self) -> List[Source]:
        """The blocks, as PostHog's snapshot API lists them. Grows while the recording runs."""
        return list_sources(self._transport, self._path("snapshots"))

    def snapshots(self, decompress: Optional[bool] = None) -> Iterator[Event]:
        """The rrweb events by PostHog's two steps, twenty blocks at a time; for any server that speaks them.

        ``decompress=False`` transfers blocks as snappy, which needs ``cramjam`` or ``python-snappy``; by default it is what can be
        done. Nothing in these answers tells a missing block: :meth:`events` does.
        """
        return snapshot_events(self._transport, self._path("snapshots"), decompress)

    # ---- files and frames ----

    def download(
        self, path: Union[str, os.PathLike[str]], format: str = "ndjson.zst", *, overwrite: bool = False
    ) -> int:
        """Writes the recording to a file and returns its size in bytes.

        ``format``: ``ndjson.zst`` (the stored file, byte for byte), ``ndjson``, ``posthog-json``, ``rrweb``, ``protobuf``, ``html``; all
        but the first and last also with ``.gz`` or ``.zst`` behind the name. The file gets its name when it is whole: until
        then it is PATH and ``.partial``. A stored file that broke off is taken up where it ended, also by a later call; other forms
        begin anew.
        """
        return _download.download(self._transport, self._path("recording"), path, format, overwrite)

    def direct_link(self, expires_in_seconds: int = 300) -> DirectLink:
        """A link to the stored file that needs no key and is good for so long, an hour at most."""
        body = {"expires_in": expires_in_seconds}
        raw = self._transport.request("POST", self._path("direct_link/"), json=body, idempotent=True)
        return DirectLink(raw["url"], parse_time(raw.get("expires_at")), int(raw["size"]))

    def events_frame(self, kind: str = "pandas") -> Union[pandas.DataFrame, pyarrow.Table]:
        """One row an event: see :func:`cassette_replay.frames.events_frame`."""
        return frames.events_frame(self.lines(), kind)

    # ---- what others see ----

    def sharing(self) -> Share:
        """How it is shared now."""
        return self._share(self._transport.get_json(self._path("sharing/")))

    def share(self, settings: Optional[Mapping[str, Any]] = None, **more: Any) -> Share:
        """Makes a link that opens this recording to everybody who has it.

        ``settings`` are PostHog's (``showInspector``, ``noHeader``, ``theme``, …); ``more`` are further members of the request, such as
        ``password_required`` and what Cassette adds.
        """
        body: Dict[str, Any] = {"enabled": True, **more}
        if settings is not None:
            body["settings"] = dict(settings)
        return self._share(self._transport.request("PATCH", self._path("sharing/"), json=body))

    def unshare(self) -> Share:
        """Closes the link at once."""
        return self._share(self._transport.request("PATCH", self._path("sharing/"), json={"enabled": False}))

    def mark_viewed(self) -> None:
        self._transport.request("PATCH", self._path(), json={"viewed": True})

    def delete(self) -> None:
        """Deletes it for good. Afterwards it is answered 404 or 410."""
        self._transport.request("DELETE", self._path())

    def _share(self, raw: Any) -> Share:
        token = raw.get("access_token")
        host = self._transport.host
        return Share(
            enabled=bool(raw.get("enabled")),
            access_token=token,
            url=f"{host}/shared/{token}" if token else None,
            embed_url=f"{host}/embedded/{token}" if token else None,
            settings=raw.get("settings") or {},
            password_required=bool(raw.get("password_required")),
            raw=raw,
        )

    def _path(self, below: str = "") -> str:
        return f"{self._base}/session_recordings/{quote(self.id, safe='')}/{below}"
