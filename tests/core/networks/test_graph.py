from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.core.networks.graph import Graph
from screener.core.networks.note import TieNote
from tests.core.networks import naive
from tests.core.networks.ties import SETTINGS, tie, towns


def groups(graph: Graph) -> set[frozenset[str]]:
    return {frozenset(one.key for one in graph.ties_of(anchor)) for anchor in graph.anchors()}


def named_groups(graph: Graph) -> dict[str, list[TieNote]]:
    return {anchor: graph.ties_of(anchor) for anchor in graph.anchors()}


def grown(ties: list[TieNote]) -> Graph:
    """A graph that took the ties one by one, in this order."""
    graph = Graph(SETTINGS)
    for one in ties:
        graph.take(one)
    return graph


@given(towns())
def test_groups_are_the_connected_components_without_the_depots(town: list[TieNote]) -> None:
    assert groups(grown(town)) == naive.groups(town, SETTINGS)


@given(towns(people=4, most=40))
def test_in_a_town_of_few_people_too(town: list[TieNote]) -> None:
    assert groups(grown(town)) == naive.groups(town, SETTINGS)


@given(towns(people=6), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_neither_groups_nor_their_names(
    town: list[TieNote],
    chance: st.Random,  # type: ignore[name-defined]
) -> None:
    other = list(town)
    chance.shuffle(other)
    assert named_groups(grown(other)) == named_groups(grown(town)) == named_groups(Graph(SETTINGS, town))


@given(towns(), st.data())
@settings(max_examples=50)
def test_a_tie_that_comes_again_changes_nothing(town: list[TieNote], data: st.DataObject) -> None:
    graph = grown(town)
    before = named_groups(graph)
    graph.take_changed()
    for one in data.draw(st.lists(st.sampled_from(town), max_size=5)) if town else []:
        assert not graph.take(one)
    assert named_groups(graph) == before
    assert graph.take_changed() == []


@given(towns(people=5), st.data())
@settings(max_examples=50)
def test_a_later_revision_replaces_and_an_earlier_one_is_refused(
    town: list[TieNote], data: st.DataObject
) -> None:
    graph, now = grown(town), {one.key: one for one in town}
    for old in data.draw(st.lists(st.sampled_from(town), unique=True)) if town else []:
        ends = data.draw(st.sampled_from(town))
        new = replace(old, revision=2, sender=ends.sender, receiver=ends.receiver, sticks=(1.0, 1.0))
        assert graph.take(new)
        assert not graph.take(old)
        now[new.key] = new
    assert groups(graph) == naive.groups(list(now.values()), SETTINGS)
    assert all(now[one.key] == one for anchor in graph.anchors() for one in graph.ties_of(anchor))


@given(towns(people=5, days=30, most=40))
@settings(max_examples=60)
def test_what_is_older_than_the_window_leaves_and_groups_fall_apart(town: list[TieNote]) -> None:
    graph = Graph(SETTINGS)
    for one in sorted(town, key=lambda one: one.at_ms):
        graph.take(one)
        graph.drop(graph.outdated())
    newest = max((one.day for one in town), default=0)
    kept = [one for one in town if one.day > newest - SETTINGS.window_days]
    assert groups(graph) == naive.groups(kept, SETTINGS)
    assert len(graph) == len(kept)


@given(towns(people=5, days=30, most=40))
@settings(max_examples=50)
def test_every_group_that_came_changed_or_went_is_named(town: list[TieNote]) -> None:
    graph, told = Graph(SETTINGS), dict[str, list[TieNote]]()
    for one in sorted(town, key=lambda one: one.at_ms):
        graph.take(one)
        graph.drop(graph.outdated())
        for anchor in graph.take_changed():
            told[anchor] = graph.ties_of(anchor)
        assert {anchor: ties for anchor, ties in told.items() if ties} == named_groups(graph)


def test_a_group_keeps_its_name_while_its_oldest_member_goes_on() -> None:
    graph = grown([tie(1, day=100), tie(2, receiver=["person:c"], day=105)])
    assert graph.anchors() == ["person:a"]
    graph.take(tie(3, ["person:c"], ["person:d"], day=112))
    assert graph.drop(graph.outdated()) == [tie(1, day=100)]
    assert graph.anchors() == ["person:a"]
    assert graph.first_ms("person:a") == tie(1, day=100).at_ms
    assert graph.first_ms("person:b") is None


def test_a_depot_joins_nobody_and_is_a_group_of_its_own_until_it_has_fewer_partners() -> None:
    depot = [tie(n, [f"person:{n}"], ["address:depot"], day=100 + n) for n in range(5)]
    others = [tie(10 + n, ["address:depot"], [f"person:{n}"], day=104) for n in range(5)]
    graph = grown(depot + others)
    assert graph.is_wide("address:depot")
    assert len(graph.ties_of("address:depot")) == 10
    assert all(len(graph.ties_of(f"person:{n}")) == 2 for n in range(5))
    graph.drop([one.key for n in (0, 1) for one in (depot[n], others[n])])
    assert not graph.is_wide("address:depot")
    assert len(groups(graph)) == 1


def test_never_more_ties_are_kept_than_the_policy_allows() -> None:
    bounded = replace(SETTINGS, parcels=100)
    graph = Graph(bounded)
    for n in range(450):
        graph.take(tie(n, [f"person:{n % 7}"], [f"person:{n % 11}"], day=100 + n / 300))
        graph.drop(graph.outdated())
        assert len(graph) <= 100
    newest = {one.key for anchor in graph.anchors() for one in graph.ties_of(anchor)}
    assert "h1/P-449" in newest
    assert "h1/P-0" not in newest
