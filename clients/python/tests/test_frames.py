"""Tables of what a real server holds."""

from __future__ import annotations

import json

import pytest

from cassette_replay import Client, Recording, frames

pandas = pytest.importorskip("pandas")
pyarrow = pytest.importorskip("pyarrow")


def test_events_become_rows(client: Client, captured: str) -> None:
    recording = client.recording(captured)
    table = recording.events_frame("pyarrow")
    assert table.num_rows == recording.event_count and table.column_names == [name for name, _ in frames.EVENT_COLUMNS]
    rows = table.to_pylist()
    assert [json.loads(row["event"]) for row in rows] == [event.event for event in recording.events()]
    assert {row["session_id"] for row in rows} == {captured}
    click = next(row for row in rows if row["name"] == "click")
    data = json.loads(click["event"])["data"]
    assert (click["target_id"], click["x"], click["y"], click["rrweb_source"]) == (data["id"], data["x"], data["y"], 2)
    page = next(row for row in rows if row["name"] == "page_view")
    assert page["href"].startswith("http") and page["time"].utcoffset().total_seconds() == 0


def test_pandas_and_pyarrow_hold_the_same(client: Client, captured: str) -> None:
    recording = client.recording(captured)
    frame, table = recording.events_frame(), recording.events_frame("pyarrow")
    assert list(frame.columns) == table.column_names and len(frame) == table.num_rows
    for name in ("seq", "offset_ms", "rrweb_type", "target_id", "name", "event"):
        in_frame = [None if value is pandas.NA else value for value in frame[name]]
        assert in_frame == table[name].to_pylist(), name
    seconds = (frame["time"].max() - frame["time"].min()).total_seconds()
    assert abs(seconds - recording.duration_seconds) <= 1


def test_half_an_emoji_is_whole_in_text_and_kept_in_events(client: Client, half_emoji: str) -> None:
    recording = client.recording(half_emoji)
    table = recording.events_frame("pyarrow")
    assert r"\ud83d" in "".join(table["event"].to_pylist())
    line = {"type": "event", "timestamp": 0, "window_id": "cut \ud83d", "event": {"type": 5, "n": 10**400}}
    (row,) = frames.events_frame([{"type": "meta", "started_at": 0, "session_id": "a"}, line], "pyarrow").to_pylist()
    assert row["window_id"] == "cut \ufffd" and json.loads(row["event"])["n"] == 10**400


def test_values_that_fit_no_column_are_missing_and_break_nothing() -> None:
    odd = [
        {"x": "left", "y": float("nan"), "id": 2**80},
        {"x": True, "y": None, "id": [1]},
        {"x": 1e308, "y": -1e400, "id": 7.0},
    ]
    lines = [{"type": "meta", "started_at": 0}]
    lines += [{"type": "event", "timestamp": 1, "target": target, "level": 5, "event": {"data": []}} for target in odd]
    rows = frames.events_frame(lines, "pyarrow").to_pylist()
    assert [(row["x"], row["target_id"], row["level"]) for row in rows] == [(None, None, None)] * 2 + [(None, 7, None)]
    assert len(frames.events_frame(lines)) == 3


def test_an_empty_table_has_its_columns() -> None:
    for kind in ("pandas", "pyarrow"):
        assert len(frames.recordings_frame([], kind)) == 0
    assert list(frames.events_frame([]).columns) == [name for name, _ in frames.EVENT_COLUMNS]


def test_many_rows_come_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "BATCH_ROWS", 3)
    rows = [{"id": f"r{number}", "click_count": number} for number in range(7)]
    assert frames.recordings_frame(rows, "pyarrow")["click_count"].to_pylist() == list(range(7))
    assert list(frames.recordings_frame(rows)["id"]) == [row["id"] for row in rows]


def test_recordings_become_rows(client: Client, captured: str) -> None:
    frame = client.recordings_frame(session_ids=[captured], date_from="2020-01-01")
    (row,) = frame.to_dict("records")
    recording: Recording = client.recording(captured)
    assert (row["id"], row["click_count"], row["event_count"]) == (captured, recording.click_count, recording.event_count)
    assert row["start_time"].to_pydatetime() == recording.start_time and row["ongoing"] in (True, False)
