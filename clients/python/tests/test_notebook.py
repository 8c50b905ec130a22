"""The example runs as a newcomer would run it, against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import serving

from cassette_replay import Client

NOTEBOOK = Path(__file__).parents[1] / "examples/notebook.py"
SESSION = "clicked-in-anger"
START = 1795245310102


def click(offset: int, x: float, y: float) -> Dict[str, Any]:
    return {"type": 3, "data": {"source": 2, "type": 2, "id": 4, "x": x, "y": y}, "timestamp": START + offset}


def visit() -> List[Dict[str, Any]]:
    page = {"type": 0, "id": 1, "childNodes": [{"type": 2, "tagName": "html", "attributes": {}, "childNodes": [], "id": 2}]}
    return [
        {"type": 4, "data": {"href": "https://shop.example/", "width": 800, "height": 600}, "timestamp": START},
        {"type": 2, "data": {"node": page, "initialOffset": {"left": 0, "top": 0}}, "timestamp": START + 1},
        *(click(1000 + 200 * number, 100 + number, 100) for number in range(5)),  # one rage click of five
        *(click(5000 + 600 * number, 100, 100) for number in range(4)),  # too slow
        *(click(9000 + 100 * number, 100 + 31 * number, 100) for number in range(4)),  # too far apart
        *(click(12000 + 500 * number, 300, 300 + 15 * number) for number in range(3)),  # just within both bounds
    ]


def run(server: serving.Served, folder: Path, **more: str) -> str:
    environment = {**os.environ, "CASSETTE_HOST": server.host, "CASSETTE_API_KEY": serving.KEY, "WRITE_TO": str(folder), **more}
    done = subprocess.run([sys.executable, NOTEBOOK], env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_notebook_lists_fetches_writes_and_counts(server: serving.Served, client: Client, tmp_path: Path) -> None:
    (tmp_path / "visit.json").write_text(json.dumps(visit()))
    client.import_file(tmp_path / "visit.json", session_id=SESSION)
    said = run(server, tmp_path, SESSION_ID=SESSION)
    assert "rage clicks: 2\n" in said and "5 clicks at 100, 100" in said and "3 clicks at 300, 300" in said
    export = json.loads((tmp_path / "user_session.json").read_bytes())
    assert (export["version"], export["data"]["id"]) == ("2023-04-28", SESSION)
    assert [one["timestamp"] for one in export["data"]["snapshots"]] == [event["timestamp"] for event in visit()]


def test_the_notebook_takes_the_newest_recording_by_itself(server: serving.Served, captured: str, tmp_path: Path) -> None:
    said = run(server, tmp_path, SINCE="2026-01-01")
    assert captured in said and "rage clicks: " in said
    assert json.loads((tmp_path / "user_session.json").read_bytes())["version"] == "2023-04-28"
