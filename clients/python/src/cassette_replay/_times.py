"""Times: aware datetimes in Python, ISO 8601 on the wire."""

from __future__ import annotations

import datetime
import re
from typing import Any, Optional, Union

Time = Union[str, datetime.datetime]

#: Python 3.9's own reader takes neither ``Z`` nor fractions of one or two digits.
_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$")


def parse_time(value: Any) -> Optional[datetime.datetime]:
    """An aware datetime; None for null and for what is no time."""
    match = _ISO.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    whole, fraction, zone = match.groups()
    text = f"{whole}.{(fraction or '0')[:6].ljust(6, '0')}{'+00:00' if zone in (None, 'Z') else zone}"
    return datetime.datetime.fromisoformat(text)


def to_wire(value: Time) -> str:
    """As a parameter. A naive datetime is refused: nobody could tell what it means to the server."""
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise ValueError(f"expected a datetime with a time zone, got {value!r}")
    return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
