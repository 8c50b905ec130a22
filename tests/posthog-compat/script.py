#!/usr/bin/env python3
"""A script against PostHog's session replay API, as a customer of PostHog would write it.

    python3 script.py --host https://us.posthog.com --key phx_… [--project ID]

Written from PostHog's public pages alone: the API reference of session recordings and playlists, "Session recording snapshot API",
"Sharing and embedding replays". Nothing in it knows of Cassette; host, key and project are all that changes. It lists, pages, retrieves,
fetches all snapshots both ways, decodes them, shares, embeds, puts into a collection and deletes: **the oldest recording that
it finds is deleted for good**.

Prints what it checked. Exits with 1 and the differences if there are any.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from typing import Any, Callable, Iterable, Iterator
from urllib.parse import quote

import cramjam
import httpx

SINCE = "2020-01-01"
KEYS_AT_ONCE = 20

RECORDING_FIELDS = {
    "id", "distinct_id", "viewed", "recording_duration", "active_seconds", "inactive_seconds", "start_time", "end_time",
    "click_count", "keypress_count", "mouse_activity_count", "console_log_count", "console_warn_count", "console_error_count",
    "start_url", "person", "retention_period_days", "expiry_time", "recording_ttl", "snapshot_source", "snapshot_library",
    "ongoing", "activity_score", "viewers", "has_summary", "external_references",
}  # fmt: skip
PLAYLIST_FIELDS = {
    "id", "short_id", "name", "derived_name", "description", "pinned", "created_at", "created_by", "deleted", "filters",
    "last_modified_at", "last_modified_by", "recordings_counts", "type",
}  # fmt: skip
SHARING_FIELDS = {"created_at", "enabled", "access_token", "settings", "password_required"}
VIEWER_FIELDS = {"id", "recording_duration", "start_time", "end_time"}
ERROR_FIELDS = {"type", "code", "detail", "attr"}


class Differences:
    """What was checked, and what was not as documented."""

    def __init__(self) -> None:
        self.passed = 0
        self.found: list[str] = []

    def equal(self, what: str, got: Any, want: Any) -> None:
        self._note(what, got == want, f"expected {want!r}, got {got!r}")

    def true(self, what: str, holds: bool, got: Any) -> None:
        self._note(what, holds, f"got {got!r}")

    def has(self, what: str, got: Any, fields: set[str]) -> None:
        missing = fields - set(got) if isinstance(got, dict) else fields
        self._note(what, not missing, f"missing {sorted(missing)} in {str(got)[:200]}")

    def section(self, name: str, work: Callable[[], None]) -> None:
        """What a section trips over is a difference; the others run all the same."""
        print(f"\n{name}")
        try:
            work()
        except Exception as error:
            self._note(name, False, f"{type(error).__name__}: {error}")

    def _note(self, what: str, holds: bool, difference: str) -> None:
        print(f"  {'ok' if holds else 'DIFFERS'}  {what}{'' if holds else ': ' + difference}")
        if holds:
            self.passed += 1
        else:
            self.found.append(f"{what}: {difference}")


class PostHog:
    """The API, by its addresses as the documentation writes them: with and without the last slash."""

    def __init__(self, host: str, key: str, project: str) -> None:
        self.host, self.key, self.project = host.rstrip("/"), key, project
        self.http = httpx.Client(timeout=60)
        self.headers = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, *, base: str = "projects", **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.http.request(method, f"{self.host}/api/{base}/{self.project}/{path}", headers=headers, **more)

    def json(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        response = self.ask(method, path, **more)
        if response.status_code != status:
            raise AssertionError(f"{method} {path} was answered {response.status_code}, expected {status}: {response.text[:300]}")
        return response.json() if response.content else None

    def list(self, **params: Any) -> Any:
        return self.json("GET", "session_recordings/", params={"date_from": SINCE, **params})


# ---- decoding, after the documentation of the snapshot API ----


def split(text: bytes) -> Iterator[Any]:
    """JSONL: one JSON text a line, and lines end with 0x0A and nothing else."""
    for line in text.split(b"\n"):
        if line:
            yield json.loads(line)


def unpack(text: bytes) -> bytes:
    """`decompress=false`: big-endian u32 length and raw snappy, block after block."""
    blocks = []
    while text:
        length = int.from_bytes(text[:4], "big")
        blocks.append(bytes(cramjam.snappy.decompress_raw(text[4 : 4 + length])))
        text = text[4 + length :]
    return b"\n".join(blocks)


def decode(event: dict[str, Any]) -> dict[str, Any]:
    """Undoes `cv: 2024-10`: strings of bytes that are gzip of JSON."""
    if event.get("cv") != "2024-10":
        return event
    data = event["data"]
    if isinstance(data, str):
        data = inflate(data)
    else:
        parts = ("adds", "removes", "texts", "attributes")
        data = {key: inflate(part) if key in parts and isinstance(part, str) else part for key, part in data.items()}
    return {**{key: value for key, value in event.items() if key != "cv"}, "data": data}


def inflate(text: str) -> Any:
    return json.loads(gzip.decompress(text.encode("latin-1")))


def events_of(lines: Iterable[Any]) -> list[Any]:
    """`[window, event]` for each event, decoded."""
    return [[window, decode(event)] for window, event in lines]


# ---- the sections ----


def listing(api: PostHog, differences: Differences) -> list[str]:
    """Gives the ids, newest first."""
    answer = api.list(limit=1000)
    differences.has("the list has results, has_next, version", answer, {"results", "has_next", "version"})
    differences.equal("version", answer["version"], 4)
    differences.equal("has_next of the whole list", answer["has_next"], False)
    ids = [one["id"] for one in answer["results"]]
    differences.true("there are three recordings at least", len(ids) >= 3, len(ids))
    differences.has("a recording has its fields", answer["results"][0], RECORDING_FIELDS)
    starts = [one["start_time"] for one in answer["results"]]
    differences.equal("newest first", starts, sorted(starts, reverse=True))

    pages = [api.list(limit=2, offset=offset) for offset in range(0, len(ids), 2)]
    differences.equal("pages by offset make the list", [one["id"] for page in pages for one in page["results"]], ids)
    differences.equal("has_next", [page["has_next"] for page in pages], [True] * (len(pages) - 1) + [False])

    followed, page = [], api.list(limit=2)
    while True:
        followed += [one["id"] for one in page["results"]]
        if not page.get("next_cursor"):
            break
        page = api.list(limit=2, after=page["next_cursor"])
    differences.equal("pages by next_cursor make the list", followed, ids)

    chosen = [ids[2], ids[0]]
    differences.equal(
        "session_ids as a JSON array, in their order",
        [one["id"] for one in api.list(session_ids=json.dumps(chosen))["results"]],
        chosen,
    )
    ascending = [one["start_time"] for one in api.list(order="start_time", order_direction="ASC", limit=1000)["results"]]
    differences.equal("order_direction=ASC", ascending, sorted(starts))
    clicks = [one["click_count"] for one in api.list(order="click_count", limit=1000)["results"]]
    differences.equal("order=click_count", clicks, sorted(clicks, reverse=True))
    differences.equal("date_to", api.list(date_to="2020-01-02")["results"], [])
    same = api.json("GET", "session_recordings/", base="environments", params={"date_from": SINCE, "limit": 1000})
    differences.equal("/api/environments/ is the same", [one["id"] for one in same["results"]], ids)
    whose = next(one["distinct_id"] for one in answer["results"] if one["distinct_id"])
    of_person = api.list(distinct_ids=json.dumps([whose]), limit=1000)["results"]
    differences.true("distinct_ids", of_person != [] and {one["distinct_id"] for one in of_person} == {whose}, of_person)
    return ids


def filters(api: PostHog, differences: Differences) -> None:
    whole = api.list(limit=1000)["results"]

    def found(**params: Any) -> set[str]:
        return {one["id"] for one in api.list(limit=1000, **params)["results"]}

    longer = json.dumps([{"type": "recording", "key": "duration", "operator": "gt", "value": 10}])
    wanted = {one["id"] for one in whole if one["recording_duration"] > 10}
    differences.equal("having_predicates: duration > 10", found(having_predicates=longer), wanted)
    warned = json.dumps([{"type": "log_entry", "key": "level", "operator": "exact", "value": ["warn"]}])
    wanted = {one["id"] for one in whole if one["console_warn_count"]}
    differences.equal("console_log_filters: level", found(console_log_filters=warned), wanted)


def retrieving(api: PostHog, differences: Differences, session: str) -> None:
    one = api.json("GET", f"session_recordings/{session}/")
    differences.has("a recording has its fields", one, RECORDING_FIELDS)
    differences.equal("id", one["id"], session)
    (listed,) = api.list(session_ids=json.dumps([session]))["results"]
    counts = ("click_count", "keypress_count", "recording_duration", "start_time", "end_time", "start_url")
    differences.equal("the same facts as in the list", [one[key] for key in counts], [listed[key] for key in counts])
    differences.equal("without the last slash", api.json("GET", f"session_recordings/{session}")["id"], session)
    differences.equal(
        "PATCH viewed", api.json("PATCH", f"session_recordings/{session}/", json={"viewed": True}), {"success": True}
    )
    differences.equal("viewed afterwards", api.json("GET", f"session_recordings/{session}/")["viewed"], True)


def refusals(api: PostHog, differences: Differences) -> None:
    def refused(what: str, response: httpx.Response, status: int, type_: str, code: str) -> None:
        body = response.json()
        differences.equal(
            what, (response.status_code, body.get("type"), body.get("code"), set(body)), (status, type_, code, ERROR_FIELDS)
        )

    path = "session_recordings/"
    url = f"{api.host}/api/projects/{api.project}/{path}"
    refused("no key", api.http.get(url), 401, "authentication_error", "not_authenticated")
    wrong = {"Authorization": "Bearer phx_not-a-key"}
    refused("a wrong key", api.http.get(url, headers=wrong), 401, "authentication_error", "authentication_failed")
    refused("an unknown recording", api.ask("GET", f"{path}never-recorded/"), 404, "invalid_request", "not_found")
    refused("a method that is not there", api.ask("PUT", path), 405, "invalid_request", "method_not_allowed")
    limit = api.ask("GET", path, params={"limit": "many"})
    differences.equal("a bad filter", (limit.status_code, limit.json()["type"]), (400, "validation_error"))
    by_query = api.http.get(url, params={"personal_api_key": api.key, "limit": 1})
    differences.equal("the key in the query", by_query.status_code, 200)


def snapshots(api: PostHog, differences: Differences, session: str) -> list[Any]:
    """Gives all events of the recording."""
    path = f"session_recordings/{session}/snapshots"
    sources = api.json("GET", path, base="environments", params={"blob_v2": "true"})["sources"]
    differences.has("a source has its fields", sources[0], {"source", "start_timestamp", "end_timestamp", "blob_key"})
    differences.equal("sources", {one["source"] for one in sources}, {"blob_v2"})
    keys = [int(one["blob_key"]) for one in sources]
    starts = [one["start_timestamp"] for one in sources]
    differences.equal("sources are in the order of their start", starts, sorted(starts))

    one_by_one = [
        api.ask("GET", path, base="environments", params={"source": "blob_v2", "blob_key": str(key)}) for key in keys
    ]
    differences.equal("each block by blob_key", {response.status_code for response in one_by_one}, {200})
    by_key = events_of(value for response in one_by_one for value in split(response.content))

    plain, packed = [], []
    for first in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[first : first + KEYS_AT_ONCE]
        asked = {"source": "blob_v2", "start_blob_key": some[0], "end_blob_key": some[-1]}
        answer = api.ask("GET", path, params={**asked, "decompress": "true"})
        differences.equal("decompress=true", answer.status_code, 200)
        differences.true("is JSONL", "json" in answer.headers["content-type"], answer.headers["content-type"])
        differences.true("may be cached", "max-age" in answer.headers.get("cache-control", ""), dict(answer.headers))
        plain += list(split(answer.content))
        answer = api.ask("GET", path, params={**asked, "decompress": "false"})
        differences.equal("decompress=false", answer.status_code, 200)
        differences.equal("is bytes", answer.headers["content-type"], "application/octet-stream")
        packed += list(split(unpack(answer.content)))
    differences.true("lines are [window, event]", all(isinstance(line, list) and len(line) == 2 for line in plain), plain[:1])
    compressed = sum("cv" in event for _, event in plain)
    events = events_of(plain)
    differences.true(f"{len(events)} events decoded, {compressed} of them compressed", len(events) > 0, 0)
    differences.true("both ways give the same events", events_of(packed) == events, (len(packed), len(events)))
    differences.true("block by block gives the same events", by_key == events, (len(by_key), len(events)))
    differences.true("there is a full snapshot", any(event["type"] == 2 for _, event in events), len(events))
    differences.true("events have a time", all(isinstance(event["timestamp"], (int, float)) for _, event in events), None)

    def status(**params: Any) -> int:
        return api.ask("GET", path, params=params).status_code

    differences.equal("a source of old", status(source="realtime"), 400)
    differences.equal("an unknown source", status(source="tape"), 400)
    differences.equal("no keys", status(source="blob_v2"), 400)
    differences.equal("too many keys", status(source="blob_v2", start_blob_key=0, end_blob_key=40), 400)
    beyond = keys[-1] + 7
    differences.equal("a key that is not there", status(source="blob_v2", start_blob_key=beyond, end_blob_key=beyond), 404)
    return events


def sharing(api: PostHog, differences: Differences, session: str) -> None:
    path = f"session_recordings/{session}/sharing"
    before = api.json("GET", path + "/")
    differences.has("the configuration has its fields", before, SHARING_FIELDS)
    differences.equal("not shared at first", before["enabled"], False)
    # As the documentation does it: the key in the query, no last slash, and this content type.
    response = api.http.patch(
        f"{api.host}/api/projects/{api.project}/{path}?personal_api_key={quote(api.key)}",
        content=json.dumps({"enabled": True}),
        headers={"Content-type": "application/json;"},
    )
    differences.equal("PATCH enabled, the key in the query", response.status_code, 200)
    enabled = api.json("PATCH", path + "/", json={"enabled": True})
    differences.equal("PATCH enabled, the key in the header", enabled["enabled"], True)
    token = enabled["access_token"]
    differences.true("an access token", isinstance(token, str) and len(token) >= 20, token)
    differences.equal("asking again gives the same token", api.json("GET", path)["access_token"], token)

    for page in (f"/shared/{token}", f"/embedded/{token}", f"/embedded/{token}?t=3", f"/shared/{token}?showInspector"):
        answer = api.http.get(api.host + page)
        name = page.replace(token, ":token")
        differences.equal(
            f"{name} is a page", (answer.status_code, answer.headers["content-type"].split(";")[0]), (200, "text/html")
        )
        if page.startswith("/embedded/"):
            differences.equal(f"{name} may be framed", answer.headers.get("x-frame-options"), None)
    for page in (f"/shared/{token}.json", f"/embedded/{token}.json"):
        answer = api.http.get(api.host + page)
        text = answer.text if answer.status_code == 200 else ""
        differences.true(f"{page.replace(token, ':token')} names the recording", session in text, (answer.status_code, text[:200]))

    def viewer(below: str = "", **params: str) -> httpx.Response:
        url = f"{api.host}/api/projects/{api.project}/session_recordings/{below}"
        return api.http.get(url, params={"sharing_access_token": token, **params})

    seen = viewer(f"{session}/")
    differences.equal("a viewer sees four fields", (seen.status_code, set(seen.json())), (200, VIEWER_FIELDS))
    sources = viewer(f"{session}/snapshots/")
    differences.true("a viewer lists sources", sources.status_code == 200, sources.text[:200])
    key = sources.json()["sources"][0]["blob_key"]
    blocks = viewer(f"{session}/snapshots/", source="blob_v2", start_blob_key=key, end_blob_key=key)
    differences.true("a viewer reads blocks", blocks.status_code == 200 and blocks.content != b"", blocks.status_code)
    differences.true("a viewer lists nothing else", viewer().status_code in (401, 403), viewer().status_code)

    refreshed = api.json("POST", path + "/refresh/")
    differences.true("a refreshed token is another one", refreshed["access_token"] not in (None, token), refreshed)
    closed = api.json("PATCH", path + "/", json={"enabled": False})
    differences.equal("PATCH enabled: false", closed["enabled"], False)
    for each in (token, refreshed["access_token"]):
        pages = [api.http.get(f"{api.host}/{kind}/{each}").status_code for kind in ("shared", "embedded")]
        differences.equal("afterwards nobody gets in", pages, [404, 404])
    differences.true("nor to the data", viewer(f"{session}/").status_code in (401, 403, 404), viewer(f"{session}/").status_code)


def collections(api: PostHog, differences: Differences, sessions: list[str]) -> None:
    path = "session_recording_playlists/"
    made = api.json("POST", path, 201, json={"name": "Rage clicks", "description": "weekly", "type": "collection"})
    differences.has("a playlist has its fields", made, PLAYLIST_FIELDS)
    differences.equal("name, type", (made["name"], made["type"], made["deleted"]), ("Rage clicks", "collection", False))
    own = f"{path}{made['short_id']}/"
    added = api.ask("POST", f"{own}recordings/{sessions[0]}/")
    differences.true("a recording is put into it", added.status_code in (200, 201), (added.status_code, added.text[:200]))
    bulk = api.ask("POST", f"{own}recordings/bulk_add/", json={"session_recording_ids": sessions})
    differences.true("some more at once", bulk.status_code in (200, 201), (bulk.status_code, bulk.text[:200]))
    inside = api.json("GET", f"{own}recordings/")
    differences.has("its recordings are a list of recordings", inside, {"results", "has_next"})
    differences.equal("its recordings", {one["id"] for one in inside["results"]}, set(sessions))
    api.ask("DELETE", f"{own}recordings/{sessions[0]}/").raise_for_status()
    inside = api.json("GET", f"{own}recordings/")
    differences.equal("one is taken out", {one["id"] for one in inside["results"]}, set(sessions[1:]))

    listed = api.json("GET", path)
    differences.has("playlists are paged", listed, {"count", "next", "previous", "results"})
    differences.true("it is listed", made["short_id"] in {one["short_id"] for one in listed["results"]}, listed["count"])
    renamed = api.json("PATCH", own, json={"name": "Anger"})
    differences.equal("PATCH name", renamed["name"], "Anger")

    differences.equal("a playlist without a type", api.ask("POST", path, json={"name": "x"}).status_code, 400)
    kept = {"name": "Long ones", "type": "filters", "filters": {"date_from": "-7d"}}
    saved = api.json("POST", path, 201, json=kept)
    into = api.ask("POST", f"{path}{saved['short_id']}/recordings/{sessions[0]}/")
    differences.equal("saved filters take no recordings", into.status_code, 400)
    for each in (made, saved):
        api.json("PATCH", f"{path}{each['short_id']}/", json={"deleted": True})
    left = {one["short_id"] for one in api.json("GET", path)["results"]}
    differences.true("deleted ones are gone", not left & {made["short_id"], saved["short_id"]}, left)


def deleting(api: PostHog, differences: Differences, session: str, another: str) -> None:
    answer = api.ask("DELETE", f"session_recordings/{session}/")
    differences.equal("DELETE", (answer.status_code, answer.content), (204, b""))
    once_more = api.ask("GET", f"session_recordings/{session}/")
    differences.true("it is gone", once_more.status_code in (404, 410), once_more.status_code)
    data = api.ask("GET", f"session_recordings/{session}/snapshots")
    differences.true("its data is gone", data.status_code in (404, 410), data.status_code)
    if data.status_code == 410:
        differences.equal("410 says what happened", data.json().get("error"), "recording_deleted")
        differences.has("and when", data.json(), {"error", "message", "deleted_at"})
    listed = {one["id"] for one in api.list(limit=1000)["results"]}
    differences.true("it is not listed", session not in listed, sorted(listed))
    body = {"session_recording_ids": [another, "never-recorded"], "date_from": SINCE}
    bulk = api.json("POST", "session_recordings/bulk_delete/", json=body)
    differences.has("bulk_delete says what it did", bulk, {"success", "deleted_count", "total_requested"})
    differences.equal(
        "bulk_delete", (bulk["success"], bulk["deleted_count"], bulk["total_requested"]), (True, 1, 2)
    )
    too_many = {"session_recording_ids": [f"none-{number}" for number in range(101)]}
    differences.equal("more than 100", api.ask("POST", "session_recordings/bulk_delete/", json=too_many).status_code, 400)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--host", required=True)
    words.add_argument("--key", required=True)
    words.add_argument("--project", default="@current")
    given = words.parse_args()
    api, differences, ids = PostHog(given.host, given.key, given.project), Differences(), []
    differences.section("list", lambda: ids.extend(listing(api, differences)))
    if len(ids) < 3:
        print("\nno three recordings: nothing more can be checked")
        return 1
    differences.section("filters", lambda: filters(api, differences))
    differences.section("retrieve", lambda: retrieving(api, differences, ids[0]))
    differences.section("refusals", lambda: refusals(api, differences))
    for session in ids:
        differences.section(f"snapshots of {session}", lambda: snapshots(api, differences, session) and None)
    differences.section("sharing", lambda: sharing(api, differences, ids[0]))
    differences.section("collections", lambda: collections(api, differences, ids[:3]))
    differences.section("deleting", lambda: deleting(api, differences, ids[-1], ids[-2]))
    print(f"\n{differences.passed} as documented, {len(differences.found)} not")
    for difference in differences.found:
        print(f"- {difference}")
    return 1 if differences.found else 0


if __name__ == "__main__":
    sys.exit(main())
