from __future__ import annotations

from math import isclose
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import Group, Linked
from screener.core.networks.graph import Graph
from screener.core.networks.group import group_of
from screener.core.networks.note import TieNote
from tests.core.networks.ties import SETTINGS, tie, towns


def group(ties: list[TieNote], anchor: str = "person:a", *, wide: bool = False) -> Group:
    first_ms = min(one.at_ms for one in ties)
    return group_of(anchor, first_ms, ties, SETTINGS, wide=wide, small=400.0)


def groups(ties: list[TieNote]) -> set[bytes]:
    graph = Graph(SETTINGS, ties)
    return {encode(group(graph.ties_of(anchor), anchor)) for anchor in graph.anchors()}


@given(towns(people=5), st.randoms(use_true_random=False))
def test_the_same_ties_give_the_same_bytes_in_any_order(town: list[TieNote], chance: Random) -> None:
    other = list(town)
    chance.shuffle(other)
    assert groups(town) == groups(other)


@given(towns(people=4).filter(bool))
def test_counts_and_sums_are_of_all_parcels(town: list[TieNote]) -> None:
    told = group(town)
    assert told.parcels == len(town)
    assert isclose(told.sticks.mean, sum(one.sticks[0] for one in town), abs_tol=1e-9)
    assert sum(part.parcels for part in told.routes) == sum(week.parcels for week in told.weeks) == len(town)
    nodes = {node for one in town for node in one.nodes}
    assert told.persons + told.phones + told.addresses == len(nodes)
    assert all(max(edge.source, edge.target) < len(told.members) for edge in told.edges)


@given(towns(people=4).filter(bool))
def test_a_parcel_that_passes_another_hub_adds_nothing_but_the_hub(town: list[TieNote]) -> None:
    once = group(town)
    twice = group([*town, *(replace(one, hub="h2", revision=3) for one in town)])
    assert {part.name: part.parcels for part in twice.hubs} == {"h1": len(town), "h2": len(town)}
    # a parcel is named with the hub that saw it last
    assert encode(replace(twice, hubs=once.hubs, largest=once.largest)) == encode(once)
    assert [one.parcel_id for one in twice.largest] == [one.parcel_id for one in once.largest]


@given(towns(people=4).filter(bool), st.floats(0, 1000))
def test_what_another_hub_sees_makes_no_sum_smaller_and_hides_nobody(
    town: list[TieNote], sticks: float
) -> None:
    ends = town[-1]
    other = replace(
        town[0], hub="h2", sender=ends.sender, receiver=ends.receiver, sticks=(sticks, 1.0), held=True
    )
    before, after = group(town), group([*town, other])
    assert after.parcels == before.parcels
    assert after.sticks.mean >= before.sticks.mean - 1e-9
    assert after.persons + after.phones + after.addresses >= before.persons + before.phones + before.addresses
    assert after.held == 1


def test_a_place_that_takes_in_and_sends_on_under_few_names_is_a_base() -> None:
    base = ("person:b", "phone:b", "address:b")
    into = [tie(n, [f"person:in{n}"], base) for n in range(3)]
    out = [tie(10 + n, base, [f"person:out{n}"]) for n in range(4)]
    (found,) = group(into + out).patterns
    assert (found.code, found.kind, found.link) == ("transit_base", Linked.ADDRESS, "b")
    figures = {"received": 3, "sent": 4, "senders": 3, "receivers": 4, "names": 1}
    assert figures.items() <= found.figures.items()
    assert group(into).patterns == ()


def test_a_pick_up_point_has_many_names_and_is_no_base() -> None:
    into = [tie(n, [f"person:in{n}"], [f"person:{n}", "address:shop"]) for n in range(6)]
    out = [tie(10 + n, [f"person:{n}", "address:shop"], [f"person:out{n}"]) for n in range(6)]
    assert group(into + out).patterns == ()


def test_one_sender_of_many_small_parcels_is_a_fan() -> None:
    fan = [tie(n, ["person:a", "phone:a"], [f"person:{n}"], sticks=180.0) for n in range(6)]
    (found,) = group(fan).patterns
    assert (found.code, found.kind, found.link) == ("fan", Linked.PERSON, "a")
    assert (found.figures["sent"], found.figures["receivers"]) == (6, 6)
    assert isclose(found.figures["sticks_per_parcel"], 180.0)


def test_large_parcels_empty_ones_and_one_receiver_make_no_fan() -> None:
    large = [tie(n, ["person:a"], [f"person:{n}"], sticks=5000.0) for n in range(6)]
    empty = [tie(n, ["person:a"], [f"person:{n}"], sticks=0.0) for n in range(6)]
    pair = [tie(n, ["person:a"], ["person:b"], sticks=180.0) for n in range(6)]
    assert [group(ties).patterns for ties in (large, empty, pair)] == [(), (), ()]


def test_of_a_wide_identity_only_it_is_pointed_out() -> None:
    ties = [tie(n, ["person:a"], [f"person:{n}"], sticks=180.0) for n in range(6)]
    ties += [tie(10 + n, ["person:c", "phone:c"], ["person:a"], sticks=180.0) for n in range(6)]
    assert group(ties, "person:a", wide=True).patterns == ()
