"""What a server does on a bad day, shown by a stand-in."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Iterator, List

import pytest
from standin import Answer, Asked, StandIn

import cassette_replay
from cassette_replay import ApiError, Client, Recording, _transport

RAW = {"id": "a-1", "start_time": None, "event_count": None}
UNAVAILABLE = {"type": "server_error", "code": "unavailable", "detail": "The server cannot answer at the moment.", "attr": None}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> List[float]:
    """Nobody sleeps; how long they would have."""
    waits: List[float] = []
    monkeypatch.setattr(_transport.time, "sleep", waits.append)
    return waits


OPENED: List[Client] = []


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def client_of(stand_in: StandIn, **more: Any) -> Client:
    client = Client(stand_in.host, "phx_secret-key", **more)
    OPENED.append(client)
    return client


def recording_of(stand_in: StandIn) -> Recording:
    client = client_of(stand_in)
    return Recording(client._transport, client._base, RAW)


def file_of(*lines: Any) -> bytes:
    """A recording that is whole: its lines with a checksum and an end."""
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    events = sum("event" in line for line in lines)
    checksum = {"type": "checksum", "lines": len(lines), "sha256": hashlib.sha256(text).hexdigest()}
    text += json.dumps(checksum).encode() + b"\n"
    end = {"type": "end", "events": events, "sha256": hashlib.sha256(text).hexdigest()}
    return text + json.dumps(end).encode() + b"\n"


META = {"type": "meta", "format": "cassette/1", "session_id": "a-1", "started_at": 0, "ended_at": 9}
CLICK = {"type": "event", "seq": 0, "timestamp": 0, "window_id": "w", "name": "click", "event": {"type": 3}}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in's answers are plain lines."""
    monkeypatch.setattr(cassette_replay._decompress, "wire_form", lambda: ([], lambda pieces: pieces))


def test_a_throttled_call_waits_as_long_as_it_is_told(slept: List[float]) -> None:
    throttled = {"type": "throttled_error", "code": "throttled", "detail": "Too often.", "attr": None}
    with StandIn(Answer(429, throttled, {"Retry-After": "7"}), Answer(200, RAW)) as stand_in:
        assert client_of(stand_in).recording("a-1").id == "a-1"
    assert slept == [7.0]


def test_who_would_wait_too_long_hears_of_it_at_once(slept: List[float]) -> None:
    with StandIn(Answer(429, {"code": "throttled", "detail": "Too often."}, {"Retry-After": "3600"})) as stand_in:
        with pytest.raises(cassette_replay.Throttled) as refused:
            client_of(stand_in).recording("a-1")
    assert (refused.value.retry_after, slept, len(stand_in.asked)) == (3600.0, [], 1)


def test_retry_after_may_be_a_date() -> None:
    now = datetime.datetime(2026, 11, 21, 12, 0, 0, tzinfo=datetime.timezone.utc)
    assert _transport.retry_after_seconds("Sat, 21 Nov 2026 12:00:05 GMT", now) == 5.0
    assert _transport.retry_after_seconds("Sat, 21 Nov 2026 11:00:00 GMT", now) == 0.0
    for nothing in (None, "soon", "-1", "nan", "inf"):
        assert _transport.retry_after_seconds(nothing, now) is None


def test_what_may_be_asked_twice_is_asked_again_and_the_rest_is_not(slept: List[float]) -> None:
    with StandIn(Answer(503, UNAVAILABLE), Answer(500, b"<html>oops"), Answer(200, RAW)) as stand_in:
        assert client_of(stand_in).recording("a-1").id == "a-1"
    assert len(slept) == 2
    with StandIn(Answer(503, UNAVAILABLE)) as stand_in:
        with pytest.raises(cassette_replay.ServerError) as refused:
            client_of(stand_in).delete(["a-1"])
        assert (refused.value.status, refused.value.code, len(stand_in.asked)) == (503, "unavailable", 1)
        with pytest.raises(cassette_replay.ServerError):
            client_of(stand_in, retries=2).recording("a-1")
        assert len(stand_in.asked) == 1 + 3


def test_lost_blocks_are_not_asked_for_again(slept: List[float]) -> None:
    lost = {"type": "server_error", "code": "recording_blocks_unavailable", "detail": "Lost.", "attr": None}
    with StandIn(Answer(502, lost)) as stand_in:
        with pytest.raises(cassette_replay.ServerError):
            recording_of(stand_in).sources()
    assert len(stand_in.asked) == 1 and slept == []


def test_every_refusal_is_an_error_of_its_kind() -> None:
    deleted = {"error": "recording_deleted", "message": "Deleted.", "deleted_at": 1795245310, "deleted_by": "a@b.example"}
    cases = [
        (400, {"type": "validation_error", "code": "invalid_input", "detail": "No.", "attr": "limit"}, cassette_replay.BadRequest),
        (401, {"code": "authentication_failed", "detail": "The API key is invalid."}, cassette_replay.NotAuthenticated),
        (403, {"code": "permission_denied", "detail": "Scope."}, cassette_replay.NotAllowed),
        (404, b"", cassette_replay.NotFound),
        (409, {"code": "still_running", "detail": "Runs."}, cassette_replay.StillRunning),
        (409, {"code": "conflict", "detail": "Other content."}, cassette_replay.Conflict),
        (410, deleted, cassette_replay.Deleted),
        (418, b"teapot", ApiError),
        (301, b"", ApiError),
    ]
    for status, body, kind in cases:
        with StandIn(Answer(status, body, {"Location": "https://elsewhere.example/"})) as stand_in:
            with pytest.raises(kind) as refused:
                client_of(stand_in).recording("a-1")
        assert (type(refused.value), refused.value.status) == (kind, status)
        assert len(stand_in.asked) == 1, "a redirect is not followed: the key would go with it"
    error = cassette_replay.errors.from_answer(400, json.dumps(cases[0][1]).encode())
    assert (error.type, error.code, error.detail, error.attr) == ("validation_error", "invalid_input", "No.", "limit")
    gone = cassette_replay.errors.from_answer(410, json.dumps(deleted).encode())
    assert isinstance(gone, cassette_replay.Deleted) and gone.deleted_at == 1795245310 and gone.detail == "Deleted."


def test_nobody_there_is_said_after_the_retries(slept: List[float]) -> None:
    with StandIn(Answer()) as stand_in:
        pass
    with pytest.raises(cassette_replay.ConnectionFailed):
        client_of(stand_in, retries=2).recording("a-1")
    assert len(slept) == 2


def test_the_key_shows_in_no_text() -> None:
    with StandIn(Answer(401, {"code": "authentication_failed", "detail": "The API key is invalid."})) as stand_in:
        client = client_of(stand_in)
        with pytest.raises(cassette_replay.NotAuthenticated) as refused:
            client.recording("a-1")
    assert stand_in.asked[0].headers["Authorization"] == "Bearer phx_secret-key"
    assert "secret" not in f"{client!r} {refused.value} {refused.value!r}" and "secret" not in stand_in.asked[0].path


def test_arguments_that_mean_nothing_are_refused_before_anything_is_asked() -> None:
    for host, key in [("replay.example", "phx_a"), ("ftp://replay.example", "phx_a"), ("https://replay.example", "")]:
        with pytest.raises(ValueError):
            Client(host, key)
    with StandIn(Answer()) as stand_in:
        with pytest.raises(ValueError, match="time zone"):
            client_of(stand_in).recordings(date_from=datetime.datetime(2026, 1, 1))
        with pytest.raises(ValueError, match="kind"):
            client_of(stand_in).recordings_frame("polars")
    assert stand_in.asked == []


# ---- what breaks off, and what is damaged ----


@pytest.mark.usefixtures("plain")
def test_a_whole_recording_is_read_whatever_its_pieces() -> None:
    odd = {**CLICK, "event": {"type": 5, "data": {"text": "one\u2028two\u0085three\x0bfour"}}}
    text = file_of(META, odd).replace(b"\\u2028", "\u2028".encode()).replace(b"\\u0085", "\u0085".encode())
    lines = list(cassette_replay.events.split_lines(text[at : at + 3] for at in range(0, len(text), 3)))
    assert len(lines) == 4 and lines == text.splitlines() and lines != text.decode().splitlines()


@pytest.mark.usefixtures("plain")
def test_damage_is_named_by_its_line() -> None:
    whole = file_of(META, CLICK)
    cases = [
        (whole.replace(b'"click"', b'"clock"'), "line 3 says"),
        (b"".join(whole.splitlines(keepends=True)[:-1]), "without its end line"),
        (whole + b'{"type":"event"}\n', "line 5 is not a line"),
        (whole.replace(b"cassette/1", b"cassette/9"), "format cassette/1"),
        (whole[:40], "line 1 is not JSON"),
        (b"", "ends after line 0"),
    ]
    for text, message in cases:
        with StandIn(Answer(200, text)) as stand_in, pytest.raises(cassette_replay.DamagedRecording, match=message):
            list(recording_of(stand_in).events())


@pytest.mark.usefixtures("plain")
def test_what_python_cannot_hold_is_not_called_damage() -> None:
    deep = b'{"type":"event","event":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    long = b'{"type":"event","event":{"n":' + b"1" * 5_000 + b"}}\n"
    for line in [deep, long] if sys.version_info >= (3, 11) else [deep]:
        with StandIn(Answer(200, json.dumps(META).encode() + b"\n" + line)) as stand_in:
            with pytest.raises(cassette_replay.UnreadableLine, match="line 2"):
                list(recording_of(stand_in).events())
            assert list(recording_of(stand_in).raw_lines())[1] == line.rstrip()


@pytest.mark.parametrize("has_zstandard", [True, False])
def test_an_answer_that_breaks_off_is_no_shorter_recording(has_zstandard: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    zstandard = pytest.importorskip("zstandard")
    compress = zstandard.ZstdCompressor().compress if has_zstandard else gzip.compress
    if not has_zstandard:
        monkeypatch.setitem(sys.modules, "zstandard", None)
    whole = compress(file_of(META, CLICK))
    with StandIn(Answer(200, whole)) as stand_in:
        assert [event.window_id for event in recording_of(stand_in).events()] == ["w"]
    with StandIn(Answer(200, whole, breaks_after=len(whole) - 20)) as stand_in:
        with pytest.raises(cassette_replay.ConnectionFailed):
            list(recording_of(stand_in).events())
    with StandIn(Answer(200, whole[:-20])) as stand_in, pytest.raises(cassette_replay.DamagedRecording):
        list(recording_of(stand_in).events())


@pytest.mark.parametrize("has_zstandard", [True, False])
def test_an_answer_that_is_not_compressed_is_damage(has_zstandard: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_zstandard:
        monkeypatch.setitem(sys.modules, "zstandard", None)
    with StandIn(Answer(200, b"<html>a proxy's page</html>")) as stand_in:
        with pytest.raises(cassette_replay.DamagedRecording):
            list(recording_of(stand_in).raw_lines())


def served_in_ranges(content: bytes, break_at: Iterator[int], tag: str) -> Any:
    """Answers ranges as a server does, and breaks each connection after so many bytes."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("If-Range") == tag and "Range" in asked.headers:
            start = int(asked.headers["Range"][len("bytes=") : -1])
            if start >= len(content):
                return Answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}", "ETag": tag}
            return Answer(206, content[start:], headers, next(break_at, None))
        return Answer(200, content, {"ETag": tag}, next(break_at, None))

    return answer


def test_a_download_that_breaks_off_goes_on_where_it_ended(slept: List[float], tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    with StandIn(served_in_ranges(content, iter([100_000, 50_000]), '"one"')) as stand_in:
        assert recording_of(stand_in).download(tmp_path / "a.ndjson.zst") == len(content)
    assert (tmp_path / "a.ndjson.zst").read_bytes() == content
    starts = [asked.headers.get("Range") for asked in stand_in.asked]
    assert starts == [None, "bytes=100000-", "bytes=150000-"] and len(list(tmp_path.iterdir())) == 1


def test_a_download_goes_on_in_a_later_call_unless_the_file_is_another(slept: List[float], tmp_path: Path) -> None:
    old, new = b"a" * 1000, b"b" * 2000
    target = tmp_path / "a.ndjson.zst"
    with StandIn(Answer(200, old, {"ETag": '"old"'}, breaks_after=600)) as stand_in:
        with pytest.raises(cassette_replay.ConnectionFailed):
            recording_of(stand_in).download(target)
    assert not target.exists() and (tmp_path / "a.ndjson.zst.partial").stat().st_size == 600
    with StandIn(served_in_ranges(new, iter(()), '"new"')) as stand_in:
        assert recording_of(stand_in).download(target) == 2000
    assert stand_in.asked[0].headers["If-Range"] == '"old"' and target.read_bytes() == new


def test_a_partial_file_that_is_all_there_does_not_hang(slept: List[float], tmp_path: Path) -> None:
    content, partial = b"c" * 500, tmp_path / "a.ndjson.zst.partial"
    partial.write_bytes(content)
    (tmp_path / "a.ndjson.zst.partial.tag").write_text('"tag"')
    with StandIn(served_in_ranges(content, iter(()), '"tag"')) as stand_in:
        assert recording_of(stand_in).download(tmp_path / "a.ndjson.zst") == 500
    assert (tmp_path / "a.ndjson.zst").read_bytes() == content and not partial.exists()


def test_lines_without_an_end_are_no_download(tmp_path: Path) -> None:
    with StandIn(Answer(200, b'{"type":"meta"}\n')) as stand_in:
        with pytest.raises(cassette_replay.DamagedRecording):
            recording_of(stand_in).download(tmp_path / "a.ndjson", "ndjson")
    assert not (tmp_path / "a.ndjson").exists()


# ---- PostHog's snapshots ----


def test_keys_are_asked_for_in_ranges_that_exist() -> None:
    keys = [*range(45), 1_000_000, 1_000_001]
    expected = [(0, 19), (20, 39), (40, 44), (1_000_000, 1_000_001)]
    assert list(cassette_replay.snapshots.ranges(keys)) == expected
    assert list(cassette_replay.snapshots.ranges([])) == []


def test_every_shape_of_posthogs_lines_is_read(slept: List[float]) -> None:
    lines = (Path(__file__).parents[3] / "fixtures/exports/posthog-snapshots.jsonl").read_bytes()
    shapes = b'{"window_id":"w","data":[{"type":4},{"type":2}]}\n{"windowId":7,"type":3,"timestamp":5,"data":{}}'
    sources = {"sources": [{"source": "blob_v2", "blob_key": "0", "start_timestamp": "2026-01-01T00:00:00Z"}]}
    with StandIn(Answer(200, sources), Answer(200, lines + shapes)) as stand_in:
        events = list(recording_of(stand_in).snapshots(decompress=True))
    assert [event.window_id for event in events[-3:]] == ["w", "w", "7"]
    full, mutation = events[1].event, events[2].event
    assert full["data"]["node"]["type"] == 0 and mutation["data"]["adds"][0]["node"]["textContent"] == "x"
    assert not any("cv" in event.event for event in events) and len(events) == 7 + 3


def test_a_recording_that_still_runs_gives_what_is_stored_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for codec in ("cramjam", "snappy"):  # so that lines are asked for, and not blocks of snappy
        monkeypatch.setitem(sys.modules, codec, None)
    running = {"type": "invalid_request", "code": "still_running", "detail": "The recording still runs.", "attr": None}
    sources = {"sources": [{"source": "blob_v2", "blob_key": str(key)} for key in (0, 1)]}

    def answer(asked: Asked) -> Answer:
        if "/recording?" in asked.path:
            return Answer(409, running)
        return Answer(200, b'["w",{"type":4,"timestamp":1}]\n["w",{"type":2,"timestamp":2}]' if "source=" in asked.path else sources)

    with StandIn(answer) as stand_in:
        recording = recording_of(stand_in)
        assert [event.event["type"] for event in recording.events()] == [4, 2]
        with pytest.raises(cassette_replay.StillRunning):
            list(recording.captured())
    asked = [one.path for one in stand_in.asked if "source=blob_v2" in one.path]
    assert len(asked) == 1 and "start_blob_key=0&end_blob_key=1" in asked[0]


def test_a_block_that_is_cut_or_no_snappy_is_damage() -> None:
    cramjam = pytest.importorskip("cramjam")
    line = b'["w",{"type":4,"timestamp":1}]'
    packed = bytes(cramjam.snappy.compress_raw(line))
    block = len(packed).to_bytes(4, "big") + packed
    sources = Answer(200, {"sources": [{"source": "blob_v2", "blob_key": "0"}]})
    with StandIn(sources, Answer(200, block + block)) as stand_in:
        assert [event.window_id for event in recording_of(stand_in).snapshots(decompress=False)] == ["w", "w"]
    for bad in (block[:-1], (5).to_bytes(4, "big") + b"\xff" * 5, b"\xff" * 8, block + b"\x00"):
        with StandIn(sources, Answer(200, bad)) as stand_in, pytest.raises(cassette_replay.DamagedRecording):
            list(recording_of(stand_in).snapshots(decompress=False))


def test_what_needs_a_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("cramjam", "snappy", "pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, package, None)
    with StandIn(Answer(200, {"results": [], "has_next": False})) as stand_in:
        for needs, extra in [
            (lambda: list(recording_of(stand_in).snapshots(decompress=False)), r"cassette-replay\[snappy\]"),
            (lambda: client_of(stand_in).recordings_frame(), r"cassette-replay\[pandas\]"),
            (lambda: client_of(stand_in).recordings_frame("pyarrow"), r"cassette-replay\[pyarrow\]"),
        ]:
            with pytest.raises(cassette_replay.MissingPackage, match=extra):
                needs()
