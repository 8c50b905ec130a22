"""Hooks for schemathesis: most calls go to things that exist.

Made-up ids find nothing, and a run of 404s shows nothing. `run.py` makes one of everything and names it in `CASSETTE_SCHEMA_IDS`, as JSON: the
part of the path that an id stands behind, or the name of a query parameter, and what exists there. Three calls of four get one of
these, chosen by a digest of the call, so that a run can be repeated. The others keep what schemathesis made up. Of keys and users all
calls go to spare ones: a run that throws away its own key checks nothing from there on.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

import schemathesis

IDS: dict[str, list[str]] = json.loads(os.environ.get("CASSETTE_SCHEMA_IDS", "{}"))

#: What the run itself stands on.
OWN = {"personal_api_keys", "users"}

#: A part of a path template, and the parameter behind it.
PARAMETER = re.compile(r"(?:^|/)([a-z_0-9]+)/\{([^}]+)\}")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    text = f"{case.method} {case.operation.path} {case.path_parameters} {case.query} {case.body!r}"
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:4], "big")
    for collection, name in PARAMETER.findall(case.operation.path):
        if number % 4 or collection in OWN:
            replace(case.path_parameters, name, IDS.get(collection), number)
    for name in list(case.query or ()):
        if number % 4:
            replace(case.query, name, IDS.get(name), number)


def replace(values: Any, name: str, known: list[str] | None, number: int) -> None:
    if known and values and name in values:
        values[name] = known[number // 4 % len(known)]
