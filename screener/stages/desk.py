"""The desk of one partition of the evidence: which parcels wait, which are decided, whose time is up.

All that a desk knows lies in its table, so a desk built from a restored table goes on where the last
one was committed. It decides on log time alone: the same records give the same decisions.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from screener.contracts.wire import Decision, ManifestEvidence, Progress, ScanEvidence
from screener.core import judgement
from screener.core.facts import facts_of
from screener.core.hubclock import HubClock, hubs_of
from screener.core.judgement import Stance
from screener.core.lists import Lists
from screener.core.parcel import Parcel, with_evidence
from screener.core.policy import Policy
from screener.stream.state import Table

_CLOCK = b"~clock/"  # a hub's name begins with a letter or digit, so no parcel's key begins like this


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision just made, and the parcel it was made on."""

    decision: Decision
    parcel: Parcel


Draw = Callable[[bytes], float]
"""A keyed hash to [0, 1): reproducible for whoever holds the key, unpredictable for whoever does not."""


@dataclass(slots=True)
class Budget:
    """How many overdue parcels one step may still rule on and forget; the rest come with the next progress.

    A clock that was held back and jumps makes thousands overdue at once. Ruled on in one step they would
    take longer than a group waits for its member, and the step would be done again for ever.
    """

    rulings: int = 500
    forgets: int = 20_000


class Desk:
    """Takes evidence in, gives rulings out; `table` holds all that must survive."""

    def __init__(self, table: Table, *, policy: Callable[[], Policy], draw: Draw, remember_ms: int) -> None:
        self._table = table
        self._policy = policy
        self._draw = draw
        self._remember_ms = remember_ms
        self._clocks: dict[str, HubClock] = {}
        self._waiting: dict[str, list[tuple[int, bytes]]] = {}
        self._decided: dict[str, list[tuple[int, bytes]]] = {}
        self._restore()

    def take(
        self, evidence: ManifestEvidence | ScanEvidence, offset: int, log_time_ms: int
    ) -> Iterator[Ruling]:
        """Add one piece of evidence; a ruling follows if it completes the parcel or changes a decision."""
        key = f"{evidence.hub}/{evidence.parcel_id}".encode()
        known = self._parcel(key)
        parcel = with_evidence(known, evidence, offset, self._remember_ms)
        if parcel == known:
            return
        if parcel.decided is not None:
            yield from self._revise(key, parcel, log_time_ms)
        elif parcel.complete:
            yield self._rule(key, parcel, log_time_ms)
        else:
            self._wait(key, parcel)

    def advance(self, progress: Progress, log_time_ms: int, budget: Budget) -> Iterator[Ruling]:
        """Move the clocks of the hubs spoken of; rule on parcels whose patience is over, forget the old."""
        for hub in sorted(hubs_of(progress)):
            clock = self._clocks.get(hub, HubClock({}, {})).advanced(progress, hub)
            self._clocks[hub] = clock
            self._table.put(_CLOCK + hub.encode(), clock.encode())
            if clock.now_ms is not None:
                yield from self._expire_waiting(hub, clock.now_ms, log_time_ms, budget)
                self._forget(hub, clock.now_ms, budget)

    def _expire_waiting(self, hub: str, now_ms: int, log_time_ms: int, budget: Budget) -> Iterator[Ruling]:
        heap = self._waiting.get(hub, [])
        while heap and heap[0][0] < now_ms and budget.rulings > 0:
            _, key = heapq.heappop(heap)
            parcel = self._parcel(key)
            if parcel is None or parcel.decided is not None:
                continue
            if judgement.deadline_ms(parcel, self._policy()) < now_ms:
                budget.rulings -= 1
                yield self._rule(key, parcel, log_time_ms)
            else:
                self._wait(key, parcel)

    def _forget(self, hub: str, now_ms: int, budget: Budget) -> None:
        heap = self._decided.get(hub, [])
        while heap and heap[0][0] < now_ms and budget.forgets > 0:
            budget.forgets -= 1
            _, key = heapq.heappop(heap)
            parcel = self._parcel(key)
            if parcel is None or parcel.decided is None:
                continue
            if self._forget_at_ms(parcel) < now_ms:
                self._table.delete(key)
            else:
                heapq.heappush(heap, (self._forget_at_ms(parcel), key))

    def _revise(self, key: bytes, parcel: Parcel, log_time_ms: int) -> Iterator[Ruling]:
        """A new revision if the decision says anything new; the evidence is remembered in any case."""
        decision = self._decision(parcel, log_time_ms)
        if parcel.decided is not None and judgement.digest(decision) == parcel.decided.digest:
            self._table.put(key, parcel.encode())
        else:
            yield self._record(key, parcel, decision)

    def _rule(self, key: bytes, parcel: Parcel, log_time_ms: int) -> Ruling:
        return self._record(key, parcel, self._decision(parcel, log_time_ms))

    def _decision(self, parcel: Parcel, log_time_ms: int) -> Decision:
        policy, lists = self._policy(), Lists()
        draw = self._draw(f"{parcel.hub}/{parcel.parcel_id}".encode())
        facts = facts_of(parcel, lists, draw, log_time_ms)
        stance = Stance(policy, judgement.usual_threshold(policy), lists.offsets)
        return judgement.decide(parcel, facts, stance, log_time_ms)

    def _record(self, key: bytes, parcel: Parcel, decision: Decision) -> Ruling:
        decided = replace(parcel, decided=judgement.noted(decision))
        self._table.put(key, decided.encode())
        if parcel.decided is None:
            heapq.heappush(self._decided.setdefault(parcel.hub, []), (self._forget_at_ms(decided), key))
        return Ruling(decision, decided)

    def _wait(self, key: bytes, parcel: Parcel) -> None:
        self._table.put(key, parcel.encode())
        deadline_ms = judgement.deadline_ms(parcel, self._policy())
        heapq.heappush(self._waiting.setdefault(parcel.hub, []), (deadline_ms, key))

    def _forget_at_ms(self, parcel: Parcel) -> int:
        return parcel.arrived_ms + self._remember_ms

    def _parcel(self, key: bytes) -> Parcel | None:
        value = self._table.get(key)
        return None if value is None else Parcel.decode(value)

    def _restore(self) -> None:
        for key, value in self._table.items():
            if key.startswith(_CLOCK):
                self._clocks[key.removeprefix(_CLOCK).decode()] = HubClock.decode(value)
                continue
            parcel = Parcel.decode(value)
            if parcel.decided is None:
                entry = (judgement.deadline_ms(parcel, self._policy()), key)
                self._waiting.setdefault(parcel.hub, []).append(entry)
            else:
                entry = (self._forget_at_ms(parcel), key)
                self._decided.setdefault(parcel.hub, []).append(entry)
        for heap in (*self._waiting.values(), *self._decided.values()):
            heapq.heapify(heap)
