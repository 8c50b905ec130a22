"""A `cassette serve` of one's own, for the tests that are written in Python: a fresh folder, a free port, keys that are known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Optional

REPOSITORY = Path(__file__).resolve().parents[1]
FIXTURES = REPOSITORY / "fixtures"
KEY = "phx_the-key-of-the-python-tests-000000000"
TOKEN = "phc_demo_token"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 30
SECONDS_TO_FINISH = 60


class Served:
    """A running server."""

    def __init__(self, host: str) -> None:
        self.host = host

    def call(self, method: str, path: str, body: Optional[bytes] = None, content_type: str = "application/json") -> Any:
        """One request with the key; the answer's JSON."""
        request = urllib.request.Request(self.host + path, data=body, method=method)
        request.add_header("Authorization", f"Bearer {KEY}")
        request.add_header("Content-Type", content_type)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def import_file(self, file: Path) -> str:
        """Imports one recording and gives its session id."""
        answer = self.call("POST", "/api/projects/@current/session_recordings/import", file.read_bytes())
        return str(answer["recordings"][0]["session_id"])

    def capture(self, folder: str) -> list[str]:
        """Posts what a real SDK sent, byte for byte, and gives the session ids."""
        captured = FIXTURES / "capture" / folder
        for sidecar in sorted(captured.glob("[0-9]*.json")):
            about = json.loads(sidecar.read_text())
            query = urllib.parse.urlencode(about["query"])
            body = sidecar.with_suffix(".body").read_bytes()
            self.call(about["method"], f"{about['path']}?{query}", body, about["headers"]["content-type"])
        return list(json.loads((captured / "expected.json").read_text())["sessions"])

    def capture_finished(self, folder: str) -> list[str]:
        """The same, when they are finished: a server that waits for long is not asked."""
        sessions = self.capture(folder)
        for session in sessions:
            self.wait_until_finished(session)
        return sessions

    def wait_until_finished(self, session_id: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_FINISH
        address = f"{self.host}/api/projects/@current/session_recordings/{session_id}/recording"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {KEY}"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60):
                    return
            except urllib.error.HTTPError as error:
                assert error.code in (404, 409), f"{session_id}: {error.code} {error.read()!r}"
            assert time.monotonic() < deadline, f"{session_id} is not finished after {SECONDS_TO_FINISH} s"
            time.sleep(0.1)


@contextmanager
def serving(folder: Path, binary: Optional[str] = None, finish_after_idle: str = "2s") -> Iterator[Served]:
    """Starts the binary (`CASSETTE_BIN` unless named) in the folder, and sees that it stops as it should."""
    binary = binary or os.environ.get("CASSETTE_BIN")
    assert binary, "CASSETTE_BIN must name the cassette binary, for example target/debug/cassette"
    log = folder / "log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CASSETTE_")},
        "CASSETTE_RECORDING__FINISH_AFTER_IDLE": finish_after_idle,
        "CASSETTE_JOURNAL__CUT_AFTER": "500ms",
        "CASSETTE_API__REQUESTS_PER_MINUTE": "0",
        "CASSETTE_PROJECT_TOKEN": TOKEN,
        "CASSETTE_API_KEY": KEY,
    }
    words = [str(Path(binary).resolve()), "serve", "--data", str(folder / "data"), "--listen", "127.0.0.1:0"]
    with open(log, "wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=folder)
    try:
        yield Served(_address(process, log))
        assert process.poll() is None, f"the server ended by itself:\n{log.read_text()}"
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=SECONDS_TO_STOP)
    assert status == 0, f"the server ended with {status}:\n{log.read_text()}"


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        words = log.read_text().replace(",", " ").split()
        address = next((word for word in words if word.startswith("http://127.0.0.1:")), None)
        if address is not None:
            return address
        assert process.poll() is None, f"the server did not start:\n{log.read_text()}"
        time.sleep(0.05)
    raise AssertionError(f"no address within {SECONDS_TO_START} s:\n{log.read_text()}")
