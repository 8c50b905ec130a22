#!/usr/bin/env python3
"""Runs `script.py`, which knows PostHog's documentation alone, against a `cassette serve` of its own.

    python3 run.py BINARY

Recordings come from where they come from in life: a real SDK's requests, and PostHog's own exports. Beyond the script, it holds the events
of PostHog's compressed snapshot lines, decoded as PostHog's documentation says, against what the server gives for the same lines.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import script  # noqa: E402
import serving  # noqa: E402

EXPORTS = serving.FIXTURES / "exports"


def compressed_lines(served: serving.Served, differences: script.Differences) -> None:
    """Served, they are what decoding them as documented gives."""
    lines = EXPORTS / "posthog-snapshots.jsonl"
    session = served.import_file(lines)
    wanted = script.events_of(script.split(lines.read_bytes()))
    got = script.snapshots(script.PostHog(served.host, serving.KEY, "@current"), differences, session)
    differences.equal("the same events", json.dumps(got), json.dumps(wanted))


def wait_until_searchable(served: serving.Served, sessions: set[str]) -> None:
    """The index of console lines and events follows about a second behind, there as here."""
    warned = urllib.parse.quote('[{"type":"log_entry","key":"level","operator":"exact","value":["warn"]}]')
    path = f"/api/projects/@current/session_recordings/?console_log_filters={warned}&date_from={script.SINCE}"
    deadline = time.monotonic() + 30
    while not sessions <= {one["id"] for one in served.call("GET", path)["results"]}:
        assert time.monotonic() < deadline, "the console lines of imported recordings are not found after 30 s"
        time.sleep(0.1)


def main(binary: str) -> int:
    with tempfile.TemporaryDirectory() as folder, serving.serving(Path(folder), binary) as served:
        for captured in ("latest-full", "previous-full", "latest-lone-surrogate", "latest-lifecycle"):
            served.capture_finished(captured)
        exports = ("posthog-2022-12-02.json", "posthog-2023-04-28-text-window.json")
        wait_until_searchable(served, {served.import_file(EXPORTS / export) for export in exports})
        words = [sys.executable, str(HERE / "script.py"), "--host", served.host, "--key", serving.KEY]
        status = subprocess.run(words, check=False).returncode
        differences = script.Differences()
        differences.section("compressed snapshot lines", lambda: compressed_lines(served, differences))
        return 1 if status != 0 or differences.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
