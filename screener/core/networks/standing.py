"""How a person, phone number or address stands in its group: what it sends and takes in, from and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from screener.contracts.wire import Linked
from screener.core.networks.note import TieNote, named


@dataclass(slots=True)
class Standing:
    """Parcels sent and received with their sticks; partners of each way; all that is at the same end."""

    node: str
    sent: int = 0
    received: int = 0
    sticks_sent: float = 0.0
    sticks_received: float = 0.0
    tobacco_g_sent: float = 0.0
    receivers: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)
    mates: set[str] = field(default_factory=set)

    @property
    def parcels(self) -> int:
        return self.sent + self.received

    @property
    def sticks(self) -> float:
        return self.sticks_sent + self.sticks_received

    @property
    def names(self) -> int:
        """How many persons are met here: one for a person."""
        return 1 if _is_person(self.node) else sum(map(_is_person, self.mates))

    def sends(self, tie: TieNote) -> None:
        self.sent += 1
        self.sticks_sent += tie.sticks[0]
        self.tobacco_g_sent += tie.tobacco_g[0]
        self.receivers.update(tie.receiver[:1])
        self.mates.update(tie.sender)

    def receives(self, tie: TieNote) -> None:
        self.received += 1
        self.sticks_received += tie.sticks[0]
        self.senders.update(tie.sender[:1])
        self.mates.update(tie.receiver)


def standings(ties: Iterable[TieNote]) -> dict[str, Standing]:
    """How everybody stands in these ties."""
    found: dict[str, Standing] = {}
    for tie in ties:
        for node in tie.nodes:
            if node not in found:
                found[node] = Standing(node)
        for node in tie.sender:
            found[node].sends(tie)
        for node in tie.receiver:
            found[node].receives(tie)
    return found


def _is_person(node: str) -> bool:
    return named(node)[0] is Linked.PERSON
