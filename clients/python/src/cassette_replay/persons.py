"""Persons: all distinct ids that are one human being."""

from __future__ import annotations

import datetime
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import quote

from ._times import parse_time
from ._transport import Transport


class Person:
    """One human being, as far as ``$identify`` and its like told."""

    def __init__(self, transport: Transport, base: str, raw: Mapping[str, Any]) -> None:
        self._transport = transport
        self._base = base
        #: The answer as it came.
        self.raw = raw

    def __repr__(self) -> str:
        return f"<Person {self.id}>"

    @property
    def id(self) -> str:
        """The UUID by which a person is asked for."""
        return str(self.raw.get("uuid") or self.raw.get("id"))

    @property
    def name(self) -> Optional[str]:
        return self.raw.get("name")

    @property
    def distinct_ids(self) -> List[str]:
        return list(self.raw.get("distinct_ids") or [])

    @property
    def properties(self) -> Dict[str, Any]:
        return dict(self.raw.get("properties") or {})

    @property
    def created_at(self) -> Optional[datetime.datetime]:
        return parse_time(self.raw.get("created_at"))

    def delete(self, *, delete_recordings: bool = False) -> None:
        """Deletes the person, and with ``delete_recordings`` everything that was recorded of them, for good."""
        params = [("delete_recordings", "true")] if delete_recordings else []
        self._transport.request("DELETE", f"{self._base}/persons/{quote(self.id, safe='')}/", params=params)
