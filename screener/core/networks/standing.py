"""How a person, phone number or address stands in its group: what it sends and takes in, from and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from screener.contracts.wire import Linked
from screener.core.networks.note import TieNote, named


@dataclass(slots=True)
class Standing:
    """Parcels sent and received with their sticks; partners of each way; who else is at the same end."""

    node: str
    sent: int = 0
    received: int = 0
    sticks_sent: float = 0.0
    sticks_received: float = 0.0
    tobacco_g_sent: float = 0.0
    receivers: dict[str, None] = field(default_factory=dict)
    senders: dict[str, None] = field(default_factory=dict)
    mates: dict[str, None] = field(default_factory=dict)

    @property
    def parcels(self) -> int:
        return self.sent + self.received

    @property
    def sticks(self) -> float:
        return self.sticks_sent + self.sticks_received

    @property
    def names(self) -> int:
        """How many persons are met here: one for a person."""
        return 1 if self._is_person(self.node) else sum(map(self._is_person, self.mates))

    @staticmethod
    def _is_person(node: str) -> bool:
        return named(node)[0] is Linked.PERSON

    def sends(self, tie: TieNote) -> None:
        self.sent += 1
        self.sticks_sent += tie.sticks[0]
        self.tobacco_g_sent += tie.tobacco_g[0]
        self.receivers.update(dict.fromkeys(tie.receiver[:1]))
        self.mates.update(dict.fromkeys(node for node in tie.sender if node != self.node))

    def receives(self, tie: TieNote) -> None:
        self.received += 1
        self.sticks_received += tie.sticks[0]
        self.senders.update(dict.fromkeys(tie.sender[:1]))
        self.mates.update(dict.fromkeys(node for node in tie.receiver if node != self.node))


def standings(ties: Iterable[TieNote]) -> dict[str, Standing]:
    """How everybody stands in these ties."""
    found: dict[str, Standing] = {}
    for tie in ties:
        for node in tie.sender:
            found.setdefault(node, Standing(node)).sends(tie)
        for node in tie.receiver:
            found.setdefault(node, Standing(node)).receives(tie)
    return found
