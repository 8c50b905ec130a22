"""Fixtures: a real server for what a server does. ``CASSETTE_BIN`` names the binary. Faults come from ``standin.py``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, Iterator

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(Path(__file__).parent), str(REPOSITORY / "tests")]

import serving  # noqa: E402

from cassette_replay import Client, Recording  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Served]:
    with serving.serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="session")
def captured(server: serving.Served) -> str:
    """A visit as the real SDK sent it, finished: two distinct ids, clicks, console, canvas."""
    (session,) = server.capture_finished("latest-full")
    return session


@pytest.fixture(scope="session")
def half_emoji(server: serving.Served) -> str:
    """A visit with a string that was cut in the middle of an emoji."""
    (session,) = server.capture_finished("latest-lone-surrogate")
    return session


@pytest.fixture
def client(server: serving.Served) -> Iterator[Client]:
    with Client(server.host, serving.KEY) as client:
        yield client


@pytest.fixture
def imported(client: Client) -> Callable[[str], Recording]:
    """A recording under an id of one's own, which may be changed and deleted."""

    def import_as(session_id: str) -> Recording:
        file = serving.FIXTURES / "exports/posthog-2023-04-28-number-window.json"
        (one,) = client.import_file(file, session_id=session_id)
        assert (one.session_id, one.events) == (session_id, 7)
        return client.recording(session_id)

    return import_as
