"""A group as it is told: what its parcels add up to, who is in it, who sends to whom."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import fsum, sqrt
from operator import attrgetter
from typing import Literal

from screener.contracts.wire import Amount, Group, GroupEdge, GroupMember, Linked, Member, Part, Week
from screener.core.networks.note import DAY_MS, TieNote, named, parcels_of
from screener.core.networks.patterns import patterns
from screener.core.networks.standing import Standing, standings
from screener.core.parcel import time_of
from screener.core.policy import Networks

MOST_MEMBERS = 64
MOST_EDGES = 128
MOST_PARCELS = 32
MOST_PARTS = 8
"""Bounds of what is listed, so that a message has at most about 32 KB; the counts are of all."""

WEEK_MS = 7 * DAY_MS

How = Literal["sent", "uses"]


def group_id(anchor: str) -> str:
    """The id of a group that is named by this member."""
    return "G-" + hashlib.sha256(anchor.encode()).hexdigest()[:12]


def group_of(
    anchor: str, known_since_ms: int, ties: Sequence[TieNote], settings: Networks, *, wide: bool, small: float
) -> Group:
    """The group of at least one tie; a parcel counts once, whatever hubs it passed, and is small up to
    `small` sticks.
    """
    parcels = parcels_of(ties)
    found = standings(parcels)
    kinds = [named(node)[0] for node in found]
    members = sorted(found.values(), key=lambda one: (-one.parcels, -one.sticks, one.node))[:MOST_MEMBERS]
    pointed = [found[anchor]] if wide else found.values()
    return Group(
        group_id=group_id(anchor),
        wide=wide,
        window_days=settings.window_days,
        parcels=len(parcels),
        held=sum(tie.held for tie in parcels),
        sticks=_sum(tie.sticks for tie in parcels),
        tobacco_g=_sum(tie.tobacco_g for tie in parcels),
        persons=kinds.count(Linked.PERSON),
        phones=kinds.count(Linked.PHONE),
        addresses=kinds.count(Linked.ADDRESS),
        known_since=time_of(known_since_ms),
        first_at=time_of(min(tie.at_ms for tie in ties)),
        last_at=time_of(parcels[-1].at_ms),
        members=tuple(_member(one) for one in members),
        edges=_edges(parcels, {one.node: place for place, one in enumerate(members)}),
        largest=_largest(parcels),
        hubs=_parts(ties, attrgetter("hub")),
        routes=_parts(parcels, _route),
        weeks=_weeks(parcels),
        patterns=patterns(pointed, settings, small),
    )


def _sum(amounts: Iterable[tuple[float, float]]) -> Amount:
    """The sum of independent amounts."""
    amounts = list(amounts)
    return Amount(
        mean=fsum(mean for mean, _ in amounts),
        sd=sqrt(fsum(deviation * deviation for _, deviation in amounts)),
    )


def _member(one: Standing) -> GroupMember:
    kind, link = named(one.node)
    return GroupMember(kind=kind, link=link, sent=one.sent, received=one.received, sticks=one.sticks)


def _edges(ties: Iterable[TieNote], places: Mapping[str, int]) -> tuple[GroupEdge, ...]:
    """Who sends to whom and who uses what, among the members listed; the busiest first."""
    found: dict[tuple[str, str, How], list[float]] = {}
    for tie in ties:
        for edge in _edges_of(tie):
            if edge[0] in places and edge[1] in places:
                found.setdefault(edge, []).append(tie.sticks[0])
    edges = [
        GroupEdge(source=places[a], target=places[b], how=how, parcels=len(sticks), sticks=fsum(sticks))
        for (a, b, how), sticks in found.items()
    ]
    edges.sort(key=lambda edge: (-edge.parcels, -edge.sticks, edge.source, edge.target, edge.how))
    return tuple(edges[:MOST_EDGES])


def _edges_of(tie: TieNote) -> Iterator[tuple[str, str, How]]:
    if tie.sender and tie.receiver:
        yield tie.sender[0], tie.receiver[0], "sent"
    for end in dict.fromkeys((tie.sender, tie.receiver)):
        for used in end[1:]:
            yield end[0], used, "uses"


def _largest(ties: Iterable[TieNote]) -> tuple[Member, ...]:
    loaded = sorted(ties, key=lambda tie: (-tie.sticks[0], -tie.tobacco_g[0], -tie.at_ms, tie.key))
    return tuple(
        Member(
            hub=tie.hub,
            parcel_id=tie.parcel_id,
            at=time_of(tie.at_ms),
            sticks=tie.sticks[0],
            tobacco_g=tie.tobacco_g[0],
        )
        for tie in loaded[:MOST_PARCELS]
    )


def _route(tie: TieNote) -> str:
    return " > ".join(region or "?" for region in tie.regions)


def _parts(ties: Iterable[TieNote], name_of: Callable[[TieNote], str]) -> tuple[Part, ...]:
    found: dict[str, list[float]] = {}
    for tie in ties:
        found.setdefault(name_of(tie), []).append(tie.sticks[0])
    parts = [Part(name=name, parcels=len(sticks), sticks=fsum(sticks)) for name, sticks in found.items()]
    return tuple(sorted(parts, key=lambda part: (-part.parcels, -part.sticks, part.name))[:MOST_PARTS])


def _weeks(ties: Iterable[TieNote]) -> tuple[Week, ...]:
    """By weeks since the epoch (they begin on a Thursday), those without a parcel left out."""
    found: dict[int, list[float]] = {}
    for tie in ties:
        found.setdefault(tie.at_ms // WEEK_MS, []).append(tie.sticks[0])
    return tuple(
        Week(since=time_of(number * WEEK_MS), parcels=len(sticks), sticks=fsum(sticks))
        for number, sticks in sorted(found.items())
    )
