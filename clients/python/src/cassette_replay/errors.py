"""What can go wrong, cut by what a caller will do about it.

::

    CassetteError
    ├── ApiError              the server answered, and refused
    │   ├── BadRequest            400  a parameter means nothing; ``attr`` names it
    │   ├── NotAuthenticated      401  no key, or a wrong one
    │   ├── NotAllowed            403  the key lacks a scope or right
    │   ├── NotFound              404
    │   ├── Conflict              409
    │   │   └── StillRunning          the recording has no file yet
    │   ├── Deleted               410  the recording was deleted; ``deleted_at`` says when
    │   ├── Throttled             429  ``retry_after`` seconds
    │   └── ServerError           5xx
    ├── ConnectionFailed      no answer, or one that broke off
    ├── DamagedRecording      an answer that contradicts itself: digests, order, lengths
    ├── UnreadableLine        sound JSON that Python's own reader cannot hold; ``raw_lines()`` gives its bytes
    ├── NotDeleted            of some recordings the server says that it could not; ``failed_ids`` names them
    └── MissingPackage        an optional package is not installed
"""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional, Sequence


class CassetteError(Exception):
    """Any error of this package."""


class ConnectionFailed(CassetteError):
    """The server could not be reached, or its answer broke off."""


class DamagedRecording(CassetteError):
    """What arrived is not a whole recording. The message says where, in lines or bytes."""


class UnreadableLine(CassetteError):
    """A line is nested too deeply for Python's JSON reader, or has a number too long. ``Recording.raw_lines()`` gives its bytes."""


class NotDeleted(CassetteError):
    """A bulk deletion that left some recordings: ``failed_ids``. ``deleted_count`` are gone."""

    def __init__(self, deleted_count: int, failed_ids: Sequence[str]) -> None:
        super().__init__(f"{deleted_count} recordings were deleted, these were not: {', '.join(failed_ids)}")
        self.deleted_count = deleted_count
        self.failed_ids = list(failed_ids)


class MissingPackage(CassetteError, ImportError):
    """An optional package is not installed. The message says which, and how to install it."""

    def __init__(self, package: str, what_for: str, extra: str) -> None:
        super().__init__(f"{what_for} needs the package {package}: pip install 'cassette-replay[{extra}]'")
        self.package = package


class ApiError(CassetteError):
    """The server refused. ``status`` is HTTP's; ``type``, ``code``, ``detail`` and ``attr`` are the body's."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: Optional[float] = None) -> None:
        self.status: int = status
        self.type: Optional[str] = _text(body.get("type"))
        self.code: Optional[str] = _text(body.get("code"))
        self.detail: str = _detail(body)
        self.attr: Optional[str] = _text(body.get("attr"))
        self.retry_after: Optional[float] = retry_after
        self.body: Mapping[str, Any] = body
        super().__init__(self._words())

    def _words(self) -> str:
        about = f" ({self.attr})" if self.attr else ""
        code = f" {self.code}" if self.code else ""
        return f"{self.status}{code}: {self.detail}{about}"


class BadRequest(ApiError):
    """400: a parameter or field means nothing; ``attr`` names it."""


class NotAuthenticated(ApiError):
    """401: no key, or one that is not valid (any more)."""


class NotAllowed(ApiError):
    """403: the key is valid, and lacks a scope or right that ``detail`` names."""


class NotFound(ApiError):
    """404: there is no such thing, or not for this key."""


class Conflict(ApiError):
    """409: what is there contradicts what was asked."""


class StillRunning(Conflict):
    """409: the recording still runs and has no file yet. Its snapshots can be read."""


class Deleted(ApiError):
    """410: the recording was deleted. ``deleted_at`` is in seconds since 1970, ``deleted_by`` an e-mail; both may be None."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: Optional[float] = None) -> None:
        super().__init__(status, body, retry_after)
        at = body.get("deleted_at")
        self.deleted_at: Optional[float] = float(at) if isinstance(at, (int, float)) else None
        self.deleted_by: Optional[str] = _text(body.get("deleted_by"))


class Throttled(ApiError):
    """429: too often. ``retry_after`` is in seconds, None where the server did not say."""


class ServerError(ApiError):
    """5xx: the server's fault, or its store's."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: BadRequest,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Deleted,
    429: Throttled,
}


def from_answer(status: int, content: bytes, retry_after: Optional[float] = None) -> ApiError:
    """The error that an answer stands for, whatever its body is."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        body = {"detail": content[:200].decode("utf-8", "replace").strip() or "no reason was given"}
    if status == 409 and body.get("code") == "still_running":
        return StillRunning(status, body, retry_after)
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    return kind(status, body, retry_after)


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) else None


def _detail(body: Mapping[str, Any]) -> str:
    """The reason. Some of PostHog's answers have ``message`` or ``error`` alone."""
    for key in ("detail", "message", "error"):
        value = body.get(key)
        if isinstance(value, str) and value:
            return value
    return "no reason was given"
