"""[network]: keeps who belongs together, and tells the groups that changed.

The graph keeps components, which grow by joining; what is told of one are its communities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import Group, Tie
from screener.core.networks.communities import communities, oldest
from screener.core.networks.graph import Graph
from screener.core.networks.group import group_id, group_of
from screener.core.networks.note import TieNote, noted
from screener.core.parcel import time_of
from screener.core.policy import Policy
from screener.stream.port import Message, Record, Subscription
from screener.stream.runner import Reading, Step
from screener.stream.state import Table

SOURCE = "screener/network"

LEAST_PARCELS = 2
"""One parcel alone is no group."""

TOLD_AT_ONCE = 1_000
"""A larger group rests a reading (a second) for every so many parcels before it is told again."""

_FIRST = b"~first/"  # when a node was first seen, where its ties of then are gone
_TOLD = b"~told/"  # a digest of what was last told of a group, by its anchor; no hub's name begins with ~


@dataclass(frozen=True, slots=True)
class Network:
    """The stage: a circle of acquaintances for each owned partition of the ties, of which there is one."""

    policy: Callable[[], Policy]
    circles: dict[int, Circle]

    name = "network"
    changelog = topics.NETWORK_STATE
    subscription = Subscription(topics=(topics.TIES,))

    @staticmethod
    def start(policy: Callable[[], Policy]) -> Network:
        return Network(policy, circles={})

    def assigned(self, tables: Mapping[int, Table]) -> None:
        self.circles.clear()
        for number, table in tables.items():
            self.circles[number] = Circle(table, self.policy())

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        """Take the ties in; what changed is told with the reading, about once a second, however many came."""
        for number, circle in self.circles.items():
            circle.follow(self.policy())
            circle.take(_read(record) for record in records if record.partition.number == number)
        if reading is None:
            return Step([])
        said = [pair for circle in self.circles.values() for pair in circle.tell()]
        return Step([message for message, _ in said], told=[group for _, group in said if group is not None])


class Circle:
    """Ties in, changed groups out; `table` holds all that must survive."""

    def __init__(self, table: Table, policy: Policy) -> None:
        self._table = table
        self._policy = policy
        self._readings = 0
        self._rested: dict[str, int] = {}
        self._begin()

    def follow(self, policy: Policy) -> None:
        """Go by this policy from now on; where it draws groups otherwise, all are drawn anew."""
        drawn_otherwise = policy.file.networks != self._policy.file.networks
        self._policy = policy
        if drawn_otherwise:
            self._begin()

    def _begin(self) -> None:
        """Draw the groups of what the table holds; all are to be told, and what was told is nobody's yet."""
        self._graph = self._drawn()
        self._waiting = dict.fromkeys(self._graph.anchors())
        self._tellers: dict[str, str] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._nobodys = dict.fromkeys(self._anchors_told())

    def take(self, ties: Iterator[Tie]) -> None:
        """Take in ties, and let go what is withdrawn, or older than the window."""
        for tie in ties:
            note = noted(tie)
            if not note.nodes:
                self._let_go(self._graph.withdraw(note))
            elif self._graph.take(note):
                self._table.put(note.key.encode(), note.encode())
        self._let_go(self._graph.drop(self._graph.outdated()))

    def tell(self, budget: int = 10_000) -> Iterator[tuple[Message, Group | None]]:
        """Groups that changed since they were told, of about `budget` ties; the others come next time."""
        self._readings += 1
        self._waiting |= dict.fromkeys(self._graph.take_changed())
        ready = [one for one in self._waiting if self._rested.get(one, 0) <= self._readings]
        for anchor in sorted(ready, key=lambda one: not self._graph.has(one)):
            ties = self._graph.ties_of(anchor)
            yield from self._told_of(anchor, self._parts(anchor, ties))
            del self._waiting[anchor]
            self._rest(anchor, len(ties))
            budget -= len(ties) + 1
            if budget <= 0:
                return
        if not self._waiting:
            nobodys, self._nobodys = self._nobodys, {}
            for name in nobodys:
                yield from self._untold(name)

    def _parts(self, anchor: str, ties: Sequence[TieNote]) -> dict[str, Sequence[TieNote]]:
        """What is told of a component: its communities by the node that names each."""
        if self._graph.is_wide(anchor):
            return {anchor: ties}
        parts = communities(ties, self._graph.wide)
        named = {oldest(one.nodes, lambda node: self._graph.first_ms(node) or 0): one.ties for one in parts}
        return {
            name: own for name, own in named.items() if len({one.parcel_id for one in own}) >= LEAST_PARCELS
        }

    def _told_of(
        self, anchor: str, parts: Mapping[str, Sequence[TieNote]]
    ) -> Iterator[tuple[Message, Group | None]]:
        """Tell these groups of a component, and that those are no more which it had and nobody else took."""
        for name, ties in parts.items():
            self._tellers[name] = anchor
            self._nobodys.pop(name, None)
            yield from self._told(name, ties)
        for name in sorted(self._names.pop(anchor, frozenset()) - parts.keys()):
            if self._tellers.get(name) == anchor:
                del self._tellers[name]
                yield from self._untold(name)
        if parts:
            self._names[anchor] = frozenset(parts)

    def _untold(self, name: str) -> Iterator[tuple[Message, Group | None]]:
        row = _TOLD + name.encode()
        if self._table.get(row) is not None:
            self._table.delete(row)
            yield Message(topics.NETWORKS, group_id(name).encode(), None), None

    def _rest(self, anchor: str, parcels: int) -> None:
        self._rested.pop(anchor, None)
        if parcels >= TOLD_AT_ONCE:
            self._rested[anchor] = self._readings + parcels // TOLD_AT_ONCE

    def _told(self, anchor: str, ties: Sequence[TieNote]) -> Iterator[tuple[Message, Group | None]]:
        row = _TOLD + anchor.encode()
        group = self._group(anchor, ties)
        digest = hashlib.sha256(encode(group)).digest()[:8]
        if self._table.get(row) != digest:
            self._table.put(row, digest)
            yield _message(group, digest), group

    def _group(self, anchor: str, ties: Sequence[TieNote]) -> Group:
        file = self._policy.file
        return group_of(
            anchor,
            self._graph.first_ms(anchor) or ties[0].at_ms,
            ties,
            file.networks,
            wide=self._graph.is_wide(anchor),
            small=file.limits[file.jurisdiction].sticks,
        )

    def _let_go(self, dropped: Iterable[TieNote]) -> None:
        for note in dropped:
            self._table.delete(note.key.encode())
            self._remember_first(note)

    def _remember_first(self, dropped: TieNote) -> None:
        """Who stays is as old as before, though its oldest tie is gone: its group keeps its name."""
        for node in dropped.nodes:
            first_ms = self._graph.first_ms(node)
            if first_ms is None:
                self._table.delete(_FIRST + node.encode())
            else:
                self._table.put(_FIRST + node.encode(), msgspec.msgpack.encode(first_ms))

    def _drawn(self) -> Graph:
        """The graph of what the table holds; what is outside the window of this policy leaves the table."""
        rows = list(self._table.items())
        ties = [TieNote.decode(value) for key, value in rows if not key.startswith(b"~")]
        first_ms = {
            key.removeprefix(_FIRST).decode(): msgspec.msgpack.decode(value, type=int)
            for key, value in rows
            if key.startswith(_FIRST)
        }
        graph = Graph(self._policy.file.networks, ties, first_ms)
        for tie in ties:
            if tie.key not in graph:
                self._table.delete(tie.key.encode())
        for node in first_ms:
            if graph.first_ms(node) is None:
                self._table.delete(_FIRST + node.encode())
        return graph

    def _anchors_told(self) -> list[str]:
        return [key.removeprefix(_TOLD).decode() for key, _ in self._table.items() if key.startswith(_TOLD)]


def _read(record: Record) -> Tie:
    """Our own message: one that cannot be read is a fault of ours and stops the worker.

    A clock that ran ahead is set back to the log's: one tie of a year to come would end the window of all.
    """
    tie = _TIE.decode(record.value or b"")
    return replace(tie, at=min(tie.at, time_of(record.timestamp_ms)))


_TIE = msgspec.json.Decoder(Tie)


def _message(group: Group, digest: bytes) -> Message:
    event = Event(
        id=f"{group.group_id}/{digest.hex()}",
        source=SOURCE,
        type=cloudevents.GROUP,
        subject=group.group_id,
        time=group.last_at,
        content_type=cloudevents.JSON,
    )
    return Message(topics.NETWORKS, group.group_id.encode(), encode(group), cloudevents.to_headers(event))
