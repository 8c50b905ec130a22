"""What changes something on a real server: links, collections, persons, deletion."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Callable

import httpx
import pytest

from cassette_replay import ApiError, BadRequest, Client, NotFound, Recording

Import = Callable[[str], Recording]


def test_a_link_opens_and_closes(client: Client, imported: Import) -> None:
    recording = imported("shared-1")
    assert not recording.sharing().enabled
    share = recording.share({"showInspector": False})
    assert share.enabled and share.url and share.embed_url and share.settings["showInspector"] is False
    assert httpx.get(share.url).status_code == 200 and httpx.get(share.embed_url).status_code == 200
    assert recording.sharing().access_token == share.access_token
    assert not recording.unshare().enabled
    assert httpx.get(share.url).status_code == 404 and httpx.get(share.embed_url).status_code == 404


def test_a_direct_link_opens_the_stored_file_without_a_key(client: Client, imported: Import, tmp_path: Path) -> None:
    recording = imported("linked-1")
    link = recording.direct_link(60)
    answer = httpx.get(link.url)
    assert answer.status_code == 200 and len(answer.content) == link.size_bytes
    recording.download(tmp_path / "file.ndjson.zst")
    assert answer.content == (tmp_path / "file.ndjson.zst").read_bytes()
    seconds = (link.expires_at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert 0 < seconds <= 61
    with pytest.raises(BadRequest) as refused:
        recording.direct_link(0)
    assert refused.value.attr == "expires_in"


def test_a_viewed_recording_says_so(client: Client, imported: Import) -> None:
    recording = imported("viewed-1")
    recording.mark_viewed()
    assert recording.refresh().viewed


def test_a_collection_holds_what_is_put_into_it(client: Client, imported: Import) -> None:
    one, two = imported("collected-1"), imported("collected-2")
    collection = client.create_collection("Checkout problems", description="to be looked at")
    collection.add(one, "collected-2", two)
    assert {recording.id for recording in collection.recordings(page_size=1)} == {"collected-1", "collected-2"}
    collection.remove(one)
    assert [recording.id for recording in collection.recordings()] == ["collected-2"]
    collection.update(name="Checkout")
    again = client.collection(collection.short_id)
    assert (again.name, again.description, again.type) == ("Checkout", "to be looked at", "collection")
    assert collection.short_id in {found.short_id for found in client.collections(search="Checkout")}
    collection.delete()
    assert collection.short_id not in {found.short_id for found in client.collections()}
    assert client.recording("collected-2").event_count == 7, "a collection's recordings stay"


def test_persons_are_who_was_identified(client: Client, captured: str) -> None:
    ids = {event.distinct_id for event in client.recording(captured).captured()}
    (person,) = [person for person in client.persons() if ids <= set(person.distinct_ids)]
    assert "user-1" in person.distinct_ids
    assert client.person(person.id).distinct_ids == person.distinct_ids
    assert [found.id for found in client.persons(distinct_id="user-1")] == [person.id]
    listed = [recording.id for recording in client.recordings(person_uuid=person.id, date_from="2020-01-01")]
    assert captured in listed


def test_what_is_deleted_is_gone(client: Client, imported: Import) -> None:
    recording = imported("deleted-1")
    recording.delete()
    for ask in (lambda: client.recording("deleted-1"), lambda: next(recording.events()), recording.sources):
        with pytest.raises(ApiError) as refused:
            ask()
        assert refused.value.status in (404, 410)
    assert "deleted-1" not in {found.id for found in client.recordings(date_from="2020-01-01")}


def test_many_are_deleted_at_once_and_unknown_ones_passed_over(client: Client, imported: Import) -> None:
    ids = [imported(f"bulk-{number}").id for number in range(3)]
    assert client.delete([*ids[:2], "never-recorded"]) == 2
    assert client.recording(ids[2]).id == ids[2]
    for gone in ids[:2]:
        with pytest.raises(ApiError):
            client.recording(gone)


def test_a_key_for_another_project_finds_nothing(server: object, client: Client, captured: str) -> None:
    import serving

    assert isinstance(server, serving.Served)
    with Client(server.host, serving.KEY, project=4711) as elsewhere, pytest.raises(ApiError) as refused:
        elsewhere.recording(captured)
    assert isinstance(refused.value, NotFound) or refused.value.status == 403
