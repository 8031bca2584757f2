"""[tally]: sums what each identity sent and received over days, and answers into the evidence of a parcel.

[decide] says who was seen on a parcel and with what load; the sums lie under another key than parcels do,
so they are this stage's. It sees hashes and amounts, never names.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.contracts.wire import Sighting, Total
from screener.core.parcel import time_of
from screener.core.policy import Policy
from screener.core.sightings import key_of
from screener.core.sums import DAY_MS, Window, entry_of, length_ms, total_of, with_entry
from screener.stages import events
from screener.stream.port import Message, Record, Subscription
from screener.stream.runner import Reading, Step
from screener.stream.state import Table

SOURCE = "screener/tally"

LAG_MS = 3 * DAY_MS
"""Sums are kept so much longer than their window: one hub's backlog may lie that far behind the others."""

MOST_FORGOTTEN = 5_000
"""So many identities are forgotten in one step at most; the rest in the next."""


class Ledger:
    """The sums of one partition of the sightings; `table` holds all that must survive."""

    def __init__(self, table: Table, policy: Callable[[], Policy]) -> None:
        self._table = table
        self._policy = policy
        ends = [(_newest_ms(value), key) for key, value in table.items()]
        self._now_ms = max((newest_ms for newest_ms, _ in ends), default=0)
        self._by_age = ends
        heapq.heapify(self._by_age)

    def take(self, sighting: Sighting, log_time_ms: int) -> Total | None:
        """Add a sighting; its total where one is asked for."""
        key, limits = key_of(sighting), self._policy().file.sums
        entry = entry_of(sighting, log_time_ms)
        known = self._table.get(key)
        window = with_entry(None if known is None else Window.decode(known), entry, limits)
        self._table.put(key, window.encode())
        self._now_ms = max(self._now_ms, entry.at_ms)
        if known is None:
            heapq.heappush(self._by_age, (window.newest_ms, key))
        return total_of(window, sighting, limits, time_of(log_time_ms)) if sighting.answer else None

    def forget(self) -> None:
        """Forget who was not met for the length of the window; time is that of the sightings."""
        since_ms = self._now_ms - length_ms(self._policy().file.sums) - LAG_MS
        for _ in range(MOST_FORGOTTEN):
            if not self._by_age or self._by_age[0][0] >= since_ms:
                return
            _, key = heapq.heappop(self._by_age)
            known = self._table.get(key)
            if known is not None and (newest_ms := _newest_ms(known)) >= since_ms:
                heapq.heappush(self._by_age, (newest_ms, key))
            else:
                self._table.delete(key)


@dataclass(frozen=True, slots=True)
class Tally:
    """The stage: a ledger for each owned partition of the sightings."""

    policy: Callable[[], Policy]
    ledgers: dict[int, Ledger]

    name = "tally"
    changelog = topics.TALLY_STATE
    subscription = Subscription(topics=(topics.SIGHTINGS,))

    @staticmethod
    def start(policy: Callable[[], Policy]) -> Tally:
        return Tally(policy, ledgers={})

    def assigned(self, tables: Mapping[int, Table]) -> None:
        self.ledgers.clear()
        self.ledgers.update({number: Ledger(table, self.policy) for number, table in tables.items()})

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        counted = [(self._total(record), record) for record in records]
        answers = [(total, record) for total, record in counted if total is not None]
        for ledger in self.ledgers.values():
            ledger.forget()
        return Step(
            [_answer(total, record) for total, record in answers], told=[total for total, _ in answers]
        )

    def _total(self, record: Record) -> Total | None:
        """Our own message: one that cannot be read is a fault of ours and stops the worker."""
        sighting = _SIGHTING.decode(record.value or b"")
        return self.ledgers[record.partition.number].take(sighting, record.timestamp_ms)


def sighting_message(sighting: Sighting, cause: Record) -> Message:
    """A sighting as [tally] reads it; `cause` is the evidence that brought it about."""
    key = key_of(sighting)
    headers = events.caused(
        cause,
        cloudevents.SIGHTING,
        source="screener/decide",
        event_id=f"{cause.partition}/{cause.offset}/{sighting.hub}/{sighting.parcel_id}/{key.decode()}",
        parcel_id=sighting.parcel_id,
    )
    return Message(topics.SIGHTINGS, key, encode(sighting), headers)


def _answer(total: Total, cause: Record) -> Message:
    headers = events.caused(
        cause,
        cloudevents.EVIDENCE,
        source=SOURCE,
        event_id=f"{cause.partition}/{cause.offset}",
        parcel_id=total.parcel_id,
    )
    return Message(topics.EVIDENCE, total.parcel_id.encode(), encode(total), headers)


_SIGHTING = msgspec.json.Decoder(Sighting)


class _Newest(msgspec.Struct, frozen=True, array_like=True):
    """The first field of a `Window`: reading it alone is quick."""

    newest_ms: int


_NEWEST = msgspec.msgpack.Decoder(_Newest)


def _newest_ms(value: bytes) -> int:
    return _NEWEST.decode(value).newest_ms
