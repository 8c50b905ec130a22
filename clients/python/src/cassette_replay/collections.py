"""Collections: recordings that somebody put together."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional, Union
from urllib.parse import quote

from ._transport import Transport
from .recording import Recording

Named = Union[str, Recording]


class Collection:
    """A ``session_recording_playlist`` of PostHog's API: a collection, or a saved filter (``type`` is ``filters``)."""

    def __init__(self, transport: Transport, base: str, raw: Mapping[str, Any]) -> None:
        self._transport = transport
        self._base = base
        #: The answer as it came.
        self.raw = raw

    def __repr__(self) -> str:
        return f"<Collection {self.short_id} {self.name!r}>"

    @property
    def short_id(self) -> str:
        """By which it is asked for."""
        return str(self.raw["short_id"])

    @property
    def name(self) -> Optional[str]:
        return self.raw.get("name")

    @property
    def description(self) -> Optional[str]:
        return self.raw.get("description")

    @property
    def type(self) -> Optional[str]:
        """``collection`` or ``filters``."""
        return self.raw.get("type")

    def add(self, *recordings: Named) -> None:
        """Puts recordings into it; one that is there already stays."""
        for recording in recordings:
            self._transport.request("POST", self._member(recording), idempotent=True)

    def remove(self, *recordings: Named) -> None:
        """Takes recordings out of it. The recordings themselves stay."""
        for recording in recordings:
            self._transport.request("DELETE", self._member(recording))

    def recordings(self, *, page_size: int = 100) -> Iterator[Recording]:
        """What is in it."""
        offset = 0
        while True:
            params = [("limit", str(page_size)), ("offset", str(offset))]
            answer = self._transport.get_json(self._path("recordings/"), params)
            results = answer.get("results") or []
            for raw in results:
                yield Recording(self._transport, self._base, raw)
            offset += len(results)
            if not results or not answer.get("has_next"):
                return

    def update(self, **members: Any) -> None:
        """Changes ``name``, ``description`` or ``pinned``."""
        self.raw = self._transport.request("PATCH", self._path(), json=members)

    def delete(self) -> None:
        """Deletes the collection. Its recordings stay."""
        self._transport.request("PATCH", self._path(), json={"deleted": True})

    def _member(self, recording: Named) -> str:
        session_id = recording.id if isinstance(recording, Recording) else recording
        return self._path(f"recordings/{quote(session_id, safe='')}/")

    def _path(self, below: str = "") -> str:
        return f"{self._base}/session_recording_playlists/{quote(self.short_id, safe='')}/{below}"
