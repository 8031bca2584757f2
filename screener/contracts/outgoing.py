"""A message of the contract as any Kafka client sends it."""

from __future__ import annotations

from dataclasses import dataclass

from screener.contracts.cloudevents import Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Key, headers and value, before the message has a topic."""

    key: bytes | None
    headers: Headers
    value: bytes
