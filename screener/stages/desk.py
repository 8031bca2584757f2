"""The desk of one partition of the evidence: which parcels wait, which are decided, whose time is up.

All that a desk knows lies in its table, so a desk built from a restored table goes on where the last
one was committed. It decides on log time alone: the same records give the same decisions.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.wire import (
    Action,
    Decision,
    Facts,
    ManifestEvidence,
    Progress,
    ScanEvidence,
    Sighting,
    Total,
    Why,
)
from screener.core import judgement
from screener.core.capacity import Stream, counted
from screener.core.facts import facts_of
from screener.core.hubclock import HubClock, hubs_of
from screener.core.judgement import Stance
from screener.core.lists import Lists
from screener.core.parcel import Parcel, time_of, with_evidence, with_total
from screener.core.policy import Policy
from screener.core.sightings import digest_of, sightings_of, withdrawn
from screener.core.sought import Sought
from screener.sealing import draw
from screener.stream.port import MAX_MESSAGE_BYTES
from screener.stream.state import Table

_CLOCK = b"~clock/"  # a hub's name begins with a letter or digit, so no parcel's key begins like this
_STREAM = b"~stream/"
_OWN = b"~"


Draw = Callable[[str, bytes], float]
"""A day and what is drawn for to [0, 1): reproducible with the key or the day's seed, else unpredictable."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What every decision looks at besides its evidence.

    `share` is the part of a hub's parcels that one partition sees, and so of its capacity.
    """

    policy: Callable[[], Policy]
    lists: Callable[[], Lists]
    draw: Draw
    share: float

    def look(self) -> Look:
        return Look(self.policy(), self.lists())


@dataclass(frozen=True, slots=True)
class Look:
    """Policy and lists as they stand for one ruling: a change in its midst is not half of it."""

    policy: Policy
    lists: Lists


NEED_NO_SUMS = frozenset({Why.TIP, Why.LOAD})
"""What holds a parcel whatever its people sent before."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What came of a parcel under a policy: a decision, sightings of its people for [tally], or both."""

    parcel: Parcel
    decision: Decision | None
    sightings: tuple[Sighting, ...]
    policy: Policy


@dataclass(slots=True)
class Budget:
    """How many overdue parcels one step may still rule on and forget; the rest come with the next progress.

    A clock that was held back and jumps makes thousands overdue at once. Ruled on in one step they would
    take longer than a group waits for its member, and the step would be done again for ever. `told_bytes`
    are what a step may still say: a flag has up to 3 MB where every view is noise, and all are in memory
    until they are committed. When its time is up one is ruled on in each step, however slow the store.
    """

    rulings: int = 500
    forgets: int = 20_000
    reviews: int = 20_000
    told_bytes: int = 64 * 1024 * 1024
    time_is_up: Callable[[], bool] = lambda: False
    ruled: bool = False

    @staticmethod
    def within(seconds: float, clock_s: Callable[[], float]) -> Budget:
        """The budget of a step that begins now and is to take about so long."""
        ends_s = clock_s() + seconds
        return Budget(time_is_up=lambda: clock_s() > ends_s)

    def rule(self) -> None:
        """Count one that is ruled on."""
        self.rulings -= 1
        self.ruled = True

    @property
    def may_rule(self) -> bool:
        """Whether there is room for one more with its maps: what is overdue can wait for the next step."""
        room = self.rulings > 0 and self.told_bytes >= MAX_MESSAGE_BYTES
        return room and not (self.ruled and self.time_is_up())


@dataclass(frozen=True, slots=True)
class Review:
    """The keys that are still to be looked at for tips before offset `until`, and what is looked for.

    A review ends before the next begins, so that a tip a second keeps nobody from being looked at.
    """

    until: int = 0
    sought: Sought = field(default_factory=lambda: Sought.of(()))
    keys: list[bytes] = field(default_factory=list)

    def begun(self, lists: Lists, keys: list[bytes]) -> Review:
        """The next review: for all tips that came since this one began."""
        return Review(lists.offsets.get(topics.TIPS, 0), Sought.of(lists.tips_after(self.until)), keys)


class Desk:
    """Takes evidence in, gives rulings out; `table` holds all that must survive."""

    def __init__(self, table: Table, outlook: Outlook, remember_ms: int) -> None:
        self._table = table
        self._outlook = outlook
        self._look = outlook.look()
        self._remember_ms = remember_ms
        self._clocks: dict[str, HubClock] = {}
        self._waiting: dict[str, list[tuple[int, bytes]]] = {}
        self._decided: dict[str, list[tuple[int, bytes]]] = {}
        self._review = Review()
        self._policy_id = self._look.policy.id
        self._restore()

    def take(
        self, evidence: ManifestEvidence | ScanEvidence | Total, offset: int, log_time_ms: int
    ) -> Iterator[Ruling]:
        """Add one piece of evidence; a ruling follows if it completes the parcel or changes a decision."""
        self._look = self._outlook.look()
        key = f"{evidence.hub}/{evidence.parcel_id}".encode()
        known = self._parcel(key)
        parcel = self._with(known, evidence, offset)
        if parcel is None or parcel == known:
            return
        if gone := _no_longer_named(known, parcel):
            yield Ruling(parcel, None, gone, self._look.policy)
        if parcel.decided is not None:
            yield from self._revise(key, parcel, log_time_ms)
        elif parcel.complete:
            yield from self._settle(key, parcel, log_time_ms)
        else:
            self._wait(key, parcel)

    def advance(self, progress: Progress, log_time_ms: int, budget: Budget) -> Iterator[Ruling]:
        """Move the clocks of the hubs spoken of; rule on parcels whose patience is over, forget the old."""
        self._look = self._outlook.look()
        self._follow_policy()
        for hub in sorted(hubs_of(progress)):
            clock = self._clocks.get(hub, HubClock({}, {})).advanced(progress, hub, log_time_ms)
            self._clocks[hub] = clock
            self._table.put(_CLOCK + hub.encode(), clock.encode())
            if clock.now_ms is not None:
                yield from self._expire_waiting(hub, clock.now_ms, log_time_ms, budget)
                self._forget(hub, clock.now_ms, budget)
        yield from self._look_again(log_time_ms, budget)

    def _look_again(self, log_time_ms: int, budget: Budget) -> Iterator[Ruling]:
        """Judge anew what is remembered and named by a tip that has come since, in steps."""
        lists = self._look.lists
        if not self._review.keys and lists.offsets.get(topics.TIPS, 0) > self._review.until:
            self._review = self._review.begun(lists, [key for key, _ in self._table.items()])
        while self._review.keys and budget.reviews > 0 and budget.may_rule:
            budget.reviews -= 1
            key = self._review.keys.pop()
            row = self._table.get(key)
            if row is None or key.startswith(_OWN) or not self._review.sought.may_be_in(row):
                continue
            parcel = Parcel.decode(row)
            if parcel.decided is not None and self._review.sought.names(parcel.manifest, log_time_ms):
                budget.rule()
                yield from self._revise(key, parcel, log_time_ms)

    def _with(
        self, known: Parcel | None, evidence: ManifestEvidence | ScanEvidence | Total, offset: int
    ) -> Parcel | None:
        """The parcel and this evidence; None for an answer on a parcel that is forgotten."""
        if not isinstance(evidence, Total):
            return with_evidence(known, evidence, offset, self._remember_ms)
        return None if known is None else with_total(known, evidence)

    def _follow_policy(self) -> None:
        """A new policy may have another patience: all deadlines are reckoned anew."""
        policy_id = self._look.policy.id
        if policy_id == self._policy_id:
            return
        self._policy_id = policy_id
        waiting = {key for heap in self._waiting.values() for _, key in heap}
        self._waiting.clear()
        for key in sorted(waiting):
            parcel = self._parcel(key)
            if parcel is not None and _is_waiting(parcel):
                self._wait(key, parcel)

    def _expire_waiting(self, hub: str, now_ms: int, log_time_ms: int, budget: Budget) -> Iterator[Ruling]:
        heap = self._waiting.get(hub, [])
        while heap and heap[0][0] < now_ms and budget.may_rule:
            _, key = heapq.heappop(heap)
            parcel = self._parcel(key)
            if parcel is None or not _is_waiting(parcel):
                continue
            if judgement.deadline_ms(parcel, self._look.policy) >= now_ms:
                self._wait(key, parcel)
                continue
            budget.rule()
            judge = self._settle if parcel.decided is None else self._revise
            yield from judge(key, parcel, log_time_ms, patient=False)

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

    def _settle(
        self, key: bytes, parcel: Parcel, log_time_ms: int, *, patient: bool = True
    ) -> Iterator[Ruling]:
        """The first decision on what is there, unless the sums of its people are to be waited for."""
        facts = self._facts(parcel, log_time_ms)
        asking, sightings = self._asked(parcel, facts, log_time_ms)
        if patient and asking.awaits_sums:
            yield from self._waits(key, asking, sightings)
            return
        decision = self._decision(parcel, facts, log_time_ms)
        self._count(decision, log_time_ms)
        yield self._record(key, asking, decision, sightings)

    def _waits(self, key: bytes, parcel: Parcel, sightings: tuple[Sighting, ...]) -> Iterator[Ruling]:
        self._wait(key, parcel)
        if sightings:
            yield Ruling(parcel, None, sightings, self._look.policy)

    def _revise(
        self, key: bytes, parcel: Parcel, log_time_ms: int, *, patient: bool = True
    ) -> Iterator[Ruling]:
        """A new revision if the decision says anything new; the evidence is remembered in any case.

        While [tally] is asked anew only what needs no sums is said at once.
        """
        facts = self._facts(parcel, log_time_ms)
        asking, sightings = self._asked(parcel, facts, log_time_ms)
        if asking is not parcel:
            facts = self._facts(asking, log_time_ms)
        decision = self._decision(asking, facts, log_time_ms)
        if patient and asking.awaits_sums and decision.selection.why not in NEED_NO_SUMS:
            yield from self._waits(key, asking, sightings)
        elif _says_more(decision, parcel):
            yield self._record(key, asking, decision, sightings)
        else:
            self._table.put(key, asking.encode())
            if sightings:
                yield Ruling(asking, None, sightings, self._look.policy)

    def _record(
        self, key: bytes, parcel: Parcel, decision: Decision, sightings: tuple[Sighting, ...]
    ) -> Ruling:
        decided = replace(parcel, decided=judgement.noted(decision, parcel.manifest))
        self._table.put(key, decided.encode())
        if parcel.decided is None:
            heapq.heappush(self._decided.setdefault(parcel.hub, []), (self._forget_at_ms(decided), key))
        return Ruling(decided, decision, sightings, self._look.policy)

    def _asked(self, parcel: Parcel, facts: Facts, log_time_ms: int) -> tuple[Parcel, tuple[Sighting, ...]]:
        """What [tally] has not been told yet, and the parcel that waits for answers to that alone.

        Earlier answers do not count any more: they rest on other loads, or are of other people.
        """
        sightings = sightings_of(parcel, facts, self._look.policy)
        digest = digest_of(sightings)
        if not sightings or digest == parcel.sighted:
            return parcel, ()
        asked = sum(one.answer for one in sightings)
        asking = replace(
            parcel, totals=(), asked=asked, asked_ms=log_time_ms if asked else None, sighted=digest
        )
        return asking, tuple(replace(one, question=digest.hex()) for one in sightings)

    def _facts(self, parcel: Parcel, log_time_ms: int) -> Facts:
        day, named = draw.day_of(time_of(parcel.arrived_ms)), draw.named(parcel.hub, parcel.parcel_id)
        return facts_of(parcel, self._look.lists, self._outlook.draw(day, named), log_time_ms)

    def _decision(self, parcel: Parcel, facts: Facts, log_time_ms: int) -> Decision:
        policy = self._look.policy
        stance = Stance(policy, self._risk_threshold(parcel.hub, policy), self._look.lists.offsets)
        return judgement.decide(parcel, facts, stance, log_time_ms)

    def _risk_threshold(self, hub: str, policy: Policy) -> float:
        """Where a hub's capacity is set, what follows its stream; else what the policy says."""
        usual, capacity = judgement.usual_threshold(policy), policy.capacity(hub)
        stream = None if capacity is None else self._stream(hub)
        if capacity is None or stream is None:
            return usual
        return stream.threshold(capacity, self._outlook.share, usual)

    def _count(self, decision: Decision, log_time_ms: int) -> None:
        """Let a first decision move the threshold of its hub, where a capacity is set."""
        capacity = self._look.policy.capacity(decision.hub)
        if capacity is not None:
            stream = counted(self._stream(decision.hub), decision, log_time_ms, capacity)
            self._table.put(_STREAM + decision.hub.encode(), stream.encode())

    def _stream(self, hub: str) -> Stream | None:
        value = self._table.get(_STREAM + hub.encode())
        return None if value is None else Stream.decode(value)

    def _wait(self, key: bytes, parcel: Parcel) -> None:
        self._table.put(key, parcel.encode())
        deadline_ms = judgement.deadline_ms(parcel, self._look.policy)
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
            elif not key.startswith(_OWN):
                self._place(key, Parcel.decode(value))
        for heap in (*self._waiting.values(), *self._decided.values()):
            heapq.heapify(heap)

    def _place(self, key: bytes, parcel: Parcel) -> None:
        """Put a restored parcel among those that wait, or those that are to be forgotten."""
        if _is_waiting(parcel):
            entry = (judgement.deadline_ms(parcel, self._look.policy), key)
            self._waiting.setdefault(parcel.hub, []).append(entry)
        if parcel.decided is not None:
            self._decided.setdefault(parcel.hub, []).append((self._forget_at_ms(parcel), key))


def _is_waiting(parcel: Parcel) -> bool:
    """For evidence, or for what its people add up to."""
    return parcel.decided is None or parcel.awaits_sums


def _no_longer_named(known: Parcel | None, parcel: Parcel) -> tuple[Sighting, ...]:
    """What clears those of the load whom a corrected manifest names no more."""
    if known is None or known.sighted is None or known.manifest is None:
        return ()
    return () if known.manifest == parcel.manifest else withdrawn(known.manifest, parcel)


def _says_more(decision: Decision, parcel: Parcel) -> bool:
    """Whether people are told anything new: of the parcel, or of whom it goes to while it is held."""
    before = parcel.decided
    if before is None or judgement.digest(decision) != before.digest:
        return True
    manifest = None if parcel.manifest is None else parcel.manifest.digest
    return before.action is Action.HOLD and before.manifest != manifest
