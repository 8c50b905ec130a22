"""Reads session recordings from a Cassette server.

>>> from cassette_replay import Client
>>> with Client("https://replay.example", "phx_…") as client:          # doctest: +SKIP
...     for recording in client.recordings(date_from="-3d"):
...         print(recording.id, recording.duration_seconds, recording.click_count)

Everything that may be long is an iterator that holds one page, one block or one line at a time. What a server refuses is an
:class:`ApiError`; all errors of this package are :class:`CassetteError`.
"""

from ._version import __version__
from .client import Client, ImportedRecording
from .collections import Collection
from .errors import (
    ApiError,
    BadRequest,
    CassetteError,
    Conflict,
    ConnectionFailed,
    DamagedRecording,
    Deleted,
    MissingPackage,
    NotAllowed,
    NotAuthenticated,
    NotDeleted,
    NotFound,
    ServerError,
    StillRunning,
    Throttled,
    UnreadableLine,
)
from .events import CapturedEvent, Event
from .persons import Person
from .recording import DirectLink, Recording, Share
from .snapshots import Source

__all__ = [
    "ApiError",
    "BadRequest",
    "CapturedEvent",
    "CassetteError",
    "Client",
    "Collection",
    "Conflict",
    "ConnectionFailed",
    "DamagedRecording",
    "Deleted",
    "DirectLink",
    "Event",
    "ImportedRecording",
    "MissingPackage",
    "NotAllowed",
    "NotAuthenticated",
    "NotDeleted",
    "NotFound",
    "Person",
    "Recording",
    "ServerError",
    "Share",
    "Source",
    "StillRunning",
    "Throttled",
    "UnreadableLine",
    "__version__",
]
