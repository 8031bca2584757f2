"""The graph of all ties in the window: groups are the connected components over shared identities.

Groups grow by joining the smaller to the larger as ties come. What leaves (a day that is over, an identity
that turned out to be a depot) takes apart only the groups it was in, and their ties are joined anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from screener.core.networks.note import TieNote
from screener.core.policy import Networks

Place = TypeVar("Place", int, str)


@dataclass(slots=True, eq=False)
class _Component:
    """The ties of one group, by key; `anchor` is its oldest member and names it."""

    anchor: str
    ties: dict[str, None] = field(default_factory=dict)


class Graph:
    """Ties in, groups out. A group is named by its anchor, the member that was seen first.

    An identity with more than `hub_from` partners is wide: it joins nobody, and its ties are a group of its
    own beside the groups that they are in. The same ties give the same groups, in whatever order they come.
    """

    def __init__(
        self, settings: Networks, ties: Iterable[TieNote] = (), first_ms: Mapping[str, int] | None = None
    ) -> None:
        """A graph of `ties`; `first_ms` is when nodes were first seen, where that was before their ties."""
        self._settings = settings
        self._ties: dict[str, TieNote] = {}
        self._days: dict[int, dict[str, None]] = {}
        self._newest_day = 0
        self._ties_of: dict[str, dict[str, None]] = {}
        self._first_ms: dict[str, int] = dict(first_ms or {})
        self._partners: dict[str, Counter[str]] = {}
        self._wide: dict[str, None] = {}
        self._home: dict[str, _Component] = {}
        self._groups: dict[str, _Component] = {}
        self._changed: dict[str, None] = {}
        for tie in sorted(ties, key=lambda tie: -tie.at_ms):
            self.take(tie)
        self._first_ms = {node: self._first_ms[node] for node in self._ties_of}

    def __len__(self) -> int:
        return len(self._ties)

    def __contains__(self, key: str) -> bool:
        return key in self._ties

    def take(self, tie: TieNote) -> bool:
        """Take in a tie, in the place of an earlier revision; False if it is old: by revision, or by day."""
        known = self._ties.get(tie.key)
        if tie.day <= self._newest_day - self._settings.window_days:
            return False
        if known is not None and known.revision >= tie.revision:
            return False
        if known is not None and known.place == tie.place:
            self._ties[tie.key] = tie
            self._mark(tie)
            return True
        if known is not None:
            self.drop([tie.key])
        self._add(tie)
        return True

    def withdraw(self, tie: TieNote) -> list[TieNote]:
        """Take out what an earlier revision than this one said of its parcel, and return it."""
        known = self._ties.get(tie.key)
        return [] if known is None or known.revision >= tie.revision else self.drop([tie.key])

    def outdated(self) -> list[str]:
        """The keys of ties that have to leave: what is older than the window, the oldest of too many."""
        gone: list[str] = []
        for day in sorted(self._days):
            excess = len(self._ties) - len(gone) - self._settings.parcels
            if day > self._newest_day - self._settings.window_days and excess <= 0:
                break
            if day == self._newest_day:  # one day alone is more than is kept: its oldest leave, some to spare
                oldest = sorted(self._days[day], key=lambda key: (self._ties[key].at_ms, key))
                return gone + oldest[: excess + self._settings.parcels // 10]
            gone += self._days[day]
        return gone

    def drop(self, keys: Iterable[str]) -> list[TieNote]:
        """Take ties out, and join anew what they held together. Returns them."""
        keys = [key for key in keys if key in self._ties]
        loose = self._take_apart(keys)
        dropped = [self._forget(key) for key in keys]
        narrowed = [node for tie in dropped for node in tie.nodes if self._narrowed(node)]
        loose |= self._take_apart([key for node in narrowed for key in self._ties_of.get(node, ())])
        for key in loose:
            if key in self._ties:
                self._join(self._ties[key])
        return dropped

    def first_ms(self, node: str) -> int | None:
        """When a node was first seen, since when it never was without a tie; None if it has none."""
        return self._first_ms.get(node)

    def anchors(self) -> list[str]:
        """The names of all groups, those of wide identities too."""
        return [*self._groups, *self._wide]

    def has(self, anchor: str) -> bool:
        """Whether there is a group of this name."""
        return anchor in self._groups or anchor in self._wide

    def is_wide(self, node: str) -> bool:
        return node in self._wide

    @property
    def wide(self) -> Container[str]:
        """Those with too many partners."""
        return self._wide

    def ties_of(self, anchor: str) -> list[TieNote]:
        """The ties of a group, the oldest first; none where there is no such group."""
        if anchor in self._wide:
            keys = self._ties_of[anchor]
        elif anchor in self._groups:
            keys = self._groups[anchor].ties
        else:
            return []
        return sorted((self._ties[key] for key in keys), key=lambda tie: (tie.at_ms, tie.key))

    def take_changed(self) -> list[str]:
        """The names of the groups that changed, came or went since the last call, the longest ago first."""
        changed, self._changed = self._changed, {}
        return list(changed)

    def _add(self, tie: TieNote) -> None:
        self._ties[tie.key] = tie
        self._days.setdefault(tie.day, {})[tie.key] = None
        self._newest_day = max(self._newest_day, tie.day)
        for node in tie.nodes:
            self._ties_of.setdefault(node, {})[tie.key] = None
            self._first_ms[node] = min(self._first_ms.get(node, tie.at_ms), tie.at_ms)
        widened = [node for node in tie.nodes if self._widened(node, tie)]
        loose = self._take_apart([key for node in widened for key in self._ties_of[node]])
        for node in widened:
            self._wide[node] = None
        for key in {**loose, tie.key: None}:
            self._join(self._ties[key])

    def _widened(self, node: str, tie: TieNote) -> bool:
        """Count the partners of a node, which is needed only of many ties; True if it turns wide."""
        counted = self._partners.get(node)
        if counted is not None:
            counted.update(tie.partners(node))
        elif self._may_be_wide(node):
            every = (self._ties[key].partners(node) for key in self._ties_of[node])
            counted = self._partners[node] = Counter(partner for partners in every for partner in partners)
        return counted is not None and node not in self._wide and len(counted) > self._settings.hub_from

    def _may_be_wide(self, node: str) -> bool:
        """A tie brings two partners at most: two to a node that is at both of its ends."""
        return 2 * len(self._ties_of.get(node, ())) > self._settings.hub_from

    def _uncount(self, node: str, tie: TieNote) -> None:
        if not self._may_be_wide(node):
            self._partners.pop(node, None)
        elif (counted := self._partners.get(node)) is not None:
            for partner in tie.partners(node):
                counted[partner] -= 1
                if not counted[partner]:
                    del counted[partner]

    def _narrowed(self, node: str) -> bool:
        """Whether a wide node is wide no more; it then joins again."""
        if node not in self._wide or len(self._partners.get(node, ())) > self._settings.hub_from:
            return False
        del self._wide[node]
        self._changed[node] = None
        return True

    def _join(self, tie: TieNote) -> None:
        """Bring the groups of all members of a tie together, the smaller ones into the largest."""
        joining = [node for node in tie.nodes if node not in self._wide]
        homes = dict.fromkeys(home for node in joining if (home := self._home.get(node)) is not None)
        if joining:
            into = max(homes, key=lambda one: len(one.ties), default=None) or _Component(joining[0])
            for other in homes:
                if other is not into:
                    self._absorb(into, other)
            into.ties[tie.key] = None
            self._home.update(dict.fromkeys(joining, into))
            self._rename(into, min(joining, key=self._age))
        self._mark(tie)

    def _absorb(self, into: _Component, other: _Component) -> None:
        self._leave(other)
        for key in other.ties:
            members = (node for node in self._ties[key].nodes if node not in self._wide)
            self._home.update(dict.fromkeys(members, into))
        into.ties |= other.ties
        self._rename(into, other.anchor)

    def _rename(self, component: _Component, candidate: str) -> None:
        """Name a group by its oldest member."""
        oldest = min(component.anchor, candidate, key=self._age)
        if oldest != component.anchor:
            self._leave(component)
            component.anchor = oldest
        self._groups[oldest] = component

    def _age(self, node: str) -> tuple[int, str]:
        return self._first_ms[node], node

    def _leave(self, component: _Component) -> None:
        self._groups.pop(component.anchor, None)
        self._changed[component.anchor] = None

    def _take_apart(self, keys: Iterable[str]) -> dict[str, None]:
        """Undo the groups that these ties are in; all their ties, which are to be joined again."""
        loose = dict.fromkeys(keys)
        members = (node for key in list(loose) for node in self._ties[key].nodes)
        for component in dict.fromkeys(home for node in members if (home := self._home.get(node))):
            self._leave(component)
            loose |= component.ties
            for key in component.ties:
                for node in self._ties[key].nodes:
                    self._home.pop(node, None)
        return loose

    def _forget(self, key: str) -> TieNote:
        tie = self._ties.pop(key)
        self._without(self._days, tie.day, key)
        for node in tie.nodes:
            self._without(self._ties_of, node, key)
            if node not in self._ties_of:
                del self._first_ms[node]
            self._uncount(node, tie)
            if node in self._wide:
                self._changed[node] = None
        return tie

    @staticmethod
    def _without(places: dict[Place, dict[str, None]], place: Place, key: str) -> None:
        del places[place][key]
        if not places[place]:
            del places[place]

    def _mark(self, tie: TieNote) -> None:
        """Every group that a tie is in has changed."""
        for node in tie.nodes:
            if node in self._wide:
                self._changed[node] = None
            elif (home := self._home.get(node)) is not None:
                self._changed[home.anchor] = None
