"""What the network remembers of a tie: who is at its two ends, when, and what was in the parcel."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import End, Linked, Tie
from screener.core.parcel import milliseconds

DAY_MS = 86_400_000


class TieNote(Struct, frozen=True, array_like=True):
    """Of a tie: an end is its nodes (`kind:link`), the most telling first; sums are mean and deviation.

    A parcel has one at each hub that told of it.
    """

    hub: str
    parcel_id: str
    revision: int
    at_ms: int
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    regions: tuple[str | None, str | None]
    sticks: tuple[float, float]
    tobacco_g: tuple[float, float]
    held: bool

    @property
    def key(self) -> str:
        return f"{self.hub}/{self.parcel_id}"

    @property
    def day(self) -> int:
        return self.at_ms // DAY_MS

    @property
    def place(self) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        """All that the graph goes by; a revision with the same changes no group, only its sums."""
        return self.at_ms, self.sender, self.receiver

    @property
    def nodes(self) -> dict[str, None]:
        """Everybody at either end, each once."""
        return dict.fromkeys(self.sender + self.receiver)

    def partners(self, node: str) -> set[str]:
        """Whom `node` deals with here: the most telling node of the other end."""
        here = ((self.sender, self.receiver), (self.receiver, self.sender))
        return {other[0] for own, other in here if node in own and other} - {node}

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(value: bytes) -> TieNote:
        return _shared(_DECODER.decode(value))


_DECODER = msgspec.msgpack.Decoder(TieNote)


def noted(tie: Tie) -> TieNote:
    """The note of a tie."""
    return TieNote(
        hub=tie.hub,
        parcel_id=tie.parcel_id,
        revision=tie.revision,
        at_ms=milliseconds(tie.at),
        sender=_nodes(tie.consignor),
        receiver=_nodes(tie.consignee),
        regions=(tie.consignor.region, tie.consignee.region),
        sticks=(tie.sticks.mean, tie.sticks.sd),
        tobacco_g=(tie.tobacco_g.mean, tie.tobacco_g.sd),
        held=tie.held,
    )


def parcels_of(ties: Iterable[TieNote]) -> list[TieNote]:
    """The parcels of these ties, the oldest first, each once though several hubs told of it.

    Such a one is as the hub saw it that told of it last, with the largest loads and all who are at an end.
    """
    found: dict[str, TieNote] = {}
    for tie in sorted(ties, key=lambda tie: (tie.at_ms, tie.key)):
        before = found.pop(tie.parcel_id, None)
        found[tie.parcel_id] = tie if before is None else _joined(before, tie)
    return list(found.values())


def _joined(before: TieNote, tie: TieNote) -> TieNote:
    return replace(
        tie,
        sender=tuple(dict.fromkeys(tie.sender + before.sender)),
        receiver=tuple(dict.fromkeys(tie.receiver + before.receiver)),
        sticks=max(tie.sticks, before.sticks),
        tobacco_g=max(tie.tobacco_g, before.tobacco_g),
        held=tie.held or before.held,
    )


def node_of(kind: Linked, link: str) -> str:
    """How a person, phone number or address is named in the network."""
    return intern(f"{kind}:{link}")


def named(node: str) -> tuple[Linked, str]:
    """Kind and link of a node."""
    kind, _, link = node.partition(":")
    return _KINDS[kind], link


_KINDS = {str(kind): kind for kind in Linked}


def _nodes(end: End) -> tuple[str, ...]:
    links = {Linked.PERSON: end.person, Linked.PHONE: end.phone, Linked.ADDRESS: end.address}
    return tuple(node_of(kind, link) for kind, link in links.items() if link is not None)


def _shared(note: TieNote) -> TieNote:
    """The note with its nodes interned: many ties name the same people."""
    sender, receiver = (tuple(map(intern, end)) for end in (note.sender, note.receiver))
    return msgspec.structs.replace(note, sender=sender, receiver=receiver)
