"""Verdicts by long poll: a hub has all of its own at least once, and never another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts import topics
from screener.hub.http import cursor
from screener.hub.http.bell import Bell
from screener.hub.http.polling import next_page
from screener.hub.http.shelf import Shelf
from screener.stream.port import Partition, Record
from tests.hub.http.world import World, read_verdict, verdict, wait_until, world


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway")) as made:
        yield made


def test_a_poll_ends_as_soon_as_a_verdict_comes(here: World) -> None:
    with here.client() as client, here.log.publisher() as publisher, ThreadPoolExecutor(1) as pool:
        start = client.get("/v1/verdicts", params={"from": "now"}).json()["cursor"]
        polled = pool.submit(client.get, "/v1/verdicts", params={"cursor": start, "wait": 25})
        assert wait_until(lambda: here.gateway._polls.get("h1") == 1)
        publisher.publish([verdict("P-prompt")])
        page = polled.result().json()
    assert [read_verdict(one).parcel_id for one in page["verdicts"]] == ["P-prompt"]


def test_a_sorter_that_keeps_its_cursor_has_every_verdict_in_order(here: World) -> None:
    """While verdicts come, and pages are small."""
    with here.client() as client, here.log.publisher() as publisher:
        at = client.get("/v1/verdicts", params={"from": "now"}).json()["cursor"]
        sent = [(f"P-{n % 17}", 1 + n // 17) for n in range(150)]
        writer = threading.Thread(
            target=lambda: [publisher.publish([verdict(p, revision=r)]) for p, r in sent]
        )
        writer.start()
        found: list[tuple[str, int]] = []
        while len(found) < len(sent):
            page = client.get("/v1/verdicts", params={"cursor": at, "wait": 20, "limit": 7}).json()
            assert len(page["verdicts"]) <= 7
            assert not page["gap"]
            found += [(v.parcel_id, v.revision) for v in map(read_verdict, page["verdicts"])]
            at = page["cursor"]
        writer.join()
    assert sorted(found) == sorted(sent)
    for parcel in {p for p, _ in sent}:
        revisions = [r for p, r in found if p == parcel]
        assert revisions == sorted(revisions)


def test_no_hub_sees_anything_of_another(here: World) -> None:
    with here.log.publisher() as publisher:
        publisher.publish([verdict("P-mine", hub="h1"), verdict("P-yours", hub="h2")])
    with here.client("h1") as mine, here.client("h2") as yours:
        assert wait_until(lambda: yours.get("/v1/parcels/P-yours/verdict").status_code == 200)
        assert wait_until(lambda: mine.get("/v1/parcels/P-mine/verdict").status_code == 200)
        assert mine.get("/v1/parcels/P-yours/verdict").json()["reason"] == "no_verdict"
        theirs = yours.get("/v1/verdicts").json()
        assert {v["parcel_id"] for v in theirs["verdicts"]} == {"P-yours"}
        # a cursor says where one stands, not whose verdicts one reads
        again = mine.get("/v1/verdicts", params={"cursor": cursor.written({0: 0, 1: 0, 2: 0}), "limit": 1000})
        assert "P-yours" not in {v["parcel_id"] for v in again.json()["verdicts"]}


def test_a_parcel_has_the_verdict_of_its_highest_revision(here: World) -> None:
    with here.log.publisher() as publisher, here.client() as client:
        publisher.publish([verdict("P-twice", revision=1), verdict("P-twice", revision=2)])
        publisher.publish([verdict("unread.S-9", scan_id="S-9")])
        assert wait_until(lambda: client.get("/v1/scans/S-9/verdict").status_code == 200)
        assert client.get("/v1/parcels/P-twice/verdict").json()["revision"] == 2
        assert client.get("/v1/scans/S-9/verdict").json()["parcel_id"] == "unread.S-9"
        assert client.get("/v1/scans/P-twice/verdict").status_code == 404


@pytest.mark.parametrize("bad", ["", "x", "%00", "A" * 20_000, cursor.written({0: 1}) + "AA"])
def test_what_is_no_cursor_is_refused(here: World, bad: str) -> None:
    with here.client() as client:
        answer = client.get("/v1/verdicts", params={"cursor": bad})
    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")


def test_of_too_many_polls_the_last_are_refused(here: World) -> None:
    limit = here.gateway.settings.limits.polls
    with here.client("h2") as client, ThreadPoolExecutor(limit) as pool:
        at = client.get("/v1/verdicts", params={"from": "now"}).json()["cursor"]
        waiting = [pool.submit(client.get, f"/v1/verdicts?cursor={at}&wait=25") for _ in range(limit)]
        assert wait_until(lambda: here.gateway._polls["h2"] == limit)
        with here.client("h2") as another:
            refused = another.get(f"/v1/verdicts?cursor={at}&wait=25")
        assert (refused.status_code, refused.json()["reason"]) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
        with here.log.publisher() as publisher:
            publisher.publish([verdict("P-all", hub="h2")])
        assert all(len(one.result().json()["verdicts"]) == 1 for one in waiting)


def test_a_cursor_outlives_the_gateway_and_its_copy(tmp_path: Path) -> None:
    with world(tmp_path) as one, one.log.publisher() as publisher, one.client() as client:
        publisher.publish([verdict(f"P-{n}") for n in range(10)])
        assert wait_until(lambda: len(client.get("/v1/verdicts").json()["verdicts"]) == 10)
        first = client.get("/v1/verdicts", params={"limit": 6}).json()
        publisher.publish([verdict("P-late")])
    for leftover in (tmp_path / "gateway").glob("verdicts.db*"):
        leftover.unlink()
    with world(tmp_path) as two, two.client() as client:
        assert wait_until(lambda: client.get("/v1/parcels/P-late/verdict").status_code == 200)
        rest = client.get("/v1/verdicts", params={"cursor": first["cursor"]}).json()["verdicts"]
    found = [v["parcel_id"] for v in first["verdicts"] + rest]
    assert sorted(found) == sorted([*(f"P-{n}" for n in range(10)), "P-late"])


def test_stopping_answers_those_who_wait(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        with world(tmp_path) as one:
            client = stack.enter_context(one.client())
            polled = pool.submit(client.get, "/v1/verdicts?wait=29")
            assert wait_until(lambda: one.gateway._polls.get("h1") == 1)
        assert (polled.result().status_code, polled.result().json()["verdicts"]) == (200, [])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("read"), st.integers(0, 1), st.integers(1, 5)),
        st.tuples(st.just("add again"), st.integers(0, 2), st.integers(1, 3)),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=30)
def test_whatever_the_order_of_events_no_reader_misses_any(steps: list[tuple[str, int, int]]) -> None:
    """Two readers wait while verdicts are copied, some of them twice; each then has all."""
    with TemporaryDirectory() as folder, Shelf(Path(folder) / "shelf.db") as shelf:
        asyncio.run(_interleaved(shelf, steps))


async def _interleaved(shelf: Shelf, steps: list[tuple[str, int, int]]) -> None:
    bell = Bell()
    log: dict[int, list[Record]] = {0: [], 1: [], 2: []}
    seen: list[list[bytes]] = [[], []]
    places: list[dict[int, int] | None] = [None, None]

    async def read(reader: int, limit: int, wait_s: float) -> bool:
        page = await next_page(shelf, bell, "h1", places[reader], limit=limit, wait_s=wait_s)
        seen[reader] += page.verdicts
        places[reader] = cursor.read(cursor.written(page.after))
        return bool(page.verdicts)

    waiting = [asyncio.create_task(read(reader, 3, 30.0)) for reader in range(2)]
    for what, which, count in steps:
        if what == "read":
            await read(which, count, 0.0) if waiting[which].done() else await asyncio.sleep(0)
            continue
        new = [] if what == "add again" else [_record(which, len(log[which]) + n) for n in range(count)]
        log[which] += new
        bell.ring(shelf.add(new or log[which][-count:]))
    wanted = sorted(record.value or b"" for records in log.values() for record in records)
    for reader in range(2):
        if wanted:
            await waiting[reader]
            while await read(reader, 4, 0.0):
                pass
        else:
            waiting[reader].cancel()
        assert sorted(seen[reader]) == wanted


def _record(number: int, offset: int) -> Record:
    message = verdict(f"P-{number}-{offset}")
    return Record(Partition(topics.verdicts("h1"), number), offset, 1, message.key, message.value)


def test_what_is_no_longer_kept_is_a_gap_and_not_a_silence(tmp_path: Path) -> None:
    with Shelf(tmp_path / "shelf.db") as shelf:
        shelf.add([_record(0, offset) for offset in range(4)])
        before = shelf.page("h1", None, 2)
        assert shelf.prune(before_ms=2) == 4
        shelf.add([_record(0, 4)])
        page = shelf.page("h1", before.after, 10)
        assert (len(page.verdicts), page.gap) == (1, True)
        assert not shelf.page("h1", page.after, 10).gap
        assert not shelf.page("h1", None, 10).gap


def test_what_is_gone_of_a_partition_that_came_later_is_a_gap_too(tmp_path: Path) -> None:
    with Shelf(tmp_path / "shelf.db") as shelf:
        shelf.add([_record(0, 0)])
        before = shelf.page("h1", None, 9)
        shelf.add([_record(1, 0)])
        assert shelf.prune(before_ms=2) == 2
        shelf.add([_record(1, 1)])
        page = shelf.page("h1", before.after, 9)
        assert (len(page.verdicts), page.gap) == (1, True)
        assert not shelf.page("h1", {}, 9).gap
