"""What a hub's topic does not take is refused before it is accepted; whatever is accepted arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.errors import BadInput, Unavailable
from screener.hub.http.sizes import Sizes
from screener.hub.parcel import manifest_of, scans_of
from screener.stream.port import Log, Message
from screener.stream.sqlite import Sqlite
from screener.stream.sqlite.administration import SqliteAdministration
from tests.hub.http.world import JSON, World, make_topics, post, records, world
from tests.hub.parcels import parcel

SMALL = 16_384


def limit(folder: Path, log: Log, most: int = SMALL) -> None:
    """The topics of h1 as `hub add --max-message-bytes` leaves them."""
    with SqliteAdministration(folder / "log.db") as administration:
        for topic in (topics.manifests("h1"), topics.scans("h1")):
            spec = log.describe(topic)
            assert spec is not None
            administration.alter(replace(spec, max_message_bytes=most))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, before=lambda log: limit(tmp_path, log)) as made:
        yield made


def padded(message: Message, by: int) -> Message:
    """The same message, so many bytes longer."""
    assert message.value is not None
    headers = tuple(pair for pair in message.headers if pair[0] != "ce_sha256")
    return Message(message.topic, message.key, message.value + b" " * by, headers)


def arrived(here: World, topic: str) -> int:
    here.drained()
    return len(records(here.log, topic))


def test_what_the_topic_does_not_take_is_refused_and_the_rest_arrives(here: World) -> None:
    scan, taken = scans_of(parcel(1))[0], 0
    with here.client() as client:
        refused = post(client, padded(scan, SMALL))
        assert (refused.status_code, refused.json()["reason"]) == (422, "message_too_large")
        for number, more in enumerate(range(0, SMALL + 2000, 500)):
            answer = post(client, padded(manifest_of(parcel(number)), more))
            assert answer.status_code == 202 or answer.json()["reason"] == "message_too_large"
            taken += answer.status_code == 202
    assert 0 < taken < number
    assert arrived(here, topics.manifests("h1")) == taken


def test_of_a_batch_the_item_that_is_too_large_is_named(here: World) -> None:
    items = [encode(parcel(number).manifest) for number in range(3)]
    items[1] = items[1][:-1] + b" " * SMALL + b"}"
    with here.client() as client:
        problem = client.post("/v1/manifests", headers=JSON, content=b"[" + b",".join(items) + b"]").json()
    assert [(e["index"], e["reason"]) for e in problem["errors"]] == [(1, "message_too_large")]
    assert len(problem["accepted"]) == arrived(here, topics.manifests("h1")) == 2


def test_a_topic_that_has_grown_takes_more_and_a_log_that_is_away_changes_nothing(tmp_path: Path) -> None:
    away: list[bool] = []

    def open_log() -> Log:
        if away:
            raise Unavailable("away")
        return Sqlite(tmp_path / "log.db")

    message = Message(topics.manifests("h1"), b"P1", bytes(SMALL))
    sizes = Sizes(open_log)
    with open_log() as log:
        make_topics(log)
        limit(tmp_path, log)
        with pytest.raises(BadInput, match="expected up to 16384 bytes"):
            sizes.check(message)
        limit(tmp_path, log, 10 * SMALL)
        sizes.ask_anew()
        sizes.check(message)
        limit(tmp_path, log)
        away.append(True)
        sizes.ask_anew()
        sizes.check(message)
        Sizes(open_log).check(message)
