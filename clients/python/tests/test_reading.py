"""What a real server holds, read in every way."""

from __future__ import annotations

import datetime
import gzip
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Callable, List

import pytest
import serving

from cassette_replay import Client, Event, NotFound, Recording

EXPECTED = json.loads((serving.FIXTURES / "capture/latest-full/expected.json").read_text())


def as_text(events: List[Event]) -> List[str]:
    return [json.dumps([event.window_id, event.event]) for event in events]


def hold_the_same(one: Recording, other: List[Event]) -> bool:
    return sorted(as_text(list(one.events()))) == sorted(as_text(other))


def test_the_list_follows_the_cursor(client: Client, imported: Callable[[str], Recording]) -> None:
    ids = {f"page-{number}" for number in range(5)}
    for session_id in ids:
        imported(session_id)
    found = [recording.id for recording in client.recordings(date_from="2020-01-01", page_size=2)]
    assert ids <= set(found) and len(found) == len(set(found))
    first = [recording.id for recording in client.recordings(date_from="2020-01-01", page_size=2, limit=3)]
    assert first == found[:3]
    chosen = client.recordings(date_from="2020-01-01", session_ids=["page-3", "page-1"])
    assert [recording.id for recording in chosen] == ["page-3", "page-1"]


def test_times_bound_the_list(client: Client, imported: Callable[[str], Recording]) -> None:
    imported("of-2026")
    year = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    within = [recording.id for recording in client.recordings(date_from=year, date_to=year + day)]
    before = [recording.id for recording in client.recordings(date_from=year - 2 * day, date_to=year - day)]
    assert "of-2026" in within and before == []


def test_facts_have_units(client: Client, imported: Callable[[str], Recording]) -> None:
    recording = imported("facts")
    assert recording.start_time == datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert recording.end_time == recording.start_time + datetime.timedelta(seconds=12)
    assert (recording.duration_seconds, recording.active_seconds) == (12, 2.501)
    assert (recording.event_count, recording.click_count, recording.start_url) == (7, 1, "https://example.com/")
    assert recording.distinct_id == "ada" and recording.refresh().id == "facts" and not recording.ongoing


def test_every_event_arrives(client: Client, captured: str) -> None:
    expected = EXPECTED["sessions"][captured]
    events = list(client.recording(captured).events())
    assert len(events) == expected["rrweb_events"]
    assert {event.window_id for event in events} == set(expected["window_ids"])
    times = [event.event["timestamp"] for event in events]
    assert (min(times), max(times)) == (expected["first_ts"], expected["last_ts"])
    assert not any("cv" in event.event for event in events)


def test_without_zstandard_the_same_lines_arrive(
    client: Client, captured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = client.recording(captured)
    with_package = list(recording.raw_lines())
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert list(recording.raw_lines()) == with_package and len(with_package) > 200


def test_both_ways_of_the_snapshots_give_the_same_events(client: Client, captured: str) -> None:
    recording = client.recording(captured)
    assert {source.source for source in recording.sources()} == {"blob_v2"}
    assert hold_the_same(recording, list(recording.snapshots(decompress=True)))
    assert hold_the_same(recording, list(recording.snapshots(decompress=False)))


def test_half_an_emoji_survives(client: Client, half_emoji: str, tmp_path: Path) -> None:
    recording = client.recording(half_emoji)
    events = list(recording.events())
    cut = [event for event in events if any(0xD800 <= ord(char) < 0xDC00 for char in halves(event.event))]
    assert len(cut) == 1
    assert as_text(cut)[0] in as_text(list(recording.snapshots()))
    (tmp_path / "written.json").write_text(json.dumps(cut))
    assert json.loads((tmp_path / "written.json").read_text()) == [list(event) for event in cut]


def halves(value: object) -> str:
    """The characters of an object that are half of a pair."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char for char in text if 0xD800 <= ord(char) < 0xE000)


def test_captured_events_stand_beside(client: Client, captured: str) -> None:
    recording = client.recording(captured)
    events = list(recording.captured())
    assert "$identify" in {event.name for event in events}
    assert {event.distinct_id for event in events} == set(EXPECTED["sessions"][captured]["distinct_ids"])
    assert recording.meta()["session_id"] == captured


def test_a_download_is_the_stored_file(client: Client, captured: str, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    recording, target = client.recording(captured), tmp_path / "visit.ndjson.zst"
    size = recording.download(target)
    assert size == target.stat().st_size
    with open(target, "rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        lines = reader.read().split(b"\n")
    assert lines[:-1] == list(recording.raw_lines())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["visit.ndjson.zst"]
    with pytest.raises(FileExistsError):
        recording.download(target)
    assert recording.download(target, overwrite=True) == size


def test_other_forms_are_downloaded_too(client: Client, imported: Callable[[str], Recording], tmp_path: Path) -> None:
    recording = imported("forms")
    recording.download(tmp_path / "user_session.json", "posthog-json")
    export = json.loads((tmp_path / "user_session.json").read_bytes())
    assert (export["version"], export["data"]["id"]) == ("2023-04-28", "forms")
    recording.download(tmp_path / "visit.rrweb.json.gz", "rrweb.gz")
    assert len(json.loads(gzip.decompress((tmp_path / "visit.rrweb.json.gz").read_bytes()))) == 7
    recording.download(tmp_path / "visit.ndjson", "ndjson")
    assert (tmp_path / "visit.ndjson").read_bytes() == b"".join(line + b"\n" for line in recording.raw_lines())
    recording.download(tmp_path / "visit.html", "html")
    assert b"<html" in (tmp_path / "visit.html").read_bytes()


def test_importing_twice_changes_nothing(client: Client, tmp_path: Path, captured: str) -> None:
    recording, file = client.recording(captured), tmp_path / "visit.ndjson.zst"
    recording.download(file)
    (again,) = client.import_file(file)
    assert (again.session_id, again.outcome) == (captured, "unchanged")
    (beside,) = client.import_file(file, session_id="beside")
    assert (beside.session_id, beside.outcome) == ("beside", "created")
    assert hold_the_same(recording, list(client.recording("beside").events()))


def test_what_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound) as refused:
        client.recording("never-recorded")
    assert (refused.value.status, refused.value.type, refused.value.code) == (404, "invalid_request", "not_found")


@pytest.mark.parametrize("has_zstandard", [True, False])
def test_memory_does_not_grow_with_the_recording(
    client: Client, tmp_path: Path, has_zstandard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 MB of events of 4 KB each, read within a tenth of that."""
    count, start = 4000, 1795245310102
    with open(tmp_path / "long.json", "w") as file:
        for number in range(count):
            text = f"{number:06}" + "x" * 4000
            event = {"type": 5, "data": {"tag": "note", "payload": text}, "timestamp": start + number}
            file.write(("[" if number == 0 else ",") + json.dumps(event))
        file.write("]")
    client.import_file(tmp_path / "long.json", session_id="long")
    if not has_zstandard:
        monkeypatch.setitem(sys.modules, "zstandard", None)
    for read in (client.recording("long").events, client.recording("long").raw_lines):
        sum(1 for _ in zip(read(), range(10)))  # what is loaded once is not counted
        tracemalloc.start()
        try:
            seen = sum(1 for _ in read())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert seen >= count and peak < 1_600_000, (seen, peak)
