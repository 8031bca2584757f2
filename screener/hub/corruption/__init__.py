"""Messages that break the contract: an enumerated, seeded set, each kind of which the contract refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from screener.contracts import topics
from screener.hub.chance import Rng
from screener.hub.corruption import document, envelope, picture, scan
from screener.hub.corruption.kinds import Corruption
from screener.stream.port import Message

Corrupt = Callable[[Message, Rng], Message]

OF_MANIFESTS: Mapping[Corruption, Corrupt] = MappingProxyType({**envelope.KINDS, **document.KINDS})
OF_SCANS: Mapping[Corruption, Corrupt] = MappingProxyType({**envelope.KINDS, **scan.KINDS, **picture.KINDS})


def kinds_for(message: Message) -> tuple[Corruption, ...]:
    """The kinds that apply to a manifest, or to a scan."""
    return tuple(_registry(message))


def corrupt(message: Message, kind: Corruption, rng: Rng) -> Message:
    """A sound message of the contract, broken in this way. Raises `ValueError` if `kind` is not for it."""
    way = _registry(message).get(kind)
    if way is None:
        raise ValueError(f"{message.topic}: expected one of {', '.join(kinds_for(message))}, got {kind}")
    return way(message, rng)


def _registry(message: Message) -> Mapping[Corruption, Corrupt]:
    return OF_MANIFESTS if message.topic.startswith(topics.MANIFESTS) else OF_SCANS


__all__ = ["Corruption", "corrupt", "kinds_for"]
