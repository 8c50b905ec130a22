#!/usr/bin/env python3
"""Schemathesis over what the server says of itself: no 500, and no answer that `GET /api/schema/` does not name.

    python3 run.py BINARY [--seconds N]

The server is one of its own on a fresh folder with a few recordings, so calls that delete are made too. The seed is fixed. Afterwards it is
asked whether the run meant anything: the key still works, and every operation was answered something else than "who are you".
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
from pathlib import Path
from typing import Any, Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import serving  # noqa: E402

PROJECT = "/api/projects/@current"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PHASES = "examples,coverage,fuzzing"
SEED = "1449"

#: Keys and users that calls may take away.
SPARES = 5
SPARE_KEY = b'{"label": "spare", "scopes": ["session_recording:read"]}'

#: Statuses of a call that went past what it was made for.
NOT_REACHED = {401, 404, 405}

#: Answered as long as the caller listens: schemathesis reads an answer to its end.
ENDLESS = "/live$"


def made(served: serving.Served) -> dict[str, list[str]]:
    """One of everything, by the part of the path that its id stands behind; and by the name of a query parameter."""
    (captured,) = served.capture("latest-full")  # it still runs, the others are finished
    exports = sorted((serving.FIXTURES / "exports").glob("posthog-*"))
    recordings = [captured, *(served.import_file(file) for file in exports)]

    def post(path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return served.call(method, PROJECT + path, json.dumps(body).encode())

    blocks = soon(lambda: served.call("GET", f"{PROJECT}/session_recordings/{captured}/snapshots")["sources"])
    shared = post(f"/session_recordings/{captured}/sharing/", {"enabled": True}, "PATCH")["access_token"]
    playlist = post("/session_recording_playlists/", {"name": "For the schema", "type": "collection"})
    comment = post("/comments/", {"scope": "recording", "item_id": captured, "content": "Look here"})
    keys = [served.call("POST", "/api/personal_api_keys/", SPARE_KEY)["id"] for _ in range(SPARES)]
    users = [served.call("POST", "/api/users/", spare_user(number))["id"] for number in range(SPARES)]
    persons = soon(lambda: served.call("GET", PROJECT + "/persons/")["results"])
    blob_keys = [block["blob_key"] for block in blocks] + ["1000000"]
    return {
        "projects": ["@current", "1"],
        "environments": ["@current", "1"],
        "session_recordings": recordings,
        "recordings": recordings,
        "session_recording_playlists": [playlist["short_id"]],
        "comments": [comment["id"]],
        "persons": [person["uuid"] for person in persons],
        "personal_api_keys": keys,
        "users": users,
        "shared": [shared],
        "embedded": [shared],
        "sharing_access_token": [shared],
        "item_id": recordings,
        "source": ["blob_v2"],
        **dict.fromkeys(("blocks", "blob_key", "start_blob_key", "end_blob_key"), blob_keys),
    }


def spare_user(number: int) -> bytes:
    user = {"email": f"spare-{number}@example.com", "password": "correct horse battery", "role": "member"}
    return json.dumps(user).encode()


def soon(asked: Callable[[], list[Any]]) -> list[Any]:
    """What is there when the journal was cut."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if found := asked():
                return found
        except urllib.error.HTTPError as error:
            assert error.code == 404, f"{error.url}: {error.code} {error.read()!r}"
        time.sleep(0.1)
    raise AssertionError("nothing there after 30 s")


def schemathesis(served: serving.Served, ids: dict[str, list[str]], seconds: int, report: Path) -> int:
    words = [sys.executable, "-m", "schemathesis.cli", "run", f"{served.host}/api/schema/"]
    words += ["--header", f"Authorization: Bearer {serving.KEY}"]
    words += ["--checks", CHECKS, "--phases", PHASES, "--continue-on-failure"]
    words += ["--seed", SEED, "--generation-database", "none"]
    words += ["--max-time", str(seconds), "--request-timeout", "20", "--exclude-path-regex", ENDLESS]
    words += ["--suppress-health-check", "all", "--warnings", "off", "--no-color"]
    words += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "SCHEMATHESIS_HOOKS": "real_ids",
        "CASSETTE_SCHEMA_IDS": json.dumps(ids),
    }
    return subprocess.run(words, env=environment, cwd=report.parent, check=False).returncode


def answers(report: Path) -> dict[str, collections.Counter[int]]:
    """How often each operation was answered with which status."""
    counted: dict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for call in recorder.get("interactions", {}).values():
                if call.get("response"):
                    counted[recorder["label"]][call["response"]["status_code"]] += 1
    return counted


def meant_something(served: serving.Served, counted: dict[str, collections.Counter[int]]) -> bool:
    """Whether the calls reached what they were made for."""
    served.call("GET", PROJECT + "/session_recordings/")  # raises where the run has thrown away its own key
    unreached = [name for name, statuses in counted.items() if not set(statuses) - NOT_REACHED]
    without_success = [name for name, statuses in counted.items() if not any(status < 300 for status in statuses)]
    calls = sum(sum(statuses.values()) for statuses in counted.values())
    print(f"{calls} calls to {len(counted)} operations; never answered 2xx: {', '.join(sorted(without_success)) or 'none'}")
    for name in unreached:
        print(f"- {name} was never reached: {dict(counted[name])}")
    return bool(counted) and not unreached


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("binary")
    words.add_argument("--seconds", type=int, default=75)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving.serving(Path(folder), given.binary, "1h") as served:
        report = Path(folder) / "calls.ndjson"
        status = schemathesis(served, made(served), given.seconds, report)
        return status if status else int(not meant_something(served, answers(report)))


if __name__ == "__main__":
    sys.exit(main())
