"""The follower: the tables are what the records come to, however they come; groups are those of [network]."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, func, select

from screener.config import Config
from screener.contracts import topics
from screener.contracts.wire import Amount, End, Tie
from screener.core.networks.communities import communities, wide_nodes
from screener.core.networks.graph import Graph
from screener.core.networks.note import noted
from screener.core.policy import Networks, read
from screener.review import database
from screener.review.alone import alone
from screener.review.following import Stretch, position
from screener.review.networks import follow, grouping, listing, task
from screener.review.networks.listing import Filters
from screener.review.networks.tables import node, tie
from screener.review.schema import refused
from screener.review.service import Service
from screener.stages.network import Circle
from screener.stream.port import Partition, Record
from screener.stream.state import Table
from tests.cli.rings import end
from tests.cli.rings import tie as made
from tests.core.evidence import START
from tests.review.networks.world import HUB_FROM, TIES, WINDOW, grouped, take, two_rings
from tests.stages.world import RING

Kept = set[tuple[str, str, int, float]]


def kept(engine: Engine) -> Kept:
    with database.reading(engine) as connection:
        rows = connection.execute(select(tie.c.hub, tie.c.parcel_id, tie.c.revision, tie.c.sticks))
        return {tuple(row) for row in rows}


def groups(engine: Engine) -> set[frozenset[str]]:
    """The groups by their ties."""
    with database.reading(engine) as connection:
        rows = connection.execute(select(tie.c.circle, tie.c.hub, tie.c.parcel_id)).all()
    found: dict[int, set[str]] = {}
    for circle, hub, parcel_id in rows:
        if circle is not None:
            found.setdefault(circle, set()).add(f"{hub}/{parcel_id}")
    return set(map(frozenset, found.values()))


def nodes(engine: Engine) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(node)) or 0


def test_what_is_read_again_counts_once(engine: Engine) -> None:
    ties = two_rings()
    assert take(engine, ties) == len(ties)
    before = kept(engine)
    assert take(engine, ties) == 0
    assert kept(engine) == before and len(before) == len(ties)
    with database.reading(engine) as connection:
        assert position(connection, TIES) == len(ties)


def test_a_later_revision_takes_the_place_and_one_of_nobody_withdraws(engine: Engine) -> None:
    first = made(1, 0, end("a", 0), end("b", 0), 100.0)
    later = replace(first, revision=2, sticks=Amount(mean=7.0, sd=1.0), consignee=end("c", 0))
    take(engine, [later, first])
    assert kept(engine) == {("hub-1", "P-00001", 2, 7.0)}
    take(engine, [first], first=2)
    assert kept(engine) == {("hub-1", "P-00001", 2, 7.0)}
    take(engine, [replace(first, revision=3, consignor=End(), consignee=End())], first=3)
    assert (kept(engine), nodes(engine)) == (set(), 0)


def test_what_is_older_than_the_window_leaves_with_whom_nobody_meets_any_more(engine: Engine) -> None:
    take(engine, [made(1, 0, end("a", 0), end("b", 0), 1.0), made(2, 0, end("a", 0), end("c", 0), 1.0)])
    take(engine, [made(3, 100, end("a", 0), end("d", 0), 1.0)], first=2)
    assert {parcel for _, parcel, _, _ in kept(engine)} == {"P-00003"}
    assert nodes(engine) == 6


@pytest.mark.parametrize("days", [(0, 1, 2), (5,)])
def test_of_too_many_those_leave_that_leave_network(engine: Engine, days: tuple[int, ...]) -> None:
    """The same ties stay here as there, by the same settings."""
    few = Networks(parcels=100)
    ties = [made(n, days[n * len(days) // 150], end(f"{n % 40}", 0), end("b", 0), 1.0) for n in range(150)]
    graph = Graph(few)
    for one in ties:
        graph.take(noted(one))
    graph.drop(graph.outdated())
    take(engine, ties, settings=few)
    assert {f"{hub}/{parcel}" for hub, parcel, _, _ in kept(engine)} == set(graph._ties)


def test_groups_are_the_communities_of_all_ties(engine: Engine) -> None:
    ties = two_rings()
    grouped(engine, ties)
    notes = [noted(one) for one in ties]
    expected = {
        frozenset(one.key for one in found.ties) for found in communities(notes, wide_nodes(notes, HUB_FROM))
    }
    assert groups(engine) == {one for one in expected if len(one) > 1}
    assert grouping.group(engine, HUB_FROM) == 0, "nothing came, nothing moves"


def test_customers_of_a_shop_do_not_join_two_rings(engine: Engine) -> None:
    ties = two_rings(40)
    grouped(engine, ties)
    for first in (0, 1000):
        own = {f"{one.hub}/{one.parcel_id}" for one in ties if first <= int(one.parcel_id[2:]) < first + 40}
        best = max(groups(engine), key=lambda found: len(found & own))
        assert len(best & own) >= 0.8 * len(own)
        assert len(best - own) <= 0.1 * len(best)


def test_what_cannot_be_read_is_kept_for_somebody_to_look_at(engine: Engine) -> None:
    bad = Stretch(TIES, 0, [Record(TIES, 0, 1, b"P", b"{")], 1)
    with database.writing(engine) as connection:
        follow.take(connection, bad, WINDOW, lambda: START)
        assert connection.scalar(select(refused.c.topic)) == topics.TIES
        assert position(connection, TIES) == 1


PEOPLE = st.integers(0, 9)
PAIRS = st.lists(st.tuples(PEOPLE, PEOPLE, st.integers(0, 60)), min_size=1, max_size=40)


def many(pairs: Sequence[tuple[int, int, int]]) -> list[Tie]:
    """Some share the number or the address of another."""
    return [
        made(number, day, end(f"{a}", 0, address=f"{a // 2}"), end(f"{b}", 0, address=f"{b // 3}"), 10.0)
        for number, (a, b, day) in enumerate(pairs)
    ]


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.randoms(use_true_random=False))
def test_communities_are_the_same_in_any_order_and_part_by_part(
    pairs: list[tuple[int, int, int]], chance: Random
) -> None:
    notes = [noted(one) for one in many(pairs)]
    found = {frozenset(tie.key for tie in one.ties) for one in communities(notes, frozenset())}
    shuffled = chance.sample(notes, len(notes))
    assert {frozenset(tie.key for tie in one.ties) for one in communities(shuffled, frozenset())} == found
    keys = [key for one in found for key in one]
    assert len(keys) == len(set(keys)), "each tie in one at most"


def test_groups_have_the_names_and_sizes_that_the_stage_tells(engine: Engine) -> None:
    ties = two_rings()
    grouped(engine, ties)
    stage = Circle(Table(Partition(topics.NETWORK_STATE, 0)), read(Path("configs/policy.toml")))
    stage.take(iter(ties))
    expected = {one.group_id: one.parcels for _, one in stage.tell() if one is not None}
    with database.reading(engine) as connection:
        shown = listing.listed(connection, tie.c.id.is_not(None), Filters())
    assert {one.group_id: one.parcels for one in shown} == expected


class Once(Event):
    """Is set as soon as somebody waits for it."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def test_of_two_processes_one_follows(empty: str) -> None:
    engine = database.opened(empty)
    service = Service(Config(), engine, lambda: START, RING, None, None)  # type: ignore[arg-type]
    with alone(engine, "networks") as ours:
        assert ours
        task.run(service, None, Once())  # type: ignore[arg-type]
    with pytest.raises(AttributeError):  # now it is this one's, which has no log
        task.run(service, None, Once())  # type: ignore[arg-type]
    engine.dispose()
