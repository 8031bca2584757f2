"""Who of a component belongs together closely: a customer of two sellers does not make them one group.

A **party** is all that is met at the same end of a parcel: a person, its numbers, its addresses, and whoever
else uses them. Two parties are one group where they deal with each other again and again, as a ring's do;
one parcel from a shop to somebody in a ring ties nobody else of the two. A pick-up point joins nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from screener.contracts.wire import Linked
from screener.core.networks.note import TieNote, named

MOST_PHONES: Final = 8
"""An address or a number that more phone numbers than this are met with is a pick-up point."""

LEAST_DEALINGS: Final = 2
"""One parcel between two parties is chance."""

OWN_PART: Final = 0.5
"""Of what the smaller of two parties sends and takes in, so much must be with the other."""

Pair = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Community:
    """Parties that deal with each other: all their nodes, and the ties that are theirs."""

    nodes: tuple[str, ...]
    ties: tuple[TieNote, ...]


def communities(ties: Iterable[TieNote], wide: Container[str]) -> list[Community]:
    """The communities of these ties, each tie in one at most; the same in whatever order they come.

    `wide` joins nobody, and neither does a pick-up point; what names nobody else is in no community. All ties
    of a node that joins must be among them: then those of a part of the network are those of the whole.
    """
    ties = sorted(ties, key=lambda tie: (tie.at_ms, tie.key))
    joining = _Joining(wide, _points(ties))
    parties = _Sets()
    for tie in ties:
        for end in (tie.sender, tie.receiver):
            parties.join(joining.of(end))
    pairs = [_pair(tie, joining, parties) for tie in ties]
    groups = _dealing(ties, pairs)
    return _gathered(ties, pairs, parties, groups)


def wide_nodes(ties: Iterable[TieNote], hub_from: int) -> frozenset[str]:
    """Those with more than `hub_from` partners."""
    partners: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        for node in tie.nodes:
            partners[node] |= tie.partners(node)
    return frozenset(node for node, found in partners.items() if len(found) > hub_from)


def oldest(nodes: Iterable[str], first_ms: Callable[[str], int]) -> str:
    """The node that names them: the one that was seen first."""
    return min(nodes, key=lambda node: (first_ms(node), node))


class _Sets:
    """Disjoint sets of nodes, each named by its least member: names do not depend on the order."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, node: str) -> str:
        top = node
        while (above := self._above.setdefault(top, top)) != top:
            top = above
        while node != top:
            self._above[node], node = top, self._above[node]
        return top

    def join(self, nodes: Sequence[str]) -> None:
        tops = sorted({self.of(node) for node in nodes})
        for other in tops[1:]:
            self._above[other] = tops[0]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._above))


@dataclass(frozen=True, slots=True)
class _Joining:
    """Of an end, those who join others."""

    wide: Container[str]
    points: Container[str]

    def of(self, end: Sequence[str]) -> list[str]:
        return [node for node in end if node not in self.wide and node not in self.points]


def _points(ties: Iterable[TieNote]) -> frozenset[str]:
    """Where many phone numbers are met."""
    phones: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        for end in (tie.sender, tie.receiver):
            own = [node for node in end if named(node)[0] is Linked.PHONE]
            for node in end:
                phones[node].update(own)
    return frozenset(node for node, found in phones.items() if len(found) > MOST_PHONES)


def _pair(tie: TieNote, joining: _Joining, parties: _Sets) -> Pair:
    """The parties at the two ends."""
    first = (next(iter(joining.of(end)), None) for end in (tie.sender, tie.receiver))
    sender, receiver = (None if node is None else parties.of(node) for node in first)
    return sender, receiver


def _dealing(ties: Sequence[TieNote], pairs: Sequence[Pair]) -> _Sets:
    """The parties, together with those that they deal with again and again."""
    sizes, dealings = _counted(ties, pairs)
    groups = _Sets()
    for (one, other), parcels in dealings.items():
        if parcels >= LEAST_DEALINGS and parcels >= OWN_PART * min(sizes[one], sizes[other]):
            groups.join([one, other])
    return groups


def _counted(ties: Sequence[TieNote], pairs: Sequence[Pair]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Parcels of each party, and of each two: one that passed several hubs counts once."""
    of_party = {
        (party, tie.parcel_id) for tie, pair in zip(ties, pairs, strict=True) for party in pair if party
    }
    of_two = {
        (min(one, other), max(one, other), tie.parcel_id)
        for tie, (one, other) in zip(ties, pairs, strict=True)
        if one and other and one != other
    }
    return Counter(party for party, _ in of_party), Counter((one, other) for one, other, _ in of_two)


def _gathered(
    ties: Sequence[TieNote], pairs: Sequence[Pair], parties: _Sets, groups: _Sets
) -> list[Community]:
    """Each tie with the group of its two ends that has more parcels."""
    homes: list[Pair] = [(one and groups.of(one), other and groups.of(other)) for one, other in pairs]
    sizes, _ = _counted(ties, homes)
    own: dict[str, list[TieNote]] = defaultdict(list)
    for tie, home in zip(ties, homes, strict=True):
        if found := [(-sizes[one], one) for one in home if one]:
            own[min(found)[1]].append(tie)
    nodes: dict[str, list[str]] = defaultdict(list)
    for node in parties:
        nodes[groups.of(parties.of(node))].append(node)
    return [Community(tuple(sorted(nodes[home])), tuple(found)) for home, found in sorted(own.items())]
